import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reservationPrice } from "../../src/streams/strategy/skew.ts";

const logit = (p: number): number => Math.log(p / (1 - p));

/** What the configuration and an account can come to. */
const fair = fc.double({ min: 0, max: 1, noNaN: true });
const net = fc.double({ min: -100_000, max: 100_000, noNaN: true });
const skewPerShare = fc.double({ min: 0, max: 0.5, noNaN: true });

describe("reservationPrice", () => {
  it("without inventory, or without skew, it is fair", () => {
    for (const p of [0.01, 0.3, 0.5, 0.99]) {
      expect(reservationPrice(p, 0, 0.004)).toBeCloseTo(p, 12);
      expect(reservationPrice(p, 500, 0)).toBeCloseTo(p, 12);
    }
  });

  it("the logit falls by the skew with every share held", () => {
    const moderate = fc.double({ min: 0.001, max: 0.999, noNaN: true });
    const shares = fc.double({ min: -500, max: 500, noNaN: true });
    const slope = fc.double({ min: 0, max: 0.01, noNaN: true });
    fc.assert(
      fc.property(moderate, shares, slope, (p, held, skew) => {
        expect(logit(reservationPrice(p, held, skew))).toBeCloseTo(logit(p) - skew * held, 6);
      }),
    );
  });

  it("100 shares of YES at a skew of 0.004 make a coin's toss 0.4013, of NO 0.5987", () => {
    // 1 / (1 + e^0.4) and its complement
    expect(reservationPrice(0.5, 100, 0.004)).toBeCloseTo(0.401312, 6);
    expect(reservationPrice(0.5, -100, 0.004)).toBeCloseTo(0.598688, 6);
  });

  it("YES and NO are treated alike", () => {
    const shares = fc.double({ min: -1_000, max: 1_000, noNaN: true });
    const slope = fc.double({ min: 0, max: 0.01, noNaN: true });
    fc.assert(
      fc.property(fair, shares, slope, (p, held, skew) => {
        const mirrored = 1 - reservationPrice(1 - p, -held, skew);
        expect(reservationPrice(p, held, skew)).toBeCloseTo(mirrored, 9);
      }),
    );
  });

  it("the price never leaves (0, 1), whatever is held and however certain the result", () => {
    fc.assert(
      fc.property(fair, net, skewPerShare, (p, held, skew) => {
        const price = reservationPrice(p, held, skew);
        expect(price).toBeGreaterThan(0);
        expect(price).toBeLessThan(1);
      }),
      {
        examples: [
          [0.5, -100, 0.5],
          [0.5, 2_000, 0.5],
        ],
      },
    );
  });

  it("holding more YES never raises the price", () => {
    fc.assert(
      fc.property(fair, net, net, skewPerShare, (p, one, other, skew) => {
        const [less, more] = one < other ? [one, other] : [other, one];
        expect(reservationPrice(p, more, skew)).toBeLessThanOrEqual(
          reservationPrice(p, less, skew),
        );
      }),
    );
  });
});
