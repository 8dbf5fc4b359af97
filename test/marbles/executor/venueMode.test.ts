/** A venue that takes nothing of anybody: when it is tried again, and what comes first. */
import { describe, it } from "vitest";
import { marbles } from "../../support/marbles.ts";
import { EFFECTS, EVENTS, drawn } from "./legend.ts";

describe("a venue that restarts", () => {
  it(
    "is left alone for a second, then looked at, and only then asked again",
    marbles((m) => {
      const event$ = m.hot("i-9 1000ms l--------", EVENTS);
      const expected = "    p- 1000ms  lp-------";

      m.expect(event$.pipe(drawn(m.scheduler, 3_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "and goes on restarting is left alone for two seconds, then four",
    marbles((m) => {
      const event$ = m.hot("i-9 1000ms l9 2000ms l9 4000ms l------", EVENTS);
      const expected = "    p- 1000ms  lp 2000ms lp 4000ms lp----";

      m.expect(event$.pipe(drawn(m.scheduler, 9_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "is not asked for what is not wanted any more, nor sooner for another intent",
    marbles((m) => {
      const event$ = m.hot("i-9j 999ms l------o-", EVENTS);
      const expected = "    p- 1000ms  lq------";

      m.expect(event$.pipe(drawn(m.scheduler, 3_000))).toBeObservable(expected, EFFECTS);
    }),
  );
});

describe("a venue that takes cancels only", () => {
  it(
    "and says for how long is believed",
    marbles((m) => {
      const event$ = m.hot("i-K 2000ms l------", EVENTS);
      const expected = "    p- 2000ms  lp-----";

      m.expect(event$.pipe(drawn(m.scheduler, 4_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[C] hears of a stop at once",
    marbles((m) => {
      const event$ = m.hot("i-K-X----", EVENTS);
      const expected = "    p---X----";

      m.expect(event$.pipe(drawn(m.scheduler, 200))).toBeObservable(expected, EFFECTS);
    }),
  );
});
