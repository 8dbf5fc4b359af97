import type { ExecutorConfig, ExecutorState } from "../../../src/executor/index.ts";
import { OUR_ACCOUNT } from "../../../src/sim/index.ts";
import type { Fill, MarketId, OrderId } from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";
import { isBid, named, ourOrders, remainingOf } from "./ourOrders.ts";

/**
 * [E] No order is booked that could take us past our limits if every resting order matched. Counted are
 * the venue's own fills, whether we know of them or not. A failed trade can take us past a limit without
 * our doing, so it counts as held until an order is decided with the knowledge of the failure.
 */
export function capsHold({
  netMax,
  grossMax,
}: Pick<ExecutorConfig, "netMax" | "grossMax">): Checker {
  const orders = ourOrders();
  const bought = new Map<MarketId, Held>();
  /** The failed trades known when an order of that side or kind was last decided. */
  const failures = new Map<string, Held>();
  /** Sales that close stock of both tokens at once; the net in between does not count. */
  const closing = new Set<OrderId>();
  const violations: string[] = [];
  const holding = (market: MarketId, decision: string): Held => {
    const all = bought.get(market) ?? NOTHING;
    const failed = failures.get(decision) ?? NOTHING;
    return { net: all.net - failed.net, gross: all.gross - failed.gross };
  };
  return {
    ...ignoreAll,
    transition: ({ state, effects }) => {
      if (effects.length === 0) return;
      const legs = effects.flatMap((effect) => (effect.type === "place" ? effect.legs : []));
      const decided = legs.flatMap(({ orderId }) => state.working[orderId] ?? []);
      if (decided.length === 0) return;
      const failed = knownToFail(state);
      for (const order of decided) {
        failures.set(towards(state.market.id, order), failed);
        if (order.kind === "closeSell") closing.add(order.id);
        if (order.side === "BUY") failures.set(state.market.id, failed);
      }
    },
    venue: (fact) => {
      if (fact.type === "trade.changed" && fact.trade.status === "matched") {
        const { market, legs } = fact.trade;
        const fills = legs.filter(({ account }) => account === OUR_ACCOUNT).map(({ fill }) => fill);
        bought.set(market, fills.reduce(withFill, bought.get(market) ?? NOTHING));
      }
      const placed = orders.hear(fact);
      if (placed === null) return;
      const { market } = placed;
      const atMost = (what: string, held: number, growing: typeof live, most: number): void => {
        const worst = growing.map(remainingOf).reduce((sum, each) => sum + each, held);
        if (worst <= most) return;
        violations.push(`capsHold: ${named(placed)} may bring ${what} to ${worst} of ${most}`);
      };
      if (closing.has(placed.id)) return;
      const live = orders.live(market);
      const { net } = holding(market, towards(market, placed));
      const onItsSide = live.filter((order) => isBid(order) === isBid(placed));
      atMost("net", isBid(placed) ? net : -net, onItsSide, netMax);
      // A sale always lowers the total.
      if (placed.side === "SELL") return;
      const buys = live.filter(({ side }) => side === "BUY");
      atMost("gross", holding(market, market).gross, buys, grossMax);
    },
    verdict: () => violations,
  };
}

const towards = (market: MarketId, order: Parameters<typeof isBid>[0]): string =>
  `${market} ${isBid(order) ? "bid" : "ask"}`;

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

type Shard = ExecutorState["trades"][string];

/** Of each shard, which never changes. */
const failedIn = new WeakMap<Shard, Held>();

function knownToFail({ trades }: ExecutorState): Held {
  let [net, gross] = [0, 0];
  for (const shard of Object.values(trades)) {
    let failed = failedIn.get(shard);
    if (failed === undefined) failedIn.set(shard, (failed = failedOf(shard)));
    net += failed.net;
    gross += failed.gross;
  }
  return { net, gross };
}

const failedOf = (shard: Shard): Held =>
  Object.values(shard)
    .filter(({ status, doubt }) => status === "failed" && doubt !== "contrary")
    .map(({ fill }) => fill)
    .reduce(withFill, NOTHING);
