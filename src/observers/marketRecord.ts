/** What a reader keeps of a market beyond its last state: what things were worth while they happened. */
import {
  type ExecutorState,
  type TradeEntry,
  isPossiblyLive,
  isVerifiedEmpty,
  workingOrders,
} from "../executor/index.ts";
import {
  type Attribution,
  type Mark,
  type Profit,
  type ValuedFill,
  attribution,
  fairMark,
  profit,
  resolvedMark,
  saleMark,
} from "../ledger/index.ts";
import { DOLLAR_BP, type Intent } from "../types/index.ts";

export interface MarketRecord {
  readonly state: ExecutorState;
  /** The last fair value of a YES before the market's end: later ones follow the next window's price. */
  readonly fairBp: number | null;
  /** The last best prices before the end; null until a book is known, kept while it is lost. */
  readonly touch: Intent["touch"] | null;
  /** By shard and key of `trades`: the fair value as each fill was heard of. */
  readonly fairs: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
}

/** The record after a step; `before` is undefined at the first one. */
export function recorded(before: MarketRecord | undefined, state: ExecutorState): MarketRecord {
  const { intent } = state;
  const isOpen = !hasEnded(state);
  const fairBp = (isOpen ? intent?.fairBp : null) ?? before?.fairBp ?? null;
  const isPriced = isOpen && intent !== null && intent.mode !== "stop";
  const touch = isPriced ? intent.touch : (before?.touch ?? null);
  let fairs = before?.fairs ?? {};
  for (const { shard, key, from } of tradeChanges(before?.state, state)) {
    if (from === null) fairs = { ...fairs, [shard]: { ...fairs[shard], [key]: fairBp } };
  }
  return { state, fairBp, touch, fairs };
}

export const hasEnded = ({ winner, now, market }: ExecutorState): boolean =>
  winner !== null || now.epochMs >= market.endsAt;

/** Whether no order of ours rests: proven, or the market has ended, and its book with it. */
export const isKnownEmpty = (state: ExecutorState): boolean =>
  isVerifiedEmpty(state) || (hasEnded(state) && !workingOrders(state).some(isPossiblyLive));

export interface TradeChange {
  readonly shard: string;
  readonly key: string;
  /** Null for a fill that is heard of for the first time, from whatever source. */
  readonly from: TradeEntry | null;
  readonly to: TradeEntry;
}

/** Fills that are new, or whose trade has moved on. */
export function tradeChanges(
  before: ExecutorState | undefined,
  { trades }: ExecutorState,
): readonly TradeChange[] {
  if (before?.trades === trades) return [];
  return Object.entries(trades)
    .filter(([shard, entries]) => entries !== before?.trades[shard])
    .flatMap(([shard, entries]) =>
      Object.entries(entries).map(([key, to]) => ({
        shard,
        key,
        from: before?.trades[shard]?.[key] ?? null,
        to,
      })),
    )
    .filter(({ from, to }) => from?.status !== to.status);
}

export interface MarketResult {
  readonly fills: readonly ValuedFill[];
  /** At what could be sold now, or at the last moment of the market; once resolved, at what it pays. */
  readonly sale: Profit & Attribution;
  /** At the model's fair value. */
  readonly model: Profit;
}

export function resultOf(record: MarketRecord): MarketResult {
  const { state, fairBp, touch } = record;
  const fills = fillsOf(record);
  const ended = state.winner && resolvedMark(state.winner);
  const fair = fairMark(fairBp ?? DOLLAR_BP / 2);
  const mark: Mark = ended ?? (touch ? saleMark(touch) : fair);
  return {
    fills,
    sale: { ...profit(fills, mark), ...attribution(fills, mark) },
    model: profit(fills, ended ?? fair),
  };
}

/** The fills that stand. */
const fillsOf = ({ state, fairs }: MarketRecord): readonly ValuedFill[] =>
  Object.entries(state.trades).flatMap(([shard, entries]) =>
    Object.entries(entries)
      .filter(([, { status, doubt }]) => status !== "failed" && doubt !== "contrary")
      .map(([key, { fill, tradeId, matchedAt }]) => ({
        fill,
        tradeId,
        matchedAt,
        fairBp: fairs[shard]?.[key] ?? null,
      })),
  );
