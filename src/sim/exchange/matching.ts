/**
 * One book per market, in YES-space: buying YES at p and selling NO at 1 - p are the same bid.
 * Price, then time, across both tokens; a match happens at the maker's price.
 */
import {
  type Book,
  type BookLevel,
  complement,
  DOLLAR_BP,
  type EpochMs,
  type MarketId,
  type MarketItem,
  microShares,
  type MicroShares,
  type MicroUsdc,
  larger,
  minus,
  NO_USDC,
  notionalCeil,
  type OrderId,
  plus,
  type PriceBp,
  type Side,
  smaller,
  type Token,
  TOKENS,
  type VenueOrderStatus,
} from "../../types/index.ts";

export type AccountId = string;

export interface Order {
  readonly id: OrderId;
  readonly account: AccountId;
  readonly market: MarketId;
  readonly token: Token;
  readonly side: Side;
  readonly price: PriceBp;
  readonly size: MicroShares;
  readonly matched: MicroShares;
  readonly status: VenueOrderStatus;
  readonly expiresAt: EpochMs | null;
  /** The dollars a market BUY spends, however many shares they buy. */
  readonly budget?: MicroUsdc;
  /** Why an order ended before it had matched in full; absent when its owner cancelled it. */
  readonly endedBy?: EndCause;
}

/** `writtenOff`: the venue calls it matched, though a part of it is not. */
export type EndCause =
  | "cancelled"
  | "writtenOff"
  | "expired"
  | "marketEnded"
  | "heartbeatLapsed"
  | "uncovered"
  | "selfTrade";

/** What happens when an account would trade with itself; the venue does not document it. */
export type SelfTrade = "allow" | "rejectTaker" | "cancelMaker";

/** Live orders, best price first, oldest first within a price. */
export interface OrderBook {
  readonly bids: readonly Order[];
  readonly asks: readonly Order[];
}

/** Shares change hands, are minted for two buyers, or are merged by two sellers. */
export type MatchType = "complementary" | "mint" | "merge";

export interface Match {
  readonly type: MatchType;
  /** After the match. */
  readonly maker: Order;
  readonly yesPrice: PriceBp;
  readonly size: MicroShares;
}

export interface Matched {
  readonly taker: Order;
  readonly matches: readonly Match[];
  /** Resting orders of the taker's own account that are cancelled instead of matched. */
  readonly avoided: readonly Order[];
  /** Without the taker, even if a part of the taker is left. */
  readonly book: OrderBook;
}

export type LevelItem = Extract<MarketItem, { type: "level" }>;

export const EMPTY_BOOK: OrderBook = { bids: [], asks: [] };

export const isBid = (order: Order): boolean => (order.side === "BUY") === (order.token === "YES");
export const remaining = (order: Order): MicroShares => minus(order.size, order.matched);
export const ordersIn = (book: OrderBook): readonly Order[] => [...book.bids, ...book.asks];

/** The same price in the other token is its complement: turns YES-space to `token` and back. */
export const priceIn = (token: Token, price: PriceBp): PriceBp =>
  token === "YES" ? price : complement(price);

const yesPrice = (order: Order): PriceBp => priceIn(order.token, order.price);

export function wouldMatch(book: OrderBook, order: Order): boolean {
  const best = (isBid(order) ? book.asks : book.bids)[0];
  return best !== undefined && meets(order, best);
}

/** A market BUY takes as many shares as its dollars buy; any other order takes its size. */
export function match(book: OrderBook, incoming: Order, selfTrade: SelfTrade = "allow"): Matched {
  const opposite = isBid(incoming) ? book.asks : book.bids;
  const matches: Match[] = [];
  const avoided: Order[] = [];
  let taker = incoming;
  for (const resting of opposite) {
    if (taker.status !== "live" || !meets(taker, resting)) break;
    if (selfTrade === "cancelMaker" && resting.account === taker.account) {
      avoided.push(resting);
      continue;
    }
    const price = priceIn(taker.token, yesPrice(resting));
    const size = smaller(wanted(taker, price), remaining(resting));
    taker = taker.budget === undefined ? filled(taker, size) : spent(taker, price, size);
    if (size === 0) break;
    matches.push({
      type: matchType(taker, resting),
      maker: filled(resting, size),
      yesPrice: yesPrice(resting),
      size,
    });
  }
  const makers = matches.map((each) => each.maker).filter((maker) => maker.status === "live");
  const left = [...makers, ...opposite.slice(matches.length + avoided.length)];
  return {
    taker,
    matches,
    avoided,
    book: isBid(incoming) ? { ...book, asks: left } : { ...book, bids: left },
  };
}

/** The book with `order` behind every order at least as good. */
export function rested(book: OrderBook, order: Order): OrderBook {
  const isBidding = isBid(order);
  const orders = isBidding ? book.bids : book.asks;
  const isWorse = (other: Order): boolean =>
    isBidding ? yesPrice(other) < yesPrice(order) : yesPrice(other) > yesPrice(order);
  const at = orders.findIndex(isWorse);
  const left = orders.toSpliced(at < 0 ? orders.length : at, 0, order);
  return isBidding ? { ...book, bids: left } : { ...book, asks: left };
}

export const without = (book: OrderBook, gone: readonly Order[]): OrderBook => ({
  bids: book.bids.filter((order) => !gone.includes(order)),
  asks: book.asks.filter((order) => !gone.includes(order)),
});

/** The book as `token` shows it; that of NO is the exact mirror of that of YES. */
export const levels = (book: OrderBook, token: Token): Book => {
  const [bids, asks] = token === "YES" ? [book.bids, book.asks] : [book.asks, book.bids];
  return { bids: aggregated(bids, token), asks: aggregated(asks, token) };
};

/** The level changes, for both tokens, from `before` to `after`. */
export function levelChanges(before: OrderBook, after: OrderBook): readonly LevelItem[] {
  if (before === after) return [];
  return TOKENS.flatMap((token) => {
    const [old, now] = [levels(before, token), levels(after, token)];
    const item = (side: Side) => (level: BookLevel) =>
      ({ type: "level", token, side, level }) as const;
    return [
      ...changed(old.bids, now.bids).map(item("BUY")),
      ...changed(old.asks, now.asks).map(item("SELL")),
    ];
  });
}

const meets = (taker: Order, maker: Order): boolean =>
  isBid(taker) ? yesPrice(taker) >= yesPrice(maker) : yesPrice(taker) <= yesPrice(maker);

const matchType = (taker: Order, maker: Order): MatchType =>
  taker.token === maker.token ? "complementary" : taker.side === "BUY" ? "mint" : "merge";

/** Shares the taker still takes at this price. */
const wanted = (taker: Order, price: PriceBp): MicroShares =>
  taker.budget === undefined
    ? remaining(taker)
    : microShares(Number((BigInt(taker.budget) * BigInt(DOLLAR_BP)) / BigInt(price)));

/** A market BUY after a fill; matched when its dollars buy nothing more at this price. */
function spent(order: Order, price: PriceBp, size: MicroShares): Order {
  const budget = minus(order.budget ?? NO_USDC, notionalCeil(price, size));
  const matched = plus(order.matched, size);
  const left = { ...order, budget, matched };
  return wanted(left, price) === 0
    ? { ...left, size: matched, status: "matched" }
    : { ...left, size: larger(order.size, matched) };
}

function filled(order: Order, size: MicroShares): Order {
  const matched = plus(order.matched, size);
  return { ...order, matched, status: matched === order.size ? "matched" : "live" };
}

function aggregated(orders: readonly Order[], token: Token): readonly BookLevel[] {
  const sizes = new Map<PriceBp, MicroShares>();
  for (const order of orders) {
    const price = priceIn(token, yesPrice(order));
    sizes.set(price, plus(sizes.get(price) ?? microShares(0), remaining(order)));
  }
  return [...sizes].map(([price, size]) => ({ price, size }));
}

function changed(old: readonly BookLevel[], now: readonly BookLevel[]): readonly BookLevel[] {
  const oldSizes = new Map(old.map(({ price, size }) => [price, size]));
  const nowPrices = new Set(now.map(({ price }) => price));
  return [
    ...old
      .filter(({ price }) => !nowPrices.has(price))
      .map(({ price }) => ({ price, size: microShares(0) })),
    ...now.filter(({ price, size }) => oldSizes.get(price) !== size),
  ];
}
