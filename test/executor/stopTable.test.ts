/** The life of a stop: the table as a whole, what each state carries on, and what others may ask. */
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ExecutorState, Stop } from "../../src/executor/state.ts";
import {
  STOP_TABLE,
  type StopSignal,
  beginCancelAll,
  cancelAllUnderWay,
  cooldownEndsAt,
  endCancelAll,
  endStop,
  isCancelAllDue,
  isCancelAllOverdue,
  isHalted,
  isStopping,
  isVerifiedEmpty,
  proofSurveyDueAt,
  signalStop,
  weighOrders,
  weighSurvey,
} from "../../src/executor/stop.ts";
import {
  type MonotonicMs,
  type Survey,
  type WorkingOrder,
  microShares,
  microUsdc,
  requestId,
} from "../../src/types/index.ts";
import { config, deepFreeze, instant, shares, trading, working } from "../support/builders.ts";

type StopName = Stop["state"];

const at = (elapsedMs: number): MonotonicMs => instant(elapsedMs).monotonicMs;
const LAST = { attempts: 2, isCarriedOut: true, retryAt: at(0) };
const FAILED = { ...LAST, isCarriedOut: false };
const CANCELLING = {
  state: "cancelling",
  attempts: 2,
  requestId: requestId("the second"),
  askedAt: at(0),
} as const;
const QUIET = { state: "quiet", last: LAST, quietSince: at(1_000) } as const;
const ONCE = { ...QUIET, state: "emptyOnce", emptySince: at(6_000) } as const;
/** One of each, as it would be on a straight way. */
const STOPS: Readonly<Record<StopName, Stop>> = {
  running: { state: "running" },
  cancelling: CANCELLING,
  draining: { state: "draining", last: LAST },
  quiet: QUIET,
  emptyOnce: ONCE,
  halted: { state: "halted", last: LAST, haltedAt: at(8_100) },
};
const NAMES: readonly StopName[] = [
  "running",
  "cancelling",
  "draining",
  "quiet",
  "emptyOnce",
  "halted",
];

const OPENED = trading().state();

/** A market in this stop, so long after the opening, with these orders. */
function stopped(stop: Stop, elapsedMs: number, ...orders: readonly WorkingOrder[]): ExecutorState {
  return deepFreeze({
    ...OPENED,
    stop,
    now: instant(elapsedMs),
    working: Object.fromEntries(orders.map((order) => [order.id, order])),
  });
}

/** What each signal does, column by column; the table is written row by row. */
const COLUMNS: Readonly<
  Record<
    StopSignal,
    {
      readonly moves: Partial<Record<StopName, StopName>>;
      readonly elsewhere: "ignore" | "anomaly";
    }
  >
> = {
  // What was proven before says nothing of what made us cancel again.
  cancelAllSent: {
    moves: {
      running: "cancelling",
      cancelling: "cancelling",
      draining: "cancelling",
      quiet: "cancelling",
      emptyOnce: "cancelling",
      halted: "cancelling",
    },
    elsewhere: "ignore",
  },
  // An answer nobody waits for contradicts us; and even a success leaves places that may be booked.
  cancelAllAnswered: { moves: { cancelling: "draining" }, elsewhere: "anomaly" },
  cancelAllFailed: { moves: { cancelling: "draining" }, elsewhere: "anomaly" },
  // The clock of the proof starts once; while a cancel-all is under way nothing is quiet.
  becameQuiet: { moves: { draining: "quiet" }, elsewhere: "ignore" },
  // A survey that saw nothing cannot have seen what is answered later: both surveys are void.
  becameBusy: { moves: { quiet: "draining", emptyOnce: "draining" }, elsewhere: "ignore" },
  // A proof takes two, and both after the quiet began.
  surveyEmpty: { moves: { quiet: "emptyOnce", emptyOnce: "halted" }, elsewhere: "ignore" },
  // An order seen between the two starts the count again; the quiet itself is not broken.
  surveyNotEmpty: { moves: { emptyOnce: "quiet" }, elsewhere: "ignore" },
  // Only a proof can be refuted; before it, an order that is found is what the stop expects.
  orderFound: { moves: { halted: "draining" }, elsewhere: "ignore" },
  // A stop is carried through to its proof, however soon its cause goes.
  causeGone: { moves: { halted: "running" }, elsewhere: "ignore" },
};
const SIGNALS = Object.entries(COLUMNS) as readonly [StopSignal, (typeof COLUMNS)[StopSignal]][];

describe("the table", () => {
  it("says of every state what every signal does to it", () => {
    expect(Object.keys(STOP_TABLE).toSorted()).toEqual(NAMES.toSorted());
    for (const name of NAMES) {
      expect(Object.keys(STOP_TABLE[name]).toSorted()).toEqual(Object.keys(COLUMNS).toSorted());
    }
  });

  it.each(SIGNALS.flatMap(([signal]) => NAMES.map((name) => [signal, name] as const)))(
    "%s while %s: moves or stays as the column says",
    (signal, name) => {
      const { moves, elsewhere } = COLUMNS[signal];
      expect(STOP_TABLE[name][signal]).toBe(moves[name] ?? elsewhere);
      const before = stopped(STOPS[name], 9_000);
      const next = signalStop(before, signal);
      expect(next.stop.state).toBe(moves[name] ?? name);
      const said = next.anomalies.count - before.anomalies.count;
      expect(said).toBe(moves[name] === undefined && elsewhere === "anomaly" ? 1 : 0);
    },
  );

  it("[C] only a second empty survey proves anything, and only a proof ends a stop", () => {
    const into = (target: StopName): readonly string[] =>
      NAMES.flatMap((name) =>
        SIGNALS.filter(([signal]) => name !== target && STOP_TABLE[name][signal] === target).map(
          ([signal]) => `${name} ${signal}`,
        ),
      );
    expect(into("halted")).toEqual(["emptyOnce surveyEmpty"]);
    expect(into("running")).toEqual(["halted causeGone"]);
  });

  it("only stop.ts reads what a state carries", () => {
    const carried =
      /\bstop\??\.(last|attempts|requestId|askedAt|quietSince|emptySince|haltedAt)\b|\bstop\.state\b|\{[^{}]*\}\s*=\s*(\w+\.)?stop\b/;
    const readers = readdirSync("src/executor")
      .filter((file) => file.endsWith(".ts"))
      .filter((file) => carried.test(readFileSync(`src/executor/${file}`, "utf8")));
    expect(readers).toEqual(["stop.ts"]);
  });
});

describe("a cancel-all", () => {
  it("[C] begins a stop with a new epoch of the market; another one of the same stop has none", () => {
    const first = beginCancelAll(stopped(STOPS.running, 0));
    expect(first.epoch.market).toBe(OPENED.epoch.market + 1);
    for (const name of NAMES.filter((other) => other !== "running")) {
      expect(beginCancelAll(stopped(STOPS[name], 0)).epoch).toEqual(OPENED.epoch);
    }
  });

  it("leaves doubt about what rests, and takes back the caution of the stop before", () => {
    const before = { ...stopped(STOPS.running, 0), mayRestAtVenue: false, cautionUntil: at(1) };
    expect(beginCancelAll(before)).toMatchObject({ mayRestAtVenue: true, cautionUntil: null });
  });

  it("is under way until it ends, and overdue ten seconds after it was sent", () => {
    const sent = beginCancelAll(stopped(STOPS.running, 500));
    expect(cancelAllUnderWay(sent)).toMatchObject({ askedAt: at(500) });
    expect(cancelAllUnderWay(endCancelAll(sent, true))).toBeNull();
    expect(isCancelAllOverdue(sent)).toEqual({ holds: false, dueAt: at(10_500) });
    expect(isCancelAllOverdue({ ...sent, now: instant(10_500) }).holds).toBe(true);
    expect(isCancelAllOverdue(endCancelAll(sent, true))).toEqual({ holds: false, dueAt: null });
  });

  it("that failed is due again after 0.5 s, doubling to 8 s, for as long as nothing is proven", () => {
    let state = stopped(STOPS.running, 0);
    const pauses = Array.from({ length: 7 }, () => {
      state = endCancelAll(beginCancelAll(state), false);
      const { holds, dueAt } = isCancelAllDue(state);
      expect(holds).toBe(false);
      expect(isCancelAllDue({ ...state, now: instant((dueAt ?? 0) - at(0)) }).holds).toBe(true);
      return (dueAt ?? 0) - at(0);
    });
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  });

  const resting = working("BUY YES 5 @ 0.4");
  const due: readonly [string, Stop, readonly WorkingOrder[], boolean][] = [
    ["at the beginning of a stop", STOPS.running, [], true],
    ["not while one is under way", CANCELLING, [resting], false],
    ["not after one that was carried out", STOPS.draining, [], false],
    ["though carried out, while anything rests", STOPS.draining, [resting], true],
    ["after one that failed", { state: "draining", last: FAILED }, [], true],
    ["after one that failed, quiet or not", { ...QUIET, last: FAILED }, [], true],
    ["not after one that failed, once a survey was empty", { ...ONCE, last: FAILED }, [], false],
    ["once a survey was empty, for what rests all the same", ONCE, [resting], true],
    ["not once it is proven that nothing rests", STOPS.halted, [resting], false],
  ];
  it.each(due)("is due %s", (_, stop, orders, holds) => {
    expect(isCancelAllDue(stopped(stop, 9_000, ...orders)).holds).toBe(holds);
  });
});

describe("our own orders", () => {
  const placing = working("BUY YES 5 @ 0.4", { phase: "placing" });
  const givenUp = working("BUY YES 5 @ 0.4", { phase: "unknown", answerableUntil: at(3_000) });
  const nameAfter = (state: ExecutorState): StopName => weighOrders(state).stop.state;

  it("make a stop quiet once none has a request that may still be answered", () => {
    expect(nameAfter(stopped(STOPS.draining, 1_000, placing))).toBe("draining");
    expect(nameAfter(stopped(STOPS.draining, 2_999, givenUp))).toBe("draining");
    expect(weighOrders(stopped(STOPS.draining, 3_000, givenUp)).stop).toEqual({
      state: "quiet",
      last: LAST,
      quietSince: at(3_000),
    });
  });

  it("void a first empty survey where one is busy again, and the quiet begins anew", () => {
    const busy = weighOrders(stopped(ONCE, 7_000, placing));
    expect(busy.stop).toEqual({ state: "draining", last: LAST });
    const again = weighOrders({ ...busy, now: instant(8_000), working: {} });
    expect(again.stop).toEqual({ ...QUIET, quietSince: at(8_000) });
  });

  it("never make a cancel-all under way quiet, and do not begin a stop", () => {
    expect(nameAfter(stopped(CANCELLING, 1_000))).toBe("cancelling");
    expect(nameAfter(stopped(STOPS.running, 1_000, placing))).toBe("running");
  });

  it("[J] refute a proof: everything has to be cancelled again, and is proven anew", () => {
    const found = weighOrders(stopped(STOPS.halted, 9_000, working("BUY YES 5 @ 0.4")));
    expect(found.stop).toEqual({ state: "draining", last: FAILED });
    expect(found.mayRestAtVenue).toBe(true);
    expect(isCancelAllDue(found).holds).toBe(true);
    const over = working("BUY YES 5 @ 0.4", { phase: "closed" });
    expect(nameAfter(stopped(STOPS.halted, 9_000, over))).toBe("halted");
  });
});

describe("a survey", () => {
  const survey = (...listed: readonly WorkingOrder[]): Survey => ({
    openOrders: listed.map(({ id: orderId, token, side, price, size }) => ({
      orderId,
      token,
      side,
      price,
      size,
      sizeMatched: microShares(0),
      status: "live",
    })),
    byId: [],
    balances: { cash: microUsdc(0), YES: shares(0), NO: shares(0) },
    trades: [],
  });
  const order = working("BUY YES 5 @ 0.4");
  const weigh = (stop: Stop, beganMs: number, ...listed: readonly WorkingOrder[]): ExecutorState =>
    weighSurvey(stopped(stop, beganMs + 100), survey(...listed), at(beganMs), config());

  it("[J] proves nothing that began before the last late booking was over", () => {
    expect(weigh(QUIET, 5_999).stop).toEqual(QUIET);
    expect(weigh(QUIET, 6_000).stop).toEqual(ONCE);
    expect(weigh(STOPS.draining, 60_000).stop).toEqual(STOPS.draining);
  });

  it("proves it as the second, two seconds after the first began, from its answer on", () => {
    expect(weigh(ONCE, 7_999).stop).toEqual(ONCE);
    const proven = weigh(ONCE, 8_000);
    expect(proven.stop).toEqual({ ...STOPS.halted, haltedAt: at(8_100) });
    expect(proven.mayRestAtVenue).toBe(false);
  });

  it("[J] does not prove it against an order that we believe may live", () => {
    const state = stopped(ONCE, 8_100, working("BUY YES 5 @ 0.4", { phase: "unknown" }));
    expect(weighSurvey(state, survey(), at(8_000), config())).toBe(state);
  });

  it("that lists anything starts the count again, and keeps how long it has been quiet", () => {
    expect(weigh(ONCE, 7_000, order).stop).toEqual(QUIET);
    expect(weigh(QUIET, 7_000, order).stop).toEqual(QUIET);
    expect(weigh(ONCE, 5_999, order).stop).toEqual(ONCE);
  });

  it("is due five seconds after the quiet began, and two after the first empty one", () => {
    const due = NAMES.map((name) => proofSurveyDueAt(stopped(STOPS[name], 0), config()));
    expect(due).toEqual([null, null, null, at(6_000), at(8_000), null]);
  });
});

describe("a stop, as others see it", () => {
  it("lasts from the first cancel-all until quoting begins again; halted is its proof", () => {
    const seen = NAMES.map((name) => [
      name,
      isStopping(stopped(STOPS[name], 0)),
      isHalted(stopped(STOPS[name], 0)),
    ]);
    expect(seen).toEqual([
      ["running", false, false],
      ["cancelling", true, false],
      ["draining", true, false],
      ["quiet", true, false],
      ["emptyOnce", true, false],
      ["halted", true, true],
    ]);
  });

  it("cools down for three seconds, and is followed by five of caution", () => {
    expect(cooldownEndsAt(stopped(STOPS.halted, 9_000), config())).toBe(at(11_100));
    expect(cooldownEndsAt(stopped(ONCE, 9_000), config())).toBeNull();
    const ended = endStop(stopped(STOPS.halted, 12_000), config());
    expect(ended.stop).toEqual({ state: "running" });
    expect(ended.cautionUntil).toBe(at(17_000));
  });

  it("[J] is verified empty once halted, or where nothing has left since the last proof", () => {
    const verified = (state: ExecutorState, changed: Partial<ExecutorState> = {}): boolean =>
      isVerifiedEmpty({ ...state, mayRestAtVenue: false, ...changed });
    expect(verified(stopped(STOPS.halted, 0))).toBe(true);
    expect(verified(stopped(ONCE, 0))).toBe(false);
    expect(verified(stopped(STOPS.running, 0))).toBe(true);
    expect(verified(stopped(STOPS.running, 0), { mayRestAtVenue: true })).toBe(false);
    expect(verified(stopped(STOPS.halted, 0, working("BUY YES 5 @ 0.4")))).toBe(false);
  });
});
