/** Which strategy, with which parameters: from a section of the configuration, with every problem at once. */
import { isRecord, nearest, own, problemsOf } from "../../types/index.ts";
import type { AnyStrategy } from "./defineStrategy.ts";
import type { Chosen } from "./intents.ts";
import { type CommonParameters, commonParameters } from "./parameters.ts";

/** A section as it was given. */
export type Section = Readonly<Record<string, unknown>>;

/** Common and own parameters of a strategy, with its name: what a journal's header has. */
export type StrategyValues = CommonParameters & { readonly name: string } & Section;

/** A strategy that was chosen, with everything it is asked with. */
export interface ChosenStrategy extends Chosen<unknown> {
  readonly strategy: AnyStrategy;
  readonly parameters: StrategyValues;
}

export interface Choice {
  /** Null where there is a problem. */
  readonly chosen: ChosenStrategy | null;
  readonly problems: readonly string[];
}

/** Keys of a section that say which strategy it is about; they cannot change while it runs. */
export const STRUCTURAL_KEYS: readonly string[] = ["name", "file"];

/** The own parameters of a strategy, by name. */
export const ownKeysOf = ({ parameters }: AnyStrategy): readonly string[] =>
  "shape" in parameters && isRecord(parameters.shape) ? Object.keys(parameters.shape) : [];

const COMMON_KEYS: readonly string[] = Object.keys(commonParameters.shape);

/** Whether every strategy has this parameter. */
export const isCommon = (key: string): boolean => COMMON_KEYS.includes(key);

/** Every parameter of a strategy, its own ones first. */
export const keysOf = (strategy: AnyStrategy): readonly string[] => [
  ...new Set([...ownKeysOf(strategy), ...COMMON_KEYS]),
];

/**
 * `path` is the section's name, as in "strategy"; `known` are the strategies that can be named, the first of which is the
 * default; `elsewhere` are full names of other sections, for "did you mean".
 */
export function chosenBy(
  section: unknown,
  path: string,
  known: readonly [AnyStrategy, ...AnyStrategy[]],
  elsewhere: readonly string[] = [],
): Choice {
  if (section !== undefined && !isRecord(section)) {
    return { chosen: null, problems: [`${path}: not an object, as in { … }`] };
  }
  const { name, file, ...given } = section ?? {};
  const strategy = name === undefined ? known[0] : known.find((each) => each.name === name);
  const problems: string[] = [];
  if (file !== undefined) {
    problems.push(`${path}.file: only the command line loads files; a program gives the strategy`);
  }
  if (strategy === undefined) {
    problems.push(`${path}.name: ${unknownStrategy(name, known)}`);
    const common = commonParameters.safeParse(picked(given, isCommon));
    problems.push(...(common.error ? problemsUnder(path, common.error.issues) : []));
    return { chosen: null, problems };
  }

  const ownKeys = ownKeysOf(strategy);
  const isOwn = (key: string): boolean => ownKeys.includes(key);
  const names = [...keysOf(strategy).map((key) => `${path}.${key}`), ...elsewhere];
  for (const key of Object.keys(given)) {
    if (isOwn(key) || isCommon(key)) continue;
    const others = known.filter((each) => ownKeysOf(each).includes(key)).map((each) => each.name);
    problems.push(
      others.length > 0
        ? `${path}.${key}: not a parameter of ${strategy.name}, but of ${others.join(", ")}`
        : unknownKey(path, key, names),
    );
  }
  const parsed = parsedOwn(strategy, picked(given, isOwn), path);
  const { values } = parsed;
  // Where an own parameter has a common name, its default counts, within the common range.
  const common = commonParameters.safeParse({
    ...picked(values ?? {}, isCommon),
    ...picked(given, isCommon),
  });
  problems.push(...parsed.problems);
  problems.push(...(common.error ? problemsUnder(path, common.error.issues) : []));
  if (problems.length > 0 || values === null || !common.data) {
    return { chosen: null, problems: [...new Set(problems)] };
  }
  return {
    // Journalled, and read by the graph: a strategy that writes to them throws, which is a STOP.
    chosen: {
      strategy,
      parameters: frozen({ ...values, ...common.data, name: strategy.name }),
    },
    problems: [],
  };
}

function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const each of Object.values(value)) frozen(each);
  return Object.freeze(value);
}

interface ParsedOwn {
  readonly values: Section | null;
  readonly problems: readonly string[];
}

/** The schema may be somebody else's, so that it may throw. */
function parsedOwn({ name, parameters }: AnyStrategy, given: Section, path: string): ParsedOwn {
  const refused = (problem: string): ParsedOwn => ({ values: null, problems: [problem] });
  try {
    const { data, error } = parameters.safeParse(given);
    if (error) return { values: null, problems: problemsUnder(path, error.issues) };
    if (!isRecord(data)) return refused(`${path}: the schema of ${name} gives no object`);
    const odd = Object.keys(data).find((key) => !isKept(data[key], KEPT_DEPTH_MAX));
    return odd === undefined
      ? { values: data, problems: [] }
      : refused(`${path}.${odd}: the schema of ${name} gives what a journal cannot keep`);
  } catch (error) {
    return refused(`${path}: the schema of ${name} threw: ${String(error)}`);
  }
}

type Issues = Parameters<typeof problemsOf>[0]["issues"];

const problemsUnder = (path: string, issues: Issues): readonly string[] =>
  problemsOf({ issues: issues.map((issue) => ({ ...issue, path: [path, ...issue.path] })) });

const unknownKey = (path: string, key: string, names: readonly string[]): string =>
  problemsOf(
    { issues: [{ code: "unrecognized_keys", path: [path], message: "", keys: [key] }] },
    names,
  ).join("; ");

function unknownStrategy(name: unknown, known: readonly AnyStrategy[]): string {
  const names = known.map((each) => each.name);
  if (typeof name !== "string") return `not a text: one of ${names.join(", ")}`;
  const meant = nearest(name, names);
  const hint = meant === null ? "" : `did you mean ${meant}? `;
  return `${JSON.stringify(name)} is no strategy; ${hint}There are ${names.join(", ")}, and files`;
}

function picked(section: Section, isWanted: (key: string) => boolean): Section {
  return Object.fromEntries(
    Object.keys(section).flatMap((key) => (isWanted(key) ? [[key, own(section, key)]] : [])),
  );
}

const KEPT_DEPTH_MAX = 8;

/** Whether JSON keeps a value as it is. */
function isKept(value: unknown, depthLeft: number): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      return true;
    case "number":
      return Number.isFinite(value);
    case "object":
      if (value === null) return true;
      if (depthLeft === 0) return false;
      if (Array.isArray(value)) {
        return value.every((each) => each !== undefined && isKept(each, depthLeft - 1));
      }
      return (
        [Object.prototype, null].includes(Object.getPrototypeOf(value)) &&
        Object.values(value).every((each) => isKept(each, depthLeft - 1))
      );
    default:
      return false;
  }
}

/** What is wrong with the shape of something that should be a strategy, each problem a line; none where it is one. */
export function problemsOfStrategy(value: unknown): readonly string[] {
  if (!isRecord(value)) return ["not a strategy: give an object, as from defineStrategy({ … })"];
  const { name, describe, parameters, quote, fair } = value;
  const isName = typeof name === "string" && /^[\w-]{1,40}$/.test(name);
  const isText = typeof describe === "string" && describe.length <= 200;
  const hasShape = isRecord(parameters) && isRecord(parameters["shape"]);
  const isSchema = hasShape && typeof parameters["safeParse"] === "function";
  const checks: readonly (readonly [isRight: boolean, problem: string])[] = [
    [isName, "name: not a word of 1 to 40 letters, digits, - or _"],
    [isText, "describe: not a text of at most 200 characters"],
    [isSchema, "parameters: not a schema of an object, as from z.strictObject({ … })"],
    [typeof quote === "function", "quote: not a function"],
    [fair === undefined || typeof fair === "function", "fair: not a function"],
  ];
  const known = ["name", "describe", "parameters", "quote", "fair"];
  const others = Object.keys(value).filter((key) => !known.includes(key));
  return [
    ...checks.flatMap(([isRight, problem]) => (isRight ? [] : [problem])),
    // What is named otherwise is its author's own business.
    ...others.flatMap((key) => {
      const meant = nearest(key, known);
      return meant === null ? [] : [`${key}: not a part of a strategy; did you mean ${meant}?`];
    }),
  ];
}

/** Somebody else's object, by its shape alone. */
export const isStrategy = (value: unknown): value is AnyStrategy =>
  problemsOfStrategy(value).length === 0;
