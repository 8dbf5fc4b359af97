/** The token buckets of the account, as we count them and as the venue corrects us. */
import { type SchedulerLike, concatMap } from "rxjs";
import { type BucketSize, type Permits, permits } from "../operators/index.ts";
import type { Allowance } from "../types/index.ts";
import { type Baseline, excess, withTrip } from "./queueingDetector.ts";
import {
  CANCEL_REQUESTS,
  OVER_LIMIT_MAX_MS,
  OVER_LIMIT_MS,
  PLACE_REQUESTS,
  READS,
  TIERS,
  type Tier,
} from "./limits.ts";
import { type CancelReserve, cancelReserve } from "./cancelReserve.ts";

/** Shared by the markets of an account. */
export interface Buckets {
  readonly orders: Bucket;
  readonly cancels: Bucket;
  readonly reads: Permits;
  readonly reserve: CancelReserve;
}

/** One of the two that the venue keeps for a signer. */
export interface Bucket extends Pick<Permits, "next" | "available" | "waitMs"> {
  /**
   * A request of this cost, which has been paid, is on its way. Hand on how it ended: once, for
   * later calls do nothing; with what its answer said, and what it cost besides.
   */
  readonly begin: (cost: number) => Ended;
  /** A request of this cost was answered after so long. An inflated trip costs more tokens. */
  readonly took: (cost: number, tripMs: number) => void;
}

export type Ended = (said?: Allowance, costBesides?: number) => void;

/** The venue's smallest tier until it names another, which then counts for both. */
export function buckets(scheduler: SchedulerLike): Buckets {
  const hearTier = (named: string): void => {
    const tier = tierNamed(named);
    if (tier === undefined) return;
    orders.resize(tier.orders);
    cancels.resize(tier.cancels);
  };
  const orders = bucket(TIERS.standard.orders, scheduler, PLACE_REQUESTS, hearTier);
  const cancels = bucket(TIERS.standard.cancels, scheduler, CANCEL_REQUESTS, hearTier);
  return { orders, cancels, reads: permits(READS, scheduler), reserve: cancelReserve() };
}

/** Undefined for a name that we do not know: what we believed then stays. */
const tierNamed = (name: string): Tier | undefined =>
  new Map<string, Tier>(Object.entries(TIERS)).get(name);

/**
 * What the venue says is left, it counted when it took the request. It may not have counted what was
 * on its way when that left, nor what has left since: less those, its count is never more than the
 * bucket holds now, for all else that can happen to a bucket is that it fills. What was given up on
 * is taken not to be counted any more.
 */
export function bucket(
  initial: BucketSize,
  scheduler: SchedulerLike,
  requestSize: BucketSize = PLACE_REQUESTS,
  hearTier: (named: string) => void = () => undefined,
): Bucket & Pick<Permits, "resize"> {
  const tokens = permits(initial, scheduler);
  const requests = permits(requestSize, scheduler);
  let size = initial;
  let openCost = 0;
  let openCount = 0;
  let begunCost = 0;
  let begunCount = 0;
  let baseline: Baseline = [];
  let slowedUntil = scheduler.now();

  /** Tokens kept back because the venue is slow, of which its count knows nothing. */
  const keptBack = (): number =>
    Math.ceil((Math.max(0, slowedUntil - scheduler.now()) * size.perSecond) / 1_000);

  const believe = (
    { tier, remaining, isOver, retryAfterMs }: Allowance,
    uncounted: number,
    isAlone: boolean,
  ): void => {
    if (tier !== null) hearTier(tier);
    const told = remaining === null ? null : remaining - uncounted - keptBack();
    const held = tokens.available();
    // Upwards only where nothing of ours can be missing from its count.
    if (told !== null && (told < held || isAlone)) tokens.correct(told);
    if (!isOver) return;
    if (told === null && held > 0) tokens.correct(0);
    tokens.hold(Math.min(OVER_LIMIT_MAX_MS, retryAfterMs ?? OVER_LIMIT_MS));
  };

  const begin = (cost: number): Ended => {
    const before = { openCost, isFirst: openCount === 0, begunCost, begunCount };
    let isOpen = true;
    openCost += cost;
    openCount += 1;
    begunCost += cost;
    begunCount += 1;
    return (said, costBesides = 0) => {
      if (!isOpen) return;
      isOpen = false;
      openCost -= cost;
      openCount -= 1;
      // Whether those have been answered by now says nothing of when they were counted.
      const uncounted = before.openCost + begunCost - before.begunCost - cost;
      const isAlone = before.isFirst && begunCount === before.begunCount + 1;
      begunCost += costBesides;
      tokens.spend(costBesides);
      if (said !== undefined) believe(said, uncounted, isAlone);
    };
  };

  const took = (cost: number, tripMs: number): void => {
    const now = scheduler.now();
    const over = excess(baseline, tripMs);
    baseline = withTrip(baseline, tripMs, now);
    const before = keptBack();
    const longestMs = (size.burst / size.perSecond) * 1_000;
    const slowerMs = ((over * cost) / size.perSecond) * 1_000;
    slowedUntil = Math.min(now + longestMs, Math.max(now, slowedUntil) + slowerMs);
    tokens.spend(keptBack() - before);
  };

  return {
    next: (cost) => requests.next().pipe(concatMap(() => tokens.next(cost))),
    available: tokens.available,
    waitMs: (cost) => Math.max(requests.waitMs(1), tokens.waitMs(cost)),
    begin,
    took,
    resize: (to) => {
      size = to;
      tokens.resize(to);
    },
  };
}
