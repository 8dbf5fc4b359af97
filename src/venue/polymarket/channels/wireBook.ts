/**
 * Both tokens' books in the venue's own spelling, followed message by message: its check sums are
 * of the text, which our numbers do not keep.
 */
import {
  type Market,
  type Side,
  type Token,
  TOKENS,
  parseMicroShares,
  parsePriceBp,
} from "../../../types/index.ts";
import {
  type HashedBook,
  isWhole,
  type Reply,
  type HashedWire,
  bookOf,
  type Read,
  decodeRead,
  isSameMarket,
  tokenOf,
} from "../decode/index.ts";
import {
  type BookWire,
  type BookSummaryWire,
  bookSummaryWire,
  type LevelWire,
  type PriceChangeWire,
} from "../wire/index.ts";

type Tokens = Pick<Market, "tokenIds">;

/** What the check sum covers and a book on the channel does not say. */
export type HiddenFacts = Pick<BookSummaryWire, "min_order_size" | "neg_risk">;

export interface WireBook {
  readonly hidden: HiddenFacts;
  /** Null until a token's first book on this connection. */
  readonly books: Readonly<Record<Token, HashedBook | null>>;
}

/** `unchecked`: without a hash, or without the last trade or the tick that it covers. */
export interface Check {
  readonly token: Token;
  readonly verdict: "right" | "wrong" | "unchecked";
}

export interface FollowedBook {
  readonly mirror: WireBook;
  readonly checks: readonly Check[];
}

export const emptyWireBook = (hidden: HiddenFacts): WireBook => ({
  hidden,
  books: { YES: null, NO: null },
});

/** The message is one that made sense: `readMarketFrame` has let it through. */
export function withMessage(mirror: WireBook, wire: HashedWire, market: Tokens): FollowedBook {
  switch (wire.event_type) {
    case "book":
      return withBook(mirror, wire, market);
    case "price_change":
      return withChanges(mirror, wire, market);
    // Of the market: the same text stands in both tokens' books.
    case "tick_size_change":
      return { mirror: withText(mirror, { tick_size: wire.new_tick_size }), checks: [] };
    case "last_trade_price":
      return { mirror: withText(mirror, { last_trade_price: wire.price }), checks: [] };
  }
}

function withBook(mirror: WireBook, wire: BookWire, { tokenIds }: Tokens): FollowedBook {
  const token = tokenOf(tokenIds, wire.asset_id);
  if (token === null) return { mirror, checks: [] };
  const { event_type: _, hash, ...said } = wire;
  const old = mirror.books[token];
  const book: HashedBook = {
    ...mirror.hidden,
    ...said,
    // Books between two trades leave these out; an empty tick is none, an empty price is no trade.
    tick_size: wire.tick_size ? wire.tick_size : (old?.tick_size ?? null),
    last_trade_price: wire.last_trade_price ?? old?.last_trade_price ?? null,
  };
  return { mirror: withToken(mirror, token, book), checks: [checked(token, book, hash)] };
}

/** Of each token's entries the last is checked: its hash is of all of them. */
function withChanges(mirror: WireBook, wire: PriceChangeWire, { tokenIds }: Tokens): FollowedBook {
  return TOKENS.reduce<FollowedBook>(
    (acc, token) => {
      const known = acc.mirror.books[token];
      const changes = wire.price_changes.filter(({ asset_id }) => asset_id === tokenIds[token]);
      const last = changes.at(-1);
      if (known === null || last === undefined) return acc;
      const book = changes.reduce(withLevel, { ...known, timestamp: wire.timestamp });
      return {
        mirror: withToken(acc.mirror, token, book),
        checks: [...acc.checks, checked(token, book, last.hash)],
      };
    },
    { mirror, checks: [] },
  );
}

/** A crossed book is wrong whatever its hash says: the venue would have matched it. [protocol 3.8] */
function checked(token: Token, book: HashedBook, hash: string): Check {
  const isRight = !isCrossed(book) && isWhole(book, hash);
  return { token, verdict: isRight === null ? "unchecked" : isRight ? "right" : "wrong" };
}

function isCrossed({ bids, asks }: HashedBook): boolean {
  const [bid, ask] = [bids.at(-1), asks.at(-1)].map((best) => best && parsePriceBp(best.price));
  return bid != null && ask != null && bid >= ask;
}

function withLevel(book: HashedBook, change: LevelWire & { readonly side: Side }): HashedBook {
  return change.side === "BUY"
    ? { ...book, bids: placed(book.bids, change, (a, b) => a <= b) }
    : { ...book, asks: placed(book.asks, change, (a, b) => a >= b) };
}

/** The best level is the last, and most changes are near it. */
function placed(
  levels: readonly LevelWire[],
  { price, size }: LevelWire,
  isNoBetter: (a: number, b: number) => boolean,
): LevelWire[] {
  const priceBp = parsePriceBp(price) ?? 0;
  const at = levels.findLastIndex((level) => isNoBetter(parsePriceBp(level.price) ?? 0, priceBp));
  const other = levels[at];
  const isReplaced = other !== undefined && parsePriceBp(other.price) === priceBp;
  const isGone = parseMicroShares(size) === 0;
  return levels.toSpliced(
    isReplaced ? at : at + 1,
    isReplaced ? 1 : 0,
    ...(isGone ? [] : [{ price, size }]),
  );
}

/**
 * What a read says beside the levels is what the hash covers, and how it is spelled. Only where
 * the levels are the same is it of the same moment.
 */
export function withHiddenFacts(
  mirror: WireBook,
  reads: readonly BookSummaryWire[],
  market: Tokens,
): WireBook {
  return reads.reduce((acc, read) => {
    const token = tokenOf(market.tokenIds, read.asset_id);
    const book = token && acc.books[token];
    if (!token || !book || levelsOf(book) !== levelsOf(read)) return acc;
    const { min_order_size, neg_risk, tick_size, last_trade_price, version } = read;
    const hidden = { min_order_size, neg_risk };
    const facts = { ...hidden, tick_size, last_trade_price, version };
    return withToken({ ...acc, hidden }, token, { ...book, ...facts });
  }, mirror);
}

/** The levels alone, in one spelling: two books that offer the same have the same text. */
export const levelsOf = (book: Pick<BookSummaryWire, "bids" | "asks">): string =>
  JSON.stringify(bookOf(book));

/** GET /book, with its spelling kept. */
export const decodeBookSummary = (
  reply: Reply,
  { id, tokenIds }: Pick<Market, "id" | "tokenIds">,
): Read<BookSummaryWire> =>
  decodeRead(reply, bookSummaryWire, (wire) =>
    isSameMarket(wire.market, id) && tokenOf(tokenIds, wire.asset_id) && bookOf(wire)
      ? wire
      : undefined,
  );

const withToken = (mirror: WireBook, token: Token, book: HashedBook): WireBook => ({
  ...mirror,
  books: { ...mirror.books, [token]: book },
});

function withText(
  { hidden, books }: WireBook,
  text: Partial<Pick<HashedBook, "tick_size" | "last_trade_price">>,
): WireBook {
  const { YES, NO } = books;
  return { hidden, books: { YES: YES && { ...YES, ...text }, NO: NO && { ...NO, ...text } } };
}
