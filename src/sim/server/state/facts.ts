/** Which market a fact is about, and which facts are new trades. */
import type { MarketId } from "../../../types/index.ts";
import type { Trade, VenueFact } from "../../exchange/index.ts";

/** Null for facts that are about no single market. */
export function marketOf(fact: VenueFact): MarketId | null {
  switch (fact.type) {
    case "market.opened":
      return fact.market.id;
    case "market.tickChanged":
    case "market.resolved":
    case "book.changed":
      return fact.market;
    case "order.changed":
      return fact.order.market;
    case "trade.changed":
      return fact.trade.market;
    case "order.refused":
      return fact.killed?.market ?? null;
    case "reference.moved":
    case "cancel.refused":
    case "transaction.changed":
    case "transaction.refused":
    case "heartbeat.lapsed":
      return null;
  }
}

export const marketsIn = (facts: readonly VenueFact[]): ReadonlySet<MarketId> =>
  new Set(facts.map(marketOf).filter((id) => id !== null));

/** Trades matched in this step; later changes of a trade are its settlement. */
export const newTrades = (facts: readonly VenueFact[]): readonly Trade[] =>
  facts
    .filter((fact) => fact.type === "trade.changed")
    .map(({ trade }) => trade)
    .filter(({ status }) => status === "matched");
