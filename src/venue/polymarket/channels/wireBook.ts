/**
 * Both tokens' books in the venue's own spelling, followed message by message: the venue's check
 * sums cover the text, and parsed numbers do not keep it.
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

/** Fields that the check sum covers and only GET /book carries. */
export type RestOnlyFields = Pick<BookSummaryWire, "min_order_size" | "neg_risk">;

export interface WireBook {
  readonly restOnly: RestOnlyFields;
  /** Null until a token's first book on this connection. */
  readonly books: Readonly<Record<Token, HashedBook | null>>;
}

/** `unchecked`: the hash is missing, or the tick or the last trade that the hash covers. */
export interface HashCheck {
  readonly token: Token;
  readonly verdict: "right" | "wrong" | "unchecked";
}

export interface AppliedMessage {
  readonly wireBook: WireBook;
  readonly checks: readonly HashCheck[];
}

export const initialWireBook = (restOnly: RestOnlyFields): WireBook => ({
  restOnly,
  books: { YES: null, NO: null },
});

/** Takes messages that `readMarketFrame` has found well-formed. */
export function applyMessage(wireBook: WireBook, wire: HashedWire, market: Tokens): AppliedMessage {
  switch (wire.event_type) {
    case "book":
      return withBook(wireBook, wire, market);
    case "price_change":
      return withChanges(wireBook, wire, market);
    // A fact of the market: the same text stands in both tokens' books.
    case "tick_size_change":
      return {
        wireBook: withMarketFields(wireBook, { tick_size: wire.new_tick_size }),
        checks: [],
      };
    case "last_trade_price":
      return { wireBook: withMarketFields(wireBook, { last_trade_price: wire.price }), checks: [] };
  }
}

function withBook(wireBook: WireBook, wire: BookWire, { tokenIds }: Tokens): AppliedMessage {
  const token = tokenOf(tokenIds, wire.asset_id);
  if (token === null) return { wireBook, checks: [] };
  const { event_type: _, hash, ...fields } = wire;
  const old = wireBook.books[token];
  const book: HashedBook = {
    ...wireBook.restOnly,
    ...fields,
    // Books between two trades leave both fields out. "" as a tick means left out; "" as a price
    // means that there was no trade.
    tick_size: wire.tick_size ? wire.tick_size : (old?.tick_size ?? null),
    last_trade_price: wire.last_trade_price ?? old?.last_trade_price ?? null,
  };
  return { wireBook: withBookOf(wireBook, token, book), checks: [checkHash(token, book, hash)] };
}

/** Only the last entry of each token is checked: its hash covers the book after all of them. */
function withChanges(
  wireBook: WireBook,
  wire: PriceChangeWire,
  { tokenIds }: Tokens,
): AppliedMessage {
  return TOKENS.reduce<AppliedMessage>(
    (acc, token) => {
      const known = acc.wireBook.books[token];
      const changes = wire.price_changes.filter(({ asset_id }) => asset_id === tokenIds[token]);
      const last = changes.at(-1);
      if (known === null || last === undefined) return acc;
      const book = changes.reduce(applyChange, { ...known, timestamp: wire.timestamp });
      return {
        wireBook: withBookOf(acc.wireBook, token, book),
        checks: [...acc.checks, checkHash(token, book, last.hash)],
      };
    },
    { wireBook, checks: [] },
  );
}

/**
 * A crossed book is wrong whatever its hash says: the venue would have matched it. [protocol 3.8]
 */
function checkHash(token: Token, book: HashedBook, hash: string): HashCheck {
  const isRight = !isCrossed(book) && isWhole(book, hash);
  return { token, verdict: isRight === null ? "unchecked" : isRight ? "right" : "wrong" };
}

function isCrossed({ bids, asks }: HashedBook): boolean {
  const [bid, ask] = [bids.at(-1), asks.at(-1)].map((best) => best && parsePriceBp(best.price));
  return bid != null && ask != null && bid >= ask;
}

function applyChange(book: HashedBook, change: LevelWire & { readonly side: Side }): HashedBook {
  return change.side === "BUY"
    ? { ...book, bids: withLevelAt(book.bids, change, (a, b) => a <= b) }
    : { ...book, asks: withLevelAt(book.asks, change, (a, b) => a >= b) };
}

/** Searches from the end: the best level is the last, and most changes are near it. */
function withLevelAt(
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
 * Takes from a read the fields beside the levels, in the spelling that the hash covers. A read
 * whose levels differ from ours is of another moment and teaches nothing.
 */
export function learnRestFields(
  wireBook: WireBook,
  reads: readonly BookSummaryWire[],
  market: Tokens,
): WireBook {
  return reads.reduce((acc, read) => {
    const token = tokenOf(market.tokenIds, read.asset_id);
    const book = token && acc.books[token];
    if (!token || !book || levelsOf(book) !== levelsOf(read)) return acc;
    const { min_order_size, neg_risk, tick_size, last_trade_price, version } = read;
    if ([min_order_size, neg_risk, tick_size, last_trade_price].includes(null)) return acc;
    const restOnly = { min_order_size, neg_risk };
    const fields = { ...restOnly, tick_size, last_trade_price, version };
    return withBookOf({ ...acc, restOnly }, token, { ...book, ...fields });
  }, wireBook);
}

/** The levels alone, in our own spelling: two books with the same levels have the same text. */
export const levelsOf = (book: Pick<BookSummaryWire, "bids" | "asks">): string =>
  JSON.stringify(bookOf(book));

/** GET /book, in the venue's spelling. */
export const decodeBookSummary = (
  reply: Reply,
  { id, tokenIds }: Pick<Market, "id" | "tokenIds">,
): Read<BookSummaryWire> =>
  decodeRead(reply, bookSummaryWire, (wire) =>
    isSameMarket(wire.market, id) && tokenOf(tokenIds, wire.asset_id) && bookOf(wire)
      ? wire
      : undefined,
  );

const withBookOf = (wireBook: WireBook, token: Token, book: HashedBook): WireBook => ({
  ...wireBook,
  books: { ...wireBook.books, [token]: book },
});

function withMarketFields(
  { restOnly, books }: WireBook,
  fields: Partial<Pick<HashedBook, "tick_size" | "last_trade_price">>,
): WireBook {
  const { YES, NO } = books;
  return {
    restOnly,
    books: { YES: YES && { ...YES, ...fields }, NO: NO && { ...NO, ...fields } },
  };
}
