/** The strategies beside the default one, what may be answered at all, and how a section chooses one. */
import fc from "fast-check";
import { isObservable } from "rxjs";
import { describe, expect, it } from "vitest";
import {
  type AnyStrategy,
  type QuoteTarget,
  type RestingOrder,
  type View,
  BUILT_IN,
  askLeg,
  bidLeg,
  chosenBy,
  commonWords,
  isStrategy,
  parameterWords,
  problemsOfStrategy,
  strategyParameters,
} from "../../src/streams/strategy/index.ts";
import { bands } from "../../src/streams/strategy/bands.ts";
import { dummy } from "../../src/streams/strategy/dummy.ts";
import { guarded } from "../../src/streams/strategy/guard.ts";
import { mid } from "../../src/streams/strategy/mid.ts";
import { othersMid, othersTouch } from "../../src/streams/strategy/othersBook.ts";
import { rewards } from "../../src/streams/strategy/rewards.ts";
import {
  DOLLAR_BP,
  ORDER_SIZE_MAX,
  type RecentFill,
  type Side,
  type Token,
  after,
  monotonicMs,
  priceBp,
} from "../../src/types/index.ts";
import { RUNS, inventory, shares } from "../support/builders.ts";
import { MARKET, book, instant } from "../marbles/streams/legend.ts";
import { z } from "zod";
import { NOTHING_RECENT, UNQUEUED } from "../support/quoting.ts";

/** A bid of others at 4800, an ask at 5200, and below them another level each. */
const level = (price: number, size = 10) => ({ price: priceBp(price), size: shares(size) });
const YES = { bids: [level(4800), level(4700)], asks: [level(5200), level(5300)] };

const view = (changed: Partial<View> = {}): View => ({
  now: { ...instant(0), monotonicMs: monotonicMs(0) },
  market: MARKET,
  book: { value: { YES, NO: book(4800, 5200) }, receivedAt: instant(0) },
  reference: {
    price: { value: MARKET.strike, receivedAt: instant(0) },
    variancePerSecond: 1e-8,
    isHeld: false,
  },
  inventory: inventory(),
  inventoryStep: 0,
  settlement: null,
  marketOffset: null,
  orders: [],
  ended: [],
  ...NOTHING_RECENT,
  ...changed,
});

const order = (token: Token, side: Side, price: number, size: number): RestingOrder => ({
  token,
  side,
  price: priceBp(price),
  size: shares(size),
  ...UNQUEUED,
});
const leg = (price: number, size: number) => ({ price: priceBp(price), size: shares(size) });
const parametersOf = <P>(strategy: { readonly parameters: z.ZodType<P> }, given: object = {}): P =>
  strategy.parameters.parse(given);

describe("the market without us", () => {
  it.each<[what: string, orders: readonly RestingOrder[], bid: number | null, ask: number | null]>([
    ["has what others show", [], 4800, 5200],
    ["not a level that is ours alone", [order("YES", "BUY", 4800, 10)], 4700, 5200],
    ["an offer of NO is a bid for YES", [order("NO", "SELL", 5200, 10)], 4700, 5200],
    ["a bid for NO is an ask of YES", [order("NO", "BUY", 4800, 10)], 4800, 5300],
    ["a level of ours and others", [order("YES", "BUY", 4800, 9)], 4800, 5200],
    [
      "two of ours at one price",
      [order("YES", "BUY", 4800, 6), order("NO", "SELL", 5200, 4)],
      4700,
      5200,
    ],
    [
      "nothing where all is ours",
      [order("YES", "BUY", 4800, 10), order("YES", "BUY", 4700, 10)],
      null,
      5200,
    ],
  ])("%s", (_what, orders, bid, ask) => {
    const touch = othersTouch(view({ orders }));
    expect([touch.bid?.price ?? null, touch.ask?.price ?? null]).toEqual([bid, ask]);
    expect(othersMid(view({ orders }))).toBe(bid && ask && (bid + ask) / 2);
  });

  const bid = (price: number, size: number) => order("YES", "BUY", price, size);
  it.each<
    [
      what: string,
      orders: readonly RestingOrder[],
      ended: readonly RestingOrder[],
      bids: readonly ReturnType<typeof level>[],
      others: ReturnType<typeof level>,
    ]
  >([
    ["is still in the book", [], [bid(4800, 10)], [level(4800, 10), level(4700)], level(4700)],
    ["has left it alone", [], [bid(4900, 10)], [level(4800, 10)], level(4800, 10)],
    ["is in the book, with others", [], [bid(4800, 10)], [level(4800, 30)], level(4800, 20)],
    ["has left it to others who show less", [], [bid(4800, 10)], [level(4800, 4)], level(4800, 4)],
    [
      "and its successor are both in it",
      [bid(4800, 20)],
      [bid(4800, 10)],
      [level(4800, 30), level(4700)],
      level(4700),
    ],
    [
      "has left it to its successor and others",
      [bid(4800, 20)],
      [bid(4800, 10)],
      [level(4800, 25)],
      level(4800, 5),
    ],
    [
      "in NO is one of YES",
      [],
      [order("NO", "SELL", 5200, 10)],
      [level(4800, 10), level(4700)],
      level(4700),
    ],
    [
      "of the other side is none of this one",
      [],
      [order("YES", "SELL", 4800, 10)],
      [level(4800, 10)],
      level(4800, 10),
    ],
    // The venue counts by hundredths of a share.
    ["leaves no dust", [], [bid(4800, 10)], [level(4800, 9.995), level(4700)], level(4700)],
  ])("without an order that has ended and %s", (_what, orders, ended, bids, others) => {
    const value = { YES: { bids, asks: YES.asks }, NO: book(4800, 5200) };
    const seen = view({ book: { value, receivedAt: instant(0) }, orders, ended });
    expect(othersTouch(seen).bid).toEqual(others);
  });

  it("is crossed by an order that the book does not have yet: then there is no mid", () => {
    const crossed = { YES: { bids: [level(5200)], asks: [level(5100)] }, NO: book(1, 2) };
    expect(othersMid(view({ book: { value: crossed, receivedAt: instant(0) } }))).toBeNull();
  });
});

describe("legs", () => {
  it("round away from the middle, and are none beyond a price's range or without a size", () => {
    expect([bidLeg(4000.9, 20), askLeg(4000.1, 20)]).toEqual([leg(4000, 20), leg(4001, 20)]);
    expect([bidLeg(0.9, 20), askLeg(9999.1, 20), bidLeg(5000, 0)]).toEqual([null, null, null]);
    expect([bidLeg(Number.NaN, 20), bidLeg(5000, Number.NaN)]).toEqual([null, null]);
    expect(bidLeg(5000, Infinity)?.size).toBe(ORDER_SIZE_MAX);
  });
});

describe("mid", () => {
  const parameters = parametersOf(mid, { halfSpreadBp: 150, sizeShares: 20 });

  it("is half a spread on each side of the middle of what others show", () => {
    expect(mid.quote(view(), parameters)).toEqual({
      mode: "normal",
      bid: leg(4850, 20),
      ask: leg(5150, 20),
      reason: "quoting",
      fairBp: 5000,
    });
    // Without our bid, others show 4700 to 5200.
    const orders = [order("YES", "BUY", 4800, 10)];
    expect(mid.quote(view({ orders }), parameters)).toMatchObject({ fairBp: 4950 });
  });

  it("leans against what is held, and leaves a side out: 100 YES make 0.5 0.4013 to us", () => {
    expect(mid.quote(view({ inventory: inventory({ YES: 100 }) }), parameters)).toMatchObject({
      bid: leg(3863, 20),
      ask: leg(4164, 20),
    });
    const long = mid.quote(view({ inventory: inventory({ YES: 150 }) }), parameters);
    expect(long).toMatchObject({ mode: "oneSidedSell", bid: null });
    const short = mid.quote(view({ inventory: inventory({ NO: 150 }) }), parameters);
    expect(short).toMatchObject({ mode: "oneSidedBuy", ask: null });
  });

  it("stops without a book, and shows nothing beside one side of it", () => {
    expect(mid.quote(view({ book: null }), parameters)).toMatchObject({ mode: "stop" });
    const orders = [order("YES", "BUY", 4800, 10), order("YES", "BUY", 4700, 10)];
    expect(mid.quote(view({ orders }), parameters)).toMatchObject({
      mode: "normal",
      bid: null,
      ask: null,
      reason: "no mid: others quote on one side at most",
    });
  });

  it("has the mid as its fair value, by which it is pulled", () => {
    expect(mid.fair?.(view(), parameters)).toMatchObject({ probability: 0.5 });
    expect(mid.fair?.(view({ book: null }), parameters)).toBeNull();
  });
});

describe("bands", () => {
  const parameters = parametersOf(bands);
  const quoted = (...orders: readonly RestingOrder[]) => bands.quote(view({ orders }), parameters);

  it("without orders there is the average margin and amount on each side", () => {
    expect(quoted()).toMatchObject({ bid: leg(4900, 20), ask: leg(5100, 20), fairBp: 5000 });
  });

  it.each<[what: string, price: number, size: number, bid: ReturnType<typeof leg>]>([
    ["in its margins and amounts is left", 4850, 15, leg(4850, 15)],
    ["at the inner margin is left", 4950, 15, leg(4950, 15)],
    ["nearer than that is replaced", 4951, 15, leg(4900, 20)],
    ["at the outer margin is replaced", 4800, 15, leg(4900, 20)],
    ["of less than the least is filled up", 4850, 9.99, leg(4900, 20)],
    ["of the least is left", 4850, 10, leg(4850, 10)],
    ["of more than the most is replaced", 4850, 40.01, leg(4900, 20)],
  ])("a bid %s", (_what, price, size, bid) => {
    // Others' own level stays there: 4800 has more than ours.
    const orders = [order("YES", "BUY", price, size === 15 && price === 4800 ? 5 : size)];
    expect(bands.quote(view({ orders }), parameters)).toMatchObject({ bid });
  });

  it("with no margin on either side are refused: the bid would meet its ask", () => {
    const none = { bidMinMarginBp: 0, bidAvgMarginBp: 0, askMinMarginBp: 0, askAvgMarginBp: 0 };
    const { error } = bands.parameters.safeParse(none);
    expect(error?.issues.map(({ path }) => path.join("."))).toEqual(["askAvgMarginBp"]);
    expect(bands.parameters.safeParse({ ...none, askAvgMarginBp: 1 }).success).toBe(true);
  });

  it("an ask is as a bid, mirrored; one of NO counts by its complement", () => {
    expect(quoted(order("YES", "SELL", 5150, 15))).toMatchObject({ ask: leg(5150, 15) });
    expect(quoted(order("NO", "BUY", 4850, 15))).toMatchObject({ ask: leg(5150, 15) });
    expect(quoted(order("YES", "SELL", 5049, 15))).toMatchObject({ ask: leg(5100, 20) });
  });

  it("margins and amounts in the wrong order are refused, each by name", () => {
    const { error } = bands.parameters.safeParse({
      bidAvgMarginBp: 300,
      askAvgShares: 5,
      askMaxMarginBp: 50,
      askAvgMarginBp: 50,
    });
    expect(error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`)).toEqual([
      "bidAvgMarginBp: at most bidMaxMarginBp",
      "askMaxMarginBp: above askMinMarginBp",
      "askAvgShares: at least askMinShares",
    ]);
  });
});

describe("rewards", () => {
  // Fair is the middle, 5000, which hardly moves in a second: a fill costs about 170 basis points in five.
  const parameters = parametersOf(rewards, { marketWeight: 1, skewPerShare: 0 });
  const pool = { sizeMin: shares(50), spreadMaxBp: 300, poolUsdPerDay: 1_440 };
  const paid = { ...MARKET, rewards: pool };
  const shownIn = (changed: Partial<View>, given = parameters): QuoteTarget =>
    rewards.quote(view({ market: paid, ...changed }), given) as QuoteTarget;
  const lost = (markout: number): RecentFill => ({
    side: "BUY",
    price: priceBp(4900),
    size: shares(50),
    heardAt: instant(0),
    midBp: 5000,
    markoutBp: { after1s: null, after5s: markout, after15s: null },
  });

  it.each<[what: string, poolUsdPerDay: number, expected: readonly [number, number]]>([
    // At 100 from the middle 22.2 of 23.3 points, and 20 shares a minute that lose 70 each: $.952 - .14 a minute;
    // at 200, 5.6 of 6.7 points and no loss: $.833. At 300 nothing is paid.
    ["far enough to lose nothing", 1_440, [4800, 5200]],
    ["near where the pool is ten times as large", 14_400, [4900, 5100]],
    ["far, too, for a pool of next to nothing", 0.1, [4800, 5200]],
  ])("rests %s", (_what, poolUsdPerDay, [bid, ask]) => {
    const market = { ...paid, rewards: { ...pool, poolUsdPerDay } };
    expect(shownIn({ market })).toMatchObject({ bid: leg(bid, 50), ask: leg(ask, 50) });
    // The same where only the user knows what the pool pays.
    const { poolUsdPerDay: _told, ...untold } = pool;
    expect(
      shownIn({ market: { ...paid, rewards: untold } }, { ...parameters, poolUsdPerDay }),
    ).toMatchObject({ bid: leg(bid, 50), ask: leg(ask, 50) });
  });

  it("shows nothing while fills cost more than the pool pays at any distance", () => {
    const market = { ...paid, opensAt: after(MARKET.opensAt, -600_000) };
    expect(shownIn({ market })).toMatchObject({ bid: leg(4900, 50) });
    // 20 fills of 50 shares in five minutes that lost 6 cents each: (20 + 1000) / 6 a minute, $5 and more.
    const fills = Array.from({ length: 20 }, () => lost(-600));
    expect(shownIn({ market, fills })).toMatchObject({
      bid: null,
      ask: null,
      mode: "normal",
      reason: "the reward pool pays less than adverse selection costs",
    });
  });

  it("is no nearer to fair than its least edge, in shares that are paid for", () => {
    const strict = { ...parameters, edgeMinBp: 130, sizeShares: 70 };
    const market = { ...paid, rewards: { ...pool, poolUsdPerDay: 1e6 } };
    expect(shownIn({ market }, strict)).toMatchObject({ bid: leg(4800, 70), ask: leg(5200, 70) });
  });

  it("leans against what is held, and never crosses itself", () => {
    const usual = parametersOf(rewards, { marketWeight: 1 });
    const bids: number[] = [];
    for (const spreadMaxBp of [150, 350, 450]) {
      for (let net = -140; net <= 140; net += 20) {
        const market = { ...paid, rewards: { ...pool, spreadMaxBp, poolUsdPerDay: 1e5 } };
        const held = inventory(net > 0 ? { YES: net } : { NO: -net });
        const { bid, ask } = shownIn({ market, inventory: held }, usual);
        if (bid === null || ask === null) continue;
        expect(bid.price).toBeLessThan(ask.price);
        if (spreadMaxBp === 450) bids.push(bid.price);
      }
    }
    expect(bids.length).toBeGreaterThan(2);
    expect(bids).toEqual(bids.toSorted((a, b) => b - a));
    expect(bids[0]).toBeGreaterThan(bids.at(-1) ?? 0);
  });

  it("shows nothing where there is no pool, or nobody knows what it pays, and stops without a book as digital does", () => {
    const nothing = { bid: null, ask: null, mode: "normal" };
    expect(shownIn({ market: MARKET })).toMatchObject({
      ...nothing,
      reason: "this market has no reward pool",
    });
    const { poolUsdPerDay: _told, ...untold } = pool;
    expect(shownIn({ market: { ...paid, rewards: untold } })).toMatchObject({
      ...nothing,
      reason: "what the reward pool pays a day is not known: set poolUsdPerDay",
    });
    expect(shownIn({ book: null })).toMatchObject({ mode: "stop" });
  });
});

describe("dummy", () => {
  it("is two fixed prices, whatever the market does; the bid below the ask", () => {
    const parameters = parametersOf(dummy, { bidBp: 3000, askBp: 7000, sizeShares: 5 });
    for (const it of [view(), view({ inventory: inventory({ YES: 500 }) })]) {
      expect(dummy.quote(it, parameters)).toMatchObject({ bid: leg(3000, 5), ask: leg(7000, 5) });
    }
    expect(dummy.parameters.safeParse({ bidBp: 6000 }).success).toBe(false);
  });
});

describe("[B] whatever a strategy answers", () => {
  const answering = (answer: () => unknown): AnyStrategy => ({
    ...dummy,
    quote: Object.assign(answer as never),
    fair: Object.assign(answer as never),
  });
  const anyLeg = fc.oneof(
    fc.constant(null),
    fc.record({
      price: fc.oneof(fc.integer({ min: -5, max: 10_005 }), fc.double(), fc.anything()),
      size: fc.oneof(fc.integer({ min: -5, max: 1e12 }), fc.double(), fc.anything()),
    }),
  );
  const nearlyTarget = fc.record(
    {
      mode: fc.constantFrom("normal", "caution", "oneSidedBuy", "oneSidedSell", "stop", "buy", 1),
      bid: anyLeg,
      ask: anyLeg,
      reason: fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), fc.anything()),
      fairBp: fc.oneof(fc.constant(null), fc.double(), fc.anything()),
      fairErrorBp: fc.oneof(fc.double(), fc.anything()),
      more: fc.anything(),
    },
    { requiredKeys: ["mode", "bid", "ask", "reason", "fairBp"] },
  );

  it("is a legal target or a STOP that names it; nothing is thrown, and a journal keeps it", () => {
    let legal = 0;
    fc.assert(
      fc.property(fc.oneof(nearlyTarget, nearlyTarget, fc.anything()), (given) => {
        const guard = guarded(
          answering(() => given),
          () => 0,
        );
        const answer = guard.answer(view(), {});
        if (isObservable(answer)) throw new Error("not an Observable");
        const { target, isFault } = answer;
        if (isFault) {
          expect(target.mode).toBe("stop");
          expect(target.reason).toMatch(/^dummy (answered|threw)/);
        } else legal += 1;
        for (const each of [target.bid, target.ask]) {
          if (each === null) continue;
          expect(Number.isInteger(each.price) && each.price > 0 && each.price < DOLLAR_BP).toBe(
            true,
          );
          expect(Number.isSafeInteger(each.size) && each.size > 0).toBe(true);
        }
        if (target.bid && target.ask) expect(target.bid.price).toBeLessThan(target.ask.price);
        expect(target.reason.length).toBeLessThan(300);
        expect(JSON.parse(JSON.stringify(target))).toEqual(target);
        // The same of its fair value.
        expect(() => guard.strategy.fair?.(view(), {})).not.toThrow();
      }),
      { numRuns: RUNS },
    );
    expect(legal).toBeGreaterThan(0);
  });

  it("what it does to its answer later changes nothing", () => {
    const mutable: Record<string, unknown> = {
      mode: "normal",
      bid: leg(4000, 20),
      ask: null,
      reason: "quoting",
      fairBp: null,
    };
    const answer = guarded(
      answering(() => mutable),
      () => 0,
    ).answer(view(), {});
    mutable["bid"] = "nonsense";
    expect(answer).toMatchObject({ target: { bid: leg(4000, 20) }, isFault: false });
  });
});

describe("a section chooses a strategy", () => {
  const problems = (section: unknown): readonly string[] =>
    chosenBy(section, "strategy", BUILT_IN, ["executor.budgetUsdc"]).problems;

  it.each<[section: unknown, expected: readonly string[]]>([
    [undefined, []],
    [{}, []],
    [{ name: "mid", halfSpreadBp: 100, holdBp: 5 }, []],
    [7, ["strategy: not an object, as in { … }"]],
    [
      { name: "mdi" },
      [
        'strategy.name: "mdi" is no strategy; did you mean mid? There are digital, mid, bands, rewards, dummy, and files',
      ],
    ],
    [{ name: 7 }, ["strategy.name: not a text: one of digital, mid, bands, rewards, dummy"]],
    [
      { name: "nobody", holdBp: 0 },
      [expect.stringContaining("no strategy"), "strategy.holdBp: at least 1 bp"],
    ],
    [{ name: "mid", bidBp: 4000 }, ["strategy.bidBp: not a parameter of mid, but of dummy"]],
    [{ halfSpredBp: 5 }, ["strategy.halfSpredBp: not a parameter; did you mean halfSpreadBp?"]],
    [
      { budgetUsdc: 5 },
      ["strategy.budgetUsdc: not a parameter; did you mean executor.budgetUsdc?"],
    ],
    [
      { name: "dummy", bidBp: 0, quietMs: -1, askMinShares: 3, unheard: 1 },
      [
        "strategy.askMinShares: not a parameter of dummy, but of bands",
        "strategy.unheard: not a parameter",
        "strategy.bidBp: at least 1 bp",
        "strategy.quietMs: at least 0 ms",
      ],
    ],
    [
      { file: "./x.js" },
      [expect.stringContaining("strategy.file: only the command line loads files")],
    ],
  ])("%j", (section, expected) => {
    expect(problems(section)).toEqual(expected);
  });

  it("each with defaults within its own ranges, and words for every parameter", () => {
    for (const strategy of BUILT_IN) {
      const { chosen } = chosenBy({ name: strategy.name }, "strategy", BUILT_IN);
      expect(chosen?.parameters).toMatchObject({ name: strategy.name, holdBp: 20 });
      for (const { standard, range } of parameterWords(strategy)) {
        expect([standard, range]).not.toContain("");
      }
      expect(problemsOfStrategy(strategy)).toEqual([]);
    }
    expect(commonWords().map(({ name }) => name)).toContain("pullBp");
  });

  it("an own parameter may have a common name: its default counts, within the common range", () => {
    const holding = (least: number): AnyStrategy => ({
      name: "holding",
      describe: "with a default of its own",
      parameters: z.strictObject({ holdBp: z.number().default(least) }),
      quote: () => dummy.quote(view(), parametersOf(dummy)),
    });
    const choice = chosenBy({ name: "holding" }, "strategy", [holding(5)]);
    expect(choice.chosen?.parameters.holdBp).toBe(5);
    const refused = chosenBy({ name: "holding" }, "strategy", [holding(0)]);
    expect(refused.problems).toEqual(["strategy.holdBp: at least 1 bp"]);
  });

  it("are frozen, lists and all: they are journalled, and what pulls and renews a quote reads them", () => {
    const listing: AnyStrategy = {
      ...dummy,
      name: "listing",
      parameters: z.strictObject({ levels: z.array(z.number()).default([1, 2]) }),
    };
    const { chosen } = chosenBy({ name: "listing" }, "strategy", [listing]);
    const parameters: Record<string, unknown> = chosen?.parameters ?? {};
    expect(() => (parameters["holdBp"] = Number.NaN)).toThrow(TypeError);
    expect(() => (parameters["levels"] as number[]).push(3)).toThrow(TypeError);
  });

  it.each<[what: string, schema: z.ZodType, words: RegExp]>([
    ["throws", z.object({ a: z.any().transform(() => JSON.parse("{")) }), /threw: SyntaxError/],
    [
      "gives an instance of a class, which a journal cannot keep",
      z.object({ a: z.any().transform(() => Object.create({ inherited: 1 }) as unknown) }),
      /^strategy\.a: .*cannot keep$/,
    ],
    [
      "gives what a journal cannot keep",
      z.object({ a: z.any().transform(() => new Map()) }),
      /strategy\.a: .*cannot keep/,
    ],
    [
      "gives a number that JSON has not",
      z.object({ a: z.any().transform(() => Infinity) }),
      /strategy\.a: .*cannot keep/,
    ],
  ])("a schema that %s is a problem, and nothing worse", (_what, parameters, words) => {
    const odd: AnyStrategy = { ...dummy, name: "odd", parameters };
    expect(chosenBy({ name: "odd", a: 1 }, "strategy", [odd]).problems).toEqual([
      expect.stringMatching(words),
    ]);
  });
});

describe("something that should be a strategy", () => {
  it("is told every problem of its shape at once", () => {
    expect(problemsOfStrategy(null)).toEqual([expect.stringContaining("not a strategy")]);
    expect(isStrategy({})).toBe(false);
    expect(
      problemsOfStrategy({ name: "no name", parameters: strategyParameters, qoute: 1, fair: 2 }),
    ).toEqual([
      "name: not a word of 1 to 40 letters, digits, - or _",
      "describe: not a text of at most 200 characters",
      "quote: not a function",
      "fair: not a function",
      "qoute: not a part of a strategy; did you mean quote?",
    ]);
  });
});
