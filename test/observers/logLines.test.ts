/** Which line the log has for what: text, level and facts, over hand-made outputs. */
import { describe, expect, it } from "vitest";
import {
  type ExecutorState,
  type FailureSource,
  type LastingRefusal,
  initialState,
} from "../../src/executor/index.ts";
import { EMPTY_PLAN } from "../../src/executor/planner.ts";
import type { Receipt } from "../../src/gateway/index.ts";
import type { LogLine } from "../../src/observers/logLine.ts";
import { lastLines, linesOf } from "../../src/observers/logLines.ts";
import {
  EMPTY_MEMORY,
  type LogMemory,
  remembered as rememberedOf,
} from "../../src/observers/logMemory.ts";
import { type AppOutput, type ReferenceDoubts, summaryCounter } from "../../src/observers/index.ts";
import {
  type Coin,
  type Effect,
  type Event,
  type TradeStatus,
  type WorkingOrder,
  epochMs,
  marketId,
  monotonicMs,
  orderId,
  priceBp,
  referencePrice,
  requestId,
  tradeId,
} from "../../src/types/index.ts";
import {
  UNHALTED,
  cents,
  config,
  fill,
  instant,
  intent,
  inventory,
  market as marketOf,
  quote,
  shares,
  working,
} from "../support/builders.ts";

const MARKET = marketOf();
const market = MARKET.slug;
const context = { executor: config(), summary: summaryCounter(() => 0, "sim").summary };

const NO_DOUBTS: ReferenceDoubts = { isHeld: false, holds: 0, dropped: 0 };
const ID = "0x0123456789abcdef";
const AN_ORDER = working("BUY YES 20 @ 0.4", { id: orderId(ID) });
const order = { side: "BUY", token: "YES", price: "0.40", size: "20", orderId: "0x01234567" };

/** Quoting, with one order that rests. */
const STATE: ExecutorState = {
  ...initialState(MARKET, instant(0), UNHALTED),
  working: { [AN_ORDER.id]: AN_ORDER },
};

const TRADE: Event = {
  type: "trade.reported",
  report: {
    id: tradeId("a-trade-of-the-venue"),
    status: "mined",
    matchedAt: epochMs(0),
    fills: [fill(AN_ORDER, 7)],
  },
};

/** The same trade as the executor keeps it. */
const traded = (
  status: TradeStatus,
  of: WorkingOrder = AN_ORDER,
  count = 7,
): ExecutorState["trades"] => ({
  shard: {
    [`a trade:${of.id}`]: {
      tradeId: tradeId("a-trade-of-the-venue"),
      fill: fill(of, count),
      status,
      matchedAt: epochMs(0),
      isBaseline: false,
      doubt: null,
      isDisputed: false,
    },
  },
});

const transition = (
  event: Event,
  effects: readonly Effect[] = [],
  state: ExecutorState = STATE,
): AppOutput => ({
  type: "transition.made",
  market: state.market.id,
  transition: { input: { seq: 1, at: instant(0), event }, state, effects },
});
const referenceLink = (
  event: Extract<AppOutput, { type: "reference.updated" }>["event"],
): AppOutput => ({ type: "reference.updated", event, believed: null, doubts: NO_DOUBTS });
const receipt = (it: Receipt): AppOutput => ({
  type: "receipt.received",
  market: MARKET.id,
  receipt: it,
});

const remembered = (memory: LogMemory, output: AppOutput): LogMemory =>
  rememberedOf(memory, output, context.executor);
/** In a market of which the log has read `state` before. */
const knowing = (state: ExecutorState): LogMemory =>
  remembered(EMPTY_MEMORY, transition({ type: "clock.ticked" }, [], state));
/** Of what happens all the time. */
const HOT =
  /^(intent|placing order|cancelling order|order placed|order cancelled|fill moved on|gate, plan and stock)$/;
const lines = (output: AppOutput, before = knowing(STATE)): readonly LogLine[] => {
  const after = remembered(before, output);
  const all = linesOf(output, before, after, context);
  const heard = linesOf(output, before, after, { ...context, hidesDebug: true });
  const isShown = ({ level }: LogLine): boolean => level !== "debug";
  expect(heard.filter(isShown)).toEqual(all.filter(isShown));
  expect(heard.filter(({ text }) => HOT.test(text))).toEqual([]);
  return all;
};

const id = orderId(ID);
const refusal = { reason: "postOnlyCross", text: "crosses book", retryAfterMs: null } as const;

const lasting: LastingRefusal = {
  reason: "auth",
  text: "Invalid api key",
  source: "survey",
  refusals: 66,
  pauses: 0,
  until: monotonicMs(0),
  refusedAt: monotonicMs(0),
};

/** A source has failed so often for one cause. */
const failing = (source: FailureSource, tries: number): ExecutorState => ({
  ...STATE,
  failures: {
    ...STATE.failures,
    [source]: { ...STATE.failures[source], told: { cause: "HTTP 500", tries } },
  },
});

type Row = readonly [output: AppOutput, level: LogLine["level"], text: string, facts: object];

it("a failure is said again once its count is another, and not at each step between", () => {
  const tick = (state: ExecutorState): AppOutput => transition({ type: "clock.ticked" }, [], state);
  const ten = failing("survey", 10);
  expect(lines(tick(ten), knowing(ten))).toEqual([]);
  expect(lines(tick(failing("survey", 100)), knowing(ten)).map(({ facts }) => facts)).toEqual([
    { market, cause: "HTTP 500", tries: 100 },
  ]);
});

it("what markets share fails once, and what is a market's own in each of them", () => {
  const other = { ...MARKET, id: marketId("next"), slug: "the-next-window" };
  const second = (source: FailureSource): readonly LogLine[] => {
    const first = failing(source, 10);
    const next = { ...first, market: other };
    const output = transition({ type: "clock.ticked" }, [], next);
    return lines(output, knowing(first)).filter(({ level }) => level === "warn");
  };
  expect(second("reference")).toEqual([]);
  expect(second("survey").map(({ facts }) => facts)).toEqual([
    { market: other.slug, cause: "HTTP 500", tries: 10 },
  ]);
});

describe("a line of the log", () => {
  const opened: AppOutput = { type: "market.opened", market: MARKET };
  const tick: Event = { type: "clock.ticked" };
  const rows: readonly Row[] = [
    [opened, "info", "market opened", { market, strike: "60000.00" }],
    [
      transition({ type: "feed.lost", feed: "user", session: 2, cause: "reset" }),
      "warn",
      "user feed lost",
      { market, cause: "reset" },
    ],
    [
      transition({ type: "feed.restored", feed: "market", session: 3 }),
      "info",
      "market feed restored",
      { market, session: 3 },
    ],
    [
      transition({ type: "feed.restored", feed: "market", session: 1 }),
      "debug",
      "market feed restored",
      { market, session: 1 },
    ],
    [
      referenceLink({ type: "lost", session: 2, at: instant(0), cause: "reset" }),
      "warn",
      "reference feed lost",
      { cause: "reset" },
    ],
    [
      {
        ...referenceLink({ type: "lost", session: 2, at: instant(0), cause: "reset" }),
        coin: "eth",
      } as AppOutput,
      "warn",
      "reference feed lost",
      { coin: "eth", cause: "reset" },
    ],
    [
      referenceLink({ type: "restored", session: 3, at: instant(0) }),
      "info",
      "reference feed restored",
      { session: 3 },
    ],
    [
      transition({ type: "heartbeat.lapsed", detail: "no answer" }),
      "warn",
      "heartbeat lapsed",
      { market, detail: "no answer" },
    ],
    [
      transition(tick, [], { ...STATE, lasting }),
      "error",
      "refused for good",
      { market, reason: "auth", refused: "survey", text: "Invalid api key" },
    ],
    [
      transition({ type: "permits.changed", areShort: true }),
      "info",
      "near the rate limit: small re-prices wait",
      { market },
    ],
    [
      transition({ type: "load.changed", isBehind: true, detail: "event loop" }),
      "debug",
      "load changed",
      { market, isBehind: true, detail: "event loop" },
    ],
    [
      transition({ type: "market.resolved", winner: "NO" }),
      "debug",
      "market resolved",
      { market, winner: "NO" },
    ],
    [
      transition(TRADE, [], { ...STATE, trades: traded("matched") }),
      "info",
      "fill",
      { market, status: "matched", ...order, size: "7", tradeId: "a-trade-of" },
    ],
    [
      transition({
        type: "intent.published",
        intent: intent({ bid: quote(20, 40), fairBp: 4_512 }),
      }),
      "debug",
      "intent",
      { market, mode: "normal", reason: "quoting", fair: "0.45", bid: "0.40", ask: "none" },
    ],
    [
      transition(tick, [{ type: "cancel", market: MARKET.id, orderIds: [id] }]),
      "debug",
      "cancelling order",
      { market, ...order },
    ],
    [
      transition(
        tick,
        [
          {
            type: "cancelAll",
            market: MARKET.id,
            requestId: requestId("r"),
            epoch: { account: 0, market: 1 },
          },
        ],
        { ...STATE, why: { ...STATE.why, gate: ["user feed lost", "halting"] } },
      ),
      "warn",
      "cancel-all sent",
      { market, orders: 1, reason: "user feed lost; halting" },
    ],
    [
      transition(tick, [
        { type: "alert", market: MARKET.id, text: "stock differs", facts: { token: "NO" } },
      ]),
      "warn",
      "stock differs",
      { market, token: "NO" },
    ],
    [
      receipt({ type: "order.acked", orderId: id, venueId: id }),
      "debug",
      "order placed",
      { market, ...order },
    ],
    [
      receipt({ type: "order.rejected", orderId: id, refusal }),
      "debug",
      "order rejected",
      { market, ...order, reason: "postOnlyCross", text: "crosses book" },
    ],
    [
      receipt({
        type: "order.rejected",
        orderId: id,
        refusal: { ...refusal, reason: "insufficientBalance", text: "not enough" },
      }),
      "warn",
      "order rejected",
      { market, ...order, reason: "insufficientBalance", text: "not enough" },
    ],
    [
      receipt({ type: "order.unknown", orderId: id, cause: "deadline" }),
      "warn",
      "order not answered, may rest",
      { market, ...order, cause: "deadline" },
    ],
    [
      receipt({ type: "order.unknown", orderId: id, cause: "stopped" }),
      "debug",
      "order not answered, may rest",
      { market, ...order, cause: "stopped" },
    ],
    [
      receipt({
        type: "order.notSent",
        orderId: id,
        answer: { type: "notSent", cause: "reserve", retryAfterMs: null },
      }),
      "debug",
      "order not sent",
      { market, ...order, cause: "reserve" },
    ],
    [
      receipt({
        type: "order.notSent",
        orderId: id,
        answer: { type: "notSent", cause: "unreachable", retryAfterMs: null },
      }),
      "warn",
      "order not sent",
      { market, ...order, cause: "unreachable" },
    ],
    [
      receipt({ type: "cancel.acked", orderId: orderId("0xfedcba9876543210") }),
      "debug",
      "order cancelled",
      { market, orderId: "0xfedcba98" },
    ],
    [
      receipt({ type: "cancel.refused", orderId: id, isGone: true }),
      "debug",
      "cancel refused",
      { market, ...order, isGone: true },
    ],
    [
      receipt({ type: "cancel.unknown", orderId: id, refusal: { ...refusal, text: "busy" } }),
      "debug",
      "cancel not answered",
      { market, ...order, text: "busy" },
    ],
    ...(
      [
        ["market", "market feed not connected"],
        ["user", "user feed not connected"],
        ["reference", "reference feed not connected"],
        ["survey", "survey failed"],
        ["heartbeat", "heartbeat not taken"],
        ["cancelAll", "cancel-all not carried out"],
      ] as const
    ).map(([source, text]): Row => [
      transition(tick, [], failing(source, 10)),
      "warn",
      text,
      source === "reference" || source === "heartbeat"
        ? { cause: "HTTP 500", tries: 10 }
        : { market, cause: "HTTP 500", tries: 10 },
    ]),
    [
      { type: "source.failed", source: "discovery", cause: "GET /events: HTTP 500", tries: 10 },
      "info",
      "market not traded yet",
      { reason: "GET /events: HTTP 500", tries: 10 },
    ],
    [
      { type: "source.failed", source: "clock", cause: "GET /time: reset", tries: 2 },
      "warn",
      "venue clock not read",
      { cause: "GET /time: reset", tries: 2 },
    ],
    [
      { type: "killSwitch.tripped", cause: new Error("the disk is full") },
      "error",
      "kill switch: cancelling everything",
      { cause: "the disk is full" },
    ],
    [{ type: "killSwitch.verified" }, "warn", "kill switch: the venue shows no order of ours", {}],
  ];

  it.each(rows)("%o is %s: %s", (output, level, text, facts) => {
    const found = lines(output).filter((line) => line.text === text);
    expect(found).toEqual([{ level, text, facts }]);
  });

  it("tells of a lasting refusal once, and with a count when it is over", () => {
    const again = transition(tick, [], { ...STATE, lasting: { ...lasting, refusals: 67 } });
    const texts = (found: readonly LogLine[]): readonly string[] => found.map(({ text }) => text);
    const refused = knowing({ ...STATE, lasting });
    expect(texts(lines(again, refused))).not.toContain("refused for good");
    expect(lines(transition(tick), refused)).toContainEqual({
      level: "info",
      text: "no longer refused",
      facts: { market, reason: "auth", refusals: 66 },
    });
  });

  it("of what every market shares is said once: by the market that hears it first", () => {
    const said = (event: Event, before: LogMemory, changed: Partial<ExecutorState>): unknown =>
      lines(transition(event, [], { ...STATE, ...changed }), before).filter(
        ({ level }) => level !== "debug",
      );
    const next = { ...MARKET, id: marketId("next"), slug: "next" };
    const both = (changed: Partial<ExecutorState>): LogMemory =>
      remembered(knowing(STATE), {
        ...transition(tick, [], { ...STATE, ...changed, market: next }),
        market: next.id,
      } as AppOutput);
    const short: Event = { type: "permits.changed", areShort: true };
    const lapsed: Event = { type: "heartbeat.lapsed", detail: "no answer" };

    expect(said(short, both({ arePermitsShort: true }), { arePermitsShort: true })).toEqual([]);
    expect(said(short, both({}), { arePermitsShort: true })).toHaveLength(1);
    const isHeartbeatLapsed = true;
    expect(said(lapsed, both({ isHeartbeatLapsed }), { isHeartbeatLapsed })).toEqual([]);
    expect(said(lapsed, both({}), { isHeartbeatLapsed })).toHaveLength(1);
    // A market that opens hears the last word again.
    const calm: Event = { type: "permits.changed", areShort: false };
    expect(said(calm, both({}), { arePermitsShort: false })).toEqual([]);
    const wasShort = knowing({ ...STATE, arePermitsShort: true });
    expect(said(calm, wasShort, {})).toEqual([
      { level: "info", text: "no longer near the rate limit", facts: { market } },
    ]);
    const lost: Event = { type: "feed.lost", feed: "reference", session: 1, cause: "reset" };
    expect(said(lost, both({}), {})).toEqual([]);
  });

  it("names each order of a wave, and where it stands", () => {
    const leg = {
      orderId: id,
      epoch: { account: 0, market: 0 },
      liveAfter: 1,
      ticket: {
        market: MARKET.id,
        tokenId: MARKET.tokenIds.YES,
        side: "BUY",
        price: cents(40),
        size: AN_ORDER.size,
        salt: 1,
        createdAt: epochMs(0),
        expiresAt: null,
        orderType: "GTC",
        postOnly: true,
      },
    } as const;
    const other = { ...leg, orderId: orderId("0xfedcba9876543210") };
    const wave: Effect = { type: "place", market: MARKET.id, slot: "bid", legs: [leg, other] };
    const placing = lines(transition({ type: "clock.ticked" }, [wave]));

    expect(placing).toEqual([
      { level: "debug", text: "placing order", facts: { market, ...order, slot: "bid" } },
      {
        level: "debug",
        text: "placing order",
        facts: { market, orderId: "0xfedcba98", slot: "bid" },
      },
    ]);
  });

  it.each<AppOutput>([
    { type: "shutdown.begun", reason: "enough" },
    { type: "operator.commanded", command: "halt", reason: "enough", accountEpoch: 1 },
    { type: "failure.reported", cause: "an exception" },
    { type: "run.started", at: instant(0).monotonicMs },
  ])("is not written for %o, whose effects have lines of their own", (output) => {
    expect(lines(output)).toEqual([]);
  });
});

describe("a fill", () => {
  const said = (before: ExecutorState, after: ExecutorState): readonly unknown[] =>
    lines(transition(TRADE, [], after), knowing(before)).map(({ level, text }) => [level, text]);

  it("is said once, at the match; that its trade moves on is for the curious", () => {
    const matched = { ...STATE, trades: traded("matched") };
    const confirmed = { ...STATE, trades: traded("confirmed") };
    expect(said(STATE, matched)).toEqual([["info", "fill"]]);
    expect(said(matched, confirmed)).toEqual([["debug", "fill moved on"]]);
    expect(said(confirmed, confirmed)).toEqual([]);
  });

  it("is said when a survey has found it, and not when it is of an earlier run", () => {
    const found = transition({ type: "clock.ticked" }, [], { ...STATE, trades: traded("mined") });
    expect(lines(found).map(({ text }) => text)).toEqual(["fill"]);
    expect(lines(found, EMPTY_MEMORY).map(({ text }) => text)).not.toContain("fill");
  });

  it("is a warning once its trade has failed: it was counted before", () => {
    const matched = { ...STATE, trades: traded("matched") };
    expect(said(matched, { ...STATE, trades: traded("failed") })).toEqual([
      ["warn", "fill failed: it does not count"],
    ]);
  });
});

/** Everything above `debug` that is said of these states, each heard so many milliseconds in. */
function told(
  steps: readonly (readonly [atMs: number, state: ExecutorState, effects?: readonly Effect[]])[],
): readonly (readonly [string, unknown])[] {
  let memory = EMPTY_MEMORY;
  return steps.flatMap(([atMs, state, effects = []]) => {
    const output = transition({ type: "clock.ticked" }, effects, { ...state, now: instant(atMs) });
    const found = lines(output, memory).filter(({ level }) => level !== "debug");
    memory = remembered(memory, output);
    return found.map(({ text, facts }) => [text, facts["reason"]] as const);
  });
}

const because = (...gate: readonly string[]): ExecutorState => ({
  ...STATE,
  why: { ...STATE.why, gate },
});

describe("whether we quote", () => {
  const QUOTING = ["quoting", undefined] as const;

  it("is said once it has lasted a second, and not again while it is so", () => {
    const lost = because("user feed lost");
    expect(
      told([
        [0, STATE],
        [999, STATE],
        [1_000, STATE],
        [5_000, STATE],
      ]),
    ).toEqual([QUOTING]);
    expect(
      told([
        [0, STATE],
        [1_000, STATE],
        [1_500, lost],
        [2_400, lost],
        [2_500, lost],
        [2_600, STATE],
        [3_600, STATE],
      ]),
    ).toEqual([QUOTING, ["not quoting", "user feed lost"], QUOTING]);
  });

  it("is not said of what passes: a reason, or a pull between two quotes", () => {
    const pulled = {
      ...STATE,
      working: {},
      intent: intent({ reason: "pulled: fair moved 212 bp, pullBp 150" }),
      why: { ...STATE.why, plan: EMPTY_PLAN },
    };
    const steps = Array.from({ length: 60 }, (_, index) => {
      const flapping = index % 2 === 0 ? because("cooling down") : STATE;
      return [index * 300, flapping] as const;
    });
    expect(told(steps.slice(0, 3))).toEqual([]);
    const pulls = steps.map(([at], index) => [at, index % 2 === 0 ? pulled : STATE] as const);
    expect(told(pulls)).toEqual([QUOTING]);
  });

  it("is said of what alternates faster than it lasts, but seldom", () => {
    const flaps = (...states: readonly ExecutorState[]): readonly unknown[] =>
      told(
        Array.from({ length: 90 }, (_, index) => {
          return [index * 300, states[index % states.length] ?? STATE] as const;
        }),
      );
    const [one, other] = [because("venue restarting"), because("heartbeat lapsed")];
    expect(flaps(one, other)).toEqual([
      ["not quoting", "venue restarting"],
      ["not quoting", "heartbeat lapsed"],
      ["not quoting", "venue restarting"],
    ]);
    const broken = flaps(one, STATE).length;
    expect(broken).toBeGreaterThan(0);
    // 27 seconds.
    expect(broken).toBeLessThanOrEqual(3);
  });

  it("is not quoting where the strategy shows nothing for good, with its reason", () => {
    const reason = "held: the strike is far from the reference";
    const plan = { ...STATE.why, plan: EMPTY_PLAN };
    const held = { ...STATE, working: {}, intent: intent({ reason }), why: plan };
    expect(
      told([
        [0, held],
        [1_000, held],
      ]),
    ).toEqual([["not quoting", reason]]);
  });

  it("is said anew for a new reason, not when one of several has gone or has changed its words", () => {
    const first = because("operator: halt", "strategy: no book");
    expect(
      told([
        [0, first],
        [1_000, first],
        [2_000, because("operator: halt")],
        [9_000, because("operator: halt, again")],
        [9_100, because("operator: halt, again", "heartbeat lapsed")],
        [10_100, because("operator: halt, again", "heartbeat lapsed")],
      ]),
    ).toEqual([
      ["not quoting", "operator: halt; strategy: no book"],
      ["not quoting", "operator: halt, again; heartbeat lapsed"],
    ]);
  });

  it("begins with one line: what the start waits for", () => {
    const waits = ["waiting for a survey of the venue", "market feed not connected yet"];
    const all = because(...waits, "strategy: no book on the present market connection");
    const starting = [
      [0, all],
      [1_000, all],
      [2_500, because(...waits)],
      [4_000, because("waiting for a survey of the venue")],
      [4_100, STATE],
      [5_100, STATE],
    ] as const;
    expect(told(starting)).toEqual([
      ["starting: waiting for a survey of the venue; market feed", undefined],
      QUOTING,
    ]);
  });

  it("is not said of a market that has ended: its result is", () => {
    const ended = { ...because("market resolved"), winner: "YES" as const };
    expect(
      told([
        [0, ended],
        [9_000, ended],
      ]),
    ).toEqual([]);
  });

  it("says at the operator's level flatten that it is flattening", () => {
    const state = { ...STATE, operator: { ...STATE.operator, level: "flatten" as const } };
    expect(
      told([
        [0, state],
        [1_000, state],
      ]),
    ).toEqual([["flattening", undefined]]);
  });
});

describe("a stop", () => {
  const cancelAll: Effect = {
    type: "cancelAll",
    market: MARKET.id,
    requestId: requestId("r"),
    epoch: { account: 0, market: 1 },
  };
  const last = { attempts: 1, isCarriedOut: true, retryAt: monotonicMs(0) };
  const stopped = because("user feed lost", "halting");
  const draining = { ...stopped, stop: { state: "draining", last } } as const;
  const halted = {
    ...stopped,
    working: {},
    stop: { state: "halted", last, haltedAt: monotonicMs(0) },
  } as const;

  it("is said at its beginning with its reason and the orders, and when it is verified", () => {
    let memory = knowing(STATE);
    const said = [
      transition({ type: "clock.ticked" }, [cancelAll], { ...draining, now: instant(0) }),
      transition({ type: "clock.ticked" }, [cancelAll], { ...draining, now: instant(3_000) }),
      transition({ type: "clock.ticked" }, [], { ...halted, now: instant(7_120) }),
    ].flatMap((output) => {
      const found = lines(output, memory);
      memory = remembered(memory, output);
      return found.filter(({ level }) => level !== "debug");
    });
    expect(said).toEqual([
      {
        level: "warn",
        text: "cancel-all sent",
        facts: { market, orders: 1, reason: "user feed lost; halting" },
      },
      {
        level: "info",
        text: "stop verified: nothing of ours rests",
        facts: { market, orders: 1, took: "7.1s" },
      },
    ]);
  });

  it("makes its reasons known: only another one is said", () => {
    const other = { ...draining, why: { ...STATE.why, gate: ["user feed lost", "market lost"] } };
    expect(
      told([
        [0, STATE],
        [1_000, STATE],
        [1_100, draining, [cancelAll]],
        [4_000, draining],
        [4_100, other],
        [5_100, other],
        [6_000, STATE],
        [7_000, STATE],
      ]),
    ).toEqual([
      ["quoting", undefined],
      ["cancel-all sent", "user feed lost; halting"],
      ["not quoting", "user feed lost; market lost"],
      ["quoting", undefined],
    ]);
  });
});

describe("a status line", () => {
  const AT_THE_TOUCH = {
    YES: { bid: cents(38), ask: cents(41) },
    NO: { bid: cents(58), ask: null },
  };
  const statusOf = (state: ExecutorState, before = knowing(state)): LogLine["facts"] =>
    lines({ type: "status.due" }, before)[0]?.facts ?? {};

  it("has every market that is traded, with its figures as a person reads them", () => {
    const seen = {
      reference: instant(-250).monotonicMs,
      settlement: instant(-1_200).monotonicMs,
      YES: instant(-12_000).monotonicMs,
      NO: null,
    };
    const partly = working("BUY YES 20 @ 0.4", { id: AN_ORDER.id, matched: shares(7) });
    const trading = {
      ...STATE,
      seen,
      intent: intent({ fairBp: 4_512, touch: AT_THE_TOUCH }),
      trades: traded("matched", partly, 7),
      inventory: inventory({ YES: 7 }),
      working: { [partly.id]: partly },
    };
    const priced = remembered(knowing(trading), {
      type: "reference.updated",
      event: {
        type: "item",
        session: 1,
        at: instant(0),
        item: { price: referencePrice(12_345_000_000) },
      },
      // A price that is held is not shown.
      believed: referencePrice(59_990_661_234),
      doubts: { ...NO_DOUBTS, isHeld: true },
    });
    const [status, ...more] = lines({ type: "status.due" }, priced);

    expect(more).toEqual([]);
    // 7 YES for 0.40: 0.38 each now, 0.4512 by the model.
    expect(status).toEqual({
      level: "info",
      text: "status",
      facts: {
        market,
        left: "60:00",
        fair: "0.45",
        bid: "0.40",
        ask: "re-quoting",
        yes: "7",
        no: "0",
        fills: 1,
        pnl: "-0.14",
        realised: "0.00",
        unrealised: "-0.14",
        fees: "0.00",
        pnlAtFair: "0.36",
        runFills: 1,
        runPnl: "-0.14",
        reference: "59990.66",
        strike: "60000.00",
        mean: "none",
        meanAge: "1.2s",
        referenceAge: "0.3s",
        yesAge: "12.0s",
        noAge: "none",
        loopMs: "0/0/0",
        feedMs: "0/0/0",
        quote: "re-quoting",
        bidSize: "13",
        askSize: "0",
      },
    });
  });

  it.each([
    ["an order on its way", { phase: "placing" }, "0.40"],
    ["an order that is being cancelled", { phase: "cancelling" }, "0.40"],
    ["a NO order, in YES", { token: "NO", slot: "bid", side: "SELL", price: cents(61) }, "0.39"],
    ["a finer grid only where the market has one", { price: priceBp(4_015) }, "0.40"],
  ] as const)("shows the price of %s", (_, changed, bid) => {
    const shown = working("BUY YES 20 @ 0.4", { id: AN_ORDER.id, ...changed });
    const state = { ...STATE, working: { [shown.id]: shown } };
    expect(statusOf(state)).toMatchObject({ bid, quote: "re-quoting" });
  });

  it("has as many decimals as the market's tick", () => {
    const rules = { ...MARKET.rules, tick: priceBp(10) };
    const fine = working("BUY YES 20 @ 0.4", { id: AN_ORDER.id, price: priceBp(4_010) });
    const state = { ...STATE, market: { ...MARKET, rules }, working: { [fine.id]: fine } };
    const facts = statusOf({ ...state, intent: intent({ fairBp: 4_512 }) });
    expect(facts).toMatchObject({ fair: "0.451", bid: "0.401" });
  });

  it("says re-quoting, not none, while a pull waits for the next quote; and the reason once it lasts", () => {
    const reason = "pulled: fair moved 212 bp, pullBp 150";
    const why = { ...STATE.why, plan: EMPTY_PLAN };
    const pulled = { ...STATE, working: {}, intent: intent({ reason }), why };
    const brief = { bid: "re-quoting", ask: "re-quoting", quote: "re-quoting" };
    expect(statusOf(pulled)).toMatchObject(brief);
    expect(statusOf(pulled)).not.toHaveProperty("reason");

    const later = { ...pulled, now: instant(1_000) };
    const lasted = remembered(knowing(pulled), transition({ type: "clock.ticked" }, [], later));
    expect(statusOf(later, lasted)).toMatchObject({
      bid: "none",
      ask: "none",
      quote: "not quoting",
      reason,
    });
  });

  it("names the reasons of a shut gate at once", () => {
    expect(statusOf({ ...because("user feed lost", "halting"), working: {} })).toMatchObject({
      bid: "none",
      quote: "not quoting",
      reason: "user feed lost; halting",
    });
  });

  it("names what keeps a part of a side off the book, without what passes in a moment", () => {
    const residuals = [{ reason: "cash" }, { reason: "netMax" }];
    const plan = { bid: { orders: [], residuals }, ask: { orders: [{}], residuals: [] } };
    const withheld = [
      { order: working("BUY NO 5 @ 0.5"), reason: "slotBusy" },
      { order: working("BUY NO 5 @ 0.5"), reason: "refusedBefore" },
    ];
    const why = { gate: [], plan, withheld } as unknown as ExecutorState["why"];

    expect(statusOf({ ...STATE, why })).toMatchObject({
      quote: "quoting",
      bid: "0.40",
      bidWithheld: "cash, netMax",
      ask: "none",
      askWithheld: "refusedBefore",
    });
  });

  it("says that nobody bids for what is owned, which is then worth nothing", () => {
    const touch = { ...AT_THE_TOUCH, YES: { bid: null, ask: null } };
    const trades = traded("mined", AN_ORDER, 7);
    const state = { ...STATE, trades, inventory: inventory({ YES: 7 }), intent: intent({ touch }) };
    expect(statusOf(state)).toMatchObject({ noBid: "YES", unrealised: "-2.80" });
  });

  it("is marked by the model before a first book is known, and says so", () => {
    const trades = traded("mined", AN_ORDER, 7);
    const stop = intent({ mode: "stop", fairBp: null });
    const state = { ...STATE, trades, inventory: inventory({ YES: 7 }), intent: stop };
    expect(statusOf(state)).toMatchObject({ noBid: "not known yet", unrealised: "0.70" });
  });

  it("counts the run apart: a market that was left, and the next", () => {
    const trades = traded("mined", AN_ORDER, 7);
    const first = knowing({ ...STATE, trades, winner: "YES" });
    const left = remembered(first, { type: "market.left", market: MARKET.id });
    const next = remembered(left, transition({ type: "clock.ticked" }));
    expect(statusOf(STATE, next)).toMatchObject({
      fills: 0,
      pnl: "0.00",
      runFills: 1,
      runPnl: "4.20",
    });
  });

  it("is not written of a market that has ended, unless something may rest; then a market is waited for", () => {
    const texts = (state: ExecutorState): readonly string[] =>
      lines({ type: "status.due" }, knowing(state)).map(({ text }) => text);
    const ended = { ...STATE, now: { ...instant(0), epochMs: MARKET.endsAt } };
    expect(texts({ ...ended, working: {} })).toEqual(["waiting for a market"]);
    expect(texts(ended)).toEqual(["status"]);
    expect(lines({ type: "status.due" }, EMPTY_MEMORY)).toEqual([
      { level: "info", text: "waiting for a market", facts: {} },
    ]);
  });

  it("keeps the reference while it is quiet and confirmed, and has none while its feed is lost", () => {
    const heard = { type: "item", session: 1, at: instant(0), item: { price: MARKET.strike } };
    const confirmed = { type: "confirmed", session: 1, at: instant(1_000) };
    const lost = { type: "lost", session: 1, at: instant(2_000), cause: "reset" };
    const after = (...events: readonly object[]): LogMemory =>
      events.reduce<LogMemory>(
        (memory, event) =>
          remembered(memory, {
            type: "reference.updated",
            believed: event === lost ? null : MARKET.strike,
            doubts: NO_DOUBTS,
            event,
          } as AppOutput),
        knowing(STATE),
      );
    expect(statusOf(STATE, after(heard, confirmed))).toMatchObject({ reference: "60000.00" });
    expect(statusOf(STATE, after(heard, lost))).toMatchObject({ reference: "none" });
  });

  it("has the price of the market's own coin; one of a few dollars to hundredths of a cent", () => {
    const state = { ...STATE, market: { ...MARKET, coin: "xrp" as const } };
    const heard = (coin: Coin, price: number): AppOutput =>
      ({
        type: "reference.updated",
        coin,
        believed: referencePrice(price),
        doubts: NO_DOUBTS,
        event: { type: "item", session: 1, at: instant(0), item: { price: referencePrice(price) } },
      }) as const;
    const both = [heard("xrp", 2_134_567), heard("btc", 60_000_120_000)];
    const after = (known: ExecutorState): LogMemory => both.reduce(remembered, knowing(known));
    expect(statusOf(state, after(state))).toMatchObject({ reference: "2.1346" });
    expect(statusOf(STATE, after(STATE))).toMatchObject({ reference: "60000.12" });
  });
});

describe("a reference price that jumps", () => {
  const updated = (dollars: number, doubts: ReferenceDoubts): AppOutput => ({
    type: "reference.updated",
    event: {
      type: "item",
      session: 1,
      at: instant(0),
      item: { price: referencePrice(dollars * 1_000_000) },
    },
    believed: referencePrice(60_000_000_000),
    doubts,
  });
  const said = (outputs: readonly AppOutput[]): readonly unknown[] => {
    let memory = EMPTY_MEMORY;
    return outputs.flatMap((output) => {
      const found = lines(output, memory);
      memory = remembered(memory, output);
      return found.map(({ level, text, facts }) => [level, text, facts]);
    });
  };

  it("is said as it is held, and what became of it, with the count", () => {
    expect(
      said([
        updated(60_000, NO_DOUBTS),
        updated(54_000, { isHeld: true, holds: 1, dropped: 0 }),
        updated(54_000, { isHeld: true, holds: 1, dropped: 0 }),
        updated(60_000, { isHeld: false, holds: 1, dropped: 2 }),
        updated(60_000, { isHeld: false, holds: 1, dropped: 2 }),
      ]),
    ).toEqual([
      ["warn", "reference price held", { held: "54000.00", believed: "60000.00", count: 1 }],
      ["info", "held reference price dropped", { believed: "60000.00", dropped: 2 }],
    ]);
  });

  it("is believed in the end, or held for the hundredth time: once each", () => {
    const holding = (holds: number): AppOutput[] => [
      updated(61_000, { isHeld: true, holds, dropped: 0 }),
      updated(61_000, { isHeld: false, holds, dropped: 0 }),
    ];
    const texts = said(Array.from({ length: 200 }, (_, index) => holding(index + 1)).flat());
    expect(texts).toHaveLength(2 * 3);
    expect(texts[1]).toEqual(["info", "held reference price believed", { believed: "60000.00" }]);
  });
});

describe("the end of a market", () => {
  const result = (facts: object): LogLine => ({
    level: "info",
    text: "market result",
    facts: { market, ...facts },
  });
  const nothing = { spread: "0.00", directional: "0.00", fees: "0.00", pnl: "0.00" };
  const unproven = {
    level: "warn",
    text: "market ended without proof that no order rests",
    facts: { market },
  };
  const mayRest = {
    level: "warn",
    text: "order may rest at the venue",
    facts: { market, ...order, orderId: ID },
  };
  const left: AppOutput = { type: "market.left", market: MARKET.id };
  const proven = { ...STATE, working: {}, survey: { ...STATE.survey, isFirstDone: true } };

  it("is one line: fills, where the result came from, fees, what was owned and what it paid", () => {
    // Bought 7 YES for 0.40 at a fair value of 0.43, which won.
    const fair = knowing({ ...proven, intent: intent({ fairBp: 4_300 }) });
    const filled = { ...proven, trades: traded("matched"), inventory: inventory({ YES: 7 }) };
    const steps = [
      { ...filled, intent: intent({ fairBp: 4_300 }) },
      { ...filled, trades: traded("mined"), intent: intent({ fairBp: 9_900 }) },
      { ...filled, trades: traded("mined"), winner: "YES" as const },
    ];
    const before = steps.reduce(
      (memory, state) => remembered(memory, transition({ type: "clock.ticked" }, [], state)),
      fair,
    );
    const spread = { spread: "0.21", directional: "3.99", fees: "0.00", pnl: "4.20" };
    expect(lines(left, before)).toEqual([
      result({ winner: "YES", fills: 1, ...spread, yes: "7", no: "0", paid: "7.00" }),
    ]);
  });

  it("names what is owned where the winner is not known yet", () => {
    const touch = { YES: { bid: cents(38), ask: null }, NO: { bid: null, ask: null } };
    const before = knowing({
      ...proven,
      trades: traded("mined"),
      inventory: inventory({ YES: 7, NO: 2 }),
      intent: intent({ fairBp: 4_300, touch }),
    });
    expect(lines(left, before)[0]?.facts).toMatchObject({
      winner: "unknown yet",
      pnl: "-0.14",
      yes: "7",
      no: "2",
    });
  });

  it("names what may rest by its whole id: as it is left, when a run is abandoned, at the end", () => {
    const before = knowing(STATE);
    const all = [
      result({ winner: "unknown yet", fills: 0, ...nothing, yes: "0", no: "0" }),
      unproven,
      mayRest,
    ];
    expect(lines(left, before)).toEqual(all);
    expect(lines({ type: "run.abandoned" }, before)).toEqual(all);
    expect(lastLines(before, config())).toEqual(all);
    expect(lastLines(remembered(before, left), config())).toEqual([]);
  });

  it("says why nothing is quoted, though it has not lasted, where nobody would hear it any more", () => {
    const texts = (state: ExecutorState): readonly string[] =>
      lines(left, knowing(state)).map(({ text }) => text);
    const lost = { ...proven, why: { ...STATE.why, gate: ["venue restarting"] } };
    expect(texts(lost)).toEqual(["not quoting", "market result"]);
    expect(texts({ ...lost, winner: "YES" })).toEqual(["market result"]);
  });

  it("is nothing that rests where the venue was seen without an order of ours", () => {
    const texts = (memory: LogMemory): readonly string[] =>
      lastLines(memory, config()).map(({ text }) => text);
    expect(texts(knowing(proven))).toEqual(["market result"]);
    const tripped = remembered(knowing(STATE), { type: "killSwitch.verified" });
    expect(texts(tripped)).toEqual(["market result"]);
  });
});
