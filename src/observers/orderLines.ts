/** What the log says of our orders: on their way, answered, and what may rest in the end. */
import { type ExecutorState, isPossiblyLive, workingOrders } from "../executor/index.ts";
import type { Receipt } from "../gateway/index.ts";
import { type Facts, type OrderId, formatMicro, own } from "../types/index.ts";
import { formatPrice, shortId } from "./format.ts";
import { type LogLine, lineAt } from "./logLine.ts";
import { isKnownEmpty } from "./marketRecord.ts";

const { warn } = lineAt;

export function receiptLines(
  receipt: Receipt,
  state: ExecutorState | undefined,
  hidesDebug: boolean,
): readonly LogLine[] {
  if (hidesDebug && levelOf(receipt) === "debug") return [];
  const say = lineAt[levelOf(receipt)];
  const market = state?.market.slug;
  const orderOf = (orderId: OrderId): Facts => ({ market, ...orderFacts(orderId, state) });
  switch (receipt.type) {
    case "order.acked":
      return [say("order placed", orderOf(receipt.orderId))];
    case "order.rejected": {
      const { reason, text } = receipt.refusal;
      return [say("order rejected", { ...orderOf(receipt.orderId), reason, text })];
    }
    case "order.unknown": {
      const { cause } = receipt;
      return [say("order not answered, may rest", { ...orderOf(receipt.orderId), cause })];
    }
    case "order.notSent": {
      const { cause } = receipt.answer;
      return [say("order not sent", { ...orderOf(receipt.orderId), cause })];
    }
    case "order.answeredLate":
      return [say("order answered late", orderOf(receipt.orderId))];
    case "cancel.acked":
      return [say("order cancelled", orderOf(receipt.orderId))];
    case "cancel.refused":
      return [say("cancel refused", { ...orderOf(receipt.orderId), isGone: receipt.isGone })];
    case "cancel.unknown": {
      const { refusal } = receipt;
      const facts = { ...orderOf(receipt.orderId), ...(refusal && { text: refusal.text }) };
      return [say("cancel not answered", facts)];
    }
    case "cancelAll.answered":
      return [say("cancel-all answered", { market, answer: receipt.answer.type })];
    case "survey.answered":
      return [say("survey answered", { market })];
    case "survey.failed":
      return []; // counted by its market
  }
}

/** Most of what is answered is as it should be. */
function levelOf(receipt: Receipt): LogLine["level"] {
  switch (receipt.type) {
    case "order.rejected":
      return receipt.refusal.reason === "postOnlyCross" ? "debug" : "warn";
    case "order.unknown":
      // The stop that came in between cancels it with the others.
      return receipt.cause === "stopped" ? "debug" : "warn";
    case "order.notSent":
      return receipt.answer.cause === "unreachable" ? "warn" : "debug";
    default:
      return "debug";
  }
}

export function mayRestLines(state: ExecutorState): readonly LogLine[] {
  const market = state.market.slug;
  const unproven = warn("market ended without proof that no order rests", { market });
  return [
    ...(isKnownEmpty(state) ? [] : [unproven]),
    ...workingOrders(state)
      .filter(isPossiblyLive)
      // The whole id: it is what a person looks up at the venue.
      .map(({ id }) =>
        warn("order may rest at the venue", { market, ...orderFacts(id, state), orderId: id }),
      ),
  ];
}

/** The order as far as the log knows it; an order that is closed is only its id. */
export function orderFacts(id: OrderId, state: ExecutorState | undefined): Facts {
  const order = state && own(state.working, id);
  return {
    ...(order && {
      side: order.side,
      token: order.token,
      price: formatPrice(order.price),
      size: formatMicro(order.size),
    }),
    orderId: shortId(id),
  };
}
