/**
 * The venue's minimum over both parts of a leg, as one decision: of the legal splits that the
 * policy considers, the one that shows most, and of those that show as much the one that gives up
 * most stock. A SELL is never rounded up: that would sell stock we do not have.
 */
import { type MicroShares, NO_SHARES, minus, plus, smaller } from "../types/index.ts";
import type { MinSizePolicy } from "./state.ts";

/** What a leg may be made of. */
export interface Parts {
  /** Stock that covers the intended size. */
  readonly stock: MicroShares;
  /** What stock does not cover, and may be bought. */
  readonly opening: MicroShares;
  /** Most that may be bought, also instead of giving up stock. */
  readonly buyMax: MicroShares;
  readonly sellMin: MicroShares;
  readonly buyMin: MicroShares;
}

interface Split {
  readonly sell: MicroShares;
  readonly buy: MicroShares;
  readonly aggregatedFrom: MicroShares | null;
}

export function split(parts: Parts, policy: MinSizePolicy, orderSizeMin: MicroShares): Split {
  const { stock, opening, buyMax, sellMin, buyMin } = parts;
  const intended = plus(stock, opening);
  const isLegal = ({ sell, buy }: Split): boolean =>
    (sell === 0 || (sell >= sellMin && sell <= stock)) &&
    (buy === 0 || (buy >= buyMin && buy <= buyMax));
  const asTheyAre = [pair(stock, opening), pair(stock, NO_SHARES), pair(NO_SHARES, opening)];
  // Less stock is sold so that the BUY is legal too, or the whole is bought.
  const complete = [
    pair(minus(intended, buyMin), buyMin),
    pair(NO_SHARES, smaller(intended, buyMax)),
  ];
  const best = [...asTheyAre, ...(policy === "complete" ? complete : [])]
    .filter(isLegal)
    .reduce(better, pair(NO_SHARES, NO_SHARES));
  if (policy !== "aggregate" || opening <= 0 || shown(best) > 0) return best;
  const roundedUp = { ...pair(NO_SHARES, orderSizeMin), aggregatedFrom: intended };
  return isLegal(roundedUp) ? roundedUp : best;
}

const pair = (sell: MicroShares, buy: MicroShares): Split => ({ sell, buy, aggregatedFrom: null });

const shown = ({ sell, buy }: Split): number => sell + buy;

const better = (one: Split, other: Split): Split =>
  (shown(other) - shown(one) || other.sell - one.sell) > 0 ? other : one;

/** What of the stock and of the opening is not shown; a BUY beyond the opening stands for stock. */
export function leftOver(
  { stock, opening }: Parts,
  { sell, buy, aggregatedFrom }: Split,
): readonly MicroShares[] {
  // A BUY that was rounded up to the minimum stands for none of the stock.
  if (aggregatedFrom !== null) return [stock];
  if (buy > opening) return [minus(plus(stock, opening), plus(sell, buy))];
  return [minus(stock, sell), minus(opening, buy)];
}
