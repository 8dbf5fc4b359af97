/** Our last fills and their mark-outs: what each is worth by the mid of its moment. */
import { describe, expect, it } from "vitest";
import {
  NO_FILLS,
  RECENT_FILLS_MAX,
  type RecentFills,
  withFills,
  withMarkouts,
} from "../../src/streams/caches/index.ts";
import {
  type Fill,
  type Side,
  type Token,
  NO_USDC,
  orderId,
  priceBp,
  tradeId,
} from "../../src/types/index.ts";
import { shares } from "../support/builders.ts";
import { instant } from "../marbles/streams/legend.ts";

const fill = (token: Token, side: Side, price: number): Fill => ({
  orderId: orderId("order"),
  token,
  side,
  price: priceBp(price),
  size: shares(20),
  fee: NO_USDC,
});
const heard = (
  known: RecentFills,
  id: string,
  of: Fill,
  atMs: number,
  midBp: number | null = 5000,
  hasFailed = false,
): RecentFills =>
  withFills(known, [{ tradeId: tradeId(id), fill: of, hasFailed }], instant(atMs), midBp);
/** Each row is a moment, and the mid then. */
const judged = (known: RecentFills, ...moments: readonly (readonly [number, number | null])[]) =>
  moments.reduce((acc, [atMs, mid]) => withMarkouts(acc, instant(atMs), () => mid), known);
const markouts = ({ shown }: RecentFills) =>
  shown.map(({ markoutBp: { after1s, after5s, after15s } }) => [after1s, after5s, after15s]);

describe("recent fills", () => {
  it.each<[what: string, token: Token, side: Side, price: number, shown: object, bp: number]>([
    ["a YES bought at 49", "YES", "BUY", 4900, { side: "BUY", price: 4900 }, 150],
    ["a YES sold at 53", "YES", "SELL", 5300, { side: "SELL", price: 5300 }, 250],
    [
      "a NO bought at 47 is a YES sold at 53",
      "NO",
      "BUY",
      4700,
      { side: "SELL", price: 5300 },
      250,
    ],
    [
      "a NO sold at 51 is a YES bought at 49",
      "NO",
      "SELL",
      5100,
      { side: "BUY", price: 4900 },
      150,
    ],
  ])("%s, and worth what the mid is better", (_what, token, side, price, shown, bp) => {
    const known = judged(heard(NO_FILLS, "t", fill(token, side, price), 100), [1_100, 5050]);
    expect(known.shown).toMatchObject([
      { ...shown, size: shares(20), heardAt: instant(100), midBp: 5000 },
    ]);
    expect(markouts(known)).toEqual([[bp, null, null]]);
  });

  it("are judged after 1, 5 and 15 seconds, each once, by the mid of the first moment that it is due", () => {
    const known = heard(NO_FILLS, "t", fill("YES", "BUY", 4900), 0);
    expect(markouts(judged(known, [999, 9000]))).toEqual([[null, null, null]]);
    const seen = [
      [1_000, 4950],
      [1_500, 4000],
      [5_000, 4900],
      [14_999, 1],
      [15_000, 4800],
    ] as const;
    expect(markouts(judged(known, ...seen))).toEqual([[50, 0, -100]]);
  });

  it("are judged at once for all that a quiet market has left open", () => {
    const known = heard(NO_FILLS, "t", fill("YES", "BUY", 4900), 0);
    expect(markouts(judged(known, [6_000, 4950], [6_001, 1], [15_100, 5000]))).toEqual([
      [50, 50, 100],
    ]);
  });

  it("stay without a mark-out for whose moment there was no mid", () => {
    const known = heard(NO_FILLS, "t", fill("YES", "BUY", 4900), 0, null);
    expect(known.shown[0]?.midBp).toBeNull();
    expect(markouts(judged(known, [1_000, null], [2_000, 5000], [5_000, 5000]))).toEqual([
      [null, 100, null],
    ]);
  });

  it("each have their own moments", () => {
    const first = heard(NO_FILLS, "a", fill("YES", "BUY", 4900), 0);
    const both = heard(first, "b", fill("YES", "SELL", 5300), 600);
    const seen = judged(both, [1_000, 5000], [1_600, 5100], [5_000, 5200], [5_600, 5300]);
    expect(markouts(seen)).toEqual([
      [100, 300, null],
      [200, 0, null],
    ]);
  });

  it("ask for no mid while nothing is due", () => {
    const asked: number[] = [];
    const ask = (known: RecentFills, atMs: number): RecentFills =>
      withMarkouts(known, instant(atMs), () => asked.push(atMs));
    let known = ask(NO_FILLS, 0);
    expect(known).toBe(NO_FILLS);
    known = heard(known, "t", fill("YES", "BUY", 4900), 0);
    for (let atMs = 0; atMs <= 20_000; atMs += 250) known = ask(known, atMs);
    expect(asked).toEqual([1_000, 5_000, 15_000]);
  });

  it("are each once, without those whose trade has failed, and the newest", () => {
    const once = heard(NO_FILLS, "a", fill("YES", "BUY", 4900), 0);
    expect(heard(once, "a", fill("YES", "BUY", 4900), 10)).toBe(once);
    expect(heard(once, "a", fill("YES", "BUY", 4900), 10, 5000, true).shown).toEqual([]);
    expect(heard(once, "b", fill("YES", "BUY", 4900), 10, 5000, true)).toBe(once);
    let many = NO_FILLS;
    for (let at = 0; at < RECENT_FILLS_MAX + 2; at += 1) {
      many = heard(many, `${at}`, fill("YES", "BUY", 4900), at);
    }
    expect(many.shown.map(({ heardAt }) => heardAt)).toEqual(
      Array.from({ length: RECENT_FILLS_MAX }, (_, at) => instant(at + 2)),
    );
  });
});
