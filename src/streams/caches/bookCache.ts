import type {
  Book,
  BookLevel,
  Continuity,
  MarketItem,
  Side,
  Snapshot,
  Token,
} from "../../types/index.ts";
import { type Cache, cache } from "./cache.ts";

/** Both tokens' books; null until both have been seen on the present connection. */
export type BookView = Snapshot<Readonly<Record<Token, Book>>> | null;

interface Folded {
  readonly YES: Book | null;
  readonly NO: Book | null;
  readonly view: BookView;
}

export type BookCache = Cache<Continuity<MarketItem>, Folded>;

export const bookCache = (): BookCache => cache(foldMarket, NOTHING);

const NOTHING: Folded = { YES: null, NO: null, view: null };

export function foldMarket(folded: Folded, event: Continuity<MarketItem>): Folded {
  if (event.type === "confirmed") return folded;
  // Changes in a gap are lost: a book from before it would be wrong.
  if (event.type !== "item") return NOTHING;
  const { item } = event;
  const next = foldItem(folded, item);
  if (next === folded || next.YES === null || next.NO === null) return next;
  return { ...next, view: { value: { YES: next.YES, NO: next.NO }, receivedAt: event.at } };
}

function foldItem(folded: Folded, item: MarketItem): Folded {
  switch (item.type) {
    case "book":
      return { ...folded, [item.token]: item.book };
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

function withBookLevel(book: Book, side: Side, level: BookLevel): Book {
  return side === "BUY"
    ? { ...book, bids: setLevel(book.bids, level, (a, b) => b.price - a.price) }
    : { ...book, asks: setLevel(book.asks, level, (a, b) => a.price - b.price) };
}

/** The levels, best first, with this one set, or removed where its size is zero. */
function setLevel(
  levels: readonly BookLevel[],
  level: BookLevel,
  worse: (a: BookLevel, b: BookLevel) => number,
): readonly BookLevel[] {
  const at = levels.findIndex((other) => worse(level, other) <= 0);
  const from = at === -1 ? levels.length : at;
  const replaced = levels[from]?.price === level.price ? 1 : 0;
  return levels.toSpliced(from, replaced, ...(level.size > 0 ? [level] : []));
}
