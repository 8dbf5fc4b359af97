import { OUR_ACCOUNT } from "../../../src/sim/index.ts";
import { DOLLAR_BP } from "../../../src/types/index.ts";
import type { WorkingOrder } from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";
import { isBid, named, ourOrders } from "./ourOrders.ts";

/**
 * [L] No trade has us on both sides, and no order is decided or booked that could match a resting one of
 * ours. Post-only alone would prevent the trade, so the decision is checked too.
 */
export function noSelfTrade(): Checker {
  const orders = ourOrders();
  const violations: string[] = [];
  const compare = (order: Order, resting: readonly Order[]): void => {
    for (const other of resting) {
      if (isBid(other) === isBid(order)) continue;
      const [bid, ask] = isBid(order) ? [order, other] : [other, order];
      if (yesPrice(bid) < yesPrice(ask)) continue;
      violations.push(`noSelfTrade: ${named(order)} could match ${named(other)}`);
    }
  };
  return {
    ...ignoreAll,
    transition: ({ state, effects }) => {
      if (effects.length === 0) return;
      const legs = effects.flatMap((effect) => (effect.type === "place" ? effect.legs : []));
      for (const order of legs.flatMap(({ orderId }) => state.working[orderId] ?? [])) {
        compare(order, orders.live(state.market.id));
      }
    },
    venue: (fact) => {
      if (fact.type === "trade.changed" && fact.trade.status === "matched") {
        // Makers of one trade are all on the same side and do not trade with each other.
        const [taker, ...makers] = fact.trade.legs.map(({ account }) => account);
        if (taker === OUR_ACCOUNT && makers.includes(OUR_ACCOUNT)) {
          violations.push(`noSelfTrade: trade ${fact.trade.id.slice(0, 10)} is with ourselves`);
        }
      }
      const placed = orders.hear(fact);
      if (placed !== null) compare(placed, orders.live(placed.market));
    },
    verdict: () => violations,
  };
}

type Order = Pick<WorkingOrder, "id" | "side" | "token" | "price">;

const yesPrice = ({ token, price }: Order): number => (token === "YES" ? price : DOLLAR_BP - price);
