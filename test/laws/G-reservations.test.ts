/**
 * G. Reservations are released by proof, and derived: what an order may still take from us is held
 * until a refusal, the venue's word that it is over, or a proof of absence. A cancel that was sent,
 * or acknowledged, or lost, frees nothing by itself.
 *
 * Break that turns this red: `orderTable.ts`, in `withFinalMatched`, add `case "endAcked":` to those
 * that set `finalMatched` to what has matched; or let `heldSize` of a cancelling order be nothing.
 */
import { describe, it } from "vitest";
import { exposureOf, freeCash, freeStock } from "../../src/executor/admission.ts";
import { DUST, heldSize } from "../../src/executor/orderTable.ts";
import { type ExecutorState, workingOrders } from "../../src/executor/index.ts";
import {
  type Event,
  type OrderId,
  TOKENS,
  type WorkingOrder,
  notionalCeil,
} from "../../src/types/index.ts";
import { RUNS } from "../support/builders.ts";
import { holds } from "./adversary.ts";

const find = (state: ExecutorState, id: OrderId): WorkingOrder | undefined =>
  state.working[id] ?? state.closed.find((order) => order.id === id);

/** Is this a fact by which an order can be over, and its account known? */
function isProof({ type }: Event): boolean {
  return (
    type === "order.rejected" ||
    type === "order.notSent" ||
    type === "order.answeredLate" ||
    type === "order.reported" ||
    type === "survey.answered"
  );
}

describe("[G] reservations", () => {
  it("only a fill, or a proof, makes an order hold less", () => {
    holds(RUNS, () => ({ before, after, input: { event } }) => {
      for (const order of workingOrders(before)) {
        const now = find(after, order.id);
        if (!now) return `${order.id} is forgotten`;
        const freed = heldSize(order) - heldSize(now) - (now.matched - order.matched);
        // What is left after dust is nothing; the venue's sums differ by as much.
        if (freed > DUST && !isProof(event)) return `${freed} of ${order.id} freed`;
      }
    });
  });

  it("what is free is what is there, less what orders that may live still ask (acceptance 7)", () => {
    holds(RUNS / 5, () => ({ after: { inventory, working } }) => {
      const exposures = Object.values(working).map(exposureOf);
      for (const token of TOKENS) {
        const { settled, pendingOut } = inventory[token];
        const reserved = Object.values(working)
          .filter((order) => order.token === token && order.side === "SELL")
          .reduce((sum, order) => sum + heldSize(order), 0);
        const free = settled - pendingOut - reserved;
        if (freeStock(inventory, token, exposures) !== free) return `${token} is counted otherwise`;
        if (reserved > 0 && free < 0) return `${token}: ${reserved} reserved, ${-free} too much`;
      }
      return freeCash(inventory, exposures) < 0 ? "cash is promised twice" : null;
    });
  });

  it("all BUYs at the venue, or on their way there, could be paid at once", () => {
    holds(RUNS / 5, () => ({ truth }) => {
      const owed = truth
        .possiblyLive()
        .filter(({ side }) => side === "BUY")
        .reduce((sum, { price, remaining }) => sum + notionalCeil(price, remaining), 0);
      return owed > 0 && owed > truth.cash() ? `${owed} owed, of ${truth.cash()}` : null;
    });
  });
});
