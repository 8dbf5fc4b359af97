/** Moments of a trading day, each with the event that comes next. */
import type { ExecutorState } from "../src/executor/index.ts";
import { type Event, type Stamped, type WorkingOrder, orderId } from "../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  fill,
  intent,
  quote,
  tradeReport,
  trading,
  working,
} from "../test/support/builders.ts";

export interface Scene {
  readonly name: string;
  readonly state: ExecutorState;
  readonly input: Stamped;
  /** The effects that the step must emit; others mean that the scene is not what its name says. */
  readonly asks: readonly string[];
}

const ORDERS = ["SELL NO 8 @ 0.51", "BUY YES 12 @ 0.49", "SELL YES 8 @ 0.52", "BUY NO 12 @ 0.48"];
const FIRST = "BUY YES 12 @ 0.49";
const SHOWN = { bid: quote(20, 49), ask: quote(20, 52), expiresAt: FOREVER };
const MOVED = { bid: quote(20, 47), ask: quote(20, 50), expiresAt: FOREVER };

/** A plan has four orders at most; the rest are cancelled ones whose fills are not known yet. */
export function scenes(orders: 4 | 40): readonly Scene[] {
  const placing = quoting();
  const resting = quoting();
  resting.acks(...ORDERS);
  const almost = quoting();
  almost.acks(...ORDERS.filter((name) => name !== FIRST));
  const cancelling = quoting();
  cancelling.acks(...ORDERS);
  cancelling.intends({ expiresAt: FOREVER });
  const empty = owning();

  const target = (day: Bench, legs: typeof SHOWN): Event => {
    const { inventoryStep } = day.state();
    return {
      type: "intent.published",
      intent: intent({ seq: 9, inventoryStep, ...legs }, day.now()),
    };
  };
  const traded = tradeReport("t", "matched", [fill(resting.order(FIRST), 5)], resting.now());
  const id = placing.id(FIRST);
  const scene = (name: string, day: Bench, event: Event, ...asks: readonly string[]): Scene => {
    const before = day.state();
    const others = orders - ORDERS.length;
    const state = { ...before, working: { ...before.working, ...awaitingFills(others) } };
    return {
      name: `${name}.${orders}`,
      // The builders freeze what they return, and frozen objects are copied more slowly.
      state: structuredClone(state),
      input: structuredClone({ seq: before.step + 1, at: day.now(), event }),
      asks,
    };
  };
  return [
    scene("tick", resting, { type: "clock.ticked" }),
    scene("order.acked", almost, { type: "order.acked", orderId: id, venueId: id }),
    scene("cancel.acked", cancelling, { type: "cancel.acked", orderId: cancelling.id(FIRST) }),
    scene("trade.reported", resting, { type: "trade.reported", report: traded }),
    scene("intent.same", resting, target(resting, SHOWN)),
    scene("intent.moved", resting, target(resting, MOVED), "cancel", "place", "place"),
    scene("intent.first", empty, target(empty, SHOWN), "place", "place"),
  ];
}

const owning = (): Bench => trading({ YES: 8, NO: 8 });

function quoting(): Bench {
  const day = owning();
  day.intends(SHOWN);
  return day;
}

/** Orders cancelled a moment ago whose fills are not known yet: they reserve cash. */
function awaitingFills(count: number): Readonly<Record<string, WorkingOrder>> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index): [string, WorkingOrder] => {
      const text = index % 2 === 0 ? "BUY YES 5 @ 0.01" : "BUY NO 5 @ 0.01";
      const id = orderId(`${text} #${index}`);
      const since = owning().now().monotonicMs;
      return [id, working(text, { id, phase: "closed", phaseSince: since })];
    }),
  );
}
