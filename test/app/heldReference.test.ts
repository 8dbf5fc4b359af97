/** A reference price that jumps, in the real graph: pulled in the same turn, and nothing is quoted on it. */
import { type Observable, filter, map, merge, timer } from "rxjs";
import { expect, it } from "vitest";
import { type Intent, MICRO, type ReferenceItem, referencePrice } from "../../src/types/index.ts";
import { type Rig, rig } from "./rig.ts";

const ODD_MS = 15_000;

/** From `ODD_MS` on, for so long, the link brings one price, so often, and nothing else; or nothing at all. */
function odd(price: number | null, forMs: number, everyMs: number): Rig {
  const isOdd = (): boolean => {
    const now = run.scheduler.now();
    return now >= ODD_MS && now < ODD_MS + forMs;
  };
  const item: ReferenceItem = { price: referencePrice((price ?? 1) * MICRO) };
  const run: Rig = rig({
    connections: (it) => ({
      ...it,
      reference: () =>
        merge(
          it.reference().pipe(filter(() => !isOdd())),
          timer(ODD_MS, everyMs, run.scheduler).pipe(
            filter(() => price !== null && isOdd()),
            map(() => ({ type: "item" as const, item })),
          ),
        ),
    }),
  });
  return run;
}

const heard = (intent$: Observable<Intent>): readonly Intent[] => {
  const all: Intent[] = [];
  intent$.subscribe((intent) => all.push(intent));
  return all;
};
const placedBetween = (run: Rig, fromMs: number, toMs: number): number =>
  run
    .asked()
    .filter(
      ({ what, atMs, hasLeft }) => what === "place" && hasLeft && atMs >= fromMs && atMs < toMs,
    ).length;

it("[D] one odd tick pulls the quotes in its turn, and leaves fair as it was", async () => {
  const run = odd(54_000, 1_000, 1_000);
  const intents = heard(run.app.intent$);
  await run.runUntil(ODD_MS + 6_000);

  const pulls = run.asked().filter(({ what, atMs }) => what === "cancel" && atMs >= ODD_MS);
  expect(pulls[0]?.atMs).toBe(ODD_MS);
  expect(placedBetween(run, ODD_MS, ODD_MS + 1_000)).toBe(0);
  expect(run.asked().some(({ what, atMs }) => what === "cancelAll" && atMs >= ODD_MS)).toBe(false);
  expect(run.acceptedAt().some((at) => at > ODD_MS + 1_000)).toBe(true);

  // The same path without the odd tick: fair is the same afterwards, to a cent.
  const calm = odd(null, 1_000, 1_000);
  const calmIntents = heard(calm.app.intent$);
  await calm.runUntil(ODD_MS + 6_000);
  for (const afterMs of [1_500, 3_000, 6_000]) {
    const [fair, calmFair] = [intents, calmIntents].map(
      (all) => all.findLast(({ publishedAt }) => publishedAt <= ODD_MS + afterMs)?.fairBp ?? NaN,
    );
    expect(Math.abs((fair ?? NaN) - (calmFair ?? NaN))).toBeLessThanOrEqual(100);
  }
  expect(run.app.summary().reference).toEqual({ holds: 1, dropped: 1 });
  expect(run.log().filter((line) => line.startsWith("warn: reference price held"))).toHaveLength(1);
});

it.each([1, 54_000 * 2, 999_999_999])(
  "[D] a reference of %d dollars that stays is held, and nothing is quoted while it lasts",
  async (price) => {
    const run = odd(price, 5_000, 100);
    await run.runUntil(ODD_MS + 10_000);
    expect(placedBetween(run, ODD_MS, ODD_MS + 5_000)).toBe(0);
    expect(run.acceptedAt().some((at) => at > ODD_MS + 5_000)).toBe(true);
  },
);
