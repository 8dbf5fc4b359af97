import { type ReferenceItem, referencePrice } from "../types/index.ts";
import type { Join } from "./replayed.ts";

/**
 * Moves a price so that a pass begins where the one before it ended, its returns as recorded in
 * even passes and inverted in odd ones.
 *
 * Inverted, because a recording that falls by 0.25 % in six minutes would halve the price every
 * day, and in the end leave no price: two passes end where they began.
 */
export function rebased(
  { price }: ReferenceItem,
  { pass, first, last }: Join<ReferenceItem>,
): ReferenceItem {
  const [times, over] = pass % 2 === 0 ? [price, first.price] : [first.price, price];
  // In BigInt: the product of two prices is no safe integer.
  return { price: referencePrice(Number((BigInt(last.price) * BigInt(times)) / BigInt(over))) };
}
