/** What a reader keeps of a market beyond its last state: what things were worth while they happened. */
import {
  type ExecutorState,
  isPossiblyLive,
  isVerifiedEmpty,
  tradeChanges,
  workingOrders,
} from "../executor/index.ts";
import {
  type Attribution,
  type Mark,
  type Profit,
  type Traded,
  type ValuedFill,
  attributed,
  earned,
  fairMark,
  resolvedMark,
  saleMark,
  traded,
  valued,
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

export interface MarketResult {
  /** How many stand. */
  readonly fills: number;
  /** At what could be sold now, or at the last moment of the market; once resolved, at what it pays. */
  readonly sale: Profit & Attribution;
  /** At the model's fair value. */
  readonly model: Profit;
}

export function resultOf(record: MarketRecord): MarketResult {
  const { state, fairBp, touch } = record;
  const { count, stock, spread } = tradedIn(record);
  const ended = state.winner && resolvedMark(state.winner);
  const fair = fairMark(fairBp ?? DOLLAR_BP / 2);
  const mark: Mark = ended ?? (touch ? saleMark(touch) : fair);
  const sale = valued(stock, mark);
  return {
    fills: count,
    sale: { ...sale, ...attributed(spread, sale) },
    model: valued(stock, ended ?? fair),
  };
}

/** What the fills of a market have come to, whatever it is worth. */
interface TradedIn {
  readonly fairs: MarketRecord["fairs"];
  readonly count: number;
  readonly stock: Traded;
  readonly spread: bigint;
}

/** By all trades of a state: a status line asks several times, mostly with no new fill since the last. */
const knownTrades = new WeakMap<ExecutorState["trades"], TradedIn>();

function tradedIn(record: MarketRecord): TradedIn {
  const { state, fairs } = record;
  const known = knownTrades.get(state.trades);
  if (known?.fairs === fairs) return known;
  const fills = fillsOf(record);
  const result = { fairs, count: fills.length, stock: traded(fills), spread: earned(fills) };
  knownTrades.set(state.trades, result);
  return result;
}

/** The fills that stand. */
function fillsOf({ state, fairs }: MarketRecord): readonly ValuedFill[] {
  const fills: ValuedFill[] = [];
  for (const [shard, entries] of Object.entries(state.trades)) {
    for (const [key, { fill, tradeId, matchedAt, status, doubt }] of Object.entries(entries)) {
      if (status === "failed" || doubt === "contrary") continue;
      fills.push({ fill, tradeId, matchedAt, fairBp: fairs[shard]?.[key] ?? null });
    }
  }
  return fills;
}
