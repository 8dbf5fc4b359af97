/** `npm run calibrate`: what is read of a folder, and how well the recorded day is priced. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { feedOf, pricedByMean, pricedBySpot } from "../../scripts/pricing/forecasts.ts";
import type { PricedWindow } from "../../scripts/pricing/forecasts.ts";
import {
  midFigures,
  scores,
  signFigures,
  volatilityFigures,
} from "../../scripts/pricing/figures.ts";
import { recordingsIn } from "../../scripts/pricing/recordings.ts";
import { reportPage } from "../../scripts/pricing/report.ts";
import { brier, calibrationSlope, logLoss } from "../../src/pricing/index.ts";
import { random } from "../../src/sim/index.ts";

const OPENS = 1_780_876_800;

function folder(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), "calibrate-"));
  onTestFinished(() => {
    rmSync(dir, { recursive: true });
  });
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(dir, name), name.endsWith(".gz") ? gzipSync(text) : text);
  return dir;
}

const windowLine = (opensAt: number, prices: readonly string[] | null): string =>
  JSON.stringify({
    slug: `btc-updown-5m-${opensAt}`,
    start_sec: opensAt,
    end_sec: opensAt + 300,
    outcome_prices: prices,
    strike_value: "60000500000000000000000",
  });

describe("what is read of a folder", () => {
  it("is told by what a file holds; lines that cannot be read are counted, a byte order mark costs nothing", () => {
    const dir = folder({
      "a.csv": `\uFEFFfeed_ts_ms,value\n${OPENS + 1}500,60001.5\n${OPENS}000,60000\nnever,1\n`,
      "b.jsonl.gz": `${windowLine(OPENS, ["1", "0"])}\n{"slug":3}\n${windowLine(OPENS + 300, null)}\n`,
      "c.csv":
        "market_start,event_ms,token,best_bid,best_ask\n7,7500,A,0.4,0.5\n7,8000,A,0.99,\n7,8000,B,0.1,0.2\n",
      "d.csv": "market_start,winner_inferred\n7,A\n9,\n",
      "e.csv": "outcome,btc_open,btc_close\nup,10,11\ndown,10,9.5\n?,10,11\n",
      "f.csv": "who,knows\n1,2\n",
      "g.txt": "not read",
    });
    const found = recordingsIn([dir]);
    expect(found.ticks).toEqual([
      { at: OPENS, price: 60_000 },
      { at: OPENS + 1, price: 60_001.5 },
    ]);
    expect(found.windows.map(({ strike, result }) => [strike, result])).toEqual([
      [60_000.5, 1],
      [60_000.5, null],
    ]);
    expect(found.books).toEqual([
      {
        opensAt: 7,
        result: 1,
        touches: [
          { atMs: 7_500, bid: 0.4, ask: 0.5 },
          { atMs: 8_000, bid: 0.99, ask: 1 },
        ],
      },
    ]);
    expect(found.outcomes).toEqual([
      { result: 1, move: 1 },
      { result: 0, move: -0.5 },
    ]);
    expect(found.skipped.map((text) => text.replace(dir, ""))).toEqual([
      "/a.csv: 1 lines that cannot be read",
      "/b.jsonl.gz: 1 lines that cannot be read",
      "/e.csv: 1 lines that cannot be read",
      "/f.csv: no recording that is known",
    ]);
  });
});

const scored = (
  windows: readonly PricedWindow[],
  which: "model" | "plain" = "model",
  leftS = 300,
) => windows.flatMap((window) => window[which].filter((each) => each.leftS <= leftS));

describe("windows of a simulated walk", () => {
  const draws = random(7).fork("walk");
  let price = 60_000;
  const ticks = Array.from({ length: 6 * 3_600 }, (_, second) => {
    price *= Math.exp(0.0001 * draws.gaussian());
    return { at: OPENS - 60 + second, price };
  });
  const windows = Array.from({ length: 70 }, (_, index) => ({
    opensAt: OPENS + index * 300,
    endsAt: OPENS + (index + 1) * 300,
    strike: null,
    result: null,
  }));

  it("are priced as sure as they turn out, and better in the last minute than by the last price", () => {
    const priced = pricedByMean(windows, feedOf(ticks), 2);
    expect(priced).toHaveLength(70);
    expect(calibrationSlope(scored(priced))).toBeGreaterThan(0.7);
    expect(calibrationSlope(scored(priced))).toBeLessThan(1.5);
    expect(brier(scored(priced, "model", 60))).toBeLessThan(brier(scored(priced, "plain", 60)));
  });

  it("count not at all where the feed was silent at one of the times", () => {
    const [second] = windows.slice(1, 2);
    const silent = ticks.filter(
      ({ at }) => at < (second?.endsAt ?? 0) - 200 || at > (second?.endsAt ?? 0) - 100,
    );
    expect(pricedByMean(windows, feedOf(silent), 2)).toHaveLength(69);
  });

  it("nothing is known of what comes after the lag", () => {
    const cut = (second: number) => ticks.filter(({ at }) => at <= second);
    const [first] = windows;
    const endsAt = first?.endsAt ?? 0;
    const all = pricedByMean(windows.slice(0, 1), feedOf(ticks), 2)[0];
    const until = cut(endsAt - 32);
    // The strike and the end, which decide the result, and nothing between the lag and the end.
    const blind = [...until, ...cut(endsAt + 1).filter(({ at }) => at > endsAt - 30)];
    const seen = pricedByMean(windows.slice(0, 1), feedOf(blind), 2)[0];
    const at30 = (window: PricedWindow | undefined) =>
      window?.model.find(({ leftS }) => leftS === 30);
    expect(at30(all)?.probability).toBeDefined();
    expect(at30(seen)?.probability).toBe(at30(all)?.probability);
  });
});

describe("figures", () => {
  it("of no windows are none", () => {
    const draw = (count: number): number => count - 1;
    expect(scores("spot", [], draw)).toEqual([]);
    expect(volatilityFigures([], feedOf([]))).toEqual([]);
    expect(midFigures([], 300, draw)).toEqual([]);
    expect(signFigures([])).toEqual([]);
    const silent = {
      ticks: [{ at: OPENS, price: 60_000 }],
      feed: feedOf([{ at: OPENS, price: 60_000 }]),
    };
    expect(volatilityFigures(silent.ticks, silent.feed)).toEqual([]);
  });
});

describe("the page of a report", () => {
  it("has each figure in a table, charts with a mark for each, and asks no other host for anything", () => {
    const page = reportPage("<day>", [
      {
        title: "priced",
        figures: [
          { figure: "Brier, 60 s left", value: 0.07, low: 0.05, high: 0.09, n: 9, leftS: 60 },
          { figure: "log loss, 60 s left", value: 0.21, low: null, high: null, n: 9, leftS: 60 },
          { figure: "said 0.251", value: 0.3, low: null, high: null, n: 90, said: 0.251 },
        ],
      },
      {
        title: "variance",
        figures: [{ figure: "QLIKE", value: 0.24, low: null, high: null, n: 9 }],
      },
    ]);
    expect(page).toContain("<title>&lt;day></title>");
    expect(page).toContain(
      "<td>Brier, 60 s left</td><td>0.0700</td><td>0.0500 to 0.0900</td><td>9</td>",
    );
    expect(page.match(/<svg/g)).toHaveLength(2);
    // One of the reliability, one of the Brier score; a log loss is on another scale.
    expect(page.match(/<circle/g)).toHaveLength(2);
    expect(page).not.toMatch(/https?:|NaN|undefined/);
  });
});

const shared = "../shared/data/real/chainlink-btc5m";

describe.skipIf(!existsSync(shared))("the recorded day", () => {
  const { ticks, windows } = recordingsIn([shared]);
  const feed = feedOf(ticks);

  it("by the mean of the last minute is priced as well as it was measured to be possible", () => {
    const priced = pricedByMean(windows, feed, 2);
    expect(priced.length).toBeGreaterThan(260);
    expect(logLoss(scored(priced))).toBeLessThan(0.26);
    expect(brier(scored(priced, "model", 60))).toBeLessThan(0.027);
    expect(brier(scored(priced, "model", 10))).toBeLessThan(0.004);
    expect(calibrationSlope(scored(priced))).toBeGreaterThan(0.8);
    expect(calibrationSlope(scored(priced))).toBeLessThan(1.2);
  });

  it("by the last price, with the venue's results, too", () => {
    const priced = pricedBySpot(windows, feed, 2);
    expect(priced.length).toBeGreaterThan(270);
    expect(logLoss(scored(priced))).toBeLessThan(0.342);
  });
});
