/** The stream of intents over random price paths, on virtual time. */
import * as fc from "fast-check";
import { VirtualTimeScheduler, map, merge, takeUntil, timer } from "rxjs";
import { describe, expect, it } from "vitest";
import { latest } from "../../src/operators/index.ts";
import {
  type View,
  digital,
  intents,
  strategyParameters,
} from "../../src/streams/strategy/index.ts";
import { quote } from "../../src/streams/strategy/digital.ts";
import { type Intent, MICRO, monotonicMs, referencePrice } from "../../src/types/index.ts";
import { MARKET, book, instant } from "../marbles/streams/legend.ts";
import { inventory } from "../support/builders.ts";
import { FIXED_SPREAD, NOTHING_RECENT } from "../support/quoting.ts";

const PARAMETERS = strategyParameters.parse(FIXED_SPREAD);
const START = 100_000;

interface Move {
  readonly afterMs: number;
  /** A dollar is about 1.5 basis points of fair. */
  readonly byDollars: number;
}

/** The price at a moment, and when it got there. */
interface Tick {
  readonly atMs: number;
  readonly dollars: number;
}

const moves = fc.array(
  fc.record({
    afterMs: fc.constantFrom(1, 5, 20, 30, 200, 1_000, 7_000, 20_000),
    byDollars: fc.integer({ min: -150, max: 150 }),
  }),
  { minLength: 1, maxLength: 30 },
);

function ticksOf(path: readonly Move[]): readonly Tick[] {
  return path.reduce<readonly Tick[]>(
    (ticks, { afterMs, byDollars }) => {
      const { atMs, dollars } = ticks.at(-1) ?? { atMs: 0, dollars: START };
      return [...ticks, { atMs: atMs + afterMs, dollars: dollars + byDollars }];
    },
    [{ atMs: 0, dollars: START }],
  );
}

/** The wall clock stands still, so that fair moves with the price alone. */
const viewOf = (dollars: number, nowMs: number): View => ({
  now: { ...instant(0), monotonicMs: monotonicMs(nowMs) },
  market: MARKET,
  book: { value: { YES: book(4000, 6000), NO: book(4000, 6000) }, receivedAt: instant(0) },
  reference: {
    price: { value: referencePrice(dollars * MICRO), receivedAt: instant(0) },
    variancePerSecond: PARAMETERS.volatilityPrior ** 2,
    isHeld: false,
  },
  inventory: inventory(),
  inventoryStep: 0,
  settlement: null,
  marketOffset: null,
  orders: [],
  ended: [],
  ...NOTHING_RECENT,
});

const AFTERWARDS_MS = 20_000;

function published(ticks: readonly Tick[]): readonly Intent[] {
  const scheduler = new VirtualTimeScheduler();
  const price = latest(START);
  const reference$ = merge(
    ...ticks.map(({ atMs, dollars }) => timer(atMs, scheduler).pipe(map(() => dollars))),
  ).pipe(price.keep);
  const endMs = (ticks.at(-1)?.atMs ?? 0) + AFTERWARDS_MS;
  const all: Intent[] = [];
  intents(
    digital,
    {
      trigger$: price.snapshot$,
      reference$,
      view: () => viewOf(price.read(), scheduler.now()),
    },
    PARAMETERS,
    scheduler,
  )
    .pipe(takeUntil(timer(endMs, scheduler)))
    .subscribe((intent) => all.push(intent));
  scheduler.flush();
  return all;
}

/** What stands at a moment, what is published in that very moment included or not. */
const standingAt = (all: readonly Intent[], ms: number): Intent | undefined =>
  all.findLast(({ publishedAt }) => publishedAt <= ms);
const standingBefore = (all: readonly Intent[], ms: number): Intent | undefined =>
  all.findLast(({ publishedAt }) => publishedAt < ms);

const paths = (check: (all: readonly Intent[], ticks: readonly Tick[]) => void): void => {
  fc.assert(
    fc.property(moves, (path) => {
      const ticks = ticksOf(path);
      check(published(ticks), ticks);
    }),
  );
};

describe("intents, whatever the price does", () => {
  it("[K] on live sessions there is never a moment without a living intent", () => {
    paths((all, ticks) => {
      expect(all[0]?.publishedAt).toBeLessThanOrEqual(PARAMETERS.maxWaitMs);
      const endMs = (ticks.at(-1)?.atMs ?? 0) + AFTERWARDS_MS;
      for (const [index, { expiresAt }] of all.entries()) {
        expect(expiresAt).toBeGreaterThan(all[index + 1]?.publishedAt ?? endMs);
      }
    });
  });

  it("[I] intents are numbered by one", () => {
    paths((all) => {
      expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
    });
  });

  it("[I] when the price pauses, what stands is the target, to less than `holdBp`", () => {
    paths((all, ticks) => {
      for (const [index, { atMs, dollars }] of ticks.entries()) {
        const nextMs = ticks[index + 1]?.atMs ?? Infinity;
        const pausedMs = atMs + PARAMETERS.quietMs;
        if (nextMs <= pausedMs) continue;
        const standing = standingAt(all, pausedMs);
        const target = quote(viewOf(dollars, pausedMs), PARAMETERS);
        for (const side of ["bid", "ask"] as const) {
          const [stands, wanted] = [standing?.[side]?.price, target[side]?.price];
          expect(Math.abs((stands ?? NaN) - (wanted ?? NaN))).toBeLessThan(PARAMETERS.holdBp);
        }
      }
    });
  });

  it("a tick that moves fair by `pullBp` from the standing quote pulls it in that moment", () => {
    paths((all, ticks) => {
      for (const { atMs, dollars } of ticks.slice(1)) {
        const standing = standingBefore(all, atMs);
        const fairBp = quote(viewOf(dollars, atMs), PARAMETERS).fairBp ?? NaN;
        if (standing?.bid == null || standing.fairBp === null) continue;
        if (Math.abs(fairBp - standing.fairBp) < PARAMETERS.pullBp) continue;
        const [pull] = all.filter(({ publishedAt }) => publishedAt === atMs);
        expect(pull).toMatchObject({ mode: "normal", bid: null, ask: null });
      }
    });
  });
});
