/**
 * L. Never trade with ourselves: nothing is placed while it could match an order of ours that may
 * be live, on either token; a BUY of YES and a BUY of NO must cost less than a dollar together.
 *
 * Break that turns this red: `admission.ts`, in `wouldSelfTrade`, compare prices with `>` instead
 * of `>=`; or in `decide.ts` count only resting orders among the exposures.
 */
import { describe, expect, it } from "vitest";
import { type Bench, FOREVER, quote, trading } from "../support/builders.ts";
import { heldAtEveryStep } from "./everyStep.ts";

describe("[L] never with ourselves", () => {
  heldAtEveryStep("L");

  /** Quotes stand at 45 and 50; then both rise, so that the new bid meets the old ask. */
  function risen(): Bench {
    const day = trading();
    day.intends({ bid: quote(10, 45), ask: quote(10, 50), expiresAt: FOREVER });
    day.acks("BUY YES 10 @ 0.45", "BUY NO 10 @ 0.5");
    day.asked();
    day.intends({ bid: quote(10, 50), ask: quote(10, 55), expiresAt: FOREVER });
    return day;
  }

  it("a bid that has risen to the standing ask waits until that one is over", () => {
    const day = risen();
    expect(day.asked()).toEqual([
      "cancel BUY YES 10 @ 0.45",
      "cancel BUY NO 10 @ 0.5",
      "place BUY NO 10 @ 0.45",
    ]);
    expect(day.state().why.withheld).toMatchObject([{ reason: "selfTrade" }]);
    day.acks("BUY NO 10 @ 0.45");
    day.cancels("BUY YES 10 @ 0.45", "BUY NO 10 @ 0.5");
    day.reports("BUY YES 10 @ 0.45", "cancelled");
    expect(day.asked()).toEqual([]);
    day.reports("BUY NO 10 @ 0.5", "cancelled");
    expect(day.asked()).toEqual(["place BUY YES 10 @ 0.5"]);
  });

  it("nor is it placed where nobody knows whether the ask still stands", () => {
    const day = risen();
    day.cancels("BUY YES 10 @ 0.45");
    day.acks("BUY NO 10 @ 0.45");
    day.losesCancel("BUY NO 10 @ 0.5");
    day.asked();
    day.waits(200);
    expect(day.asked().filter((words) => words.includes("place"))).toEqual([]);
  });
});
