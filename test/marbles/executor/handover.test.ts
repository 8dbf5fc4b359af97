/** One SELL of a token at a time: cancel, proof, and then the next one by itself. */
import { describe, it } from "vitest";
import { marbles } from "../../support/marbles.ts";
import { EFFECTS, EVENTS, drawn } from "./legend.ts";

/** Both SELLs could be covered, so it is not for want of stock that the second one waits. */
const PLENTY = { YES: 30 };

describe("a SELL that moves", () => {
  it(
    "[H] receipt and socket, whichever is first: it is the socket's word that is the proof",
    marbles((m) => {
      const receiptFirst$ = m.hot("u-s-v-S-3---t-", EVENTS);
      const expectedThen = "       s---S---t-----";
      const socketFirst$ = m.hot(" u-s-v-3-S---t-", EVENTS);
      const expectedNow = "        s---S-t-------";

      m.expect(receiptFirst$.pipe(drawn(m.scheduler, 1_000, PLENTY))).toBeObservable(
        expectedThen,
        EFFECTS,
      );
      m.expect(socketFirst$.pipe(drawn(m.scheduler, 1_000, PLENTY))).toBeObservable(
        expectedNow,
        EFFECTS,
      );
    }),
  );

  it(
    "[H] and moves again before the proof: only where it was wanted last is it placed",
    marbles((m) => {
      const event$ = m.hot("u-s-v-y-S-3--", EVENTS);
      const expected = "    s---S-----w--";

      m.expect(event$.pipe(drawn(m.scheduler, 1_000, PLENTY))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[H] and comes back before the proof: the cancel is out, so it is placed anew all the same",
    marbles((m) => {
      const event$ = m.hot("u-s-v-u-S-3--", EVENTS);
      const expected = "    s---S-----s--";

      m.expect(event$.pipe(drawn(m.scheduler, 1_000, PLENTY))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[H] while it is being placed: taken first, then cancelled, then proven, then the next",
    marbles((m) => {
      const event$ = m.hot("u-v-s-S-3--", EVENTS);
      const expected = "    s---S---t--";

      m.expect(event$.pipe(drawn(m.scheduler, 1_000, PLENTY))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[G] whose end the socket does not confirm: a second later a survey does",
    marbles((m) => {
      const event$ = m.hot("u-s-v-S 1999ms L", EVENTS);
      const expected = "    s---S- 1000ms l 999ms t";

      m.expect(event$.pipe(drawn(m.scheduler, 2_500, PLENTY))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[J] whose cancel is not answered: a survey at once, and the next one after it",
    marbles((m) => {
      const event$ = m.hot("u-s-v-e---L--", EVENTS);
      const expected = "    s---S-l---t--";

      m.expect(event$.pipe(drawn(m.scheduler, 1_000, PLENTY))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[J] that is said to be gone may have been sold: a survey at once, and the next one after it",
    marbles((m) => {
      const event$ = m.hot("u-s-v-E---L--", EVENTS);
      const expected = "    s---S-l---t--";

      m.expect(event$.pipe(drawn(m.scheduler, 1_000, PLENTY))).toBeObservable(expected, EFFECTS);
    }),
  );
});
