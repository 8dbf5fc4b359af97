/** Clocks, books and markets for the drawings of this folder. */
import type { SchedulerLike } from "rxjs";
import {
  type Book,
  type BookLevel,
  type Clock,
  type Instant,
  type Market,
  epochMs,
  marketId,
  microShares,
  microUsdc,
  monotonicMs,
  priceBp,
  referencePrice,
  tokenId,
} from "../../../src/types/index.ts";

/** The two clocks run together; the wall clock began here. */
const EPOCH = 1_800_000_000_000;

export const instant = (frame: number): Instant => ({
  epochMs: epochMs(EPOCH + frame),
  monotonicMs: monotonicMs(frame),
});

export const clockOf = (scheduler: SchedulerLike): Clock => ({
  now: () => instant(scheduler.now()),
});

export const level = (price: number, size = 100): BookLevel => ({
  price: priceBp(price),
  size: microShares(size * 1_000_000),
});

/** One level on each side. */
export const book = (bid: number, ask: number): Book => ({
  bids: [level(bid)],
  asks: [level(ask)],
});

const DAY_MS = 86_400_000;

/** So long a market that a minute of it does not move the fair value. */
export const MARKET: Market = {
  id: marketId("market"),
  slug: "btc-above-100000",
  tokenIds: { YES: tokenId("yes"), NO: tokenId("no") },
  opensAt: epochMs(EPOCH),
  endsAt: epochMs(EPOCH + DAY_MS),
  strike: referencePrice(100_000_000_000),
  settledBy: "spot",
  rules: {
    tick: priceBp(100),
    orderSizeMin: microShares(5_000_000),
    lot: microShares(10_000),
    notionalMin: microUsdc(0),
  },
};
