import type { Observable } from "rxjs";
import { describe, expect, it } from "vitest";
import {
  constantLatency,
  type InProcessFault,
  noFaults,
  OUR_ACCOUNT,
  random,
  simulation,
  type Simulation,
  type SimulationOptions,
  syntheticReference,
  uniformLatency,
  type VenueFact,
  virtualClock,
  type VirtualScheduler,
  virtualScheduler,
} from "../../../src/sim/index.ts";
import {
  type Book,
  type FeedName,
  type Link,
  type Market,
  type MarketItem,
  MICRO,
  microUsdc,
  type OrderId,
  type OrderTicket,
  type PlaceLeg,
  type PriceBp,
  priceBp,
  referencePrice,
  type Side,
  type Token,
  type TradeStatus,
} from "../../../src/types/index.ts";
import { dollars, only, shares, START } from "../exchange/exchangeHarness.ts";

/** By then the quoter is in the book, and the taker does not reach an order far below. */
const READY_MS = 2_000;
const VOLATILITY = 8e-5;

interface World extends Simulation {
  readonly facts: readonly VenueFact[];
  readonly scheduler: VirtualScheduler;
  readonly market: () => Market;
  /** Runs until this many milliseconds after `READY_MS`. */
  readonly until: (ms: number) => void;
}

function world(options: Partial<SimulationOptions> = {}): World {
  const { seed = 1, ...others } = options;
  const scheduler = virtualScheduler();
  const facts: VenueFact[] = [];
  const markets: Market[] = [];
  const simulated = simulation(
    {
      seed,
      windowMs: 300_000,
      account: { cash: microUsdc(dollars(1_000)) },
      latency: {
        request: constantLatency(30),
        response: constantLatency(20),
        channel: constantLatency(10),
        reference: constantLatency(5),
      },
      volatilityPerSqrtSecond: VOLATILITY,
      audit: (fact) => facts.push(fact),
      faults: noFaults,
      ...others,
    },
    {
      scheduler,
      clock: virtualClock(scheduler, START),
      reference$: syntheticReference(
        {
          seed,
          startPrice: referencePrice(60_000_000_000),
          volatilityPerSqrtSecond: VOLATILITY,
          tickMs: 60,
        },
        scheduler,
      ),
    },
  );
  simulated.activity$.subscribe({
    error: (error: unknown) => expect.unreachable(String(error)),
    complete: () => expect.unreachable("the venue's life ended"),
  });
  simulated.markets$.subscribe((market) => markets.push(market));
  scheduler.runUntil(READY_MS);
  return {
    ...simulated,
    facts,
    scheduler,
    until: (ms) => scheduler.runUntil(READY_MS + ms),
    market: () => markets.at(-1) ?? expect.unreachable("no window is open"),
  };
}

/** The values of an Observable so far, each with its time, and how it ended. */
function heard<Value>(source$: Observable<Value>, { scheduler }: World) {
  const record = { values: [] as Value[], at: [] as number[], end: "none" };
  source$.subscribe({
    next: (value) => {
      record.values.push(value);
      record.at.push(scheduler.now());
    },
    error: () => (record.end = "error"),
    complete: () => (record.end = "complete"),
  });
  return record;
}

const items = <Item>({ values }: { readonly values: readonly Link<Item>[] }): Item[] =>
  values.flatMap((frame) => (frame.type === "item" ? [frame.item] : []));

let salts = 0;
function leg(
  { venue, market }: World,
  [side, token, price, size]: readonly [Side, Token, number, number],
  terms: Partial<OrderTicket> = {},
): PlaceLeg {
  const ticket: OrderTicket = {
    market: market().id,
    tokenId: market().tokenIds[token],
    side,
    price: priceBp(price),
    size: shares(size),
    salt: salts++,
    createdAt: START,
    expiresAt: null,
    orderType: "GTC",
    postOnly: true,
    ...terms,
  };
  const epoch = { account: 0, market: 0 };
  return { orderId: venue.orderId(ticket), ticket, epoch, liveAfter: 1 };
}

/** A bid so low that only a fault fills it. */
const LOW = ["BUY", "YES", 100, 20] as const;
const USER_FRAMES = { channel: "user", minMs: 1, maxMs: 2_000 } as const;
const BOOK_LATE = { do: "bookLate", minMs: 0, maxMs: 7_900 } as const;
const LAG_BALANCES = { do: "lagBalances", minMs: 1, maxMs: 4_000 } as const;
const LAG_READS = { do: "lagReads", minMs: 1, maxMs: 1_500 } as const;
const DELAY_FRAMES = { do: "delayFrames", ...USER_FRAMES } as const;
const DUPLICATE_FRAMES = { do: "duplicateFrames", ...USER_FRAMES } as const;

/** A fault of both places and cancels. */
const ofBoth = (
  name: "loseAnswer" | "loseRequest" | "refuse",
  ratio = 1,
): readonly InProcessFault[] => [
  { do: name, of: "orders", ratio },
  { do: name, of: "cancels", ratio },
];

const every: readonly InProcessFault[] = [
  ...ofBoth("loseAnswer", 0.1),
  ...ofBoth("loseRequest", 0.1),
  ...ofBoth("refuse", 0.1),
  { do: "loseAnswer", of: "reads", ratio: 0.1 },
  { ...BOOK_LATE, ratio: 0.1 },
  { ...LAG_BALANCES, ratio: 0.1 },
  { ...LAG_READS, ratio: 0.1 },
  { do: "fillCancels", ratio: 1 / 3 },
  { do: "retryTrades", ratio: 0.1 },
  { do: "failTrades", ratio: 0.1 },
  { do: "loseFrames", channel: "user", ratio: 0.1 },
  { do: "reverseTrades", ratio: 0.1 },
  { do: "endPartlyMatched", ratio: 0.1 },
  { do: "endAsMatched", ratio: 0.1 },
  { do: "oddPrices", ratio: 0.1 },
  { do: "contradictTrades", ratio: 0.1 },
  { do: "oddIds", ratio: 0.1 },
  { do: "oddTicks", ratio: 0.1 },
  { do: "freeze", perMinute: 2, minMs: 500, maxMs: 5_000 },
  { do: "mute", perMinute: 2, minMs: 500, maxMs: 5_000 },
  { do: "refuseAll", perMinute: 2, minMs: 500, maxMs: 5_000 },
  { do: "rotateKeys", perMinute: 2, minMs: 500, maxMs: 5_000 },
  { ...DELAY_FRAMES, ratio: 0.1 },
  { ...DUPLICATE_FRAMES, ratio: 0.2 },
  { do: "drop", perMinute: 2, minMs: 500, maxMs: 5_000 },
  { do: "mode", perMinute: 2, minMs: 500, maxMs: 5_000 },
  { do: "limits", enforcement: "enforced", tier: "standard" },
  { do: "drainTokens", perMinute: 1, minMs: 1, maxMs: 1_000 },
  { do: "outage", perMinute: 1, minMs: 500, maxMs: 5_000 },
];

const mayLeave = (): boolean => true;

describe("requests", () => {
  it("are answered after both latencies, under the id known before", () => {
    const at = world();
    const sent = leg(at, LOW);
    const answer = heard(at.venue.place([sent], mayLeave), at);
    at.until(29);
    expect(at.truth().orders).toEqual([]);
    at.until(30);
    expect(at.truth().orders).toMatchObject([{ orderId: sent.orderId, status: "live" }]);
    at.until(1_000);
    expect(answer).toEqual({
      values: [{ type: "answered", legs: [{ type: "acked", orderId: sent.orderId }] }],
      at: [READY_MS + 50],
      end: "complete",
    });
  });

  it("answer one leg each, in order", () => {
    const at = world();
    const [good, bad] = [leg(at, LOW), leg(at, ["SELL", "YES", 9900, 20])];
    const answer = heard(at.venue.place([good, bad, good], mayLeave), at);
    at.until(1_000);
    expect(answer.values).toMatchObject([
      {
        legs: [
          { type: "acked" },
          { type: "rejected", refusal: { reason: "insufficientBalance" } },
          { type: "rejected", refusal: { reason: "duplicate" } },
        ],
      },
    ]);
  });

  it("leave on subscription, and only if they still may", () => {
    const at = world();
    let isAllowed = true;
    const place$ = at.venue.place([leg(at, LOW)], () => isAllowed);
    isAllowed = false;
    const answer = heard(place$, at);
    expect(answer.values).toEqual([{ type: "notSent", cause: "epoch", retryAfterMs: null }]);
    at.until(1_000);
    expect(only(at.facts, "order.changed").filter(isOurs)).toEqual([]);
  });

  it("are not undone by unsubscribing", () => {
    const at = world();
    at.venue
      .place([leg(at, LOW)], mayLeave)
      .subscribe()
      .unsubscribe();
    at.until(1_000);
    expect(at.truth().orders).toHaveLength(1);
  });

  it("read orders, one order, balances and trades", () => {
    const at = world();
    const sent = leg(at, LOW);
    const { id } = at.market();
    at.venue.place([sent], mayLeave).subscribe();
    at.until(1_000);
    const answers = [
      heard(at.venue.openOrders(id), at),
      heard(at.venue.openOrders(null), at),
      heard(at.venue.order(sent.orderId), at),
      heard(at.venue.balances(id), at),
      heard(at.venue.trades(id, START), at),
      heard(at.venue.cancel([sent.orderId]), at),
    ];
    at.until(2_000);
    const report = at.truth().orders;
    const order = { orderId: sent.orderId, token: "YES", side: "BUY", price: 100, status: "live" };
    expect(report).toEqual([]);
    expect(answers.map(({ values }) => values[0])).toMatchObject([
      { type: "answered", value: [order] },
      { type: "answered", value: [order] },
      { type: "answered", value: order },
      { type: "answered", value: { cash: dollars(1_000), YES: 0, NO: 0 } },
      { type: "answered", value: [] },
      { type: "answered", cancelled: [sent.orderId], refused: [] },
    ]);
    const gone = heard(at.venue.order(sent.orderId), at);
    const never = heard(at.venue.order(leg(at, LOW).orderId), at);
    at.until(3_000);
    expect(gone.values).toMatchObject([{ value: { status: "cancelled" } }]);
    expect(never.values).toEqual([{ type: "answered", value: null }]);
  });

  it("lose an account's orders when its heartbeats stop", () => {
    const at = world();
    at.venue.place([leg(at, LOW)], mayLeave).subscribe();
    at.venue.heartbeat().subscribe();
    at.until(16_000);
    expect(only(at.facts, "heartbeat.lapsed")).toHaveLength(1);
    expect(at.truth().orders).toEqual([]);
  });
});

describe("connections", () => {
  it("a market connection replays to exactly the engine's book, whenever it begins", () => {
    const at = world();
    for (const startMs of [0, 5_000, 90_000]) {
      at.until(startMs);
      const early = heard(at.connections.market(at.market()), at);
      at.until(startMs + 60_000);
      const late = heard(at.connections.market(at.market()), at);
      // The late connection has its snapshot by now, the early one all changes up to it.
      at.until(startMs + 60_040);
      expect(early.values[0]).toEqual({ type: "opened" });
      expect(items(early).length).toBeGreaterThan(50);
      expect(items(late).slice(0, 2)).toMatchObject([
        { type: "book", token: "YES" },
        { type: "book", token: "NO" },
      ]);
      expect(replayed(items(early))).toEqual(replayed(items(late)));
    }
  });

  it("a market connection tells each trade once, as its taker made it, just ahead of the level it changes", () => {
    const at = world();
    const heardItems = heard(at.connections.market(at.market()), at);
    at.until(60_000);
    const trades = only(at.facts, "trade.changed")
      .filter(({ trade }) => trade.status === "matched")
      .flatMap(({ trade: { legs } }) => legs.slice(0, 1))
      .map(({ fill: { token, price, size, side } }) => {
        return { type: "traded", token, price, size, side };
      });
    const told = items(heardItems);
    const traded = told.filter((item) => item.type === "traded");
    expect(traded.length).toBeGreaterThan(5);
    // The last ones may be on their way.
    expect(traded).toEqual(trades.slice(0, traded.length));
    for (const [index, item] of told.entries()) {
      const next = told[index + 1]?.type;
      if (item.type === "traded") expect(["traded", "level"]).toContain(next);
    }
  });

  it("keeps the order of its frames when every one of them has its own delay", () => {
    const at = world({
      latency: {
        request: constantLatency(30),
        response: constantLatency(20),
        channel: uniformLatency(random(9), { minMs: 1, maxMs: 400 }),
        reference: constantLatency(5),
      },
    });
    const user = heard(at.connections.user(at.market()), at);
    at.until(1_000);
    for (let size = 10; size < 30; size += 1)
      at.venue.place([leg(at, ["BUY", "YES", 100, size])], mayLeave).subscribe();
    at.until(10_000);
    const sizes = items(user).map((item) => item.type === "order" && item.report.size);
    expect(sizes).toEqual(Array.from({ length: 20 }, (_, index) => shares(10 + index)));
    expect(new Set(user.at).size).toBeGreaterThan(5);
  });

  it("a user connection reports our orders and fills from our side, from its beginning on", () => {
    const at = world();
    at.venue.place([leg(at, LOW)], mayLeave).subscribe();
    at.until(2_000);
    const user = heard(at.connections.user(at.market()), at);
    at.until(3_000);
    expect(user.values).toEqual([{ type: "opened" }]);
    const bought = leg(at, ["BUY", "YES", 9900, 5], { postOnly: false });
    at.venue.place([bought], mayLeave).subscribe();
    at.until(15_000);
    const said = items(user).map((item) =>
      item.type === "order"
        ? `order ${item.report.status} ${item.report.sizeMatched}`
        : `trade ${item.report.status} ${item.report.fills.map((each) => each.orderId).join()}`,
    );
    expect(said).toEqual([
      "order live 0",
      "order matched 5000000",
      `trade matched ${bought.orderId}`,
      `trade mined ${bought.orderId}`,
      `trade confirmed ${bought.orderId}`,
    ]);
    const [{ trades, YES } = expect.unreachable()] = at.truth().markets;
    const paid = trades.flatMap(({ fills }) => fills).map((fill) => fill.price * 500);
    expect([YES, at.truth().cash]).toEqual([
      shares(5),
      dollars(1_000) - paid.reduce((sum, each) => sum + each, 0),
    ]);
  });

  it("a reference connection reports every tick, late, while it lasts", () => {
    const at = world();
    const reference = heard(at.connections.reference(), at);
    // Between two ticks, so that no frame is on its way.
    at.until(9_990);
    const ticks = only(at.facts, "reference.moved").map(({ price }) => price);
    const prices = items(reference).map(({ price }) => price);
    expect(reference.values[0]).toEqual({ type: "opened" });
    expect(prices.length).toBeGreaterThan(100);
    expect(ticks.slice(-prices.length)).toEqual(prices);
  });
});

describe("windows", () => {
  it("follow each other, report the winner, and pay", () => {
    const at = world({ windowMs: 60_000 });
    const [first] = [at.market()];
    const frames = heard(at.connections.market(first), at);
    const user = heard(at.connections.user(first), at);
    at.venue
      .place(
        [
          leg(at, LOW),
          leg(at, ["BUY", "YES", 9900, 10], { postOnly: false }),
          leg(at, ["BUY", "NO", 9900, 20], { postOnly: false }),
        ],
        mayLeave,
      )
      .subscribe();
    at.until(62_500);
    const second = at.market();
    expect(second.opensAt).toBe(first.endsAt);
    expect(second.id).not.toBe(first.id);
    const late = heard(at.markets$, at);
    expect(late.values).toEqual([second]);
    const winner = second.strike >= first.strike ? "YES" : "NO";
    expect(frames.values.at(-1)).toEqual({ type: "item", item: { type: "resolved", winner } });
    expect(user.values).toContainEqual({
      type: "item",
      item: { type: "order", report: expect.objectContaining({ status: "cancelled" }) },
    });
    const truth = at.truth();
    expect(truth.orders).toEqual([]);
    expect(truth.markets).toMatchObject([{ winner, YES: 0, NO: 0 }, { winner: null }]);
    const fills = truth.markets.flatMap(({ trades }) => trades.flatMap((trade) => trade.fills));
    const paid = fills.reduce((sum, { price, size }) => sum + (price * size) / 10_000, 0);
    const won = fills.filter(({ token }) => token === winner).map(({ size }) => size);
    expect(truth.cash).toBe(dollars(1_000) - paid + won.reduce((sum, size) => sum + size, 0));
    const again = heard(at.connections.market(first), at);
    at.until(63_000);
    expect(again.values.at(-1)).toEqual({ type: "item", item: { type: "resolved", winner } });
  });
});

describe("the other traders", () => {
  it("keep a book to quote inside of, and trade with it", () => {
    const at = world();
    const spreads: number[] = [];
    const shown = heard(at.connections.market(at.market()), at);
    for (let second = 2; second < 120; second += 1) {
      at.until(second * 1_000);
      const { bids, asks } = replayed(items(shown)).YES;
      if (bids[0] && asks[0]) spreads.push(asks[0].price - bids[0].price);
      expect(bids.length).toBeLessThan(8);
    }
    expect(spreads.length).toBeGreaterThan(100);
    const middle = spreads.toSorted((a, b) => a - b)[Math.floor(spreads.length / 2)];
    expect(middle).toBeGreaterThanOrEqual(400);
    expect(middle).toBeLessThanOrEqual(700);
    const trades = only(at.facts, "trade.changed").filter(
      ({ trade }) => trade.status === "matched",
    );
    expect(trades.length).toBeGreaterThan(30);
    expect(trades.length).toBeLessThan(150);
    expect(new Set(trades.map(({ trade }) => trade.type))).toContain("complementary");
    expect(new Set(trades.map(({ trade }) => trade.type))).toContain("mint");
  });
});

describe("faults", () => {
  const cases = (...faults: readonly InProcessFault[]) => world({ faults });

  it("an answer can be lost although the request was carried out", () => {
    const at = cases(...ofBoth("loseAnswer"));
    const placing = Array.from({ length: 10 }, () =>
      heard(at.venue.place([leg(at, LOW)], mayLeave), at),
    );
    at.until(1_000);
    expect(at.truth().orders).toHaveLength(10);
    const cancelling = at
      .truth()
      .orders.map(({ orderId }) => heard(at.venue.cancel([orderId]), at));
    const reading = heard(at.venue.openOrders(null), at);
    at.until(60_000);
    expect(at.truth().orders).toEqual([]);
    for (const writing of [placing, cancelling]) expectLost(writing);
    expect(reading.values[0]?.type).toBe("answered");
  });

  it("a taker can come before a cancel, for a part of the order or all of it", () => {
    const ends = Array.from({ length: 20 }, (_, index) => {
      const at = world({ seed: index + 1, faults: [{ do: "fillCancels", ratio: 1 }] });
      const sent = leg(at, LOW);
      at.venue.place([sent], mayLeave).subscribe();
      at.until(2_000);
      const cancelling = heard(at.venue.cancel([sent.orderId]), at);
      at.until(3_000);
      const [answer] = cancelling.values;
      const isGone = answer?.type === "answered" && answer.refused.length === 1;
      const fills = at.truth().markets.flatMap(({ trades }) => trades.flatMap((one) => one.fills));
      expect(fills).toHaveLength(1);
      expect(fills[0]?.size === shares(20)).toBe(isGone);
      return isGone;
    });
    expect(new Set(ends)).toEqual(new Set([true, false]));
  });

  it("a request can be lost on its way: nothing is carried out, and no answer comes", () => {
    const at = cases(...ofBoth("loseRequest"));
    const ten = Array.from({ length: 10 });
    const placing = ten.map(() => heard(at.venue.place([leg(at, LOW)], mayLeave), at));
    const cancelling = ten.map(() => heard(at.venue.cancelAll(null), at));
    at.until(60_000);
    for (const writing of [placing, cancelling]) expectLost(writing);
    expect(at.facts.filter((fact) => fact.type === "order.changed").filter(isOurs)).toEqual([]);
  });

  it("a place can be booked late, past a cancel of everything, answered then or never", () => {
    const at = cases({ ...BOOK_LATE, ratio: 1 });
    const ages = new Map<OrderId, number>();
    const answers = Array.from({ length: 40 }, () => {
      const sent = leg(at, LOW);
      ages.set(sent.orderId, 0);
      return heard(at.venue.place([sent], mayLeave), at);
    });
    at.until(100);
    at.venue.cancelAll(null).subscribe();
    for (let ms = 100; ms <= 8_000; ms += 100) {
      at.until(ms);
      for (const { orderId } of at.truth().orders) ages.set(orderId, ages.get(orderId) || ms);
    }
    const late = [...ages.values()].toSorted((a, b) => a - b);
    // The deadline of a place is three seconds, and five more may pass: later no order appears.
    expect(late.filter((ms) => ms > 3_000).length).toBeGreaterThan(15);
    expect(at.truth().orders.length).toBeGreaterThan(35);
    const placed = () => only(at.facts, "order.changed").filter(isOurs).length;
    const acc = placed();
    at.until(60_000);
    expect(placed()).toBe(acc);
    expect(new Set(answers.map(({ end }) => end))).toEqual(new Set(["none", "complete"]));
  });

  it("an order can be refused for any reason, a cancel as a whole for three of them", () => {
    const at = cases(...ofBoth("refuse"));
    const places = Array.from({ length: 200 }, () =>
      heard(at.venue.place([leg(at, LOW)], mayLeave), at),
    );
    const cancels = Array.from({ length: 50 }, () => heard(at.venue.cancelAll(null), at));
    at.until(1_000);
    const refusals = places.flatMap(({ values: [answer] }) =>
      answer?.type === "answered" && answer.legs[0]?.type === "rejected"
        ? [answer.legs[0].refusal]
        : [],
    );
    expect(new Set(refusals.map(({ reason }) => reason)).size).toBe(16);
    for (const { reason, text, retryAfterMs } of refusals) {
      expect(text.length).toBeGreaterThan(10);
      const isPromise = ["rateLimited", "restarting", "postOnlyMode"].includes(reason);
      expect(retryAfterMs !== null).toBe(isPromise);
    }
    const reasons = cancels.map(({ values: [answer] }) =>
      answer?.type === "refused" || answer?.type === "lost" ? answer.refusal?.reason : "none",
    );
    expect(new Set(reasons)).toEqual(new Set(["rateLimited", "restarting", "tradingDisabled"]));
    expect(only(at.facts, "order.changed").filter(isOurs)).toEqual([]);
  });

  it("the venue's balances can lag: a read gives old ones, and a sale of new shares is refused", () => {
    const at = cases({ ...LAG_BALANCES, ratio: 1 });
    const bought = leg(at, ["BUY", "YES", 9900, 5], { postOnly: false });
    at.venue.place([bought], mayLeave).subscribe();
    while (at.truth().markets[0]?.YES === 0) at.scheduler.runUntil(at.scheduler.now() + 10);
    const request = () => ({
      shown: heard(at.venue.balances(at.market().id), at),
      sale: heard(at.venue.place([leg(at, ["SELL", "YES", 9900, 5])], mayLeave), at),
    });
    const early = request();
    at.scheduler.runUntil(at.scheduler.now() + 5_000);
    const late = request();
    at.scheduler.runUntil(at.scheduler.now() + 100);
    expect(early.shown.values).toMatchObject([{ value: { YES: 0, cash: dollars(1_000) } }]);
    expect(early.sale.values).toMatchObject([
      { legs: [{ type: "rejected", refusal: { reason: "insufficientBalance" } }] },
    ]);
    expect(late.shown.values).toMatchObject([{ value: { YES: shares(5) } }]);
    expect(late.sale.values).toMatchObject([{ legs: [{ type: "acked" }] }]);
    expect(only(at.facts, "order.refused")).toEqual([]);
  });

  it("balances that lag are up to date once they are read anew, for orders too", () => {
    const at = cases({ ...LAG_BALANCES, ratio: 1 });
    const bought = leg(at, ["BUY", "YES", 9900, 5], { postOnly: false });
    at.venue.place([bought], mayLeave).subscribe();
    while (at.truth().markets[0]?.YES === 0) at.scheduler.runUntil(at.scheduler.now() + 10);
    const shown = heard(at.venue.balances(at.market().id, true), at);
    at.scheduler.runUntil(at.scheduler.now() + 300);
    const sale = heard(at.venue.place([leg(at, ["SELL", "YES", 9900, 5])], mayLeave), at);
    at.scheduler.runUntil(at.scheduler.now() + 100);
    expect(shown.values).toMatchObject([{ value: { YES: shares(5) } }]);
    expect(sale.values).toMatchObject([{ legs: [{ type: "acked" }] }]);
  });

  it("a read can be answered by a replica that is behind, by a second and a half at the most", () => {
    const at = cases({ ...LAG_READS, ratio: 1 });
    const sent = leg(at, LOW);
    at.venue.place([sent], mayLeave).subscribe();
    at.until(31);
    const reads = () => [
      heard(at.venue.openOrders(null), at),
      heard(at.venue.order(sent.orderId), at),
    ];
    const early = reads();
    at.until(1_531);
    const late = reads();
    at.until(3_000);
    expect(early.map(({ values }) => values)).toMatchObject([[{ value: [] }], [{ value: null }]]);
    const shown = { orderId: sent.orderId };
    expect(late.map(({ values }) => values)).toMatchObject([
      [{ value: [shown] }],
      [{ value: shown }],
    ]);
  });

  it("the answer of a read can be lost; a heartbeat is no read", () => {
    const at = cases({ do: "loseAnswer", of: "reads", ratio: 1 });
    const reads = Array.from({ length: 20 }, () => heard(at.venue.balances(at.market().id), at));
    const beat = heard(at.venue.heartbeat(), at);
    at.until(60_000);
    expectLost(reads);
    expect(beat.values).toEqual([{ type: "answered", value: null }]);
  });

  it.each<
    [
      what: string,
      faults: readonly ("retryTrades" | "failTrades")[],
      statuses: readonly TradeStatus[],
    ]
  >([
    ["be tried again", ["retryTrades"], ["matched", "retrying", "mined", "confirmed"]],
    ["fail", ["failTrades"], ["matched", "failed"]],
    ["fail the second time", ["retryTrades", "failTrades"], ["matched", "retrying", "failed"]],
  ])("a trade can %s", (_, names, statuses) => {
    const at = cases(...names.map((name) => ({ do: name, ratio: 1 })));
    const user = heard(at.connections.user(at.market()), at);
    at.until(1_000);
    at.venue.place([leg(at, ["BUY", "YES", 9900, 5], { postOnly: false })], mayLeave).subscribe();
    at.until(30_000);
    const said = items(user).flatMap((item) => (item.type === "trade" ? [item.report.status] : []));
    expect(said).toEqual(statuses);
    expect(at.truth().cash < dollars(1_000)).toBe(!statuses.includes("failed"));
  });

  it("a frame on the user channel can be lost, or come after later ones", () => {
    const sizes = (fault: InProcessFault) => {
      const at = cases(fault);
      const user = heard(at.connections.user(at.market()), at);
      at.until(1_000);
      for (let size = 10; size < 30; size += 1)
        at.venue.place([leg(at, ["BUY", "YES", 100, size])], mayLeave).subscribe();
      at.until(1_040);
      const inTime = items(user).length;
      at.until(3_040);
      const heardOf = items(user).map((item) => item.type === "order" && item.report.size);
      return { inTime, heardOf };
    };
    const all = Array.from({ length: 20 }, (_, index) => shares(10 + index));
    expect(sizes({ do: "loseFrames", channel: "user", ratio: 1 })).toEqual({
      inTime: 0,
      heardOf: [],
    });
    const { inTime, heardOf } = sizes({ ...DELAY_FRAMES, ratio: 0.5 });
    expect(inTime).toBeGreaterThan(2);
    expect(inTime).toBeLessThan(18);
    expect(heardOf).not.toEqual(all);
    expect(new Set(heardOf)).toEqual(new Set(all));
  });

  it("a frame on the user channel can come twice", () => {
    const at = cases({ ...DUPLICATE_FRAMES, ratio: 1 });
    const user = heard(at.connections.user(at.market()), at);
    at.until(1_000);
    at.venue.place([leg(at, LOW)], mayLeave).subscribe();
    at.until(5_000);
    expect(user.values).toHaveLength(3);
    expect(user.values[2]).toEqual(user.values[1]);
    expect((user.at[2] ?? 0) - (user.at[1] ?? 0)).toBeLessThanOrEqual(2_000);
  });

  it("each link can drop, loses what is on its way, and stays away for a while", () => {
    const drop = { do: "drop", perMinute: 20, minMs: 5_000, maxMs: 5_000 } as const;
    const ends = new Set<string>();
    const open = (at: World) => ({
      market: heard(at.connections.market(at.market()), at),
      user: heard(at.connections.user(at.market()), at),
      reference: heard(at.connections.reference(), at),
    });
    const FEEDS = ["market", "user", "reference"] as const satisfies readonly FeedName[];
    for (let seed = 1; seed <= 40; seed += 1) {
      const at = world({ seed, faults: [drop] });
      const links = open(at);
      while (FEEDS.every((feed) => links[feed].end === "none") && at.scheduler.now() < 60_000)
        at.scheduler.runUntil(at.scheduler.now() + 100);
      const lost = FEEDS.find((feed) => links[feed].end !== "none") ?? "market";
      ends.add(`${lost} ${links[lost].end}`);
      const again = open(at);
      at.scheduler.runUntil(at.scheduler.now() + 200);
      expect(again[lost].end).toBe("error");
      expect(again[lost].values).toEqual([]);
      for (const feed of FEEDS)
        if (links[feed].end === "none") expect(again[feed].values.length).toBeGreaterThan(0);
    }
    expect(ends.size).toBe(6);
  });

  it("a frozen link sends nothing, and then everything at once; a muted one misses what was", () => {
    const gaps = (fault: Exclude<InProcessFault, { readonly do: "limits" }>) => {
      const at = cases({ ...fault, forMs: 100_000 });
      const reference = heard(at.connections.reference(), at);
      at.until(140_000);
      const ticks = only(at.facts, "reference.moved").length;
      const longest = Math.max(
        ...reference.at.slice(1).map((time, index) => time - (reference.at[index] ?? 0)),
      );
      return { longest, missed: ticks - items(reference).length, end: reference.end };
    };
    const times = { perMinute: 6, minMs: 8_000, maxMs: 8_000 };
    const frozen = gaps({ do: "freeze", ...times, perMinute: 12 });
    expect(frozen.longest).toBeGreaterThanOrEqual(7_000);
    expect(frozen).toMatchObject({ end: "none" });
    // The ticks before the link has opened are nobody's.
    const before = gaps({ do: "oddPrices", ratio: 0 }).missed;
    expect(frozen.missed).toBe(before);
    const muted = gaps({ do: "mute", ...times });
    expect(muted.longest).toBeGreaterThanOrEqual(7_000);
    expect(muted.missed).toBeGreaterThan(before + 50);
  });

  it("a price, a trade, an order's id or a tick can be one that nobody could mean", () => {
    const at = cases(
      { do: "oddPrices", ratio: 0.1 },
      { do: "contradictTrades", ratio: 1 },
      { do: "oddIds", ratio: 1 },
      { do: "oddTicks", ratio: 0.1 },
    );
    const reference = heard(at.connections.reference(), at);
    const user = heard(at.connections.user(at.market()), at);
    const book = heard(at.connections.market(at.market()), at);
    at.until(1_000);
    heard(at.venue.place([leg(at, ["BUY", "YES", 9_900, 20], { postOnly: false })], mayLeave), at);
    at.until(20_000);
    const isOdd = (price: number): boolean => price < 55e9 || price > 65e9;
    const prices = items(reference).map(({ price }) => Number(price));
    expect(prices.filter(isOdd).length / prices.length).toBeCloseTo(0.1, 1);
    const reports = items(user).flatMap((item) => (item.type === "trade" ? [item.report] : []));
    const [first, second] = reports;
    expect(second?.fills[0]?.size).toBe((first?.fills[0]?.size ?? 0) * 25);
    expect(second?.id).toBe(`${first?.id}-odd`);
    const orders = items(user).flatMap((item) => (item.type === "order" ? [item.report] : []));
    expect(orders.some(({ orderId }) => orderId in {})).toBe(true);
    const ticks = items(book).flatMap((item) => (item.type === "rulesChanged" ? [item.rules] : []));
    expect(ticks.map(({ tick }) => tick)).toContain(300);
  });

  it("a book that is asked for can be the past one, or its two ends only", () => {
    const at = cases(
      { do: "ghostBooks", ratio: 1, forMs: 7_000 },
      { do: "lagBooks", ratio: 1, minMs: 3_000, maxMs: 3_000, forMs: 17_000 },
    );
    const book = () => at.asked.book(at.market().id, "YES");
    at.until(4_000);
    const [size, ghost] = [shares(1_000), book()];
    expect(ghost).toEqual({ bids: [{ price: 100, size }], asks: [{ price: 9_900, size }] });
    at.until(10_000);
    at.venue.place([leg(at, LOW)], mayLeave).subscribe();
    at.until(11_000);
    const hasLow = () => book().bids.some(({ price }) => price === 100);
    expect(hasLow()).toBe(false);
    at.until(16_000);
    expect(hasLow()).toBe(true);
  });

  it.each([
    ["endPartlyMatched", "cancelled"],
    ["endAsMatched", "matched"],
  ] as const)("an order that has matched in part can end unasked: %s", (name, status) => {
    const at = cases({ do: name, ratio: 1 });
    const { asks } = at.asked.book(at.market().id, "YES");
    // The best bid, and too large for one taker.
    at.venue
      .place([leg(at, ["BUY", "YES", (asks[0]?.price ?? 0) - 100, 400])], mayLeave)
      .subscribe();
    at.until(120_000);
    const ours = only(at.facts, "order.changed").filter(({ order }) => order.size === shares(400));
    const [placed, matched, over] = ours;
    expect([placed?.cause, matched?.cause, matched?.order.status]).toEqual([
      "placed",
      "matched",
      "live",
    ]);
    expect(over?.order).toMatchObject({ status, matched: matched?.order.matched });
    expect(ours).toHaveLength(3);
    expect(at.truth().orders.filter(({ status: known }) => known === "live")).toEqual([]);
  });

  it("every order can be refused for one reason for a while", () => {
    const at = cases({ do: "refuseAll", perMinute: 60, minMs: 2_000, maxMs: 2_000, forMs: 10_000 });
    at.until(3_000);
    const answer = heard(at.venue.place([leg(at, LOW)], mayLeave), at);
    at.until(3_100);
    expect(answer.values).toMatchObject([{ legs: [{ type: "rejected" }] }]);
    at.until(20_000);
    const later = heard(at.venue.place([leg(at, LOW)], mayLeave), at);
    at.until(20_100);
    expect(later.values).toMatchObject([{ legs: [{ type: "acked" }] }]);
  });

  it("the key can be forgotten: whatever is asked is refused, and nothing is carried out", () => {
    const at = cases({
      do: "rotateKeys",
      perMinute: 60,
      minMs: 5_000,
      maxMs: 5_000,
      forMs: 20_000,
    });
    at.until(1_000);
    const { venue } = at;
    const placed = heard(venue.place([leg(at, LOW)], mayLeave), at);
    const others = [venue.cancelAll(null), venue.openOrders(at.market().id), venue.heartbeat()].map(
      (answer$: Observable<object>) => heard(answer$, at),
    );
    at.until(1_200);
    const refusal = {
      reason: "auth",
      text: expect.stringContaining("api key"),
      retryAfterMs: null,
    };
    expect(placed.values).toMatchObject([{ legs: [{ type: "rejected", refusal }] }]);
    for (const { values } of others) expect(values).toMatchObject([{ refusal }]);
    expect(only(at.facts, "order.changed").filter(isOurs)).toEqual([]);
    at.until(40_000);
    const later = heard(venue.openOrders(at.market().id), at);
    at.until(40_100);
    expect(later.values).toMatchObject([{ type: "answered" }]);
  });

  it("a lost link can be opened again later, and no fault begins after its `forMs`", () => {
    const always: readonly InProcessFault[] = [
      ...ofBoth("loseRequest"),
      ...ofBoth("refuse"),
      ...ofBoth("loseAnswer"),
      { do: "loseAnswer", of: "reads", ratio: 1 },
      { do: "loseFrames", channel: "user", ratio: 1 },
      { do: "fillCancels", ratio: 1 },
      { ...DUPLICATE_FRAMES, ratio: 1 },
      { do: "drop", perMinute: 60, minMs: 3_000, maxMs: 3_000 },
    ];
    const at = cases(
      ...[...always, ...every].map((fault) =>
        fault.do === "limits" ? fault : { ...fault, forMs: 10_000 },
      ),
    );
    at.until(13_001);
    const links = [
      heard(at.connections.market(at.market()), at),
      heard(at.connections.user(at.market()), at),
      heard(at.connections.reference(), at),
    ];
    const sent = leg(at, LOW);
    at.until(14_000);
    const placing = heard(at.venue.place([sent], mayLeave), at);
    at.until(15_000);
    const cancelling = heard(at.venue.cancel([sent.orderId]), at);
    at.until(60_000);
    expect(links.map(({ end }) => end)).toEqual(["none", "none", "none"]);
    expect([placing.end, cancelling.end]).toEqual(["complete", "complete"]);
    expect(cancelling.values).toMatchObject([{ cancelled: [sent.orderId] }]);
    expect(links[1]?.values).toHaveLength(3);
  });
});

describe("determinism", () => {
  const history = (seed: number, faults: readonly InProcessFault[] = []) => {
    const at = world({ seed, faults, windowMs: 60_000 });
    const links = heard(at.connections.user(at.market()), at);
    for (let second = 1; second < 150; second += 1) {
      at.until(second * 1_000);
      const sent = leg(at, ["BUY", "YES", 4000, 10], { salt: second, postOnly: false });
      at.venue.place([sent], mayLeave).subscribe();
      if (second % 5 === 0) at.venue.cancelAll(null).subscribe();
    }
    return JSON.stringify([at.facts, links]);
  };
  it("the same seed gives the same history, faults included; another seed another", () => {
    expect(history(1, every)).toBe(history(1, every));
    expect(history(1, every)).not.toBe(history(2, every));
  });

  it("a fault does not shift what the other traders draw", () => {
    const takers = (...faults: readonly InProcessFault[]) => {
      const at = world({ faults });
      at.until(60_000);
      return only(at.facts, "order.changed").map(({ order }) => [order.id, order.account]);
    };
    expect(takers({ do: "drop", perMinute: 30, minMs: 1, maxMs: 9 })).toEqual(takers());
  });
});

/** Some requests are never answered, and for the others the connection is reset. */
function expectLost(
  requests: readonly { readonly values: readonly { type: string }[]; readonly end: string }[],
): void {
  expect(new Set(requests.map(({ end }) => end))).toEqual(new Set(["none", "complete"]));
  for (const { values } of requests) expect(values[0]?.type ?? "lost").toBe("lost");
}

const isOurs = ({ order }: Extract<VenueFact, { type: "order.changed" }>): boolean =>
  order.account === OUR_ACCOUNT;

/** Both books, rebuilt from the items of a connection. */
function replayed(told: readonly MarketItem[]): Readonly<Record<Token, Book>> {
  const books: Record<Token, Book> = {
    YES: { bids: [], asks: [] },
    NO: { bids: [], asks: [] },
  };
  for (const item of told) {
    if (item.type === "book") books[item.token] = item.book;
    if (item.type !== "level") continue;
    const { bids, asks } = books[item.token];
    const next = (item.side === "BUY" ? bids : asks)
      .filter(({ price }) => price !== item.level.price)
      .concat(item.level.size > 0 ? [item.level] : []);
    const by = (sign: number) => (a: { price: PriceBp }, b: { price: PriceBp }) =>
      sign * (a.price - b.price);
    books[item.token] =
      item.side === "BUY"
        ? { bids: next.toSorted(by(-1)), asks }
        : { bids, asks: next.toSorted(by(1)) };
  }
  return books;
}

describe("fees", () => {
  const matched = ({ facts }: World) =>
    facts.flatMap((fact) =>
      fact.type === "trade.changed" && fact.trade.status === "matched" ? [fact.trade] : [],
    );

  it("are none, and stated as none, unless they are asked for", () => {
    const plain = world();
    plain.until(20_000);
    expect(plain.market().fees).toEqual({ takerRate: 0, rebateRate: 0 });
    expect(matched(plain).length).toBeGreaterThan(3);
    for (const { legs } of matched(plain)) for (const { fill } of legs) expect(fill.fee).toBe(0);
  });

  it("are the taker's, and a fifth of them is due to us where we were the maker", () => {
    const at = world({ feeRateBp: 700 });
    expect(at.market().fees).toEqual({ takerRate: 0.07, rebateRate: 0.2 });
    const best = at.asked.book(at.market().id, "YES").bids[0]?.price ?? expect.unreachable();
    // Ahead of the quoter, so that the next sale of YES is ours.
    at.venue.place([leg(at, ["BUY", "YES", best + 100, 20])], () => true).subscribe();
    at.until(40_000);
    let due = 0;
    for (const { legs } of matched(at)) {
      const [taker, ...makers] = legs;
      const { price, size, fee } = taker?.fill ?? expect.unreachable();
      const p = price / 10_000;
      // Rounded down to a hundred-thousandth of a dollar.
      const charged = Math.floor((size / MICRO) * 0.07 * p * (1 - p) * 1e5 + 1e-6) * 10;
      expect(fee).toBe(charged);
      for (const { account, fill } of makers) {
        expect(fill.fee).toBe(0);
        if (account === OUR_ACCOUNT) due += Math.floor(((charged / 5) * fill.size) / size);
      }
    }
    expect(due).toBeGreaterThan(0);
    expect(at.truth().rebatesDue).toBe(due);
  });
});
