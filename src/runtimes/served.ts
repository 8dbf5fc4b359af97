/** Trading on the simulated venue over loopback: the venue, the account, and the addresses. */
import { type Observable, concatMap, defer, map, of } from "rxjs";
import type { Runtime } from "../app/index.ts";
import { type Endpoints, endpointsAt, rollingWindows, venueServer } from "../sim/server/index.ts";
import { CRYPTO_FEE_BP } from "../sim/index.ts";
import { ConfigError, type Log, type OfCoin, type ReferenceItem, assert } from "../types/index.ts";
import {
  type PrivateKey,
  type SeriesName,
  type Signer,
  addressOf,
  chooseSigner,
  connectionPool,
  outgoing,
  parsePrivateKey,
  rollingSeries,
} from "../venue/polymarket/index.ts";
import { SIMULATED_CASH, SYNTHETIC_VOLATILITY } from "./inProcess.ts";
import type { HostOptions } from "./host.ts";
import { seriesOf, servedSeriesOf } from "./series.ts";
import { type PolymarketRuntimeOptions, polymarketRuntime } from "./polymarket.ts";
import { systemClock, systemLog, systemScheduler } from "./system.ts";

/** A key that is public, for accounts of simulated venues only. */
export function simulatedKey(): PrivateKey {
  const key = parsePrivateKey("1".padStart(64, "0"));
  assert(key !== null, "F", "the simulated key is no key");
  return key;
}

/** The account of that key. */
export function simulatedIdentity(signer: Signer): PolymarketRuntimeOptions["identity"] {
  const key = simulatedKey();
  const owner = addressOf(signer, key);
  return { account: { owner, wallet: "key", maker: owner }, key, signer };
}

/** The options of `polymarketRuntime` for a simulated venue at these addresses; `series` are traded instead of windows of one length. */
export const servedVenueOptions = (
  endpoints: Endpoints,
  windowMs: number,
  signer: Signer,
  series: readonly SeriesName[] = [],
) =>
  ({
    mode: "sim",
    addresses: endpoints,
    series:
      series.length > 0
        ? seriesOf(series)
        : // Windows shorter than the venue's own are settled by price there: they may end before a minute is over.
          [{ ...rollingSeries(windowMs), settledBy: rollingWindows(windowMs).settledBy }],
    identity: simulatedIdentity(signer),
    credentials: null,
  }) as const satisfies Partial<PolymarketRuntimeOptions>;

export interface ServedRuntimeOptions extends HostOptions {
  /** How long the windows are that the venue serves; five minutes by default. */
  readonly windowMs?: number;
  /** Traded instead, where some are named. */
  readonly series?: readonly SeriesName[];
  /** The fastest that works, where none is given. */
  readonly signer?: Signer;
}

/**
 * Trading on the simulated venue that another process of this machine serves at an address such as
 * `http://127.0.0.1:8080`. Emits one runtime; errors with ConfigError where the login fails.
 */
export function servedRuntime(
  url: string,
  { windowMs = 300_000, series = [], signer, ...hostOptions }: ServedRuntimeOptions = {},
  log = systemLog({ level: "silent" }),
): Observable<Runtime> {
  return defer(() => {
    if (!/^http:\/\/./.test(url) || !URL.canParse(url)) {
      throw new ConfigError([`${url}: not an address such as http://127.0.0.1:8080`]);
    }
    return signer ? of(signer) : chooseSigner(log);
  }).pipe(
    concatMap((chosen) => {
      const endpoints = endpointsAt(new URL(url).host);
      const venue = servedVenueOptions(endpoints, windowMs, chosen, series);
      return venueRun(endpoints).pipe(
        concatMap((run) => polymarketRuntime({ ...venue, ...hostOptions, venueRun: run }, log)),
      );
    }),
  );
}
const RUN_ANSWER_MS = 5_000;
const RUN_LENGTH_MAX = 200;

/** Which run of the simulated venue answers there; null where it does not say. */
const venueRun = ({ rest }: Endpoints): Observable<string | null> =>
  connectionPool(
    { origin: rest, connectionsMax: 1, leaveMs: RUN_ANSWER_MS, answerMs: RUN_ANSWER_MS },
    systemScheduler,
  )
    .send(outgoing({ method: "GET", path: "/simulation", query: {}, body: null }))
    .pipe(
      map((reply) =>
        reply.type === "answered" && reply.status === 200
          ? reply.text.slice(0, RUN_LENGTH_MAX)
          : null,
      ),
    );

export interface ServedOptions {
  readonly seed: number;
  readonly windowMs: number;
  /** Served instead, where some are named. */
  readonly series?: readonly SeriesName[];
  /** The prices of every coin that is served. */
  readonly reference$: Observable<ReferenceItem & OfCoin>;
}

/** Serves the simulated venue on a free loopback port, for as long as it is subscribed to. */
export function servedVenue(
  { seed, windowMs, series = [], reference$ }: ServedOptions,
  signer: Signer,
  log: Log,
): Observable<Endpoints> {
  const options = {
    seed,
    series: series.length > 0 ? servedSeriesOf(series) : [rollingWindows(windowMs)],
    port: 0,
    host: "127.0.0.1",
    isPublic: false,
    generation: "v1",
    cash: SIMULATED_CASH,
    volatilityPerSqrtSecond: SYNTHETIC_VOLATILITY,
    scenario: { fee: { rateBp: CRYPTO_FEE_BP, exponent: 1 } },
  } as const;
  return venueServer(options, {
    clock: systemClock,
    scheduler: systemScheduler,
    reference$,
    signer,
    log,
  }).endpoints$;
}
