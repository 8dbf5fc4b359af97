import {
  type Book,
  type BookLevel,
  type Continuity,
  type Instant,
  type MarketItem,
  type MonotonicMs,
  type Side,
  type Snapshot,
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
  switch (event.type) {
    // Changes in a gap are lost: a book from before it would be wrong.
    case "restored":
    case "lost":
      return NOTHING;
    case "failed":
      return folded;
    case "confirmed":
      return confirmed(folded, event.at.monotonicMs);
    case "item":
      return foldItem(folded, event.item, event.at);
  }
}

/** What is not there has not been seen either. */
const confirmed = (folded: Folded, at: MonotonicMs): Folded => ({
  ...folded,
  seenAt: { YES: folded.YES && at, NO: folded.NO && at },
});

export function foldItem(folded: Folded, item: MarketItem, at: Instant): Folded {
  switch (item.type) {
    case "book": {
      const known = folded[item.token];
      const isSame =
        known !== null &&
        areSame(known.bids, item.book.bids) &&
        areSame(known.asks, item.book.asks);
      return withBook(folded, item.token, isSame ? known : item.book, at);
    }
    case "level": {
      const book = folded[item.token];
      if (book === null) return folded;
      return withBook(folded, item.token, withBookLevel(book, item.side, item.level), at);
    }
    case "rulesChanged":
    case "traded":
    case "resolved":
      return folded;
  }
}

/** Each field once: a copy by spreading costs more than finding the level. */
function withBook(folded: Folded, token: Token, book: Book, at: Instant): Folded {
  const isYes = token === "YES";
  const YES = isYes ? book : folded.YES;
  const NO = isYes ? folded.NO : book;
  const seenAt = {
    YES: isYes ? at.monotonicMs : folded.seenAt.YES,
    NO: isYes ? folded.seenAt.NO : at.monotonicMs,
  };
  if (YES === null || NO === null) return { YES, NO, view: null, seenAt };
  const known = folded.view?.value;
  // The same books stay the same object, so that a repeat wakes nobody.
  const value = known?.YES === YES && known.NO === NO ? known : { YES, NO };
  return { YES, NO, view: { value, receivedAt: at }, seenAt };
}

const areSame = (some: readonly BookLevel[], others: readonly BookLevel[]): boolean =>
  some.length === others.length &&
  some.every(({ price, size }, at) => price === others[at]?.price && size === others[at].size);

function withBookLevel(book: Book, side: Side, level: BookLevel): Book {
  const old = side === "BUY" ? book.bids : book.asks;
  const levels = setLevel(old, level, side === "BUY" ? -1 : 1);
  if (levels === old) return book;
  return side === "BUY" ? { bids: levels, asks: book.asks } : { bids: book.bids, asks: levels };
}

/**
 * The levels, best first, with this one set, or removed where its size is zero; as they were where
 * it says nothing new. Looked for from the touch on, where most changes are. `rising` is 1 where
 * prices rise from the best on, and -1 where they fall.
 */
function setLevel(
  levels: readonly BookLevel[],
  level: BookLevel,
  rising: 1 | -1,
): readonly BookLevel[] {
  const { price, size } = level;
  let from = 0;
  let known = levels[0];
  while (known !== undefined && (price - known.price) * rising > 0) known = levels[++from];
  const replaced = known?.price === price ? 1 : 0;
  if (size === (replaced ? known?.size : 0)) return levels;
  return levels.toSpliced(from, replaced, ...(size > 0 ? [level] : []));
}
