/**
 * K. Never blind, and never wrongly blind: without the user feed, the market feed, the reference or
 * the heartbeat nothing is placed, and what may rest is cancelled in the step that hears of the
 * loss; with all of them up, silence costs nothing.
 *
 * Break that turns this red: `gate.ts`, check lost feeds only among `["market", "user"]`; or let
 * a feed that has been quiet for 10 s count as lost.
 */
import { describe, expect, it } from "vitest";
import { quote, trading } from "../support/builders.ts";
import { heldAtEveryStep } from "./everyStep.ts";

describe("[K] never blind", () => {
  heldAtEveryStep("K");

  it("two minutes of silence on live sessions keep the quotes, while the intent is renewed", () => {
    const day = trading({ YES: 10 });
    day.intends({ bid: quote(10, 45), ask: quote(10, 55) });
    day.acks("BUY YES 10 @ 0.45", "SELL YES 10 @ 0.55");
    day.asked();
    for (let elapsedMs = 0; elapsedMs < 120_000; elapsedMs += 2_000) {
      day.waits(2_000, {});
      day.intends({ bid: quote(10, 45), ask: quote(10, 55) });
    }
    expect(day.sent()).toEqual([]);
  });

  it("a dead strategy loses its quotes at the deadline of its last intent (acceptance 23)", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45) });
    day.acks("BUY YES 10 @ 0.45");
    day.diary();
    day.waits(10_000);
    expect(day.diary()).toEqual(["6000 cancel BUY YES 10 @ 0.45"]);
  });
});
