/** Figures of many windows, pairs of windows, and how they are shown: tables, and arithmetic done here. */
import { describe, expect, it } from "vitest";
import {
  type ArenaFigure,
  type FinishedWindow,
  figuresOfEntrant,
  figuresOfPairs,
  paired,
} from "../../scripts/arena/arenaFigures.ts";
import { arenaPage } from "../../scripts/arena/report.ts";
import { lengthText, progressText, tableOf, valueText } from "../../scripts/arena/table.ts";
import type { WindowFigures } from "../../scripts/arena/windowFigures.ts";
import { MICRO } from "../../src/types/index.ts";

const MARKET = { strike: 60_000, winner: "YES", referenceHash: 7 };

/** A window that has brought so many dollars, all of them by direction. */
const windowOf = (
  seed: number,
  dollars: number,
  figures: Partial<WindowFigures> = {},
): FinishedWindow => ({
  seed,
  figures: {
    market: MARKET,
    spread: 0,
    directional: dollars * MICRO,
    fees: 0,
    rebates: 0,
    moved: 0,
    fills: 0,
    shares: 0,
    markouts: [],
    orders: { placed: 0, refused: 0, cancelled: 0 },
    agesMs: [],
    inventory: { most: 0, mean: 0 },
    quoted: { both: 0, one: 0 },
    ...figures,
  },
});

const LENGTH_MS = 120_000;
const found = (windows: readonly FinishedWindow[], name: string): ArenaFigure | undefined =>
  figuresOfEntrant({ label: "a", windows }, "busy", LENGTH_MS).find(
    ({ figure }) => figure === name,
  );

describe("the figures of a contestant", () => {
  it("are means over windows: spread, direction and rebates less fees", () => {
    const windows = [
      windowOf(1, 2, { spread: 3 * MICRO, fees: 1 * MICRO, rebates: 0.5 * MICRO }),
      windowOf(2, -1),
    ];
    expect(found(windows, "PnL")).toMatchObject({ value: (4.5 - 1) / 2, n: 2, low: -1, high: 4.5 });
    expect(found(windows, "of it fees")?.value).toBe(-0.5);
  });

  it("are hedged without what the moves of the reference made, and so are pairs", () => {
    const moved = (dollars: number) => ({ moved: dollars * MICRO });
    const windows = [windowOf(1, 12, moved(10)), windowOf(2, -17, moved(-20))];
    expect(found(windows, "PnL, delta-hedged")).toMatchObject({ value: 2.5, low: 2, high: 3 });
    const others = [windowOf(1, 5, moved(4)), windowOf(2, -8, moved(-10))];
    const { figures } = figuresOfPairs(
      { label: "a", windows },
      { label: "b", windows: others },
      "busy",
    );
    expect(figures[1]).toMatchObject({ figure: "PnL, delta-hedged", value: 1, low: 1, high: 1 });
  });

  it("weigh a markout by shares, not by windows, and leave it out where there is no share", () => {
    const of = (shares: number, cents: number): Partial<WindowFigures> => ({
      markouts: [{ shares, cents }],
    });
    const windows = [windowOf(1, 0, of(90, 90)), windowOf(2, 0, of(10, -90))];
    expect(found(windows, "markout at the fill")?.value).toBe(0);
    expect(found([windowOf(1, 0, of(0, 0))], "markout at the fill")).toBeUndefined();
  });

  it("count orders by the minute, and the age in the middle of all fills", () => {
    const windows = [
      windowOf(1, 0, { orders: { placed: 6, refused: 0, cancelled: 4 }, agesMs: [1_000, 9_000] }),
      windowOf(2, 0, { orders: { placed: 2, refused: 0, cancelled: 0 }, agesMs: [2_000] }),
    ];
    expect(found(windows, "orders placed")?.value).toBe(2);
    expect(found(windows, "orders cancelled")?.value).toBe(1);
    expect(found(windows, "age of an order at its fill, median")?.value).toBe(2);
  });

  it("are none without a window", () => {
    expect(figuresOfEntrant({ label: "a", windows: [] }, "busy", LENGTH_MS)).toEqual([]);
  });

  it("are the same whenever they are asked for", () => {
    const windows = [1, 2, 3, 4, 5].map((seed) => windowOf(seed, seed ** 2));
    const all = (): readonly ArenaFigure[] =>
      figuresOfEntrant({ label: "a", windows }, "busy", LENGTH_MS);
    expect(all()).toEqual(all());
  });
});

describe("pairs", () => {
  const other = { ...MARKET, referenceHash: 8 };
  it.each([
    [
      "the same seeds",
      [
        [1, 3],
        [2, 5],
      ],
      [
        [1, 1],
        [2, 7],
      ],
      [2, -2],
    ],
    [
      "in another order",
      [
        [1, 3],
        [2, 5],
      ],
      [
        [2, 7],
        [1, 1],
      ],
      [2, -2],
    ],
    [
      "one that the other has not finished",
      [
        [1, 3],
        [2, 5],
      ],
      [[2, 7]],
      [-2],
    ],
    [
      "one that the first has not finished",
      [[2, 5]],
      [
        [1, 1],
        [2, 7],
      ],
      [-2],
    ],
    ["none in common", [[1, 3]], [[2, 7]], []],
  ] as const)("%s", (_, first, second, differences) => {
    const windows = (each: readonly (readonly [number, number])[]): readonly FinishedWindow[] =>
      each.map(([seed, dollars]) => windowOf(seed, dollars));
    const pairing = paired(windows(first), windows(second));
    expect(pairing.differences.map(({ dollars }) => dollars)).toEqual(differences);
    expect(pairing.unlike).toEqual([]);
  });

  it.each([
    ["reference", other],
    ["strike", { ...MARKET, strike: 1 }],
    ["winner", { ...MARKET, winner: "NO" }],
  ])("are none where the windows differ in their %s, and it is said", (_, market) => {
    const { differences, unlike } = paired(
      [windowOf(1, 3), windowOf(2, 3)],
      [windowOf(1, 1, { market }), windowOf(2, 1)],
    );
    expect(unlike).toEqual([1]);
    expect(differences.map(({ seed }) => seed)).toEqual([2]);
  });

  it("take out what both have in common: the interval of the difference is narrower than each", () => {
    const luck = [40, -30, 5, -60, 25, 70, -15, 0, 33, -44];
    const first = luck.map((dollars, seed) => windowOf(seed, dollars + 2 + (seed % 2)));
    const second = luck.map((dollars, seed) => windowOf(seed, dollars));
    const { figures } = figuresOfPairs(
      { label: "a", windows: first },
      { label: "b", windows: second },
      "busy",
    );
    expect(figures[0]).toMatchObject({ contestant: "a", minus: "b", value: 2.5, n: 10 });
    expect(figures[0]?.low).toBeGreaterThanOrEqual(2);
    expect(figures[0]?.high).toBeLessThanOrEqual(3);
    expect(figures.at(-1)).toMatchObject({ figure: "better in", value: 100 });
    const alone = found(first, "PnL");
    expect((alone?.high ?? 0) - (alone?.low ?? 0)).toBeGreaterThan(20);
  });
});

describe("what is shown", () => {
  const figure = (value: number, low: number | null, high: number | null): ArenaFigure => ({
    traders: "busy",
    contestant: "a",
    figure: "PnL",
    unit: "$ a window",
    value,
    low,
    high,
    n: 9,
  });

  it.each([
    [figure(1.234, null, null), "1.23"],
    [figure(-12.34, -20.06, 3), "-12.3 (-20.1 to 3.0)"],
    [figure(123.4, 99, 150), "123 (99 to 150)"],
    [figure(-0.001, -0.004, 0.1), "0.00 (0.00 to 0.10)"],
  ])("has the digits that count", (shown, text) => {
    expect(valueText(shown)).toBe(text);
  });

  it("has a column for each contestant, and the pairs below", () => {
    const lines = tableOf([
      figure(1, null, null),
      { ...figure(22, null, null), contestant: "b" },
      { ...figure(-21, -30, -10), minus: "b" },
    ]);
    expect(lines).toEqual([
      "                     a      b",
      "PnL, $ a window   1.00   22.0",
      "a minus b: PnL, $ a window   -21.0 (-30.0 to -10.0)   9 pairs",
    ]);
  });

  it.each([
    [{ done: 0, kept: 0, failed: 0, all: 9, elapsedMs: 0 }, "0 of 9 windows"],
    [
      { done: 5, kept: 3, failed: 0, all: 9, elapsedMs: 4_000 },
      "5 of 9 windows, 0.50 a second, 8 s left",
    ],
    [
      { done: 100, kept: 0, failed: 2, all: 900, elapsedMs: 200_000 },
      "100 of 900 windows, 2 failed, 0.50 a second, 27 min left",
    ],
  ])("says how far it is by what it has played itself", (progress, text) => {
    expect(progressText(progress)).toBe(text);
  });

  it.each([
    [300_000, "5 min"],
    [15_000, "15 s"],
  ])("%i ms as %s", (ms, text) => {
    expect(lengthText(ms)).toBe(text);
  });

  it("is a page that needs no network, with every chart and the failures", () => {
    const first = { label: "<a>", windows: [windowOf(1, 3), windowOf(2, 5)] };
    const second = { label: "b", windows: [windowOf(1, 1), windowOf(2, 9)] };
    const { pairing, figures } = figuresOfPairs(first, second, "busy");
    const of = (traders: string): readonly ArenaFigure[] => [
      ...figuresOfEntrant(first, traders, LENGTH_MS),
      ...figuresOfEntrant(second, traders, LENGTH_MS),
    ];
    const [labels, pairs] = [["<a>", "b"], [{ minus: "b", pairing }]];
    const page = arenaPage("Arena: <a>, b", "2 windows", [
      {
        traders: "busy",
        labels,
        figures: [...of("busy"), ...figures],
        pairs,
        failures: ["seed 3: lost"],
      },
      { traders: "calm", labels, figures: of("calm"), pairs: [], failures: [] },
    ]);
    expect(page).toContain("<li>seed 3: lost</li>");
    expect(page).toContain("&lt;a> minus b");
    expect(page).not.toContain("<a>");
    // Of both presets together, of each its money; no fill, so no markouts; and the differences.
    const names = [...page.matchAll(/aria-label="([^"]+)"/g)].map(([, name]) => name);
    expect(names).toEqual([
      "PnL by preset",
      "PnL with busy",
      "Paired differences, &lt;a> minus b",
      "PnL with calm",
    ]);
    expect(page).not.toMatch(/https?:|NaN|undefined|Infinity/);
    expect(page).toContain("prefers-color-scheme: dark");
  });
});
