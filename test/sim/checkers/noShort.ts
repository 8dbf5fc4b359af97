import { OUR_ACCOUNT } from "../../../src/sim/index.ts";
import { type Checker, blind } from "./checker.ts";

/** [E] We never ask the venue for what we do not have: no order of ours lacks stock or cash. */
export function noShort(): Checker {
  const violations: string[] = [];
  return {
    ...blind,
    venue: (fact) => {
      if (fact.type !== "order.refused" || fact.account !== OUR_ACCOUNT) return;
      if (fact.refusal.reason !== "insufficientBalance") return;
      violations.push(`noShort: ${fact.orderId.slice(0, 10)} refused: ${fact.refusal.text}`);
    },
    verdict: () => violations,
  };
}
