import {
  type Book,
  type BookLevel,
  type Continuity,
  type MarketItem,
  type MonotonicMs,
  type Side,
  type Snapshot,
  TOKENS,
  type Token,
} from "../../types/index.ts";
import { type Cache, cache } from "./cache.ts";

/** Both tokens' books; null until both have been seen on the present connection. */
export type BookView = Snapshot<Readonly<Record<Token, Book>>> | null;

interface Folded {
  readonly YES: Book | null;
  readonly NO: Book | null;
  readonly view: BookView;
  /** When each book last changed, or was confirmed; null while there is none. */
  readonly seenAt: Readonly<Record<Token, MonotonicMs | null>>;
}

export type BookCache = Cache<Continuity<MarketItem>, Folded>;

export const bookCache = (): BookCache => cache(foldMarket, NOTHING);

const NOTHING: Folded = {
  YES: null,
  NO: null,
  view: null,
  seenAt: { YES: null, NO: null },
};

export function foldMarket(folded: Folded, event: Continuity<MarketItem>): Folded {
  // Changes in a gap are lost: a book from before it would be wrong.
  if (event.type === "restored" || event.type === "lost") return NOTHING;
  if (event.type === "failed") return folded;
  const at = event.at.monotonicMs;
  if (event.type === "confirmed")
    return TOKENS.reduce((acc, token) => seen(acc, token, at), folded);
  const { item } = event;
  const changed = foldItem(folded, item);
  if (changed === folded || !("token" in item)) return changed;
  const next = seen(changed, item.token, at);
  const { YES, NO } = next;
  if (YES === null || NO === null) return next;
  const known = folded.view?.value;
  // The same books stay the same object, so that a repeat wakes nobody.
  const value = known?.YES === YES && known.NO === NO ? known : { YES, NO };
  return { ...next, view: { value, receivedAt: event.at } };
}

/** What is not there has not been seen either. */
const seen = (folded: Folded, token: Token, at: MonotonicMs): Folded =>
  folded[token] === null ? folded : { ...folded, seenAt: { ...folded.seenAt, [token]: at } };

function foldItem(folded: Folded, item: MarketItem): Folded {
  switch (item.type) {
    case "book": {
      const known = folded[item.token];
      const isSame =
        known !== null &&
        areSame(known.bids, item.book.bids) &&
        areSame(known.asks, item.book.asks);
      return { ...folded, [item.token]: isSame ? known : item.book };
    }
    case "level": {
      const book = folded[item.token];
      return book
        ? { ...folded, [item.token]: withBookLevel(book, item.side, item.level) }
        : folded;
    }
    case "rulesChanged":
    case "resolved":
      return folded;
  }
}

const areSame = (some: readonly BookLevel[], others: readonly BookLevel[]): boolean =>
  some.length === others.length &&
  some.every(({ price, size }, at) => price === others[at]?.price && size === others[at].size);

function withBookLevel(book: Book, side: Side, level: BookLevel): Book {
  const old = side === "BUY" ? book.bids : book.asks;
  const worse = (a: BookLevel, b: BookLevel): number =>
    side === "BUY" ? b.price - a.price : a.price - b.price;
  const levels = setLevel(old, level, worse);
  if (levels === old) return book;
  return side === "BUY" ? { ...book, bids: levels } : { ...book, asks: levels };
}

/** The levels, best first, with this one set, or removed where its size is zero; as they were where it says nothing new. */
function setLevel(
  levels: readonly BookLevel[],
  level: BookLevel,
  worse: (a: BookLevel, b: BookLevel) => number,
): readonly BookLevel[] {
  const at = levels.findIndex((other) => worse(level, other) <= 0);
  const from = at === -1 ? levels.length : at;
  const replaced = levels[from]?.price === level.price ? 1 : 0;
  if (level.size === (replaced ? levels[from]?.size : 0)) return levels;
  return levels.toSpliced(from, replaced, ...(level.size > 0 ? [level] : []));
}
