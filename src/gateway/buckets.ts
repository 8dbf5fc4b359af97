/** The account's token buckets: our count, corrected by the venue's. */
import { type SchedulerLike, concatMap } from "rxjs";
import { type BucketSize, type Permits, permits } from "../operators/index.ts";
import type { Allowance } from "../types/index.ts";
import { begin, believed, ended, initialBucket, keptBack, took, uncounted } from "./bucketState.ts";
import { type CancelReserve, cancelReserve } from "./cancelReserve.ts";
import { CANCEL_REQUESTS, PLACE_REQUESTS, READS, TIERS, type Tier } from "./limits.ts";

/** Shared by the markets of an account. */
export interface Buckets {
  readonly orders: Bucket;
  readonly cancels: Bucket;
  readonly reads: Permits;
  readonly reserve: CancelReserve;
}

/** One of the two buckets that the venue keeps for a signer. Costs are whole tokens. */
export interface Bucket extends Pick<Permits, "next" | "available" | "waitMs"> {
  /** A request of this cost, already paid, leaves. Call the returned function when it ends. */
  readonly begin: (cost: number) => EndRequest;
  /** A request of this cost was answered after so long. An inflated trip costs more tokens. */
  readonly took: (cost: number, tripMs: number) => void;
}

/** With the answer's allowance, and what the request cost besides. Only the first call counts. */
export type EndRequest = (allowance?: Allowance, extraCost?: number) => void;

/** The venue's smallest tier until an answer names another, which then counts for both buckets. */
export function buckets(scheduler: SchedulerLike): Buckets {
  const onTier = (name: string): void => {
    const tier = tierNamed(name);
    if (tier === undefined) return;
    orders.resize(tier.orders);
    cancels.resize(tier.cancels);
  };
  const orders = bucket(TIERS.standard.orders, scheduler, PLACE_REQUESTS, onTier);
  const cancels = bucket(TIERS.standard.cancels, scheduler, CANCEL_REQUESTS, onTier);
  return { orders, cancels, reads: permits(READS, scheduler), reserve: cancelReserve() };
}

/** Undefined for a name that we do not know: the sizes then stay. */
const tierNamed = (name: string): Tier | undefined =>
  new Map<string, Tier>(Object.entries(TIERS)).get(name);

/** A bucket of tokens behind one of requests, for an address may also ask only so often. */
export function bucket(
  initial: BucketSize,
  scheduler: SchedulerLike,
  requestSize: BucketSize = PLACE_REQUESTS,
  onTier: (name: string) => void = () => undefined,
): Bucket & Pick<Permits, "resize"> {
  const tokens = permits(initial, scheduler);
  const requests = permits(requestSize, scheduler);
  let state = initialBucket(initial);
  return {
    next: (cost) => requests.next().pipe(concatMap(() => tokens.next(cost))),
    available: tokens.available,
    waitMs: (cost) => Math.max(requests.waitMs(1), tokens.waitMs(cost)),
    begin: (cost) => {
      const before = state;
      const id = before.begunCount;
      state = begin(before, cost);
      return (allowance, extraCost = 0) => {
        if (!state.onWire.has(id)) return;
        const missing = uncounted(before, cost, state);
        state = ended(state, id, extraCost);
        tokens.spend(extraCost);
        if (allowance === undefined) return;
        if (allowance.tier !== null) onTier(allowance.tier);
        const next = believed(state, allowance, missing, tokens.available(), scheduler.now());
        if (next.tokens !== null) tokens.correct(next.tokens);
        tokens.hold(next.holdMs);
      };
    },
    took: (cost, tripMs) => {
      const now = scheduler.now();
      const before = keptBack(state, now);
      state = took(state, cost, tripMs, now);
      tokens.spend(keptBack(state, now) - before);
    },
    resize: (size) => {
      state = { ...state, size };
      tokens.resize(size);
    },
  };
}
