/** A runtime on the simulated venue in this process, by function calls; and the price that drives it. */
import { type Observable, concatMap, endWith, ignoreElements, map, merge, share } from "rxjs";
import { rebased, recording, replayed } from "../record/index.ts";
import {
  CHAINLINK_DAY_VARIANCE,
  CRYPTO_FEE_BP,
  OUR_ACCOUNT,
  type ReferencePathOptions,
  type Simulation,
  type SimulationOptions,
  noFaults,
  random,
  simulation,
  syntheticReference,
  uniformLatency,
} from "../sim/index.ts";
import {
  COINS,
  type Coin,
  type Connections,
  type Log,
  MICRO,
  type OfCoin,
  type ReferenceItem,
  microUsdc,
  referencePrice,
} from "../types/index.ts";
import { decodeBinance } from "../venue/binance/index.ts";
import { broken } from "../venue/index.ts";
import type { SeriesName } from "../venue/polymarket/index.ts";
import type { Runtime } from "../app/index.ts";
import { type HostOptions, host } from "./host.ts";
import { askedAlso } from "./askedAlso.ts";
import { systemLog, systemNonce, systemTime } from "./system.ts";

/** Prices of a recording that are held in memory. */
const RECORDED_VALUES_MAX = 10_000_000;
/** Relative, per square root of a second: about half a percent an hour, a calm day of BTC. */
export const SYNTHETIC_VOLATILITY = 0.00009;

const START_DOLLARS: Readonly<Record<Coin, number>> = { btc: 60_000, eth: 3_000, sol: 150, xrp: 2 };

/** The price of a simulation: a coin on that day, whose variance moves as it did, and is not what we expect. */
export const syntheticPath = (seed: number, coin: Coin = COINS[0]): ReferencePathOptions => ({
  // Each coin walks for itself.
  seed: seed + COINS.indexOf(coin),
  startPrice: referencePrice(START_DOLLARS[coin] * MICRO),
  volatilityPerSqrtSecond: SYNTHETIC_VOLATILITY,
  tickMs: 80,
  variance: CHAINLINK_DAY_VARIANCE,
});
/** Cash of every account of a simulated venue at first. */
export const SIMULATED_CASH = microUsdc(1_000 * MICRO);

/** Which simulated market is traded: its seed, its windows, and the price that moves it. */
export interface SimulationChoice {
  readonly seed: number;
  readonly windowMs: number;
  /** Instead of windows of that length, where some are named; not in process. */
  readonly series: readonly SeriesName[];
  /** A recorded Binance stream that is replayed as the price; null draws a price from the seed. */
  readonly referenceFile: string | null;
  /** How many times faster than recorded it is replayed. */
  readonly speed: number;
  /** Whether the recording begins anew when it has ended; else there is no price from then on. */
  readonly isLooped: boolean;
}

export interface SimulatedOptions
  extends Partial<Omit<SimulationChoice, "windowMs" | "series">>, HostOptions {
  readonly windowMs?: SimulationOptions["windowMs"];
  /** Of the log on stderr; "silent" by default. */
  readonly logLevel?: string;
}

/**
 * Everything `app` needs to trade on the simulated venue in real time.
 * @throws ConfigError if the recording, or the journal of an earlier run, cannot be read.
 */
export function simulatedRuntime(options: SimulatedOptions = {}): Runtime {
  const { seed = 42, windowMs = 300_000, referenceFile = null } = options;
  const { speed = 1, isLooped = false } = options;
  const log = systemLog({ level: options.logLevel ?? "silent" });
  const { reference$, ending } = referenceSource(
    { seed, referenceFile, speed, isLooped },
    COINS.slice(0, 1),
    { scheduler: systemTime.scheduler, log },
  );
  const venue = { seed, windowMs, feeRateBp: CRYPTO_FEE_BP };
  const runtime = simulatedVenue(venue, reference$, systemTime).runtime(options, log);
  return { ...runtime, connections: ending(runtime.connections) };
}

export interface ReferenceSource {
  readonly reference$: Observable<ReferenceItem & OfCoin>;
  /** Connections whose reference is lost for good once a recording has ended. */
  readonly ending: (connections: Connections) => Connections;
}

/**
 * The prices of a simulation, described in the log; a recording is of each of the coins.
 * @throws ConfigError if the recording cannot be read.
 */
export function referenceSource(
  { referenceFile, speed, isLooped, seed }: Omit<SimulationChoice, "windowMs" | "series">,
  coins: readonly Coin[],
  { scheduler, log }: Pick<Runtime, "scheduler" | "log">,
): ReferenceSource {
  if (referenceFile === null) {
    log.info({ price: "synthetic", seed }, "simulated market, no real orders");
    const walked = (coin: Coin) => syntheticReference(syntheticPath(seed, coin), scheduler);
    return { reference$: ofCoins(coins, walked), ending: (it) => it };
  }
  const recorded = recording(referenceFile, (frame) => decodeBinance(frame).items, {
    valuesMax: RECORDED_VALUES_MAX,
  });
  const seconds = Math.round(recorded.durationMs / 1_000);
  const facts = { price: referenceFile, prices: recorded.values.length, seconds, speed };
  log.info(facts, "simulated market, no real orders");
  const { skipped, firstSkipped } = recorded;
  if (skipped > 0) {
    log.warn({ lines: skipped, first: firstSkipped }, "lines of the recording cannot be read");
  }
  if (isLooped) log.warn({ seconds }, "the recording is looped: at each seam the time jumps back");
  // Shared, and not begun anew: a connection after the end learns at once that it has ended.
  const reference$ = replayed(recorded, { speed, isLooped, splice: rebased, scheduler }).pipe(
    share({ resetOnComplete: false }),
  );
  const ended$ = reference$.pipe(
    ignoreElements(),
    endWith(null),
    concatMap(() => broken("the recording has ended")),
  );
  return {
    reference$: ofCoins(coins, () => reference$),
    ending: (connections) => ({
      ...connections,
      reference: (coin, isHeld$) => merge(connections.reference(coin, isHeld$), ended$),
    }),
  };
}

const ofCoins = (
  coins: readonly Coin[],
  prices: (coin: Coin) => Observable<ReferenceItem>,
): Observable<ReferenceItem & OfCoin> =>
  merge(...coins.map((coin) => prices(coin).pipe(map((item) => ({ ...item, coin })))));

/** Its ports, markets and time are handed out together: those of two venues would not fit. */
export interface SimulatedVenue extends Pick<Simulation, "truth" | "transfer"> {
  /** Everything `app` needs to trade on it; of one run at a time. */
  readonly runtime: (options?: HostOptions, log?: Log) => Runtime;
}

/** A venue with plausible delays and, unless asked for, no faults; in real or in virtual time. */
export function simulatedVenue(
  options: Pick<SimulationOptions, "seed" | "windowMs"> & Partial<SimulationOptions>,
  reference$: Observable<ReferenceItem & OfCoin>,
  time: Pick<Runtime, "clock" | "scheduler" | "macrotask">,
): SimulatedVenue {
  const latencies = random(options.seed).fork("latency");
  const between = (name: string, minMs: number, maxMs: number) =>
    uniformLatency(latencies.fork(name), { minMs, maxMs });
  const sim = simulation(
    {
      account: { cash: SIMULATED_CASH },
      latency: {
        request: between("request", 10, 40),
        response: between("response", 10, 40),
        channel: between("channel", 10, 60),
        reference: between("reference", 5, 25),
      },
      volatilityPerSqrtSecond: SYNTHETIC_VOLATILITY,
      faults: noFaults,
      ...options,
    },
    { ...time, reference$ },
  );
  // The orders of this venue end with it, so that no later run takes them over.
  const accountAt = { venue: `in-process ${systemNonce()}`, account: OUR_ACCOUNT };
  return {
    truth: sim.truth,
    transfer: sim.transfer,
    runtime: (hostOptions = {}, log = systemLog({ level: "silent" })) => ({
      ...host(hostOptions, accountAt, log),
      ...time,
      mode: "sim",
      venue: sim.venue,
      connections: askedAlso(sim, time),
      market$: sim.markets$,
      background$: sim.activity$,
    }),
  };
}
