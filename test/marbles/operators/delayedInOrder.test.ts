import { from, take } from "rxjs";
import { describe, expect, it, vi } from "vitest";
import { delayedInOrder } from "../../../src/operators/delayedInOrder.ts";
import { virtualScheduler } from "../../../src/sim/index.ts";
import { marbles } from "../../support/marbles.ts";

const latencies = (...values: number[]) => {
  const left = values.values();
  return () => left.next().value ?? 0;
};

describe("delayedInOrder", () => {
  it("schedules nothing more for a consumer that leaves in the middle of a value", () => {
    const scheduler = virtualScheduler();
    const schedule = vi.spyOn(scheduler, "schedule");
    const received: number[] = [];

    from([1, 2, 3])
      .pipe(
        delayedInOrder(() => 5, scheduler),
        take(1),
      )
      .subscribe((value) => received.push(value));
    scheduler.runUntil(100);

    expect(received).toEqual([1]);
    expect(schedule).toHaveBeenCalledTimes(1);
  });

  it(
    "each value takes its own time, but none overtakes the one ahead of it",
    marbles((m) => {
      const source$ = m.hot("  -a-b-c------d-------|");
      const expected = "       ------(abc)----d----|";

      const delayed$ = source$.pipe(delayedInOrder(latencies(5, 2, 1, 3), m.scheduler));
      m.expect(delayed$).toBeObservable(expected);
    }),
  );

  it(
    "what is on its way when the source fails is lost; what it completes after still comes",
    marbles((m) => {
      const failing$ = m.hot("   -a-b-#   ");
      const failed = "           -----#   ";
      const ending$ = m.hot("    -a-b-|   ");
      const ended = "            ------a-(b|)";
      const latency = () => 5;
      m.expect(failing$.pipe(delayedInOrder(latency, m.scheduler))).toBeObservable(failed);
      m.expect(ending$.pipe(delayedInOrder(latency, m.scheduler))).toBeObservable(ended);
    }),
  );
});
