/** Whether a history has what a restart reads of it: each line is JSON, but of what shape? */
import type { ExecutorState, History } from "../executor/index.ts";
import { isRecord } from "../types/index.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Where its shape is wrong; null where it can be taken over. */
export function oddPart(state: unknown, steps: History["steps"]): string | null {
  if (!isState(state)) return "the header's state";
  const odd = steps.find(
    ({ stamped, effects }) => !isEvent(fieldsOf(stamped.event)) || !effects.every(isEffect),
  );
  return odd === undefined ? null : `step ${odd.stamped.seq}`;
}

/** These have kept their names since schema 1. */
export function isState(value: unknown): value is ExecutorState {
  const { working, closed, tradesSince } = fieldsOf(value);
  return (
    isRecord(working) &&
    Object.values(working).every(isOrder) &&
    areAll(closed, isOrder) &&
    Number.isFinite(tradesSince)
  );
}

function isOrder(value: unknown): boolean {
  const { id, venueId, phase, finalMatched, expiresAt, slot, kind, token } = fieldsOf(value);
  return (
    [id, phase, slot, kind, token].every(isText) &&
    (venueId === null || isText(venueId)) &&
    [finalMatched, expiresAt].every((each) => each === null || Number.isFinite(each)) &&
    isPriced(value)
  );
}

function isPriced(value: unknown): boolean {
  const { side, price, size } = fieldsOf(value);
  return (side === "BUY" || side === "SELL") && Number.isFinite(price) && Number.isFinite(size);
}

function isEvent(event: Fields): boolean {
  const { orderId } = event;
  switch (event["type"]) {
    case "order.rejected":
      return isText(orderId) && isText(fieldsOf(event["refusal"])["reason"]);
    case "order.notSent":
    case "cancel.acked":
      return isText(orderId);
    case "order.acked":
      return isText(orderId) && isText(event["venueId"]);
    case "order.reported":
      return isReport(event["report"]);
    case "survey.answered":
      return areAll(fieldsOf(event["survey"])["byId"], isReport);
    case "cancelAll.answered": {
      const { type, cancelled } = fieldsOf(event["answer"]);
      return isText(type) && (type !== "answered" || areAll(cancelled, isText));
    }
    default:
      return true; // a restart reads nothing of it
  }
}

function isReport(value: unknown): boolean {
  const { orderId, status, sizeMatched } = fieldsOf(value);
  return isText(orderId) && isText(status) && Number.isFinite(sizeMatched);
}

function isEffect(effect: unknown): boolean {
  const { type, slot, legs } = fieldsOf(effect);
  return type !== "place" || (isText(slot) && areAll(legs, isLeg));
}

function isLeg(value: unknown): boolean {
  const { orderId, ticket } = fieldsOf(value);
  const { tokenId, orderType, expiresAt } = fieldsOf(ticket);
  return (
    [orderId, tokenId, orderType].every(isText) &&
    (expiresAt === null || Number.isFinite(expiresAt)) &&
    isPriced(ticket)
  );
}

const fieldsOf = (value: unknown): Fields => (isRecord(value) ? value : {});
const isText = (value: unknown): boolean => typeof value === "string";
const areAll = (values: unknown, isOne: (value: unknown) => boolean): boolean =>
  Array.isArray(values) && values.every(isOne);
