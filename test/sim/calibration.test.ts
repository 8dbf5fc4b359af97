import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { isAlike, type Row } from "../../scripts/calibration/compared.ts";
import { quoteFills } from "../../scripts/calibration/quotes.ts";
import {
  recordedFrames,
  recordedSports,
  recordedWallet,
} from "../../scripts/calibration/recorded.ts";
import { simulated } from "../../scripts/calibration/simulated.ts";
import { type Frame, type Level, tallied } from "../../scripts/calibration/tally.ts";
import { PRESETS } from "../../src/sim/traders/presets.ts";

const shared = "../shared/data";
const hasReal = existsSync(join(shared, "real"));

const frame = (atMs: number, bids: Level[], asks: Level[], book = "a"): Frame => ({
  book,
  atMs,
  bids,
  asks,
});

describe("what is counted of books", () => {
  it("spreads and sizes at the touch, of books with two sides", () => {
    const { spreadIsOneCent, spreadCentsMean, touchMedian, touchMean } = tallied([
      frame(0, [[4_900, 10]], [[5_000, 20]]),
      frame(1_000, [[4_900, 30]], [[5_200, 100]]),
      frame(2_000, [[4_900, 999]], []),
    ]);
    expect({ spreadIsOneCent, spreadCentsMean }).toEqual({
      spreadIsOneCent: 0.5,
      spreadCentsMean: 2,
    });
    expect({ touchMedian, touchMean }).toEqual({ touchMedian: 25, touchMean: 40 });
  });

  it("the frequency of each book, except for silences in which the recorder may have been away", () => {
    const at = (atMs: number, book?: string) => frame(atMs, [[4_900, 10]], [[5_000, 10]], book);
    const times = [at(0), at(100, "b"), at(500), at(600, "b"), at(1_000), at(20_000), at(20_500)];
    // Four distances of half a second each.
    expect(tallied(times).framesPerSecond).toBe(2);
  });

  it("sizes that differ from the frame before, come or go, within a dime of the middle", () => {
    const { changesPerSecondMin } = tallied([
      frame(
        0,
        [
          [4_900, 10],
          [4_800, 10],
          [100, 1],
        ],
        [[5_000, 10]],
      ),
      frame(
        2_000,
        [
          [4_900, 11],
          [4_700, 10],
          [100, 2],
        ],
        [[5_000, 10]],
      ),
    ]);
    expect(changesPerSecondMin).toBe(1.5);
  });
});

describe("how a middle moves from second to second", () => {
  /** One cent wide around these middles, in cents, one each second. */
  const moving = (...mids: readonly number[]) =>
    mids.map((mid, at) => frame(at * 1_000, [[mid * 100 - 50, 10]], [[mid * 100 + 50, 10]]));

  it("correlates a move with the next, and counts the seconds without one", () => {
    // Moves 1, 1, -1, -1, 0: products 1, -1, 1, 0, over the mean of their squares, 1, 1, 1, 1/2.
    const { midAutocorrelation, midStill, midMoveCents } = tallied(moving(50, 51, 52, 51, 50, 50));
    expect(midAutocorrelation).toBeCloseTo(1 / 3.5, 9);
    expect(midStill).toBe(0.2);
    expect(midMoveCents).toBeCloseTo(Math.sqrt(4 / 5), 9);
  });

  it("compares five seconds with five times one: a trend has a ratio of five, a bounce less than one", () => {
    expect(tallied(moving(40, 41, 42, 43, 44, 45)).midVarianceRatio).toBeCloseTo(5, 9);
    expect(tallied(moving(40, 41, 40, 41, 40, 41)).midVarianceRatio).toBeCloseTo(1 / 5, 9);
  });

  it("counts no move across a silence", () => {
    const late = moving(50, 51).concat(
      moving(60, 61).map((one) => ({ ...one, atMs: one.atMs + 20_000 })),
    );
    // A touch counts for five seconds: four stand still, none leaps.
    expect(tallied(late).midMoveCents).toBeCloseTo(Math.sqrt(2 / 6), 9);
  });

  it("says what a quote at the touch has earned five seconds after its fill", () => {
    const at = (atMs: number, bid: number, size: number): Frame =>
      frame(atMs, [[bid, size]], [[bid + 100, 10]]);
    // The bid at 50 is hit and stays; a second later it is gone. Then the middle is 48.5, and stays there.
    const { frontMarkoutCents, sweptMarkoutCents, sweptMarkoutMoves } = tallied([
      at(0, 5_000, 10),
      at(500, 5_000, 4),
      at(1_500, 4_800, 10),
      at(5_400, 4_800, 10),
      at(8_000, 4_800, 10),
    ]);
    // In front: the hit of the first second, and the sweep of the second one; both end at 48.5.
    expect(frontMarkoutCents).toBeCloseTo(-1.5, 9);
    expect(sweptMarkoutCents).toBeCloseTo(-1.5, 9);
    // Moves over five seconds: -2, -2, 0, 0.
    expect(sweptMarkoutMoves).toBeCloseTo(-1.5 / Math.SQRT2, 9);
  });
});

describe("a quote at the touch", () => {
  const queues = (...bidSizes: readonly number[]) => {
    const touches = bidSizes.map((bidSize, at) => ({
      atMs: at * 500,
      bid: 5_000,
      bidSize,
      ask: 5_100,
      askSize: 10,
    }));
    const quiet = [4, 8].map((second) => ({
      ...(touches.at(-1) ?? expect.unreachable()),
      atMs: second * 1_000,
    }));
    return [...quoteFills([...touches, ...quiet])].map(({ queue }) => queue);
  };

  it("is filled in front when its level shrinks, not when it grows, and not swept while it is there", () => {
    expect(queues(10, 4)).toEqual(["front"]);
    expect(queues(10, 14)).toEqual([]);
  });
});

describe("alike", () => {
  const row = (
    recorded: number,
    simulates: number,
    aside: string | null = null,
    slack = 0,
  ): Row => ({
    figure: "",
    unit: "",
    recorded,
    simulated: { recorded: simulates, busy: 0 },
    slack,
    aside,
  });

  it("is within a quarter, either way, except for figures that are not held to it", () => {
    const rows = [row(100, 125), row(100, 75), row(100, 126), row(100, 74), row(100, 300, "why")];
    expect(rows.map((one) => isAlike(one))).toEqual([true, true, false, false, true]);
    expect(rows.map((one) => isAlike(one, "busy"))).toEqual([false, false, false, false, true]);
  });

  it("may be off by so much of its unit where it is near zero, and is never alike without a figure", () => {
    expect(isAlike(row(-0.1, 0.1, null, 0.2))).toBe(true);
    expect(isAlike(row(-0.1, 0.11, null, 0.2))).toBe(false);
    expect(isAlike(row(-2, -2.5, null, 0.2))).toBe(true);
    expect(isAlike(row(1, NaN))).toBe(false);
  });
});

describe("the simulated side", () => {
  it("has a frame of two sides after each trade, and its sizes", () => {
    const { frames, tradeSizes, changesPerSecond } = simulated(PRESETS.busy, 1, 0.1);
    expect(frames.length).toBeGreaterThan(200);
    expect(tradeSizes.length).toBeGreaterThanOrEqual(frames.length);
    for (const { bids, asks } of frames) {
      expect(bids.map(([price]) => price)).toEqual(
        bids.map(([price]) => price).toSorted((a, b) => b - a),
      );
      if (bids[0] && asks[0]) expect(bids[0][0]).toBeLessThan(asks[0][0]);
    }
    expect(changesPerSecond).toBeGreaterThan(50);
  });

  it("is empty without traders", () => {
    const { frames, tradeSizes, changesPerSecond } = simulated(PRESETS.empty, 1, 0.1);
    expect({ frames, tradeSizes, changesPerSecond }).toEqual({
      frames: [],
      tradeSizes: [],
      changesPerSecond: 0,
    });
  });
});

describe.skipIf(!hasReal)("the recorded side (needs ../shared/data/real)", () => {
  it("has the same touch as the recorder's own derived file", () => {
    const window: Frame[] = [];
    // Stops after the first market, so that no other file is read.
    for (const each of recordedFrames(shared)) {
      const endsAt = (Math.floor((window[0] ?? each).atMs / 300_000) + 1) * 300_000;
      if (each.atMs >= endsAt) break;
      window.push(each);
    }
    const start = Math.floor((window[0]?.atMs ?? 0) / 300_000) * 300;
    const derived = gunzipSync(readFileSync(join(shared, "real/pm-btc5m-book/derived.csv.gz")))
      .toString("utf8")
      .split("\n")
      .map((line) => line.split(","))
      .filter(([of, , at]) => of === String(start) && Number(at) >= start * 1_000)
      .filter(([, , at]) => Number(at) < (start + 300) * 1_000);
    const theirs = derived.map(([, , at, , ...touch]) => [at, ...touch.slice(0, 4)].map(Number));
    const ours = window.map(({ atMs, bids, asks }) => [
      atMs,
      ...[bids[0], asks[0]].flatMap((level) => (level ? [level[0] / 10_000, level[1]] : [0, 0])),
    ]);
    const byTime = (rows: readonly (readonly number[])[]) => rows.map(String).toSorted();
    expect(ours.length).toBeGreaterThan(3_000);
    expect(byTime(ours)).toEqual(byTime(theirs));
  });

  it("has as many trades and price changes as its readme says", () => {
    expect(recordedWallet(shared)).toHaveLength(924);
    const { tradeSizes, changesPerSecond } = recordedSports(shared);
    expect(changesPerSecond).toHaveLength(12);
    const rows = 206_848 - tradeSizes.length;
    const sum = changesPerSecond.reduce((total, each) => total + each, 0);
    expect(sum).toBeCloseTo(rows / 849.832, 6);
  });
});

describe("npm run venue:calibrate", () => {
  it("says what is missing where there are no recordings", async () => {
    const dir = mkdtempSync(join(tmpdir(), "calibrate-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const running = promisify(execFile)(process.execPath, [
      "--import",
      "tsx",
      "scripts/venueCalibrate.ts",
      dir,
    ]);
    await expect(running).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is not there: the recordings are no part"),
    });
  });
});
