import { NEVER, type Observable, type SchedulerLike, defer, map, throwError, timer } from "rxjs";
import { describe, it } from "vitest";
import { type SecondOpinion, withFreshness } from "../../../src/streams/feeds/index.ts";
import type { Link } from "../../../src/types/index.ts";
import { marbles } from "../../support/marbles.ts";

/** `o` the link opens, `k` it is confirmed, any other letter is a price. */
const LINKS: Record<string, Link<string>> = {
  o: { type: "opened" },
  k: { type: "confirmed" },
  a: { type: "item", item: "a" },
  b: { type: "item", item: "b" },
  c: { type: "item", item: "c" },
};

/** One frame is a quarter of a second or so: quiet after 4, an answer within 3, frozen after 12. */
const TIMING = { quietMs: 4, answerMs: 3, frozenMs: 12 };

type Answer = SecondOpinion | "silence" | "failure";

/** What the second source answers, one after the other, each a frame after it was asked. */
function watched(
  link$: Observable<Link<string>>,
  answers: readonly Answer[],
  scheduler: SchedulerLike,
): Observable<Link<string>> {
  let asked = 0;
  const ask = (): Observable<SecondOpinion> =>
    defer(() => {
      const answer = answers[asked++] ?? "silence";
      if (answer === "silence") return NEVER;
      if (answer === "failure") return throwError(() => new Error("HTTP 500"));
      return timer(1, scheduler).pipe(map(() => answer));
    });
  return link$.pipe(
    withFreshness(
      { ...TIMING, ask, broken: (cause) => throwError(() => new Error(cause)) },
      scheduler,
    ),
  );
}

/** A link goes on after its drawing ends; the drawing does not. */
const until = (drawing: string): string => `^${"-".repeat(drawing.trim().length - 1)}!`;

const MOVED = new Error("frozen: quiet here, and the second source has another value");
const unconfirmed = (why = ""): Error =>
  new Error(`frozen: no item and no confirmation for 12 ms${why}`);

describe("[K] withFreshness", () => {
  it(
    "a link that speaks is not asked about",
    marbles((m) => {
      const link$ = m.hot(" -oa-b--c---a-", LINKS);
      const expected = "   -oa-b--c---a-";
      m.expect(watched(link$, [], m.scheduler), until(expected)).toBeObservable(expected, LINKS);
    }),
  );

  it(
    "a quiet link that the second source confirms stays up for as long as it is quiet",
    marbles((m) => {
      const link$ = m.hot(" -oa-------------------------b", LINKS);
      // Asked at 6, 11, 16, 21, 26.
      const expected = "   -oa----k----k----k----k----kb";
      const same = Array.from({ length: 9 }, () => "same" as const);
      m.expect(watched(link$, same, m.scheduler), until(expected)).toBeObservable(expected, LINKS);
    }),
  );

  it(
    "a link that brings pings only, or the other stream only, while the price moves elsewhere is frozen",
    marbles((m) => {
      const link$ = m.hot(" -oa-----------", LINKS);
      // Asked at 6 and at 11; contradicted at 7 and at 12.
      const expected = "   -oa---------#";
      const given$ = watched(link$, ["different", "different"], m.scheduler);
      m.expect(given$).toBeObservable(expected, LINKS, MOVED);
    }),
  );

  it(
    "one contradiction is no proof: the second source may be a moment ahead, or behind",
    marbles((m) => {
      const link$ = m.hot(" -oa--------------b", LINKS);
      const expected = "   -oa---------k----b";
      const given$ = watched(link$, ["different", "same"], m.scheduler);
      m.expect(given$, until(expected)).toBeObservable(expected, LINKS);
    }),
  );

  it(
    "contradictions add up although a stale second source confirms in between",
    marbles((m) => {
      const link$ = m.hot(" -oa--------------------", LINKS);
      // Answered at 7, 12, 17.
      const expected = "   -oa---------k----#";
      const given$ = watched(link$, ["different", "same", "different"], m.scheduler);
      m.expect(given$).toBeObservable(expected, LINKS, MOVED);
    }),
  );

  it(
    "two confirmations in a row clear a contradiction",
    marbles((m) => {
      const link$ = m.hot(" -oa-----------------------b", LINKS);
      const expected = "   -oa---------k----k--------b";
      const given$ = watched(link$, ["different", "same", "same", "different"], m.scheduler);
      m.expect(given$, until(expected)).toBeObservable(expected, LINKS);
    }),
  );

  it(
    "two confirmations with a contradiction between them are not in a row, and clear nothing",
    marbles((m) => {
      const link$ = m.hot(" -oa-------------------------", LINKS);
      // Answered at 7, 12, 17, 22.
      const expected = "   -oa----k---------k----#";
      const given$ = watched(link$, ["same", "different", "same", "different"], m.scheduler);
      m.expect(given$).toBeObservable(expected, LINKS, MOVED);
    }),
  );

  it(
    "an item between two contradictions starts the count again",
    marbles((m) => {
      const link$ = m.hot(" -oa------b---------c", LINKS);
      const expected = "   -oa------b---------c";
      const given$ = watched(link$, ["different", "different"], m.scheduler);
      m.expect(given$, until(expected)).toBeObservable(expected, LINKS);
    }),
  );

  it.each<[string, Answer, string]>([
    ["never answers", "silence", "no answer in 3 ms"],
    ["always fails", "failure", "HTTP 500"],
    ["says why it has no answer", { unanswered: "HTTP 451" }, "HTTP 451"],
  ])(
    "quiet, and a second source that %s: frozen in the end, with the reason",
    (_name, answer, why) =>
      marbles((m) => {
        const link$ = m.hot(" -oa-----------------", LINKS);
        const expected = "   -oa-----------#";
        const given$ = watched(link$, Array<Answer>(9).fill(answer), m.scheduler);
        m.expect(given$).toBeObservable(
          expected,
          LINKS,
          unconfirmed(`; the second source: ${why}`),
        );
      })(),
  );

  it(
    "a link that opens and never brings an item ends too, and nothing is asked about nothing",
    marbles((m) => {
      const link$ = m.hot(" -o-------------------", LINKS);
      const expected = "   -o-----------#";
      const given$ = watched(link$, ["same", "same", "same"], m.scheduler);
      m.expect(given$).toBeObservable(expected, LINKS, unconfirmed());
    }),
  );

  it(
    "a slow drip is as good as its last drop: asked about in between",
    marbles((m) => {
      const link$ = m.hot(" -oa------b------c--", LINKS);
      const expected = "   -oa----k-b----k-c--";
      const given$ = watched(link$, ["same", "same"], m.scheduler);
      m.expect(given$, until(expected)).toBeObservable(expected, LINKS);
    }),
  );

  it(
    "an answer that comes after the next item says nothing any more",
    marbles((m) => {
      const link$ = m.hot(" -oa---b------", LINKS);
      const expected = "   -oa---b----k-";
      const given$ = watched(link$, ["same", "same"], m.scheduler);
      m.expect(given$, until(expected)).toBeObservable(expected, LINKS);
    }),
  );

  it(
    "frozen, then a flood: the flood is heard only by the next session",
    marbles((m) => {
      const link$ = m.hot(" -oa----------(bcbcbc)", LINKS);
      const expected = "   -oa---------#";
      const given$ = watched(link$, ["different", "different"], m.scheduler);
      m.expect(given$).toBeObservable(expected, LINKS, MOVED);
    }),
  );

  it(
    "the end of the link is its own",
    marbles((m) => {
      const link$ = m.hot(" -oa--#", LINKS, new Error("closed: 1006"));
      const expected = "   -oa--#";
      m.expect(watched(link$, [], m.scheduler)).toBeObservable(
        expected,
        LINKS,
        new Error("closed: 1006"),
      );
    }),
  );
});
