import { OUR_ACCOUNT } from "../../../src/sim/index.ts";
import type { OrderId } from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";

/** The venue's smallest tier. [protocol 5.2] */
const PER_SECOND = 80;
const BURST = 120;

/** [C] When an order leaves, the cancel tokens left suffice to cancel every order of ours. */
export function cancelReserve(): Checker {
  const live = new Set<OrderId>();
  let left = BURST;
  let countedAt = 0;
  const violations: string[] = [];
  const spend = (tokens: number, atMs: number): void => {
    left = Math.min(BURST, left + ((atMs - countedAt) * PER_SECOND) / 1_000) - tokens;
    countedAt = atMs;
  };
  return {
    ...ignoreAll,
    transition: ({ input, effects }) => {
      const { at, event } = input;
      if (event.type === "cancelAll.answered" && event.answer.type === "answered") {
        spend(1 + event.answer.cancelled.length, at.monotonicMs);
      }
      for (const effect of effects) {
        if (effect.type === "cancel") spend(effect.orderIds.length, at.monotonicMs);
      }
    },
    venue: (fact) => {
      if (fact.type !== "order.changed" || fact.order.account !== OUR_ACCOUNT) return;
      if (fact.order.status === "live") live.add(fact.order.id);
      else live.delete(fact.order.id);
    },
    leaves: (legs, atMs) => {
      spend(0, atMs);
      const needed = 1 + new Set([...live, ...legs.map(({ orderId }) => orderId)]).size;
      if (left >= needed) return;
      violations.push(`cancelReserve: ${Math.floor(left)} left where ${needed} may be needed`);
    },
    verdict: () => violations,
  };
}
