/** The other traders: quoters follow the reference with a lag, takers see it at once. */
import {
  complement,
  DOLLAR_BP,
  floorTo,
  larger,
  lotsFloor,
  MICRO,
  NO_SHARES,
  microShares,
  type MicroShares,
  type OrderId,
  otherToken,
  plus,
  type PriceBp,
  priceBp,
  type Side,
  smaller,
  type Token,
  TOKENS,
} from "../../types/index.ts";
import {
  freeOf,
  shareFunds,
  type AccountId,
  isBid,
  bestAsk,
  type Order,
  ordersIn,
  priceIn,
  remaining,
  type Random,
  type Ratio,
  holdingsOf,
  liveOrders,
  type MarketState,
  unsettledLegs,
} from "../exchange/index.ts";

/** Quotes both sides of its fair value, always as a buyer of one token or the other. */
export interface Quoter {
  readonly account: AccountId;
  /** From a reference price to the quotes that follow it; then the next price is taken. */
  readonly lagMs: Range;
  /**
   * The share of the way to fair value that each requote goes; absent: all of it. Less makes the middle of the
   * book move on for a while after the reference has moved.
   */
  readonly follows?: number;
  /** How far that must be from what it quotes around before it moves its ladder; absent: 0. */
  readonly holdBp?: number;
  /** The least fair value it takes either token to have. */
  readonly fairBpMin: number;
  /** From fair value to the first level, before rounding to the tick. */
  readonly halfSpreadBp: number;
  readonly levels: number;
  readonly levelGapBp: number;
  readonly size: Sizes;
  /** The share of its orders that each requote replaces by orders of another size; null: none. */
  readonly renews: Ratio | null;
}

export interface Taker {
  readonly account: AccountId;
  /** How often a chance of `arrives` decides whether the taker trades: independent arrivals. */
  readonly checkMs: number;
  readonly arrives: Ratio;
  readonly size: Sizes;
  readonly motive: Motive;
}

type Motive = NoiseMotive | InformedMotive;

/** Takes a random side, except for the share of trades that go towards fair value. */
interface NoiseMotive {
  readonly type: "noise";
  readonly towardsFair: Ratio;
  /** Takes at most this share of the best level, at its price; absent: what it wants, at up to two ticks more. */
  readonly touchShareMax?: number;
}

/** Takes only offers that are this much below fair value. */
interface InformedMotive {
  readonly type: "informed";
  readonly edgeBp: number;
}

type TakerWith<By extends Motive> = Omit<Taker, "motive"> & By;

/** In shares: uniform, or log-normal and clamped to the range. */
type Sizes = Range & { readonly logNormal?: { readonly median: number; readonly sigma: number } };

interface Range {
  readonly min: number;
  readonly max: number;
}

export interface Traders {
  readonly quoters: readonly Quoter[];
  readonly takers: readonly Taker[];
}

const TAKER_SLIP_TICKS_MAX = 2;
const ONE_IN_TWO = { numerator: 1, denominator: 2 };

/** An order a trader wants to place. */
export interface TraderOrder {
  readonly token: Token;
  readonly side: Side;
  readonly price: PriceBp;
  readonly size: MicroShares;
}

export interface Requote {
  readonly cancels: readonly OrderId[];
  readonly places: readonly TraderOrder[];
}

/** What a quoter takes fair value to be, and what it quotes around, in basis points. */
export interface Opinion {
  readonly takenBp: number;
  readonly quotedBp: number;
}

/** The quoter's next opinion; `before` is null until it has one of this window. */
export function opinion(
  { follows = 1, holdBp = 0 }: Quoter,
  before: Opinion | null,
  fairBp: number,
): Opinion {
  if (before === null) return { takenBp: fairBp, quotedBp: fairBp };
  const takenBp = before.takenBp + follows * (fairBp - before.takenBp);
  const isHeld = Math.abs(takenBp - before.quotedBp) < holdBp;
  return { takenBp, quotedBp: isHeld ? before.quotedBp : takenBp };
}

/** Moves the ladder to `fairBp`; orders at a wanted price keep their place in the queue. */
export function requote(
  market: MarketState,
  { account, fairBpMin, halfSpreadBp, levels: count, levelGapBp, size, renews }: Quoter,
  fairBp: number,
  random: Random,
): Requote {
  const { tick } = market.market.rules;
  const yes = Math.min(Math.max(fairBp, fairBpMin), DOLLAR_BP - fairBpMin);
  const ladder = (token: Token): readonly PriceBp[] => {
    const fair = token === "YES" ? yes : DOLLAR_BP - yes;
    return Array.from({ length: count }, (_, level) =>
      floorTo(fair - halfSpreadBp - level * levelGapBp, tick),
    )
      .filter((price) => price >= tick)
      .map(priceBp);
  };
  const wanted = { YES: ladder("YES"), NO: ladder("NO") };
  const [kept, cancelled] = partition(
    liveOrders(market, account),
    ({ token, price }) =>
      wanted[token].includes(price) && (renews === null || !random.chance(renews)),
  );
  const missing = (token: Token): readonly TraderOrder[] =>
    wanted[token]
      .filter((price) => !kept.some((one) => one.token === token && one.price === price))
      .map((price) => ({ token, side: "BUY", price, size: sizeOf(size, random) }));
  return {
    cancels: cancelled.map(({ id }) => id),
    places: [...missing("YES"), ...missing("NO")],
  };
}

/** The order a taker places now; null for none. */
export const takerOrder = (
  market: MarketState,
  { motive, ...taker }: Taker,
  fairBp: number,
  random: Random,
): TraderOrder | null =>
  motive.type === "noise"
    ? noiseTaker(market, { ...taker, ...motive }, fairBp, random)
    : informedTaker(market, { ...taker, ...motive }, fairBp, random);

/** Half the time sells the other token instead of buying, if the taker has enough of it. */
function noiseTaker(
  market: MarketState,
  { account, size: sizes, towardsFair, touchShareMax }: TakerWith<NoiseMotive>,
  fairBp: number,
  random: Random,
): TraderOrder | null {
  const { tick, lot, orderSizeMin } = market.market.rules;
  const [bid, ask] = [market.book.bids[0]?.price, bestAsk(market.book, "YES")];
  const midBp = ((bid ?? 0) + (ask ?? DOLLAR_BP)) / 2;
  const isUp = random.chance(towardsFair) ? fairBp > midBp : random.chance(ONE_IN_TWO);
  const drawn = sizeOf(sizes, random);
  const anySlip = random.integer(0, TAKER_SLIP_TICKS_MAX) * tick;
  const isSelling = random.chance(ONE_IN_TWO);

  const wanted: Token = isUp ? "YES" : "NO";
  const best = isUp ? ask : bid && complement(bid);
  if (best === undefined) return null;
  const level = (isUp ? market.book.asks : market.book.bids)[0]?.size ?? NO_SHARES;
  const isCareful = touchShareMax !== undefined;
  const slip = isCareful ? 0 : anySlip;
  const size = isCareful
    ? smaller(drawn, lotsFloor(microShares(Math.floor(level * touchShareMax)), lot))
    : drawn;
  if (size < orderSizeMin) return null;
  const price = priceBp(Math.min(best + slip, DOLLAR_BP - tick));
  const held = otherToken(wanted);
  const legs = unsettledLegs(market, account);
  const stock = microShares(freeOf(shareFunds(held, holdingsOf(market, account), [], legs)));
  return isSelling && stock >= orderSizeMin
    ? {
        token: held,
        side: "SELL",
        price: complement(price),
        size: lotsFloor(smaller(size, stock), lot),
      }
    : { token: wanted, side: "BUY", price, size };
}

/** Buys up to the price at which no edge is left. */
function informedTaker(
  market: MarketState,
  { size, edgeBp }: TakerWith<InformedMotive>,
  fairBp: number,
  random: Random,
): TraderOrder | null {
  for (const token of TOKENS) {
    const fair = token === "YES" ? fairBp : DOLLAR_BP - fairBp;
    const price = floorTo(fair - edgeBp, market.market.rules.tick);
    const ask = bestAsk(market.book, token);
    if (ask && ask <= price)
      return { token, side: "BUY", price: priceBp(price), size: sizeOf(size, random) };
  }
  return null;
}

/** An order that fills a part or all of `order`, and everything ahead of it in the queue. */
export function hittingOrder(market: MarketState, order: Order, random: Random): TraderOrder {
  const { lot, orderSizeMin } = market.market.rules;
  const isHittingBid = isBid(order);
  const queue = ordersIn(market.book).filter((one) => isBid(one) === isHittingBid);
  const place = queue.findIndex(({ id }) => id === order.id);
  const ahead = queue.slice(0, place).map(remaining);
  const lots = remaining(order) / lot;
  const part = random.chance(ONE_IN_TWO) ? lots : random.integer(1, lots);
  const size = ahead.reduce((sum, each) => plus(sum, each), microShares(part * lot));
  const token: Token = isHittingBid ? "NO" : "YES";
  const price = priceIn(token, priceIn(order.token, order.price));
  return { token, side: "BUY", price, size: larger(size, orderSizeMin) };
}

function sizeOf({ min, max, logNormal }: Sizes, random: Random): MicroShares {
  if (!logNormal) return microShares(random.integer(min, max) * MICRO);
  const { median, sigma } = logNormal;
  const drawn = Math.round(median * Math.exp(sigma * random.gaussian()));
  return microShares(Math.min(Math.max(drawn, min), max) * MICRO);
}

function partition<Item>(
  items: readonly Item[],
  isFirst: (item: Item) => boolean,
): readonly [readonly Item[], readonly Item[]] {
  const first: Item[] = [];
  const others: Item[] = [];
  for (const item of items) (isFirst(item) ? first : others).push(item);
  return [first, others];
}
