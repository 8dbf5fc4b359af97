/** What the log says of our orders: on their way, answered, and what may rest in the end. */
import { type ExecutorState, isPossiblyLive, workingOrders } from "../executor/index.ts";
import type { Receipt } from "../gateway/index.ts";
import { type Facts, type OrderId, formatMicro, own } from "../types/index.ts";
import { formatPrice, shortId } from "./format.ts";
import { type LogLine, lineAt } from "./logLine.ts";
import { isKnownEmpty } from "./marketRecord.ts";

const { debug, warn } = lineAt;

export function receiptLines(
  receipt: Receipt,
  state: ExecutorState | undefined,
): readonly LogLine[] {
  const market = state?.market.slug;
  const orderOf = (orderId: OrderId): Facts => ({ market, ...orderFacts(orderId, state) });
  switch (receipt.type) {
    case "order.acked":
      return [debug("order placed", orderOf(receipt.orderId))];
    case "order.rejected": {
      const { reason, text } = receipt.refusal;
      const level = reason === "postOnlyCross" ? debug : warn;
      return [level("order rejected", { ...orderOf(receipt.orderId), reason, text })];
    }
    case "order.unknown": {
      const { cause } = receipt;
      // The stop that came in between cancels it with the others.
      const level = cause === "stopped" ? debug : warn;
      return [level("order not answered, may rest", { ...orderOf(receipt.orderId), cause })];
    }
    case "order.notSent": {
      const { cause } = receipt.answer;
      const level = cause === "unreachable" ? warn : debug;
      return [level("order not sent", { ...orderOf(receipt.orderId), cause })];
    }
    case "order.answeredLate":
      return [debug("order answered late", orderOf(receipt.orderId))];
    case "cancel.acked":
      return [debug("order cancelled", orderOf(receipt.orderId))];
    case "cancel.refused":
      return [debug("cancel refused", { ...orderOf(receipt.orderId), isGone: receipt.isGone })];
    case "cancel.unknown": {
      const { refusal } = receipt;
      const facts = { ...orderOf(receipt.orderId), ...(refusal && { text: refusal.text }) };
      return [debug("cancel not answered", facts)];
    }
    case "cancelAll.answered":
      return [debug("cancel-all answered", { market, answer: receipt.answer.type })];
    case "survey.answered":
      return [debug("survey answered", { market })];
    case "survey.failed":
      return []; // counted by its market
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
