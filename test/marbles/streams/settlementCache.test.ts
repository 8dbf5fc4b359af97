/** The settlement feed as a strategy sees it: its newest mean, and the distance to the reference. */
import { from, map } from "rxjs";
import { describe, expect, it } from "vitest";
import { type PriceSeconds, UNSEEN_BASIS, withSecond } from "../../../src/pricing/index.ts";
import { settlementCache } from "../../../src/streams/caches/index.ts";
import {
  type Continuity,
  type SettlementMean,
  epochMs,
  referencePrice,
} from "../../../src/types/index.ts";
import { marbles } from "../../support/marbles.ts";
import { instant } from "./legend.ts";

const MINUTE_MS = 60_000;
const mean = (at: number, dollars: number, frame: number): Continuity<SettlementMean> => ({
  type: "item",
  session: 1,
  at: instant(frame),
  item: { at: epochMs(at), mean: referencePrice(dollars * 1_000_000) },
});
const lost = (frame: number): Continuity<SettlementMean> => ({
  type: "lost",
  session: 1,
  at: instant(frame),
  cause: "the link ended",
});

/** The reference at 100 dollars for the two minutes up to `toS`. */
function steady(toS: number): PriceSeconds | null {
  let known: PriceSeconds | null = null;
  for (let at = toS - 120; at <= toS; at += 1) known = withSecond(known, 100_000_000, at * 1_000);
  return known;
}

describe("settlementCache", () => {
  it(
    "shows the newest mean, by its own second: one that comes late is none, and a lost link has none",
    marbles((m) => {
      const settlement$ = m.hot("aboLRc", {
        a: mean(MINUTE_MS, 100, 0),
        b: mean(MINUTE_MS + 1_000, 101, 1),
        o: mean(MINUTE_MS, 99, 2),
        L: lost(3),
        R: { type: "restored", session: 2, at: instant(4) } as const,
        c: mean(MINUTE_MS + 5_000, 102, 5),
      });
      const cached = settlementCache(() => null);
      const shown$ = settlement$.pipe(
        cached.keep,
        map(() => {
          const { mean: newest, seenAt } = cached.read();
          return [newest && newest.value.mean / 1_000_000, seenAt];
        }),
      );

      m.expect(shown$).toBeObservable("aboLRc", {
        a: [100, 0],
        b: [101, 1],
        o: [101, 1],
        L: [null, null],
        R: [null, null],
        c: [102, 5],
      });
    }),
  );

  it("learns the distance between the feeds from means over the same seconds", () => {
    const cached = settlementCache(() => steady(MINUTE_MS / 1_000));
    const both = mean(MINUTE_MS, 100.05, 0);
    cached.keep(from([both])).subscribe();
    expect(cached.read().basis.offset).toBeCloseTo(Math.log(100.05 / 100), 12);
  });

  it("believes the usual distance while the reference lacks a second of the minute", () => {
    const late = withSecond(null, 100_000_000, MINUTE_MS);
    const cached = settlementCache(() => late);
    cached.keep(from([mean(MINUTE_MS, 100.05, 0)])).subscribe();
    expect(cached.read().basis).toBe(UNSEEN_BASIS);
  });

  it("keeps the distance over a gap", () => {
    const cached = settlementCache(() => steady(MINUTE_MS / 1_000));
    cached.keep(from([mean(MINUTE_MS, 100.05, 0), lost(1)])).subscribe();
    const { mean: newest, basis } = cached.read();
    expect([newest, basis.offset > 0]).toEqual([null, true]);
  });
});
