/**
 * The two amounts of an order. The venue derives the price from them, so they are exact integers of
 * millionths. [protocol 4.5]
 */
import {
  MICRO,
  type MicroShares,
  type MicroUsdc,
  type PriceBp,
  type Side,
  DOLLAR_BP,
  assert,
  floorTo,
  lotsFloor,
  microShares,
  microUsdc,
} from "../../../types/index.ts";

/**
 * We give `makerAmount` and get `takerAmount`: dollars for shares in a BUY, the reverse in a SELL.
 */
export interface Amounts {
  readonly makerAmount: MicroShares | MicroUsdc;
  readonly takerAmount: MicroShares | MicroUsdc;
}

/** Sizes have two decimals on every grid: 10,000 micro-shares. */
export const LOT = microShares(10_000);
/** Market buys are counted in cents: 10,000 micro-dollars. */
const CENT = 10_000;

/** Amounts of a limit order of any type and of a market SELL. `size` is cut to two decimals. */
export function limitAmounts(side: Side, price: PriceBp, size: MicroShares): Amounts {
  const shares = lotsFloor(size, LOT);
  // A lot is as many micro-shares as a dollar has basis points, so nothing is ever rounded.
  const dollars = microUsdc((shares / LOT) * price);
  return side === "BUY"
    ? { makerAmount: dollars, takerAmount: shares }
    : { makerAmount: shares, takerAmount: dollars };
}

/**
 * Amounts of a market BUY, which spends `dollars` (cut to cents) at `price` or better. The shares
 * are rounded down, so that an offer at the very limit can match. [protocol-updates 3]
 */
export function marketBuyAmounts(price: PriceBp, dollars: MicroUsdc, tick: PriceBp): Amounts {
  const makerAmount = microUsdc(floorTo(dollars, CENT));
  const step = BigInt(MICRO / 10 ** shareDecimals(tick));
  const steps = (BigInt(makerAmount) * BigInt(DOLLAR_BP)) / (BigInt(price) * step);
  return { makerAmount, takerAmount: microShares(Number(steps * step)) };
}

/** The venue refuses more decimals of shares in a market BUY. */
const SHARE_DECIMALS_MAX = 4;

/** Decimals of a computed amount of shares: those of the tick and two of the size, up to four. */
function shareDecimals(tick: PriceBp): number {
  const decimals = [1, 2, 3, 4].find((places) => tick % (DOLLAR_BP / 10 ** places) === 0);
  assert(decimals !== undefined, "F", "a tick has at most four decimals", { tick });
  return Math.min(decimals + 2, SHARE_DECIMALS_MAX);
}
