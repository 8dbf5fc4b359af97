/** What is wrong with a configuration, in words: one line for each problem, where and what. */
import type { z } from "zod";
import { nearest } from "./nearest.ts";

/** `names`: every name that could have been meant by one that is not known, such as "executor.budgetUsdc". */
export function problemsOf(error: z.ZodError, names: readonly string[] = []): readonly string[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.join(".");
    if (issue.code !== "unrecognized_keys")
      return [`${path}${path === "" ? "" : ": "}${wordsOf(issue, path)}`];
    return issue.keys.map((key) => unknownName(path === "" ? key : `${path}.${key}`, names));
  });
}

/** A name of the same section, or else the full name of one of another. */
function unknownName(name: string, names: readonly string[]): string {
  const section = name.slice(0, name.lastIndexOf(".") + 1);
  const siblings = names
    .filter((each) => each.startsWith(section))
    .map((each) => each.slice(section.length));
  const key = name.slice(section.length);
  const elsewhere = names.find((each) => each.endsWith(`.${key}`)) ?? null;
  const meant =
    nearest(
      key,
      siblings.filter((each) => !each.includes(".")),
    ) ?? elsewhere;
  return `${name}: not a parameter${meant === null ? "" : `; did you mean ${meant}?`}`;
}

function wordsOf(issue: z.core.$ZodIssue, path: string): string {
  const unit = unitOf(path);
  switch (issue.code) {
    case "invalid_type":
      if (issue.message.endsWith("received undefined")) return "is missing";
      return `not ${TYPES.get(issue.expected) ?? `a ${issue.expected}`}`;
    case "too_small":
      return `${issue.inclusive === false ? "above" : "at least"} ${String(issue.minimum)}${unit}`;
    case "too_big":
      return `${issue.inclusive === false ? "below" : "at most"} ${String(issue.maximum)}${unit}`;
    case "not_multiple_of":
      return `in steps of ${issue.divisor}${unit}`;
    case "invalid_value":
      return `one of ${issue.values.join(", ")}`;
    default:
      return issue.message;
  }
}

const TYPES = new Map([
  ["int", "a whole number"],
  ["object", "an object, as in { … }"],
  ["string", "a text"],
  ["boolean", "true or false"],
]);

/** The units are in the names. */
const unitOf = (path: string): string => UNITS.find(([ending]) => path.endsWith(ending))?.[1] ?? "";

const UNITS = [
  ["Ms", " ms"],
  ["Bp", " bp"],
  ["Shares", " shares"],
  ["Usdc", " USDC"],
  ["Cents", " cents"],
] as const;
