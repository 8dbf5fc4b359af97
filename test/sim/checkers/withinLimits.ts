import { OUR_ACCOUNT } from "../../../src/sim/index.ts";
import {
  type MarketId,
  type OrderId,
  type TradeId,
  type TradeStatus,
  microShares,
  notionalCeil,
} from "../../../src/types/index.ts";
import { cashFlow } from "../../../src/sim/exchange/accounts.ts";
import { type Checker, ignoreAll } from "./checker.ts";
import { named, ourOrders } from "./ourOrders.ts";

/**
 * [M] No BUY is booked that could take its market past what the account allowed it when the order was decided: what it
 * has spent, less what mined sales have brought, and all that its live BUYs can take. By the venue's own fills.
 */
export function withinLimits(): Checker {
  const orders = ourOrders();
  const allowed = new Map<OrderId, number>();
  const spent = new Map<MarketId, Map<TradeId, number>>();
  const violations: string[] = [];
  return {
    ...ignoreAll,
    transition: ({ state, effects }) => {
      for (const effect of effects) {
        if (effect.type !== "place") continue;
        for (const { orderId } of effect.legs) allowed.set(orderId, state.limits.cash);
      }
    },
    venue: (fact) => {
      if (fact.type === "trade.changed") {
        const { id, market, status, legs } = fact.trade;
        const out = legs
          .filter(({ account }) => account === OUR_ACCOUNT)
          .filter(({ fill }) => (fill.side === "BUY" ? status !== "failed" : isThere(status)))
          .reduce((sum, { fill }) => sum - cashFlow(fill), 0);
        const known = spent.get(market) ?? new Map<TradeId, number>();
        spent.set(market, known.set(id, out));
      }
      const placed = orders.hear(fact);
      if (placed === null || placed.side === "SELL") return;
      const { id, market } = placed;
      const live = orders
        .live(market)
        .filter(({ side }) => side === "BUY")
        .reduce(
          (sum, { price, size, matched }) => sum + notionalCeil(price, microShares(size - matched)),
          0,
        );
      const used = [...(spent.get(market)?.values() ?? [])].reduce((sum, out) => sum + out, live);
      const most = allowed.get(id);
      if (most !== undefined && used <= most) return;
      violations.push(`withinLimits: ${named(placed)} may bring ${used} of ${most ?? "none"}`);
    },
    verdict: () => violations,
  };
}

const isThere = (status: TradeStatus): boolean => status === "mined" || status === "confirmed";
