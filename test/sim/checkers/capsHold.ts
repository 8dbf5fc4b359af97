import type { ExecutorConfig, ExecutorState } from "../../../src/executor/index.ts";
import { OUR_ACCOUNT } from "../../../src/sim/index.ts";
import type { Fill, MarketId, OrderId } from "../../../src/types/index.ts";
import { type Checker, blind } from "./checker.ts";
import { isBid, named, ourOrders, remainingOf } from "./ourOrders.ts";

/**
 * [E] No order is booked that could take us past our limits if everything that rests were to match.
 * Judged by the venue's own fills, heard of or not. A trade that fails may push us past a limit
 * without our doing, so one counts as held unless we knew of its failure when we decided.
 */
export function capsHold({
  netMax,
  grossMax,
}: Pick<ExecutorConfig, "netMax" | "grossMax">): Checker {
  const orders = ourOrders();
  const held = new Map<MarketId, Held>();
  const failedAtDecision = new Map<OrderId, Held>();
  const violations: string[] = [];
  return {
    ...blind,
    transition: ({ state, effects }) => {
      const legs = effects.flatMap((effect) => (effect.type === "place" ? effect.legs : []));
      for (const { orderId } of legs) failedAtDecision.set(orderId, knownToFail(state));
    },
    venue: (fact) => {
      if (fact.type === "trade.changed" && fact.trade.status === "matched") {
        const ours = fact.trade.legs.filter(({ account }) => account === OUR_ACCOUNT);
        const { market } = fact.trade;
        held.set(
          market,
          ours.map(({ fill }) => fill).reduce(withFill, held.get(market) ?? NOTHING),
        );
      }
      const placed = orders.hear(fact);
      if (placed === null) return;
      const all = held.get(placed.market) ?? NOTHING;
      const failed = failedAtDecision.get(placed.id) ?? NOTHING;
      const live = orders.live(placed.market);
      const onItsSide = live.filter((order) => isBid(order) === isBid(placed));
      const towards = isBid(placed) ? all.net - failed.net : failed.net - all.net;
      const worst = {
        net: towards + sum(onItsSide.map(remainingOf)),
        gross:
          all.gross -
          failed.gross +
          sum(live.filter(({ side }) => side === "BUY").map(remainingOf)),
      };
      const object = (what: string, reached: number, most: number): void => {
        violations.push(`capsHold: ${named(placed)} may bring ${what} to ${reached} of ${most}`);
      };
      if (worst.net > netMax) object("net", worst.net, netMax);
      // Selling brings the total down, whatever it is.
      if (placed.side === "BUY" && worst.gross > grossMax) object("gross", worst.gross, grossMax);
    },
    verdict: () => violations,
  };
}

/** YES less NO, and YES with NO. */
interface Held {
  readonly net: number;
  readonly gross: number;
}

const NOTHING: Held = { net: 0, gross: 0 };

const withFill = ({ net, gross }: Held, fill: Fill): Held => ({
  net: net + (isBid(fill) ? fill.size : -fill.size),
  gross: gross + (fill.side === "BUY" ? fill.size : -fill.size),
});

const knownToFail = ({ trades }: ExecutorState): Held =>
  Object.values(trades)
    .filter(({ status }) => status === "failed")
    .map(({ fill }) => fill)
    .reduce(withFill, NOTHING);

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
