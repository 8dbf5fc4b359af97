/**
 * J. Not knowing is a state: an order that rests, or may still be booked, is never believed over;
 * no id is used twice; and nothing is forgotten that could still cost us something.
 *
 * Break that turns this red: `orderTable.ts`, in the table, let `placing: answerLost` be `"closed"`; or
 * `resync.ts`, in `weighAbsence`, let any survey prove an unknown order absent that does not show it.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OrderId } from "../../src/types/index.ts";
import { RUNS } from "../support/builders.ts";
import { anyMoves, legsOf, walk } from "./adversary.ts";
import { heldAtEveryStep } from "./everyStep.ts";

describe("[J] not knowing", () => {
  heldAtEveryStep("J");

  it("every order that was placed is remembered, and in one place", () => {
    fc.assert(
      fc.property(anyMoves(), (moves) => {
        const placed: OrderId[] = [];
        const made = walk(moves, ({ effects }) => {
          placed.push(...legsOf(effects).map(({ orderId }) => orderId));
        });
        const { working, closed } = made.state();
        const kept = [...Object.values(working), ...closed].map(({ id }) => id);
        expect(kept.toSorted()).toEqual(placed.toSorted());
      }),
      { numRuns: Math.ceil(RUNS / 10) },
    );
  });

  it("when all is quiet nothing is unknown any more", () => {
    fc.assert(
      fc.property(anyMoves(60), (moves) => {
        const made = walk(moves);
        made.calm({}, 60_000);
        expect(Object.values(made.state().working).map(({ phase }) => phase)).toEqual([]);
        expect(made.truth.possiblyLive()).toEqual([]);
      }),
      { numRuns: Math.ceil(RUNS / 10) },
    );
  });
});
