import { OUR_ACCOUNT } from "../../../src/sim/index.ts";
import { DOLLAR_BP, notionalFloor } from "../../../src/types/index.ts";
import type { MarketRules, OrderTicket, RefusalReason } from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";

/** Refusals that legal orders may meet: the market has moved, or funds are short (see `noShort`). */
const NOT_OF_FORM: ReadonlySet<RefusalReason> = new Set([
  "insufficientBalance",
  "postOnlyCross",
  "unmatched",
  "marketClosed",
]);

/** [F] Every order is legal by the market's rules when it is sent, and the venue agrees. */
export function everyOrderLegal(): Checker {
  const violations: string[] = [];
  return {
    ...ignoreAll,
    transition: ({ state, effects }) => {
      for (const effect of effects) {
        if (effect.type !== "place") continue;
        for (const { orderId, ticket } of effect.legs) {
          const wrong = illegalities(ticket, state.market.rules);
          if (wrong.length > 0) {
            violations.push(`everyOrderLegal: ${orderId.slice(0, 10)} has ${wrong.join(", ")}`);
          }
        }
      }
    },
    venue: (fact) => {
      if (fact.type !== "order.refused" || fact.account !== OUR_ACCOUNT) return;
      if (NOT_OF_FORM.has(fact.refusal.reason)) return;
      violations.push(`everyOrderLegal: the venue refused ${fact.refusal.text}`);
    },
    verdict: () => violations,
  };
}

function illegalities(
  { price, size, orderType, postOnly, expiresAt }: OrderTicket,
  { tick, orderSizeMin, lot, notionalMin }: MarketRules,
): readonly string[] {
  const wrong: Readonly<Record<string, boolean>> = {
    "a price between two ticks": price % tick !== 0,
    "a price out of bounds": price < tick || price > DOLLAR_BP - tick,
    "a size below the minimum": size < orderSizeMin,
    "a broken lot": size % lot !== 0,
    "too small a value": notionalFloor(price, size) < notionalMin,
    "an expiry that is none of its type": (orderType === "GTD") !== (expiresAt !== null),
    "a post-only flag that is none of its type": postOnly === (orderType === "FAK"),
  };
  return Object.keys(wrong).filter((name) => wrong[name]);
}
