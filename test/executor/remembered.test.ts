/** What is remembered beside a state changes no decision: every part that it is made of is its key. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exposuresOf } from "../../src/executor/admission.ts";
import { decide } from "../../src/executor/decide.ts";
import { type ExecutorState, nextDeadline, reducer } from "../../src/executor/index.ts";
import { ordersOf } from "../../src/executor/remembered.ts";
import { pendingSince } from "../../src/executor/trades.ts";
import { after, epochMs } from "../../src/types/index.ts";
import {
  FOREVER,
  IDENTITY,
  RUNS,
  cents,
  config,
  inventory,
  quote,
  rules,
  shares,
  trading,
  working,
} from "../support/builders.ts";
import { ADVERSARY_CONFIG, anyMoves, walk } from "../laws/adversary.ts";

/** A moment in which a bid and an ask are planned. */
function planning(): ExecutorState {
  const day = trading({ YES: 30 });
  day.intends({ bid: quote(20, 45), ask: quote(20, 55), expiresAt: FOREVER });
  return { ...day.state(), working: {} };
}

const CONFIG = config();

/** The plan of a state of which nothing is remembered. */
const planOf = (state: ExecutorState, caps = CONFIG) =>
  decide(structuredClone(state), caps).why.plan;

describe("the plan of an intent", () => {
  const changes: readonly [string, (state: ExecutorState) => ExecutorState][] = [
    ["inventory", (state) => ({ ...state, inventory: inventory({ YES: 9, cash: 500 }) })],
    ["sharesMissing", (state) => ({ ...state, sharesMissing: { YES: shares(12), NO: shares(0) } })],
    [
      "unseenMatches",
      (state) => ({ ...state, unseenMatches: [{ step: 9, slot: "bid", size: shares(7) }] }),
    ],
    [
      "rules",
      (state) => ({ ...state, market: { ...state.market, rules: rules({ tick: cents(10) }) } }),
    ],
    ["level", (state) => ({ ...state, operator: { level: "reduceOnly", reason: "" } })],
    ["caution", (state) => ({ ...state, cautionUntil: after(state.now.monotonicMs, 1_000) })],
  ];

  it.each(changes)("is another where its %s alone is another", (_, change) => {
    const state = planning();
    const before = decide(state, CONFIG).why.plan;
    expect(before).toEqual(planOf(state));
    const next = decide(change(state), CONFIG).why.plan;
    expect(next).toEqual(planOf(change(state)));
    expect(next).not.toEqual(before);
    expect(decide(state, CONFIG).why.plan).toEqual(before);
  });

  it("is another where the limits are others", () => {
    const state = planning();
    const tight = config({ netMax: shares(35) });
    const before = decide(state, CONFIG).why.plan;
    expect(decide(state, tight).why.plan).toEqual(planOf(state, tight));
    expect(decide(state, tight).why.plan).not.toEqual(before);
  });

  it("is not made again where nothing of it has changed", () => {
    const state = planning();
    const later = { ...state, step: state.step + 1, refused: [] };
    expect(decide(later, CONFIG).why.plan).toBe(decide(state, CONFIG).why.plan);
  });
});

describe("beside the orders", () => {
  it("their list is of the record that is asked about, in the order of its keys", () => {
    const [one, other] = [working("BUY YES 5 @ 0.4"), working("BUY NO 5 @ 0.4")];
    const state = planning();
    const ofBoth = { ...state, working: { [other.id]: other, [one.id]: one } };
    expect(ordersOf(ofBoth)).toEqual([other, one]);
    expect(ordersOf(state)).toEqual([]);
    expect(ordersOf(ofBoth)).toEqual([other, one]);
  });

  it("their exposures are not those of other orders, nor of other stock that is not shown", () => {
    const bid = working("BUY YES 5 @ 0.4");
    const state = { ...planning(), working: { [bid.id]: bid } };
    const missing = { ...state, sharesMissing: { YES: shares(0), NO: shares(3) } };
    const sizes = (of: ExecutorState) => exposuresOf(of).map(({ cash, stock }) => [cash, stock]);
    expect(sizes(state)).toHaveLength(1);
    expect(sizes(missing)).toEqual([...sizes(state), [0, shares(3)]]);
    expect(sizes({ ...missing, working: {} })).toEqual([[0, shares(3)]]);
    expect(sizes(state)).toHaveLength(1);
  });

  it("the oldest unsettled fill is of the state that is asked about", () => {
    const state = planning();
    const waiting = { ...state, unsettled: { 7: epochMs(20), 9: epochMs(10) } };
    expect([pendingSince(waiting), pendingSince(state), pendingSince(waiting)]).toEqual([
      10,
      null,
      10,
    ]);
  });
});

describe("a state of which nothing is remembered", () => {
  it("goes on as the one that the steps have led to", () => {
    const reduce = reducer(ADVERSARY_CONFIG, IDENTITY);
    const tickOf = ({ step, now }: ExecutorState) =>
      ({ seq: step + 1, at: now, event: { type: "clock.ticked" } }) as const;
    fc.assert(
      fc.property(anyMoves(60), (moves) => {
        walk(moves, ({ after: state }) => {
          const forgotten = structuredClone(state);
          const again = structuredClone(ADVERSARY_CONFIG);
          expect(reduce(state, tickOf(state))).toEqual(
            reducer(again, IDENTITY)(forgotten, tickOf(state)),
          );
          expect(nextDeadline(state, ADVERSARY_CONFIG)).toBe(nextDeadline(forgotten, again));
        });
      }),
      { numRuns: Math.ceil(RUNS / 100) },
    );
  });
});
