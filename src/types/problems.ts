/** What is wrong with a configuration, in words: one line for each problem, where and what. */
import { nearest } from "./nearest.ts";

/** What zod says of one problem, as far as it is put into words here. */
interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Of names that are not known. */
  readonly keys?: readonly string[];
  readonly expected?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly inclusive?: boolean | undefined;
  readonly divisor?: number;
  readonly values?: readonly unknown[];
}

/** `names`: every name that could have been meant by one that is not known, such as "executor.budgetUsdc". */
export function problemsOf(
  { issues }: { readonly issues: readonly Issue[] },
  names: readonly string[] = [],
): readonly string[] {
  return issues.flatMap((issue) => {
    const path = issue.path.join(".");
    if (issue.keys === undefined)
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

function wordsOf(issue: Issue, path: string): string {
  const unit = unitOf(path);
  const { expected = "value", values = [] } = issue;
  switch (issue.code) {
    case "invalid_type":
      if (issue.message.endsWith("received undefined")) return "is missing";
      return `not ${TYPES.get(expected) ?? `a ${expected}`}`;
    case "too_small":
      return `${issue.inclusive === false ? "above" : "at least"} ${String(issue.minimum)}${unit}`;
    case "too_big":
      return `${issue.inclusive === false ? "below" : "at most"} ${String(issue.maximum)}${unit}`;
    case "not_multiple_of":
      return `in steps of ${issue.divisor}${unit}`;
    case "invalid_value":
      return `one of ${values.join(", ")}`;
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
