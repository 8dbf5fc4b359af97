import { NEVER, type Observable, defer } from "rxjs";
import { describe, it } from "vitest";
import { type FeedOptions, feed } from "../../../src/streams/feeds/index.ts";
import type { Continuity, Link } from "../../../src/types/index.ts";
import { marbles } from "../../support/marbles.ts";
import { clockOf, instant } from "./legend.ts";

type Word = string;

/** `o` the link opens, `k` a second source confirms it, any other letter is an item. */
const LINKS: Record<string, Link<Word>> = {
  o: { type: "opened" },
  k: { type: "confirmed" },
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
const failed = (tries: number, frame: number, cause: string, session = 0): Continuity<Word> => ({
  type: "failed",
  session,
  at: instant(frame),
  cause,
  tries,
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
    "[K] a link restored and lost is two values with its session; then comes a new connection",
    marbles((m) => {
      const first$ = m.cold("-oa-b|", LINKS);
      const firstSubs = "    ^----!";
      const second$ = m.cold("      -oc---", LINKS);
      const secondSubs = "   -------^-----";
      const expected = "     -ra-bL--RC---";
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
      const first$ = m.cold("-o--a----|", LINKS);
      const firstSubs = "    ^--------!";
      const second$ = m.cold("          -o-b--", LINKS);
      const secondSubs = "   -----------^-----";
      const expected = "     ----(ra)-L----(RB)";
      const values = {
        r: restored(1, 4),
        a: item("a", 1, 4),
        L: lost(1, 9),
        R: restored(2, 14),
        B: item("b", 2, 14),
      };

      const feed$ = feed(inTurn(first$, second$), BY_ITEM, clockOf(m.scheduler), m.scheduler);

      m.expect(feed$).toBeObservable(expected, values);
      m.expect(first$).toHaveSubscriptions(firstSubs);
      m.expect(second$).toHaveSubscriptions(secondSubs);
    }),
  );

  it(
    "[K] a link that was never restored is not lost either, and has no number",
    marbles((m) => {
      const empty$ = m.cold("-o-|", LINKS);
      const emptySubs = "    ^--!";
      const refused$ = m.cold<Link<Word>>("-#");
      const refusedSubs = "  -----^!";
      const third$ = m.cold("          -oa-", LINKS);
      const thirdSubs = "    ----------^---";
      const expected = "     ---f--------(ra)";
      // The other cause is heard within a second of the first.
      const values = {
        f: failed(1, 3, "the link ended"),
        r: restored(1, 12),
        a: item("a", 1, 12),
      };

      const feed$ = feed(
        inTurn(empty$, refused$, third$),
        BY_ITEM,
        clockOf(m.scheduler),
        m.scheduler,
      );

      m.expect(feed$).toBeObservable(expected, values);
      m.expect(empty$).toHaveSubscriptions(emptySubs);
      m.expect(refused$).toHaveSubscriptions(refusedSubs);
      m.expect(third$).toHaveSubscriptions(thirdSubs);
    }),
  );

  it(
    "[K] a feed never fails: a link that breaks says why, one that cannot be opened is tried again",
    marbles((m) => {
      const broken$ = m.cold("-oa#", LINKS, "connection reset");
      const brokenSubs = "    ^--!";
      const later$ = m.cold("          -ob-", LINKS);
      const laterSubs = "     ---------^---";
      const expected = "      -raL-f----RB-";
      const values = {
        r: restored(1, 1),
        a: item("a", 1, 2),
        L: lost(1, 3, "connection reset"),
        f: failed(1, 5, "no such host", 1),
        R: restored(2, 10),
        B: item("b", 2, 11),
      };
      let calls = 0;
      const connect = (): Observable<Link<Word>> => {
        calls += 1;
        if (calls === 2) throw new Error("no such host");
        return calls === 1 ? broken$ : later$;
      };

      const feed$ = feed(connect, BY_OPENING, clockOf(m.scheduler), m.scheduler);

      m.expect(feed$).toBeObservable(expected, values);
      m.expect(broken$).toHaveSubscriptions(brokenSubs);
      m.expect(later$).toHaveSubscriptions(laterSubs);
    }),
  );

  it(
    "[K] links that open and end without an item are tried again more and more seldom",
    marbles((m) => {
      const link$ = m.cold("-o|", LINKS);
      const linkSubs = [
        "                   ^-!",
        "                   ----^-!",
        "                   ----------^-!",
        "                   --------------------^-!",
      ];
      const until = "       ^---------------------!";
      const expected = "    --f---g----------------";
      const values = { f: failed(1, 2, "the link ended"), g: failed(2, 6, "the link ended") };

      const feed$ = feed(() => link$, BY_ITEM, clockOf(m.scheduler), m.scheduler);

      m.expect(feed$, until).toBeObservable(expected, values);
      m.expect(link$).toHaveSubscriptions(linkSubs);
    }),
  );

  it(
    "[K] a confirmation is passed on, but it is no proof that the link carries the feed",
    marbles((m) => {
      const first$ = m.cold("-oka---k|", LINKS);
      const firstSubs = "    ^-------!";
      // After 2 frames; nothing of it proves anything, so the next wait is twice as long.
      const never$ = m.cold("          -ok|", LINKS);
      const neverSubs = "    ----------^--!";
      const third$ = m.cold("                 -o-", LINKS);
      const thirdSubs = "    -----------------^--";
      const expected = "     ---(ra)kL----f------";
      const values = {
        r: restored(1, 3),
        a: item("a", 1, 3),
        k: { type: "confirmed", session: 1, at: instant(7) } as const,
        L: lost(1, 8),
        f: failed(1, 13, "the link ended", 1),
      };

      const feed$ = feed(
        inTurn(first$, never$, third$),
        BY_ITEM,
        clockOf(m.scheduler),
        m.scheduler,
      );

      m.expect(feed$).toBeObservable(expected, values);
      m.expect(first$).toHaveSubscriptions(firstSubs);
      m.expect(never$).toHaveSubscriptions(neverSubs);
      m.expect(third$).toHaveSubscriptions(thirdSubs);
    }),
  );

  it(
    "[K] a link that never carries the feed is a value: of one cause the first, second, tenth, until one does",
    marbles((m) => {
      const refused$ = m.cold<Link<Word>>("#", {}, new Error("HTTP 403 on the upgrade"));
      const carries$ = m.cold("                  a---|", LINKS);
      // Waits of 2, 4, then 8 frames; the eleventh link carries the feed, and the count begins anew.
      const expected = "    f-g 59ms h 7ms (ra)L-F---G";
      const until = "       ^ 82ms !";
      const cause = "HTTP 403 on the upgrade";
      const values = {
        f: failed(1, 0, cause),
        g: failed(2, 2, cause),
        h: failed(10, 62, cause),
        r: restored(1, 70),
        a: item("a", 1, 70),
        L: lost(1, 74),
        F: failed(1, 76, cause, 1),
        G: failed(2, 80, cause, 1),
      };
      let links = 0;
      const link$ = defer(() => ((links += 1) === 11 ? carries$ : refused$));

      const feed$ = feed(() => link$, BY_ITEM, clockOf(m.scheduler), m.scheduler);

      m.expect(feed$, until).toBeObservable(expected, values);
    }),
  );

  it(
    "[D] an item is as old as its frame, however late it comes; what carries no moment is of now",
    marbles((m) => {
      const late: Link<Word> = { type: "item", item: "b", at: instant(2) };
      const link$ = m.cold("-oa---b--c-", { ...LINKS, b: late });
      const expected = "    -ra---b--c-";
      const values = {
        r: restored(1, 1),
        a: item("a", 1, 2),
        b: item("b", 1, 2),
        c: item("c", 1, 9),
      };

      const feed$ = feed(() => link$, BY_OPENING, clockOf(m.scheduler), m.scheduler);

      m.expect(feed$).toBeObservable(expected, values);
    }),
  );

  it(
    "subscribers share one connection; the last to leave closes it",
    marbles((m) => {
      const link$ = m.cold(" -oa-b-c-a-", LINKS);
      const linkSubs = "     ^------!";
      const early = "        ^----!";
      const expectedEarly = "-ra-b-";
      const late = "         ---^---!";
      const expectedLate = " ----b-c-";
      const values = {
        r: restored(1, 1),
        a: item("a", 1, 2),
        b: item("b", 1, 4),
        c: item("c", 1, 6),
      };

      const feed$ = feed(() => link$, BY_OPENING, clockOf(m.scheduler), m.scheduler);

      m.expect(feed$, early).toBeObservable(expectedEarly, values);
      m.expect(feed$, late).toBeObservable(expectedLate, values);
      m.expect(link$).toHaveSubscriptions(linkSubs);
    }),
  );
});
