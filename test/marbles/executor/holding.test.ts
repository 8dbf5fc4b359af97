/** An order that is off its planned price: how long it stays, and what ends that sooner. */
import { describe, it } from "vitest";
import type { SchedulerLike } from "rxjs";
import { HOLDING, config } from "../../support/builders.ts";
import { marbles } from "../../support/marbles.ts";
import { EFFECTS, EVENTS, drawn } from "./legend.ts";

/** Two ticks and two seconds behind, one tick and a quarter of a second ahead. */
const holding = (scheduler: SchedulerLike) => drawn(scheduler, 3_500, {}, config(HOLDING));

describe("an order that is off its price", () => {
  it(
    "by a tick, back and forth, stays where it is",
    marbles((m) => {
      const event$ = m.hot("j-q-i-j-i-j-i-j 3s -", EVENTS);
      const expected = "    q-------------- 3s -";

      m.expect(event$.pipe(holding(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "behind it, follows a move that lasts by itself",
    marbles((m) => {
      const event$ = m.hot("j-q-i ----------- 3s -", EVENTS);
      const expected = "    q--- 2s (Qp)---------";

      m.expect(event$.pipe(holding(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "ahead of it, follows sooner",
    marbles((m) => {
      const event$ = m.hot("i-p-j ----------- 3s -", EVENTS);
      const expected = "    p--- 250ms (Pq)------";

      m.expect(event$.pipe(holding(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "ahead of it by more than a tick, follows at once",
    marbles((m) => {
      const event$ = m.hot("i-p-k----", EVENTS);
      const expected = "    p---(Pr)-";

      m.expect(event$.pipe(holding(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "is measured anew once the plan has come back",
    marbles((m) => {
      const event$ = m.hot("j-q-i 1s j-i-------", EVENTS);
      const expected = "    q---- 1s -- 2s (Qp)";

      m.expect(event$.pipe(holding(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[K] is pulled at once, and stopped at once",
    marbles((m) => {
      const event$ = m.hot("j-q-i-o-Q-j-q-i-Z--", EVENTS);
      const expected = "    q-----Q---q-----X--";

      m.expect(event$.pipe(holding(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "while permits are short, waits for more of them and not for its time",
    marbles((m) => {
      const event$ = m.hot("j-q-D-i 3s A---", EVENTS);
      const expected = "    q------ 3s (Qp)";

      m.expect(event$.pipe(holding(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );
});
