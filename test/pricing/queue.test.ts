import { mean } from "simple-statistics";
import { describe, expect, it } from "vitest";
import { expectedFill } from "../../src/pricing/index.ts";
import { random } from "../../src/sim/exchange/index.ts";

describe("what is filled of a place in a queue", () => {
  it.each([
    { ahead: 0, size: 20, expected: 100 },
    { ahead: 150, size: 20, expected: 100 },
    { ahead: 30, size: 200, expected: 50 },
  ])("is what drawn volumes fill on average: %j", (place) => {
    const chance = random(7);
    const filled = Array.from({ length: 40_000 }, () => {
      const volume = -place.expected * Math.log(1 - chance.integer(0, 999_999) / 1_000_000);
      return Math.min(place.size, Math.max(0, volume - place.ahead));
    });
    // Three deviations of the mean of so many draws.
    const error = (3 * place.size) / 2 / Math.sqrt(filled.length);
    expect(Math.abs(expectedFill(place) - mean(filled))).toBeLessThan(error);
  });

  it("is all of it in front of a flood, and nothing without trades", () => {
    expect(expectedFill({ ahead: 0, size: 20, expected: 1e9 })).toBeCloseTo(20, 4);
    expect(expectedFill({ ahead: 0, size: 20, expected: 0 })).toBe(0);
  });
});
