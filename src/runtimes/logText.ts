import type { Facts } from "../types/index.ts";

/** `text name=value name="two words"`: a line to read, and to search by name and value. */
export const logText = (text: string, facts: Facts): string =>
  [text, ...Object.entries(facts).flatMap(([name, value]) => pair(name, value))].join(" ");

/** A fact that is undefined, as in JSON, or an empty record is left out. */
function pair(name: string, value: unknown): readonly string[] {
  if (value === undefined) return [];
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "unprintable");
  if (text === "{}") return [];
  const isPlain = typeof value !== "string" || /^[^\s"=]+$/.test(text);
  return [`${name}=${isPlain ? text : JSON.stringify(text)}`];
}
