/** A stop against everything that may be under way when it comes. */
import { describe, it } from "vitest";
import { marbles } from "../../support/marbles.ts";
import { EFFECTS, EVENTS, drawn } from "./legend.ts";

describe("a stop", () => {
  it(
    "[C] in the frame of the ack, after it: one cancel-all, which takes the order with it",
    marbles((m) => {
      const event$ = m.hot("i---(pX)--x 1000ms -", EVENTS);
      const expected = "    p---X---------------";

      m.expect(event$.pipe(drawn(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[C] in the frame of the ack, before it: what was placing rests, and needs a second one",
    marbles((m) => {
      const event$ = m.hot("i---(Xp)--x----------", EVENTS);
      // Two cancel-alls are half a second apart.
      const expected = "    p---X----- 500ms X---";

      m.expect(event$.pipe(drawn(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[C] before the ack, and answered before it too: asked once more in the frame of the ack",
    marbles((m) => {
      const event$ = m.hot("i-X-x 600ms p---", EVENTS);
      const expected = "    p-X-- 600ms X---";

      m.expect(event$.pipe(drawn(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[C] of three causes in one frame is one stop, and one cancel-all",
    marbles((m) => {
      const event$ = m.hot("i-p-(XfZ)--F-x--", EVENTS);
      const expected = "    p---X-----------";

      m.expect(event$.pipe(drawn(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[I] is not undone by a newer intent: nothing is placed before the proof",
    marbles((m) => {
      const event$ = m.hot("i-p-Z-j-x-2-i--", EVENTS);
      const expected = "    p---X----------";

      m.expect(event$.pipe(drawn(m.scheduler, 4_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[C] while a cancel is under way cancels all the same; the late receipt changes nothing",
    marbles((m) => {
      const event$ = m.hot("i-p-o-X-P-x-2--", EVENTS);
      const expected = "    p---P-X--------";

      m.expect(event$.pipe(drawn(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[C] that is not answered is repeated after 500 ms, then after 1 s",
    marbles((m) => {
      const event$ = m.hot("i-p-X-0 501ms 0 1001ms x-", EVENTS);
      const expected = "    p---X- 500ms X 1001ms X---";

      m.expect(event$.pipe(drawn(m.scheduler, 2_000))).toBeObservable(expected, EFFECTS);
    }),
  );
});

describe("the proof that nothing rests", () => {
  it(
    "[C] with nothing under way: a survey 5 s after the answer, another 2 s after that",
    marbles((m) => {
      const event$ = m.hot("i-p-X-x-2 4998ms -l 1998ms -l", EVENTS);
      const expected = "    p---X---- 4997ms l- 1998ms l-";

      m.expect(event$.pipe(drawn(m.scheduler, 8_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[C] a place that never left costs no time: the proof begins at the answer to the cancel-all",
    marbles((m) => {
      const event$ = m.hot("i-X-d-x-----------", EVENTS);
      const expected = "    p-X--- 5000ms l---";

      m.expect(event$.pipe(drawn(m.scheduler, 6_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[J] a place that was given up on may be booked for 3 s and 5 s more: only then comes the survey",
    marbles((m) => {
      const event$ = m.hot("iX 248ms (Cx)-----", EVENTS);
      const expected = "    pX 8248ms l-------";

      m.expect(event$.pipe(drawn(m.scheduler, 9_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[J] a booking after the proof opens the stop again: a cancel-all, and all of the road",
    marbles((m) => {
      const event$ = m.hot("iX 248ms (Cx) 7997ms l 1999ms l 1748ms 1-l-x-2------", EVENTS);
      const expected = "    pX 8248ms           l 1999ms l 1749ms (Xl*) 4999ms l";

      m.expect(event$.pipe(drawn(m.scheduler, 20_000))).toBeObservable(expected, EFFECTS);
    }),
  );
});
