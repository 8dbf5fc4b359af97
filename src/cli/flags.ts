/** The command line: flags and the parameter file, parsed once, every problem at once. */
import { join } from "node:path";
import parseDuration from "parse-duration";
import { z } from "zod";
import {
  type AppConfig,
  type StrategySettings,
  PARAMETERS,
  parameterWarnings,
  strategySections,
  tradingConfig,
  tradingParameters,
} from "../app/index.ts";
import { DEADLINES } from "../gateway/index.ts";
import type { SimulationChoice } from "../runtimes/index.ts";
import {
  ConfigError,
  OPERATOR_LEVELS,
  type OperatorLevel,
  type RunMode,
  isRecord,
  problemsOf,
} from "../types/index.ts";
import {
  type Addresses,
  type Series,
  coinsOf,
  isSeriesName,
  isLoopbackUrl,
} from "../venue/polymarket/index.ts";
import { type CommandLine, type Options, QUESTIONS, commandLine } from "./commandLine.ts";
import { problemOfFile, problemOfFolder, textOrProblem } from "./files.ts";
import {
  type LiveConfig,
  type LiveRequest,
  accountSection,
  liveParts,
  venueSection,
} from "./liveGuards.ts";
import { seriesNamed } from "./seriesFlag.ts";
import type { Environment, Secrets } from "./secrets.ts";
import {
  type LoadedStrategies,
  NONE_LOADED,
  type Sections,
  filesIn,
  withFlag,
  withLoaded,
} from "./strategyFiles.ts";

/** What the command line adds for the daemon. */
export interface DaemonConfig {
  readonly app: AppConfig;
  readonly isJson: boolean;
  /** Recorded before the start; null keeps the level that was set last. */
  readonly level: OperatorLevel | null;
  readonly logLevel: string;
  readonly mode: RunMode;
  /** One for each mode: the journals and the level of another mode must not be taken over. */
  readonly journalDirectory: string;
  /** Null without `--live`; with it, also in a dry run, `venue` and `simulation` are not used. */
  readonly live: LiveConfig | null;
  /** The simulated venue of this process, over sockets or by function calls; or one elsewhere. */
  readonly venue: (typeof SIM_TRANSPORTS)[number] | URL;
  readonly simulation: SimulationChoice;
  /** What is legal, and hardly meant. */
  readonly warnings: readonly string[];
}

const fileSchema = tradingParameters.extend({
  account: accountSection.optional(),
  venue: venueSection.prefault({}),
});

const flags = {
  for: { type: "string" },
  json: { type: "boolean" },
  level: { type: "string" },
  sim: { type: "string" },
  venue: { type: "string" },
  seed: { type: "string" },
  window: { type: "string" },
  reference: { type: "string" },
  speed: { type: "string" },
  loop: { type: "boolean" },
  config: { type: "string" },
  journal: { type: "string" },
  "log-level": { type: "string" },
  live: { type: "boolean" },
  "dry-run": { type: "boolean" },
  series: { type: "string" },
  strategy: { type: "string" },
  "key-file": { type: "string" },
  yes: { type: "boolean" },
  ...QUESTIONS,
} as const satisfies Options;

const doctorFlags: Options = {
  config: flags.config,
  "key-file": flags["key-file"],
  series: flags.series,
  venue: flags.venue,
  json: flags.json,
  ...QUESTIONS,
};

/** Units are required: "30" could be seconds or minutes. */
const DURATION = /^(\d+(\.\d+)?[a-z]+)+$/i;
/** A longer timer overflows and fires at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export const duration = z.string().transform((text, context) => {
  const value = DURATION.test(text) ? parseDuration(text) : null;
  if (value !== null && Number.isInteger(value) && value > 0 && value <= TIMER_MS_MAX) return value;
  context.addIssue({
    code: "custom",
    message: `"${text}" is not a duration such as 30s, 5m or 1h30m, of 24 days at the most`,
  });
  return z.NEVER;
});

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
const SIM_TRANSPORTS = ["sockets", "in-process"] as const;

const loopbackUrl = z.string().transform((given, context) => {
  const url = URL.canParse(given) ? new URL(given) : null;
  const isPlain = url?.protocol === "http:" && url.pathname === "/" && url.search === "";
  if (url !== null && isPlain && isLoopbackUrl(url)) return url;
  context.addIssue({
    code: "custom",
    message: `"${given}" is not the address of a venue on this machine, such as http://127.0.0.1:8080`,
  });
  return z.NEVER;
});

const number = (range: string, isInRange: (value: number) => boolean) =>
  z
    .string()
    .refine((text) => /^\d+(\.\d+)?$/.test(text) && isInRange(Number(text)), range)
    .transform(Number);

/** Options of the simulated venue of this process; one elsewhere has its own. */
const OWN_VENUE_FLAGS = ["sim", "seed", "reference", "speed", "loop"] as const;
const SIMULATED_VENUE_FLAGS = [...OWN_VENUE_FLAGS, "venue", "window"] as const;
const LIVE_FLAGS = ["key-file", "yes"] as const;

const SEED_MAX = 0xffff_ffff;

const flagSchema = z.object({
  for: duration.optional(),
  json: z.boolean().default(false),
  level: z.enum(OPERATOR_LEVELS).optional(),
  sim: z.enum(SIM_TRANSPORTS).default("sockets"),
  venue: loopbackUrl.optional(),
  seed: number(
    `a whole number from 0 to ${SEED_MAX}`,
    (seed) => Number.isInteger(seed) && seed <= SEED_MAX,
  ).default(42),
  window: duration
    .refine((ms) => ms >= 20_000, "at least 20 s")
    .refine((ms) => ms <= 86_400_000, "at most 24 h")
    .refine((ms) => ms % 1_000 === 0, "a window lasts whole seconds")
    .default(300_000),
  reference: z.string().optional(),
  speed: number(
    "a number from 0.01 to 1000, times as fast",
    (speed) => speed >= 0.01 && speed <= 1_000,
  ).default(1),
  loop: z.boolean().default(false),
  config: z.string().optional(),
  journal: z.string().default(".tandem/journal"),
  "log-level": z.enum(LOG_LEVELS).default("info"),
  live: z.boolean().default(false),
  "dry-run": z.boolean().default(false),
  series: z.string().optional(),
  strategy: z.string().optional(),
  "key-file": z.string().optional(),
  yes: z.boolean().default(false),
});

const YES_LATER = "--yes: not given; what it agrees to is shown once the rest is right";

interface Arguments {
  readonly values: Readonly<Record<string, unknown>>;
  readonly parsedFlags: z.ZodSafeParseResult<z.output<typeof flagSchema>>;
  readonly parsedFile: z.ZodSafeParseResult<z.output<typeof fileSchema>>;
  readonly liveRequest: LiveRequest;
  /** What `--series` names. */
  readonly named: readonly Series[];
  /** Null where there is a problem. */
  readonly strategies: StrategySettings | null;
  readonly problems: readonly string[];
}

/** The strategies' sections, with `--strategy` and the files in them. */
function sectionsIn(values: CommandLine["values"], parameters: unknown): Sections {
  const { strategy, series }: Sections = isRecord(parameters) ? parameters : {};
  const given = {
    ...(strategy !== undefined && { strategy }),
    ...(series !== undefined && { series }),
  };
  return withFlag(given, textIn(values["strategy"]));
}

/** The files of strategies that a command line and its parameter file name, for `loadStrategies`. */
export function strategyFilesIn(args: readonly string[]): readonly string[] {
  const { values } = commandLine(args, flags);
  const config = textIn(values["config"]);
  const sections = sectionsIn(values, parametersIn(config).parameters);
  return filesIn(sections, config).map(({ path }) => path);
}

function read(args: readonly string[], known: Options, loaded: LoadedStrategies): Arguments {
  const { values, problems } = commandLine(args, known);
  const { series: seriesText } = values;
  const named = typeof seriesText === "string" ? seriesNamed(seriesText) : null;
  const parsedFlags = flagSchema.safeParse(values);
  const file = parametersIn(textIn(values["config"]));
  const parsedFile = fileSchema.safeParse(file.parameters ?? {});
  const files = withLoaded(sectionsIn(values, file.parameters), textIn(values["config"]), loaded);
  const chosen = strategySections(files.sections, files.strategies);
  return {
    values,
    parsedFlags,
    parsedFile,
    liveRequest: {
      series: named?.series,
      keyFile: textIn(values["key-file"]),
      isConfirmed: values["yes"] === true,
      addresses: parsedFile.data?.venue,
      account: parsedFile.data?.account,
      parameters: file.parameters,
    },
    problems: [
      ...problems,
      ...(parsedFlags.error ? problemsOf(parsedFlags.error).map((problem) => `--${problem}`) : []),
      ...(named?.problems ?? []),
      ...filesOf(values),
      ...(file.problem === null ? [] : [`--config: ${file.problem}`]),
      ...(parsedFile.error ? problemsOf(parsedFile.error, FILE_NAMES) : []),
      ...files.problems,
      ...chosen.problems,
    ],
    named: named?.series ?? [],
    strategies: chosen.settings,
  };
}

/** Every name in a parameter file, for "did you mean". */
const FILE_NAMES = [
  ...PARAMETERS,
  "account",
  "venue",
  ...Object.keys(accountSection.shape).map((key) => `account.${key}`),
  ...Object.keys(venueSection.shape).map((key) => `venue.${key}`),
];

/** Only whether they can be opened: what is in them is read when everything else is right. */
function filesOf(values: Readonly<Record<string, unknown>>): readonly string[] {
  const { reference, journal } = values;
  const problems: readonly (readonly [name: string, problem: string | null])[] = [
    ["--reference", typeof reference === "string" ? problemOfFile(reference) : null],
    ["--journal", typeof journal === "string" ? problemOfFolder(journal) : null],
  ];
  return problems.flatMap(([name, problem]) => (problem === null ? [] : [`${name}: ${problem}`]));
}

/** @throws ConfigError with every problem at once. */
export function daemonConfig(
  args: readonly string[],
  environment: Environment = {},
  loaded: LoadedStrategies = NONE_LOADED,
): DaemonConfig {
  const given = read(args, flags, loaded);
  const { values, parsedFlags, parsedFile, strategies } = given;
  const { live, problems: unready } =
    values["live"] === true
      ? liveParts(given.liveRequest, environment)
      : { live: null, problems: [] };
  const wrong = [...given.problems, ...misplaced(values, given.named), ...unready];
  const lacksYes = values["live"] === true && values["dry-run"] !== true && values["yes"] !== true;
  // With nothing else wrong, the start command asks for --yes and shows the risk.
  const all = [...wrong, ...(lacksYes && wrong.length > 0 ? [YES_LATER] : [])];
  const { data: flagValues } = parsedFlags;
  if (!flagValues || !parsedFile.success || strategies === null || all.length > 0) {
    throw new ConfigError(all);
  }

  const mode = flagValues["dry-run"] ? "dryRun" : flagValues.live ? "live" : "sim";
  const app = tradingConfig(parsedFile.data, strategies, flagValues.for ?? null, DEADLINES);
  const { named: series } = given;
  const windowMs = Math.min(
    ...(series.length === 0 ? [flagValues.window] : series.map((one) => one.windowMs)),
  );
  return {
    app,
    warnings: [...parameterWarnings(app, windowMs), ...unused(values)],
    isJson: flagValues.json,
    level: flagValues.level ?? null,
    logLevel: flagValues["log-level"],
    mode,
    journalDirectory: mode === "sim" ? flagValues.journal : join(flagValues.journal, mode),
    live,
    venue: flagValues.venue ?? flagValues.sim,
    simulation: {
      seed: flagValues.seed,
      windowMs: flagValues.window,
      series: series.map(({ name }) => name).filter(isSeriesName),
      referenceFile: flagValues.reference ?? null,
      speed: flagValues.speed,
      isLooped: flagValues.loop,
    },
  };
}

const textIn = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;

function misplaced(
  values: Readonly<Record<string, unknown>>,
  series: readonly Series[],
): readonly string[] {
  const given = (names: readonly string[]): readonly string[] =>
    names.filter((name) => name in values);
  if ("live" in values) {
    return given(SIMULATED_VENUE_FLAGS).map(
      (name) => `--${name}: is for simulated venues, not for --live`,
    );
  }
  const elsewhere = "venue" in values ? given(OWN_VENUE_FLAGS) : [];
  const withSeries = "series" in values ? problemsWithSeries(values, series) : [];
  return [
    ...withSeries,
    ...elsewhere.map((name) => `--${name}: is set where the venue of --venue is started`),
    ...given(LIVE_FLAGS).map((name) => `--${name}: needs --live`),
  ];
}

/** Of a simulated venue. */
function problemsWithSeries(
  values: Readonly<Record<string, unknown>>,
  series: readonly Series[],
): readonly string[] {
  const isRecorded = "reference" in values && coinsOf(series).length > 1;
  return [
    ...("window" in values ? ["--window: a series has its own, so use --series or --window"] : []),
    ...(values["sim"] === "in-process"
      ? ["--series: is of a venue over sockets, so use --window with --sim in-process"]
      : []),
    ...(isRecorded ? ["--reference: is one price, and the series are of several coins"] : []),
  ];
}

const unused = (values: Readonly<Record<string, unknown>>): readonly string[] =>
  "reference" in values
    ? []
    : ["speed", "loop"]
        .filter((name) => name in values)
        .map((name) => `--${name}: changes nothing without --reference`);

/** What the doctor checks; what a live run lacks is a finding, a wrong flag or file is not. */
export interface DoctorConfig {
  readonly isJson: boolean;
  /** A simulated venue of this machine; null takes the addresses of the file. */
  readonly venue: URL | null;
  readonly addresses: Addresses | null;
  /** Empty where none is named. */
  readonly series: readonly Series[];
  readonly account: NonNullable<LiveRequest["account"]> | null;
  readonly secrets: Secrets;
  readonly problems: readonly string[];
}

/** @throws ConfigError with every flag and parameter that is wrong, before anybody is asked. */
export function doctorConfig(
  args: readonly string[],
  environment: Environment,
  loaded: LoadedStrategies = NONE_LOADED,
): DoctorConfig {
  const { values, parsedFlags, liveRequest, problems: wrong } = read(args, doctorFlags, loaded);
  // Whom to ask is not known.
  if (wrong.length > 0) throw new ConfigError(wrong);
  const { series = [], addresses = null, account = null } = liveRequest;
  const { secrets, problems: unready } = liveParts(liveRequest, environment);
  return {
    isJson: values["json"] === true,
    venue: parsedFlags.data?.venue ?? null,
    addresses,
    series,
    account,
    secrets,
    problems: "venue" in values ? [] : unready,
  };
}

interface ParameterFile {
  /** Null where it could not be read: what it says is not known. */
  readonly parameters: unknown;
  readonly problem: string | null;
}

function parametersIn(file: string | undefined): ParameterFile {
  if (file === undefined) return { parameters: {}, problem: null };
  const content = textOrProblem(file);
  if ("problem" in content) return { parameters: null, problem: content.problem };
  try {
    const parameters: unknown = JSON.parse(content.text);
    return typeof parameters === "object" && parameters !== null && !Array.isArray(parameters)
      ? { parameters, problem: null }
      : { parameters: null, problem: `${file} is not a JSON object, as in { … }` };
  } catch (error) {
    return { parameters: null, problem: `${file} is not JSON${placeIn(content.text, error)}` };
  }
}

/** Node says where in some of its messages. */
function placeIn(text: string, error: unknown): string {
  const offset = /position (\d+)/.exec(String(error))?.[1];
  return offset === undefined
    ? ", or ends too early"
    : `: see line ${text.slice(0, Number(offset)).split("\n").length}`;
}
