import { isHalted } from "../../../src/executor/stop.ts";
import { OUR_ACCOUNT } from "../../../src/sim/index.ts";
import type { MarketId } from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";

/** [C] Between the proof of a stop and its end the venue accepts no order of ours. */
export function stopIsQuiet(): Checker {
  const halted = new Set<MarketId>();
  const violations: string[] = [];
  return {
    ...ignoreAll,
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
    // Requests of the crashed process may still be booked; only the next process proves a stop anew.
    crashed: () => {
      halted.clear();
    },
    verdict: () => violations,
  };
}
