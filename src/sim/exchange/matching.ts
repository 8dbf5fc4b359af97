/**
 * One book per market, in YES-space: buying YES at p and selling NO at 1 - p are the same bid.
 * Price, then time, across both tokens; a match happens at the maker's price.
 */
import {
  type Book,
  type BookLevel,
  DOLLAR_BP,
  type EpochMs,
  type MarketItem,
  microShares,
  type MicroShares,
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
} from "../../types/index.ts";
import {
  changesOf,
  isHigher,
  isLower,
  type Ladder,
  ordersOn,
  withChange,
  withOrder,
} from "./ladder.ts";
import { type AccountId, isBid, type Order, priceIn, remaining, yesPrice } from "./order.ts";
import { type TextMap, valueOf, withoutKey, withValue } from "./textMap.ts";

/** What happens when an account would trade with itself; the venue does not document it. */
export type SelfTrade = "allow" | "rejectTaker" | "cancelMaker";

interface Sides {
  readonly bids: Ladder;
  readonly asks: Ladder;
}

/** The live orders: by price, and once more by what else they are asked for. */
export interface OrderBook extends Sides {
  readonly byId: TextMap<Order>;
  /** The orders of each account that has any. */
  readonly byAccount: TextMap<Sides>;
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

const NO_SIDES: Sides = { bids: [], asks: [] };
export const EMPTY_BOOK: OrderBook = { ...NO_SIDES, byId: null, byAccount: null };

/** Bids before asks; of each the best price first, then the oldest. */
export const ordersIn = ({ bids, asks }: Sides): readonly Order[] => [
  ...ordersOn(bids),
  ...ordersOn(asks),
];

export const orderIn = ({ byId }: OrderBook, id: OrderId): Order | undefined => valueOf(byId, id);

/** Those that expire until then, in the order of the book. */
export function ordersExpiring({ bids, asks }: Sides, until: EpochMs): readonly Order[] {
  const isDue = ({ expiresAt }: Pick<Order, "expiresAt">): boolean =>
    expiresAt !== null && expiresAt <= until;
  return [bids, asks].flatMap((side) =>
    side.filter(isDue).flatMap(({ orders }) => orders.filter(isDue)),
  );
}

/** The account's own, in the order of the book. */
export const ordersBy = ({ byAccount }: OrderBook, account: AccountId): readonly Order[] => {
  const own = valueOf(byAccount, account);
  return own ? ordersIn(own) : [];
};

export function wouldMatch(book: OrderBook, order: Order): boolean {
  const [best] = isBid(order) ? book.asks : book.bids;
  return best !== undefined && meets(order, best);
}

/** A market BUY takes as many shares as its dollars buy; any other order takes its size. */
export function match(before: OrderBook, incoming: Order, selfTrade: SelfTrade = "allow"): Matched {
  const matches: Match[] = [];
  const avoided: Order[] = [];
  let [taker, book] = [incoming, before];
  for (const resting of ordersMet(before, incoming)) {
    if (taker.status !== "live") break;
    if (selfTrade === "cancelMaker" && resting.account === taker.account) {
      avoided.push(resting);
      book = changed(book, resting, null);
      continue;
    }
    const price = priceIn(taker.token, yesPrice(resting));
    const size = smaller(wanted(taker, price), remaining(resting));
    taker = taker.budget === undefined ? filled(taker, size) : spent(taker, price, size);
    if (size === 0) break;
    const maker = filled(resting, size);
    matches.push({ type: matchType(taker, resting), maker, yesPrice: yesPrice(resting), size });
    book = changed(book, resting, maker.status === "live" ? maker : null);
  }
  return { taker, matches, avoided, book };
}

/** The book with `order` behind every order at least as good. */
export const rested = (book: OrderBook, order: Order): OrderBook =>
  withChanged(book, order, withValue(book.byId, order.id, order), (side) => withOrder(side, order));

export const without = (book: OrderBook, gone: readonly Order[]): OrderBook =>
  gone.reduce((left, order) => changed(left, order, null), book);

/** The book as `token` shows it; that of NO is the exact mirror of that of YES. */
export const levels = (book: OrderBook, token: Token): Book => {
  const [bids, asks] = token === "YES" ? [book.bids, book.asks] : [book.asks, book.bids];
  return { bids: shown(bids, token), asks: shown(asks, token) };
};

/** What a share of `token` costs at least. */
export function bestAsk({ bids, asks }: OrderBook, token: Token): PriceBp | undefined {
  const best = (token === "YES" ? asks : bids)[0];
  return best && priceIn(token, best.price);
}

/** The level changes, for both tokens, from `before` to `after`. */
export function levelChanges(before: OrderBook, after: OrderBook): readonly LevelItem[] {
  if (before === after) return [];
  const bids = changesOf(before.bids, after.bids, isHigher);
  const asks = changesOf(before.asks, after.asks, isLower);
  const items = (token: Token, side: Side, changes: readonly BookLevel[]) =>
    shown(changes, token).map((level) => ({ type: "level", token, side, level }) as const);
  return [
    ...items("YES", "BUY", bids),
    ...items("YES", "SELL", asks),
    ...items("NO", "BUY", asks),
    ...items("NO", "SELL", bids),
  ];
}

/** The resting orders that `incoming` meets at its price, best first; walked as far as it is filled. */
function* ordersMet({ bids, asks }: Sides, incoming: Order): Generator<Order> {
  for (const rung of isBid(incoming) ? asks : bids) {
    if (!meets(incoming, rung)) return;
    yield* rung.orders;
  }
}

/** The book with `next` in the place of the same order before; without a `next`, without the order. */
const changed = (book: OrderBook, order: Order, next: Order | null): OrderBook =>
  withChanged(
    book,
    order,
    next ? withValue(book.byId, order.id, next) : withoutKey(book.byId, order.id),
    (side) => withChange(side, order, next),
  );

/** The book with `change` in the side of the order, and in that of its account. */
function withChanged(
  book: OrderBook,
  order: Order,
  byId: OrderBook["byId"],
  change: (side: Ladder) => Ladder,
): OrderBook {
  const { bids, asks } = withSide(book, order, change);
  return { bids, asks, byId, byAccount: withOwn(book, order, change) };
}

const withSide = ({ bids, asks }: Sides, order: Order, change: (side: Ladder) => Ladder): Sides =>
  isBid(order) ? { bids: change(bids), asks } : { bids, asks: change(asks) };

function withOwn(
  { byAccount }: OrderBook,
  order: Order,
  change: (side: Ladder) => Ladder,
): OrderBook["byAccount"] {
  const own = withSide(valueOf(byAccount, order.account) ?? NO_SIDES, order, change);
  return own.bids.length + own.asks.length === 0
    ? withoutKey(byAccount, order.account)
    : withValue(byAccount, order.account, own);
}

const shown = (side: readonly BookLevel[], token: Token): readonly BookLevel[] =>
  side.map(({ price, size }) => ({ price: priceIn(token, price), size }));

const meets = (taker: Order, { price }: Pick<BookLevel, "price">): boolean =>
  isBid(taker) ? yesPrice(taker) >= price : yesPrice(taker) <= price;

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
