/**
 * A. Only the executor changes orders, inventory, reservations and risk, and only by handing out a
 * new state: what was handed out stays as it was, and the journal alone makes it again.
 *
 * Break that turns this red: `workingOrders.ts`, in `withOrder`, put the order into the working set that
 * is there (`Object.assign(state.working, { [order.id]: order })`) instead of into a new one.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ExecutorState, initialState, reducer } from "../../src/executor/index.ts";
import type { Effect, Stamped } from "../../src/types/index.ts";
import {
  IDENTITY,
  RUNS,
  UNHALTED,
  frozenReduce,
  instant,
  market,
  quote,
  trading,
} from "../support/builders.ts";
import { ADVERSARY_CONFIG, anyMoves, walk } from "./adversary.ts";

describe("[A] the single writer", () => {
  it("no state and no event is changed once it was handed out", () => {
    fc.assert(
      fc.property(anyMoves(), (moves) => {
        // Both are frozen to the ground before each step: a change throws.
        const made = walk(moves, undefined, frozenReduce(ADVERSARY_CONFIG));
        expect(made.state().step).toBeGreaterThan(0);
      }),
      { numRuns: RUNS },
    );
  });

  it("the events alone make every state and every effect again (acceptance 24)", () => {
    fc.assert(
      fc.property(anyMoves(), (moves) => {
        const journal: { input: Stamped; effects: readonly Effect[] }[] = [];
        const made = walk(moves, ({ input, effects }) => {
          journal.push({ input: structuredClone(input), effects });
        });
        const reduce = reducer(ADVERSARY_CONFIG, IDENTITY);
        const refolded: (readonly Effect[])[] = [];
        let state: ExecutorState = initialState(market(), instant(0), UNHALTED);
        for (const { input } of journal) {
          const [next, effects] = reduce(state, input);
          refolded.push(effects);
          state = next;
        }
        expect(refolded).toEqual(journal.map(({ effects }) => effects));
        expect(state).toEqual(made.state());
      }),
      { numRuns: Math.ceil(RUNS / 10) },
    );
  });

  it("an operator's command is an event like any other: stamped, and answered by a new state", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45) });
    const { step } = day.state();
    day.commands("halt");
    expect(day.state().step).toBe(step + 1);
    expect(day.state().operator).toEqual({ level: "halt", reason: "said so" });
  });

  it("what others read of the working orders tells them nothing of later steps", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45) });
    const { working } = day.state();
    const seen = JSON.stringify(working);
    day.acks("BUY YES 10 @ 0.45");
    expect(JSON.stringify(working)).toBe(seen);
    expect(day.state().working).not.toBe(working);
  });
});
