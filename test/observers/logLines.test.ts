/** Which line the log has for what: text, level and facts, over hand-made outputs. */
import { describe, expect, it } from "vitest";
import {
  type ExecutorState,
  type FailureSource,
  type LastingRefusal,
  initialState,
} from "../../src/executor/index.ts";
import type { Receipt } from "../../src/gateway/index.ts";
import {
  EMPTY_MEMORY,
  type LogLine,
  type LogMemory,
  lastLines,
  linesOf,
  remembered,
} from "../../src/observers/logLines.ts";
import { type AppOutput, type ReferenceDoubts, summaryCounter } from "../../src/observers/index.ts";
import {
  type Effect,
  type Event,
  epochMs,
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
  market as marketOf,
  quote,
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

const transition = (
  event: Event,
  effects: readonly Effect[] = [],
  state: ExecutorState = STATE,
): AppOutput => ({
  type: "transition.made",
  market: MARKET.id,
  transition: { input: { seq: 1, at: instant(0), event }, state, effects },
});
const receipt = (it: Receipt): AppOutput => ({
  type: "receipt.received",
  market: MARKET.id,
  receipt: it,
});

/** In a market of which the log has read `state` before. */
const knowing = (state: ExecutorState): LogMemory =>
  remembered(EMPTY_MEMORY, transition({ type: "clock.ticked" }, [], state));
const lines = (output: AppOutput, before = knowing(STATE)): readonly LogLine[] =>
  linesOf(output, before, context);

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
      transition({ type: "permits.changed", areShort: false }),
      "info",
      "no longer near the rate limit",
      { market },
    ],
    [
      transition({ type: "load.changed", isBehind: true, detail: "event loop" }),
      "warn",
      "program is behind: nothing is quoted",
      { market, detail: "event loop" },
    ],
    [
      transition({ type: "load.changed", isBehind: false, detail: "" }),
      "info",
      "program keeps up again",
      { market },
    ],
    [
      transition({ type: "market.resolved", winner: "NO" }),
      "info",
      "market resolved",
      { market, winner: "NO" },
    ],
    [
      transition(TRADE, [], { ...STATE, trades: {} }),
      "info",
      "fill",
      { market, status: "mined", ...order, size: "7", tradeId: "a-trade-of" },
    ],
    [
      transition({
        type: "intent.published",
        intent: intent({ bid: quote(20, 40), fairBp: 4_512 }),
      }),
      "info",
      "intent",
      { market, mode: "normal", reason: "quoting", fair: "0.4512", bid: "0.40", ask: "none" },
    ],
    [
      transition(tick, [{ type: "cancel", market: MARKET.id, orderIds: [id] }]),
      "info",
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
      { market, reason: "user feed lost; halting" },
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
      "warn",
      "order rejected",
      { market, ...order, reason: "postOnlyCross", text: "crosses book" },
    ],
    [
      receipt({ type: "order.unknown", orderId: id, cause: "deadline" }),
      "warn",
      "order not answered, may rest",
      { market, ...order, cause: "deadline" },
    ],
    [
      receipt({
        type: "order.notSent",
        orderId: id,
        answer: { type: "notSent", cause: "reserve", retryAfterMs: null },
      }),
      "info",
      "order not sent",
      { market, ...order, cause: "reserve" },
    ],
    [
      receipt({ type: "cancel.acked", orderId: orderId("0xfedcba9876543210") }),
      "debug",
      "order cancelled",
      { market, orderId: "0xfedcba98" },
    ],
    [
      receipt({ type: "cancel.refused", orderId: id, isGone: true }),
      "info",
      "cancel refused",
      { market, ...order, isGone: true },
    ],
    [
      receipt({ type: "cancel.unknown", orderId: id, refusal: { ...refusal, text: "busy" } }),
      "info",
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
      { market, cause: "HTTP 500", tries: 10 },
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
      { cause: "Error: the disk is full" },
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
      { level: "info", text: "placing order", facts: { market, ...order, slot: "bid" } },
      {
        level: "info",
        text: "placing order",
        facts: { market, orderId: "0xfedcba98", slot: "bid" },
      },
    ]);
  });

  it("of an intent is for the curious as long as its mode stays", () => {
    const published: Event = { type: "intent.published", intent: intent({ mode: "stop" }) };
    const first = lines(transition(published, [], { ...STATE, intent: published.intent }));
    expect(first.map(({ level }) => level)).toEqual(["info"]);

    const before = knowing({ ...STATE, intent: published.intent });
    const again = lines(transition(published, [], { ...STATE, intent: published.intent }), before);
    expect(again.map(({ level }) => level)).toEqual(["debug"]);
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

describe("whether we quote", () => {
  const because = (...gate: readonly string[]): ExecutorState => ({
    ...STATE,
    why: { ...STATE.why, gate },
  });
  const quotingLine = (state: ExecutorState, before = EMPTY_MEMORY): LogLine | undefined =>
    lines(transition({ type: "clock.ticked" }, [], state), before).find(
      ({ level }) => level === "info",
    );

  it("is said at first, and again only once it has changed", () => {
    const halting = because("user feed lost", "halting");
    expect(quotingLine(halting)).toEqual({
      level: "info",
      text: "not quoting",
      facts: { market, reason: "user feed lost; halting" },
    });
    expect(quotingLine(halting, knowing(halting))).toBeUndefined();
    expect(quotingLine(because("halting"), knowing(halting))?.facts).toMatchObject({
      reason: "halting",
    });
    expect(quotingLine(STATE, knowing(halting))).toEqual({
      level: "info",
      text: "quoting",
      facts: { market },
    });
  });

  it("says at the operator's level flatten that it is flattening", () => {
    const state = { ...STATE, operator: { ...STATE.operator, level: "flatten" as const } };
    expect(quotingLine(state)?.text).toBe("flattening");
  });

  it("names what keeps a part of a side off the book, without what passes in a moment", () => {
    const slots = { bid: [{ reason: "cash" }, { reason: "netMax" }], ask: [] };
    const plan = {
      bid: { orders: [], residuals: slots.bid },
      ask: { orders: [], residuals: slots.ask },
    } as unknown as ExecutorState["why"]["plan"];
    const withheld = [
      { order: working("BUY NO 5 @ 0.5"), reason: "slotBusy" },
      { order: working("BUY NO 5 @ 0.5"), reason: "refusedBefore" },
    ] as unknown as ExecutorState["why"]["withheld"];
    const state = { ...STATE, why: { ...STATE.why, plan, withheld } };

    expect(quotingLine(state)).toEqual({
      level: "info",
      text: "quoting",
      facts: { market, bidWithheld: "cash, netMax", askWithheld: "refusedBefore" },
    });
  });
});

it("a report of a trade that says nothing new has no line", () => {
  expect(lines(transition(TRADE))).toEqual([]);
});

describe("a status line", () => {
  it("has every market that is traded, with its figures as a person reads them", () => {
    const seen = {
      reference: instant(-250).monotonicMs,
      YES: instant(-12_000).monotonicMs,
      NO: null,
    };
    const priced = remembered(knowing({ ...STATE, seen, intent: intent({ fairBp: 4_512 }) }), {
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
    expect(status).toMatchObject({
      level: "info",
      text: "status",
      facts: {
        market,
        left: "60:00",
        reference: "59990.66",
        strike: "60000.00",
        fair: "0.4512",
        bid: "BUY YES 20 @ 0.40",
        ask: "none",
        yes: "0",
        no: "0",
        fills: 0,
        pnl: "0.00",
        referenceAge: "0.3s",
        yesAge: "12.0s",
        noAge: "none",
        loopMs: "0/0/0",
        feedMs: "0/0/0",
      },
    });
  });

  it("keeps the reference while it is quiet and confirmed", () => {
    const event = {
      type: "item",
      session: 1,
      at: instant(0),
      item: { price: MARKET.strike },
    } as const;
    const known = {
      type: "reference.updated",
      believed: MARKET.strike,
      doubts: NO_DOUBTS,
    } as const;
    const priced = remembered(knowing(STATE), { ...known, event });
    const confirmed = { type: "confirmed", session: 1, at: instant(1_000) } as const;
    const quiet = remembered(priced, { ...known, event: confirmed });
    expect(lines({ type: "status.due" }, quiet)[0]?.facts).toMatchObject({ reference: "60000.00" });
  });

  it("shows a price on a finer grid in full, and no reference while its feed is lost", () => {
    const fine = working("BUY YES 20 @ 0.4", { id: AN_ORDER.id, price: priceBp(4_015) });
    const memory = remembered(knowing({ ...STATE, working: { [fine.id]: fine } }), {
      type: "reference.updated",
      event: { type: "lost", session: 1, at: instant(0), cause: "reset" },
      believed: null,
      doubts: NO_DOUBTS,
    });
    const [status] = lines({ type: "status.due" }, memory);
    expect(status?.facts).toMatchObject({ bid: "BUY YES 20 @ 0.4015", reference: "none" });
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

describe("what may rest in the end", () => {
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

  it("is named by its whole id: as a market is left, when a run is abandoned, at the end", () => {
    const before = knowing(STATE);
    const left: AppOutput = { type: "market.left", market: MARKET.id };
    expect(lines(left, before)).toEqual([
      { level: "info", text: "market left", facts: { market } },
      unproven,
      mayRest,
    ]);
    expect(lines({ type: "run.abandoned" }, before)).toEqual([unproven, mayRest]);
    expect(lastLines(before)).toEqual([unproven, mayRest]);
    expect(lastLines(remembered(before, left))).toEqual([]);
  });

  it("is nothing where the venue was seen without an order of ours", () => {
    const empty = { ...STATE, working: {}, survey: { ...STATE.survey, isFirstDone: true } };
    expect(lastLines(knowing(empty))).toEqual([]);
  });
});
