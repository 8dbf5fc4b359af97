import { OUR_ACCOUNT, type VenueFact } from "../../../src/sim/index.ts";
import {
  type MarketId,
  TOKENS,
  type Token,
  type TradeId,
  type TradeStatus,
} from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";
import { newEntries } from "./newEntries.ts";
import { ourOrders, remainingOf } from "./ourOrders.ts";

type Trade = Extract<VenueFact, { type: "trade.changed" }>["trade"];

/**
 * [E] What is offered, or sold and not yet mined, is there: mined, and in no other offer. Counted are
 * the venue's own trades. One that was mined and fails is there until we have been told.
 */
export function soldIsThere(): Checker {
  const orders = ourOrders();
  /** Those that we have a part in, by market. */
  const trades = new Map<MarketId, Map<TradeId, Trade>>();
  /** By market, what `wasThere` of each token, until one of those trades changes. */
  const left = new Map<MarketId, Readonly<Record<Token, number>>>();
  const mined = new Set<TradeId>();
  const told = new Set<TradeId>();
  const violations: string[] = [];
  const entries = newEntries();
  const wasThere = ({ id, status }: Trade): boolean =>
    isMined(status) || (status === "failed" && mined.has(id));
  const isThere = (trade: Trade): boolean =>
    wasThere(trade) && !(trade.status === "failed" && told.has(trade.id));
  const leftOf = (market: MarketId, token: Token, counts: (trade: Trade) => boolean): number => {
    let sum = 0;
    for (const trade of trades.get(market)?.values() ?? []) {
      for (const { account, fill } of trade.legs) {
        if (account !== OUR_ACCOUNT || fill.token !== token) continue;
        if (fill.side === "BUY") sum += counts(trade) ? fill.size : 0;
        else if (trade.status !== "failed") sum -= fill.size;
      }
    }
    return sum;
  };
  const everLeft = (market: MarketId): Readonly<Record<Token, number>> => {
    const known = left.get(market);
    if (known !== undefined) return known;
    const each = { YES: leftOf(market, "YES", wasThere), NO: leftOf(market, "NO", wasThere) };
    left.set(market, each);
    return each;
  };
  const object = (token: Token, offered: number, there: number): void => {
    if (there >= offered) return;
    violations.push(`soldIsThere: ${offered} ${token} offered, ${there} left`);
  };
  const note = (trade: Trade): void => {
    if (isMined(trade.status)) mined.add(trade.id);
    if (!trade.legs.some(({ account }) => account === OUR_ACCOUNT)) return;
    const known = trades.get(trade.market) ?? new Map<TradeId, Trade>();
    trades.set(trade.market, known.set(trade.id, trade));
    left.delete(trade.market);
  };
  return {
    ...ignoreAll,
    transition: ({ state, effects }) => {
      if (effects.some(({ type }) => type === "place")) {
        for (const { tradeId, status } of entries(state)) {
          if (status === "failed") told.add(tradeId);
        }
      }
    },
    venue: (fact) => {
      if (fact.type === "trade.changed") {
        const { trade } = fact;
        note(trade);
        // What has matched was taken off the book, so that the offers left are covered already. It may
        // have been offered before a failure, on its way to being cancelled.
        if (trade.status === "matched") {
          const there = everLeft(trade.market);
          for (const token of TOKENS) object(token, 0, there[token]);
        }
      }
      const placed = orders.hear(fact);
      if (placed?.side !== "SELL") return;
      const offers = orders
        .live(placed.market)
        .filter(({ side, token }) => side === "SELL" && token === placed.token);
      const offered = offers.map(remainingOf).reduce((total, each) => total + each, 0);
      object(placed.token, offered, leftOf(placed.market, placed.token, isThere));
    },
    verdict: () => violations,
  };
}

const isMined = (status: TradeStatus): boolean => status === "mined" || status === "confirmed";
