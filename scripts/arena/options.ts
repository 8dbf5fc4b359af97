/** The command line of the arena: who meets whom, in which windows; every problem at once. */
import { basename, dirname, extname, resolve } from "node:path";
import { type AppConfig, appConfig } from "../../src/app/index.ts";
import { commandLine, hintOf, questionIn } from "../../src/cli/commandLine.ts";
import { duration } from "../../src/cli/flags.ts";
import { isFileName } from "../../src/cli/strategyFiles.ts";
import { TRADERS_NAMES, type TradersName } from "../../src/sim/index.ts";
import { ConfigError, nearest } from "../../src/types/index.ts";
import { type FileRead, STRATEGIES, type StrategyFile, choosing } from "./strategies.ts";

export const USAGE = `npm run arena -- --strategies NAME,…   lets strategies quote in the same simulated windows, and compares them
  --strategies digital         of ${STRATEGIES.join(", ")}; the first is compared with each other. Twice the same, with other parameters: wide=digital;
                               a file of your own by its path: ./mine.ts, whose label is mine
  --set KEY=VALUE              a parameter of everybody, such as executor.netMaxShares=100; of one alone: wide:strategy.halfSpreadBp=300
  --traders calm,busy,toxic    the other traders, by preset: ${TRADERS_NAMES.join(", ")}
  --windows 20                 how many windows with each preset; each has a seed, and a market of its own
  --seeds 1..                  the seeds: 1.. from there on, 1..50, or 17 alone
  --length 5m                  of a window, 15s to 4h
  --out arena                  the folder that keeps each finished window: the same call continues from there
  --workers ${"N".padEnd(18)}processes; one for each core
  --json                       one JSON line per figure
  --html FILE                  a page with the same figures and their charts
Money is what the window paid. Intervals are of whole windows drawn again (95 %). Exit code 1 if a window failed, 2 for a wrong call.
`;

export interface Contestant {
  /** In tables; different for each. */
  readonly label: string;
  readonly strategy: string;
  /** Null where it is one that comes with the program. */
  readonly file: StrategyFile | null;
  /** As in a parameter file: a window is played by another process. */
  readonly parameters: object;
  readonly config: AppConfig;
}

export interface ArenaOptions {
  readonly contestants: readonly [Contestant, ...Contestant[]];
  readonly traders: readonly TradersName[];
  readonly seeds: readonly number[];
  readonly lengthMs: number;
  readonly out: string;
  readonly workers: number;
  readonly isJson: boolean;
  readonly html: string | null;
}

export type Asked =
  | { readonly type: "help" }
  | { readonly type: "refused"; readonly problems: readonly string[] }
  | { readonly type: "arena"; readonly options: ArenaOptions };

export const WINDOWS_MAX = 10_000;
/** A page has so many colours, and a table so many columns. */
export const CONTESTANTS_MAX = 6;
const WORKERS_MAX = 64;
const [LENGTH_MS_MIN, LENGTH_MS_MAX] = [15_000, 4 * 3_600_000];
const WINDOWS_DEFAULT = 20;

const OPTIONS = {
  strategies: { type: "string" },
  set: { type: "string", multiple: true },
  traders: { type: "string" },
  windows: { type: "string" },
  seeds: { type: "string" },
  length: { type: "string" },
  out: { type: "string" },
  workers: { type: "string" },
  json: { type: "boolean" },
  html: { type: "string" },
} as const;

/** Of the machine: how many cores it has, and whether a path is a folder. */
export interface Machine {
  readonly cores: number;
  readonly isFolder: (path: string) => boolean;
  /** The strategies of `filesIn`, by whole path; in their place what is wrong with one. */
  readonly files?: ReadonlyMap<string, FileRead | readonly string[]>;
}

/** Every file of `--strategies`, by its whole path: to be read before `optionsOf`. */
export function filesIn(args: readonly string[]): readonly string[] {
  const { values } = commandLine(args, OPTIONS);
  const { strategies } = values;
  return typeof strategies !== "string"
    ? []
    : listed(strategies)
        .map(entryOf)
        .filter(isOfFile)
        .map(({ strategy }) => resolve(strategy));
}

export function optionsOf(
  args: readonly string[],
  { cores, isFolder, files = new Map() }: Machine,
): Asked {
  if (questionIn(args) === "help") return { type: "help" };
  const { values, problems: misspelt } = commandLine(args, OPTIONS);
  const problems = [...misspelt];
  const given = (name: Exclude<keyof typeof OPTIONS, "set" | "json">): string | undefined =>
    typeof values[name] === "string" ? values[name] : undefined;
  const whole = (name: "windows" | "workers", most: number): number | undefined => {
    const text = given(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    problems.push(`--${name}: "${text}" is not a whole number of 1 to ${most}`);
    return undefined;
  };

  const contestants = contestantsIn(
    listed(given("strategies") ?? "digital"),
    Array.isArray(values["set"]) ? values["set"].map(String) : [],
    files,
    problems,
  );
  const traders = listed(given("traders") ?? "calm,busy,toxic");
  for (const name of traders.filter((it) => !isTraders(it)))
    problems.push(unknown("--traders", name, "preset", TRADERS_NAMES));
  if (new Set(traders).size < traders.length) problems.push("--traders: a preset is there twice");
  const seeds = seedsIn(given("seeds") ?? "1..", whole("windows", WINDOWS_MAX), problems);
  const length = duration.safeParse(given("length") ?? "5m");
  const lengthMs = length.data ?? NaN;
  if (!length.success)
    problems.push(...length.error.issues.map(({ message }) => `--length: ${message}`));
  else if (lengthMs < LENGTH_MS_MIN || lengthMs > LENGTH_MS_MAX)
    problems.push(`--length: "${given("length")}" is not between 15s and 4h`);
  const html = given("html") ?? null;
  if (html !== null && !isFolder(dirname(html)))
    problems.push(`--html: there is no folder ${dirname(html)}`);
  const workers = whole("workers", WORKERS_MAX) ?? Math.min(cores, WORKERS_MAX);
  const [first, ...others] = contestants;
  if (problems.length > 0 || first === undefined) return { type: "refused", problems };
  return {
    type: "arena",
    options: {
      contestants: [first, ...others],
      traders: traders.filter(isTraders),
      seeds,
      lengthMs,
      out: given("out") ?? "arena",
      workers,
      isJson: values["json"] === true,
      html,
    },
  };
}

const listed = (text: string): readonly string[] => text.split(",").map((it) => it.trim());
const isTraders = (name: string): name is TradersName =>
  TRADERS_NAMES.some((known) => known === name);
const unknown = (option: string, name: string, what: string, names: readonly string[]): string =>
  `${option}: "${name}" is not a ${what}; ${hintOf(nearest(name, names))}`;

/** `from..to`, `from..` as far as there are windows, or one alone. */
function seedsIn(text: string, windows: number | undefined, problems: string[]): readonly number[] {
  const [, first, isRange, last] = /^(\d+)(\.\.)?(\d+)?$/.exec(text) ?? [];
  const from = Number(first);
  const isOpen = isRange !== undefined && last === undefined;
  const to = isOpen ? from + (windows ?? WINDOWS_DEFAULT) - 1 : Number(last ?? first);
  const count = to - from + 1;
  const isMeant = first !== undefined && (isRange !== undefined || last === undefined);
  if (!isMeant || !Number.isSafeInteger(to) || count < 1 || count > WINDOWS_MAX) {
    problems.push(`--seeds: "${text}" is not like 1.., 1..50 or 17, with at most ${WINDOWS_MAX}`);
    return [];
  }
  if (windows !== undefined && windows !== count)
    problems.push(`--windows: "${windows}" are asked for, and --seeds ${text} are ${count}`);
  return Array.from({ length: count }, (_, at) => from + at);
}

interface Entry {
  readonly label: string;
  readonly strategy: string;
}

/** `label=strategy`; without a label the name itself, of a file the one it has without its folder and ending. */
function entryOf(name: string): Entry {
  const [, label, strategy = name] = /^([\w-]+)=(.*)$/.exec(name) ?? [];
  const own = isFileName(strategy) ? basename(strategy, extname(strategy)) : strategy;
  return { label: label ?? own, strategy };
}

const isOfFile = ({ strategy }: Entry): boolean => isFileName(strategy);

interface Setting {
  /** Null: of everybody. */
  readonly label: string | null;
  readonly path: readonly string[];
  readonly value: unknown;
}

function contestantsIn(
  names: readonly string[],
  sets: readonly string[],
  files: NonNullable<Machine["files"]>,
  problems: string[],
): readonly Contestant[] {
  const entered = names.map(entryOf);
  for (const entry of entered) problems.push(...problemsOf(entry, files));
  const labels = entered.map(({ label }) => label);
  for (const label of new Set(labels.filter((it, at) => labels.indexOf(it) !== at)))
    problems.push(`--strategies: "${label}" is there twice; name one, as in other=${label}`);
  if (entered.length > CONTESTANTS_MAX)
    problems.push(`--strategies: at most ${CONTESTANTS_MAX} at once`);
  const settings = sets.flatMap((text) => settingIn(text, labels, problems));
  const wrong = new Map<string, Set<string>>();
  const contestants = entered.flatMap(({ label, strategy }): readonly Contestant[] => {
    if (problemsOf({ label, strategy }, files).length > 0) return [];
    const path = isFileName(strategy) ? resolve(strategy) : null;
    const read = path === null ? undefined : files.get(path);
    const own = read !== undefined && "hash" in read ? read : null;
    const name = own?.strategy.name ?? strategy;
    try {
      const parameters = choosing(name, parametersOf(label, settings));
      const config = appConfig(parameters, null, undefined, own === null ? [] : [own.strategy]);
      const file = own === null || path === null ? null : { path, hash: own.hash };
      return [{ label, strategy: name, file, parameters, config }];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems)
        wrong.set(problem, (wrong.get(problem) ?? new Set()).add(label));
      return [];
    }
  });
  for (const [problem, of] of wrong)
    problems.push(
      `--set: ${of.size < entered.length ? `of ${[...of].join(", ")}: ` : ""}${problem}`,
    );
  return contestants;
}

function problemsOf({ strategy }: Entry, files: NonNullable<Machine["files"]>): readonly string[] {
  if (!isFileName(strategy)) {
    return STRATEGIES.includes(strategy)
      ? []
      : [unknown("--strategies", strategy, "strategy", STRATEGIES)];
  }
  const read = files.get(resolve(strategy)) ?? [`${strategy} was not loaded`];
  if (!("hash" in read)) return read.map((problem) => `--strategies: ${problem}`);
  const { name } = read.strategy;
  return STRATEGIES.includes(name)
    ? [`--strategies: ${strategy}: ${name} is the name of one that comes with the program`]
    : [];
}

function settingIn(
  text: string,
  labels: readonly string[],
  problems: string[],
): readonly Setting[] {
  const [, label, path, value] = /^(?:([^:=]+):)?(\w+(?:\.\w+)+)=(.+)$/s.exec(text) ?? [];
  if (path === undefined || value === undefined) {
    problems.push(
      `--set: "${text}" is not like strategy.halfSpreadBp=150 or wide:strategy.halfSpreadBp=150`,
    );
    return [];
  }
  if (label !== undefined && !labels.includes(label)) {
    problems.push(unknown("--set", label, "contestant", labels));
    return [];
  }
  return [{ label: label ?? null, path: path.split("."), value: valueOf(value) }];
}

/** As in a parameter file; a word needs no quotes. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

type Section = { [key: string]: unknown };

/** What is set for one alone counts more than what is set for everybody; of the same, the last. */
function parametersOf(label: string, settings: readonly Setting[]): Section {
  const parameters: Section = {};
  const ofAll = settings.filter((it) => it.label === null);
  for (const { path, value } of [...ofAll, ...settings.filter((it) => it.label === label)]) {
    let section = parameters;
    for (const name of path.slice(0, -1)) {
      const known = section[name];
      const next: Section = isSection(known) ? known : {};
      section[name] = next;
      section = next;
    }
    section[path.at(-1) ?? ""] = value;
  }
  return parameters;
}

const isSection = (value: unknown): value is Section =>
  typeof value === "object" && value !== null && !Array.isArray(value);
