import { NEVER, type Observable, defer } from "rxjs";
import { describe, it } from "vitest";
import { type FeedOptions, feed } from "../../../src/streams/feeds/index.ts";
import type { Continuity, Link } from "../../../src/types/index.ts";
import { marbles } from "../../support/marbles.ts";
import { clockOf, instant } from "./legend.ts";

type Word = string;

/** `o` the link opens, any other letter is an item. */
const LINKS: Record<string, Link<Word>> = {
  o: { type: "opened" },
  a: { type: "item", item: "a" },
  b: { type: "item", item: "b" },
  c: { type: "item", item: "c" },
};

const restored = (session: number, frame: number): Continuity<Word> => ({
  type: "restored",
  session,
  at: instant(frame),
});
const lost = (session: number, frame: number, cause = "the link ended"): Continuity<Word> => ({
  type: "lost",
  session,
  at: instant(frame),
  cause,
});
const item = (word: Word, session: number, frame: number): Continuity<Word> => ({
  type: "item",
  session,
  at: instant(frame),
  item: word,
});

/** Half of each wait is jitter: with none of it, waits of 2, 4, 8 ... frames. */
const RECONNECT = { minMs: 4, maxMs: 16, jitter: () => 0 };
const BY_OPENING: FeedOptions = { confirmedBy: "opened", reconnect: RECONNECT };
const BY_ITEM: FeedOptions = { confirmedBy: "item", reconnect: RECONNECT };

/** One connection after the other; then silence. */
const inTurn = (...links: readonly Observable<Link<Word>>[]): (() => Observable<Link<Word>>) => {
  let opened = 0;
  return () => defer(() => links[opened++] ?? NEVER);
};

describe("feed", () => {
  it(
    "[K] a link restored and lost is two values, each with its session; then comes a new connection",
    marbles((m) => {
      const first$ = m.cold("-oa-b|", LINKS);
      const firstSubs = "^----!";
      const second$ = m.cold("-oc---", LINKS);
      const secondSubs = "-------^-----";
      const expected = "-ra-bL--RC---";
      const values = {
        r: restored(1, 1),
        a: item("a", 1, 2),
        b: item("b", 1, 4),
        L: lost(1, 5),
        R: restored(2, 8),
        C: item("c", 2, 9),
      };

      const feed$ = feed(inTurn(first$, second$), BY_OPENING, clockOf(m.scheduler), m.scheduler);

      m.expect(feed$).toBeObservable(expected, values);
      m.expect(first$).toHaveSubscriptions(firstSubs);
      m.expect(second$).toHaveSubscriptions(secondSubs);
    }),
  );

  it(
    "[K] where a snapshot must come, having opened proves nothing: the first item restores",
    marbles((m) => {
      const first$ = m.cold("-o--a-|", LINKS);
      const second$ = m.cold("-o-b--", LINKS);
      const secondSubs = "--------^----";
      const expected = "----(ra)L--(RB)";
      const values = {
        r: restored(1, 4),
        a: item("a", 1, 4),
        L: lost(1, 8),
        R: restored(2, 11),
        B: item("b", 2, 11),
      };
      // Long enough for the group of frame 4 to be drawn.
      const slow$ = m.cold("-o--a---|", LINKS);

      const feed$ = feed(inTurn(slow$, second$), BY_ITEM, clockOf(m.scheduler), m.scheduler);

      m.expect(feed$).toBeObservable(expected, values);
      m.expect(first$).toHaveSubscriptions([]);
      m.expect(second$).toHaveSubscriptions(secondSubs);
    }),
  );
});
