/** A result less what the moves of the reference made of what was held: of the same mean, with less luck. */
import { mean, standardDeviation } from "simple-statistics";
import { describe, expect, it } from "vitest";
import { hedge } from "../../scripts/arena/hedge.ts";
import { random } from "../../src/sim/exchange/index.ts";
import {
  MICRO,
  type Market,
  type ReferencePrice,
  epochMs,
  referencePrice,
} from "../../src/types/index.ts";
import { LENGTH_MS, MARKET, OPENS } from "./facts.ts";

const PER_SECOND = 0.0001;
const STEP_MS = 500;

interface Played {
  /** Of one YES, held from the opening on. */
  readonly paid: number;
  readonly moved: number;
}

/** One YES through a window, whose price is a random walk. */
function played(market: Market, seed: number, net = 1): Played {
  const chance = random(seed);
  const it = hedge(PER_SECOND);
  let price = Number(market.strike);
  const minute: number[] = [];
  for (let at = 0; at <= LENGTH_MS + 5_000; at += STEP_MS) {
    if (at > LENGTH_MS - 60_000 && at <= LENGTH_MS && at % 1_000 === 0) minute.push(price);
    it.moves(market, referencePrice(price), net, epochMs(OPENS + at));
    price = Math.round(price * (1 + PER_SECOND * Math.sqrt(STEP_MS / 1_000) * chance.gaussian()));
  }
  const settles = market.settledBy === "twap60" ? mean(minute) : minute.at(-1);
  return { paid: (settles ?? 0) >= market.strike ? 1 : 0, moved: it.earned() };
}

describe("a hedge", () => {
  it.each(["spot", "twap60"] as const)(
    "of a window by %s takes most of its luck, and nothing of its mean",
    (settledBy) => {
      const windows = Array.from({ length: 400 }, (_, seed) =>
        played({ ...MARKET, settledBy }, seed),
      );
      const moved = windows.map((each) => each.moved);
      const hedged = windows.map((each) => each.paid - each.moved);
      const deviation = standardDeviation(windows.map(({ paid }) => paid));
      expect(deviation).toBeGreaterThan(0.45);
      expect(standardDeviation(hedged)).toBeLessThan(0.4 * deviation);
      const error = (values: readonly number[]): number =>
        standardDeviation([...values]) / Math.sqrt(values.length);
      expect(Math.abs(mean(moved))).toBeLessThan(3 * error(moved));
      expect(Math.abs(mean(hedged) - 0.5)).toBeLessThan(3 * error(hedged));
    },
  );

  it("is of what is held, and of no market but an open one", () => {
    const one = played(MARKET, 1).moved;
    expect(one).not.toBe(0);
    expect(played(MARKET, 1, -20).moved).toBeCloseTo(-20 * one, 9);
    expect(played(MARKET, 1, 0).moved).toBe(0);
    const it = hedge(PER_SECOND);
    const at = (price: number, ms: number): void => {
      it.moves(MARKET, price as ReferencePrice, 1, epochMs(OPENS + LENGTH_MS + ms));
    };
    at(60_000 * MICRO, 0);
    at(60_100 * MICRO, 80);
    expect(it.earned()).toBe(0);
  });

  it("counts a move with what was held before it: a fill at the new price has not earned it", () => {
    const it = hedge(PER_SECOND);
    const at = (price: number, net: number, ms: number): void => {
      it.moves(MARKET, price as ReferencePrice, net, epochMs(OPENS + ms));
    };
    at(60_000 * MICRO, 0, 0);
    at(60_010 * MICRO, 0, 80);
    expect(it.earned()).toBe(0);
    at(60_020 * MICRO, 5, 160);
    expect(it.earned()).toBeGreaterThan(0);
  });
});
