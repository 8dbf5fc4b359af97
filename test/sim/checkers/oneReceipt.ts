import type { OrderId } from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";

const RECEIPTS = new Set(["order.acked", "order.rejected", "order.unknown", "order.notSent"]);

/** [C] Exactly one receipt per leg, always. */
export function oneReceipt(): Checker {
  const receipts = new Map<OrderId, number>();
  return {
    ...ignoreAll,
    transition: ({ effects }) => {
      for (const effect of effects) {
        if (effect.type !== "place") continue;
        // A receipt may come before its step: the two streams of copies keep no order between them.
        for (const { orderId } of effect.legs) receipts.set(orderId, receipts.get(orderId) ?? 0);
      }
    },
    receipt: (receipt) => {
      if (!("orderId" in receipt) || !RECEIPTS.has(receipt.type)) return;
      receipts.set(receipt.orderId, (receipts.get(receipt.orderId) ?? 0) + 1);
    },
    crashed: () => {
      for (const [id, count] of receipts) if (count === 0) receipts.delete(id);
    },
    verdict: () =>
      [...receipts]
        .filter(([, count]) => count !== 1)
        .map(([id, count]) => `oneReceipt: ${id.slice(0, 10)} has ${count} receipts`),
  };
}
