import { OUR_ACCOUNT } from "../../../src/sim/index.ts";
import type { TradeId } from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";
import { newEntries } from "./newEntries.ts";

/**
 * [E] The venue never refuses an order of ours for lack of stock or cash, unless a trade that was mined
 * has failed and we had not been told when the order was decided.
 */
export function noShort(): Checker {
  const mined = new Set<TradeId>();
  const reversed = new Set<TradeId>();
  const told = new Set<TradeId>();
  const violations: string[] = [];
  const entries = newEntries();
  return {
    ...ignoreAll,
    transition: ({ state, effects }) => {
      if (!effects.some(({ type }) => type === "place")) return;
      for (const { tradeId, status } of entries(state)) {
        if (status === "failed") told.add(tradeId);
      }
    },
    venue: (fact) => {
      if (fact.type === "trade.changed") {
        const { id, status } = fact.trade;
        if (status === "mined") mined.add(id);
        if (status === "failed" && mined.has(id)) reversed.add(id);
      }
      if (fact.type !== "order.refused" || fact.account !== OUR_ACCOUNT) return;
      if (fact.refusal.reason !== "insufficientBalance") return;
      if ([...reversed].some((id) => !told.has(id))) return;
      violations.push(`noShort: ${fact.orderId.slice(0, 10)} refused: ${fact.refusal.text}`);
    },
    verdict: () => violations,
  };
}
