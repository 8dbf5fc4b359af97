import { type ExecutorState, tradeEntries } from "../../../src/executor/index.ts";
import { OUR_ACCOUNT, type VenueFact } from "../../../src/sim/index.ts";
import {
  type Fill,
  type MarketId,
  TOKENS,
  type Token,
  type TradeId,
  type TradeStatus,
} from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";
import { ourOrders, remainingOf } from "./ourOrders.ts";

type Trade = Extract<VenueFact, { type: "trade.changed" }>["trade"];

/**
 * [E] What is offered, or sold and not yet mined, is there: mined, and in no other offer. Counted are
 * the venue's own trades. One that was mined and fails is there until we have been told.
 */
export function soldIsThere(): Checker {
  const orders = ourOrders();
  const trades = new Map<TradeId, Trade>();
  const mined = new Set<TradeId>();
  const told = new Set<TradeId>();
  const violations: string[] = [];
  const sum = (
    market: MarketId,
    token: Token,
    size: (fill: Fill, trade: Trade) => number,
  ): number =>
    [...trades.values()]
      .filter((trade) => trade.market === market)
      .flatMap((trade) =>
        trade.legs
          .filter(({ account, fill }) => account === OUR_ACCOUNT && fill.token === token)
          .map(({ fill }) => size(fill, trade)),
      )
      .reduce((total, each) => total + each, 0);
  const wasThere = ({ id, status }: Trade): boolean =>
    isMined(status) || (status === "failed" && mined.has(id));
  const isThere = (trade: Trade): boolean =>
    wasThere(trade) && !(trade.status === "failed" && told.has(trade.id));
  const object = (
    market: MarketId,
    token: Token,
    offered: number,
    counts: (trade: Trade) => boolean,
  ): void => {
    const there = sum(market, token, ({ side, size }, trade) => {
      if (side === "BUY") return counts(trade) ? size : 0;
      return trade.status === "failed" ? 0 : -size;
    });
    if (there >= offered) return;
    violations.push(`soldIsThere: ${offered} ${token} offered, ${there} left`);
  };
  return {
    ...ignoreAll,
    transition: ({ state, effects }) => {
      if (effects.some(({ type }) => type === "place")) {
        for (const id of failuresKnown(state)) told.add(id);
      }
    },
    venue: (fact) => {
      if (fact.type === "trade.changed") {
        const { trade } = fact;
        trades.set(trade.id, trade);
        if (isMined(trade.status)) mined.add(trade.id);
        // What has matched was taken off the book, so that the offers left are covered already. It may
        // have been offered before a failure, on its way to being cancelled.
        if (trade.status === "matched") {
          for (const token of TOKENS) object(trade.market, token, 0, wasThere);
        }
      }
      const placed = orders.hear(fact);
      if (placed?.side !== "SELL") return;
      const offers = orders
        .live(placed.market)
        .filter(({ side, token }) => side === "SELL" && token === placed.token);
      const offered = offers.map(remainingOf).reduce((total, each) => total + each, 0);
      object(placed.market, placed.token, offered, isThere);
    },
    verdict: () => violations,
  };
}

const isMined = (status: TradeStatus): boolean => status === "mined" || status === "confirmed";

const failuresKnown = (state: ExecutorState): readonly TradeId[] =>
  tradeEntries(state)
    .filter(({ status }) => status === "failed")
    .map(({ tradeId }) => tradeId);
