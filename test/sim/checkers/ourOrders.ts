import { OUR_ACCOUNT, type VenueFact } from "../../../src/sim/index.ts";
import type { MarketId, OrderId } from "../../../src/types/index.ts";

type Order = Extract<VenueFact, { type: "order.changed" }>["order"];

/** Our resting orders, from the venue's facts. */
export function ourOrders(): {
  /** The order of ours that this fact books; null for any other fact. */
  readonly hear: (fact: VenueFact) => Order | null;
  /** The same list until one of them changes. */
  readonly live: (market: MarketId) => readonly Order[];
} {
  const live = new Map<OrderId, Order>();
  const lists = new Map<MarketId, readonly Order[]>();
  return {
    hear: (fact) => {
      if (fact.type !== "order.changed" || fact.order.account !== OUR_ACCOUNT) return null;
      lists.delete(fact.order.market);
      if (fact.order.status === "live") live.set(fact.order.id, fact.order);
      else live.delete(fact.order.id);
      return fact.cause === "placed" ? fact.order : null;
    },
    live: (market) => {
      const known = lists.get(market);
      if (known !== undefined) return known;
      const list = [...live.values()].filter((order) => order.market === market);
      lists.set(market, list);
      return list;
    },
  };
}

/** The size that can still match. */
export const remainingOf = ({ size, matched }: Order): number => size - matched;

/** Buying YES and selling NO are the same direction. */
export const isBid = ({ side, token }: Pick<Order, "side" | "token">): boolean =>
  (side === "BUY") === (token === "YES");

export const named = ({ id, side, token }: Pick<Order, "id" | "side" | "token">): string =>
  `${side} ${token} ${id.slice(0, 10)}`;
