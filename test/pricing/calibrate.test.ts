/** `npm run calibrate`: what is read of a folder, and how well the recorded day is priced. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { feedOf, pricedByMean, pricedBySpot } from "../../scripts/pricing/forecasts.ts";
import type { PricedWindow } from "../../scripts/pricing/forecasts.ts";
import {
  type Figure,
  midFigures,
  scores,
  signFigures,
  volatilityFigures,
} from "../../scripts/pricing/figures.ts";
import {
  bookWindows,
  breakEvenFigures,
  markoutFigures,
  moveFigures,
} from "../../scripts/pricing/bookFigures.ts";
import { comparedWindows, skillFigures } from "../../scripts/pricing/skill.ts";
import { meaningsOf } from "../../scripts/pricing/words.ts";
import { type RecordedBook, recordingsIn } from "../../scripts/pricing/recordings.ts";
import { reportPage } from "../../scripts/pricing/report.ts";
import { brier, calibrationSlope, logLoss, normalCdf } from "../../src/pricing/index.ts";
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
          { atMs: 7_500, bid: 0.4, ask: 0.5, bidSize: 0, askSize: 0 },
          { atMs: 8_000, bid: 0.99, ask: 1, bidSize: 0, askSize: 0 },
        ],
      },
    ]);
    expect(found.outcomes).toEqual([
      { result: 1, move: 1 },
      { result: 0, move: -0.5 },
    ]);
    expect(
      found.sources.map(({ file, ...rest }) => [basename(file), ...Object.values(rest)]),
    ).toEqual([
      ["a.csv", "prices of the settlement feed", 2],
      ["b.jsonl.gz", "windows", 2],
      ["c.csv", "touches of 1 windows", 2],
      ["d.csv", "winners of windows", 1],
      ["e.csv", "outcomes beside Binance's move", 2],
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
    expect(moveFigures([], draw)).toEqual([]);
    expect(markoutFigures([], draw)).toEqual([]);
    expect(breakEvenFigures([], draw)).toEqual([]);
    expect(signFigures([])).toEqual([]);
    const silent = {
      ticks: [{ at: OPENS, price: 60_000 }],
      feed: feedOf([{ at: OPENS, price: 60_000 }]),
    };
    expect(volatilityFigures(silent.ticks, silent.feed)).toEqual([]);
  });
});

/** Draws every window once, so that an interval is the figure itself. */
const inTurn = () => {
  let next = 0;
  return (count: number): number => next++ % count;
};

const bookOf = (
  opensAt: number,
  touches: readonly (readonly [second: number, bid: number, ask: number, size?: number])[],
  result: 0 | 1 | null = null,
) => ({
  opensAt,
  result,
  touches: touches.map(([second, bid, ask, size = 10]) => ({
    atMs: (opensAt + second) * 1_000,
    bid,
    ask,
    bidSize: size,
    askSize: 10,
  })),
});

describe("recorded books by themselves", () => {
  const valueOf = (figures: readonly Figure[], name: string): number =>
    figures.find(({ figure }) => figure.includes(name))?.value ?? expect.unreachable();

  it("count while their windows run and have two sides", () => {
    const touches = [
      [-1, 0.4, 0.5],
      [0, 0.4, 0.5],
      [1, 0, 0.5],
      [2, 0.5, 1],
      [300, 0.4, 0.5],
    ] as const;
    const [window = expect.unreachable()] = bookWindows([bookOf(OPENS, touches)], 300);
    expect(window.touches.map(({ atMs, bid, ask }) => [atMs / 1_000 - OPENS, bid, ask])).toEqual([
      [0, 4_000, 5_000],
    ]);
  });

  it("have c 1 where the middle moves as the fair value of a spot digital", () => {
    const draws = random(3).fork("c");
    const books = Array.from({ length: 40 }, (_, index) => {
      let path = 0;
      const opensAt = OPENS + index * 300;
      const touches = Array.from({ length: 290 }, (_unused, second) => {
        path += second === 0 ? 0 : draws.gaussian();
        const fair = normalCdf(path / Math.sqrt(300 - second));
        return [second, fair - 0.005, fair + 0.005] as const;
      });
      return bookOf(
        opensAt,
        touches.filter(([, bid, ask]) => bid > 0 && ask < 1),
      );
    });
    const figures = moveFigures(bookWindows(books, 300), inTurn());
    for (const seconds of [1, 5, 15, 60])
      expect(Math.abs(valueOf(figures, `over ${seconds} s`) - 1)).toBeLessThan(0.12);
  });

  it("tell what a quote at the touch and behind it has earned, with the count of its fills", () => {
    // The bid of 0.50 falls to 0.47 half a second after a quote was put, and stays there.
    const books = [
      bookOf(OPENS, [
        [0, 0.5, 0.51],
        [0.5, 0.47, 0.48],
        ...Array.from({ length: 9 }, (_, at) => [at + 1, 0.47, 0.48] as const),
      ]),
    ];
    const figures = markoutFigures(bookWindows(books, 300), inTurn());
    // Bids at 0.50, 0.49 and 0.48 are swept, with the middle at 0.475 five seconds on.
    expect(valueOf(figures, "at the touch, swept")).toBeCloseTo(-2.5, 9);
    expect(valueOf(figures, "1 c behind, swept")).toBeCloseTo(-1.5, 9);
    expect(valueOf(figures, "2 c behind, front")).toBeCloseTo(-0.5, 9);
    expect(figures.map(({ n }) => n)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it("tell the half-spread at which fills break even, of the touch and of all depths", () => {
    // Each second bid and ask fall by a cent, so that against each bid the middle has gone 5 to 6 cents.
    const touches = Array.from({ length: 40 }, (_, second) => {
      const bid = Number((0.7 - second * 0.01).toFixed(2));
      return [second, bid, Number((bid + 0.01).toFixed(2))] as const;
    });
    const figures = breakEvenFigures(bookWindows([bookOf(OPENS, touches)], 300), inTurn());
    // The quote of each second is swept by the next touch, a second later, and the middle is 6 cents lower 5 s on.
    expect(valueOf(figures, "at the touch, swept, fixed")).toBeCloseTo(6, 6);
    expect(valueOf(figures, "at the touch, swept, times")).toBeCloseTo(0, 6);
    expect(valueOf(figures, "all depths, swept, fixed")).toBeCloseTo(6, 6);
  });

  it("have words for each of their figures", () => {
    const touches = Array.from({ length: 90 }, (_, second) => {
      const bid = Number((0.5 + (second % 4) * 0.01).toFixed(2));
      return [second, bid, Number((bid + 0.01).toFixed(2)), 20 - (second % 7)] as const;
    });
    const windows = bookWindows([bookOf(OPENS, touches)], 300);
    const all = [moveFigures, markoutFigures, breakEvenFigures].flatMap((of) =>
      of(windows, inTurn()),
    );
    expect(all.length).toBeGreaterThan(10);
    for (const figure of all)
      expect([figure.figure, meaningsOf([figure])]).toHaveProperty("1.length", 1);
  });
});

describe("our price beside the middle of the book", () => {
  const ticks = Array.from({ length: 900 }, (_, second) => ({
    at: OPENS - 120 + second,
    // Ten dollars above the strike from the first second on.
    price: second <= 120 ? 60_000 : 60_010 + (second % 2),
  }));
  const feed = feedOf(ticks);
  const everySecond = (bid: number) =>
    Array.from({ length: 300 }, (_, second) => [second, bid, bid + 0.01] as const);
  const windowAt = (opensAt: number, result: 0 | 1 | null) => ({
    opensAt,
    endsAt: opensAt + 300,
    strike: null,
    result,
  });
  const compared = (books: readonly RecordedBook[], upWon: 0 | 1 | null = 1) =>
    comparedWindows(
      books,
      books.map(({ opensAt }) => windowAt(opensAt, upWon)),
      { feed, lagS: 2, lengthS: 300 },
    );

  it("is better than a middle that says a coin, by the difference of their scores on the same windows", () => {
    const pairs = compared([bookOf(OPENS, everySecond(0.495), 1)]);
    const figures = skillFigures(pairs, inTurn());
    const of = (name: string) => figures.find(({ figure }) => figure === name);
    expect(of("windows with a book, prices and a result")?.value).toBe(1);
    expect(of("Brier, the mid's")?.value).toBeCloseTo(0.25, 9);
    expect(of("log loss, the mid's")?.value).toBeCloseTo(Math.log(2), 9);
    const [ours, difference] = [of("Brier, ours"), of("Brier, ours minus the mid's")];
    expect(ours?.value).toBeLessThan(0.25);
    expect(difference?.value).toBeCloseTo((ours?.value ?? NaN) - 0.25, 9);
    expect(difference?.low).toBeCloseTo(difference?.value ?? NaN, 9);
    expect(figures.filter(({ leftS }) => leftS !== undefined)).toHaveLength(8);
    for (const figure of figures)
      expect([figure.figure, meaningsOf([figure])]).toHaveProperty("1.length", 1);
  });

  it.each<[of: string, tokenWon: 0 | 1, upWon: 0 | 1, mid: number]>([
    ["Up, which won", 1, 1, 0.2],
    ["Up, which lost", 0, 0, 0.2],
    // A middle of Down at 0.20 says 0.80 for Up.
    ["Down, while Up won", 0, 1, 0.8],
    ["Down, which won", 1, 0, 0.8],
  ])("is judged by whether Up won, also where the book is of %s", (_of, tokenWon, upWon, mid) => {
    const [one] = compared([bookOf(OPENS, everySecond(0.195), tokenWon)], upWon);
    expect(one?.pairs).toHaveLength(8);
    for (const { ours, mid: said } of one?.pairs ?? []) {
      expect([ours.result, said.result]).toEqual([upWon, upWon]);
      expect(said.probability).toBeCloseTo(mid, 9);
      expect(ours.probability).toBeGreaterThan(0.5);
    }
  });

  it("is not compared where a book does not tell which token it is of", () => {
    const book = (result: 0 | 1 | null) => bookOf(OPENS, everySecond(0.495), result);
    expect(compared([book(null)], 1)).toEqual([]);
    expect(compared([book(1)], null)).toEqual([]);
    expect(comparedWindows([book(1)], [], { feed, lagS: 2, lengthS: 300 })).toEqual([]);
  });

  it("compares only moments at which there are both, and no window without prices", () => {
    const until = everySecond(0.495).slice(0, 200);
    const [one] = compared([bookOf(OPENS, until, 1)]);
    // The last touch is 101 s before the end.
    expect(one?.pairs.map(({ leftS }) => leftS)).toEqual([240, 180, 120]);
    expect(compared([bookOf(OPENS + 86_400, everySecond(0.495), 1)])).toEqual([]);
  });

  it("is found in a folder that holds a book, its winner, windows and prices", () => {
    const prices = ticks.map(({ at, price }) => `${at}000,${price}`);
    const touches = everySecond(0.495).map(
      ([second, bid, ask]) => `${OPENS},${OPENS + second}000,A,${bid},5,${ask},5`,
    );
    const dir = folder({
      "prices.csv.gz": ["feed_ts_ms,value", ...prices].join("\n"),
      "windows.jsonl": windowLine(OPENS, ["1", "0"]),
      "derived.csv.gz": [
        "market_start,event_ms,token,best_bid,bid_size,best_ask,ask_size",
        ...touches,
      ].join("\n"),
      "index.csv": `market_start,winner_inferred\n${OPENS},A\n`,
    });
    const { books, windows, ticks: read } = recordingsIn([dir]);
    const both = comparedWindows(books, windows, { feed: feedOf(read), lagS: 2, lengthS: 300 });
    expect(both.map(({ opensAt, pairs }) => [opensAt, pairs.length])).toEqual([[OPENS, 8]]);
    const [first] = both.flatMap(({ pairs }) => pairs);
    expect(first).toMatchObject({ mid: { probability: 0.5, result: 1 }, ours: { result: 1 } });
    expect(markoutFigures(bookWindows(books, 300), inTurn())).toEqual([]);
  });

  it("is by the rule that held: a window of today by the mean of its last minute", () => {
    const opensAt = 1_786_665_600;
    const late = Array.from({ length: 500 }, (_, second) => {
      // Well above the strike, but for the last twenty seconds.
      const isAbove = second > 120 && second < 400;
      return {
        at: opensAt - 120 + second,
        price: second <= 120 ? 60_000 : isAbove ? 60_200 : 59_990,
      };
    });
    const now = { feed: feedOf(late), lagS: 0, lengthS: 300 };
    const [one] = comparedWindows(
      [bookOf(opensAt, everySecond(0.495), 1)],
      [windowAt(opensAt, 1)],
      now,
    );
    expect(one?.pairs.find(({ leftS }) => leftS === 10)?.ours.probability).toBeGreaterThan(0.9);
    const before = late.map(({ at, price }) => ({ at: at - opensAt + OPENS, price }));
    const then = { ...now, feed: feedOf(before) };
    const [spot] = comparedWindows(
      [bookOf(OPENS, everySecond(0.495), 1)],
      [windowAt(OPENS, 1)],
      then,
    );
    expect(spot?.pairs.find(({ leftS }) => leftS === 10)?.ours.probability).toBeLessThan(0.5);
  });

  it("says that there are no windows with both", () => {
    expect(skillFigures([], inTurn())).toEqual([
      {
        figure: "windows with a book, prices and a result",
        value: 0,
        isCount: true,
        low: null,
        high: null,
        n: 0,
      },
    ]);
  });
});

describe("the page of a report", () => {
  it("has each figure in a table, charts with a mark for each, and asks no other host for anything", () => {
    const about = {
      title: "<day>",
      notes: ["Lag of 2 s & more"],
      sources: [{ file: "some/where/a.csv", holds: "windows", count: 7 }],
    };
    const page = reportPage(about, [
      {
        title: "priced",
        figures: [
          { figure: "Brier, 60 s left", value: 0.07, low: 0.05, high: 0.09, n: 9, leftS: 60 },
          {
            figure: "spot log loss, 60 s left",
            value: 0.21,
            low: null,
            high: null,
            n: 9,
            leftS: 60,
          },
          { figure: "said 0.251", value: 0.3, low: null, high: null, n: 90, said: 0.251 },
        ],
      },
      {
        title: "variance",
        figures: [
          { figure: "QLIKE", value: 0.24, low: null, high: null, n: 9 },
          { figure: "spot log loss", value: 0.3, low: null, high: null, n: 9 },
        ],
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
    expect(page).toContain("<td>a.csv: windows</td><td>7</td>");
    expect(page).not.toContain("some/where");
    expect(page).toContain("Lag of 2 s &amp; more");
    expect(page).toContain("<dt>QLIKE</dt>");
    expect(page.match(/<dt>log loss<.dt>/g)).toHaveLength(1);
    expect(page.match(/class="legend"/g)).toHaveLength(2);
  });

  it("draws moves by their length and markouts by place, front and swept in two colours", () => {
    const bare = { low: null, high: null, n: 9 };
    const page = reportPage({ title: "", notes: [], sources: [] }, [
      {
        title: "books",
        figures: [
          { figure: "move of the middle, c over 1 s", value: 0.8, ...bare, horizonS: 1 },
          { figure: "markout, front", value: 0.2, ...bare, behindCents: 0, queue: "front" },
          { figure: "markout, swept", value: -2, ...bare, behindCents: 0, queue: "swept" },
        ],
      },
    ]);
    expect(page.match(/<svg/g)).toHaveLength(2);
    expect(page.match(/<g class="c1"><circle/g)).toHaveLength(1);
    expect(page.match(/<g class="c0"><circle/g)).toHaveLength(2);
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
