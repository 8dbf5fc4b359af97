/** The assertions that stay on in production: each is shown the state it must never let pass. */
import { WORKING_MAX } from "../../src/executor/admission.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { type ExecutorState, reducer } from "../../src/executor/index.ts";
import { assertLaws } from "../../src/executor/laws.ts";
import { TRADES_MAX } from "../../src/executor/trades.ts";
import {
  type Effect,
  type Law,
  LawBroken,
  type PlaceEffect,
  type PriceBp,
  type WorkingOrder,
  microShares,
  orderId,
  priceBp,
} from "../../src/types/index.ts";
import {
  type Bench,
  IDENTITY,
  config,
  dollars,
  inventory,
  quote,
  shares,
  trading,
  working,
} from "../support/builders.ts";

/** A step in which a SELL and a BUY were placed: before, after, and what was asked. */
function step(): {
  known: ExecutorState;
  next: ExecutorState;
  effects: readonly Effect[];
  day: Bench;
} {
  const day = trading({ YES: 10 });
  const known = day.state();
  day.intends({ ask: quote(20, 55), bid: quote(10, 45) });
  return { known, next: day.state(), effects: day.effects().slice(-2), day };
}

const SELL = "SELL YES 10 @ 0.55";
const BID = "BUY YES 10 @ 0.45";

function changed(day: Bench, name: string, change: Partial<WorkingOrder>): ExecutorState {
  const state = day.state();
  return {
    ...state,
    working: { ...state.working, [day.id(name)]: { ...day.order(name), ...change } },
  };
}

const beside = (state: ExecutorState, ...orders: readonly WorkingOrder[]): ExecutorState => ({
  ...state,
  working: { ...state.working, ...Object.fromEntries(orders.map((order) => [order.id, order])) },
});

/** The letter of the law that is broken; null if all hold. */
function broken(
  known: ExecutorState,
  next: ExecutorState,
  effects: readonly Effect[],
  caps = config(),
): Law | null {
  try {
    assertLaws(known, next, effects, caps);
    return null;
  } catch (error) {
    if (error instanceof LawBroken) return error.law;
    throw error;
  }
}

describe("a place", () => {
  let known: ExecutorState;
  let next: ExecutorState;
  let effects: readonly Effect[];
  let day: Bench;
  beforeEach(() => {
    ({ known, next, effects, day } = step());
  });

  it("as the executor decided it, breaks no law", () => {
    expect(effects.map(({ type }) => type)).toEqual(["place", "place"]);
    expect(broken(known, next, effects)).toBeNull();
    const atLimit = config({ netMax: shares(20), grossMax: shares(30) });
    expect(broken(known, next, effects, atLimit)).toBeNull();
  });

  const cases: readonly [Law, string, () => Law | null][] = [
    ["C", "during a stop", () => broken(known, { ...next, stop: stopping(day) }, effects)],
    [
      "C",
      "against the operator's word",
      () => broken(known, { ...next, operator: { level: "halt", reason: "no" } }, effects),
    ],
    [
      "C",
      "of an older epoch",
      () => broken(known, { ...next, epoch: { ...next.epoch, market: 9 } }, effects),
    ],
    [
      "C",
      "of an older epoch of the account",
      () => broken(known, { ...next, epoch: { ...next.epoch, account: 9 } }, effects),
    ],
    [
      "E",
      "beyond the net limit",
      () => broken(known, next, effects, config({ netMax: shares(19.99) })),
    ],
    [
      "E",
      "beyond the gross limit",
      () => broken(known, next, effects, config({ grossMax: shares(29.99) })),
    ],
    [
      "E",
      "beyond the net limit with all that may rest on its side",
      () => broken(known, beside(next, working("BUY YES 181 @ 0.1")), effects),
    ],
    [
      "F",
      "below the least price",
      () => broken(known, changed(day, BID, { price: 0 as PriceBp }), effects),
    ],
    [
      "F",
      "above the highest price",
      () => broken(known, changed(day, SELL, { price: 10_000 as PriceBp }), effects),
    ],
    [
      "F",
      "of too few dollars",
      () => {
        const { market } = next;
        const dear = { ...market.rules, notionalMin: dollars(4.51) };
        return broken(known, { ...next, market: { ...market, rules: dear } }, effects);
      },
    ],
    [
      "G",
      "that is not among the working orders",
      () => broken(known, { ...next, working: {} }, effects),
    ],
    ["J", "of an order that was placed before", () => broken(next, next, effects)],
    [
      "J",
      "of an order that was placed, and is over",
      () => broken({ ...known, closed: [day.order(SELL)] }, next, effects),
    ],
    [
      "J",
      "of an id that the venue has given another order, in this very step",
      () => broken(known, changed(day, BID, { venueId: day.id(SELL) }), effects),
    ],
    ["J", "of two legs with one id", () => broken(known, next, [...effects, ...effects])],
    [
      "E",
      "of more than is settled",
      () => broken(known, { ...next, inventory: inventory({ YES: 9, cash: 500 }) }, effects),
    ],
    [
      "H",
      "of a second SELL of a token",
      () =>
        broken(
          known,
          beside(
            { ...next, inventory: inventory({ YES: 99, cash: 500 }) },
            working("SELL YES 5 @ 0.6"),
          ),
          effects,
        ),
    ],
    [
      "G",
      "of more cash than is free",
      () => broken(known, { ...next, inventory: inventory({ YES: 10, cash: 5 }) }, effects),
    ],
    [
      "L",
      "across an order of ours",
      () => broken(known, beside(next, working("BUY YES 5 @ 0.9")), effects),
    ],
    [
      "F",
      "off the grid",
      () => broken(known, changed(day, SELL, { price: priceBp(5555) }), effects),
    ],
    [
      "F",
      "below the minimum",
      () => broken(known, changed(day, SELL, { size: shares(4) }), effects),
    ],
    [
      "F",
      "of a broken lot",
      () => broken(known, changed(day, SELL, { size: microShares(9_999_999) }), effects),
    ],
  ];

  it.each(cases)("[%s] %s is not let out", (law, _, attempt) => {
    const place = effects.find((effect): effect is PlaceEffect => effect.type === "place");
    expect(place?.legs.length).toBeGreaterThan(0);
    expect(attempt()).toBe(law);
  });
});

describe("any step", () => {
  it("[J] more orders of open fate than there may be, is not survived", () => {
    const { next } = step();
    const many = (count: number): ExecutorState => {
      const orders = Array.from({ length: count }, (_, index) =>
        working("BUY YES 5 @ 0.1", { id: orderId(`order ${index}`) }),
      );
      return beside({ ...next, working: {} }, ...orders);
    };
    expect(broken(next, many(2 * WORKING_MAX), [])).toBeNull();
    expect(broken(next, many(2 * WORKING_MAX + 1), [])).toBe("J");
  });

  it("[E] pending stock below nothing is not survived", () => {
    const { next } = step();
    for (const pending of ["pendingIn", "pendingOut"] as const) {
      const less = { ...next.inventory.NO, [pending]: microShares(-1) };
      const wrong = { ...next, inventory: { ...next.inventory, NO: less } };
      expect(broken(next, wrong, [])).toBe("E");
    }
  });

  it("[E] more fills than may ever be kept, are not survived, taken over from a run before or not", () => {
    const { next } = step();
    const filled = (tradeCount: number) => ({ ...next, trades: {}, tradeCount });
    const [most, tooMany] = [filled(TRADES_MAX + 1_000), filled(TRADES_MAX + 1_001)];
    expect(broken(next, most, [])).toBeNull();
    expect(broken(next, tooMany, [])).toBe("E");
    expect(broken(tooMany, tooMany, [])).toBe("E");
  });

  it("[E] a step of the reducer does not survive them either", () => {
    const { day } = step();
    const before = { ...day.state(), tradeCount: TRADES_MAX + 1_001 };
    const tick = { seq: before.step + 1, at: before.now, event: { type: "clock.ticked" } } as const;
    expect(() => reducer(config(), IDENTITY)(before, tick)).toThrow("too many trades kept");
  });

  it("says which law, and with what", () => {
    const { known, next, effects } = step();
    const attempt = () => {
      assertLaws(known, { ...next, working: {} }, effects, config());
    };
    expect(attempt).toThrow(LawBroken);
    expect(attempt).toThrow(/law G broken: a place without its working order .*orderId/);
  });
});

const stopping = (day: Bench): ExecutorState["stop"] => {
  const { monotonicMs } = day.now();
  return {
    state: "draining",
    last: { attempts: 1, isCarriedOut: false, retryAt: monotonicMs },
  };
};
