/** What of a market only a strategy wants to know: kept beside the graph, which neither waits for it nor ends with it. */
import type { MonoTypeOperatorFunction } from "rxjs";
import {
  type ExecutorState,
  type Transition,
  isPossiblyLive,
  tradeChanges,
  workingOrders,
} from "../executor/index.ts";
import {
  type BookView,
  type FillNews,
  type KnownLatency,
  NO_FILLS,
  NO_LATENCY,
  NO_PLACES,
  NO_TRADES,
  type QueuePlaces,
  type RecentFills,
  contained,
  foldLatency,
  latencyAt,
  foldPublicTrades,
  foldQueuePlaces,
  withFills,
  withMarkouts,
  withWorkingOrders,
} from "../streams/caches/index.ts";
import {
  BOOK_LAG_MS,
  type OwnOrder,
  type RestingOrder,
  type View,
  othersMid,
} from "../streams/strategy/index.ts";
import {
  type Continuity,
  type MarketItem,
  type MonotonicMs,
  type PublicTrade,
  type WorkingOrder,
  larger,
  minus,
} from "../types/index.ts";

interface Known {
  readonly state: ExecutorState;
  readonly trades: readonly PublicTrade[];
  readonly places: QueuePlaces;
  readonly latency: KnownLatency;
  readonly fills: RecentFills;
}

export interface StrategyKnowledge {
  /** Stands before the book takes an item in: a fill is judged by the mid of before. */
  readonly keepMarket: MonoTypeOperatorFunction<Continuity<MarketItem>>;
  readonly keepSteps: MonoTypeOperatorFunction<Transition>;
  readonly read: (
    state: ExecutorState,
    now: MonotonicMs,
  ) => Pick<View, "orders" | "ended" | "trades" | "latency" | "fills">;
  /** What our own bug in it has thrown, in words: the strategy is stopped for that. */
  readonly fault: () => string | null;
}

export function strategyKnowledge(initial: ExecutorState, book: () => BookView): StrategyKnowledge {
  const known = contained<Known>("what a strategy is told of its market", {
    state: initial,
    trades: NO_TRADES,
    places: withWorkingOrders(NO_PLACES, liveOrders(initial), null),
    latency: NO_LATENCY,
    fills: NO_FILLS,
  });
  const midOf = (state: ExecutorState, places: QueuePlaces) => (): number | null =>
    othersMid({ book: book(), ...ownOrders(state, places, state.now.monotonicMs) });

  const afterItem = (before: Known, event: Continuity<MarketItem>): Known => {
    const { state } = before;
    const trades = foldPublicTrades(before.trades, event);
    const places = foldQueuePlaces(before.places, event);
    const fills = withMarkouts(before.fills, event.at, midOf(state, before.places));
    return trades === before.trades && places === before.places && fills === before.fills
      ? before
      : { ...before, trades, places, fills };
  };
  const afterStep = (before: Known, transition: Transition): Known => {
    const { state, input } = transition;
    const mid = midOf(state, before.places);
    const judged = withMarkouts(before.fills, input.at, mid);
    const news = fillNews(before.state, state);
    return {
      ...before,
      state,
      latency: foldLatency(before.latency, transition),
      places:
        state.working === before.state.working
          ? before.places
          : withWorkingOrders(before.places, liveOrders(state), book()),
      fills: news.length === 0 ? judged : withFills(judged, news, input.at, mid()),
    };
  };
  return {
    keepMarket: known.keep(afterItem),
    keepSteps: known.keep(afterStep),
    read: (state, now) => {
      const { trades, places, latency, fills } = known.read();
      const ours = ownOrders(state, places, now);
      return { ...ours, trades, latency: latencyAt(latency, now), fills: fills.shown };
    },
    fault: known.fault,
  };
}

const liveOrders = (state: ExecutorState): readonly WorkingOrder[] =>
  workingOrders(state).filter(isPossiblyLive);

const ownOrders = (
  state: ExecutorState,
  places: QueuePlaces,
  now: MonotonicMs,
): Pick<View, "orders" | "ended"> => ({
  orders: restingOrders(state, places, now),
  ended: endedOrders(state, now),
});

const restingOrders = (
  state: ExecutorState,
  places: QueuePlaces,
  now: MonotonicMs,
): readonly RestingOrder[] =>
  liveOrders(state).map(({ id, token, side, price, size, matched }) => {
    const { ahead = null, restedAt = null } = places.get(id) ?? {};
    const ageMs = restedAt === null ? null : Math.max(0, now - restedAt);
    return { token, side, price, size: minus(size, matched), ahead, ageMs };
  });

/** In both lists: a cancelled order is kept among those at work until its matches are known. */
function endedOrders(state: ExecutorState, now: MonotonicMs): readonly OwnOrder[] {
  const hasJustEnded = ({ phase, phaseSince, closedByAbsence, kind }: WorkingOrder): boolean =>
    phase === "closed" &&
    phaseSince <= now &&
    now - phaseSince <= BOOK_LAG_MS &&
    // The venue never had it, or it never rests.
    !closedByAbsence &&
    kind !== "closeSell";
  return [...workingOrders(state).filter(hasJustEnded), ...state.closed.filter(hasJustEnded)].map(
    ({ token, side, price, size, matched, finalMatched }) => {
      const left = minus(size, larger(finalMatched ?? matched, matched));
      // What the last fill has taken stands in an older book as a whole.
      return { token, side, price, size: left > 0 ? left : size };
    },
  );
}

/** Not what a run before has left, nor what contradicts its order: that is booked by no price of its own. */
function fillNews(before: ExecutorState, state: ExecutorState): readonly FillNews[] {
  if (before.trades === state.trades) return NO_NEWS;
  return tradeChanges(before, state).flatMap(({ from, to }): readonly FillNews[] => {
    const { tradeId, fill, isBaseline, doubt } = to;
    const hasFailed = to.status === "failed";
    const isNews = from === null ? !hasFailed && !isBaseline && doubt !== "contrary" : hasFailed;
    return isNews ? [{ tradeId, fill, hasFailed }] : [];
  });
}

const NO_NEWS: readonly FillNews[] = [];
