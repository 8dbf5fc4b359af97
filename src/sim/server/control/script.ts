/** Scripts of commands: `at 12s: freeze user for 8s`, one to a line; `#` begins a comment. */
import { ConfigError, TOKENS, nearest, problemsOf } from "../../../types/index.ts";
import { SCRIPT_LINES_MAX, GENERATIONS } from "../state/index.ts";
import { CHANNELS, LASTING_REASONS } from "../../faults/index.ts";
import { COMMANDS, type Control, controlWire } from "./conditions.ts";
import { ENFORCEMENTS, TIER_NAMES } from "./limits.ts";
import { VENUE_MODES } from "./modes.ts";

/** A command, and when it is given, in milliseconds after the start. */
interface Cue {
  readonly atMs: number;
  readonly command: Control;
}

/** @throws ConfigError with every line that is wrong. */
export function parseScript(lines: readonly string[]): readonly Cue[] {
  const problems: string[] = [];
  if (lines.length > SCRIPT_LINES_MAX) problems.push(`more than ${SCRIPT_LINES_MAX} lines`);
  const cues = lines
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "")
    .flatMap((line): readonly Cue[] => {
      const [, at = "", words = ""] = /^at (\S+): +(.+)$/.exec(line) ?? [];
      const atMs = durationMs(at);
      if (atMs === null || atMs < 0) {
        problems.push(`"${line}": does not begin with a time, as in "at 12s: freeze user for 8s"`);
        return [];
      }
      const [name = "", ...fields] = words.split(/\s+/);
      if (!COMMANDS.includes(name)) {
        const meant = nearest(name, COMMANDS);
        problems.push(`"${line}": ${name} is no command${meant ? `; did you mean ${meant}?` : ""}`);
        return [];
      }
      const command = controlWire.safeParse(fieldsOf(name, fields));
      if (command.success) return [{ atMs, command: command.data }];
      problems.push(`"${line}": ${problemsOf(command.error).join(", ")}`);
      return [];
    });
  if (problems.length > 0) throw new ConfigError(problems);
  return cues;
}

/** The fields that the words after the command's name stand for; the schema then checks them. */
function fieldsOf(name: string, words: readonly string[]): Record<string, unknown> {
  const fields: Record<string, unknown> = { do: name };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    const next = words[at + 1] ?? "";
    if (word === "for") {
      fields["forMs"] = durationMs(next) ?? next;
      at += 1;
    } else if (word === "of") {
      fields["of"] = next;
      at += 1;
    } else Object.assign(fields, fieldOf(word));
  }
  return fields;
}

function fieldOf(word: string): Record<string, unknown> {
  const named = NAMED.find(([, values]) => values.some((value) => value === word));
  if (named) return { [named[0]]: word };
  if (/^\d+(\.\d+)?%$/.test(word)) return { ratio: Number(word.slice(0, -1)) / 100 };
  if (/^\d{3}$/.test(word)) return { status: Number(word) };
  if (word === "wiping") return { wipes: true };
  const [, from = "", to = ""] = /^(\S+)\.\.(\S+)$/.exec(word) ?? [];
  if (from !== "") return { minMs: durationMs(from) ?? from, maxMs: durationMs(to) ?? to };
  const [, scale] = /^scale=(\d+(?:\.\d+)?)$/.exec(word) ?? [];
  if (scale !== undefined) return { scale: Number(scale) };
  const [, clock = "", by = ""] = /^(tells|checks)=(\S+)$/.exec(word) ?? [];
  // An unknown word becomes a field of its own name, which the schema refuses.
  return clock === "" ? { [word]: word } : { [`${clock}Ms`]: durationMs(by) ?? by };
}

/** Fields that are recognised by their value: no value belongs to two of them. */
const NAMED = [
  ["channel", CHANNELS],
  ["mode", VENUE_MODES],
  ["enforcement", ENFORCEMENTS],
  ["tier", TIER_NAMES],
  ["winner", TOKENS],
  ["generation", GENERATIONS],
  ["reason", LASTING_REASONS],
] as const;

const UNITS_MS = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** Null if the text is no duration. */
function durationMs(text: string): number | null {
  const [, count, unit = ""] = /^(-?\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const unitMs = UNITS_MS.get(unit);
  return unitMs === undefined ? null : Math.round(Number(count) * unitMs);
}
