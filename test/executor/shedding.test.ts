/** What is not asked for while permits are short, and that it comes by itself when they are not. */
import { describe, expect, it } from "vitest";
import { type Bench, FOREVER, quote, trading } from "../support/builders.ts";

/** A bid for YES at 45, an ask as a bid for NO at 45: both rest. */
function resting(): Bench {
  const day = trading();
  day.intends({ bid: quote(10, 45), ask: quote(10, 55), expiresAt: FOREVER });
  day.acks("BUY YES 10 @ 0.45", "BUY NO 10 @ 0.45");
  day.asked();
  return day;
}
const short = (day: Bench, areShort = true): void => {
  day.hears({ type: "permits.changed", areShort });
};
const intends = (day: Bench, bidCents: number, askCents: number): void =>
  day.intends({ bid: quote(10, bidCents), ask: quote(10, askCents), expiresAt: FOREVER });

describe("while permits are short", () => {
  it("a quote that should come a tick or two closer stays where it is, and says so", () => {
    const day = resting();
    short(day);
    intends(day, 47, 54);
    expect(day.asked()).toEqual([]);
    expect(day.state().why.withheld.map(({ order, reason }) => [order.slot, reason])).toEqual([
      ["bid", "held"],
      ["ask", "held"],
    ]);
  });

  it("[I] the newest of what was shed comes by itself when they are ample again", () => {
    const day = resting();
    short(day);
    intends(day, 46, 55);
    intends(day, 47, 55);
    expect(day.asked()).toEqual([]);

    short(day, false);
    expect(day.asked()).toEqual(["cancel BUY YES 10 @ 0.45", "place BUY YES 10 @ 0.47"]);
    expect(day.state().why.withheld).toEqual([]);
  });

  it("a quote that should draw back does, at once, and one three ticks behind comes after", () => {
    const day = resting();
    short(day);
    intends(day, 44, 52);
    expect(day.asked().filter((each) => each.startsWith("cancel"))).toEqual([
      "cancel BUY YES 10 @ 0.45",
      "cancel BUY NO 10 @ 0.45",
    ]);
  });

  it("a pull and a missing side are carried out as ever", () => {
    const day = resting();
    short(day);
    day.intends({ bid: null, ask: quote(10, 55), expiresAt: FOREVER });
    expect(day.asked()).toEqual(["cancel BUY YES 10 @ 0.45"]);
    day.cancels("BUY YES 10 @ 0.45");
    intends(day, 46, 55);
    expect(day.asked()).toEqual(["place BUY YES 10 @ 0.46"]);
  });
});
