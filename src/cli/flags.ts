/** The command line: flags and the parameter file, parsed once, every problem at once. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import parseDuration from "parse-duration";
import { z } from "zod";
import { type AppConfig, problemsOf, tradingConfig, tradingParameters } from "../app/index.ts";
import { DEADLINES } from "../gateway/index.ts";
import type { SimulationChoice } from "../runtimes/index.ts";
import { ConfigError, OPERATOR_LEVELS, type OperatorLevel, type RunMode } from "../types/index.ts";
import { type Addresses, type SeriesName, isLoopbackUrl } from "../venue/polymarket/index.ts";
import {
  type LiveConfig,
  type LiveRequest,
  accountSection,
  isSeries,
  liveParts,
  venueSection,
} from "./liveGuards.ts";
import type { Environment, Secrets } from "./secrets.ts";

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
}

const fileSchema = tradingParameters.extend({
  account: accountSection.optional(),
  venue: venueSection.prefault({}),
});

export const USAGE = `tandem: a market maker for binary YES/NO markets, priced from Binance BTC.

  npm start -- [options]
  npm run venue -- --help   the simulated venue alone

  --for 30s          stop after this long (default: until Ctrl-C)
  --level halt       or normal, reduceOnly, flatten; lasts until another is given
  --json             print the summary as one JSON line on stdout
  --sim sockets      or in-process: how the simulated venue is reached
  --venue URL        trade on a simulated venue that runs elsewhere on this machine
  --dry-run          decide everything and send nothing, on any venue
  --seed 42          seed of the simulated venue and of the synthetic price
  --window 5m        how long each simulated market lasts
  --reference FILE   replay a recorded Binance stream (.ndjson or .ndjson.gz) as the price
  --speed 1          how many times faster than recorded it is replayed
  --config FILE      JSON with "strategy" and "executor" parameters; for --live "account" and "venue"
  --journal DIR      where the journal goes (default .tandem/journal)
  --log-level info   debug, info, warn, error or silent
  --help             this text

With real money (docs/live.md):

  --live             trade on the real venue; refused while anything it needs is missing
  --series NAME      btc-updown-5m, btc-updown-15m, btc-updown-1h or btc-updown-4h
  --key-file FILE    the private key, in a file of mode 0600; or in TANDEM_PRIVATE_KEY
  --yes              agree to the risk that --live shows without it

  npm run doctor -- [--config FILE] [--key-file FILE] [--series NAME] [--venue URL] [--json]
`;

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
  config: { type: "string" },
  journal: { type: "string" },
  "log-level": { type: "string" },
  live: { type: "boolean" },
  "dry-run": { type: "boolean" },
  series: { type: "string" },
  "key-file": { type: "string" },
  yes: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** Units are required: "30" could be seconds or minutes. */
const DURATION = /^(\d+(\.\d+)?[a-z]+)+$/i;
/** A longer timer overflows and fires at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const duration = z.string("give a value").transform((text, context) => {
  const value = DURATION.test(text) ? parseDuration(text) : null;
  if (value !== null && Number.isInteger(value) && value > 0 && value <= TIMER_MS_MAX) return value;
  context.addIssue({
    code: "custom",
    message: `"${text}" is not a duration such as 30s, 5m or 1h30m, of 24 days at the most`,
  });
  return z.NEVER;
});

const SIM_TRANSPORTS = ["sockets", "in-process"] as const;

const loopbackUrl = z.string("give a value").transform((given, context) => {
  const url = URL.canParse(given) ? new URL(given) : null;
  const isPlain = url?.protocol === "http:" && url.pathname === "/" && url.search === "";
  if (url !== null && isPlain && isLoopbackUrl(url)) return url;
  context.addIssue({
    code: "custom",
    message: `"${given}" is not the address of a venue on this machine, such as http://127.0.0.1:8080`,
  });
  return z.NEVER;
});

const text = z.string("give a value").min(1, "give a value");

const numeral = z
  .string()
  .regex(/^\d+(\.\d+)?$/, "not a number")
  .transform(Number);

/** Options of the simulated venue of this process; one elsewhere has its own. */
const OWN_VENUE_FLAGS = ["sim", "seed", "reference", "speed"] as const;
const SIMULATED_VENUE_FLAGS = [...OWN_VENUE_FLAGS, "venue", "window"] as const;
const LIVE_FLAGS = ["series", "key-file", "yes"] as const;

const flagSchema = z.object({
  for: duration.optional(),
  json: z.boolean().default(false),
  level: z.enum(OPERATOR_LEVELS).optional(),
  sim: z.enum(SIM_TRANSPORTS).default("sockets"),
  venue: loopbackUrl.optional(),
  seed: numeral.pipe(z.number().int().max(0xffff_ffff)).default(42),
  window: duration
    .pipe(z.number().min(20_000).max(86_400_000).multipleOf(1_000, "a window lasts whole seconds"))
    .default(300_000),
  reference: text.optional(),
  speed: numeral.pipe(z.number().min(0.01).max(1_000)).default(1),
  config: text.optional(),
  journal: text.default(".tandem/journal"),
  "log-level": z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  live: z.boolean().default(false),
  "dry-run": z.boolean().default(false),
  series: text.optional(),
  "key-file": text.optional(),
  yes: z.boolean().default(false),
  help: z.boolean().optional(),
});

const YES_LATER = "--yes: not given; what it agrees to is shown once the rest is right";

interface Arguments {
  readonly values: Readonly<Record<string, unknown>>;
  readonly parsedFlags: z.ZodSafeParseResult<z.output<typeof flagSchema>>;
  readonly parsedFile: z.ZodSafeParseResult<z.output<typeof fileSchema>>;
  readonly liveRequest: LiveRequest;
  readonly problems: readonly string[];
}

function read(args: readonly string[], known: ReadonlySet<string>): Arguments {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: flags,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const unknown = tokens.flatMap((token) =>
    token.kind === "option" && !known.has(token.name) ? [token.rawName] : [],
  );
  const parsedFlags = flagSchema.safeParse(values);
  const file = parametersIn(values.config);
  const parsedFile = fileSchema.safeParse(file.parameters);
  return {
    values,
    parsedFlags,
    parsedFile,
    liveRequest: {
      series: textIn(values.series),
      keyFile: textIn(values["key-file"]),
      isConfirmed: values.yes === true,
      addresses: parsedFile.data?.venue,
      account: parsedFile.data?.account,
      parameters: file.parameters,
    },
    problems: [
      ...[...unknown, ...positionals].map((word) => `${word}: not an option; see --help`),
      ...(parsedFlags.error ? problemsOf(parsedFlags.error, "--") : []),
      ...(file.problem === null ? [] : [`--config: ${file.problem}`]),
      ...(parsedFile.error ? problemsOf(parsedFile.error) : []),
    ],
  };
}

/** Null asks for the usage text. @throws ConfigError with every problem at once. */
export function daemonConfig(
  args: readonly string[],
  environment: Environment = {},
): DaemonConfig | null {
  const given = read(args, new Set(Object.keys(flags)));
  const { values, parsedFlags, parsedFile } = given;
  if (values["help"] === true) return null;
  const { live, problems: unready } =
    values["live"] === true
      ? liveParts(given.liveRequest, environment)
      : { live: null, problems: [] };
  const wrong = [...given.problems, ...misplaced(values), ...unready];
  const lacksYes = values["live"] === true && values["dry-run"] !== true && values["yes"] !== true;
  // With nothing else wrong, the start command asks for --yes and shows the risk.
  const all = [...wrong, ...(lacksYes && wrong.length > 0 ? [YES_LATER] : [])];
  const { data: flagValues } = parsedFlags;
  if (!flagValues || !parsedFile.success || all.length > 0) throw new ConfigError(all);

  const mode = flagValues["dry-run"] ? "dryRun" : flagValues.live ? "live" : "sim";
  return {
    app: tradingConfig(parsedFile.data, flagValues.for ?? null, DEADLINES),
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
      referenceFile: flagValues.reference ?? null,
      speed: flagValues.speed,
    },
  };
}

const textIn = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;

function misplaced(values: Readonly<Record<string, unknown>>): readonly string[] {
  const given = (names: readonly string[]): readonly string[] =>
    names.filter((name) => name in values);
  if ("live" in values) {
    return given(SIMULATED_VENUE_FLAGS).map(
      (name) => `--${name}: is for simulated venues, not for --live`,
    );
  }
  const elsewhere = "venue" in values ? given(OWN_VENUE_FLAGS) : [];
  return [
    ...elsewhere.map((name) => `--${name}: is set where the venue of --venue is started`),
    ...given(LIVE_FLAGS).map((name) => `--${name}: needs --live`),
  ];
}

/** What the doctor checks; problems of the configuration are findings, not a refusal. */
export interface DoctorConfig {
  readonly isJson: boolean;
  /** A simulated venue of this machine; null takes the addresses of the file. */
  readonly venue: URL | null;
  readonly addresses: Addresses | null;
  readonly series: SeriesName | null;
  readonly account: NonNullable<LiveRequest["account"]> | null;
  readonly secrets: Secrets;
  readonly problems: readonly string[];
}

const DOCTOR_FLAGS = new Set(["config", "key-file", "series", "venue", "json", "help"]);

/** Null asks for the usage text. */
export function doctorConfig(
  args: readonly string[],
  environment: Environment,
): DoctorConfig | null {
  const { values, parsedFlags, liveRequest, problems: wrong } = read(args, DOCTOR_FLAGS);
  if (values["help"] === true) return null;
  const { series, addresses = null, account = null } = liveRequest;
  const { secrets, problems: unready } = liveParts(liveRequest, environment);
  return {
    isJson: values["json"] === true,
    venue: parsedFlags.data?.venue ?? null,
    addresses,
    series: isSeries(series) ? series : null,
    account,
    secrets,
    problems: "venue" in values ? wrong : [...wrong, ...unready],
  };
}

interface ParameterFile {
  readonly parameters: unknown;
  readonly problem: string | null;
}

function parametersIn(file: unknown): ParameterFile {
  if (typeof file !== "string") return { parameters: {}, problem: null };
  try {
    return { parameters: JSON.parse(readFileSync(file, "utf8")), problem: null };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { parameters: {}, problem: `${file}: ${why}` };
  }
}
