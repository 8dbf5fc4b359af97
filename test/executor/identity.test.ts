/** The names of what we ask for: computed, never drawn, so a replay asks for the same. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { requestIdOf, saltOf } from "../../src/executor/identity.ts";
import { marketId } from "../../src/types/index.ts";
import { RUNS, quote, trading } from "../support/builders.ts";

const MARKET = marketId("market");

describe("the salt of an order", () => {
  it("is a number the venue's JSON can carry, of 53 bits, and uses them", () => {
    const salts = Array.from({ length: 2_000 }, (_, step) => saltOf("nonce", MARKET, step, 0));
    for (const salt of salts) expect(Number.isSafeInteger(salt)).toBe(true);
    expect(Math.min(...salts)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...salts)).toBeGreaterThan(2 ** 52);
    expect(salts.filter((salt) => salt % 2 === 1).length).toBeGreaterThan(900);
  });

  it("is the same for the same session, market, step and leg, and another for any other", () => {
    const any = fc.record({
      nonce: fc.constantFrom("one", "other"),
      market: fc.constantFrom("a", "b").map(marketId),
      step: fc.nat({ max: 50 }),
      leg: fc.nat({ max: 3 }),
    });
    fc.assert(
      fc.property(any, any, (a, b) => {
        const [one, other] = [a, b].map((it) => saltOf(it.nonce, it.market, it.step, it.leg));
        const isSame = JSON.stringify(a) === JSON.stringify(b);
        expect(one === other).toBe(isSame);
      }),
      { numRuns: RUNS },
    );
  });
});

describe("requests", () => {
  it("are named by market, step and kind", () => {
    expect(requestIdOf(MARKET, 7, "survey")).toBe("market/7/survey");
  });
});

describe("a ticket", () => {
  it("says all that the venue will see, and is good for its life and the venue's minute", () => {
    const day = trading({ YES: 10 });
    day.intends({ ask: quote(10, 55) });
    const { epochMs } = day.now();
    expect(day.legs()).toMatchObject([
      {
        orderId: day.id("SELL YES 10 @ 0.55"),
        epoch: { account: 0, market: 0 },
        liveAfter: 1,
        ticket: {
          market: "market",
          tokenId: "yes",
          side: "SELL",
          price: 5500,
          size: 10_000_000,
          createdAt: epochMs,
          expiresAt: epochMs + 240_000,
          orderType: "GTD",
          postOnly: true,
        },
      },
    ]);
  });

  it("expires on a whole second, never earlier than its life", () => {
    const day = trading();
    day.waits(1);
    day.intends({ bid: quote(10, 45) });
    const [leg] = day.legs();
    expect((leg?.ticket.expiresAt ?? 0) % 1_000).toBe(0);
    expect((leg?.ticket.expiresAt ?? 0) - day.now().epochMs).toBeGreaterThanOrEqual(240_000);
  });

  it("[C] carries what a cancel-all would cost once it rests, leg by leg", () => {
    const day = trading({ YES: 10 });
    day.intends({ bid: quote(10, 45), ask: quote(20, 55) });
    expect(day.legs().map(({ liveAfter }) => liveAfter)).toEqual([1, 2, 3]);
  });

  it("the legs of one step all have ids of their own", () => {
    const day = trading({ YES: 10, NO: 10 });
    day.intends({ bid: quote(20, 45), ask: quote(20, 55) });
    const ids = day.legs().map(({ orderId }) => orderId);
    expect([ids.length, new Set(ids).size]).toEqual([4, 4]);
    const waves = day.effects().filter(({ type }) => type === "place");
    expect(waves.map((wave) => wave.type === "place" && wave.slot)).toEqual(["bid", "ask"]);
  });
});
