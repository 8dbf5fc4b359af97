/** Trading on a simulated venue over loopback: the venue, who trades there, and how it is reached. */
import type { Observable } from "rxjs";
import { type Endpoints, rollingWindows, venueServer } from "../sim/server/index.ts";
import { type Log, type ReferenceItem, assert } from "../types/index.ts";
import {
  type PrivateKey,
  type Signer,
  addressOf,
  parsePrivateKey,
  rollingSeries,
} from "../venue/polymarket/index.ts";
import { SIMULATED_CASH, SYNTHETIC_VOLATILITY } from "./inProcess.ts";
import type { PolymarketRuntimeOptions } from "./polymarket.ts";
import { systemClock, systemScheduler } from "./system.ts";

/** Everybody knows it: it opens nothing but an account of a simulated venue. */
export function simulatedKey(): PrivateKey {
  const key = parsePrivateKey("1".padStart(64, "0"));
  assert(key !== null, "F", "the simulated key is no key");
  return key;
}

/** Who trades with that key in a simulation. */
export function simulatedIdentity(signer: Signer): PolymarketRuntimeOptions["identity"] {
  const key = simulatedKey();
  const owner = addressOf(signer, key);
  return { account: { owner, wallet: "key", maker: owner }, key, signer };
}

/** What it takes to trade on a venue like ours; the rest is the host's. */
export const servedVenueOptions = (endpoints: Endpoints, windowMs: number, signer: Signer) =>
  ({
    mode: "sim",
    addresses: { ...endpoints, priceSocket: null },
    series: rollingSeries(windowMs),
    identity: simulatedIdentity(signer),
    credentials: null,
  }) as const satisfies Partial<PolymarketRuntimeOptions>;

export interface ServedOptions {
  readonly seed: number;
  readonly windowMs: number;
  readonly reference$: Observable<ReferenceItem>;
}

/** The simulated venue on a free port of loopback, for as long as it is subscribed to. */
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
