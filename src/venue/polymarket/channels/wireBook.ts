/**
 * Both tokens' books in the venue's own spelling, followed message by message: the venue's check
 * sums cover the text, and parsed numbers do not keep it.
 */
import {
  type Market,
  type PriceBp,
  type Token,
  TOKENS,
  parsePriceBp,
} from "../../../types/index.ts";
import {
  type BookMessage,
  type ChangeMessage,
  type HashedFields,
  type LevelChange,
  isTextWhole,
  type Reply,
  type HashedWire,
  bookOf,
  type Read,
  decodeRead,
  isSameMarket,
  tokenOf,
} from "../decode/index.ts";
import { type BookSummaryWire, bookSummaryWire, type LevelWire } from "../wire/index.ts";

interface Sides {
  readonly bids: readonly LevelWire[];
  readonly asks: readonly LevelWire[];
}

type Tokens = Pick<Market, "tokenIds">;

/** Fields that the check sum covers and only GET /book carries. */
export type RestOnlyFields = Pick<BookSummaryWire, "min_order_size" | "neg_risk">;

export interface WireBook {
  readonly restOnly: RestOnlyFields;
  /** Null until a token's first book on this connection. */
  readonly books: Readonly<Record<Token, TokenBook | null>>;
}

/**
 * A token's book. A change is only remembered, since a book is many levels and a change is one: they
 * are brought together when somebody asks for the levels, which is once for many changes.
 */
export interface TokenBook extends HashedFields {
  readonly levels: WireLevels;
  /** The newest first; null where the levels are up to date. */
  readonly since: Since | null;
  /** The hash of the last message, until it is checked. */
  readonly due: DueHash | null;
}

/** JSON of both sides as the hash covers it, or the levels one by one. */
type WireLevels =
  | { readonly type: "text"; readonly bids: string; readonly asks: string }
  | {
      readonly type: "list";
      readonly bids: readonly SpelledLevel[];
      readonly asks: readonly SpelledLevel[];
    };

interface SpelledLevel {
  readonly price: PriceBp;
  /** JSON of the level. */
  readonly text: string;
}

interface Since {
  readonly change: LevelChange;
  readonly before: Since | null;
}

interface DueHash {
  readonly hash: string;
  /** Whether it came with a whole book. */
  readonly isBook: boolean;
}

/** `unchecked`: the hash is missing, or the tick or the last trade that the hash covers. */
export interface HashCheck {
  readonly token: Token;
  readonly verdict: "right" | "wrong" | "unchecked";
  /** Whether the hash came with a whole book. */
  readonly isBook: boolean;
}

export interface CheckedBook {
  readonly wireBook: WireBook;
  readonly checks: readonly HashCheck[];
}

export const initialWireBook = (restOnly: RestOnlyFields): WireBook => ({
  restOnly,
  books: { YES: null, NO: null },
});

/** Takes a message that `readMarketFrame` has found well-formed, and checks what it says. */
export const applyMessage = (wireBook: WireBook, wire: HashedWire, market: Tokens): CheckedBook =>
  checkHashes(followMessage(wireBook, wire, market));

/** The same without a check, which is due then: work in proportion to the levels that have changed. */
export function followMessage(wireBook: WireBook, wire: HashedWire, market: Tokens): WireBook {
  switch (wire.event_type) {
    case "book":
      return withBook(wireBook, wire, market);
    case "price_change":
      return withChanges(wireBook, wire);
    // A fact of the market: the same text stands in both tokens' books.
    case "tick_size_change":
      return withMarketFields(wireBook, { tick_size: wire.new_tick_size });
    case "last_trade_price":
      return withMarketFields(wireBook, { last_trade_price: wire.price });
  }
}

/** Whether a check is due of either token. */
export const isCheckDue = ({ books: { YES, NO } }: WireBook): boolean =>
  (YES !== null && YES.due !== null) || (NO !== null && NO.due !== null);

/** Checks each token by its last hash: that covers the whole book, and so every message before it. */
export function checkHashes(wireBook: WireBook): CheckedBook {
  const checks: HashCheck[] = [];
  let checked = wireBook;
  for (const token of TOKENS) {
    const book = wireBook.books[token];
    if (book === null || book.due === null) continue;
    const upToDate = settled(book);
    checks.push({ token, verdict: verdictOf(upToDate, book.due.hash), isBook: book.due.isBook });
    checked = withBookOf(checked, token, { ...upToDate, due: null });
  }
  return { wireBook: checked, checks };
}

function withBook(wireBook: WireBook, wire: BookMessage, { tokenIds }: Tokens): WireBook {
  const token = tokenOf(tokenIds, wire.asset_id);
  if (token === null) return wireBook;
  const old = wireBook.books[token];
  const { min_order_size, neg_risk } = wireBook.restOnly;
  return withBookOf(wireBook, token, {
    market: wire.market,
    asset_id: wire.asset_id,
    timestamp: wire.timestamp,
    min_order_size,
    // Books between two trades leave both fields out. "" as a tick means left out; "" as a price
    // means that there was no trade.
    tick_size: wire.tick_size ? wire.tick_size : (old?.tick_size ?? null),
    neg_risk,
    last_trade_price: wire.last_trade_price ?? old?.last_trade_price ?? null,
    version: wire.version,
    levels: { type: "text", bids: wire.bids, asks: wire.asks },
    since: null,
    due: { hash: wire.hash, isBook: true },
  });
}

/** Only the last entry of each token has a hash to check: it covers the book after all of them. */
function withChanges(wireBook: WireBook, { timestamp, changes }: ChangeMessage): WireBook {
  const { YES, NO } = wireBook.books;
  let [yes, no] = [YES, NO];
  for (const change of changes) {
    if (change.item.token === "YES") yes = yes && changed(yes, change, timestamp);
    else no = no && changed(no, change, timestamp);
  }
  return yes === YES && no === NO ? wireBook : { ...wireBook, books: { YES: yes, NO: no } };
}

// Written out: with a spread of the whole book this is the most of what a frame costs here.
const changed = (book: TokenBook, change: LevelChange, timestamp: string): TokenBook => ({
  market: book.market,
  asset_id: book.asset_id,
  timestamp,
  min_order_size: book.min_order_size,
  tick_size: book.tick_size,
  neg_risk: book.neg_risk,
  last_trade_price: book.last_trade_price,
  version: book.version,
  levels: book.levels,
  since: { change, before: book.since },
  due: { hash: change.hash, isBook: false },
});

/**
 * A crossed book is wrong whatever its hash says: the venue would have matched it. [protocol 3.8]
 */
function verdictOf(book: TokenBook, hash: string): HashCheck["verdict"] {
  const isRight = !isCrossed(book) && isTextWhole(book, ...textsOf(book.levels), hash);
  return isRight === null ? "unchecked" : isRight ? "right" : "wrong";
}

function isCrossed({ levels }: TokenBook): boolean {
  const best = (side: "bids" | "asks"): PriceBp | null =>
    levels.type === "list" ? (levels[side].at(-1)?.price ?? null) : lastPrice(levels[side]);
  const [bid, ask] = [best("bids"), best("asks")];
  return bid !== null && ask !== null && bid >= ask;
}

/** The price of the last level of a text; null if it has none. */
function lastPrice(text: string): PriceBp | null {
  const at = text.lastIndexOf(PRICE);
  return at < 0 ? null : parsePriceBp(textAt(text, PRICE, at));
}

const PRICE = '"price":"';
const SIZE = '"size":"';

/** What stands behind `name`, up to the next quote. */
function textAt(text: string, name: typeof PRICE | typeof SIZE, from = 0): string {
  const at = text.indexOf(name, from) + name.length;
  return text.slice(at, text.indexOf('"', at));
}

/** The same book with every change in its levels. */
function settled(book: TokenBook): TokenBook {
  if (book.since === null) return book;
  const list = listOf(book.levels);
  const bids = [...list.bids];
  const asks = [...list.asks];
  for (const { item, spelled } of oldestFirst(book.since)) {
    setLevel(item.side === "BUY" ? bids : asks, item, spelled);
  }
  return { ...book, levels: { type: "list", bids, asks }, since: null };
}

function oldestFirst(newest: Since): readonly LevelChange[] {
  const found: LevelChange[] = [];
  for (let each: Since | null = newest; each !== null; each = each.before) found.push(each.change);
  return found.toReversed();
}

/** Searches from the end: the best level is the last, and most changes are near it. */
function setLevel(
  levels: SpelledLevel[],
  { side, level: { price, size } }: LevelChange["item"],
  spelled: LevelWire,
): void {
  let at = levels.length - 1;
  for (let other = levels[at]; other !== undefined; at -= 1, other = levels[at]) {
    if (side === "BUY" ? other.price <= price : other.price >= price) break;
  }
  const isReplaced = levels[at]?.price === price;
  const text = `{${PRICE}${spelled.price}",${SIZE}${spelled.size}"}`;
  levels.splice(
    isReplaced ? at : at + 1,
    isReplaced ? 1 : 0,
    ...(size === 0 ? [] : [{ price, text }]),
  );
}

type LevelList = Extract<WireLevels, { readonly type: "list" }>;

function listOf(levels: WireLevels): LevelList {
  if (levels.type === "list") return levels;
  return { type: "list", bids: levelsIn(levels.bids), asks: levelsIn(levels.asks) };
}

/** Prices and sizes are decimals, so that no brace stands within a level. */
function levelsIn(text: string): readonly SpelledLevel[] {
  return text === "[]"
    ? []
    : text
        .slice(2, -2)
        .split("},{")
        .flatMap((inner) => {
          const price = parsePriceBp(textAt(inner, PRICE));
          return price === null ? [] : [{ price, text: `{${inner}}` }];
        });
}

function textsOf(levels: WireLevels): readonly [bids: string, asks: string] {
  if (levels.type === "text") return [levels.bids, levels.asks];
  const text = (side: readonly SpelledLevel[]): string =>
    `[${side.map((level) => level.text).join(",")}]`;
  return [text(levels.bids), text(levels.asks)];
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
    if (!token || !book || levelsShown(book) !== levelsOf(read)) return acc;
    const { min_order_size, neg_risk, tick_size, last_trade_price, version } = read;
    if ([min_order_size, neg_risk, tick_size, last_trade_price].includes(null)) return acc;
    const restOnly = { min_order_size, neg_risk };
    const fields = { ...restOnly, tick_size, last_trade_price, version };
    return withBookOf({ ...acc, restOnly }, token, { ...book, ...fields });
  }, wireBook);
}

/** The levels alone, in our own spelling: two books with the same levels have the same text. */
export const levelsOf = (book: Sides): string => JSON.stringify(bookOf(book));

/** The same of a book that we follow. */
export function levelsShown(book: TokenBook): string {
  const { bids, asks } = listOf(settled(book).levels);
  const wire = (side: readonly SpelledLevel[]): readonly LevelWire[] =>
    side.map(({ text }) => ({ price: textAt(text, PRICE), size: textAt(text, SIZE) }));
  return levelsOf({ bids: wire(bids), asks: wire(asks) });
}

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

const withBookOf = (wireBook: WireBook, token: Token, book: TokenBook): WireBook => ({
  ...wireBook,
  books: { ...wireBook.books, [token]: book },
});

function withMarketFields(
  { restOnly, books }: WireBook,
  fields: Partial<Pick<HashedFields, "tick_size" | "last_trade_price">>,
): WireBook {
  const { YES, NO } = books;
  return {
    restOnly,
    books: { YES: YES && { ...YES, ...fields }, NO: NO && { ...NO, ...fields } },
  };
}
