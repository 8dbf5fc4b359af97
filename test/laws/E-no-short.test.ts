/**
 * E. No short, and matched is not settled: whatever is on its way to the venue, on its book, or
 * sold and not yet mined, is covered by stock that is there; and when every trade has ended, we
 * believe to own what the venue says we own.
 *
 * Break that turns this red: `inventory.ts`, in `applied`, book a matched BUY as settled, or a
 * matched SELL nowhere (`isIn ? { pendingIn: shares } : {}`).
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pendingSince } from "../../src/executor/index.ts";
import { TOKENS } from "../../src/types/index.ts";
import { RUNS, held, quote, trading } from "../support/builders.ts";
import { anyMoves, walk } from "./adversary.ts";
import { heldAtEveryStep } from "./everyStep.ts";

describe("[E] no short (acceptance 6)", () => {
  heldAtEveryStep("E");

  it("when all trades have ended, what we believe to own is what is there (acceptance 12)", () => {
    fc.assert(
      fc.property(anyMoves(), (moves) => {
        const made = walk(moves);
        made.calm({}, 3_000);
        const { inventory } = made.state();
        expect(pendingSince(made.state())).toBeNull();
        for (const token of TOKENS) {
          const { settled, pendingIn, pendingOut } = inventory[token];
          expect([settled, pendingIn, pendingOut]).toEqual([made.truth.stock(token), 0, 0]);
        }
        expect(inventory.cash.settled).toBe(made.truth.cash());
      }),
      { numRuns: Math.ceil(RUNS / 5) },
    );
  });

  it("what was bought is not sold before it has settled", () => {
    const day = trading({ YES: 6 });
    day.intends({ bid: quote(10, 45) });
    day.acks("BUY YES 10 @ 0.45");
    day.matches("BUY YES 10 @ 0.45", 10, "bought");
    day.asked();
    day.intends({ ask: quote(16, 55) });
    expect(day.asked()).toEqual(["place SELL YES 6 @ 0.55", "place BUY NO 10 @ 0.45"]);

    day.acks("SELL YES 6 @ 0.55", "BUY NO 10 @ 0.45");
    day.hears({ type: "clock.ticked" });
    expect(held(day.state().inventory.YES)).toEqual({ settled: 6, pendingIn: 10, pendingOut: 0 });
  });

  it("what was sold is not sold again before it has settled (acceptance 5)", () => {
    const day = trading({ YES: 10 });
    day.intends({ ask: quote(10, 55) });
    day.acks("SELL YES 10 @ 0.55");
    day.matches("SELL YES 10 @ 0.55", 10, "sold");
    day.asked();
    day.waits(2_000);
    // The intent was fulfilled by the match: until a newer one there is no new exposure.
    expect(day.asked()).toEqual([]);
    day.intends({ ask: quote(10, 55) });
    expect(day.asked()).toEqual(["place BUY NO 10 @ 0.45"]);
  });

  it("the same of NO: what is left of an intent is bought as YES", () => {
    const day = trading({ NO: 10 });
    day.intends({ bid: quote(10, 45) });
    day.acks("SELL NO 10 @ 0.55");
    day.matches("SELL NO 10 @ 0.55", 10, "sold");
    day.asked();
    day.intends({ bid: quote(10, 45) });
    expect(day.asked()).toEqual(["place BUY YES 10 @ 0.45"]);
  });
});
