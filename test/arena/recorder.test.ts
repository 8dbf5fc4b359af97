/** What the arena records of a window, from facts written down by hand; and what its figures are made of. */
import { describe, expect, it } from "vitest";
import { MARKOUTS_S, type WindowRecord, recorder } from "../../scripts/arena/recorder.ts";
import { figuresOf, hedgedOf, resultOf } from "../../scripts/arena/windowFigures.ts";
import type { VenueFact } from "../../src/sim/exchange/index.ts";
import { MICRO, epochMs } from "../../src/types/index.ts";
import {
  LENGTH_MS,
  OPENS,
  changed,
  level,
  moved,
  opened,
  orderOf,
  resolved,
  trade,
} from "./facts.ts";

/** Facts by the milliseconds since the opening at which they become true. */
type Story = readonly (readonly [number, ...VenueFact[]])[];

function recordOf(story: Story): WindowRecord {
  const recording = recorder();
  for (const [atMs, ...facts] of [[0, opened] as const, ...story])
    for (const fact of facts) recording.fact(fact, epochMs(OPENS + atMs));
  const record = recording.record();
  if (record === null) throw new Error("not resolved");
  return record;
}

const END: Story = [[LENGTH_MS + 2_000, resolved("YES")]];
/** The others: 48 to 52 cents. */
const BOOK = [level("BUY", 48, 100), level("SELL", 52, 100)];
const BID = orderOf("bid", { cents: 49, shares: 20 });
const HIT = orderOf("bid", { cents: 49, shares: 20, matched: 20, status: "matched" });
/** Our bid is booked after a second, and filled whole at the tenth. */
const FILLED: Story = [
  [0, ...BOOK],
  [1_000, changed("placed", BID), level("BUY", 49, 20)],
  [10_000, changed("matched", HIT), trade("t", HIT, 20, { atMs: 10_000 }), level("BUY", 49, 0)],
];
const later = (record: WindowRecord): readonly (number | null)[] => record.fills[0]?.laterBp ?? [];

describe("a window's record", () => {
  it("is there once the window is resolved, and not before", () => {
    const recording = recorder();
    recording.fact(opened, epochMs(OPENS));
    expect(recording.record()).toBeNull();
  });

  it("values a fill by the others' book just before it, and knows how old the order was", () => {
    const [fill] = recordOf([...FILLED, ...END]).fills;
    // 48 and 52, and not our own 49.
    expect(fill?.fairBp).toBe(5_000);
    expect(fill?.ageMs).toBe(9_000);
  });

  it("values a fill by the levels that its own taker has swept, too", () => {
    const swept: Story = [
      [0, ...BOOK],
      [1_000, changed("placed", BID), level("BUY", 49, 20)],
      [
        10_000,
        changed("matched", HIT),
        trade("t", HIT, 20, { atMs: 10_000 }),
        level("BUY", 49, 0),
        level("BUY", 48, 0),
      ],
    ];
    expect(recordOf([...swept, ...END]).fills[0]?.fairBp).toBe(5_000);
  });

  it("follows a fill by the middle at each of the times, with what became true at that moment", () => {
    const moves: Story = [
      [11_000, level("BUY", 48, 0), level("BUY", 46, 100)],
      [14_999, level("BUY", 46, 0), level("BUY", 44, 100)],
      [25_001, level("BUY", 44, 0), level("BUY", 40, 100)],
    ];
    const middles = later(recordOf([...FILLED, ...moves, ...END]));
    const by = (s: (typeof MARKOUTS_S)[number]): unknown => middles[MARKOUTS_S.indexOf(s)];
    expect([by(0), by(1), by(5), by(15), by(60)]).toEqual([5_000, 4_900, 4_800, 4_800, 4_600]);
  });

  it("takes an empty side for its end, and has no middle without any order of others", () => {
    const emptied: Story = [
      [10_500, level("BUY", 48, 0)],
      [12_000, level("SELL", 52, 0)],
    ];
    const middles = later(recordOf([...FILLED, ...emptied, ...END]));
    // (0 + 52) / 2; then nobody.
    expect(middles.slice(1, 3)).toEqual([2_600, null]);
  });

  it("takes what a YES pays where the time is after the end", () => {
    const late: Story = [
      [0, ...BOOK],
      [1_000, changed("placed", BID), level("BUY", 49, 20)],
      [90_000, changed("matched", HIT), trade("t", HIT, 20, { atMs: 90_000 }), level("BUY", 49, 0)],
      [96_000, level("BUY", 48, 50)],
    ];
    const of = (winner: "YES" | "NO"): readonly (number | null)[] =>
      later(recordOf([...late, [LENGTH_MS + 2_000, resolved(winner)]]));
    expect(of("YES")).toEqual([5_000, 5_000, 5_000, 10_000, 10_000]);
    expect(of("NO")).toEqual([5_000, 5_000, 5_000, 0, 0]);
  });

  it("leaves out a trade that fails, and what it had moved", () => {
    const failed: Story = [
      [14_000, trade("t", HIT, 20, { atMs: 10_000, status: "failed" })],
      [15_000, trade("t", HIT, 20, { atMs: 10_000, status: "failed" })],
    ];
    const { fills, inventory } = recordOf([...FILLED, ...failed, ...END]);
    expect(fills).toEqual([]);
    // 20 shares for four of a hundred seconds.
    expect(inventory).toEqual({ most: 20, mean: 0.8 });
  });

  it("counts a fill once, whatever becomes of its trade, and earns its part of the taker's fee", () => {
    const mined: Story = [
      [12_000, trade("t", HIT, 20, { atMs: 10_000, status: "mined", feeUsdc: 0.5 })],
      [14_000, trade("t", HIT, 20, { atMs: 10_000, status: "confirmed", feeUsdc: 0.5 })],
    ];
    const { fills, inventory, rebates } = recordOf([...FILLED, ...mined, ...END]);
    expect(fills).toHaveLength(1);
    expect(inventory).toEqual({ most: 20, mean: 18 });
    // A fifth of it.
    expect(rebates).toBe(0.1 * MICRO);
  });

  it("measures the time with a bid and an ask, in YES on either token", () => {
    const ask = orderOf("ask", { token: "NO", side: "BUY", cents: 45, shares: 20 });
    const gone = orderOf("ask", {
      token: "NO",
      side: "BUY",
      cents: 45,
      shares: 20,
      status: "cancelled",
    });
    const story: Story = [
      [0, ...BOOK],
      [10_000, changed("placed", BID), level("BUY", 49, 20)],
      [30_000, changed("placed", ask), level("SELL", 55, 20)],
      [60_000, changed("cancelled", gone), level("SELL", 55, 0)],
      // The bid rests until the venue ends it, a second after the window's end.
      [
        LENGTH_MS + 1_000,
        changed("marketEnded", { ...BID, status: "cancelled" }),
        level("BUY", 49, 0),
      ],
    ];
    const record = recordOf([...story, ...END]);
    expect(record.quotedMs).toEqual({ both: 30_000, one: 60_000 });
    expect(record.orders).toEqual({ placed: 2, refused: 0, cancelled: 1 });
    expect(figuresOf(record).quoted).toEqual({ both: 0.3, one: 0.6 });
  });

  it("tells one path of the reference from another, by its prices and their order", () => {
    const hash = (...prices: readonly number[]): number =>
      recordOf([...prices.map((price, at) => [at + 1, moved(price)] as const), ...END])
        .referenceHash;
    expect(hash(60_000, 60_001)).toBe(hash(60_000, 60_001));
    expect(new Set([hash(60_000, 60_001), hash(60_001, 60_000), hash(60_000), hash()]).size).toBe(
      4,
    );
  });
});

describe("what the moves of the reference made", () => {
  const of = (before: Story, ...after: Story): number =>
    recordOf([...before, ...FILLED, ...after, ...END]).moved;

  it("is of what was held as they came, and of the window's time", () => {
    // 20 YES from the tenth second on.
    expect(
      of([
        [1, moved(60_000)],
        [900, moved(60_050)],
      ]),
    ).toBe(0);
    expect(of([[1, moved(60_000)]], [11_000, moved(60_010)])).toBeGreaterThan(0);
    expect(of([[1, moved(60_000)]], [11_000, moved(59_990)])).toBeLessThan(0);
    const late = [LENGTH_MS + 100, moved(60_000)] as const;
    expect(of([], late, [LENGTH_MS + 200, moved(60_500)])).toBe(0);
  });

  it("is in the unit of the result, which is hedged without it", () => {
    const record = recordOf([...FILLED, [11_000, moved(60_000)], [12_000, moved(60_010)], ...END]);
    const figures = figuresOf(record);
    // Ten dollars are about a third of a cent to a dollar for each share, by the variance that is expected.
    expect(figures.moved).toBeGreaterThan(0.1 * MICRO);
    expect(figures.moved).toBeLessThan(20 * MICRO);
    expect(hedgedOf(figures)).toBe(resultOf(figures) - figures.moved);
  });
});

describe("a window's figures", () => {
  it("are what the window has paid: spread by the middle, the rest is direction", () => {
    const figures = figuresOf(recordOf([...FILLED, ...END]));
    // Bought 20 at 49 with the middle at 50, and paid a dollar each.
    expect(figures).toMatchObject({ spread: 0.2 * MICRO, directional: 10 * MICRO, fees: 0 });
    expect(resultOf(figures)).toBe(20 * 0.51 * MICRO);
    expect(figures).toMatchObject({ fills: 1, shares: 20, agesMs: [9_000] });
  });

  it("lose all of it where the other side wins", () => {
    const figures = figuresOf(recordOf([...FILLED, [LENGTH_MS + 2_000, resolved("NO")]]));
    expect(resultOf(figures)).toBe(-20 * 0.49 * MICRO);
  });

  it("have markouts in the cents of the token that was traded", () => {
    const sold = orderOf("no", { token: "NO", side: "BUY", cents: 47, shares: 10 });
    const hit = { ...sold, matched: sold.size, status: "matched" } as const;
    const figures = figuresOf(
      recordOf([
        [0, ...BOOK],
        [1_000, changed("placed", sold), level("SELL", 53, 10)],
        [
          2_000,
          changed("matched", hit),
          trade("t", hit, 10, { atMs: 2_000 }),
          level("SELL", 53, 0),
        ],
        [2_500, level("SELL", 52, 0), level("SELL", 56, 100)],
        ...END,
      ]),
    );
    // A NO at 47 with YES in the middle at 50, then at 52; it pays nothing.
    expect(figures.markouts.map(({ cents }) => cents)).toEqual([30, 10, 10, 10, 10, -470]);
    expect(figures.markouts.map(({ shares }) => shares)).toEqual([10, 10, 10, 10, 10, 10]);
  });
});
