/** What waits while permits are short, what does not, and that it comes by itself. */
import { describe, it } from "vitest";
import { marbles } from "../../support/marbles.ts";
import { EFFECTS, EVENTS, drawn } from "./legend.ts";

describe("while permits are short", () => {
  it(
    "[I] an order a tick behind its price stays there; its re-price comes when they are ample",
    marbles((m) => {
      const event$ = m.hot("j-q-D-i----A---Q-p", EVENTS);
      const expected = "    q----------(Qp)---";

      m.expect(event$.pipe(drawn(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "[I] what was shed is decided anew: the intent of that moment counts, which may be the old one",
    marbles((m) => {
      const event$ = m.hot("j-q-D-i---j--A---", EVENTS);
      const expected = "    q----------------";

      m.expect(event$.pipe(drawn(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );

  it(
    "an order that should draw back does so at once, and so does a pull",
    marbles((m) => {
      const event$ = m.hot("i-p-D-j---P--q-o---", EVENTS);
      const expected = "    p-----(Pq)-----Q---";

      m.expect(event$.pipe(drawn(m.scheduler))).toBeObservable(expected, EFFECTS);
    }),
  );
});
