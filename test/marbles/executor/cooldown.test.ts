/** From the proof of a stop back to quoting: a cooldown, half the size, then all of it. */
import { describe, it } from "vitest";
import { marbles } from "../../support/marbles.ts";
import { EFFECTS, EVENTS, drawn } from "./legend.ts";

// Every drawing begins with the same stop, and the two surveys that prove it. It is proven in the
// frame before the next one, 7010; so the cooldown is over at 10,010, and caution at 15,010.
const STOPPED = "  i-p-X-x-2 4998ms -l 1998ms ---l";
const CANCELLED = "p---X---- 4997ms l- 1998ms l----";

describe("re-entry after a stop", () => {
  it(
    "3 s after the proof half is shown, and 5 s after that all of it",
    marbles((m) => {
      const event$ = m.hot(`${STOPPED} 499ms N 2501ms h-----------`, EVENTS);
      const expected = `${CANCELLED}   2999ms    h     4999ms (Hp)`;

      m.expect(event$.pipe(drawn(m.scheduler, 20_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[I] what was wanted last before its end is what is shown, half and whole",
    marbles((m) => {
      const event$ = m.hot(`${STOPPED} 499ms N 499ms j 2001ms g-----------`, EVENTS);
      const expected = `${CANCELLED}   2999ms             g     4999ms (Gq)`;

      m.expect(event$.pipe(drawn(m.scheduler, 20_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[F] where half is less than the venue's minimum, nothing is shown before all of it is",
    marbles((m) => {
      const event$ = m.hot(`${STOPPED} 499ms N 499ms 8-----------`, EVENTS);
      const expected = `${CANCELLED}   7999ms             z`;

      m.expect(event$.pipe(drawn(m.scheduler, 20_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "a cause that outlasts the cooldown is waited for; then there is no second cooldown",
    marbles((m) => {
      const event$ = m.hot(`${STOPPED} 9999ms N-h-----------`, EVENTS);
      const expected = `${CANCELLED}   9999ms h 4999ms (Hp)`;

      m.expect(event$.pipe(drawn(m.scheduler, 25_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[K] a cause that begins in the cooldown needs no second proof: nothing has left since",
    marbles((m) => {
      const event$ = m.hot(`${STOPPED} 499ms N 499ms f 3999ms F---`, EVENTS);
      const expected = `${CANCELLED}   4999ms                    h---`;

      m.expect(event$.pipe(drawn(m.scheduler, 14_000))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[C] a stop in the time of caution is a stop like the first: a cancel-all, and all of the road",
    marbles((m) => {
      const event$ = m.hot(`${STOPPED} 499ms N 2501ms h 99ms X-x-----------`, EVENTS);
      const expected = `${CANCELLED}   2999ms    h      101ms   X-- 4999ms l--`;

      m.expect(event$.pipe(drawn(m.scheduler, 16_000))).toBeObservable(expected, EFFECTS);
    }),
  );
});
