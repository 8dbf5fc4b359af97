import { describe, expect, it } from "vitest";
import {
  UNSEEN_BASIS,
  blended,
  fairMove,
  halfSpread,
  microprice,
  rebate,
  settlementRule,
  settlingPrice,
  spotDigital,
  standardError,
  withPair,
} from "../../src/pricing/index.ts";
import { type EpochMs, epochMs } from "../../src/types/index.ts";

const digitalAt = (price: number, secondsLeft: number) => {
  const made = spotDigital({ price, strike: 60_000, variancePerSecond: 1e-8, secondsLeft });
  if (made === null) throw new Error("no probability");
  return made;
};
const SURE = { varianceError: 0, basisSqrtSeconds: 0, latencyS: 0 };

describe("the standard error of a probability", () => {
  it("for a latency is the move of fair within it: 2.5 cents in a second, 260 s before the end", () => {
    const even = digitalAt(60_000, 260);
    expect(standardError(even, { ...SURE, latencyS: 1 })).toBeCloseTo(0.0247, 4);
    expect(standardError(even, { ...SURE, latencyS: 0.25 })).toBeCloseTo(0.0247 / 2, 4);
  });

  it("for the variance vanishes at the strike, where it does not matter", () => {
    const unsure = { ...SURE, varianceError: 0.6 };
    expect(standardError(digitalAt(60_000, 100), unsure)).toBeLessThan(0.001);
    // z = 1: phi(1) * 0.6 / 2.
    expect(standardError(digitalAt(60_060.05, 100), unsure)).toBeCloseTo(0.0726, 3);
  });

  it("for a basis is that of the time in which the price moves as far", () => {
    const even = digitalAt(60_000, 260);
    const ofBasis = standardError(even, { ...SURE, basisSqrtSeconds: 0.5 });
    expect(ofBasis).toBeCloseTo(standardError(even, { ...SURE, latencyS: 0.25 }), 12);
    expect(ofBasis).toBeGreaterThan(0.01);
  });

  it("adds as squares", () => {
    const digital = digitalAt(60_030, 100);
    const parts = [{ varianceError: 0.5 }, { basisSqrtSeconds: 0.7 }, { latencyS: 2 }];
    const each = parts.map((part) => standardError(digital, { ...SURE, ...part }) ** 2);
    const all = standardError(digital, Object.assign({ ...SURE }, ...parts));
    expect(all ** 2).toBeCloseTo(
      each.reduce((sum, part) => sum + part, 0),
      12,
    );
  });

  it("is never more than the result's own", () => {
    const last = digitalAt(60_000, 0.1);
    expect(standardError(last, { ...SURE, latencyS: 5 })).toBeCloseTo(0.5, 4);
    expect(standardError(digitalAt(60_001, 0), { ...SURE, latencyS: 5, varianceError: 1 })).toBe(0);
  });
});

describe("the market's word", () => {
  it("microprice leans to the side with less in front of it", () => {
    expect(microprice({ bid: 0.4, bidSize: 300, ask: 0.5, askSize: 100 })).toBeCloseTo(0.475, 9);
  });

  it("blend is either alone with a weight of 1, between with less, and shrinks to a coin", () => {
    expect(blended(0.6, 0.9, { mid: 1, fair: 0 })).toBeCloseTo(0.6, 9);
    expect(blended(0.6, 0.9, { mid: 0, fair: 1 })).toBeCloseTo(0.9, 9);
    const both = blended(0.6, 0.9, { mid: 0.8, fair: 0.2 });
    expect(both).toBeGreaterThan(0.6);
    expect(both).toBeLessThan(0.7);
    expect(blended(0.9, 0.9, { mid: 0.3, fair: 0.3 })).toBeLessThan(0.9);
    expect(blended(1, 1, { mid: 0.8, fair: 0.2 })).toBeLessThan(1);
  });
});

describe("what a quote has to earn", () => {
  const parameters = { tick: 0.01, fixed: 0.005, perMove: 1, reactionS: 0.5 };

  it("is more where the price moves faster, less by the rebate, and a tick at least", () => {
    const [slow, fast] = [digitalAt(60_000, 3_600), digitalAt(60_000, 30)];
    expect(halfSpread(fast, parameters, 0)).toBeCloseTo(0.005 + fairMove(fast, 0.5), 9);
    expect(halfSpread(fast, parameters, 0.003)).toBeCloseTo(0.002 + fairMove(fast, 0.5), 9);
    expect(halfSpread(slow, parameters, 0)).toBe(0.01);
  });

  it("rebate of a fifth of 7 % is 0.35 cents at one half", () => {
    expect(rebate(0.5, { feeRate: 0.07, rebateRate: 0.2 })).toBeCloseTo(0.0035, 9);
    expect(rebate(1, { feeRate: 0.07, rebateRate: 0.2 })).toBe(0);
  });
});

describe("the basis", () => {
  it("is the first distance at once, then learnt within minutes, with its variance", () => {
    let basis = withPair(UNSEEN_BASIS, 60_006, 60_000, 0);
    expect(settlingPrice(basis, 60_000)).toBeCloseTo(60_006, 6);
    for (let at = 1_000; at <= 600_000; at += 1_000)
      basis = withPair(basis, at % 2_000 === 0 ? 60_012 : 60_000, 60_000, at);
    expect(settlingPrice(basis, 60_000)).toBeCloseTo(60_006, 0);
    expect(Math.sqrt(basis.variance)).toBeCloseTo(0.0001, 5);
  });

  it.each([NaN, 0, -1, Infinity])("a price of %d changes nothing", (wrong) => {
    expect(withPair(UNSEEN_BASIS, wrong, 60_000, 0)).toEqual(UNSEEN_BASIS);
    expect(withPair(UNSEEN_BASIS, 60_000, wrong, 0)).toEqual(UNSEEN_BASIS);
  });
});

describe("the rule of a recorded window", () => {
  const at = (text: string): EpochMs => epochMs(Date.parse(text));

  it.each([
    ["btc-updown-5m-1780876500", "2026-06-08T00:00:00Z", "spot"],
    ["btc-updown-5m-1786060800", "2026-08-07T00:00:00Z", null],
    ["eth-updown-15m-1786665600", "2026-08-14T00:00:00Z", "twap60"],
    ["btc-updown-4h-1790000000", "2026-09-21T00:00:00Z", "twap60"],
    ["bitcoin-up-or-down-june-8-2026-7pm-et", "2026-06-08T23:00:00Z", "candle"],
    ["bitcoin-up-or-down-on-september-3-2026", "2026-09-03T00:00:00Z", null],
    ["btc-updown-7m-1790000000", "2026-09-21T00:00:00Z", null],
    ["will-it-rain", "2026-09-21T00:00:00Z", null],
  ])("%s that opens at %s: %s", (slug, opensAt, rule) => {
    expect(settlementRule(slug, at(opensAt))).toBe(rule);
  });
});
