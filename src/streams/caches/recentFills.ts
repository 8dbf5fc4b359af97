/** Our last fills in a market, and what they were worth a little later. */
import { edgeBp } from "../../ledger/index.ts";
import {
  type Fill,
  type Instant,
  type MonotonicMs,
  type RecentFill,
  type TradeId,
  after,
  complement,
  otherSide,
  smaller,
} from "../../types/index.ts";

/** So many are kept. */
export const RECENT_FILLS_MAX = 50;

/** Seconds after which a fill is judged by the mid. */
export const MARKOUTS_S = [1, 5, 15] as const;

interface JudgedFill {
  readonly key: string;
  readonly fill: Fill;
  readonly shown: RecentFill;
}

export interface RecentFills {
  /** Oldest first. */
  readonly shown: readonly RecentFill[];
  readonly judged: readonly JudgedFill[];
  /** When the next of them is to be judged; null where none is. */
  readonly dueAt: MonotonicMs | null;
}

export const NO_FILLS: RecentFills = { shown: [], judged: [], dueAt: null };

/** A fill that is heard of for the first time, or whose trade has failed and brings nothing. */
export interface FillNews {
  readonly tradeId: TradeId;
  readonly fill: Fill;
  readonly hasFailed: boolean;
}

/** `midBp` is the middle of what others quote, of YES; null where there is none. */
export function withFills(
  known: RecentFills,
  news: readonly FillNews[],
  now: Instant,
  midBp: number | null,
): RecentFills {
  return news.reduce((acc, { tradeId, fill, hasFailed }) => {
    const key = `${tradeId}:${fill.orderId}`;
    const others = acc.judged.filter((each) => each.key !== key);
    const isKnown = others.length < acc.judged.length;
    if (isKnown !== hasFailed) return acc;
    if (hasFailed) return listed(others, acc.dueAt);
    const shown = heard(fill, now, midBp);
    const judged = [...others, { key, fill, shown }].slice(-RECENT_FILLS_MAX);
    return listed(judged, earlier(acc.dueAt, dueAfter(shown, MARKOUTS_S[0])));
  }, known);
}

/**
 * Judges what is due by the mid of that moment, or the last one before: so it is asked before a book changes. Where there is no mid
 * then, the fill stays without that mark-out.
 */
export function withMarkouts(
  known: RecentFills,
  now: Instant,
  midBp: () => number | null,
): RecentFills {
  const { dueAt, judged } = known;
  if (dueAt === null || now.monotonicMs < dueAt) return known;
  const mid = midBp();
  const next = judged.map((each) => withMarkout(each, dueAt, now, mid));
  const later = next
    .flatMap(({ shown }) => MARKOUTS_S.map((seconds) => dueAfter(shown, seconds)))
    .filter((at) => at > now.monotonicMs);
  return listed(next, later.reduce<MonotonicMs | null>(earlier, null));
}

function withMarkout(
  judged: JudgedFill,
  since: MonotonicMs,
  now: Instant,
  midBp: number | null,
): JudgedFill {
  const { shown, fill } = judged;
  const dueIn = (seconds: number): boolean => {
    const at = dueAfter(shown, seconds);
    return at >= since && at <= now.monotonicMs;
  };
  if (midBp === null || !MARKOUTS_S.some(dueIn)) return judged;
  const bp = edgeBp(fill, midBp);
  const { after1s, after5s, after15s } = shown.markoutBp;
  return {
    ...judged,
    shown: {
      ...shown,
      markoutBp: {
        after1s: dueIn(1) ? bp : after1s,
        after5s: dueIn(5) ? bp : after5s,
        after15s: dueIn(15) ? bp : after15s,
      },
    },
  };
}

const dueAfter = ({ heardAt }: RecentFill, seconds: number): MonotonicMs =>
  after(heardAt.monotonicMs, seconds * 1_000);

const earlier = (first: MonotonicMs | null, at: MonotonicMs): MonotonicMs =>
  first === null ? at : smaller(first, at);

const listed = (judged: readonly JudgedFill[], dueAt: MonotonicMs | null): RecentFills => ({
  shown: judged.map((each) => each.shown),
  judged,
  dueAt,
});

/** A NO that is bought is a YES sold. */
function heard(fill: Fill, heardAt: Instant, midBp: number | null): RecentFill {
  const { token, side, price, size } = fill;
  const isYes = token === "YES";
  return {
    side: isYes ? side : otherSide(side),
    price: isYes ? price : complement(price),
    size,
    heardAt,
    midBp,
    markoutBp: { after1s: null, after5s: null, after15s: null },
  };
}
