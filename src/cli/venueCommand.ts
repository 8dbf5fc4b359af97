/** `tandem venue`: serves the simulated venue alone, for any client to trade on. */
import {
  catchError,
  concatMap,
  defer,
  fromEventPattern,
  lastValueFrom,
  map,
  type Observable,
  takeUntil,
  tap,
  throwError,
} from "rxjs";
import { z } from "zod";
import { TRADERS_NAMES, type TradersName } from "../sim/index.ts";
import {
  type Generation,
  type Endpoints,
  parseScript,
  rollingWindows,
  SERVED_SERIES,
  venueServer,
  type VenueServerOptions,
  type WindowSeries,
} from "../sim/server/index.ts";
import {
  COINS,
  ConfigError,
  DOLLAR_BP,
  type Log,
  MICRO,
  isLoopbackHost,
  microUsdc,
  problemsOf,
} from "../types/index.ts";
import { chooseSigner } from "../venue/polymarket/index.ts";
import {
  referenceSource,
  SYNTHETIC_VOLATILITY,
  systemClock,
  systemLog,
  systemScheduler,
} from "../runtimes/index.ts";
import { type CommandLine, type Options, QUESTIONS, commandLine } from "./commandLine.ts";
import { type CommandHost, EXIT_CLEAN } from "./command.ts";
import { textOrProblem } from "./files.ts";
import { LOG_LEVELS } from "./flags.ts";

const TAKER_DELAY_MS_MAX = 10_000;
const WINDOWS_AHEAD_MAX = 4;
const SELF_TRADES = ["allow", "rejectTaker", "cancelMaker"] as const;
const WINDOW_S_MAX = 86_400;
const RESOLUTION_S_MAX = 600;

export interface VenueConfig {
  readonly port: number;
  readonly seed: number;
  readonly host: string;
  readonly isPublic: boolean;
  readonly series: readonly WindowSeries[];
  readonly cash: number;
  readonly traders?: TradersName;
  readonly generation: Generation;
  readonly logLevel: string;
  readonly scenario: NonNullable<VenueServerOptions["scenario"]>;
}

const venueFlags = {
  port: { type: "string" },
  seed: { type: "string" },
  host: { type: "string" },
  public: { type: "boolean" },
  series: { type: "string", multiple: true },
  window: { type: "string" },
  cash: { type: "string" },
  traders: { type: "string" },
  generation: { type: "string" },
  fees: { type: "string" },
  "taker-delay": { type: "string" },
  "self-trade": { type: "string" },
  "windows-ahead": { type: "string" },
  resolution: { type: "string" },
  "silent-removals": { type: "boolean" },
  at: { type: "string", multiple: true },
  faults: { type: "string" },
  "log-level": { type: "string" },
  ...QUESTIONS,
} as const satisfies Options;

/** A whole number written out. */
const whole = (min: number, max: number, unit = "") =>
  z
    .string()
    .refine(
      (text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max,
      `a whole number${unit} from ${min} to ${max}`,
    )
    .transform(Number);

const venueSchema = z.object({
  port: whole(0, 65_535).default(0),
  seed: whole(0, Number.MAX_SAFE_INTEGER).default(42),
  host: z.string().default("127.0.0.1"),
  public: z.boolean().default(false),
  series: z.array(z.string()).optional(),
  window: whole(1, WINDOW_S_MAX, " of seconds").optional(),
  cash: whole(0, 1_000_000_000, " of dollars").default(1_000),
  traders: z.enum(TRADERS_NAMES).optional(),
  generation: z.enum(["v1", "v2"]).default("v1"),
  fees: z
    .string()
    .regex(/^0(\.\d{1,4})?$/, "a rate from 0 to 0.9999, of four decimals at most")
    .default("0.07"),
  "taker-delay": whole(0, TAKER_DELAY_MS_MAX, " of milliseconds").default(150),
  "self-trade": z.enum(SELF_TRADES).default("allow"),
  "windows-ahead": whole(0, WINDOWS_AHEAD_MAX).default(1),
  resolution: whole(0, RESOLUTION_S_MAX, " of seconds").default(55),
  "silent-removals": z.boolean().default(false),
  at: z.array(z.string()).default([]),
  faults: z.string().optional(),
  "log-level": z.enum(LOG_LEVELS).default("warn"),
});

/** @throws ConfigError with every problem. */
export function venueConfig(args: readonly string[]): VenueConfig {
  const { values, problems: wrong } = commandLine(args, venueFlags);
  const parsed = venueSchema.safeParse(values);
  const { series, problems: unserved } = seriesNamed(values["series"]);
  const { script, problems: unreadable } = scriptOf(values);
  const problems = [
    ...wrong,
    ...(parsed.error ? problemsOf(parsed.error).map((problem) => `--${problem}`) : []),
    ...unserved,
    ...unreadable,
  ];
  if ("series" in values && "window" in values)
    problems.push("--window: a series has its own, so use --series or --window");
  const host = values["host"] ?? "127.0.0.1";
  if (values["public"] !== true && typeof host === "string" && !isLoopbackHost(host))
    problems.push(
      `--host: ${host} is not loopback, so others can reach it; add --public to allow that`,
    );
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);

  const { window, traders, fees, public: isPublic, ...given } = parsed.data;
  const rateBp = Math.round(Number(fees) * DOLLAR_BP);
  return {
    port: given.port,
    seed: given.seed,
    series: window === undefined ? series : [rollingWindows(window * 1_000)],
    cash: given.cash,
    ...(traders && { traders }),
    host: given.host,
    isPublic,
    generation: given.generation,
    logLevel: given["log-level"],
    scenario: {
      fee: rateBp > 0 ? { rateBp, exponent: 1 } : null,
      takerDelayMs: given["taker-delay"],
      windowsAhead: given["windows-ahead"],
      resolvedAfterMs: given.resolution * 1_000,
      selfTrade: given["self-trade"],
      tellsRemovals: !given["silent-removals"],
      script,
    },
  };
}

interface NamedSeries {
  readonly series: readonly WindowSeries[];
  readonly problems: readonly string[];
}

/** One coin unless some are named: each window has traders of its own, who need time. */
const SERVED_BY_DEFAULT: readonly string[] = ["btc-updown-5m", "btc-updown-15m", "btc-updown-1h"];

function seriesNamed(given: unknown): NamedSeries {
  const known = SERVED_SERIES;
  const named = Array.isArray(given) ? given.flatMap((each) => String(each).split(",")) : null;
  const names = named === null ? SERVED_BY_DEFAULT : [...new Set(named)];
  return {
    series: names.flatMap((name) => known.get(name) ?? []),
    problems: names
      .filter((name) => !known.has(name))
      .map((name) => `--series: ${name} is none of ${[...known.keys()].join(", ")}`),
  };
}

interface Script {
  readonly script: readonly string[];
  readonly problems: readonly string[];
}

function scriptOf({ at = [], faults }: CommandLine["values"]): Script {
  const read = typeof faults === "string" ? textOrProblem(faults) : { text: "" };
  const cues = Array.isArray(at) ? at.map((cue) => `at ${String(cue)}`) : [];
  const lines = "text" in read ? read.text.split(/\r?\n/) : [];
  const check = (flag: string, script: readonly string[]): readonly string[] => {
    try {
      parseScript(script);
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.problems.map((problem) => `${flag}: ${problem}`);
    }
  };
  return {
    script: [...lines, ...cues],
    problems: [
      ...("problem" in read ? [`--faults: ${read.problem}`] : check("--faults", lines)),
      ...check("--at", cues),
    ],
  };
}

/** One line of JSON says where the venue answers; then it runs until a signal. */
export async function venueCommand(config: VenueConfig, host: CommandHost): Promise<number> {
  const running$ = venueAlone(config, systemLog({ level: config.logLevel })).pipe(
    tap((endpoints) => host.write(`${JSON.stringify(endpoints)}\n`)),
    takeUntil(fromEventPattern(host.onSignal)),
  );
  await lastValueFrom(running$, { defaultValue: null }); // tidy-ok: no graph runs beside it, whose one subscribe is in app.ts
  return EXIT_CLEAN;
}

/** Emits the addresses once, and runs while subscribed. Errors with ConfigError where it cannot listen. */
export function venueAlone(config: VenueConfig, log: Log): Observable<Endpoints & Seeded> {
  const { seed } = config;
  const world = { clock: systemClock, scheduler: systemScheduler, log };
  const { reference$ } = referenceSource(
    { seed, referenceFile: null, speed: 1, isLooped: false },
    COINS.filter((coin) => config.series.some((series) => series.coin === coin)),
    world,
  );
  const options = {
    ...config,
    cash: microUsdc(config.cash * MICRO),
    volatilityPerSqrtSecond: SYNTHETIC_VOLATILITY,
  };
  return defer(() => chooseSigner(log)).pipe(
    concatMap((signer) => venueServer(options, { ...world, reference$, signer }).endpoints$),
    map((endpoints) => ({ ...endpoints, seed })),
    catchError((error: unknown) => throwError(() => listenProblem(error, config))),
  );
}

/** An address that cannot be listened at is the command line's; anything else is not. */
function listenProblem(error: unknown, { host, port }: VenueConfig): unknown {
  const code = error instanceof Error && "code" in error ? error.code : null;
  switch (code) {
    case "EADDRINUSE":
      return new ConfigError([
        `--port: ${port} of ${host} is taken by another program; give another, or 0 for any that is free`,
      ]);
    case "EACCES":
      return new ConfigError([`--port: ${port} is not for this user; give one from 1024 on`]);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new ConfigError([`--host: ${host} is not an address of this machine`]);
    default:
      return error;
  }
}

/** The seed from which the run can be repeated. */
interface Seeded {
  readonly seed: number;
}
