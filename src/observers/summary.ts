/** What happened, counted from the output stream alone: nobody keeps a second copy of state. */
import { createHistogram } from "node:perf_hooks";
import {
  type ExecutorState,
  type Transition,
  isPossiblyLive,
  isVerifiedEmpty,
  tradeEntries,
  workingOrders,
} from "../executor/index.ts";
import type { Receipt } from "../gateway/index.ts";
import { type LedgerFill, profit } from "../ledger/index.ts";
import {
  DOLLAR_BP,
  type Effect,
  type Holding,
  type Intent,
  MICRO,
  type Market,
  type MarketId,
  type OrderId,
  type PlaceLeg,
  type Token,
  type RunMode,
} from "../types/index.ts";
import type { AppOutput } from "./output.ts";

export const SUMMARY_VERSION = 1;

/** `decided = sent + notSent` and `sent = acked + rejected + unknown`, per leg. */
export interface Places {
  readonly decided: number;
  readonly sent: number;
  readonly acked: number;
  readonly rejected: number;
  readonly unknown: number;
  readonly notSent: number;
}

export interface Figures {
  readonly intents: number;
  readonly places: Places;
  readonly cancels: number;
  readonly cancelAlls: number;
  readonly fills: number;
  /** Shares; nothing once a market has resolved and paid. */
  readonly inventory: Readonly<Record<Token, Readonly<Record<keyof Holding, number>>>>;
  /** Dollars. `mark` is the YES price the unrealised part is valued at; null for the account. */
  readonly pnlUsdc: {
    readonly realised: number;
    readonly fees: number;
    readonly unrealised: number;
    readonly mark: number | null;
  };
  /** Our orders on the venue's book; null when that could not be verified. */
  readonly openAtVenue: number | null;
  readonly feedGaps: number;
}

export interface MarketSummary extends Figures {
  readonly market: string;
  readonly winner: Token | null;
}

export interface Summary extends Figures {
  readonly version: typeof SUMMARY_VERSION;
  readonly mode: RunMode;
  readonly runtimeMs: number;
  readonly lawsBroken: number;
  /** From the arrival of the frame that triggered a quote to the first byte of its orders. */
  readonly latencyMs: {
    readonly tickToOrder: { readonly p50: number; readonly p99: number };
    /** Part of that spent waiting for the burst to end. */
    readonly debounceShare: number;
  };
  /** The last `MARKET_SUMMARIES_MAX` that were left, and those still traded. */
  readonly markets: readonly MarketSummary[];
  /** Earlier ones, which only the totals remember. */
  readonly marketsMerged: number;
}

export interface SummaryCounter {
  /** The run begins now. */
  readonly begin: () => void;
  readonly hear: (output: AppOutput) => void;
  /** Orders leave in this moment. */
  readonly leaving: (legs: readonly PlaceLeg[]) => void;
  readonly lawBroken: () => void;
  readonly read: () => Summary;
}

/** Markets that have been left are summed up one by one only this far back. */
export const MARKET_SUMMARIES_MAX = 100;

interface Counted {
  readonly market: Market;
  intents: number;
  cancels: number;
  cancelAlls: number;
  feedGaps: number;
  readonly legs: { decided: number; acked: number; rejected: number; notSent: number };
  state: ExecutorState | null;
}

/** Counts the outputs of one run; `nowMs` is monotonic. */
export function summaryCounter(nowMs: () => number, mode: RunMode): SummaryCounter {
  let startedAt = nowMs();
  const markets = new Map<MarketId, Counted>();
  const left: MarketSummary[] = [];
  let earlier: Figures = totals([]);
  let merged = 0;
  const latency = latencyTally(nowMs);
  let lawsBroken = 0;

  const hearIn = (counted: Counted, output: AppOutput): void => {
    switch (output.type) {
      case "intent":
        counted.intents += 1;
        return;
      case "receipt":
        countReceipt(counted, output.receipt.type);
        return;
      case "transition": {
        const { input, state, effects } = output.transition;
        counted.state = state;
        if (input.event.type === "feed.lost") counted.feedGaps += 1;
        for (const effect of effects) countEffect(counted, effect);
        latency.decided(output.transition);
        return;
      }
      default:
        return;
    }
  };

  /** A day has hundreds of markets: what a left one was is kept, what it knew is not. */
  const leave = (id: MarketId): void => {
    const counted = markets.get(id);
    if (!counted) return;
    markets.delete(id);
    left.push(figuresOf(counted));
    const oldest = left.length > MARKET_SUMMARIES_MAX ? left.shift() : undefined;
    if (!oldest) return;
    earlier = totals([earlier, oldest]);
    merged += 1;
  };

  return {
    hear: (output) => {
      if (output.type === "market") {
        markets.set(output.market.id, uncounted(output.market));
      } else if (output.type === "marketLeft") {
        leave(output.market);
      } else if ("market" in output) {
        const counted = markets.get(output.market);
        if (counted) hearIn(counted, output);
      }
    },
    leaving: latency.leaving,
    begin: () => {
      startedAt = nowMs();
    },
    lawBroken: () => {
      lawsBroken += 1;
    },
    read: () => {
      const each = [...left, ...[...markets.values()].map(figuresOf)];
      return {
        version: SUMMARY_VERSION,
        mode,
        runtimeMs: Math.round(nowMs() - startedAt),
        ...totals([earlier, ...each]),
        lawsBroken,
        latencyMs: latency.read(),
        markets: each,
        marketsMerged: merged,
      };
    },
  };
}

const uncounted = (market: Market): Counted => ({
  market,
  intents: 0,
  cancels: 0,
  cancelAlls: 0,
  feedGaps: 0,
  legs: { decided: 0, acked: 0, rejected: 0, notSent: 0 },
  state: null,
});

function countReceipt({ legs }: Counted, type: Receipt["type"]): void {
  if (type === "order.acked") legs.acked += 1;
  if (type === "order.rejected") legs.rejected += 1;
  if (type === "order.notSent") legs.notSent += 1;
}

function countEffect(counted: Counted, effect: Effect): void {
  if (effect.type === "place") counted.legs.decided += effect.legs.length;
  if (effect.type === "cancel") counted.cancels += effect.orderIds.length;
  if (effect.type === "cancelAll") counted.cancelAlls += 1;
}

function figuresOf({ market, state, legs, ...counts }: Counted): MarketSummary {
  const fills = state ? fillsOf(state) : [];
  const winner = state?.winner ?? null;
  const yesBp =
    winner === null ? (state?.intent?.fairBp ?? DOLLAR_BP / 2) : winner === "YES" ? DOLLAR_BP : 0;
  const result = profit(fills, { yesBp, isResolved: winner !== null });
  const sent = legs.decided - legs.notSent;
  return {
    market: market.slug,
    winner,
    ...counts,
    places: {
      decided: legs.decided,
      sent,
      acked: legs.acked,
      rejected: legs.rejected,
      // What has no answer, or never will have one because the gateway is gone, is unknown.
      unknown: sent - legs.acked - legs.rejected,
      notSent: legs.notSent,
    },
    fills: fills.length,
    inventory: {
      YES: winner === null && state ? inShares(state.inventory.YES) : NOTHING,
      NO: winner === null && state ? inShares(state.inventory.NO) : NOTHING,
    },
    pnlUsdc: {
      realised: result.realised / MICRO,
      fees: result.fees / MICRO,
      unrealised: result.unrealised / MICRO,
      mark: yesBp / DOLLAR_BP,
    },
    openAtVenue: state === null || isKnownEmpty(state) ? 0 : null,
  };
}

/** A market that is over took its book with it. */
export const isKnownEmpty = (state: ExecutorState): boolean =>
  isVerifiedEmpty(state) || (hasEnded(state) && !workingOrders(state).some(isPossiblyLive));

const hasEnded = ({ winner, now, market }: ExecutorState): boolean =>
  winner !== null || now.epochMs >= market.endsAt;

export const fillsOf = (state: ExecutorState): readonly LedgerFill[] =>
  tradeEntries(state)
    .filter(({ status }) => status !== "failed")
    .map(({ fill, tradeId, matchedAt }) => ({ fill, tradeId, matchedAt }));

const NOTHING = { settled: 0, pendingIn: 0, pendingOut: 0 };

const inShares = ({ settled, pendingIn, pendingOut }: Holding): typeof NOTHING => ({
  settled: settled / MICRO,
  pendingIn: pendingIn / MICRO,
  pendingOut: pendingOut / MICRO,
});

function totals(each: readonly Figures[]): Figures {
  const sum = (of: (figures: Figures) => number): number =>
    each.reduce((total, figures) => total + of(figures), 0);
  const dollars = (of: (pnl: Figures["pnlUsdc"]) => number): number =>
    exact(sum(({ pnlUsdc }) => of(pnlUsdc)));
  const stock = (token: Token): typeof NOTHING => ({
    settled: exact(sum(({ inventory }) => inventory[token].settled)),
    pendingIn: exact(sum(({ inventory }) => inventory[token].pendingIn)),
    pendingOut: exact(sum(({ inventory }) => inventory[token].pendingOut)),
  });
  return {
    intents: sum(({ intents }) => intents),
    places: {
      decided: sum(({ places }) => places.decided),
      sent: sum(({ places }) => places.sent),
      acked: sum(({ places }) => places.acked),
      rejected: sum(({ places }) => places.rejected),
      unknown: sum(({ places }) => places.unknown),
      notSent: sum(({ places }) => places.notSent),
    },
    cancels: sum(({ cancels }) => cancels),
    cancelAlls: sum(({ cancelAlls }) => cancelAlls),
    fills: sum(({ fills }) => fills),
    inventory: { YES: stock("YES"), NO: stock("NO") },
    pnlUsdc: {
      realised: dollars(({ realised }) => realised),
      fees: dollars(({ fees }) => fees),
      unrealised: dollars(({ unrealised }) => unrealised),
      mark: null,
    },
    openAtVenue: each.every(({ openAtVenue }) => openAtVenue === 0) ? 0 : null,
    feedGaps: sum(({ feedGaps }) => feedGaps),
  };
}

/** Sums of millionths, shown as decimals, stay sums of millionths. */
const exact = (value: number): number => Math.round(value * MICRO) / MICRO;

/** Waves of which one half is known, what they answer or when they left, and the other not yet. */
const WAVES_MAX = 256;

interface LatencyTally {
  readonly decided: (transition: Transition) => void;
  readonly leaving: (legs: readonly PlaceLeg[]) => void;
  readonly read: () => Summary["latencyMs"];
}

/** A wave, known by its first order, may leave before or after we hear what decided it. */
function latencyTally(nowMs: () => number): LatencyTally {
  const micros = createHistogram();
  const answered = new Map<OrderId, Pick<Intent, "triggeredAt" | "publishedAt">>();
  const leftAt = new Map<OrderId, number>();
  let totalMs = 0;
  let debouncedMs = 0;

  const met = (wave: OrderId): void => {
    const intent = answered.get(wave);
    const at = leftAt.get(wave);
    if (intent === undefined || at === undefined) return;
    answered.delete(wave);
    leftAt.delete(wave);
    const elapsedMs = at - intent.triggeredAt;
    micros.record(Math.max(1, Math.round(elapsedMs * 1_000)));
    totalMs += elapsedMs;
    debouncedMs += intent.publishedAt - intent.triggeredAt;
  };
  const note = <Half>(half: Map<OrderId, Half>, wave: OrderId | undefined, value: Half): void => {
    if (wave === undefined) return;
    half.set(wave, value);
    met(wave);
    const [oldest] = half.keys();
    if (half.size > WAVES_MAX && oldest !== undefined) half.delete(oldest);
  };

  return {
    decided: ({ input: { event }, effects }) => {
      // Only the step that hears an intent answers a tick; a later one answers a receipt.
      if (event.type !== "intent.published") return;
      for (const effect of effects) {
        if (effect.type === "place") note(answered, effect.legs[0]?.orderId, event.intent);
      }
    },
    leaving: ([first]) => note(leftAt, first?.orderId, nowMs()),
    read: () => ({
      tickToOrder: {
        p50: micros.count === 0 ? 0 : micros.percentile(50) / 1_000,
        p99: micros.count === 0 ? 0 : micros.percentile(99) / 1_000,
      },
      debounceShare: totalMs === 0 ? 0 : Math.round((debouncedMs / totalMs) * 1_000) / 1_000,
    }),
  };
}
