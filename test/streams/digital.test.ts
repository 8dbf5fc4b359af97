import { describe, expect, it } from "vitest";
import {
  type View,
  pullTarget,
  strategyParameters,
  touchOf,
} from "../../src/streams/strategy/index.ts";
import { quote } from "../../src/streams/strategy/digital.ts";
import {
  MICRO,
  epochMs,
  marketId,
  microShares,
  monotonicMs,
  priceBp,
  referencePrice,
} from "../../src/types/index.ts";
import { inventory, shares } from "../support/builders.ts";
import { MARKET, book, instant, level } from "../marbles/streams/legend.ts";
import { FIXED_SPREAD } from "../support/quoting.ts";

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
    orders: [],
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

describe("pullTarget", () => {
  it("[C] a pull shows nothing and stops nothing", () => {
    expect(pullTarget(5000)).toMatchObject({ mode: "normal", bid: null, ask: null, fairBp: 5000 });
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
