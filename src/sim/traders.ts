/** The others in the market: a quoter and a taker who both follow the reference, one with a lag. */
import { errorFunction } from "simple-statistics";
import {
  complement,
  DOLLAR_BP,
  type EpochMs,
  floorTo,
  larger,
  lotsFloor,
  type Market,
  MICRO,
  microShares,
  type MicroShares,
  microUsdc,
  type OrderId,
  otherToken,
  plus,
  type PriceBp,
  priceBp,
  type ReferencePrice,
  type Side,
  smaller,
  type Token,
} from "../types/index.ts";
import { type Account, freeOf, shareFunds } from "./accounts.ts";
import { type AccountId, isBid, levels, type Order, priceIn, remaining } from "./matching.ts";
import type { Random } from "./random.ts";
import { holdingsOf, liveOrders, type MarketState, unsettledLegs } from "./state.ts";

export const QUOTER: AccountId = "quoter";
export const TAKER: AccountId = "taker";

const QUOTER_LEVELS = [0, 1, 2, 3];
const QUOTER_HALF_SPREAD_BP = 225;
const QUOTER_LEVEL_GAP_BP = 100;
const TAKER_SLIP_TICKS_MAX = 2;
const ONE_IN_TWO = { numerator: 1, denominator: 2 };

const TRADER: Account = { cash: microUsdc(1_000_000 * MICRO), keepsClosed: false, beatAt: null };
export const TRADERS: ReadonlyMap<AccountId, Account> = new Map([
  [QUOTER, TRADER],
  [TAKER, TRADER],
]);

/** An order a trader would like to have. */
export interface Wish {
  readonly token: Token;
  readonly side: Side;
  readonly price: PriceBp;
  readonly size: MicroShares;
}

export interface Requote {
  readonly cancels: readonly OrderId[];
  readonly places: readonly Wish[];
}

/** Fair YES price in basis points for a reference that walks without drift until the end. */
export function fairYesBp(
  { strike, endsAt }: Market,
  {
    price,
    now,
    volatilityPerSqrtSecond,
  }: { price: ReferencePrice; now: EpochMs; volatilityPerSqrtSecond: number },
): number {
  const leftSeconds = Math.max(0.001, (endsAt - now) / 1_000);
  const deviations = Math.log(price / strike) / (volatilityPerSqrtSecond * Math.sqrt(leftSeconds));
  return ((1 + errorFunction(deviations / Math.SQRT2)) / 2) * DOLLAR_BP;
}

/** Moves the ladder to `fairBp`; orders that are already where they should be keep their place. */
export function requote(market: MarketState, fairBp: number, random: Random): Requote {
  const { tick } = market.market.rules;
  const ladder = (token: Token): readonly PriceBp[] => {
    const fair = token === "YES" ? fairBp : DOLLAR_BP - fairBp;
    return QUOTER_LEVELS.map((level) =>
      floorTo(fair - QUOTER_HALF_SPREAD_BP - level * QUOTER_LEVEL_GAP_BP, tick),
    )
      .filter((price) => price >= tick)
      .map(priceBp);
  };
  const standing = liveOrders(market, QUOTER);
  const wanted = { YES: ladder("YES"), NO: ladder("NO") };
  const missing = (token: Token): readonly Wish[] =>
    wanted[token]
      .filter((price) => !standing.some((one) => one.token === token && one.price === price))
      .map((price) => ({ token, side: "BUY", price, size: shares(random.integer(20, 100)) }));
  return {
    cancels: standing.filter((one) => !wanted[one.token].includes(one.price)).map(({ id }) => id),
    places: [...missing("YES"), ...missing("NO")],
  };
}

/** Takes what is offered: half the time towards fair, half the time at a whim. */
export function taking(market: MarketState, fairBp: number, random: Random): Wish | null {
  const { tick, lot } = market.market.rules;
  const { bids, asks } = levels(market.book, "YES");
  const [bid, ask] = [bids[0]?.price, asks[0]?.price];
  const midBp = ((bid ?? 0) + (ask ?? DOLLAR_BP)) / 2;
  const isUp = random.chance(ONE_IN_TWO) ? fairBp > midBp : random.chance(ONE_IN_TWO);
  const size = shares(random.integer(5, 40));
  const slip = random.integer(0, TAKER_SLIP_TICKS_MAX) * tick;
  const isSelling = random.chance(ONE_IN_TWO);

  const wanted: Token = isUp ? "YES" : "NO";
  const best = isUp ? ask : bid && complement(bid);
  if (best === undefined) return null;
  const price = priceBp(Math.min(best + slip, DOLLAR_BP - tick));
  const held = otherToken(wanted);
  const legs = unsettledLegs(market, TAKER);
  const stock = microShares(freeOf(shareFunds(held, holdingsOf(market, TAKER), [], legs)));
  return isSelling && stock >= market.market.rules.orderSizeMin
    ? {
        token: held,
        side: "SELL",
        price: complement(price),
        size: lotsFloor(smaller(size, stock), lot),
      }
    : { token: wanted, side: "BUY", price, size };
}

/** What it takes to hit `order` for a part or all of it: whatever is ahead of it goes first. */
export function hit(market: MarketState, order: Order, random: Random): Wish {
  const { lot, orderSizeMin } = market.market.rules;
  const isHittingBid = isBid(order);
  const queue = isHittingBid ? market.book.bids : market.book.asks;
  const place = queue.findIndex(({ id }) => id === order.id);
  const ahead = queue.slice(0, place).map(remaining);
  const lots = remaining(order) / lot;
  const part = random.chance(ONE_IN_TWO) ? lots : random.integer(1, lots);
  const size = ahead.reduce((sum, each) => plus(sum, each), microShares(part * lot));
  const token: Token = isHittingBid ? "NO" : "YES";
  const price = priceIn(token, priceIn(order.token, order.price));
  return { token, side: "BUY", price, size: larger(size, orderSizeMin) };
}

const shares = (count: number): MicroShares => microShares(count * MICRO);
