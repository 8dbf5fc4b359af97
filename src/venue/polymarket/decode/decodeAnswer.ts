/** Answers to orders and cancels. */
import {
  type CancelAnswer,
  type LegAnswer,
  type Lost,
  type PlaceAnswer,
  type Refusal,
  type RefusalReason,
  orderId,
} from "../../../types/index.ts";
import { type Decoded, type Reply, decodeWarning, parsed, sampleOf } from "./frame.ts";
import { isSuccess, lost, lostReply, refusalOf } from "./decodeFailure.ts";
import { cancelRefusalReason, isInDoubt, refusalReason } from "./errors.ts";
import { cancelAnswerWire, failureWire, orderAnswerWire } from "../wire/index.ts";

/** `inDoubt`: the leg may have been accepted or refused. `garbled`: the answer does not say. */
type LegReading = LegAnswer | "inDoubt" | "garbled";

/** Statuses of an accepted order. [protocol 3.2] */
const ACCEPTED: ReadonlySet<string> = new Set(["live", "matched", "delayed", "unmatched"]);

/**
 * One answer per leg, in the order of the legs. The list ends before the first leg that is in
 * doubt: legs without an answer are looked up.
 */
export function decodePlaceAnswer(
  reply: Reply,
  legCount: number,
): Decoded<Exclude<PlaceAnswer, { type: "notSent" }>> {
  if (!isSuccess(reply)) {
    const refusal = refusalOf(reply);
    if (refusal === null) return { answer: lostReply(reply), warnings: [] };
    const legs = Array.from({ length: legCount }, () => ({ type: "rejected", refusal }) as const);
    return { answer: { type: "answered", legs }, warnings: [] };
  }
  const json = parsed(reply.text);
  const readings = (Array.isArray(json) ? json : [json]).map(legReading);
  const firstOpen = readings.findIndex((leg) => typeof leg === "string");
  const legs = readings
    .slice(0, firstOpen < 0 ? legCount : Math.min(firstOpen, legCount))
    .filter((leg) => typeof leg !== "string");
  const isGarbled = readings.includes("garbled") || readings.length > legCount;
  return {
    answer: legs.length === 0 ? lost("no leg was answered") : { type: "answered", legs },
    warnings: isGarbled ? [decodeWarning("garbled", reply.text)] : [],
  };
}

/** `success` alone proves nothing: the venue also sets it for refused legs of a batch. */
function legReading(json: unknown): LegReading {
  const wire = orderAnswerWire.safeParse(json).data;
  if (!wire) return failedLeg(json);
  const { success, errorMsg, orderID, status } = wire;
  if (success && errorMsg === "" && orderID !== "" && ACCEPTED.has(status.toLowerCase())) {
    return { type: "acked", orderId: orderId(orderID) };
  }
  if (isInDoubt(null, errorMsg)) return "inDoubt";
  // An error text without an order id, or `success` false: the order was not accepted.
  if (!success || (errorMsg !== "" && orderID === "")) return rejected(errorMsg);
  return "inDoubt";
}

/** A leg refused in the format of a whole request, as in post-only mode. */
function failedLeg(json: unknown): LegReading {
  const body = failureWire.safeParse(json).data;
  const text = body?.error ?? "";
  if (text === "") return "garbled";
  return isInDoubt(null, text) ? "inDoubt" : rejected(text);
}

const rejected = (text: string): LegAnswer => ({
  type: "rejected",
  refusal: { reason: refusalReason(null, text), text: sampleOf(text), retryAfterMs: null },
});

/** Every kind of cancel has the same format of answer. */
export function decodeCancelAnswer(
  reply: Reply,
): Decoded<Exclude<CancelAnswer, { type: "notSent" }>> {
  if (!isSuccess(reply)) return { answer: refusedOrLost(reply), warnings: [] };
  const wire = cancelAnswerWire.safeParse(parsed(reply.text)).data;
  if (!wire || (wire.canceled == null && wire.not_canceled == null)) {
    return { answer: lostReply(reply), warnings: [decodeWarning("garbled", reply.text)] };
  }
  return {
    answer: {
      type: "answered",
      cancelled: (wire.canceled ?? []).filter((id) => id !== "").map(orderId),
      refused: Object.entries(wire.not_canceled ?? {}).map(([id, text]) => ({
        orderId: orderId(id),
        refusal: { reason: cancelRefusalReason(text), text: sampleOf(text), retryAfterMs: null },
      })),
    },
    warnings: [],
  };
}

function refusedOrLost(
  reply: Reply,
): Lost | { readonly type: "refused"; readonly refusal: Refusal<RefusalReason> } {
  const refusal = refusalOf(reply);
  return refusal === null ? lostReply(reply) : { type: "refused", refusal };
}
