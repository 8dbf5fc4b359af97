import { isHalted } from "../../../src/executor/stop.ts";
import { OUR_ACCOUNT } from "../../../src/sim/index.ts";
import type { MarketId } from "../../../src/types/index.ts";
import { type Checker, blind } from "./checker.ts";

/** [C] Once a stop is confirmed the venue accepts nothing of ours until it is over. */
export function stopIsQuiet(): Checker {
  const halted = new Set<MarketId>();
  const violations: string[] = [];
  return {
    ...blind,
    transition: ({ state }) => {
      if (isHalted(state)) halted.add(state.market.id);
      else halted.delete(state.market.id);
    },
    venue: (fact) => {
      if (fact.type !== "order.changed" || fact.cause !== "placed") return;
      const { order } = fact;
      if (order.account !== OUR_ACCOUNT || !halted.has(order.market)) return;
      violations.push(`stopIsQuiet: ${order.id.slice(0, 10)} was accepted after a confirmed stop`);
    },
    // What it had sent may still be booked; only its successor can confirm a stop again.
    died: () => {
      halted.clear();
    },
    verdict: () => violations,
  };
}
