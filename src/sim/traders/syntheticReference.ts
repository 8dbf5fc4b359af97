/** A synthetic reference price: a seeded geometric random walk, whose variance may walk too. */
import { defer, map, type Observable, scan, type SchedulerLike, timer } from "rxjs";
import { type ReferenceItem, type ReferencePrice, referencePrice } from "../../types/index.ts";
import { random } from "../exchange/index.ts";

export interface ReferencePathOptions {
  readonly seed: number;
  readonly startPrice: ReferencePrice;
  /** Standard deviation of the relative move in one second; where the variance moves, the root of its mean. */
  readonly volatilityPerSqrtSecond: number;
  readonly tickMs: number;
  /** What the logarithm of the variance is the sum of; absent or empty: the variance is constant. */
  readonly variance?: readonly VarianceFactor[];
}

/** An Ornstein-Uhlenbeck process, which begins anywhere it may be. */
export interface VarianceFactor {
  /** After which half of a deviation from the mean is left. */
  readonly halfLifeMs: number;
  /** Standard deviation of its part of the log variance. */
  readonly deviation: number;
}

/**
 * Fitted to a day of the settlement feed, 2026-06-08, as the log variance of 282 times five minutes: standard
 * deviation 0.75, autocorrelation 0.54 after five minutes, 0.47 after ten, 0.39 after an hour, 0.26 after two;
 * sigma by the hour from 0.58 to 1.7 of the day's. The last factor stands for bursts of seconds, by which sixty returns
 * say less of their variance than normal ones would.
 */
export const CHAINLINK_DAY_VARIANCE: readonly VarianceFactor[] = [
  { halfLifeMs: 2 * 3_600_000, deviation: 0.5 },
  { halfLifeMs: 4 * 60_000, deviation: 0.35 },
  { halfLifeMs: 20_000, deviation: 0.75 },
];

/** How often the variance moves: a second is short beside its half-lives. */
const VARIANCE_MS = 1_000;

/** Emits at once and then every `tickMs`; never completes. Each subscription walks the same path. */
export const syntheticReference = (
  { seed, startPrice, volatilityPerSqrtSecond, tickMs, variance = [] }: ReferencePathOptions,
  scheduler: SchedulerLike,
): Observable<ReferenceItem> =>
  defer(() => {
    const chance = random(seed).fork("reference");
    const factorAt = varianceFactor(variance, random(seed).fork("variance"));
    const deviation = volatilityPerSqrtSecond * Math.sqrt(tickMs / 1_000);
    return timer(0, tickMs, scheduler).pipe(
      scan(
        (price, tick) =>
          tick === 0
            ? price
            : moved(price, deviation * Math.sqrt(factorAt(tick * tickMs)) * chance.gaussian()),
        startPrice,
      ),
      map((price) => ({ price })),
    );
  });

const moved = (price: ReferencePrice, relative: number): ReferencePrice =>
  referencePrice(Math.max(1, Math.floor(price * (1 + relative))));

/** The variance after so many milliseconds, as a multiple of its mean; asked for in the order of time. */
function varianceFactor(
  factors: readonly VarianceFactor[],
  chance: ReturnType<typeof random>,
): (elapsedMs: number) => number {
  if (factors.length === 0) return () => 1;
  let parts = factors.map(({ deviation }) => deviation * chance.gaussian());
  // The mean of exp(x) is exp(s^2 / 2).
  const centre = factors.reduce((sum, { deviation }) => sum + deviation ** 2 / 2, 0);
  const value = (): number => Math.exp(parts.reduce((sum, part) => sum + part, 0) - centre);
  let [known, nextMs] = [value(), VARIANCE_MS];
  return (elapsedMs) => {
    if (elapsedMs < nextMs) return known;
    for (; nextMs <= elapsedMs; nextMs += VARIANCE_MS)
      parts = factors.map(({ halfLifeMs, deviation }, index) => {
        const kept = 2 ** (-VARIANCE_MS / halfLifeMs);
        return (
          kept * (parts[index] ?? 0) + deviation * Math.sqrt(1 - kept ** 2) * chance.gaussian()
        );
      });
    known = value();
    return known;
  };
}
