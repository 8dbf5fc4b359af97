/** One side of a target, from the numbers that a strategy computes with. */
import {
  DOLLAR_BP,
  MICRO,
  ORDER_SHARES_MAX,
  type QuoteLeg,
  microShares,
  priceBp,
} from "../../types/index.ts";

/**
 * A bid at `price`, in basis points of a dollar and of YES, rounded down, for `shares`. Null where the price is
 * none (not within 1 to 9999) or no shares are left of the size.
 */
export const bidLeg = (price: number, shares: number): QuoteLeg | null =>
  leg(Math.floor(price), shares);

/** An ask, in the same units, rounded up. */
export const askLeg = (price: number, shares: number): QuoteLeg | null =>
  leg(Math.ceil(price), shares);

function leg(price: number, shares: number): QuoteLeg | null {
  const isPrice = price > 0 && price < DOLLAR_BP;
  const size = Math.round(Math.min(shares, ORDER_SHARES_MAX) * MICRO);
  return isPrice && size > 0 ? { price: priceBp(price), size: microShares(size) } : null;
}
