/**
 * A decision to new state and effects. Stock, cash and slots are reserved in the step that decides,
 * so there is no moment in which the same share could be spent twice.
 */
import {
  type Effect,
  type OrderId,
  type OrderTicket,
  type PlaceLeg,
  type PlannedOrder,
  type WorkingOrder,
  NO_SHARES,
  after,
  epochMs,
  own,
} from "../types/index.ts";
import type { Decision, Wave } from "./decide.ts";
import { type Identity, requestIdOf, saltOf } from "./identity.ts";
import { GTD_MARGIN_MS, isPossiblyLive } from "./orderTable.ts";
import type { PriceMark } from "./reconciler.ts";
import { ordersOf } from "./remembered.ts";
import { tradesFrom } from "./resync.ts";
import { type ExecutorConfig, type ExecutorState, SURVEY_MIN_GAP_MS } from "./state.ts";
import { beginCancelAll, cancelAllIdOf } from "./stop.ts";
import { findOrder, signalOrder, withOrder } from "./workingOrders.ts";

/** The venue is asked to read its balances anew at most this often. */
const REFRESH_GAP_MS = 5_000;

/** One request may not cost more than its rate-limit bucket can hold. */
const CANCEL_IDS_MAX = 50;

export interface Committed {
  readonly state: ExecutorState;
  readonly effects: readonly Effect[];
}

export function commit(
  known: ExecutorState,
  decision: Decision,
  config: ExecutorConfig,
  identity: Identity,
): Committed {
  let state: ExecutorState = { ...known, why: decision.why };
  const effects: Effect[] = [];
  const take = (step: (before: ExecutorState) => Committed): void => {
    const next = step(state);
    state = next.state;
    effects.push(...next.effects);
  };
  if (decision.cancelAll) take(commitCancelAll);
  if (decision.marks.length > 0) state = withMarks(state, decision.marks);
  if (decision.cancels.length > 0) take(commitCancels(decision.cancels));
  for (const wave of decision.waves) take(commitWave(wave, config, identity));
  if (decision.survey !== null) take(commitSurvey(decision.survey));
  if (decision.alert !== null) take(commitAlert(decision.alert));
  return { state, effects };
}

function commitCancelAll(state: ExecutorState): Committed {
  const resting = ordersOf(state).filter(({ phase }) => phase === "resting");
  const cancelling = resting.reduce((acc, { id }) => signalOrder(acc, id, "cancelSent"), state);
  const stopping = beginCancelAll(cancelling);
  const { market, epoch } = stopping;
  return {
    state: stopping,
    effects: [{ type: "cancelAll", market: market.id, requestId: cancelAllIdOf(stopping), epoch }],
  };
}

const withMarks = (before: ExecutorState, marks: readonly PriceMark[]): ExecutorState =>
  marks.reduce((state, { id, offPrice }) => {
    const order = own(state.working, id);
    return order === undefined ? state : withOrder(state, { ...order, offPrice });
  }, before);

const commitCancels =
  (orderIds: readonly OrderId[]) =>
  (state: ExecutorState): Committed => ({
    state: orderIds.reduce((acc, id) => signalOrder(acc, id, "cancelSent"), state),
    effects: Array.from({ length: Math.ceil(orderIds.length / CANCEL_IDS_MAX) }, (_, index) => ({
      type: "cancel",
      market: state.market.id,
      orderIds: orderIds
        .slice(index * CANCEL_IDS_MAX, (index + 1) * CANCEL_IDS_MAX)
        .map(venueIdIn(state)),
    })),
  });

/** The id by which the venue knows the order. */
const venueIdIn =
  (state: ExecutorState) =>
  (id: OrderId): OrderId =>
    findOrder(state, id)?.venueId ?? id;

const commitWave =
  ({ slot, orders }: Wave, config: ExecutorConfig, identity: Identity) =>
  (state: ExecutorState): Committed => {
    const live = ordersOf(state).filter(isPossiblyLive).length;
    const legs = orders.map((order, index): PlaceLeg => {
      const ticket = ticketOf(state, order, live + index, config, identity);
      return {
        orderId: identity.orderId(ticket),
        ticket,
        epoch: state.epoch,
        liveAfter: live + index + 1,
      };
    });
    const placed = orders.reduce((acc, order, index) => {
      const leg = legs[index];
      return leg ? withOrder(acc, placing(acc, order, leg)) : acc;
    }, state);
    return {
      state: { ...placed, mayRestAtVenue: true },
      effects: [{ type: "place", market: state.market.id, slot, legs }],
    };
  };

function ticketOf(
  state: ExecutorState,
  order: PlannedOrder,
  leg: number,
  { orderLifeMs }: ExecutorConfig,
  { nonce }: Identity,
): OrderTicket {
  const { market, step, now } = state;
  const isClosing = order.kind === "closeSell";
  // The venue takes whole seconds.
  const expiresAt =
    orderLifeMs === null || isClosing
      ? null
      : epochMs(Math.ceil((now.epochMs + GTD_MARGIN_MS + orderLifeMs) / 1000) * 1000);
  return {
    market: market.id,
    tokenId: market.tokenIds[order.token],
    side: order.side,
    price: order.price,
    size: order.size,
    salt: saltOf(nonce, market.id, step, leg),
    createdAt: epochMs(Math.floor(now.epochMs)),
    expiresAt,
    orderType: isClosing ? "FAK" : expiresAt === null ? "GTC" : "GTD",
    postOnly: !isClosing,
  };
}

/** The order on its way to the venue. */
export const placing = (
  state: ExecutorState,
  order: PlannedOrder,
  leg: PlaceLeg,
): WorkingOrder => ({
  // By name: the copy of an order with ten fields more is several times slower.
  slot: order.slot,
  kind: order.kind,
  token: order.token,
  side: order.side,
  price: order.price,
  size: order.size,
  id: leg.orderId,
  venueId: null,
  phase: "placing",
  phaseSince: state.now.monotonicMs,
  placedAt: state.now.monotonicMs,
  expiresAt: leg.ticket.expiresAt,
  matched: NO_SHARES,
  venueCount: null,
  finalMatched: null,
  closedByAbsence: false,
  cancelFailures: 0,
  cancelRetryAt: null,
  answerableUntil: null,
  seenAt: null,
  absentSince: null,
  offPrice: null,
});

const commitSurvey =
  (orderIds: readonly OrderId[]) =>
  (state: ExecutorState): Committed => {
    const { market, step, now } = state;
    const requestId = requestIdOf(market.id, step, "survey");
    const { balanceRefusedAt, refreshedAt } = state.survey;
    const isRefreshed =
      balanceRefusedAt !== null &&
      (refreshedAt === null || now.monotonicMs >= after(refreshedAt, REFRESH_GAP_MS));
    const since = tradesFrom(state);
    return {
      state: {
        ...state,
        survey: {
          ...state.survey,
          pending: { requestId, beganAt: now.monotonicMs, beganAtEpochMs: now.epochMs },
          tradesFrom: since,
          notBefore: after(now.monotonicMs, SURVEY_MIN_GAP_MS),
          refreshedAt: isRefreshed ? now.monotonicMs : refreshedAt,
        },
      },
      effects: [
        {
          type: "survey",
          market: market.id,
          requestId,
          orderIds: orderIds.map(venueIdIn(state)),
          tradesSince: since,
          ...(isRefreshed && { isRefreshed }),
        },
      ],
    };
  };

const commitAlert =
  (text: string) =>
  (state: ExecutorState): Committed => ({
    state: { ...state, anomalies: { ...state.anomalies, told: state.anomalies.count } },
    effects: [{ type: "alert", market: state.market.id, text, facts: { step: state.step } }],
  });
