/** The tally over hand-made outputs: what is counted, from what, and what is kept. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ExecutorState,
  type LastingRefusal,
  type TradeEntry,
  initialState,
} from "../../src/executor/index.ts";
import {
  type Effect,
  type Event,
  MICRO,
  type Market,
  type MonotonicMs,
  type PlaceLeg,
  type Token,
  type TradeStatus,
  epochMs,
  marketId,
  monotonicMs,
  orderId,
  requestId,
  tradeId,
} from "../../src/types/index.ts";
import {
  cents,
  dollars,
  fill,
  instant,
  intent,
  market as marketOf,
  shares,
  working,
  UNHALTED,
} from "../support/builders.ts";
import {
  type MarketSummary,
  MARKET_SUMMARIES_MAX,
  type AppOutput,
  SUMMARY_VERSION,
  type Summary,
  summaryCounter,
} from "../../src/observers/index.ts";

const market = (name: string): Market => marketOf({ id: marketId(name), slug: name });
const MARKET = market("first");

const fresh = (of: Market): ExecutorState => looked(initialState(of, instant(0), UNHALTED));

/** Nothing is known of the venue before the first look. */
const looked = (state: ExecutorState): ExecutorState => ({
  ...state,
  survey: { ...state.survey, isFirstDone: true },
});

interface Step {
  readonly event?: Event;
  readonly state?: Partial<ExecutorState>;
  readonly effects?: readonly Effect[];
}

const transition = (of: Market, { event, state, effects = [] }: Step): AppOutput => ({
  type: "transition.made",
  market: of.id,
  transition: {
    input: { seq: 1, at: instant(0), event: event ?? { type: "clock.ticked" } },
    state: { ...fresh(of), ...state },
    effects,
  },
});

const leg = (id: string): PlaceLeg => ({
  orderId: orderId(id),
  ticket: {
    market: MARKET.id,
    tokenId: MARKET.tokenIds.YES,
    side: "BUY",
    price: cents(50),
    size: shares(5),
    salt: 1,
    createdAt: epochMs(0),
    expiresAt: null,
    orderType: "GTC",
    postOnly: true,
  },
  epoch: { account: 0, market: 0 },
  liveAfter: 1,
});

const placed = (of: Market, ...ids: readonly string[]): Effect => ({
  type: "place",
  market: of.id,
  slot: "bid",
  legs: ids.map(leg),
});

type Answer = "acked" | "rejected" | "unknown" | "notSent";

function receipt(of: Market, answer: Answer, name = "an order"): AppOutput {
  const id = orderId(name);
  const refusal = { reason: "unclassified", text: "no", retryAfterMs: null } as const;
  const unsent = { type: "notSent", cause: "reserve", retryAfterMs: null } as const;
  switch (answer) {
    case "acked":
      return {
        type: "receipt.received",
        market: of.id,
        receipt: { type: "order.acked", orderId: id, venueId: id },
      };
    case "rejected":
      return {
        type: "receipt.received",
        market: of.id,
        receipt: { type: "order.rejected", orderId: id, refusal },
      };
    case "unknown":
      return {
        type: "receipt.received",
        market: of.id,
        receipt: { type: "order.unknown", orderId: id, cause: "deadline" },
      };
    case "notSent":
      return {
        type: "receipt.received",
        market: of.id,
        receipt: { type: "order.notSent", orderId: id, answer: unsent },
      };
  }
}

/** One fill of a trade, under the key the executor keeps it by. */
function traded(
  id: string,
  order: string,
  count: number,
  status: TradeStatus = "confirmed",
): ExecutorState["trades"] {
  const entry: TradeEntry = {
    tradeId: tradeId(id),
    fill: fill(working(order), count),
    status,
    matchedAt: epochMs(0),
    isBaseline: false,
    doubt: null,
    isDisputed: false,
  };
  return { [`drawer of ${id} ${order}`]: { [`${id}:${order}`]: entry } };
}

const holding = (
  settled: number,
  pendingIn = 0,
  pendingOut = 0,
): ExecutorState["inventory"]["YES"] => ({
  settled: shares(settled),
  pendingIn: shares(pendingIn),
  pendingOut: shares(pendingOut),
});

/** What has been counted after these outputs; the clock stands still unless it is told to run. */
function counted(outputs: Iterable<AppOutput>, now: () => number = () => 0): Summary {
  const it = summaryCounter(now, "sim");
  for (const output of outputs) it.read(output);
  return it.summary();
}

const opened = (of: Market): AppOutput => ({ type: "market.opened", market: of });
const left = (of: Market): AppOutput => ({ type: "market.left", market: of.id });

describe("the legs of places", () => {
  it("decided = sent + notSent and sent = acked + rejected + unknown, whatever has been answered so far", () => {
    const answer = fc.constantFrom<Answer | null>("acked", "rejected", "unknown", "notSent", null);
    fc.assert(
      fc.property(fc.array(fc.array(answer, { minLength: 1, maxLength: 15 })), (waves) => {
        const { places } = counted([
          opened(MARKET),
          ...waves.flatMap((answers, wave) => [
            transition(MARKET, {
              effects: [placed(MARKET, ...answers.map((_, index) => `${wave}/${index}`))],
            }),
            ...answers.flatMap((each, index) =>
              each === null ? [] : [receipt(MARKET, each, `${wave}/${index}`)],
            ),
          ]),
        ]);

        const all = waves.flat();
        const count = (of: Answer | null): number => all.filter((each) => each === of).length;
        expect(places.decided).toBe(all.length);
        expect(places.acked).toBe(count("acked"));
        expect(places.rejected).toBe(count("rejected"));
        expect(places.notSent).toBe(count("notSent"));
        expect(places.unknown).toBe(count("unknown") + count(null));
        expect(places.decided).toBe(places.sent + places.notSent);
        expect(places.sent).toBe(places.acked + places.rejected + places.unknown);
      }),
      { numRuns: 200 },
    );
  });

  it("an answer that comes late counts as what it says, and in place of none", () => {
    const late: AppOutput = {
      type: "receipt.received",
      market: MARKET.id,
      receipt: {
        type: "order.answeredLate",
        orderId: orderId("a"),
        answer: { type: "acked", orderId: orderId("a") },
      },
    };
    const { places } = counted([
      opened(MARKET),
      transition(MARKET, { effects: [placed(MARKET, "a")] }),
      receipt(MARKET, "unknown", "a"),
      late,
    ]);

    expect(places).toEqual({ decided: 1, sent: 1, acked: 1, rejected: 0, unknown: 0, notSent: 0 });
  });
});

describe("the other counts", () => {
  it("cancels are counted per order, cancel-alls per request, intents and gaps one by one", () => {
    const lost: Event = { type: "feed.lost", feed: "user", session: 1, cause: "reset" };
    const restored: Event = { type: "feed.restored", feed: "user", session: 2 };
    const summary = counted([
      opened(MARKET),
      { type: "intent.published", market: MARKET.id, intent: intent() },
      { type: "intent.published", market: MARKET.id, intent: intent({ seq: 2 }) },
      transition(MARKET, {
        event: lost,
        effects: [
          {
            type: "cancelAll",
            market: MARKET.id,
            requestId: requestId("r"),
            epoch: { account: 0, market: 1 },
          },
        ],
      }),
      transition(MARKET, { event: restored }),
      transition(MARKET, {
        effects: [
          { type: "cancel", market: MARKET.id, orderIds: [orderId("a"), orderId("b")] },
          { type: "cancel", market: MARKET.id, orderIds: [orderId("c")] },
        ],
      }),
    ]);

    expect(summary).toMatchObject({ intents: 2, cancels: 3, cancelAlls: 1, feedGaps: 1 });
  });

  it("a fill counts once per trade and order, and not at all once its trade has failed", () => {
    const { fills } = counted([
      opened(MARKET),
      transition(MARKET, {
        state: {
          trades: {
            ...traded("t1", "BUY YES 10 @ 0.4", 4, "matched"),
            ...traded("t1", "BUY YES 20 @ 0.4", 4, "mined"),
            ...traded("t2", "BUY YES 10 @ 0.4", 6),
            ...traded("t3", "BUY YES 10 @ 0.4", 6, "failed"),
          },
        },
      }),
    ]);

    expect(fills).toBe(3);
  });

  it("what is said of a market nobody has opened, or of none, is not counted", () => {
    const stranger = market("stranger");
    const summary = counted([
      { type: "shutdown.begun", reason: "enough" },
      { type: "operator.commanded", command: "halt", reason: "enough", accountEpoch: 1 },
      { type: "intent.published", market: stranger.id, intent: intent() },
      transition(stranger, { effects: [placed(stranger, "a")] }),
      left(stranger),
    ]);

    expect(summary).toMatchObject({ intents: 0, places: { decided: 0 }, markets: [] });
  });

  it("a law broken is counted, and the version and the mode are said", () => {
    const it = summaryCounter(() => 0, "sim");
    it.read({ type: "killSwitch.tripped", cause: new Error("a law is broken") });

    expect(it.summary()).toMatchObject({ version: SUMMARY_VERSION, mode: "sim", lawsBroken: 1 });
  });

  it("the time runs from the beginning of the run, in whole milliseconds", () => {
    let now = 1_000;
    const it = summaryCounter(() => now, "sim");
    now = 5_000;
    it.read({ type: "run.started", at: monotonicMs(now) });
    now = 7_500.4;

    expect(it.summary().runtimeMs).toBe(2_500);
  });
});

it("what belongs to no market and fails is in it until it works again", () => {
  const it = summaryCounter(() => 0, "sim");
  const failure = { cause: "GET /events: HTTP 500", tries: 2 };
  it.read({ type: "source.failed", source: "discovery", cause: "not listed", tries: 1 });
  it.read({ type: "source.failed", source: "discovery", ...failure });
  it.read({ type: "source.failed", source: "clock", cause: "reset", tries: 1 });
  it.read({ type: "source.restored", source: "clock" });
  expect(it.summary().failing).toEqual([{ source: "discovery", ...failure }]);
});

describe("what was refused for good", () => {
  const lasting: LastingRefusal = {
    reason: "walletKind",
    text: "use the deposit wallet flow",
    source: "order",
    refusals: 2,
    pauses: 1,
    until: monotonicMs(60_000),
    refusedAt: monotonicMs(0),
  };
  const said = { reason: "walletKind", text: "use the deposit wallet flow", count: 2 };
  const after = (...outputs: readonly AppOutput[]): Summary["refused"] => {
    const it = summaryCounter(() => 0, "sim");
    for (const output of [opened(MARKET), ...outputs]) it.read(output);
    return it.summary().refused;
  };

  it("is told of with its count, and no more once it is taken again", () => {
    const refused = transition(MARKET, { state: { lasting } });
    expect(after(refused)).toEqual(said);
    expect(after(refused, transition(MARKET, {}))).toBeNull();
    expect(after(transition(MARKET, {}))).toBeNull();
  });

  it("outlives its market, and a market of which nothing is known yet says nothing else", () => {
    const next = market("second");
    const refused = transition(MARKET, { state: { lasting } });
    const gone: AppOutput = { type: "market.left", market: MARKET.id };
    expect(after(refused, gone, opened(next), transition(next, {}))).toEqual(said);
  });
});

describe("what we own and have earned", () => {
  const AT_THE_TOUCH = {
    YES: { bid: cents(47), ask: cents(53) },
    NO: { bid: cents(46), ask: null },
  };

  it("is shown in shares and dollars, at what could be sold now beside the model's fair value", () => {
    // Bought 10 YES at 0.40, sold 4 of them at 0.55: 0.60 realised. The 6 left have cost 2.40, would
    // bring 6 x 0.47 = 2.82 now, and are worth 3.00 at a fair value of 0.50.
    const { markets } = counted([
      opened(MARKET),
      transition(MARKET, {
        state: {
          intent: intent({ fairBp: 5_000, touch: AT_THE_TOUCH }),
          inventory: {
            YES: holding(4, 6, 4),
            NO: holding(0),
            cash: { settled: dollars(0), pendingIn: dollars(0), pendingOut: dollars(0) },
          },
          trades: {
            ...traded("t1", "BUY YES 10 @ 0.4", 10),
            ...traded("t2", "SELL YES 4 @ 0.55", 4),
          },
        },
      }),
    ]);

    expect(markets[0]?.inventory).toEqual({
      YES: { settled: 4, pendingIn: 6, pendingOut: 4 },
      NO: { settled: 0, pendingIn: 0, pendingOut: 0 },
    });
    expect(markets[0]?.pnlUsdc).toEqual({
      realised: 0.6,
      fees: 0,
      unrealised: 0.42,
      mark: 2.82,
      model: { unrealised: 0.6, mark: 3 },
    });
  });

  it("keeps the market's last values after its end: what then moves the price is the next window", () => {
    const bought = { trades: traded("t1", "BUY NO 10 @ 0.4", 10) };
    const ended = { ...instant(0), epochMs: MARKET.endsAt };
    const next = { YES: { bid: null, ask: null }, NO: { bid: cents(99), ask: null } };
    const { markets } = counted([
      opened(MARKET),
      transition(MARKET, {
        state: { ...bought, intent: intent({ fairBp: 5_500, touch: AT_THE_TOUCH }) },
      }),
      transition(MARKET, {
        state: { ...bought, now: ended, intent: intent({ fairBp: 10_000, touch: next }) },
      }),
    ]);

    // 10 x 0.46 now, 10 x 0.45 by the model; both have cost 4.00.
    expect(markets[0]?.pnlUsdc).toMatchObject({
      unrealised: 0.6,
      mark: 4.6,
      model: { unrealised: 0.5, mark: 4.5 },
    });
  });

  it("keeps the last values while the strategy has none: a book that is not known is not empty", () => {
    const bought = { trades: traded("t1", "BUY YES 10 @ 0.4", 10) };
    const { markets } = counted([
      opened(MARKET),
      transition(MARKET, { state: { ...bought, intent: intent({ touch: AT_THE_TOUCH }) } }),
      transition(MARKET, { state: { ...bought, intent: intent({ mode: "stop", fairBp: null }) } }),
    ]);

    expect(markets[0]?.pnlUsdc).toMatchObject({ mark: 4.7, model: { mark: 5 } });
  });

  it.each<[winner: Token, realised: number]>([
    ["YES", 6],
    ["NO", -4],
  ])(
    "a market that %s has won has paid: nothing is left in it, all of it is realised",
    (winner, realised) => {
      const { markets } = counted([
        opened(MARKET),
        transition(MARKET, {
          state: {
            winner,
            intent: intent({ fairBp: 7_000 }),
            inventory: {
              YES: holding(10),
              NO: holding(0, 2),
              cash: { settled: dollars(96), pendingIn: dollars(0), pendingOut: dollars(0) },
            },
            trades: traded("t1", "BUY YES 10 @ 0.4", 10),
          },
        }),
      ]);

      const nothing = { settled: 0, pendingIn: 0, pendingOut: 0 };
      expect(markets[0]).toMatchObject({ winner, inventory: { YES: nothing, NO: nothing } });
      expect(markets[0]?.pnlUsdc).toEqual({
        realised,
        fees: 0,
        unrealised: 0,
        mark: 0,
        model: { unrealised: 0, mark: 0 },
      });
    },
  );

  it("a market that never had a fair value, or a book, is worth half a dollar", () => {
    const { markets } = counted([
      opened(MARKET),
      transition(MARKET, { state: { trades: traded("t1", "BUY YES 10 @ 0.4", 10) } }),
    ]);

    expect(markets[0]?.pnlUsdc).toMatchObject({ mark: 5, model: { mark: 5 } });
  });
});

describe("what rests at the venue", () => {
  const AN_ORDER = "BUY YES 10 @ 0.4";
  const resting = { [AN_ORDER]: working(AN_ORDER) };
  const stop = (haltedAt: MonotonicMs | null): ExecutorState["stop"] => {
    const last = { attempts: 1, isCarriedOut: true, retryAt: monotonicMs(0) };
    return haltedAt === null ? { state: "draining", last } : { state: "halted", last, haltedAt };
  };
  const open = (state: Partial<ExecutorState>): number | null =>
    counted([opened(MARKET), transition(MARKET, { state })]).openAtVenue;

  it("is nothing in a market where nothing was ever placed", () => {
    expect(counted([]).openAtVenue).toBe(0);
    expect(counted([opened(MARKET)]).openAtVenue).toBe(0);
    expect(open({})).toBe(0);
  });

  it("[J] is not known while the venue has not been proven empty since the last place", () => {
    expect(open({ mayRestAtVenue: true })).toBeNull();
    expect(open({ mayRestAtVenue: true, stop: stop(null) })).toBeNull();
    expect(open({ mayRestAtVenue: true, working: resting })).toBeNull();
  });

  it("is nothing once the market has ended, told of its end or not, and no order of ours may live", () => {
    const now = { ...instant(0), epochMs: MARKET.endsAt };
    expect(open({ mayRestAtVenue: true, now })).toBe(0);
    expect(open({ mayRestAtVenue: true, now, working: resting })).toBeNull();
  });

  it("[J] is not known while an order of ours may live, whatever was proven before", () => {
    expect(open({ working: resting })).toBeNull();
    expect(open({ working: resting, stop: stop(monotonicMs(1)) })).toBeNull();
    expect(open({ working: resting, winner: "YES" })).toBeNull();
  });

  it("is nothing once a stop has been verified", () => {
    expect(open({ stop: stop(monotonicMs(1)) })).toBe(0);
  });

  it("is nothing once the market has resolved, which took its book with it", () => {
    expect(open({ mayRestAtVenue: true, winner: "NO" })).toBe(0);
  });

  it("is nothing once the kill switch has seen the whole account empty, whatever was open before", () => {
    const outputs: readonly AppOutput[] = [
      opened(MARKET),
      transition(MARKET, { state: { mayRestAtVenue: true, working: resting } }),
      { type: "killSwitch.tripped", cause: new Error("a law is broken") },
    ];
    expect(counted(outputs).openAtVenue).toBeNull();
    const verified = counted([...outputs, { type: "killSwitch.verified" }]);
    expect(verified).toMatchObject({ openAtVenue: 0, lawsBroken: 1 });
    expect(verified.markets[0]).toMatchObject({ openAtVenue: 0 });
  });

  it("[J] is not known for the account as long as it is not known for one of its markets", () => {
    const second = market("second");
    const summary = counted([
      opened(MARKET),
      transition(MARKET, { state: { working: resting } }),
      left(MARKET),
      opened(second),
      transition(second, {}),
    ]);

    expect(summary.markets.map(({ openAtVenue }) => openAtVenue)).toEqual([null, 0]);
    expect(summary.openAtVenue).toBeNull();
  });
});

describe("load", () => {
  const measured = (eventLoopMs: number, feedMs: number | null): AppOutput => ({
    type: "load.measured",
    eventLoopMs,
    feedMs,
  });

  it("is the median, the 99th of a hundred and the largest, of loop and feeds apart", () => {
    const it = summaryCounter(() => 0, "sim");
    for (let at = 1; at <= 100; at += 1) it.read(measured(at, at <= 10 ? 1_000 - at : null));
    expect(it.summary().loadMs).toEqual({
      eventLoop: { p50: 50, p99: 99, max: 100 },
      feeds: { p50: expect.closeTo(994, 0), p99: 999, max: 999 },
    });
  });

  it("is zero where nothing was measured, or nothing waited", () => {
    const it = summaryCounter(() => 0, "sim");
    const none = { p50: 0, p99: 0, max: 0 };
    expect(it.summary().loadMs).toEqual({ eventLoop: none, feeds: none });
    it.read(measured(0, 0));
    expect(it.summary().loadMs).toEqual({ eventLoop: none, feeds: none });
  });
});

describe("latency", () => {
  interface Moment {
    readonly event: Event;
    readonly leavesAt: number | null;
    /** The wave may be on the wire before anybody hears why. */
    readonly isHeardFirst?: boolean;
    readonly wave?: string;
    readonly places?: boolean;
  }
  const latencyOf = (steps: readonly Moment[]): Summary["latencyMs"] => {
    let now = 0;
    const it = summaryCounter(() => now, "sim");
    it.read(opened(MARKET));
    for (const { event, leavesAt, isHeardFirst = true, wave = "a", places = true } of steps) {
      const hear = (): void =>
        it.read(transition(MARKET, { event, effects: places ? [placed(MARKET, wave)] : [] }));
      if (isHeardFirst) hear();
      now = leavesAt ?? now;
      if (leavesAt !== null) it.read(sent(wave, now));
      now += 5;
      if (!isHeardFirst) hear();
    }
    return it.summary().latencyMs;
  };
  const sent = (wave: string, at: number): AppOutput => ({
    type: "wave.sent",
    market: MARKET.id,
    orderId: orderId(wave),
    at: monotonicMs(at),
  });
  const published = (triggeredAt: number, publishedAt: number): Event => ({
    type: "intent.published",
    intent: intent({
      triggeredAt: monotonicMs(triggeredAt),
      publishedAt: monotonicMs(publishedAt),
    }),
  });

  it.for([true, false])(
    "runs from the arrival of what triggered the quote to its first byte; waiting for the burst is said apart: heard first %s",
    (isHeardFirst) => {
      const { tickToOrder, debounceShare } = latencyOf([
        { event: published(100, 130), leavesAt: 140, isHeardFirst },
      ]);

      expect(tickToOrder.p50).toBeCloseTo(40, 1);
      expect(tickToOrder.p99).toBeCloseTo(40, 1);
      expect(debounceShare).toBe(0.75);
    },
  );

  it("is counted only where an intent was answered, with an order, and one that left", () => {
    const answers: Event = { type: "cancel.acked", orderId: orderId("a") };
    expect(
      latencyOf([
        { event: answers, leavesAt: 500, wave: "a" },
        { event: { type: "clock.ticked" }, leavesAt: 500, wave: "b" },
        { event: published(100, 130), leavesAt: 500, wave: "c", places: false },
        { event: published(100, 130), leavesAt: null, wave: "d" },
      ]),
    ).toEqual({ tickToOrder: { p50: 0, p99: 0 }, debounceShare: 0 });
  });

  it("of a wave that never left is forgotten: what is kept of them is bounded", () => {
    const unsent = Array.from({ length: 256 }, (_, index): Moment => {
      return { event: published(0, 0), leavesAt: null, wave: `later ${index}` };
    });

    const { tickToOrder } = latencyOf([
      { event: published(0, 0), leavesAt: null, wave: "first" },
      ...unsent,
      { event: { type: "clock.ticked" }, leavesAt: 5_000, wave: "first", places: false },
    ]);

    expect(tickToOrder.p50).toBe(0);
  });

  it("at its 99th percentile is what one in a hundred exceeds", () => {
    const steps = Array.from({ length: 1_000 }, (_, index): Moment => {
      return { event: published(0, 0), leavesAt: index + 1, wave: String(index) };
    });

    const { tickToOrder } = latencyOf(steps);

    // The histogram keeps three digits.
    expect(Math.abs(tickToOrder.p50 - 500)).toBeLessThan(2);
    expect(Math.abs(tickToOrder.p99 - 990)).toBeLessThan(2);
  });
});

describe("the account", () => {
  const BIDS = { YES: { bid: cents(41), ask: null }, NO: { bid: cents(55), ask: null } };

  /** Something of everything, different from market to market. */
  function day(of: Market, number: number): readonly AppOutput[] {
    const bought = 5 + (number % 7);
    return [
      opened(of),
      { type: "intent.published", market: of.id, intent: intent() },
      transition(of, { effects: [placed(of, "a", "b")] }),
      receipt(of, "acked", "a"),
      receipt(of, number % 2 === 0 ? "rejected" : "notSent", "b"),
      transition(of, {
        effects: [{ type: "cancel", market: of.id, orderIds: [orderId("a")] }],
        event: { type: "feed.lost", feed: "market", session: 1, cause: "reset" },
        state: {
          intent: intent({ fairBp: 4_321, touch: BIDS }),
          inventory: {
            YES: holding(bought / 10, 0.1, 0.2),
            NO: holding(number / 100),
            cash: { settled: dollars(0), pendingIn: dollars(0), pendingOut: dollars(0) },
          },
          trades: traded("t", `BUY YES 20 @ 0.${31 + (number % 40)}`, bought),
        },
      }),
    ];
  }

  function expectSum(summary: Summary, markets: readonly MarketSummary[]): void {
    const sum = (of: (figures: MarketSummary) => number): number =>
      markets.reduce((total, each) => total + Math.round(of(each) * MICRO), 0) / MICRO;
    for (const key of ["intents", "cancels", "cancelAlls", "fills", "feedGaps"] as const) {
      expect(summary[key]).toBe(sum((each) => each[key]));
    }
    for (const key of ["decided", "sent", "acked", "rejected", "unknown", "notSent"] as const) {
      expect(summary.places[key]).toBe(sum(({ places }) => places[key]));
    }
    for (const key of ["realised", "fees", "unrealised", "mark"] as const) {
      expect(summary.pnlUsdc[key]).toBe(sum(({ pnlUsdc }) => pnlUsdc[key]));
    }
    for (const token of ["YES", "NO"] as const) {
      for (const key of ["settled", "pendingIn", "pendingOut"] as const) {
        expect(summary.inventory[token][key]).toBe(sum(({ inventory }) => inventory[token][key]));
      }
    }
    expect(summary.pnlUsdc.model).toEqual({
      unrealised: sum(({ pnlUsdc }) => pnlUsdc.model.unrealised),
      mark: sum(({ pnlUsdc }) => pnlUsdc.model.mark),
    });
  }

  it("is the sum of its markets, to the millionth", () => {
    const markets = ["a", "b", "c"].map(market);
    const summary = counted(markets.flatMap((of, index) => day(of, index)));

    expect(summary.markets.map((each) => each.market)).toEqual(["a", "b", "c"]);
    expectSum(summary, summary.markets);
  });

  it("keeps its sums when its oldest markets are folded into them: only the last are told one by one", () => {
    const names = Array.from({ length: MARKET_SUMMARIES_MAX * 3 }, (_, index) => `m${index}`);
    const it = summaryCounter(() => 0, "sim");
    const each: MarketSummary[] = [];
    for (const [index, name] of names.entries()) {
      const of = market(name);
      for (const output of day(of, index)) it.read(output);
      it.read(left(of));
      each.push(...counted(day(of, index)).markets);
    }

    const summary = it.summary();

    expect(summary.markets).toHaveLength(MARKET_SUMMARIES_MAX);
    expect(summary.markets.map((kept) => kept.market)).toEqual(names.slice(-MARKET_SUMMARIES_MAX));
    expect(summary.marketsMerged).toBe(names.length - MARKET_SUMMARIES_MAX);
    expectSum(summary, each);
    expect(summary.openAtVenue).toBe(0);
  });

  it("[J] does not forget with a market that its end was never verified", () => {
    const it = summaryCounter(() => 0, "sim");
    const unverified = market("unverified");
    it.read(opened(unverified));
    it.read(transition(unverified, { state: { mayRestAtVenue: true } }));
    it.read(left(unverified));
    for (let index = 0; index <= MARKET_SUMMARIES_MAX; index += 1) {
      const of = market(`m${index}`);
      it.read(opened(of));
      it.read(left(of));
    }

    expect(it.summary().markets.map((each) => each.market)).not.toContain("unverified");
    expect(it.summary().openAtVenue).toBeNull();
  });

  it("a market that is traded is told of, however many have been left", () => {
    const it = summaryCounter(() => 0, "sim");
    const current = market("traded");
    it.read(opened(current));
    for (let index = 0; index < MARKET_SUMMARIES_MAX + 10; index += 1) {
      const of = market(`m${index}`);
      it.read(opened(of));
      it.read(left(of));
    }

    expect(it.summary().markets.at(-1)?.market).toBe("traded");
  });

  it("lets go of the state of a market that has been left", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const it = summaryCounter(() => 0, "sim");
    const watched = ((): WeakRef<ExecutorState> => {
      const state: ExecutorState = { ...fresh(MARKET), trades: traded("t", "BUY YES 9 @ 0.4", 9) };
      it.read(opened(MARKET));
      it.read({
        type: "transition.made",
        market: MARKET.id,
        transition: {
          input: { seq: 1, at: instant(0), event: { type: "clock.ticked" } },
          state,
          effects: [],
        },
      });
      return new WeakRef(state);
    })();
    const isKept = async (): Promise<boolean> => {
      // What was looked at in this turn lives until its end.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      collect();
      return watched.deref() !== undefined;
    };
    expect(await isKept()).toBe(true);

    it.read(left(MARKET));

    expect(await isKept()).toBe(false);
    expect(it.summary().fills).toBe(1);
  });
});
