/** A synthetic reference price: a seeded geometric random walk. */
import { defer, map, type Observable, scan, type SchedulerLike, timer } from "rxjs";
import { type ReferenceItem, type ReferencePrice, referencePrice } from "../../types/index.ts";
import { random } from "../exchange/index.ts";

export interface ReferencePathOptions {
  readonly seed: number;
  readonly startPrice: ReferencePrice;
  /** Standard deviation of the relative move in one second. */
  readonly volatilityPerSqrtSecond: number;
  readonly tickMs: number;
}

/** Emits at once and then every `tickMs`; never completes. Each subscription walks the same path. */
export const syntheticReference = (
  { seed, startPrice, volatilityPerSqrtSecond, tickMs }: ReferencePathOptions,
  scheduler: SchedulerLike,
): Observable<ReferenceItem> =>
  defer(() => {
    const chance = random(seed).fork("reference");
    const deviation = volatilityPerSqrtSecond * Math.sqrt(tickMs / 1_000);
    return timer(0, tickMs, scheduler).pipe(
      scan(
        (price, tick) => (tick === 0 ? price : moved(price, deviation * chance.gaussian())),
        startPrice,
      ),
      map((price) => ({ price })),
    );
  });

const moved = (price: ReferencePrice, relative: number): ReferencePrice =>
  referencePrice(Math.max(1, Math.floor(price * (1 + relative))));
