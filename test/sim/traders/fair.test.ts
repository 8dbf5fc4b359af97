import { describe, expect, it } from "vitest";
import { random } from "../../../src/sim/index.ts";
import { NO_STRIKE } from "../../../src/sim/exchange/index.ts";
import type { ReferenceSeconds } from "../../../src/sim/exchange/index.ts";
import { fairYesBp } from "../../../src/sim/traders/fair.ts";
import { after, epochMs, type Market, referencePrice } from "../../../src/types/index.ts";
import { market } from "../../support/builders.ts";

const STRIKE = 60_000_000_000;
const ENDS_AT = epochMs(1_776_081_900_000);
const VARIANCE = 1e-4 ** 2;

const window = (settledBy: Market["settledBy"]): Market =>
  market({ settledBy, strike: referencePrice(STRIKE), endsAt: ENDS_AT });

/** A second for each price, the last of them so long before the end. */
const secondsUntil = (leftS: number, prices: readonly number[]): ReferenceSeconds =>
  prices.map((price, index) => {
    const at = after(ENDS_AT, -(leftS + prices.length - 1 - index) * 1_000);
    return { at, first: referencePrice(price), last: referencePrice(price) };
  });

describe("a window that settles by the last price", () => {
  const fair = (movePerMille: number, leftMs: number): number =>
    fairYesBp(window("spot"), {
      price: referencePrice(STRIKE + (STRIKE / 1_000) * movePerMille),
      seconds: [],
      at: after(ENDS_AT, -leftMs),
      variancePerSecond: VARIANCE,
    }) ?? NaN;

  it("is even money at the strike, and certain at the end", () => {
    expect(fair(0, 300_000)).toBeCloseTo(5_000, -1);
    expect(fair(1, 0)).toBe(10_000);
    expect(fair(-1, 0)).toBe(0);
  });

  it("is the chance of a normal walk to end above the strike", () => {
    // A thousandth up is one deviation of a hundred seconds: Phi(1) and Phi(-1).
    expect(fair(1, 100_000)).toBeCloseTo(8_413, -1);
    expect(fair(-1, 100_000)).toBeCloseTo(1_587, -1);
  });
});

describe("a window that settles by the mean of its last minute", () => {
  const draws = random(1);
  const minute = (): readonly number[] =>
    Array.from({ length: 60 }, () => STRIKE + draws.integer(-5_000_000, 5_000_000));

  it.each([59, 40, 20, 5, 1, 0])("counts what is known of it with %i s left", (leftS) => {
    for (let round = 0; round < 20; round += 1) {
      const prices = minute();
      const price = STRIKE + draws.integer(-5_000_000, 5_000_000);
      // The seconds of the last minute that are known, and the price for each that comes.
      const counted = prices.slice(leftS);
      const known = counted.reduce((sum, one) => sum + one, 0);
      const expected = (known + leftS * price) / (counted.length + leftS);
      const fair = fairYesBp(window("twap60"), {
        price: referencePrice(price),
        seconds: secondsUntil(leftS, prices),
        at: after(ENDS_AT, -leftS * 1_000),
        // So little that the side of the strike decides.
        variancePerSecond: 1e-24,
      });
      expect(fair).toBe(expected >= STRIKE ? 10_000 : 0);
    }
  });

  it("has less left to happen than the price itself: variance of a mean, not of a price", () => {
    const prices = Array.from({ length: 60 }, () => STRIKE);
    const view = {
      price: referencePrice(STRIKE + 1_000_000),
      seconds: secondsUntil(30, prices),
      at: after(ENDS_AT, -30_000),
      variancePerSecond: VARIANCE,
    };
    // 30 of 60 seconds come, each a dollar over 60,000: half a dollar, in deviations of sum k^2 / 60^2 seconds.
    const squares = Array.from({ length: 30 }, (_, k) => (k + 1) ** 2 / 3_600);
    const variance = VARIANCE * squares.reduce((sum, one) => sum + one, 0);
    const z = 0.5 / 60_000 / Math.sqrt(variance);
    // phi(0) z near the middle, in basis points, within its cubic term.
    const expected = 5_000 + (10_000 * z * (1 - z ** 2 / 6)) / Math.sqrt(2 * Math.PI);
    expect(fairYesBp(window("twap60"), view)).toBeCloseTo(expected, 0);
  });

  it("has no price inside the minute without its seconds, and none without a strike", () => {
    const view = { price: referencePrice(STRIKE), seconds: [], variancePerSecond: VARIANCE };
    expect(fairYesBp(window("twap60"), { ...view, at: after(ENDS_AT, -30_000) })).toBeNull();
    const early = { ...view, at: after(ENDS_AT, -200_000) };
    expect(fairYesBp(window("twap60"), early)).toBeCloseTo(5_000, 0);
    expect(fairYesBp({ ...window("twap60"), strike: NO_STRIKE }, early)).toBeNull();
    expect(fairYesBp({ ...window("spot"), strike: NO_STRIKE }, early)).toBeNull();
  });
});
