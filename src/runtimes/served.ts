/** Trading on the simulated venue over loopback: the venue, the account, and the addresses. */
import { type Observable, map } from "rxjs";
import { type Endpoints, rollingWindows, venueServer } from "../sim/server/index.ts";
import { type Log, type ReferenceItem, assert } from "../types/index.ts";
import {
  type PrivateKey,
  type Signer,
  addressOf,
  connectionPool,
  outgoing,
  parsePrivateKey,
  rollingSeries,
} from "../venue/polymarket/index.ts";
import { SIMULATED_CASH, SYNTHETIC_VOLATILITY } from "./inProcess.ts";
import type { PolymarketRuntimeOptions } from "./polymarket.ts";
import { systemClock, systemScheduler } from "./system.ts";

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

/** The options of `polymarketRuntime` for a simulated venue at these addresses. */
export const servedVenueOptions = (endpoints: Endpoints, windowMs: number, signer: Signer) =>
  ({
    mode: "sim",
    addresses: { ...endpoints, priceSocket: null },
    series: rollingSeries(windowMs),
    identity: simulatedIdentity(signer),
    credentials: null,
  }) as const satisfies Partial<PolymarketRuntimeOptions>;

const RUN_ANSWER_MS = 5_000;
const RUN_LENGTH_MAX = 200;

/** Which run of the simulated venue answers there; null where it does not say. */
export const venueRun = ({ rest }: Endpoints): Observable<string | null> =>
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
  readonly reference$: Observable<ReferenceItem>;
}

/** Serves the simulated venue on a free loopback port, for as long as it is subscribed to. */
export function servedVenue(
  { seed, windowMs, reference$ }: ServedOptions,
  signer: Signer,
  log: Log,
): Observable<Endpoints> {
  const options = {
    seed,
    series: [rollingWindows(windowMs)],
    port: 0,
    host: "127.0.0.1",
    isPublic: false,
    generation: "v1",
    cash: SIMULATED_CASH,
    volatilityPerSqrtSecond: SYNTHETIC_VOLATILITY,
  } as const;
  return venueServer(options, {
    clock: systemClock,
    scheduler: systemScheduler,
    reference$,
    signer,
    log,
  }).endpoints$;
}
