/**
 * C. CANCEL_ALL is an interrupt: every leg carries the epoch it was decided in, a stop raises it in
 * the step that decides the stop, and nothing is placed until the stop is over.
 *
 * Break that turns this red: `stop.ts`, in `beginCancelAll`, keep the epoch as it is; or
 * `decide.ts`, call `quoted` instead of `stopped` while a stop is in progress.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFence } from "../../src/gateway/index.ts";
import { type Epoch, marketId } from "../../src/types/index.ts";
import { FOREVER, RUNS, quote, trading } from "../support/builders.ts";
import { heldAtEveryStep } from "./everyStep.ts";

describe("[C] the epoch fence (acceptance 8)", () => {
  heldAtEveryStep("C");

  it("a stop at any moment of an order's life is followed by a cancel-all and by no place", () => {
    const lives: readonly ((day: ReturnType<typeof trading>) => void)[] = [
      () => undefined,
      (day) => day.acks("BUY YES 10 @ 0.45"),
      (day) => day.hearsNothingOf("BUY YES 10 @ 0.45"),
      (day) => {
        day.acks("BUY YES 10 @ 0.45");
        day.intends({ bid: quote(10, 44), expiresAt: FOREVER });
      },
      (day) => day.rejects("BUY YES 10 @ 0.45"),
      (day) => day.matches("BUY YES 10 @ 0.45", 10),
    ];
    for (const live of lives) {
      const day = trading();
      day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
      live(day);
      day.asked();
      day.commands("halt");
      expect(day.asked()).toContain("cancel all");
      day.waits(30_000, { open: [] });
      expect(day.asked().filter((words) => words.includes("place"))).toEqual([]);
    }
  });

  it("the fence lets pass exactly what is as new as the newest stop of its market and account", () => {
    const epoch = fc.record({ account: fc.nat({ max: 3 }), market: fc.nat({ max: 3 }) });
    const at = fc.record({ market: fc.constantFrom("a", "b").map(marketId), epoch });
    fc.assert(
      fc.property(fc.array(at, { maxLength: 8 }), at, (stops, leg) => {
        const line = createFence();
        for (const stop of stops) line.raise(stop.market, stop.epoch);
        const isOld = (raised: Epoch, isSameMarket: boolean): boolean =>
          leg.epoch.account < raised.account || (isSameMarket && leg.epoch.market < raised.market);
        const isCut = stops.some((stop) => isOld(stop.epoch, stop.market === leg.market));
        expect(line.admits(leg.market, leg.epoch)).toBe(!isCut);
        line.close();
        expect(line.admits(leg.market, { account: Infinity, market: Infinity })).toBe(false);
      }),
      { numRuns: RUNS },
    );
  });
});
