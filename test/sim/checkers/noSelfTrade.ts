import { OUR_ACCOUNT } from "../../../src/sim/index.ts";
import { DOLLAR_BP } from "../../../src/types/index.ts";
import { type Checker, blind } from "./checker.ts";
import { isBid, named, ourOrders } from "./ourOrders.ts";

/** [L] No trade has us on both sides, and no order of ours is booked that could match another. */
export function noSelfTrade(): Checker {
  const orders = ourOrders();
  const violations: string[] = [];
  return {
    ...blind,
    venue: (fact) => {
      if (fact.type === "trade.changed" && fact.trade.status === "matched") {
        // Makers of one trade all stand on the same side: two of them do not trade with each other.
        const [taker, ...makers] = fact.trade.legs.map(({ account }) => account);
        if (taker === OUR_ACCOUNT && makers.includes(OUR_ACCOUNT)) {
          violations.push(`noSelfTrade: trade ${fact.trade.id.slice(0, 10)} is with ourselves`);
        }
      }
      const placed = orders.hear(fact);
      if (placed === null) return;
      for (const other of orders.live(placed.market)) {
        if (isBid(other) === isBid(placed)) continue;
        const [bid, ask] = isBid(placed) ? [placed, other] : [other, placed];
        if (yesPrice(bid) < yesPrice(ask)) continue;
        violations.push(`noSelfTrade: ${named(placed)} could match ${named(other)}`);
      }
    },
    verdict: () => violations,
  };
}

const yesPrice = ({ token, price }: { readonly token: string; readonly price: number }): number =>
  token === "YES" ? price : DOLLAR_BP - price;
