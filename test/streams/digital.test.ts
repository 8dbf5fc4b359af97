import { describe, expect, it } from "vitest";
import { type View, strategyParameters, touchOf } from "../../src/streams/strategy/index.ts";
import { othersMicroprice } from "../../src/streams/strategy/othersBook.ts";
import { fair, quote, sampledOffset } from "../../src/streams/strategy/digital.ts";
import { probabilityOf } from "../../src/pricing/index.ts";
import {
  MICRO,
  type SettlementMean,
  epochMs,
  marketId,
  microShares,
  monotonicMs,
  priceBp,
  referencePrice,
} from "../../src/types/index.ts";
import { inventory, shares } from "../support/builders.ts";
import { MARKET, book, instant, level } from "../marbles/streams/legend.ts";
import { FIXED_SPREAD, NOTHING_RECENT, UNQUEUED } from "../support/quoting.ts";

const STRIKE = 100_000 * MICRO;
const VARIANCE = 1e-8;
const LEFT_SECONDS = 10_000;
const LEFT_VARIANCE = VARIANCE * LEFT_SECONDS;

const PARAMETERS = {
  ...strategyParameters.parse({}),
  ...FIXED_SPREAD,
  sizeShares: 20,
  skewPerShare: 0.004,
  oneSidedAtShares: 150,
};

const NOW = {
  epochMs: epochMs(MARKET.endsAt - LEFT_SECONDS * 1_000),
  monotonicMs: monotonicMs(0),
};

/** A market with `LEFT_SECONDS` to go, whose reference stands `z` standard deviations above. */
function view(z: number, changed: Partial<View> = {}): View {
  const price = STRIKE * Math.exp(z * Math.sqrt(LEFT_VARIANCE) + LEFT_VARIANCE / 2);
  return {
    now: NOW,
    market: { ...MARKET, strike: referencePrice(STRIKE) },
    book: { value: { YES: book(4000, 6000), NO: book(4000, 6000) }, receivedAt: instant(0) },
    reference: {
      price: { value: referencePrice(Math.round(price)), receivedAt: NOW },
      variancePerSecond: VARIANCE,
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
  };
}

const size = shares(20);
const at = (price: number) => ({ price: priceBp(price), size });

describe("quote", () => {
  it("half a spread on each side of fair, away from it to whole basis points", () => {
    // Phi(1) = 0.8413447
    expect(quote(view(1), PARAMETERS)).toMatchObject({
      mode: "normal",
      bid: at(8213),
      ask: at(8614),
      reason: "quoting",
      fairBp: 8413,
    });
  });

  it("[D] without a book, or without a price, on the present connection: STOP", () => {
    const { reference } = view(0);
    for (const blind of [{ book: null }, { reference: { ...reference, price: null } }]) {
      const target = quote(view(0, blind), PARAMETERS);
      expect(target).toMatchObject({ mode: "stop", bid: null, ask: null, fairBp: null });
    }
  });

  it("stock moves the centre: 100 YES make a coin's toss 0.4013 to us", () => {
    const long = quote(view(0, { inventory: inventory({ YES: 100 }) }), PARAMETERS);
    expect(long).toMatchObject({ bid: at(3813), ask: at(4214), fairBp: 5000 });
    const short = quote(view(0, { inventory: inventory({ NO: 100 }) }), PARAMETERS);
    expect(short).toMatchObject({ bid: at(5786), ask: at(6187), fairBp: 5000 });
    const both = quote(view(0, { inventory: inventory({ YES: 100, NO: 100 }) }), PARAMETERS);
    expect(both).toEqual(quote(view(0), PARAMETERS));
  });

  it.each([
    ["just below the limit", { YES: 149 }, "normal"],
    ["long at the limit", { YES: 150 }, "oneSidedSell"],
    ["short at the limit", { NO: 150 }, "oneSidedBuy"],
    ["long on balance", { YES: 400, NO: 250 }, "oneSidedSell"],
    ["balanced", { YES: 400, NO: 400 }, "normal"],
  ] as const)("%s: only the side that brings us back", (_where, stock, mode) => {
    const target = quote(view(0, { inventory: inventory(stock) }), PARAMETERS);
    expect(target.mode).toBe(mode);
    expect(target.bid === null).toBe(mode === "oneSidedSell");
    expect(target.ask === null).toBe(mode === "oneSidedBuy");
  });

  it("[E] matched counts as held: pending stock is a risk already", () => {
    const held = inventory({ YES: 100 });
    const pending = { ...held, YES: { ...held.YES, pendingIn: shares(50) } };
    expect(quote(view(0, { inventory: pending }), PARAMETERS).mode).toBe("oneSidedSell");
    const leaving = { ...held, YES: { ...held.YES, settled: shares(200), pendingOut: shares(60) } };
    expect(quote(view(0, { inventory: leaving }), PARAMETERS).mode).toBe("normal");
  });

  it("[F] a leg beyond a price's range is none; the other stays", () => {
    // Centre 9999.99 and 0.01 of a basis point: certainties are quoted as nearly that.
    expect(quote(view(40), PARAMETERS)).toMatchObject({ bid: at(9799), ask: null, fairBp: 10_000 });
    expect(quote(view(-40), PARAMETERS)).toMatchObject({ bid: null, ask: at(201), fairBp: 0 });
  });

  it("after the end the result is known; a tie is YES", () => {
    const now = { epochMs: MARKET.endsAt, monotonicMs: monotonicMs(0) };
    const ended = (micros: number): View => {
      const { reference } = view(0);
      const price = { value: referencePrice(STRIKE + micros), receivedAt: now };
      return view(0, { now, reference: { ...reference, price } });
    };
    expect(quote(ended(0), PARAMETERS).fairBp).toBe(10_000);
    expect(quote(ended(-1), PARAMETERS).fairBp).toBe(0);
  });

  it("[B] it knows no market rule: tick, minimum and size of the venue change nothing", () => {
    const strict = {
      tick: priceBp(1000),
      orderSizeMin: microShares(1_000 * MICRO),
      lot: microShares(7 * MICRO),
      notionalMin: MARKET.rules.notionalMin,
    };
    const changed = view(1, {
      market: { ...view(1).market, rules: strict, id: marketId("another") },
    });
    expect(quote(changed, PARAMETERS)).toEqual(quote(view(1), PARAMETERS));
  });
});

describe("a market that a mean settles", () => {
  const BEFORE_S = 20;
  const mean = (dollars: number, secondsLeft: number): SettlementMean => ({
    at: epochMs(MARKET.endsAt - secondsLeft * 1_000),
    mean: referencePrice(Math.round(dollars * MICRO)),
  });
  /** With `secondsLeft` to go; the feeds lie no distance apart. */
  const settling = (
    secondsLeft: number,
    price: number,
    settlement: Partial<NonNullable<View["settlement"]>>,
  ): View => {
    const now = {
      epochMs: epochMs(MARKET.endsAt - secondsLeft * 1_000),
      monotonicMs: monotonicMs(0),
    };
    return view(0, {
      now,
      market: { ...MARKET, strike: referencePrice(STRIKE), settledBy: "twap60" },
      reference: {
        price: { value: referencePrice(Math.round(price * MICRO)), receivedAt: now },
        variancePerSecond: VARIANCE,
        isHeld: false,
      },
      settlement: { mean: null, leaving: null, basis: NO_BASIS, ...settlement },
    });
  };
  const NO_BASIS = { offset: 0, variance: 0, at: 0 };
  const known = (dollars: number, secondsLeft: number) => ({
    mean: { value: mean(dollars, secondsLeft), receivedAt: instant(0) },
    leaving: referencePrice(100_000 * MICRO),
  });
  const fairBp = (of: View): number | null => quote(of, PARAMETERS).fairBp;

  it("in its last minute is worth what the mean so far makes of it, not what the price is", () => {
    // 10 of 60 seconds are left: 50 at 100,100 and 10 at 99,990 end at 100,081, at 100,000 or more.
    const far = settling(10, 99_990, known(100_100, 10));
    expect(fairBp(far)).toBe(10_000);
    const spot = { ...far, market: { ...far.market, settledBy: "spot" as const } };
    expect(fairBp(spot)).toBeLessThan(5_000);
  });

  it("before it, is worth what the price makes of it, with the minute averaged", () => {
    const early = settling(300, 100_030, {});
    // z = ln(100030/100000) / (1e-4 sqrt(300 - 39.5)) = 0.1858; Phi = 0.5737.
    expect(fairBp(early)).toBe(5_737);
  });

  it("in its last minute is priced without what leaves the mean, and is less sure of it", () => {
    const seen = settling(BEFORE_S, 100_010, known(100_000, BEFORE_S));
    const unseen = settling(BEFORE_S, 100_010, { ...known(100_000, BEFORE_S), leaving: null });
    // Guessed: 100,000 - 0.44 of 10 dollars leave where 100,000 left before: more comes than goes.
    expect(fairBp(unseen)).toBeGreaterThan(5_000);
    expect(fairBp(unseen)).toBeLessThan(10_000);
    expect(fairBp(unseen)).not.toBe(fairBp(seen));
  });

  it("in its last minute is shown no quote without the mean, and is no stop", () => {
    const blind = settling(BEFORE_S, 100_000, { ...known(100_000, BEFORE_S), mean: null });
    expect(quote(blind, PARAMETERS)).toMatchObject({ mode: "normal", bid: null, ask: null });
    expect(quote(blind, PARAMETERS).reason).toMatch(
      /^the mean that settles the market is not known/,
    );
    expect(fair(blind, PARAMETERS)).toBeNull();
  });

  it("is priced in the settlement feed's dollars: a distance between the feeds is taken out", () => {
    const apart = { offset: Math.log(100_000 / 99_950), variance: 0, at: 0 };
    const shifted = settling(300, 99_950 * 1.0003, { basis: apart });
    expect(fairBp(shifted)).toBe(fairBp(settling(300, 100_000 * 1.0003, {})));
  });

  it("says how far it may be wrong: more, the older its price", () => {
    const fresh = settling(300, 100_030, {});
    const old = { ...fresh, now: { ...fresh.now, epochMs: epochMs(fresh.now.epochMs + 4_000) } };
    const [less, more] = [fresh, old].map((of) => quote(of, PARAMETERS).fairErrorBp ?? 0);
    expect(less).toBeGreaterThan(0);
    expect(more).toBeGreaterThan(less ?? Infinity);
  });
});

describe("the market's own price", () => {
  const blend = { ...PARAMETERS, marketWeight: 0.8 };
  const evenly = { bids: [level(6900)], asks: [level(7100)] };
  const shown = (changed: Partial<View> = {}): View =>
    view(0, {
      book: { value: { YES: evenly, NO: book(2900, 3100) }, receivedAt: instant(0) },
      ...changed,
    });

  it("is blended with the model's in log odds", () => {
    // logit 0.7 = 0.8473; 0.8 of it and 0.2 of 0 is 0.6778, which is 0.6633.
    expect(quote(shown(), blend)).toMatchObject({ fairBp: 6_633, modelBp: 5_000 });
  });

  it("is the model's alone where a side of the book is empty, or the book is old", () => {
    const onesided = { YES: { bids: [], asks: [level(7100)] }, NO: book(2900, 3100) };
    const empty = shown({ book: { value: onesided, receivedAt: instant(0) } });
    expect(quote(empty, blend).fairBp).toBe(5_000);
    const old = shown({ now: { ...NOW, monotonicMs: monotonicMs(5_001) } });
    expect(quote(old, blend).fairBp).toBe(5_000);
  });

  it("is made by others: our own orders, of either token, are taken out of the book", () => {
    const ours = {
      bids: [level(6950), level(6900)],
      asks: [level(7050), level(7100)],
    };
    const ownSize = level(6950).size;
    const orders = [
      { token: "YES", side: "BUY", price: priceBp(6950), size: ownSize, ...UNQUEUED },
      { token: "NO", side: "BUY", price: priceBp(2950), size: ownSize, ...UNQUEUED },
    ] as const;
    const crowded = shown({
      book: { value: { YES: ours, NO: book(2900, 3100) }, receivedAt: instant(0) },
      orders,
    });
    expect(othersMicroprice(crowded)).toBeCloseTo(0.7, 10);
    const partly = shown({
      book: { value: { YES: evenly, NO: book(2900, 3100) }, receivedAt: instant(0) },
      orders: [
        {
          token: "YES",
          side: "BUY",
          price: priceBp(6900),
          size: microShares(ownSize / 2),
          ...UNQUEUED,
        },
      ],
    });
    // Half of the bid is others': less stands before the bid, so the price is nearer to it.
    expect(othersMicroprice(partly)).toBeCloseTo((0.71 * 0.5 + 0.69) / 1.5, 10);
  });
});

describe("the market's offset from the model", () => {
  const blend = { ...PARAMETERS, marketWeight: 0.8 };
  const evenly = { bids: [level(6900)], asks: [level(7100)] };
  /** The market at 70 cents, and the model at `z` deviations. */
  const seenAt = (ms: number, z: number, changed: Partial<View> = {}): View =>
    view(z, {
      now: { ...NOW, monotonicMs: monotonicMs(ms) },
      book: { value: { YES: evenly, NO: book(2900, 3100) }, receivedAt: instant(ms) },
      ...changed,
    });
  const sampled = (...views: readonly View[]) =>
    views.reduce<View["marketOffset"]>((before, seen) => sampledOffset(before, seen), null);
  const every200Ms = (fromMs: number, toMs: number, z: number): readonly View[] =>
    Array.from({ length: (toMs - fromMs) / 200 + 1 }, (_, index) =>
      seenAt(fromMs + index * 200, z),
    );

  it("is what the market says more, in log odds, and the first one counts whole", () => {
    // logit 0.7 less logit 0.5.
    expect(sampled(seenAt(0, 0))?.logOdds).toBeCloseTo(0.8473, 4);
  });

  it("moves fair at once and whole where the reference moves and the market has not followed yet", () => {
    const known = sampled(...every200Ms(0, 10_000, 0));
    const before = quote(seenAt(10_000, 0, { marketOffset: known }), blend);
    expect(before.fairBp).toBe(6_633);
    // Phi(-1) has log odds of -1.668; to which 0.8 of 0.8473 come, and hardly less for 50 ms of the new distance.
    const after = quote(seenAt(10_050, -1, { marketOffset: known }), blend);
    expect(probabilityOf(-1.668 + 0.678) * 10_000).toBeCloseTo(2_709, 0);
    expect(after.fairBp).toBeGreaterThan(2_709);
    expect(after.fairBp).toBeLessThan(2_740);
  });

  it("never carries fair beyond what the model and the market say", () => {
    const known = sampled(...every200Ms(0, 10_000, 0));
    // The model has gone past a market that is still at 70.
    expect(quote(seenAt(10_050, 1, { marketOffset: known }), blend).fairBp).toBe(8_413);
    // A decided window: the market has no price below a cent or two, the model has, and then both come back a little.
    const low = { YES: { bids: [level(100)], asks: [level(300)] }, NO: book(9_700, 9_900) };
    const decided = (ms: number, z: number, offset: View["marketOffset"]): View => ({
      ...seenAt(ms, z, { marketOffset: offset }),
      book: { value: low, receivedAt: instant(ms) },
    });
    const far = sampledOffset(null, decided(0, -5, null));
    expect(far?.logOdds).toBeGreaterThan(8);
    expect(quote(decided(100, -2.5, far), blend).fairBp).toBeGreaterThan(61);
    expect(quote(decided(100, -2.5, far), blend).fairBp).toBeLessThan(201);
  });

  it("is half forgotten after five seconds, and comes to what the market stands by", () => {
    const first = sampled(...every200Ms(0, 10_000, 0));
    // Phi(1) is 1.668 in log odds: 0.8473 - 1.668.
    const later = (ms: number) => sampledOffsets(first, every200Ms(10_200, 10_000 + ms, 1));
    expect(later(5_000)).toBeCloseTo((0.8473 - 0.8207) / 2, 1);
    expect(later(60_000)).toBeCloseTo(-0.8207, 2);
  });
  const sampledOffsets = (before: View["marketOffset"], views: readonly View[]): number =>
    views.reduce((known, seen) => sampledOffset(known, seen), before)?.logOdds ?? NaN;

  it("is the same however often it was seen", () => {
    const seldom = sampled(seenAt(0, 0), seenAt(4_000, 1));
    const often = sampledOffsets(sampled(seenAt(0, 0)), [
      seenAt(1_000, 1),
      seenAt(2_000, 1),
      seenAt(4_000, 1),
    ]);
    expect(often).toBeCloseTo(seldom?.logOdds ?? NaN, 10);
  });

  it.each([
    ["a book", { book: null }],
    [
      "a price of others",
      { book: { value: { YES: { bids: [], asks: [level(7100)] }, NO: book(2900, 3100) } } },
    ],
    ["a price", { reference: { ...view(0).reference, price: null } }],
    ["a price that is believed", { reference: { ...view(1).reference, isHeld: true } }],
  ] as const)("stays as it was without %s", (_what, changed) => {
    const known = sampled(seenAt(0, 0));
    const receivedAt = instant(200);
    const seen = seenAt(200, 1, changed as Partial<View>);
    const bookThen = seen.book && { ...seen.book, receivedAt };
    expect(sampledOffset(known, { ...seen, book: bookThen })).toBe(known);
  });

  it("begins anew after a gap of more than five seconds", () => {
    const known = sampled(seenAt(0, 0));
    expect(sampledOffset(known, seenAt(5_000, 1))?.logOdds).toBeGreaterThan(-0.8);
    expect(sampledOffset(known, seenAt(5_001, 1))?.logOdds).toBeCloseTo(-0.8207, 3);
  });

  it("is that of before where others show no price just now, for five seconds, and then none", () => {
    const known = sampled(...every200Ms(0, 10_000, 0));
    const gone = { YES: { bids: [], asks: [level(7100)] }, NO: book(2900, 3100) };
    const unseen = (ms: number): View => ({
      ...seenAt(ms, 0, { marketOffset: known }),
      book: { value: gone, receivedAt: instant(ms) },
    });
    expect(quote(unseen(10_050), blend).fairBp).toBe(6_633);
    expect(quote(unseen(15_000), blend).fairBp).toBe(6_633);
    expect(quote(unseen(15_001), blend).fairBp).toBe(5_000);
    expect(sampledOffset(known, unseen(10_200))).toBe(known);
  });

  it("counts a book that is confirmed as one of now, and one that is not for five seconds", () => {
    const known = sampled(...every200Ms(0, 10_000, 0));
    const quiet = (ms: number, bookSeenAt: number): View => ({
      ...seenAt(ms, 0, { marketOffset: sampledOffset(known, seenAt(ms, 0)) }),
      book: { value: { YES: evenly, NO: book(2900, 3100) }, receivedAt: instant(10_000) },
      bookSeenAt: monotonicMs(bookSeenAt),
    });
    expect(quote(quiet(20_000, 19_000), blend).fairBp).toBe(6_633);
    const old = { ...quiet(20_000, 10_000), marketOffset: known };
    expect(quote(old, blend).fairBp).toBe(5_000);
  });
});

describe("the spread", () => {
  const moving = { ...PARAMETERS, spreadPerMove: 1, reactionMs: 250, pullMoves: 1.25 };

  it("grows with how far fair moves while we react", () => {
    // phi(0) / sqrt(10,000) * sqrt(0.25) = 0.00199 of a dollar.
    const { bid, ask } = quote(view(0), moving);
    expect([bid?.price, ask?.price]).toEqual([4_780, 5_220]);
  });

  it("grows with the reaction that was measured in this market, once it was", () => {
    // With the debounce's ceiling of 150 ms it is a second, of which the root is twice that of 250 ms.
    const measured = { latency: { roundTripMs: 850 } };
    const { bid, ask } = quote(view(0, measured), moving);
    expect([bid?.price, ask?.price]).toEqual([4_760, 5_240]);
    const [fast, slow] = [100, 850].map(
      (roundTripMs) => fair(view(0, { latency: { roundTripMs } }), moving)?.standardError,
    );
    expect(slow).toBeGreaterThan(fast ?? Infinity);
  });
});

describe("touchOf", () => {
  it("the best price of each side of each token; null where there is none", () => {
    const books = {
      YES: { bids: [level(4000), level(3900)], asks: [level(6000), level(6100)] },
      NO: { bids: [], asks: [level(6100)] },
    };
    expect(touchOf({ value: books, receivedAt: instant(0) })).toEqual({
      YES: { bid: 4000, ask: 6000 },
      NO: { bid: null, ask: 6100 },
    });
    expect(touchOf(null)).toEqual({ YES: { bid: null, ask: null }, NO: { bid: null, ask: null } });
  });
});

describe("strategyParameters", () => {
  it("every knob has a default within its own range", () => {
    const defaults = strategyParameters.parse({});
    expect(strategyParameters.parse(defaults)).toEqual(defaults);
  });

  it("every problem is reported at once, an unknown name too", () => {
    const { error } = strategyParameters.safeParse({ halfSpreadBp: 5, quietMs: -1, speed: 9 });
    expect(error?.issues.flatMap(({ path, code }) => (path.length > 0 ? path : [code]))).toEqual([
      "halfSpreadBp",
      "quietMs",
      "unrecognized_keys",
    ]);
  });
});
