/** What happened in a run, counted from its outputs alone: no second copy of any state. */
import type { LastingRefusal } from "../executor/index.ts";
import type { Receipt } from "../gateway/index.ts";
import type { Profit } from "../ledger/index.ts";
import {
  type Coin,
  type Effect,
  type Failure,
  type Holding,
  MICRO,
  type Market,
  type MarketId,
  type RunMode,
  type Source,
  type Token,
  coinOf,
} from "../types/index.ts";
import { type Latency, latencyCounter } from "./latency.ts";
import { type LoadFigures, loadCounter } from "./loadFigures.ts";
import { type MarketRecord, isKnownEmpty, recorded, resultOf } from "./marketRecord.ts";
import type { AppOutput } from "./output.ts";
import type { Reader } from "./reader.ts";

export const SUMMARY_VERSION = 2;

/** `decided = sent + notSent` and `sent = acked + rejected + unknown`, per leg. A dry run sends none. */
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
  readonly pnlUsdc: {
    readonly realised: number;
    readonly fees: number;
    /** `mark`, less what that stock has cost. */
    readonly unrealised: number;
    /** What the unpaired stock would bring now, at the best bid of its token; pairs are realised. */
    readonly mark: number;
    /** The same at the model's fair value. */
    readonly model: { readonly unrealised: number; readonly mark: number };
  };
  /** Our orders on the venue's book; null when that could not be verified. */
  readonly openAtVenue: number | null;
  readonly feedGaps: number;
}

export interface Refused extends Pick<LastingRefusal, "reason" | "text"> {
  readonly count: number;
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
  /** What the venue refused for good when it was last heard, and how often; null where it took it again. */
  readonly refused: Refused | null;
  /** An earlier run's journal of a market could not be used: its fills and PnL begin anew here. */
  readonly beginsAnew: boolean;
  /** What belongs to no market and does not work: finding the next one, and the venue's clock. */
  readonly failing: readonly (Source & Failure)[];
  /** Outputs that could not be counted; with any of them missing, `openAtVenue` is null. */
  readonly outputsMissed: number;
  /** How often a price of a reference jumped and was held; ticks that were never believed. */
  readonly reference: { readonly holds: number; readonly dropped: number };
  readonly latencyMs: Latency;
  /** Of each quarter of a second, the worst. */
  readonly loadMs: LoadFigures;
  /** The last `MARKET_SUMMARIES_MAX` that were left, then those still traded. */
  readonly markets: readonly MarketSummary[];
  /** How many were left before those; only the totals include them. */
  readonly marketsMerged: number;
}

export interface SummaryCounter extends Reader {
  /** What has been counted so far. */
  readonly summary: () => Summary;
}

/** So many of the markets that were left are listed one by one; older ones are merged. */
export const MARKET_SUMMARIES_MAX = 100;

type MarketOutput = Extract<
  AppOutput,
  { type: "intent.published" | "receipt.received" | "transition.made" }
>;

interface Counted {
  readonly market: Market;
  intents: number;
  cancels: number;
  cancelAlls: number;
  feedGaps: number;
  readonly legs: { decided: number; acked: number; rejected: number; notSent: number };
  record: MarketRecord | null;
}

/** Counts the outputs of one run; `nowMs` is monotonic. */
export function summaryCounter(nowMs: () => number, mode: RunMode): SummaryCounter {
  let startedAt = nowMs();
  const markets = new Map<MarketId, Counted>();
  const left: MarketSummary[] = [];
  let earlier: Figures = totals([]);
  let merged = 0;
  const latency = latencyCounter();
  const reference = new Map<Coin, { readonly holds: number; readonly dropped: number }>();
  const load = loadCounter();
  let lawsBroken = 0;
  let beginsAnew = false;
  let outputsMissed = 0;
  let isProvenEmpty = false;
  let refused: Refused | null = null;
  const failing = new Map<string, Source & Failure>();

  const countIn = (counted: Counted, output: MarketOutput): void => {
    switch (output.type) {
      case "intent.published":
        counted.intents += 1;
        return;
      case "receipt.received":
        countReceipt(counted, output.receipt);
        return;
      case "transition.made": {
        const { input, state, effects } = output.transition;
        const { lasting } = state;
        if (lasting !== (counted.record?.state.lasting ?? null)) {
          refused = lasting && {
            reason: lasting.reason,
            text: lasting.text,
            count: lasting.refusals,
          };
        }
        counted.record = recorded(counted.record ?? undefined, state);
        if (input.event.type === "feed.lost") counted.feedGaps += 1;
        for (const effect of effects) countEffect(counted, effect);
        latency.decided(output.transition);
        return;
      }
    }
  };

  /** A day has hundreds of markets: the figures of a left one are kept, its state is not. */
  const leave = (id: MarketId): void => {
    const counted = markets.get(id);
    if (!counted) return;
    markets.delete(id);
    left.push(figuresOf(counted, mode));
    const oldest = left.length > MARKET_SUMMARIES_MAX ? left.shift() : undefined;
    if (!oldest) return;
    earlier = totals([earlier, oldest]);
    merged += 1;
  };

  return {
    name: "summary",
    read: (output) => {
      switch (output.type) {
        case "run.started":
          startedAt = output.at;
          return;
        case "market.opened":
          markets.set(output.market.id, uncounted(output.market));
          return;
        case "history.unread":
          beginsAnew = true;
          return;
        case "market.left":
          leave(output.market);
          return;
        case "wave.sent":
          latency.sent(output);
          return;
        case "load.measured":
          load.measured(output);
          return;
        case "killSwitch.tripped":
          lawsBroken += 1;
          return;
        case "killSwitch.verified":
          isProvenEmpty = true;
          return;
        case "intent.published":
        case "receipt.received":
        case "transition.made": {
          const counted = markets.get(output.market);
          if (counted) countIn(counted, output);
          return;
        }
        case "reference.updated": {
          const { holds, dropped } = output.doubts;
          reference.set(coinOf(output), { holds, dropped });
          return;
        }
        case "source.failed": {
          const { type: _, ...failed } = output;
          failing.set(nameOf(output), failed);
          return;
        }
        case "source.restored":
          failing.delete(nameOf(output));
          return;
        case "operator.commanded":
        case "account.limitsChanged":
        case "account.noticed":
        case "parameters.changed":
        case "settlement.updated":
        case "shutdown.begun":
        case "run.abandoned":
        case "failure.reported":
        case "status.due":
          return;
      }
    },
    missed: (count) => {
      outputsMissed += count;
    },
    end: () => undefined,
    summary: () => {
      const each = [
        ...left,
        ...[...markets.values()].map((counted) => figuresOf(counted, mode)),
      ].map(
        // The proof after a trip is of the whole account.
        (figures) => (isProvenEmpty ? { ...figures, openAtVenue: 0 } : figures),
      );
      const sums = totals([earlier, ...each]);
      return {
        version: SUMMARY_VERSION,
        mode,
        runtimeMs: Math.round(nowMs() - startedAt),
        ...sums,
        // A market that opened among the missed outputs, or placed there, would not show.
        openAtVenue: outputsMissed > 0 ? null : isProvenEmpty ? 0 : sums.openAtVenue,
        lawsBroken,
        refused,
        beginsAnew,
        failing: [...failing.values()],
        outputsMissed,
        reference: {
          holds: summed(reference, ({ holds }) => holds),
          dropped: summed(reference, ({ dropped }) => dropped),
        },
        latencyMs: latency.read(),
        loadMs: load.read(),
        markets: each,
        marketsMerged: merged,
      };
    },
  };
}

const nameOf = ({ source, series = "" }: Source): string => `${source} ${series}`;

const summed = <Value>(each: ReadonlyMap<Coin, Value>, of: (value: Value) => number): number =>
  [...each.values()].reduce((sum, value) => sum + of(value), 0);

const uncounted = (market: Market): Counted => ({
  market,
  intents: 0,
  cancels: 0,
  cancelAlls: 0,
  feedGaps: 0,
  legs: { decided: 0, acked: 0, rejected: 0, notSent: 0 },
  record: null,
});

/** An answer that comes after its receipt `unknown` counts as what it says. */
function countReceipt({ legs }: Counted, receipt: Receipt): void {
  const { type } = receipt;
  const late = type === "order.answeredLate" ? receipt.answer.type : null;
  if (type === "order.acked" || late === "acked") legs.acked += 1;
  if (type === "order.rejected" || late === "rejected") legs.rejected += 1;
  if (type === "order.notSent" || late === "notSent") legs.notSent += 1;
}

function countEffect(counted: Counted, effect: Effect): void {
  if (effect.type === "place") counted.legs.decided += effect.legs.length;
  if (effect.type === "cancel") counted.cancels += effect.orderIds.length;
  if (effect.type === "cancelAll") counted.cancelAlls += 1;
}

function figuresOf(
  { market, record, legs: { decided, ...answers }, ...counts }: Counted,
  mode: RunMode,
): MarketSummary {
  const state = record?.state ?? null;
  const result = record && resultOf(record);
  const winner = state?.winner ?? null;
  const { acked, rejected, notSent } =
    mode === "dryRun" ? { acked: 0, rejected: 0, notSent: decided } : answers;
  const sent = decided - notSent;
  return {
    market: market.slug,
    winner,
    ...counts,
    places: {
      decided,
      sent,
      acked,
      rejected,
      // An order without an answer is unknown, also where the gateway has ended before it came.
      unknown: sent - acked - rejected,
      notSent,
    },
    fills: result?.fills ?? 0,
    inventory: {
      YES: winner === null && state ? inShares(state.inventory.YES) : NOTHING,
      NO: winner === null && state ? inShares(state.inventory.NO) : NOTHING,
    },
    pnlUsdc: result === null ? NO_PROFIT : inDollars(result.sale, result.model),
    openAtVenue: state === null || isKnownEmpty(state) ? 0 : null,
  };
}

const NO_PROFIT = {
  realised: 0,
  fees: 0,
  unrealised: 0,
  mark: 0,
  model: { unrealised: 0, mark: 0 },
};

const inDollars = (sale: Profit, model: Profit): Figures["pnlUsdc"] => ({
  realised: sale.realised / MICRO,
  fees: sale.fees / MICRO,
  unrealised: sale.unrealised / MICRO,
  mark: sale.mark / MICRO,
  model: { unrealised: model.unrealised / MICRO, mark: model.mark / MICRO },
});

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
      mark: dollars(({ mark }) => mark),
      model: {
        unrealised: dollars(({ model }) => model.unrealised),
        mark: dollars(({ model }) => model.mark),
      },
    },
    openAtVenue: each.every(({ openAtVenue }) => openAtVenue === 0) ? 0 : null,
    feedGaps: sum(({ feedGaps }) => feedGaps),
  };
}

/** The sum of decimals of six places, without what floating point adds to it. */
const exact = (value: number): number => Math.round(value * MICRO) / MICRO;
