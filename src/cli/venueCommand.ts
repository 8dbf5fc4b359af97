/** `tandem venue`: serves the simulated venue alone, for any client to trade on. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { concatMap, defer, map, type Observable } from "rxjs";
import { TRADERS_NAMES, type TradersName } from "../sim/index.ts";
import {
  type Generation,
  type Endpoints,
  rollingWindows,
  SERVED_SERIES,
  venueServer,
  type VenueServerOptions,
  type WindowSeries,
} from "../sim/server/index.ts";
import { ConfigError, DOLLAR_BP, type Log, MICRO, microUsdc } from "../types/index.ts";
import { chooseSigner } from "../venue/polymarket/index.ts";
import {
  referenceSource,
  SYNTHETIC_VOLATILITY,
  systemClock,
  systemScheduler,
} from "../runtimes/index.ts";

export const VENUE_USAGE = `tandem venue --port 0 --seed 42   the simulated venue; prints one JSON line with its URLs
  --host 127.0.0.1       where to listen; an address that is not loopback needs --public
  --public               allows a host that other machines can reach
  --series btc-updown-5m also btc-updown-15m and btc-updown-1h; may be repeated; all three by default
  --window 20            instead of --series: one series of windows of so many seconds
  --cash 1000            dollars of every new account
  --traders busy         who else trades: calm, busy (as recorded), toxic or empty
  --generation v1        v1: CTF tokens, order domain "2"; v2: Protocol V2, order domain "3"
  --fees 0.07            the taker's fee rate, as for crypto; 0 charges none
  --taker-delay 150      milliseconds that a marketable order waits before it is matched
  --self-trade allow     allow, rejectTaker or cancelMaker
  --windows-ahead 1      windows of each series that trade before they begin, at most 4
  --resolution 55        seconds from a window's end to its resolution
  --silent-removals      no user channel message for orders that expire or lose their heartbeat
  --at "12s: freeze user for 8s"   a fault and its time; may be repeated
  --faults bad-day.txt   the same from a file, a line each: "at 12s: freeze user for 8s"
  --log-level warn
It runs until SIGINT or SIGTERM. All faults, and POST /control, which sets them at any time: docs/venue.md
`;
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

/** Null for `--help`. @throws ConfigError with every problem. */
export function venueConfig(args: readonly string[]): VenueConfig | null {
  const values = flagsIn(args);
  if (values.help) return null;
  const problems: string[] = [];
  const wholeNumber = (
    name: "port" | "seed" | "window" | "cash" | "taker-delay" | "windows-ahead" | "resolution",
    min: number,
    max: number,
  ): number => {
    const text = values[name] ?? "";
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max))
      problems.push(`--${name}: ${text} is not ${min} to ${max}`);
    return value;
  };
  const { generation } = values;
  if (generation !== "v1" && generation !== "v2") problems.push(`--generation: v1 or v2`);
  const rateBp = Number(values.fees) * DOLLAR_BP;
  if (!/^0(\.\d{1,4})?$/.test(values.fees))
    problems.push(`--fees: ${values.fees} is not 0 to 0.9999`);
  const selfTrade = SELF_TRADES.find((one) => one === values["self-trade"]);
  if (!selfTrade) problems.push(`--self-trade: ${SELF_TRADES.join(", ")}`);
  const traders = TRADERS_NAMES.find((one) => one === values.traders);
  if (!traders && values.traders !== undefined)
    problems.push(`--traders: ${TRADERS_NAMES.join(", ")}`);
  if (values.series && values.window !== undefined)
    problems.push("--window: a series has its own, so use --series or --window");
  const result = {
    port: wholeNumber("port", 0, 65_535),
    seed: wholeNumber("seed", 0, Number.MAX_SAFE_INTEGER),
    series:
      values.window === undefined
        ? seriesNamed(values.series ?? Object.keys(SERVED_SERIES), problems)
        : [rollingWindows(wholeNumber("window", 1, WINDOW_S_MAX) * 1_000)],
    cash: wholeNumber("cash", 0, 1_000_000_000),
    ...(traders && { traders }),
    host: values.host,
    isPublic: values.public,
    generation: generation === "v2" ? ("v2" as const) : ("v1" as const),
    logLevel: values["log-level"],
    scenario: {
      fee: rateBp > 0 ? { rateBp: Math.round(rateBp), exponent: 1 } : null,
      takerDelayMs: wholeNumber("taker-delay", 0, TAKER_DELAY_MS_MAX),
      windowsAhead: wholeNumber("windows-ahead", 0, WINDOWS_AHEAD_MAX),
      resolvedAfterMs: wholeNumber("resolution", 0, RESOLUTION_S_MAX) * 1_000,
      selfTrade: selfTrade ?? "allow",
      tellsRemovals: !values["silent-removals"],
      script: [...linesOf(values.faults, problems), ...values.at.map((cue) => `at ${cue}`)],
    },
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return result;
}

function seriesNamed(names: readonly string[], problems: string[]): readonly WindowSeries[] {
  const known = new Map<string, WindowSeries>(Object.entries(SERVED_SERIES));
  return [...new Set(names)].flatMap((name) => {
    const series = known.get(name);
    if (!series) problems.push(`--series: ${[...known.keys()].join(", ")}`);
    return series ? [series] : [];
  });
}

function linesOf(file: string | undefined, problems: string[]): readonly string[] {
  if (file === undefined) return [];
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch (error) {
    problems.push(`--faults: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

/** @throws ConfigError for an unknown option. */
function flagsIn(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string", default: "0" },
        seed: { type: "string", default: "42" },
        host: { type: "string", default: "127.0.0.1" },
        public: { type: "boolean", default: false },
        series: { type: "string", multiple: true },
        window: { type: "string" },
        cash: { type: "string", default: "1000" },
        traders: { type: "string" },
        generation: { type: "string", default: "v1" },
        fees: { type: "string", default: "0.07" },
        "taker-delay": { type: "string", default: "150" },
        "self-trade": { type: "string", default: "allow" },
        "windows-ahead": { type: "string", default: "1" },
        resolution: { type: "string", default: "55" },
        "silent-removals": { type: "boolean", default: false },
        at: { type: "string", multiple: true, default: [] },
        faults: { type: "string" },
        "log-level": { type: "string", default: "warn" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new ConfigError([error instanceof Error ? error.message : String(error)]);
  }
}

/** Emits the addresses once, and runs while subscribed. @throws ConfigError for a bad host or script. */
export function venueAlone(config: VenueConfig, log: Log): Observable<Endpoints & Seeded> {
  const { seed } = config;
  const world = { clock: systemClock, scheduler: systemScheduler, log };
  const { reference$ } = referenceSource({ seed, referenceFile: null, speed: 1 }, world);
  const options = {
    ...config,
    cash: microUsdc(config.cash * MICRO),
    volatilityPerSqrtSecond: SYNTHETIC_VOLATILITY,
  };
  return defer(() => chooseSigner(log)).pipe(
    concatMap((signer) => venueServer(options, { ...world, reference$, signer }).endpoints$),
    map((endpoints) => ({ ...endpoints, seed })),
  );
}

/** The seed from which the run can be repeated. */
interface Seeded {
  readonly seed: number;
}
