import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { isAlike, type Row } from "../../scripts/calibration/compared.ts";
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

describe("alike", () => {
  const row = (recorded: number, simulates: number, aside: string | null = null): Row => ({
    figure: "",
    unit: "",
    recorded,
    simulated: simulates,
    aside,
  });

  it("is within a quarter, either way, except for figures that are not held to it", () => {
    const rows = [row(100, 125), row(100, 75), row(100, 126), row(100, 74), row(100, 300, "why")];
    expect(rows.map(isAlike)).toEqual([true, true, false, false, true]);
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
