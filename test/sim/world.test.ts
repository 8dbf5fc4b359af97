/** The world keeps its laws for a few seeds; and each of its checkers, shown a breach, says so. */
import { describe, expect, it } from "vitest";
import { type ExecutorState, type Transition, initialState } from "../../src/executor/index.ts";
import { OUR_ACCOUNT, type VenueFact, type VenueTruth } from "../../src/sim/index.ts";
import {
  type Effect,
  type ExecutionPlan,
  type Fill,
  type LegPlan,
  type OrderReport,
  type OrderId,
  type Slot,
  type TradeReport,
  type WorkingOrder,
  NO_SHARES,
  epochMs,
  monotonicMs,
  orderId,
  tradeId,
} from "../../src/types/index.ts";
import {
  dollars,
  fill,
  instant,
  market,
  planned,
  shares,
  tradeReport,
  working,
  UNHALTED,
} from "../support/builders.ts";
import { type Checker, checkers } from "./checkers/index.ts";
import { converges } from "./checkers/converges.ts";
import { everyFillOnce } from "./checkers/everyFillOnce.ts";
import { noShort } from "./checkers/noShort.ts";
import { oneReceipt } from "./checkers/oneReceipt.ts";
import { stopIsQuiet } from "./checkers/stopIsQuiet.ts";
import { world } from "./world.ts";

const TWO_MINUTES_MS = 120_000;
const MARKET = market();

describe("the world", () => {
  it.each([1, 2, 3])("of seed %i holds every law for two minutes of faults", async (seed) => {
    const { violations, summary, journals } = await world({ seed, tradingMs: TWO_MINUTES_MS });

    expect(violations).toEqual([]);
    // Nothing was proven by a world in which nothing happened.
    expect(summary.places.acked).toBeGreaterThan(10);
    expect(summary.fills).toBeGreaterThan(0);
    expect(summary.openAtVenue).toBe(0);
    expect(journals.length).toBe(summary.markets.length);
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
  orders,
  markets: [
    { market: MARKET, winner: null, isResolved: false, YES: NO_SHARES, NO: NO_SHARES, trades },
  ],
});

const QUIET = truth({});
const BID = "BUY YES 10 @ 0.4";

/** What the checker says of a history nobody can object to is nothing at all. */
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

describe("stopIsQuiet", () => {
  const accepted = (account: string): VenueFact => ({
    type: "order.changed",
    cause: "placed",
    order: {
      ...planned(BID),
      id: orderId("an order"),
      account,
      market: MARKET.id,
      matched: NO_SHARES,
      status: "live",
      expiresAt: null,
    },
  });
  const stop = (haltedAt: number | null): ExecutorState["stop"] => ({
    since: monotonicMs(0),
    pending: null,
    askedAt: monotonicMs(0),
    isAnswered: true,
    attempts: 1,
    retryAt: monotonicMs(0),
    quietSince: null,
    emptySince: null,
    haltedAt: haltedAt === null ? null : monotonicMs(haltedAt),
  });

  it("objects to an order that is accepted after a stop was called verified", () => {
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
    checker.transition(transition({ stop: null }));
    checker.venue(accepted(OUR_ACCOUNT));

    expect(verdictOf(checker)).toEqual([]);
  });
});

describe("oneReceipt", () => {
  const place: Effect = {
    type: "place",
    market: MARKET.id,
    slot: "bid",
    legs: [
      {
        orderId: orderId("a leg"),
        ticket: {
          ...planned(BID),
          market: MARKET.id,
          tokenId: MARKET.tokenIds.YES,
          salt: 1,
          createdAt: epochMs(0),
          expiresAt: null,
          orderType: "GTC",
          postOnly: true,
        },
        epoch: { account: 0, market: 0 },
        liveAfter: 1,
      },
    ],
  };
  const acked = {
    type: "order.acked",
    orderId: orderId("a leg"),
    venueId: orderId("a leg"),
  } as const;
  const unknown = { type: "order.unknown", orderId: orderId("a leg"), cause: "deadline" } as const;
  const late = {
    type: "order.answeredLate",
    orderId: orderId("a leg"),
    answer: { type: "acked", orderId: orderId("a leg") },
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

  it("does not mind which comes first, and a late answer is no receipt", () => {
    const checker = oneReceipt();
    checker.receipt(unknown);
    checker.transition(transition({}, [place]));
    checker.receipt(late);

    expect(verdictOf(checker)).toEqual([]);
  });
});

describe("everyFillOnce", () => {
  const ours: Fill = fill(working(BID), 4);
  const trades = [tradeReport("t", "confirmed", [ours])];
  const booked = (
    fills: Readonly<Record<string, Fill>>,
    yes: Partial<ExecutorState["inventory"]["YES"]>,
  ): Transition => {
    const { inventory } = state();
    return transition({
      trades: Object.fromEntries(
        Object.entries(fills).map(([key, each]) => [
          key,
          {
            tradeId: tradeId("t"),
            fill: each,
            status: "confirmed",
            matchedAt: epochMs(0),
            isBaseline: false,
            isDisputed: false,
          },
        ]),
      ),
      inventory: { ...inventory, YES: { ...inventory.YES, ...yes } },
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

  it("objects to a fill that is missing", () => {
    expect(verdict(booked({}, {}))).toEqual([
      expect.stringMatching(/missing t:/),
      expect.stringMatching(/inventory YES/),
    ]);
  });

  it("objects to a fill that the venue knows nothing of, or knows otherwise", () => {
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

describe("converges", () => {
  const leg = (slot: Slot, ...orders: readonly string[]): LegPlan => ({
    slot,
    orders: orders.map(planned),
    residuals: [],
    aggregatedFrom: null,
  });
  const ASK = "BUY NO 10 @ 0.45";
  const plan: ExecutionPlan = { bid: leg("bid", BID), ask: leg("ask", ASK) };
  const believed = (...orders: readonly WorkingOrder[]): Readonly<Record<OrderId, WorkingOrder>> =>
    Object.fromEntries(orders.map((order) => [order.id, order]));
  const reported = (...orders: readonly string[]): VenueTruth =>
    truth({
      orders: orders.map((order) => ({
        ...planned(order),
        orderId: orderId(order),
        sizeMatched: NO_SHARES,
        status: "live",
      })),
    });
  const quoting = (orders: ExecutorState["working"], wanted: ExecutionPlan | null = plan) =>
    transition({
      working: orders,
      why: { gate: wanted === null ? ["halting"] : [], plan: wanted, withheld: [] },
    });
  const verdict = (last: Transition | null, sample: VenueTruth): readonly string[] => {
    const checker = converges();
    if (last !== null) checker.transition(last);
    checker.sample(sample);
    return verdictOf(checker);
  };

  it("is content where plan, belief and venue are the same once", () => {
    const both = quoting(believed(working(BID), working(ASK)));
    expect(verdict(both, reported(BID, ASK))).toEqual([]);

    const checker = converges();
    checker.transition(quoting(believed(), null));
    checker.sample(reported());
    checker.transition(both);
    checker.sample(reported(BID, ASK));
    expect(verdictOf(checker)).toEqual([]);
  });

  it.each<[what: string, last: Transition | null, sample: VenueTruth, why: RegExp]>([
    ["there is no session", null, reported(), /no session/],
    ["the gate stays shut", quoting(believed(), null), reported(), /gate: halting/],
    [
      "an order is neither here nor there",
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
      "what rests is not what is planned",
      quoting(believed(working(BID), working(ASK)), {
        ...plan,
        bid: leg("bid", "BUY YES 10 @ 0.39"),
      }),
      reported(BID, ASK),
      /bid: /,
    ],
    ["a leg of the plan is missing", quoting(believed(working(BID))), reported(BID), /ask: /],
  ])("objects where %s", (_what, last, sample, why) => {
    expect(verdict(last, sample)).toEqual([expect.stringMatching(why)]);
  });

  it("objects to a world that was never looked at", () => {
    expect(verdictOf(converges())).toEqual([expect.stringMatching(/never in 0 samples/)]);
  });
});

describe("the checkers", () => {
  it("are all at work, and object to nothing but a missing convergence in an empty world", () => {
    const all = checkers();

    expect(all).toHaveLength(5);
    expect(all.flatMap((checker) => verdictOf(checker))).toEqual([
      expect.stringMatching(/^converges: /),
    ]);
  });
});
