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
 * are rounded up at the decimals of the grid, as in the venue's documents: rounded down they would
 * imply a price above the limit.
 */
export function marketBuyAmounts(price: PriceBp, dollars: MicroUsdc, tick: PriceBp): Amounts {
  const makerAmount = microUsdc(floorTo(dollars, CENT));
  const step = BigInt(MICRO / 10 ** amountDecimals(tick));
  const cost = BigInt(price) * step;
  const steps = (BigInt(makerAmount) * BigInt(DOLLAR_BP) + cost - 1n) / cost;
  return { makerAmount, takerAmount: microShares(Number(steps * step)) };
}

/** Decimals of a computed amount on this grid: those of the tick, and two of the size. */
function amountDecimals(tick: PriceBp): number {
  const decimals = [1, 2, 3, 4].find((places) => tick % (DOLLAR_BP / 10 ** places) === 0);
  assert(decimals !== undefined, "F", "a tick has at most four decimals", { tick });
  return decimals + 2;
}
