/** Answer or silence to exactly one receipt per leg. Nothing here retries or decides anything. */
import type {
  CancelAnswer,
  CancelEffect,
  LateAnswerEvent,
  NotSent,
  NotSentCause,
  PlaceAnswer,
  PlaceEffect,
  PlaceLeg,
  ReceiptEvent,
} from "../types/index.ts";

export type PlaceReceipt = Extract<
  ReceiptEvent,
  { type: "order.acked" | "order.rejected" | "order.unknown" | "order.notSent" }
>;

export function placeReceipts(effect: PlaceEffect, answer: PlaceAnswer): readonly PlaceReceipt[] {
  return effect.legs.map(({ orderId }, index): PlaceReceipt => {
    if (answer.type === "lost") {
      const { refusal } = answer;
      return { type: "order.unknown", orderId, cause: "lost", ...(refusal && { refusal }) };
    }
    if (answer.type === "notSent") return { type: "order.notSent", orderId, answer };
    const leg = answer.legs[index];
    // An answer that is shorter than the wave says nothing about the legs it leaves out.
    if (leg === undefined) return { type: "order.unknown", orderId, cause: "lost" };
    return leg.type === "acked"
      ? { type: "order.acked", orderId, venueId: leg.orderId }
      : { type: "order.rejected", orderId, refusal: leg.refusal };
  });
}

export const displacedReceipts = (
  effect: PlaceEffect,
  stage: "waiting" | "running" | "overdue",
): readonly PlaceReceipt[] =>
  effect.legs.map(({ orderId }) => {
    switch (stage) {
      case "waiting":
        return { type: "order.notSent", orderId, answer: notSent("displaced") };
      case "running":
        return { type: "order.unknown", orderId, cause: "stopped" };
      case "overdue":
        return { type: "order.unknown", orderId, cause: "deadline" };
    }
  });

/** Answers that come after their receipts: an answer is a fact, silence is none. */
export function lateAnswers(receipts: readonly PlaceReceipt[]): readonly LateAnswerEvent[] {
  return receipts.flatMap((receipt): readonly LateAnswerEvent[] => {
    const { orderId } = receipt;
    switch (receipt.type) {
      case "order.acked":
        return [lateAnswer(orderId, { type: "acked", orderId: receipt.venueId })];
      case "order.rejected":
        return [lateAnswer(orderId, { type: "rejected", refusal: receipt.refusal })];
      case "order.notSent":
        return [lateAnswer(orderId, receipt.answer)];
      case "order.unknown":
        return [];
    }
  });
}

export function cancelReceipts(
  effect: CancelEffect,
  answer: CancelAnswer,
): readonly ReceiptEvent[] {
  return effect.orderIds.map((orderId): ReceiptEvent => {
    // A request that was not carried out says nothing about its orders.
    if (answer.type !== "answered") {
      const refusal = answer.type === "notSent" ? undefined : answer.refusal;
      return { type: "cancel.unknown", orderId, ...(refusal && { refusal }) };
    }
    if (answer.cancelled.includes(orderId)) return { type: "cancel.acked", orderId };
    const refused = answer.refused.find((each) => each.orderId === orderId);
    return refused === undefined
      ? { type: "cancel.unknown", orderId }
      : { type: "cancel.refused", orderId, isGone: refused.refusal.reason === "gone" };
  });
}

export const notSent = (cause: NotSentCause, retryAfterMs: number | null = null): NotSent => ({
  type: "notSent",
  cause,
  retryAfterMs,
});

/** What a cancel-all would cost once the last leg of the wave rests. */
export const liveAfter = (legs: readonly PlaceLeg[]): number => legs.at(-1)?.liveAfter ?? 0;

const lateAnswer = (
  orderId: LateAnswerEvent["orderId"],
  answer: LateAnswerEvent["answer"],
): LateAnswerEvent => ({ type: "order.answeredLate", orderId, answer });
