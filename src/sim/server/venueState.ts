/** What the served venue knows beside the exchange, and how each step and command changes it. Pure. */
import { after, type Coin, coinOf, type EpochMs } from "../../types/index.ts";
import {
  type Command,
  type ExchangeState,
  HEARTBEAT_CHECK_MS,
  liveOrders,
  type VenueFact,
} from "../exchange/index.ts";
import { bookMetaAfter, type BookMetas, type Candles, withPrice } from "./state/index.ts";
import { CALM, type Conditions, skewsOf } from "./control/index.ts";
import {
  EMPTY_REGISTRY,
  type Registry,
  type RequestContext,
  type VenueRules,
  withoutLapsedHeartbeats,
  withoutMarkets,
} from "./rest/index.ts";

export interface VenueState {
  readonly registry: Registry;
  readonly bookMeta: BookMetas;
  readonly candles: ReadonlyMap<Coin, Candles>;
  /** How often the reference of each coin has moved so far. */
  readonly referenceMoves: ReadonlyMap<Coin, number>;
  readonly conditions: Conditions;
  /** Null before the first check. */
  readonly heartbeatsCheckedAt: EpochMs | null;
}

export const INITIAL_VENUE_STATE: VenueState = {
  registry: EMPTY_REGISTRY,
  bookMeta: new Map(),
  candles: new Map(),
  referenceMoves: new Map(),
  conditions: CALM,
  heartbeatsCheckedAt: null,
};

/** After a step of the exchange, which is in the state `exchange` now. */
export function withFacts(
  state: VenueState,
  exchange: ExchangeState,
  facts: readonly VenueFact[],
  now: EpochMs,
): VenueState {
  const candles = new Map(state.candles);
  const referenceMoves = new Map(state.referenceMoves);
  for (const fact of facts) {
    if (fact.type !== "reference.moved") continue;
    const coin = coinOf(fact);
    candles.set(coin, withPrice(candles.get(coin) ?? [], fact.price, now));
    referenceMoves.set(coin, (referenceMoves.get(coin) ?? 0) + 1);
  }
  return {
    ...state,
    bookMeta: bookMetaAfter(state.bookMeta, exchange, facts, now),
    candles,
    referenceMoves,
    // A market is forgotten only when another opens.
    registry: facts.some(({ type }) => type === "market.opened")
      ? withoutMarkets(state.registry, (id) => exchange.markets.has(id))
      : state.registry,
  };
}

export const withRegistry = (state: VenueState, registry: Registry): VenueState => ({
  ...state,
  registry,
});

/**
 * Cancels for the orders of keys whose heartbeat is overdue. Like the real venue's, the check runs
 * only every `HEARTBEAT_CHECK_MS`, so a heartbeat may lapse that much late.
 */
export function withHeartbeatsChecked(
  state: VenueState,
  { markets }: ExchangeState,
  now: EpochMs,
): readonly [VenueState, readonly Command[]] {
  const { heartbeatsCheckedAt, registry } = state;
  if (heartbeatsCheckedAt !== null && now < after(heartbeatsCheckedAt, HEARTBEAT_CHECK_MS))
    return [state, []];
  const [others, lapsed] = withoutLapsedHeartbeats(registry, now);
  const cancels = [...lapsed].map(([account, sentIds]): Command => {
    const live = [...markets.values()].flatMap((market) => liveOrders(market, account));
    const ids = live.map(({ id }) => id).filter((id) => sentIds.has(id));
    return { type: "cancel", account, ids, cause: "heartbeatLapsed" };
  });
  return [{ ...state, registry: others, heartbeatsCheckedAt: now }, cancels];
}

export function requestContext(
  { registry, bookMeta, candles, conditions }: VenueState,
  exchange: ExchangeState,
  rules: VenueRules,
  now: EpochMs,
): RequestContext {
  const { tellsMs, checksMs } = skewsOf(conditions, now);
  return {
    exchange,
    balances: exchange,
    registry,
    bookMeta,
    candles,
    now,
    statedTime: after(now, tellsMs),
    verificationTime: after(now, checksMs),
    rules,
    conditions,
  };
}
