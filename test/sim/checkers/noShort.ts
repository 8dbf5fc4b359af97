import { OUR_ACCOUNT } from "../../../src/sim/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";

/** [E] The venue never refuses an order of ours for lack of stock or cash. */
export function noShort(): Checker {
  const violations: string[] = [];
  return {
    ...ignoreAll,
    venue: (fact) => {
      if (fact.type !== "order.refused" || fact.account !== OUR_ACCOUNT) return;
      if (fact.refusal.reason !== "insufficientBalance") return;
      violations.push(`noShort: ${fact.orderId.slice(0, 10)} refused: ${fact.refusal.text}`);
    },
    verdict: () => violations,
  };
}
