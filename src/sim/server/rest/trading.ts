/** Orders, cancels, and the heartbeat that keeps orders alive (protocol 3.1 to 3.3, 3.7). */
import type { z } from "zod";
import {
  type CancelRefusalReason,
  orderId,
  type OrderId,
  type Refusal,
} from "../../../types/index.ts";
import {
  cancelMarketOrdersWire,
  cancelOrdersWire,
  cancelOrderWire,
  type cancelAnswerWire,
  heartbeatWire,
  type orderAnswerWire,
} from "../../../venue/polymarket/wire/index.ts";
import { hashed, liveOrders, type VenueFact } from "../../exchange/index.ts";
import {
  type Answer,
  failure,
  CANCELS_PER_REQUEST_MAX,
  ORDERS_PER_REQUEST_MAX,
} from "../state/index.ts";
import { type Outcome, ok, answerOnly, refused, type RequestContext } from "./request.ts";
import { BAD_PAYLOAD, type OrderIntake, orderIntake } from "./orderIntake.ts";
import { modeAt, POST_ONLY, postOnlyRefusal } from "../control/index.ts";
import { amountsOf, tradeName } from "./records.ts";
import { type Heartbeat, type Key, uuid } from "./registry.ts";

type OrderAnswer = z.infer<typeof orderAnswerWire>;

export function placeOne(body: unknown, key: Key, context: RequestContext): Outcome {
  const intake = orderIntake(body, key, context);
  if (intake.type === "refused")
    return intake.text === POST_ONLY
      ? answerOnly(context, postOnlyRefusal(modeAt(context.conditions.mode, context.now)))
      : refused(context, statusOf(intake.text), intake.text);
  return {
    registry: context.registry,
    operations: [intake.operation],
    answer: ([facts]) => {
      const leg = legAnswer(intake, facts);
      return leg.errorMsg === ""
        ? { status: 200, body: leg }
        : failure(statusOf(leg.errorMsg), leg.errorMsg);
    },
  };
}

/** Each leg succeeds or fails on its own; answers come in the order of the legs. */
export function placeMany(body: unknown, key: Key, context: RequestContext): Outcome {
  if (!Array.isArray(body) || body.length === 0) return refused(context, 400, BAD_PAYLOAD);
  if (body.length > ORDERS_PER_REQUEST_MAX)
    return refused(
      context,
      400,
      `Too many orders in payload: ${body.length}, max allowed: ${ORDERS_PER_REQUEST_MAX}`,
    );
  const intake = body.map((one: unknown) => orderIntake(one, key, context));
  const orders = intake.filter((one) => one.type === "order");
  return {
    registry: context.registry,
    operations: orders.map(({ operation }) => operation),
    answer: (facts) => ({
      status: 200,
      body: intake.map((one) =>
        legAnswer(one, one.type === "order" ? facts[orders.indexOf(one)] : undefined),
      ),
    }),
  };
}

export function cancelOne(body: unknown, key: Key, context: RequestContext): Outcome {
  const parsed = cancelOrderWire.safeParse(body).data;
  return parsed ? cancelOrders([parsed.orderID], key, context) : refused(context, 400, BAD_PAYLOAD);
}

export function cancelMany(body: unknown, key: Key, context: RequestContext): Outcome {
  const ids = cancelOrdersWire.safeParse(body).data;
  return ids && ids.length <= CANCELS_PER_REQUEST_MAX
    ? cancelOrders(ids, key, context)
    : refused(context, 400, BAD_PAYLOAD);
}

export const cancelAll = (key: Key, context: RequestContext): Outcome =>
  cancelOrders(
    liveIds(key, context, () => true),
    key,
    context,
  );

/** The orders of a market, of a token, or of a token in a market. */
export function cancelMarketOrders(body: unknown, key: Key, context: RequestContext): Outcome {
  const parsed = cancelMarketOrdersWire.safeParse(body).data;
  const { market, asset_id: asset } = parsed ?? {};
  if (market === undefined && asset === undefined) return refused(context, 400, BAD_PAYLOAD);
  const ids = liveIds(
    key,
    context,
    (one, token) => (market ?? one) === one && (asset ?? token) === token,
  );
  return cancelOrders(ids, key, context);
}

/** Answers the next id to send; a wrong id is refused with the id expected. */
export function heartbeat(body: unknown, { credentials }: Key, context: RequestContext): Outcome {
  const parsed = heartbeatWire.safeParse(body).data;
  // Old clients send null as the first id.
  const sentId = parsed ? parsed.heartbeat_id : isNullHeartbeat(body) ? "" : null;
  if (sentId === null) return refused(context, 400, "Invalid heartbeat payload");
  const { registry, now, rules } = context;
  const { apiKey } = credentials;
  const expected = registry.heartbeats.get(apiKey)?.next ?? null;
  if (expected !== null && sentId !== expected && sentId !== "")
    return wrongHeartbeat(context, expected);
  if (expected === null && sentId !== "") {
    const first = uuid(hashed(`${rules.seed} ${apiKey} beat ${now}`));
    // A refused heartbeat hands out an id, but does not count as one.
    const waiting = { next: first, beatAt: registry.heartbeats.get(apiKey)?.beatAt ?? null };
    return wrongHeartbeat({ ...context, registry: withHeartbeat(context, apiKey, waiting) }, first);
  }
  const next = uuid(hashed(`${rules.seed} ${apiKey} beat ${now} ${expected}`));
  const beaten = withHeartbeat(context, apiKey, { next, beatAt: now });
  return ok({ registry: beaten }, { heartbeat_id: next });
}

/** The route without ids: the registration is the same, and its chain of ids begins anew. */
export function plainHeartbeat({ credentials: { apiKey } }: Key, context: RequestContext): Outcome {
  const beaten = withHeartbeat(context, apiKey, { next: "", beatAt: context.now });
  return ok({ registry: beaten }, { status: "ok" });
}

function wrongHeartbeat(context: RequestContext, expected: string): Outcome {
  const body = { error_msg: "Invalid Heartbeat ID", heartbeat_id: expected };
  return answerOnly(context, { status: 400, body });
}

const withHeartbeat = ({ registry }: RequestContext, apiKey: string, beat: Heartbeat) => ({
  ...registry,
  heartbeats: new Map(registry.heartbeats).set(apiKey, beat),
});

const isNullHeartbeat = (body: unknown): boolean =>
  typeof body === "object" && body !== null && "heartbeat_id" in body && body.heartbeat_id === null;

function legAnswer(intake: OrderIntake, facts: readonly VenueFact[] = []): OrderAnswer {
  if (intake.type === "refused") return rejection(intake.text);
  const { id } = intake.operation.origin;
  const refusal = facts.find((fact) => fact.type === "order.refused")?.refusal;
  if (refusal) return rejection(refusal.text);
  const trades = facts
    .filter((fact) => fact.type === "trade.changed")
    .map(({ trade }) => trade)
    .filter(({ legs }) => legs[0]?.fill.orderId === id);
  const [makingAmount, takingAmount] = amountsOf(trades);
  return {
    success: true,
    errorMsg: "",
    orderID: id,
    status: trades.length === 0 ? "live" : "matched",
    makingAmount,
    takingAmount,
    transactionsHashes: [],
    tradeIDs: trades.map((trade) => tradeName(trade.id)),
  };
}

const rejection = (errorMsg: string): OrderAnswer => ({
  success: false,
  errorMsg,
  orderID: "",
  status: "",
  makingAmount: "",
  takingAmount: "",
  transactionsHashes: [],
  tradeIDs: [],
});

function cancelOrders(
  ids: readonly string[],
  { account }: Key,
  { registry }: RequestContext,
): Outcome {
  const unique = [...new Set(ids)].map(orderId);
  const isDelayed = (id: OrderId): boolean => registry.delayedOrders.get(id)?.account === account;
  return {
    registry,
    operations: [
      { command: { type: "cancel", account, ids: unique.filter((id) => !isDelayed(id)) } },
    ],
    answer: ([facts = []]) => cancelAnswer(facts, unique.filter(isDelayed)),
  };
}

/** The venue's text is undocumented, but is known to contain "delayed". */
const STILL_DELAYED = "the order is delayed and can't be canceled yet";

function cancelAnswer(facts: readonly VenueFact[], delayed: readonly OrderId[]): Answer {
  const refusals: readonly { orderId: OrderId; refusal: Refusal<CancelRefusalReason> }[] =
    facts.filter((fact) => fact.type === "cancel.refused");
  const body: z.infer<typeof cancelAnswerWire> = {
    canceled: facts.filter((fact) => fact.type === "order.changed").map(({ order }) => order.id),
    not_canceled: Object.fromEntries([
      ...refusals.map((one) => [one.orderId, one.refusal.text] as const),
      ...delayed.map((id) => [id, STILL_DELAYED] as const),
    ]),
  };
  return { status: 200, body };
}

/** Ids of resting orders, and of orders that wait for the taker's delay. */
const liveIds = (
  { account }: Key,
  { exchange, registry }: RequestContext,
  isNamed: (market: string, token: string) => boolean,
): readonly OrderId[] => [
  ...[...exchange.markets.values()].flatMap((known) =>
    liveOrders(known, account)
      .filter(({ token }) => isNamed(known.market.id, known.market.tokenIds[token]))
      .map(({ id }) => id),
  ),
  ...[...registry.delayedOrders]
    .filter(([, one]) => one.account === account && isNamed(one.market, one.tokenId))
    .map(([id]) => id),
];

/** By the refusal's text, as at the venue: a missing book is 404, anything else 400. */
const statusOf = (text: string): number => (text.startsWith("No orderbook exists") ? 404 : 400);
