/** Being behind, from where it is measured to the quotes, in the real graph. */
import { delay, map, defer } from "rxjs";
import { expect, it } from "vitest";
import { epochMs, monotonicMs } from "../../src/types/index.ts";
import { type Rig, rig } from "./rig.ts";

const isBetween = (atMs: number): boolean => atMs >= 20_000 && atMs < 25_000;
const placedBetween = (run: Rig, fromMs: number, toMs: number): number =>
  run
    .asked()
    .filter(
      ({ what, atMs, hasLeft }) => what === "place" && hasLeft && atMs > fromMs && atMs < toMs,
    ).length;
const changes = (run: Rig): readonly string[] =>
  run
    .journals()
    .flatMap((journal) => journal.lines())
    .flatMap((line) => /"load\.changed".*"detail":"([^"]*)"/.exec(line)?.[1] ?? []);

it("[K] events that wait in the executor's queue pull the quotes, and a queue that is drained brings them back", async () => {
  const run = rig({
    // A disk that takes its time.
    journal: (journal, scheduler) => ({
      ...journal,
      append: (input) =>
        isBetween(scheduler.now())
          ? defer(() => journal.append(input)).pipe(delay(300, scheduler))
          : journal.append(input),
    }),
  });
  await run.runUntil(40_000);

  expect(placedBetween(run, 22_000, 25_000)).toBe(0);
  expect(placedBetween(run, 27_000, 40_000)).toBeGreaterThan(0);
  expect(changes(run)).toEqual(["event queue", ""]);
});

it("[K] a price that waited with us pulls the quotes, and a prompt one brings them back", async () => {
  const run = rig({
    connections: (it) => ({
      ...it,
      reference: () =>
        it.reference().pipe(
          map((link) => {
            const now = run.scheduler.now();
            if (link.type !== "item" || !isBetween(now)) return link;
            return { ...link, at: { epochMs: epochMs(0), monotonicMs: monotonicMs(now - 1_500) } };
          }),
        ),
    }),
  });
  await run.runUntil(40_000);

  expect(placedBetween(run, 20_500, 25_000)).toBe(0);
  expect(placedBetween(run, 27_000, 40_000)).toBeGreaterThan(0);
  expect(changes(run)).toEqual(["reference feed", ""]);
});
