/** May we quote? Every reason not to, in words, and what is done about what rests. */
import { describe, expect, it } from "vitest";
import { type Check, checks } from "../../src/executor/gate.ts";
import { type ExecutorState, nextDeadline } from "../../src/executor/index.ts";
import { isStopping } from "../../src/executor/stop.ts";
import { FEEDS, type InputName, after } from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  bench,
  config,
  market,
  quote,
  rules,
  shares,
  trading,
} from "../support/builders.ts";

const BID = "BUY YES 10 @ 0.45";

function resting(): Bench {
  const day = trading();
  day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
  day.acks(BID);
  day.asked();
  return day;
}

describe("before the first quote", () => {
  it("each input has to have been there once, and each is named until then", () => {
    const day = bench();
    day.hears({ type: "clock.ticked" });
    day.answersSurvey({ balances: { cash: 500 } });
    const missing = [
      "market feed not connected yet",
      "user feed not connected yet",
      "reference feed not connected yet",
      "settlement feed not connected yet",
      "heartbeat not armed",
      "no intent yet",
    ];
    expect(day.state().why.gate).toEqual(missing);
    for (const [index, feed] of FEEDS.entries()) {
      day.restores(feed);
      if (feed === "user") {
        // The survey that is done began before it opened.
        expect(day.state().why.gate).toContain("waiting for a survey of the venue");
        day.waits(1_000);
        day.answersSurvey({ balances: { cash: 500 } });
      }
      expect(day.state().why.gate).toEqual(missing.slice(index + 1));
    }
    day.hears({ type: "heartbeat.beaten" });
    expect(day.state().why.gate).toEqual(["no intent yet"]);
    day.intends({ bid: quote(10, 45) });
    expect(day.state().why.gate).toEqual([]);
    expect(day.asked()).toEqual(["survey", "survey", `place ${BID}`]);
  });

  it("an operator's halt from before the session began holds, and stops nothing that never was", () => {
    const day = trading(
      {},
      { operator: { level: "halt", reason: "maintenance", accountEpoch: 3 } },
    );
    day.intends({ bid: quote(10, 45) });
    expect([day.asked(), day.state().why.gate]).toEqual([[], ["operator: maintenance"]]);
    day.commands("normal", 4);
    expect(day.asked()).toEqual([`place ${BID}`]);
    expect(day.legs()[0]?.epoch).toEqual({ account: 4, market: 0 });
  });
});

describe("a pull: nothing should rest for now", () => {
  const pulls: readonly [string, (day: Bench) => void][] = [
    [
      "market is ending",
      (day) => {
        day.waits(after(day.state().market.endsAt, -5_000) - day.now().epochMs);
      },
    ],
    [
      "market resolved",
      (day) => {
        day.hears({ type: "market.resolved", winner: "YES" });
      },
    ],
    ["waiting for a survey of the venue", (day) => day.restores("user")],
    ["intent past its life", (day) => day.waits(6_000)],
    [
      "program is behind: event loop",
      (day) => day.hears({ type: "load.changed", isBehind: true, detail: "event loop" }),
    ],
  ];

  it.each(pulls)("%s: what rests is cancelled by id, without a stop", (reason, strikes) => {
    const long = market({ endsAt: after(market().opensAt, 100_000) });
    const day = trading({}, { market: long });
    const life = reason === "intent past its life" ? {} : { expiresAt: FOREVER };
    day.intends({ bid: quote(10, 45), ...life });
    day.acks(BID);
    day.asked();
    strikes(day);
    expect(day.asked()).toContain(`cancel ${BID}`);
    expect(day.state().why.gate).toContain(reason);
    expect(isStopping(day.state())).toBe(false);
    expect(day.effects().some(({ type }) => type === "cancelAll")).toBe(false);
  });

  it("of one leg takes that leg's orders, and leaves the other side alone", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45), ask: quote(10, 55) });
    day.acks(BID, "BUY NO 10 @ 0.45");
    day.asked();
    day.intends({ bid: null, ask: quote(10, 55) });
    expect(day.asked()).toEqual([`cancel ${BID}`]);
  });

  it("ends by itself when its reason does", () => {
    const day = resting();
    day.restores("user");
    day.cancels(BID);
    day.reports(BID, "cancelled");
    day.waits(10);
    day.asked();
    day.answersSurvey({ open: [] });
    expect(day.asked()).toEqual([`place ${BID}`]);
  });

  it("does not wait for the answer of the other order of its slot", () => {
    const sell = "SELL YES 10 @ 0.55";
    const day = trading({ YES: 10 });
    day.intends({ ask: quote(10, 55), expiresAt: FOREVER });
    day.acks(sell);
    day.intends({ ask: quote(20, 55), expiresAt: FOREVER });
    expect(day.asked()).toContain("place BUY NO 10 @ 0.45");
    day.intends({ ask: null, expiresAt: FOREVER });
    expect(day.asked()).toEqual([`cancel ${sell}`]);
  });

  it("[C] does not cancel what is still placing: it waits for the answer", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    day.asked();
    day.intends({ bid: null, expiresAt: FOREVER });
    expect(day.asked()).toEqual([]);
    day.acks(BID);
    expect(day.asked()).toEqual([`cancel ${BID}`]);
  });
});

describe("[K] never wrongly blind", () => {
  it("a quiet book on live sessions keeps its quotes, for as long as the intent is renewed", () => {
    const day = resting();
    for (let seconds = 0; seconds < 90; seconds += 2) {
      day.waits(2_000, {});
      day.intends({ bid: quote(10, 45) });
    }
    expect(day.sent()).toEqual([]);
    expect(day.phases()).toEqual({ [BID]: "resting" });
  });

  it("a loss that is reported after the return that followed it changes nothing", () => {
    const day = resting();
    day.restores("market");
    day.hears({ type: "feed.lost", feed: "market", session: 1, cause: "late" });
    expect(day.asked()).toEqual([]);
    expect(day.state().feeds.market).toEqual({ isAlive: true, session: 2 });
  });

  it("a heart that beats again is no reason to stop", () => {
    const day = trading();
    day.hears({ type: "heartbeat.lapsed", detail: "unanswered" });
    expect(day.state().why.gate).toEqual(["heartbeat lapsed", "no intent yet"]);
    day.hears({ type: "heartbeat.beaten" });
    expect(day.state().why.gate).toEqual(["no intent yet"]);
  });
});

describe("[K] the age of an input", () => {
  const LIMITS = [
    ["reference", "reference price", 5_000],
    ["settlement", "settlement mean", 5_000],
    ["YES", "YES book", 20_000],
    ["NO", "NO book", 20_000],
  ] as const;
  const checkOf = (day: Bench, named: string): Check =>
    checks(day.state(), config()).find(({ name }) => name === named) ?? expect.unreachable(named);
  /** Everything has just been seen, and the executor knows it. */
  const seen = (): Bench => {
    const day = resting();
    day.sees();
    day.waits(1);
    return day;
  };
  /** The one input stays as it is; the others are seen all the time. */
  const waitsFor = (day: Bench, input: InputName, ms: number): void => {
    const at = day.now().monotonicMs;
    for (let left = ms; left > 0; left -= 100) {
      day.sees({ [input]: at });
      day.waits(Math.min(100, left));
    }
  };

  it("of a market that is over is no reason: it has no book any more", () => {
    const day = seen();
    const { endsAt } = day.state().market;
    day.waits(endsAt - day.now().epochMs);
    day.waits(30_000);
    expect(day.state().why.gate.filter((reason) => reason.includes("older than"))).toEqual([]);
  });

  it.each(LIMITS)("%s: past its limit what rests is pulled, without a stop", (input, name, max) => {
    const day = seen();
    waitsFor(day, input, max - 1);
    expect([day.sent(), day.state().why.gate]).toEqual([[], []]);
    expect(checkOf(day, name)).toMatchObject({ verdict: "open", reason: "", marginMs: 1 });
    day.waits(1);
    expect(day.state().why.gate).toEqual([`${name} older than ${max} ms`]);
    expect([day.sent(), isStopping(day.state())]).toEqual([[`cancel ${BID}`], false]);
  });

  it.each(LIMITS)(
    "%s: the executor is woken at the moment it grows too old",
    (input, name, max) => {
      const day = seen();
      const at = day.state().seen[input];
      expect(checkOf(day, name).dueAt).toBe(at === null ? null : after(at, max));
      const { reference } = day.state().seen;
      expect(nextDeadline(day.state(), config())).toBe(reference && after(reference, 5_000));
    },
  );

  it("one that is seen again is quoted on again", () => {
    const day = seen();
    day.waits(5_000);
    day.cancels(BID);
    day.reports(BID, "cancelled");
    expect(day.state().why.gate).toEqual([
      "reference price older than 5000 ms",
      "settlement mean older than 5000 ms",
    ]);
    day.sent();
    day.sees();
    day.waits(1);
    expect([day.sent(), day.state().why.gate]).toEqual([[`place ${BID}`], []]);
  });

  it("a slow drip counts by its last drop: every 4.9 s is enough, every 5.1 s is not", () => {
    const pulls = (everyMs: number): boolean => {
      const day = seen();
      for (let drop = 0; drop < 4; drop += 1) {
        day.sees();
        day.waits(1);
        waitsFor(day, "reference", everyMs - 1);
      }
      return day.sent().length > 0;
    };
    expect([pulls(4_900), pulls(5_100)]).toEqual([false, true]);
  });

  it("one token's book is of no use to the other's: NO is too old while YES moves on", () => {
    const day = seen();
    waitsFor(day, "NO", 20_000);
    expect(day.state().why.gate).toEqual(["NO book older than 20000 ms"]);
  });

  it("a link that is back begins with its own moment, and of a lost one nothing is known", () => {
    const day = seen();
    day.sees({ reference: null, settlement: null, YES: null, NO: null });
    day.waits(3_000);
    for (const feed of ["reference", "settlement", "market"] as const) day.loses(feed);
    const nothing = { reference: null, settlement: null, YES: null, NO: null };
    expect(day.state().seen).toEqual(nothing);
    day.restores("market");
    const at = day.now().monotonicMs;
    expect(day.state().seen).toEqual({ ...nothing, YES: at, NO: at });
    day.waits(20_000, {});
    expect(day.state().why.gate).toContain("NO book older than 20000 ms");
    expect(day.state().why.gate).not.toContain("reference price older than 5000 ms");
  });

  it("a market that begins while the reference is quiet is told its true age", () => {
    const day = bench();
    day.waits(10_000);
    day.sees({ reference: after(day.now().monotonicMs, -6_000) });
    // The account's link has been up for long; its event is repeated to each new market.
    day.restores("reference");
    day.waits(1);
    expect(day.state().why.gate).toContain("reference price older than 5000 ms");
  });

  it("of ticks that bring none nothing is known, and nothing is pulled", () => {
    const day = seen();
    day.hears({ type: "clock.ticked" });
    expect(checkOf(day, "YES book")).toMatchObject({ verdict: "open", marginMs: null });
  });

  it("a step of the wall clock changes none of it", () => {
    const day = seen();
    const { now } = day.state();
    const stepped = { ...day.state(), now: { ...now, epochMs: after(now.epochMs, 600_000) } };
    const ages = (of: ExecutorState): readonly Check[] =>
      checks(of, config()).filter(({ name }) => LIMITS.some(([, input]) => input === name));
    expect(ages(stepped)).toEqual(ages(day.state()));
  });

  it("to flatten, the books count and the reference does not", () => {
    const day = seen();
    day.commands("flatten");
    day.waits(20_000, {});
    expect(day.state().why.gate).toEqual([
      "YES book older than 20000 ms",
      "NO book older than 20000 ms",
    ]);
  });
});

describe("each condition", () => {
  const all = (day: Bench): readonly Check[] => checks(day.state(), config());
  const names = (day: Bench): readonly string[] => all(day).map(({ name }) => name);
  const marginOf = (day: Bench, named: string): number | null | undefined =>
    all(day).find(({ name }) => name === named)?.marginMs;

  it("has the same name open and shut", () => {
    const open = resting();
    expect(all(open).every(({ verdict }) => verdict === "open")).toBe(true);
    const unconnected = bench();
    expect(names(unconnected)).toEqual(names(open));
    const shut = resting();
    for (const feed of FEEDS) shut.loses(feed);
    shut.hears({ type: "heartbeat.lapsed", detail: "unanswered" });
    shut.hears({ type: "market.resolved", winner: "NO" });
    shut.intends({ mode: "stop", reason: "blind", expiresAt: shut.now().monotonicMs });
    expect(names(shut)).toEqual(names(open));
  });

  it("to flatten, what the market is worth need not be known", () => {
    const day = resting();
    const quoting = names(day);
    day.commands("flatten");
    const ofWorth = /^(strategy|load|reference (feed|price)|settlement (feed|mean))$/;
    expect(quoting.filter((name) => ofWorth.test(name))).toHaveLength(6);
    expect(names(day)).toEqual(quoting.filter((name) => !ofWorth.test(name)));
  });

  it.each(["spot", "candle"] as const)("a market settled by %s asks for no mean", (settledBy) => {
    const day = bench({ market: market({ settledBy }) });
    expect(names(day).filter((name) => name.startsWith("settlement"))).toEqual([]);
    expect(names(bench())).toContain("settlement mean");
  });

  it("without the mean that settles, what rests is pulled, and nothing stops", () => {
    const day = resting();
    day.loses("settlement");
    expect(day.state().why.gate).toEqual(["settlement feed lost"]);
    expect([day.sent(), isStopping(day.state())]).toEqual([[`cancel ${BID}`], false]);
  });

  it("of the strategy says its reason", () => {
    const day = resting();
    day.intends({ mode: "stop", reason: "blind" });
    expect(day.state().why.gate).toEqual(["strategy: blind"]);
  });

  it("says how long time needs to change it, and nothing where time does not, or has", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45) });
    expect(marginOf(day, "intent")).toBe(6_000);
    day.waits(6_000);
    expect(marginOf(day, "intent")).toBeNull();
    day.waits(1_000);
    expect(marginOf(day, "intent")).toBeNull();
  });

  it("of a survey says when the next may be asked for, but only while one is waited for", () => {
    const day = trading();
    expect(marginOf(day, "survey")).toBeNull();
    day.restores("user");
    expect(marginOf(day, "survey")).toBe(1_000);
    day.waits(100);
    day.answersSurvey();
    // A survey may not be asked for yet, but nothing waits for one.
    expect(marginOf(day, "survey")).toBeNull();
  });
});

describe("the next deadline", () => {
  const dueIn = (day: Bench): number | null => {
    const at = nextDeadline(day.state(), config());
    return at === null ? null : at - day.now().monotonicMs;
  };

  it("a market without an intent waits for nothing", () => {
    expect(dueIn(trading())).toBeNull();
  });

  it("is the end of the intent, of a refusal, of a caution, whichever comes first", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45) });
    expect(dueIn(day)).toBe(6_000);
    day.rejects(BID);
    expect(dueIn(day)).toBe(250);
  });

  it("every deadline of a stop is one", () => {
    const day = resting();
    day.commands("halt");
    day.answersCancelAll({ type: "lost", detail: "" });
    expect(dueIn(day)).toBe(500);
    day.waits(500);
    day.answersCancelAll([BID]);
    day.reports(BID, "cancelled");
    day.waits(1_000);
    expect(dueIn(day)).toBe(4_000);
  });

  it("at every deadline something is decided, or the deadline moves on", () => {
    const day = resting();
    day.commands("halt");
    day.answersCancelAll([BID]);
    for (let seconds = 0; seconds < 60; seconds += 1) {
      const before = nextDeadline(day.state(), config());
      day.waits(1_000, { open: [] });
      const now = day.now().monotonicMs;
      if (before !== null && before <= now)
        expect(nextDeadline(day.state(), config())).not.toBe(before);
    }
  });
});

describe("rules that change while we quote", () => {
  it("[F] a coarser tick moves what is off the new grid, behind what it was", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45.5), expiresAt: FOREVER });
    day.asked();
    day.hears({ type: "market.rulesChanged", rules: rules({ tick: quote(1, 0.1).price }) });
    day.acks(BID);
    expect(day.asked()).toEqual([`cancel ${BID}`, "place BUY YES 10 @ 0.455"]);
  });

  it("[F] a minimum that has grown is kept by the next order", () => {
    const day = trading();
    day.hears({ type: "market.rulesChanged", rules: rules({ orderSizeMin: shares(15) }) });
    day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
    expect(day.asked()).toEqual([]);
    expect(day.state().why.plan?.bid.residuals).toEqual([
      { size: shares(10), reason: "belowSizeMin" },
    ]);
  });
});

describe("what is missing is named with what it fails at", () => {
  const FORBIDDEN = "HTTP 403 on the upgrade: Forbidden";
  const failing = (day: Bench, cause: string): void => {
    const { pending } = day.state().survey;
    if (pending === null) throw new Error("no survey is under way");
    day.hears({ type: "survey.failed", requestId: pending.requestId, detail: cause });
  };

  it.each(FEEDS)("the %s feed, before it ever came and after it was lost", (feed) => {
    const day = bench();
    day.hears({ type: "feed.failed", feed, cause: FORBIDDEN, tries: 1 });
    const reason = `${feed} feed not connected yet: ${FORBIDDEN}`;
    expect(day.state().why.gate).toContain(`${reason}, 1 try`);
    day.hears({ type: "feed.failed", feed, cause: FORBIDDEN, tries: 10 });
    expect(day.state().why.gate).toContain(`${reason}, 10 tries`);
    day.restores(feed);
    day.loses(feed);
    expect(day.state().why.gate).toContain(`${feed} feed lost`);
    day.hears({ type: "feed.failed", feed, cause: "reset", tries: 2 });
    expect(day.state().why.gate).toContain(`${feed} feed lost: reset, 2 tries`);
  });

  it("the heartbeat, until it is taken", () => {
    const day = bench();
    day.hears({ type: "heartbeat.failed", cause: "reset", tries: 2 });
    expect(day.state().why.gate).toContain("heartbeat not armed: reset, 2 tries");
    day.hears({ type: "heartbeat.beaten" });
    day.hears({ type: "heartbeat.failed", cause: "HTTP 503", tries: 1 });
    day.hears({ type: "heartbeat.lapsed", detail: "late" });
    expect(day.state().why.gate).toContain("heartbeat lapsed: HTTP 503, 1 try");
    day.hears({ type: "heartbeat.beaten" });
    expect(day.state().why.gate.join()).not.toContain("heartbeat");
  });

  it("the survey, by the count of each cause, until one is answered", () => {
    const day = bench();
    const cause = "GET /data/orders: HTTP 401: Unauthorized/Invalid api key";
    const waiting = "waiting for a survey of the venue";
    for (let tries = 1; tries <= 12; tries += 1) {
      day.hears({ type: "clock.ticked" });
      failing(day, cause);
      const told = tries >= 10 ? 10 : Math.min(tries, 2);
      expect(day.state().why.gate).toContain(
        `${waiting}: ${cause}, ${told === 1 ? "1 try" : `${told} tries`}`,
      );
      day.waits(9_000);
    }
    failing(day, "balances: no answer within the deadline");
    expect(day.state().why.gate).toContain(
      `${waiting}: balances: no answer within the deadline, 1 try`,
    );
    day.waits(9_000);
    day.answersSurvey({ balances: { cash: 500 } });
    day.restores("user");
    expect(day.state().why.gate).toContain(waiting);
  });

  it("a stop, by its cancel-all, and then by its surveys", () => {
    const day = resting();
    day.commands("halt");
    day.waits(1);
    const because = (): string =>
      day.state().why.gate.find((reason) => reason.startsWith("halting")) ?? "";
    expect(because()).toBe("halting");
    day.answersCancelAll({ type: "lost", detail: "DELETE /cancel-all: HTTP 503: gone fishing" });
    expect(because()).toBe(
      "halting: cancel-all: DELETE /cancel-all: HTTP 503: gone fishing, 1 try",
    );
    day.waits(2_000);
    day.answersCancelAll({ type: "answered", cancelled: [day.id(BID)], refused: [] });
    expect(because()).toBe("halting");
    day.waits(10_000);
    failing(day, "GET /data/orders: reset");
    expect(because()).toBe("halting: GET /data/orders: reset, 1 try");
  });
});
