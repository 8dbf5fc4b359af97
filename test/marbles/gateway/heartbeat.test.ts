import { describe, it } from "vitest";
import { heartbeat } from "../../../src/gateway/index.ts";
import type { HeartbeatEvent, ReadAnswer } from "../../../src/types/index.ts";
import { marbles } from "../../support/marbles.ts";

type Beat = ReadAnswer<null>;

const NOT_OURS = { reason: "auth", text: "Invalid api key", retryAfterMs: null } as const;
const BEATS: Record<string, Beat> = {
  a: { type: "answered", value: null },
  l: { type: "lost", detail: "reset" },
  r: { type: "lost", detail: "HTTP 401", refusal: NOT_OURS },
};
const EVENTS: Record<string, HeartbeatEvent> = {
  b: { type: "heartbeat.beaten" },
  L: { type: "heartbeat.lapsed", detail: "no heartbeat taken for 10000 ms" },
  r: { type: "heartbeat.refused", refusal: NOT_OURS },
  R: { type: "heartbeat.lapsed", detail: "no heartbeat taken for 10000 ms: HTTP 401" },
  1: { type: "heartbeat.failed", cause: "reset", tries: 1 },
  2: { type: "heartbeat.failed", cause: "reset", tries: 2 },
  3: { type: "heartbeat.failed", cause: "reset", tries: 10 },
  4: { type: "heartbeat.failed", cause: "HTTP 401", tries: 1 },
  5: { type: "heartbeat.failed", cause: "HTTP 401", tries: 2 },
  6: { type: "heartbeat.failed", cause: "HTTP 401", tries: 10 },
  7: { type: "heartbeat.failed", cause: "no answer in 2000 ms", tries: 1 },
  8: { type: "heartbeat.failed", cause: "no answer in 2000 ms", tries: 2 },
  e: { type: "heartbeat.failed", cause: "error", tries: 1 },
  n: { type: "heartbeat.failed", cause: "not answered", tries: 1 },
};
const DEADLINE_MS = 2_000;
const always = (): boolean => true;

describe("heartbeat", () => {
  it(
    "[K] the first beat goes out at once, the next every five seconds",
    marbles((m) => {
      const beat$ = m.cold("-a|", BEATS);
      const beatSubs = ["^!", "5s ^!", "10s ^!"];
      const expected = "    -b 4999ms b 4999ms b";
      const until = "       ^ 11s !";

      const event$ = heartbeat({ heartbeat: () => beat$ }, always, DEADLINE_MS, m.scheduler);

      m.expect(event$, until).toBeObservable(expected, EVENTS);
      m.expect(beat$).toHaveSubscriptions(beatSubs);
    }),
  );

  it(
    "[K] a dead executor is not vouched for: ten seconds after the last beat it lapses, once",
    marbles((m) => {
      const beat$ = m.cold("-a|", BEATS);
      const beatSubs = ["^!", "5s ^!"];
      // Counted from when it was asked for: the venue may have counted it as early as that.
      const expected = "    -b 4999ms b 9998ms L";
      const until = "       ^ 39s !";
      const isAlive = (): boolean => m.scheduler.now() < 7_000;

      const event$ = heartbeat({ heartbeat: () => beat$ }, isAlive, DEADLINE_MS, m.scheduler);

      m.expect(event$, until).toBeObservable(expected, EVENTS);
      m.expect(beat$).toHaveSubscriptions(beatSubs);
    }),
  );

  it(
    "[K] alive again it is beaten again, and a second lapse is reported again",
    marbles((m) => {
      const beat$ = m.cold("-a|", BEATS);
      // Whether it is alive again is asked every second.
      const beatSubs = ["^!", "19s ^!", "20s ^!"];
      const expected = "    -b 9998ms L 9000ms b 999ms b 9998ms L";
      const until = "       ^ 34s !";
      const isAlive = (): boolean => {
        const now = m.scheduler.now();
        return now < 1_000 || (now > 18_000 && now < 22_000);
      };

      const event$ = heartbeat({ heartbeat: () => beat$ }, isAlive, DEADLINE_MS, m.scheduler);

      m.expect(event$, until).toBeObservable(expected, EVENTS);
      m.expect(beat$).toHaveSubscriptions(beatSubs);
    }),
  );

  it(
    "[K] a beat that hangs is given up on and repeated, holds up no other, and its answer counts for nothing",
    marbles((m) => {
      const beat$ = m.cold("- 2999ms a", BEATS);
      const beatSubs = ["^ 1999ms !", "3s ^ 1999ms !", "5s ^ 1999ms !", "8s ^ 1000ms !"];
      const expected = "    2s 7 4999ms 8";
      const until = "       ^ 9s !";

      const event$ = heartbeat({ heartbeat: () => beat$ }, always, DEADLINE_MS, m.scheduler);

      m.expect(event$, until).toBeObservable(expected, EVENTS);
      m.expect(beat$).toHaveSubscriptions(beatSubs);
    }),
  );

  it(
    "[K] a beat that is lost, breaks or ends without a word is repeated a second later, and never an error",
    marbles((m) => {
      const first$ = m.cold("       -a|", BEATS);
      const lost$ = m.cold("        -l|", BEATS);
      const broken$ = m.cold<Beat>("-#");
      const empty$ = m.cold<Beat>("     -|");
      const emptySubs = "           7002ms ^!";
      const expected = "            -b 4999ms 1 1000ms e 1000ms n 1000ms b";
      const until = "               ^ 9s !";
      const beats = [first$, lost$, broken$, empty$].values();

      const event$ = heartbeat(
        { heartbeat: () => beats.next().value ?? first$ },
        always,
        DEADLINE_MS,
        m.scheduler,
      );

      m.expect(event$, until).toBeObservable(expected, EVENTS);
      m.expect(empty$).toHaveSubscriptions(emptySubs);
    }),
  );

  it(
    "[K] a refusal is told of before anything is armed, at most once for each beat",
    marbles((m) => {
      // Tried again every second.
      const beat$ = m.cold("-r|", BEATS);
      // At 1 ms, 1002, 2003, 3004, 4005, 5001 …; the tenth is at 9005.
      const expected = "    -(4r) 997ms 5 3998ms r 4003ms 6 995ms r";
      const until = "       ^ 11s !";

      const event$ = heartbeat({ heartbeat: () => beat$ }, always, DEADLINE_MS, m.scheduler);

      m.expect(event$, until).toBeObservable(expected, EVENTS);
    }),
  );

  it(
    "[K] a lapse after refusals says what the venue has said",
    marbles((m) => {
      const expected = "    -b 4999ms (4r) 997ms 5 3997ms Rr";
      const until = "       ^ 10s 500ms !";
      const answer = (): Beat => (m.scheduler.now() < 1_000 ? BEATS["a"] : BEATS["r"]) as Beat;

      const event$ = heartbeat(
        { heartbeat: () => m.cold("-a|", { a: answer() }) },
        always,
        DEADLINE_MS,
        m.scheduler,
      );

      m.expect(event$, until).toBeObservable(expected, EVENTS);
    }),
  );

  it(
    "[K] what was never armed cannot lapse, and says why it is not taken",
    marbles((m) => {
      const beat$ = m.cold("-l|", BEATS);
      const expected = "    -1 1000ms 2 8002ms 3";
      const until = "       ^ 59s !";

      const event$ = heartbeat({ heartbeat: () => beat$ }, always, DEADLINE_MS, m.scheduler);

      m.expect(event$, until).toBeObservable(expected, EVENTS);
    }),
  );
});
