/** Worlds of a few seeds keep every law, and each checker reports a breach that it is shown. */
import { describe, expect, it } from "vitest";
import {
  type ExecutorState,
  type TradeEntry,
  type Transition,
  type Withheld,
  initialState,
} from "../../src/executor/index.ts";
import { OUR_ACCOUNT, type VenueFact, type VenueTruth } from "../../src/sim/index.ts";
import {
  type Effect,
  type Epoch,
  type ExecutionPlan,
  type Fill,
  type LegPlan,
  type MarketItem,
  type OrderReport,
  type OrderId,
  type OrderPhase,
  type OrderTicket,
  type PlaceEffect,
  type PlaceLeg,
  type ReferenceItem,
  type RefusalReason,
  type Slot,
  type TradeReport,
  type TradeStatus,
  type WorkingOrder,
  NO_SHARES,
  epochMs,
  monotonicMs,
  orderId,
  priceBp,
  referencePrice,
  requestId,
  tradeId,
  type NotSent,
  type ReceiptEvent,
} from "../../src/types/index.ts";
import {
  config,
  dollars,
  fill,
  instant,
  intent,
  inventory,
  market,
  rules,
  planned,
  quote,
  shares,
  tradeReport,
  working,
  UNHALTED,
} from "../support/builders.ts";
import { type Checker, checkers } from "./checkers/index.ts";
import { beatsWhileAlive } from "./checkers/beatsWhileAlive.ts";
import { boundedMemory } from "./checkers/boundedMemory.ts";
import { cancelReserve } from "./checkers/cancelReserve.ts";
import { capsHold } from "./checkers/capsHold.ts";
import { convergesOrExplains } from "./checkers/convergesOrExplains.ts";
import { everyFillOnce } from "./checkers/everyFillOnce.ts";
import { everyOrderLegal } from "./checkers/everyOrderLegal.ts";
import { everyReasonSaid } from "./checkers/everyReasonSaid.ts";
import { noOldEpoch } from "./checkers/noOldEpoch.ts";
import { noOldInput } from "./checkers/noOldInput.ts";
import { noSelfTrade } from "./checkers/noSelfTrade.ts";
import { noShort } from "./checkers/noShort.ts";
import { oneReceipt } from "./checkers/oneReceipt.ts";
import { refusalsBounded } from "./checkers/refusalsBounded.ts";
import { reservationsCover } from "./checkers/reservationsCover.ts";
import { soldIsThere } from "./checkers/soldIsThere.ts";
import { stopIsQuiet } from "./checkers/stopIsQuiet.ts";
import { world } from "./world.ts";

const TWO_MINUTES_MS = 120_000;
const MARKET = market();

const worlds = new Map<number, ReturnType<typeof world>>();
/** Two minutes of it, once for all tests that look at it. */
function twoMinutesOf(seed: number): ReturnType<typeof world> {
  const run = worlds.get(seed) ?? world({ seed, tradingMs: TWO_MINUTES_MS });
  worlds.set(seed, run);
  return run;
}

describe("the world", () => {
  it.each([1, 2, 3])("of seed %i holds every law for two minutes of faults", async (seed) => {
    const { violations, summary, journals, deaths } = await twoMinutesOf(seed);

    expect(violations).toEqual([]);
    // A world in which nothing happens proves nothing.
    expect(summary.places.acked).toBeGreaterThan(10);
    expect(summary.fills).toBeGreaterThan(0);
    expect(summary.openAtVenue).toBe(0);
    // Each process begins a journal of its own in every market it trades.
    expect(journals.length).toBeGreaterThanOrEqual(summary.markets.length + deaths);
  });

  it("among them is one whose process crashed, and the next one took over", async () => {
    expect((await twoMinutesOf(3)).deaths).toBeGreaterThan(0);
  });

  it("judges no run by what the one before says after its death", async () => {
    // It begins again in the millisecond of its crash, and takes over an order.
    expect((await twoMinutesOf(2161)).violations).toEqual([]);
  });

  it("is the same to the byte for the same seed, faults and all", async () => {
    const options = { seed: 4, tradingMs: 80_000 };
    const [one, again] = [await world(options), await world(options)];

    expect(one.journals).toStrictEqual(again.journals);
    expect(one.summary).toStrictEqual(again.summary);
  });
});

const state = (changed: Partial<ExecutorState> = {}): ExecutorState => ({
  ...initialState(MARKET, instant(0), UNHALTED),
  ...changed,
});

const entry = (of: Fill, status: TradeStatus): TradeEntry => ({
  tradeId: tradeId("t"),
  fill: of,
  status,
  matchedAt: epochMs(0),
  isBaseline: false,
  doubt: null,
  isDisputed: false,
});

const transition = (
  changed: Partial<ExecutorState>,
  effects: readonly Effect[] = [],
): Transition => ({
  input: { seq: 1, at: instant(0), event: { type: "clock.ticked" } },
  state: state(changed),
  effects,
});

const truth = ({
  orders = [],
  trades = [],
}: {
  readonly orders?: readonly OrderReport[];
  readonly trades?: readonly TradeReport[];
}): VenueTruth => ({
  cash: dollars(0),
  rebatesDue: dollars(0),
  orders,
  markets: [
    { market: MARKET, winner: null, isResolved: false, YES: NO_SHARES, NO: NO_SHARES, trades },
  ],
});

/** A fact about an order: booked by default. */
const told = (
  text: string,
  {
    account = OUR_ACCOUNT,
    cause = "placed",
    matched = 0,
    status = "live",
    id = text,
  }: {
    readonly account?: string;
    readonly cause?: "placed" | "matched" | "cancelled";
    readonly matched?: number;
    readonly status?: "live" | "matched" | "cancelled";
    readonly id?: string;
  } = {},
): VenueFact => ({
  type: "order.changed",
  cause,
  order: {
    ...planned(text),
    id: orderId(id),
    account,
    market: MARKET.id,
    matched: shares(matched),
    status,
    expiresAt: null,
  },
});

/** A fact about a trade; the taker's leg first. */
const traded = (
  name: string,
  legs: readonly (readonly [account: string, fill: Fill])[],
  status: TradeStatus = "matched",
): VenueFact => ({
  type: "trade.changed",
  trade: {
    id: tradeId(name),
    market: MARKET.id,
    index: 0,
    type: "complementary",
    status,
    matchedAt: epochMs(0),
    retriedAt: null,
    minedAt: epochMs(0),
    confirmedAt: epochMs(0),
    fails: false,
    isReversed: false,
    legs: legs.map(([account, each]) => ({ account, fill: each })),
  },
});

/** A place effect with these orders. */
const placing = (orders: readonly string[], ticket: Partial<OrderTicket> = {}): PlaceEffect => ({
  type: "place",
  market: MARKET.id,
  slot: "bid",
  legs: orders.map((text) => ({
    orderId: orderId(text),
    ticket: {
      ...planned(text),
      market: MARKET.id,
      tokenId: MARKET.tokenIds.YES,
      salt: 1,
      createdAt: epochMs(0),
      expiresAt: null,
      orderType: "GTC",
      postOnly: true,
      ...ticket,
    },
    epoch: { account: 0, market: 0 },
    liveAfter: 1,
  })),
});

const believed = (...orders: readonly WorkingOrder[]): Readonly<Record<OrderId, WorkingOrder>> =>
  Object.fromEntries(orders.map((order) => [order.id, order]));

const QUIET = truth({});
const BID = "BUY YES 10 @ 0.4";

const verdictOf = (checker: Checker, end: VenueTruth = QUIET): readonly string[] =>
  checker.verdict(end);

describe("noShort", () => {
  const refused = (
    account: string,
    reason: "insufficientBalance" | "postOnlyCross",
  ): VenueFact => ({
    type: "order.refused",
    account,
    orderId: orderId("an order"),
    refusal: { reason, text: "no", retryAfterMs: null },
  });

  it("objects to an order of ours that the venue finds uncovered", () => {
    const checker = noShort();
    checker.venue(refused(OUR_ACCOUNT, "insufficientBalance"));

    expect(verdictOf(checker)).toEqual([expect.stringMatching(/^noShort: /)]);
  });

  it("does not object to another account's, or to another refusal", () => {
    const checker = noShort();
    checker.venue(refused("somebody", "insufficientBalance"));
    checker.venue(refused(OUR_ACCOUNT, "postOnlyCross"));

    expect(verdictOf(checker)).toEqual([]);
  });
});

describe("soldIsThere", () => {
  const BOUGHT = "BUY YES 10 @ 0.4";
  const bought = (status: TradeStatus): VenueFact =>
    traded("bought", [[OUR_ACCOUNT, fill(working(BOUGHT), 10)]], status);
  const after = (...facts: readonly VenueFact[]): readonly string[] => {
    const checker = soldIsThere();
    for (const fact of facts) checker.venue(fact);
    return verdictOf(checker);
  };

  it("objects to an offer of what is not there: not mined, failed, or offered already", () => {
    const objects = [expect.stringMatching(/^soldIsThere: /)];
    const offer = told("SELL YES 10 @ 0.6");
    expect(after(bought("matched"), offer)).toEqual(objects);
    expect(after(bought("failed"), offer)).toEqual(objects);
    expect(after(bought("mined"), told("SELL YES 11 @ 0.6"))).toEqual(objects);
    expect(after(bought("mined"), offer, told("SELL YES 1 @ 0.7"))).toEqual(objects);
    const sold = traded("sold", [[OUR_ACCOUNT, fill(working("SELL YES 10 @ 0.6"), 10)]]);
    expect(after(bought("mined"), sold, told("SELL YES 1 @ 0.7"))).toEqual(objects);
    expect(after(sold)).toEqual(objects);
  });

  it("objects to an offer of what was mined and has failed, once we have been told", () => {
    const checker = soldIsThere();
    for (const fact of [bought("mined"), bought("failed")]) checker.venue(fact);
    checker.venue(told("SELL YES 10 @ 0.6"));
    expect(verdictOf(checker)).toEqual([]);
    const failed = { ...entry(fill(working(BOUGHT), 10), "failed"), tradeId: tradeId("bought") };
    checker.transition(transition({ trades: { "0": { bought: failed } } }, [placing([BID])]));
    checker.venue(told("SELL YES 10 @ 0.6"));
    expect(verdictOf(checker)).toHaveLength(1);
  });

  it("does not object to what is there, or to another account's", () => {
    expect(after(bought("mined"), told("SELL YES 10 @ 0.6"))).toEqual([]);
    expect(after(told("SELL YES 10 @ 0.6", { account: "somebody" }))).toEqual([]);
    expect(after(told("BUY NO 10 @ 0.4"))).toEqual([]);
  });
});

describe("noOldInput", () => {
  const at = (atMs: number, changed: Partial<Transition> = {}): Transition => ({
    input: { seq: 1, at: instant(atMs), event: { type: "clock.ticked" } },
    state: state(),
    effects: [],
    ...changed,
  });
  const places = (atMs: number, level: ExecutorState["operator"]["level"] = "normal"): Transition =>
    at(atMs, { state: state({ operator: { level, reason: "" } }), effects: [placing([BID])] });
  const ticks = (atMs: number, seenAt: number): Transition => {
    const seen = instant(seenAt).monotonicMs;
    const event = { type: "clock.ticked", seen: { reference: seen, YES: seen, NO: seen } } as const;
    return at(atMs, { input: { seq: 1, at: instant(atMs), event } });
  };
  const price = (dollarsEach: number): ReferenceItem => ({
    price: referencePrice(dollarsEach * 1_000_000),
  });
  const moves = (item: ReferenceItem): VenueFact => ({ type: "reference.moved", ...item });
  const level: MarketItem = {
    type: "level",
    token: "NO",
    side: "BUY",
    level: { price: priceBp(4_000), size: shares(1) },
  };
  const bookMoves: VenueFact = { type: "book.changed", market: MARKET.id, item: level };

  it("objects to an order on an input that was last seen too long ago, by the ticks", () => {
    const checker = noOldInput();
    checker.transition(ticks(6_000, 500));
    checker.transition(places(6_100));
    checker.transition(places(6_100, "flatten"));
    checker.transition(ticks(21_100, 500));
    checker.transition(places(21_100, "flatten"));

    expect(verdictOf(checker)).toEqual([
      "noOldInput: reference, seen for 5600 ms",
      "noOldInput: YES, seen for 20600 ms",
      "noOldInput: NO, seen for 20600 ms",
    ]);
  });

  it("objects to an order while the venue has changed and it was not heard, whatever was believed", () => {
    const checker = noOldInput();
    checker.hears(null, price(60_000));
    checker.hears(MARKET.id, { type: "book", token: "NO", book: { bids: [], asks: [] } });
    checker.transition(ticks(1_000, 1_000));
    checker.venue(moves(price(60_001)));
    checker.venue(bookMoves);
    for (let now = 2_000; now <= 22_000; now += 1_000) checker.transition(ticks(now, now));
    checker.transition(places(22_000));

    expect(verdictOf(checker)).toEqual([
      "noOldInput: reference, missed for 21000 ms",
      "noOldInput: NO, missed for 21000 ms",
    ]);
  });

  it("does not object where all that has changed was heard, or nothing has", () => {
    const checker = noOldInput();
    checker.hears(null, price(60_000));
    checker.hears(MARKET.id, { type: "book", token: "NO", book: { bids: [], asks: [] } });
    checker.transition(ticks(1_000, 1_000));
    checker.venue(moves(price(60_001)));
    checker.venue(moves(price(60_002)));
    checker.venue(bookMoves);
    checker.hears(null, price(60_002));
    checker.hears(MARKET.id, level);
    checker.transition(ticks(22_000, 22_000));
    checker.transition(places(22_000));

    expect(verdictOf(checker)).toEqual([]);
  });
});

describe("stopIsQuiet", () => {
  const accepted = (account: string): VenueFact => told(BID, { account });
  const stop = (haltedAt: number | null): ExecutorState["stop"] => {
    const last = { attempts: 1, isCarriedOut: true, retryAt: monotonicMs(0) };
    return haltedAt === null
      ? { state: "draining", last }
      : { state: "halted", last, haltedAt: monotonicMs(haltedAt) };
  };

  it("objects to an order that is accepted after a stop was verified", () => {
    const checker = stopIsQuiet();
    checker.transition(transition({ stop: stop(7_000) }));
    checker.venue(accepted(OUR_ACCOUNT));

    expect(verdictOf(checker)).toEqual([expect.stringMatching(/^stopIsQuiet: /)]);
  });

  it("does not object before the stop is verified, once it is over, or to another account", () => {
    const checker = stopIsQuiet();
    checker.transition(transition({ stop: stop(null) }));
    checker.venue(accepted(OUR_ACCOUNT));
    checker.transition(transition({ stop: stop(7_000) }));
    checker.venue(accepted("somebody"));
    checker.transition(transition({ stop: { state: "running" } }));
    checker.venue(accepted(OUR_ACCOUNT));

    expect(verdictOf(checker)).toEqual([]);
  });
});

describe("oneReceipt", () => {
  const place = placing([BID]);
  const acked = {
    type: "order.acked",
    orderId: orderId(BID),
    venueId: orderId(BID),
  } as const;
  const unknown = { type: "order.unknown", orderId: orderId(BID), cause: "deadline" } as const;
  const late = {
    type: "order.answeredLate",
    orderId: orderId(BID),
    answer: { type: "acked", orderId: orderId(BID) },
  } as const;

  it("objects to a leg without a receipt", () => {
    const checker = oneReceipt();
    checker.transition(transition({}, [place]));

    expect(verdictOf(checker)).toEqual([expect.stringMatching(/^oneReceipt: .* has 0 /)]);
  });

  it("objects to a second receipt, of whatever kind", () => {
    const checker = oneReceipt();
    checker.transition(transition({}, [place]));
    checker.receipt(unknown);
    checker.receipt(acked);

    expect(verdictOf(checker)).toEqual([expect.stringMatching(/^oneReceipt: .* has 2 /)]);
  });

  it("allows either order of receipt and step, and does not count a late answer", () => {
    const checker = oneReceipt();
    checker.receipt(unknown);
    checker.transition(transition({}, [place]));
    checker.receipt(late);

    expect(verdictOf(checker)).toEqual([]);
  });
});

describe("noOldEpoch", () => {
  const stop: Effect = {
    type: "cancelAll",
    requestId: requestId("stop"),
    market: MARKET.id,
    epoch: { account: 1, market: 2 },
  };
  const leaving = (epoch: Epoch): PlaceLeg => {
    const { legs } = placing([BID]);
    const [first] = legs;
    if (first === undefined) throw new Error("a wave without a leg");
    return { ...first, epoch };
  };

  it("objects to an order that was decided before a stop, of its market or of the account", () => {
    const checker = noOldEpoch();
    checker.leaves([leaving({ account: 0, market: 0 })], 0);
    checker.transition(transition({}, [stop]));
    checker.leaves([leaving({ account: 1, market: 2 })], 0);
    expect(verdictOf(checker)).toEqual([]);
    checker.leaves([leaving({ account: 1, market: 1 })], 0);
    checker.leaves([leaving({ account: 0, market: 2 })], 0);
    expect(verdictOf(checker)).toEqual([
      expect.stringMatching(/left after a stop/),
      expect.stringMatching(/left after a stop/),
    ]);
  });

  it("starts at 0 with each process", () => {
    const checker = noOldEpoch();
    checker.transition(transition({}, [stop]));
    checker.crashed();
    checker.leaves([leaving({ account: 0, market: 0 })], 0);
    expect(verdictOf(checker)).toEqual([]);
  });
});

describe("cancelReserve", () => {
  const { legs } = placing([BID]);
  const cancelling = (count: number): Effect => ({
    type: "cancel",
    market: MARKET.id,
    orderIds: Array.from({ length: count }, (_, index) => orderId(String(index))),
  });
  const at = instant(0).monotonicMs;

  it("objects to an order that leaves too few tokens to cancel it, and what else is live", () => {
    const checker = cancelReserve();
    checker.venue(told("BUY NO 10 @ 0.45"));
    checker.transition(transition({}, [cancelling(117)]));
    checker.leaves(legs, at);
    expect(verdictOf(checker)).toEqual([]);
    checker.transition(transition({}, [cancelling(1)]));
    checker.leaves(legs, at);
    expect(verdictOf(checker)).toEqual([expect.stringMatching(/2 left where 3 may be needed/)]);
  });

  it("tokens come back, eighty in a second", () => {
    const checker = cancelReserve();
    checker.transition(transition({}, [cancelling(120)]));
    checker.leaves(legs, at + 25);
    expect(verdictOf(checker)).toEqual([]);
    checker.transition(transition({}, [cancelling(1)]));
    checker.leaves(legs, at + 25);
    expect(verdictOf(checker)).toHaveLength(1);
  });
});

describe("beatsWhileAlive", () => {
  const ticked = (): Transition => transition({});

  it("objects to a heartbeat long after the last tick, not to one before the first", () => {
    const checker = beatsWhileAlive();
    checker.beats(0);
    checker.transition(ticked());
    const at = ticked().input.at.monotonicMs;
    checker.beats(at + 2_000);
    expect(verdictOf(checker)).toEqual([]);
    checker.beats(at + 2_001);
    expect(verdictOf(checker)).toEqual([expect.stringMatching(/2001 ms after the last tick/)]);
    checker.crashed();
    checker.beats(at + 60_000);
    expect(verdictOf(checker)).toHaveLength(1);
  });
});

describe("everyReasonSaid", () => {
  const RESET = "GET /data/orders: the connection was reset";
  const failing = (...atMs: readonly number[]): Checker => {
    const checker = everyReasonSaid();
    for (const at of atMs) checker.attempts("orders", RESET, at);
    return checker;
  };

  it("objects to a cause that struck twice, and is in no line five seconds later", () => {
    const checker = failing(0, 1_000);
    checker.says("survey failed some other cause", 6_000);
    expect(verdictOf(checker)).toEqual([]);
    checker.attempts("heartbeat", null, 6_001);
    expect(verdictOf(checker)).toEqual([`everyReasonSaid: orders failed 2 times: ${RESET}`]);
  });

  it("does not object to one that was said, that passed, that struck once, or died with its process", () => {
    const said = failing(0, 1_000);
    said.says(`survey failed m ${RESET} 2`, 5_999);
    const passed = failing(0, 1_000);
    passed.attempts("orders", null, 5_999);
    const once = failing(0);
    const dead = failing(0, 1_000);
    dead.crashed();
    for (const checker of [said, passed, once, dead]) {
      checker.says("status", 60_000);
      expect(verdictOf(checker)).toEqual([]);
    }
  });

  it("what was said of an outage says nothing of the next one", () => {
    const checker = failing(0, 1_000);
    checker.says(RESET, 1_001);
    checker.attempts("orders", null, 2_000);
    for (const at of [3_000, 4_000]) checker.attempts("orders", RESET, at);
    checker.says("status", 60_000);
    expect(verdictOf(checker)).toHaveLength(1);
  });
});

describe("everyFillOnce", () => {
  const ours: Fill = fill(working(BID), 4);
  const trades = [tradeReport("t", "confirmed", [ours])];
  const booked = (
    fills: Readonly<Record<string, Fill>>,
    yes: Partial<ExecutorState["inventory"]["YES"]>,
    changed: Partial<ExecutorState> = {},
  ): Transition => {
    const nothing = state().inventory;
    return transition({
      survey: { ...state().survey, isFirstDone: true },
      trades: {
        drawer: Object.fromEntries(
          Object.entries(fills).map(([key, each]) => [key, entry(each, "confirmed")]),
        ),
      },
      inventory: { ...nothing, YES: { ...nothing.YES, ...yes } },
      ...changed,
    });
  };
  const verdict = (last: Transition): readonly string[] => {
    const checker = everyFillOnce();
    checker.transition(last);
    return verdictOf(checker, truth({ trades }));
  };

  it("objects to nothing where the fill is booked and the stock is there", () => {
    expect(verdict(booked({ a: ours }, { settled: shares(4) }))).toEqual([]);
    expect(verdict(booked({ a: ours }, { pendingIn: shares(4) }))).toEqual([]);
  });

  it("expects of a failed trade only that it is known", () => {
    const checker = everyFillOnce();
    checker.transition(booked({ a: ours }, {}));
    const failed = truth({ trades: [tradeReport("t", "failed", [ours])] });
    expect(verdictOf(checker, failed)).toEqual([]);
    checker.transition(booked({ a: ours }, { settled: shares(4) }));
    expect(verdictOf(checker, failed)).toEqual([expect.stringMatching(/inventory YES/)]);
  });

  it("expects no stock if the first survey came after the resolution, which had paid it out", () => {
    const checker = everyFillOnce();
    checker.transition(transition({ winner: "YES" }));
    checker.transition(booked({ a: ours }, {}, { winner: "YES" }));
    expect(verdictOf(checker, truth({ trades }))).toEqual([]);
    // A survey before the resolution has counted the stock.
    expect(verdict(booked({ a: ours }, {}, { winner: "YES" }))).toHaveLength(1);
  });

  it("objects to a fill that is missing", () => {
    expect(verdict(booked({}, {}))).toEqual([
      expect.stringMatching(/missing t:/),
      expect.stringMatching(/inventory YES/),
    ]);
  });

  it("objects to a fill that the venue does not know, or knows with other figures", () => {
    const larger = fill(working(BID), 5);
    expect(verdict(booked({ a: larger }, { settled: shares(4) }))).toEqual([
      expect.stringMatching(/missing t:/),
      expect.stringMatching(/invented t:/),
    ]);
  });

  it("objects to a fill that is booked twice", () => {
    expect(verdict(booked({ a: ours, b: ours }, { settled: shares(8) }))).toEqual([
      expect.stringMatching(/booked twice/),
      expect.stringMatching(/inventory YES/),
    ]);
  });

  it("objects to stock that does not follow from the fills, in either direction", () => {
    expect(verdict(booked({ a: ours }, { settled: shares(3) }))).toHaveLength(1);
    expect(verdict(booked({ a: ours }, { settled: shares(4), pendingIn: shares(4) }))).toHaveLength(
      1,
    );
    expect(
      verdict(booked({ a: ours }, { settled: shares(4), pendingOut: shares(1) })),
    ).toHaveLength(1);
  });
});

describe("convergesOrExplains", () => {
  const leg = (slot: Slot, ...orders: readonly string[]): LegPlan => ({
    slot,
    orders: orders.map(planned),
    residuals: [],
    aggregatedFrom: null,
  });
  const ASK = "BUY NO 10 @ 0.45";
  const plan: ExecutionPlan = { bid: leg("bid", BID), ask: leg("ask", ASK) };
  const reported = (...orders: readonly string[]): VenueTruth =>
    truth({
      orders: orders.map((order) => ({
        ...planned(order),
        orderId: orderId(order),
        sizeMatched: NO_SHARES,
        status: "live",
      })),
    });
  const quoting = (
    orders: ExecutorState["working"],
    wanted: ExecutionPlan | null = plan,
    changed: Partial<ExecutorState> = {},
  ) =>
    transition({
      working: orders,
      why: { gate: wanted === null ? ["halting"] : [], plan: wanted, withheld: [] },
      ...changed,
    });
  const withholding = (reason: Withheld["reason"]) =>
    quoting(believed(working(BID)), plan, {
      why: { gate: [], plan, withheld: [{ order: planned(ASK), reason }] },
    });
  /** The intent has a bid, and nothing of it is planned. */
  const unplannedBid = (residuals: LegPlan["residuals"], changed: Partial<ExecutorState> = {}) =>
    quoting(
      believed(working(ASK)),
      { ...plan, bid: { ...leg("bid"), residuals } },
      { intent: intent({ bid: quote(10, 40) }), ...changed },
    );
  const verdict = (last: Transition | null, sample: VenueTruth): readonly string[] => {
    const checker = convergesOrExplains();
    if (last !== null) checker.transition(last);
    checker.sample(sample);
    return verdictOf(checker);
  };

  it("is content if plan, belief and venue agree once", () => {
    const both = quoting(believed(working(BID), working(ASK)));
    expect(verdict(both, reported(BID, ASK))).toEqual([]);

    const checker = convergesOrExplains();
    checker.transition(quoting(believed(), null));
    checker.sample(reported());
    checker.transition(both);
    checker.sample(reported(BID, ASK));
    expect(verdictOf(checker)).toEqual([]);
  });

  it("is content if a missing order has a reason that may last", () => {
    expect(verdict(withholding("netMax"), reported(BID))).toEqual([]);
    const tooSmall = unplannedBid([{ size: shares(1), reason: "belowSizeMin" }]);
    expect(verdict(tooSmall, reported(ASK))).toEqual([]);
    const fulfilled = { step: 1, slot: "bid", size: shares(10) } as const;
    expect(verdict(unplannedBid([], { unseenMatches: [fulfilled] }), reported(ASK))).toEqual([]);
  });

  it.each<[what: string, last: Transition | null, sample: VenueTruth, why: RegExp]>([
    [
      "an order is withheld for a reason that does not last",
      withholding("awaitingCancel"),
      reported(BID),
      /ask: /,
    ],
    [
      "a target is dropped without a reason",
      unplannedBid([]),
      reported(ASK),
      /bid: nothing is planned/,
    ],
    ["there is no market session", null, reported(), /no session/],
    ["the gate stays shut", quoting(believed(), null), reported(), /gate: halting/],
    [
      "an order is unknown",
      quoting(believed(working(BID, { phase: "unknown" }), working(ASK))),
      reported(BID, ASK),
      /unknown/,
    ],
    [
      "the venue has an order that we do not know",
      quoting(believed(working(ASK)), { ...plan, bid: leg("bid") }),
      reported(BID, ASK),
      /ours 1, theirs 2/,
    ],
    [
      "we believe in an order that the venue does not have",
      quoting(believed(working(BID), working(ASK))),
      reported(ASK),
      /ours 2, theirs 1/,
    ],
    [
      "the resting orders are not the planned ones",
      quoting(believed(working(BID), working(ASK)), {
        ...plan,
        bid: leg("bid", "BUY YES 10 @ 0.39"),
      }),
      reported(BID, ASK),
      /bid: /,
    ],
    ["a leg of the plan is missing", quoting(believed(working(BID))), reported(BID), /ask: /],
  ])("objects if %s", (_what, last, sample, why) => {
    expect(verdict(last, sample)).toEqual([expect.stringMatching(why)]);
  });

  it("is content where the account has stopped the market and nothing rests, and says why", () => {
    const why = { plan: null, withheld: [] };
    const halted = (gate: readonly string[]) =>
      transition({ working: believed(), why: { ...why, gate } });
    const hit = "account: drawdownUsd 12 of 10";
    expect(verdict(halted([hit]), reported())).toEqual([]);
    expect(verdict(halted([hit, "market is ending", "cooling down"]), reported())).toEqual([]);
    expect(verdict(halted([hit]), reported(BID))).toHaveLength(1);
    expect(verdict(halted([hit, "halting"]), reported())).toHaveLength(1);
  });

  it("does not object where a hit limit takes a target away", () => {
    const level = { ...state().limits, level: "reduceOnly" } as const;
    expect(verdict(unplannedBid([], { limits: level }), reported(ASK))).toEqual([]);
  });

  it("objects to a world that was never sampled", () => {
    expect(verdictOf(convergesOrExplains())).toEqual([expect.stringMatching(/never in 0 samples/)]);
  });
});

describe("reservationsCover", () => {
  const heard = (believes: Partial<ExecutorState>, ...facts: readonly VenueFact[]) => {
    const checker = reservationsCover();
    for (const fact of facts) checker.venue(fact);
    checker.transition(transition({ inventory: inventory({ YES: 20, cash: 20 }), ...believes }));
    return verdictOf(checker);
  };
  const SELL = "SELL YES 10 @ 0.6";
  /** Booked, and known to the executor. */
  const knowing = (orders: ExecutorState["working"], fact: VenueFact) => {
    const checker = reservationsCover();
    checker.transition(
      transition({ inventory: inventory({ YES: 20, cash: 20 }), working: orders }),
    );
    checker.venue(fact);
    return verdictOf(checker);
  };

  it("does not object to a reservation of the full size, or of more", () => {
    expect(knowing(believed(working(BID)), told(BID))).toEqual([]);
    expect(knowing(believed(working(SELL, { phase: "unknown" })), told(SELL))).toEqual([]);
    // Less is left at the venue than we know: a fill has not been reported yet.
    const matched = told(BID, { cause: "matched", matched: 4 });
    expect(heard({ working: believed(working(BID)) }, matched)).toEqual([]);
    expect(heard({}, told(BID, { account: "somebody" }))).toEqual([]);
    expect(heard({}, told(BID, { cause: "cancelled", status: "cancelled" }))).toEqual([]);
  });

  it("objects to an order that is booked or rests and is not a working order", () => {
    expect(knowing({}, told(BID))).toEqual([expect.stringMatching(/rests and is not a working/)]);
    const live = told(SELL, { cause: "matched", matched: 1 });
    expect(heard({}, live)).toEqual([expect.stringMatching(/rests and is not a working/)]);
  });

  it.each([BID, SELL])("objects to %s that can match for more than is held for it", (order) => {
    const half = working(order, { matched: shares(6) });
    const told4 = told(order, { cause: "matched", matched: 3 });
    expect(heard({ working: believed(half) }, told4)).toEqual([
      expect.stringMatching(/reserved are 4000000/),
    ]);
    const over = working(order, { phase: "closed", finalMatched: NO_SHARES });
    expect(heard({ working: believed(over) }, told4)).toEqual([
      expect.stringMatching(/reserved are 0/),
    ]);
  });

  it("objects to reservations of more than we have", () => {
    const sells = believed(working(SELL), working("SELL YES 10.01 @ 0.7"));
    expect(heard({ working: sells })).toEqual([expect.stringMatching(/more YES is reserved/)]);
    const buys = believed(working("BUY YES 50 @ 0.41"));
    expect(heard({ working: buys })).toEqual([expect.stringMatching(/more cash is reserved/)]);
    expect(heard({ inventory: inventory({ YES: -1, cash: -1 }) })).toEqual([]);
  });

  it("lets a process reserve more than there is only while it takes over from a crashed one", () => {
    const checker = reservationsCover();
    const survey = { ...state().survey, isFirstDone: true };
    const left = (phase: OrderPhase, seenAt: WorkingOrder["seenAt"]): Transition =>
      transition({ survey, working: believed(working(SELL, { phase, seenAt })) });
    checker.crashed();
    checker.transition(left("unknown", null));
    expect(verdictOf(checker)).toEqual([]);
    checker.transition(left("resting", monotonicMs(1)));
    expect(verdictOf(checker)).toEqual([expect.stringMatching(/more YES is reserved/)]);
  });

  it("checks nothing between a crash and the next process, and everything afterwards", () => {
    const checker = reservationsCover();
    checker.crashed();
    checker.venue(told(BID));
    expect(verdictOf(checker)).toEqual([]);
    checker.transition(transition({}));
    expect(verdictOf(checker)).toEqual([expect.stringMatching(/is not a working order/)]);
  });
});

describe("capsHold", () => {
  const judge = (...steps: readonly (VenueFact | Transition)[]): readonly string[] => {
    const checker = capsHold({ netMax: shares(30), grossMax: shares(50) });
    for (const step of steps) {
      if ("effects" in step) checker.transition(step);
      else checker.venue(step);
    }
    return verdictOf(checker);
  };
  const bought = (name: string, order: string, size: number) =>
    traded(name, [
      ["them", fill(working(BID), size)],
      [OUR_ACCOUNT, fill(working(order), size)],
    ]);
  const failed = (order: string, size: number): Transition =>
    transition(
      {
        trades: { drawer: { a: entry(fill(working(order), size), "failed") } },
        working: believed(working("BUY YES 5 @ 0.3")),
      },
      [placing(["BUY YES 5 @ 0.3"])],
    );

  it("counts stock and every resting order of one side, and allows the limit itself", () => {
    expect(judge(told("BUY YES 30 @ 0.4"))).toEqual([]);
    expect(judge(told("BUY YES 31 @ 0.4"))).toEqual([expect.stringMatching(/net to 31000000/)]);
    expect(judge(told("BUY YES 20 @ 0.4"), told("SELL NO 11 @ 0.6"))).toHaveLength(1);
    expect(judge(told("BUY YES 20 @ 0.4"), told("BUY NO 30 @ 0.5"))).toEqual([]);
    expect(judge(bought("t", "BUY YES 20 @ 0.4", 20), told("BUY YES 11 @ 0.4"))).toHaveLength(1);
    expect(judge(bought("t", "BUY NO 20 @ 0.4", 20), told("SELL YES 11 @ 0.4"))).toHaveLength(1);
    expect(judge(bought("t", "BUY YES 20 @ 0.4", 20), told("SELL YES 50 @ 0.4"))).toEqual([]);
  });

  it("does not count closed orders, or another account's", () => {
    const over = told("BUY YES 20 @ 0.4", { cause: "cancelled", status: "cancelled" });
    expect(judge(told("BUY YES 20 @ 0.4"), over, told("BUY YES 30 @ 0.3"))).toEqual([]);
    expect(judge(told("BUY YES 99 @ 0.4", { account: "somebody" }))).toEqual([]);
  });

  it("counts YES and NO together, in orders and in stock, and allows every sale", () => {
    const pair = [bought("t", "BUY YES 20 @ 0.4", 20), bought("u", "BUY NO 20 @ 0.4", 20)];
    expect(judge(...pair, told("BUY YES 10 @ 0.4"))).toEqual([]);
    expect(judge(...pair, told("BUY YES 11 @ 0.4"))).toEqual([
      expect.stringMatching(/gross to 51000000/),
    ]);
    expect(judge(...pair, told("SELL YES 20 @ 0.4"))).toEqual([]);
  });

  it("drops a failed trade once an order of its side was decided with that knowledge", () => {
    const order = told("BUY YES 30 @ 0.4");
    const trade = bought("t", "BUY YES 10 @ 0.4", 10);
    expect(judge(trade, order)).toHaveLength(1);
    expect(judge(trade, failed("BUY YES 10 @ 0.4", 10), order)).toEqual([]);
    // The decision of a bid does not count for the asks, whose room has grown by the failure.
    const sold = bought("t", "BUY NO 10 @ 0.4", 10);
    expect(judge(sold, failed("BUY NO 10 @ 0.4", 10), told("BUY NO 21 @ 0.4"))).toHaveLength(1);
  });
});

describe("everyOrderLegal", () => {
  const verdict = (order: string, ticket: Partial<OrderTicket> = {}, notionalMin = 0) => {
    const checker = everyOrderLegal();
    const strict = { ...MARKET, rules: rules({ notionalMin: dollars(notionalMin) }) };
    checker.transition(transition({ market: strict }, [placing([order], ticket)]));
    return verdictOf(checker);
  };
  const refused = (reason: RefusalReason, account: string = OUR_ACCOUNT) => {
    const checker = everyOrderLegal();
    checker.venue({
      type: "order.refused",
      account,
      orderId: orderId(BID),
      refusal: { reason, text: "no", retryAfterMs: null },
    });
    return verdictOf(checker);
  };

  it("does not object to an order by the rules", () => {
    expect(verdict(BID, {}, 4)).toEqual([]);
    expect(verdict("BUY NO 5 @ 0.99", { orderType: "FAK", postOnly: false })).toEqual([]);
    expect(verdict(BID, { orderType: "GTD", expiresAt: epochMs(1) })).toEqual([]);
  });

  it.each<[what: string, order: string, ticket: Partial<OrderTicket>, notionalMin: number]>([
    ["a price between two ticks", "BUY YES 10 @ 0.405", {}, 0],
    ["a price out of bounds", "BUY YES 10 @ 0.995", {}, 0],
    ["a size below the minimum", "BUY YES 4.99 @ 0.4", {}, 0],
    ["a broken lot", "BUY YES 5.001 @ 0.4", {}, 0],
    ["too small a value", BID, {}, 4.01],
    ["an expiry", BID, { orderType: "GTD" }, 0],
    ["a post-only flag", BID, { orderType: "FAK" }, 0],
    ["a post-only flag", BID, { postOnly: false }, 0],
  ])("objects to %s", (what, order, ticket, notionalMin) => {
    expect(verdict(order, ticket, notionalMin)).toEqual([expect.stringContaining(what)]);
  });

  it("objects to the venue's refusals of the form, and to no other", () => {
    expect(refused("tickSize")).toHaveLength(1);
    expect(refused("orderSizeMin")).toHaveLength(1);
    expect(refused("unclassified")).toHaveLength(1);
    expect(refused("postOnlyCross")).toEqual([]);
    expect(refused("tickSize", "somebody")).toEqual([]);
  });
});

describe("noSelfTrade", () => {
  const judge = (...facts: readonly VenueFact[]): readonly string[] => {
    const checker = noSelfTrade();
    for (const fact of facts) checker.venue(fact);
    return verdictOf(checker);
  };
  const ours = fill(working(BID), 5);

  it("objects to a trade with ourselves, and to no other", () => {
    const [us, them] = [
      [OUR_ACCOUNT, ours],
      ["them", ours],
    ] as const;
    expect(judge(traded("t", [us, them, us]))).toEqual([expect.stringMatching(/with ourselves/)]);
    expect(judge(traded("t", [them, us, us]), traded("u", [us, them]))).toEqual([]);
  });

  it.each([
    [BID, "SELL YES 10 @ 0.4"],
    [BID, "BUY NO 10 @ 0.6"],
    ["SELL NO 10 @ 0.6", "BUY NO 10 @ 0.61"],
    ["SELL NO 10 @ 0.6", "SELL YES 10 @ 0.4"],
  ])("objects to %s beside %s, whichever is first", (one, other) => {
    expect(judge(told(one), told(other))).toEqual([expect.stringMatching(/could match/)]);
    expect(judge(told(other), told(one))).toHaveLength(1);
    expect(judge(told(one, { account: "somebody" }), told(other))).toEqual([]);
    const over = told(one, { cause: "cancelled", status: "cancelled" });
    expect(judge(told(one), over, told(other))).toEqual([]);
  });

  it("objects to the decision alone, whatever the venue would do", () => {
    const decided = (order: string): readonly string[] => {
      const checker = noSelfTrade();
      checker.venue(told(BID));
      checker.transition(transition({ working: believed(working(order)) }, [placing([order])]));
      return verdictOf(checker);
    };
    expect(decided("BUY NO 10 @ 0.6")).toEqual([expect.stringMatching(/could match/)]);
    expect(decided("BUY NO 10 @ 0.59")).toEqual([]);
  });

  it("does not object to two sides a tick apart, or to one side twice", () => {
    expect(judge(told(BID), told("BUY NO 10 @ 0.59"), told("SELL NO 5 @ 0.6"))).toEqual([]);
  });
});

describe("boundedMemory", () => {
  const verdict = (changed: object) => {
    const checker = boundedMemory();
    checker.transition({ ...transition({}), state: { ...state(), ...changed } });
    return verdictOf(checker);
  };
  const many = (count: number) => Array.from({ length: count }, (_, index) => index);

  it("does not object to a market session that holds as much as it may", () => {
    expect(
      verdict({ closed: many(500), refused: many(42), consecutiveRefusals: many(10) }),
    ).toEqual([]);
  });

  it.each([
    ["working", many(129)],
    ["closed", many(501)],
    ["unseenMatches", many(1_001)],
    ["refused", many(43)],
    ["consecutiveRefusals", many(11)],
  ])("objects to too many %s", (name, entries) => {
    expect(verdict({ [name]: Object.fromEntries(entries.entries()) })).toEqual([
      expect.stringContaining(name),
    ]);
  });

  it("objects to trades that are not counted, and to anything else that grows", () => {
    expect(verdict({ trades: { drawer: { a: 1 } } })).toEqual([expect.stringMatching(/counted/)]);
    expect(verdict({ something: many(5_000) })).toEqual([expect.stringMatching(/the rest takes/)]);
  });
});

describe("refusalsBounded", () => {
  type Answered = Extract<ReceiptEvent, { orderId: OrderId }>;
  const rejected =
    (reason: RefusalReason) =>
    (id: OrderId): Answered => ({
      type: "order.rejected",
      orderId: id,
      refusal: { reason, text: "no", retryAfterMs: null },
    });
  const notSent =
    (cause: NotSent["cause"]) =>
    (id: OrderId): Answered => ({
      type: "order.notSent",
      orderId: id,
      answer: { type: "notSent", cause, retryAfterMs: null },
    });
  /** So many orders, each at another price, and answered as soon as it is placed. */
  const verdict = (
    count: number,
    everyMs: number,
    answer: (id: OrderId) => Answered,
    ticket: Partial<OrderTicket> = {},
  ): readonly string[] => {
    const checker = refusalsBounded();
    for (let index = 0; index < count; index += 1) {
      const place = placing([`BUY YES ${10 + index} @ 0.${10 + index}`], ticket);
      const made = transition({}, [place]);
      checker.transition(made);
      const at = { epochMs: epochMs(0), monotonicMs: monotonicMs(index * everyMs) };
      for (const { orderId: id } of place.legs)
        checker.transition({ ...transition({}), input: { seq: 1, at, event: answer(id) } });
    }
    return verdictOf(checker);
  };

  it("objects to an eleventh refusal within a minute, whatever the price", () => {
    expect(verdict(10, 100, rejected("insufficientBalance"))).toEqual([]);
    expect(verdict(11, 100, rejected("insufficientBalance"))).toEqual([
      expect.stringMatching(/^refusalsBounded: .*insufficientBalance/),
    ]);
    expect(verdict(30, 6_000, rejected("insufficientBalance"))).toEqual([]);
  });

  it("does not object to closes, nor to what the mode of the venue bounds", () => {
    expect(verdict(20, 100, rejected("unmatched"), { orderType: "FAK", postOnly: false })).toEqual(
      [],
    );
    expect(verdict(20, 100, rejected("restarting"))).toEqual([]);
  });

  it("objects to an order that could not leave and is sent again at once", () => {
    expect(verdict(3, 249, notSent("reserve"))).toHaveLength(1);
    expect(verdict(3, 250, notSent("reserve"))).toEqual([]);
    expect(verdict(3, 1, notSent("displaced"))).toEqual([]);
  });
});

describe("the checkers", () => {
  it("all run, and object only to what is missing in an empty world", () => {
    const all = checkers(config());

    expect(all).toHaveLength(19);
    expect(all.flatMap((checker) => verdictOf(checker))).toEqual([
      expect.stringMatching(/^convergesOrExplains: /),
    ]);
  });
});
