/** Several series at once, and what decides a window of each. */
import { describe, expect, it } from "vitest";
import { MARKETS_KEPT } from "../../../src/sim/exchange/timeStep.ts";
import { twapAt, windowPricesAt, withPrice } from "../../../src/sim/exchange/referenceSeconds.ts";
import { type MarketState, runningMarkets } from "../../../src/sim/exchange/state.ts";
import { after, MICRO, referencePrice } from "../../../src/types/index.ts";
import {
  exchangeHarness,
  type ExchangeHarness,
  only,
  reasonOf,
  START,
  WINDOW_MS,
} from "../exchange/exchangeHarness.ts";

const dollars = (count: number) => referencePrice(Math.round(count * MICRO));
const ALL = [
  { name: "spot", settledBy: "spot" },
  { name: "minute", settledBy: "twap60" },
  { name: "hour", settledBy: "candle" },
] as const;

const windowsOf = (venue: ExchangeHarness, name: string): readonly MarketState[] =>
  [...venue.state().markets.values()].filter(({ series }) => series === name);

describe("a window is decided", () => {
  /** All three strikes are 60,000; the last minute is below it for two thirds, and ends above. */
  function lastMinute(): ExchangeHarness {
    const venue = exchangeHarness({}, { series: ALL });
    venue.wait(WINDOW_MS - 60_000);
    for (let second = 1; second < 60; second += 1) {
      venue.wait(1_000);
      venue.run({ type: "reference", price: dollars(second <= 40 ? 59_990 : 60_010) });
    }
    venue.wait(1_000);
    return venue;
  }

  it("by the price itself, at once", () => {
    const venue = lastMinute();
    const [over, next] = windowsOf(venue, "spot");
    expect([over?.winner, next?.market.strike]).toEqual(["YES", dollars(60_010)]);
  });

  it("by the TWAP of its last minute, once that is over; the next strike is the same TWAP", () => {
    const venue = lastMinute();
    expect(windowsOf(venue, "minute")).toMatchObject([{ winner: null }]);
    venue.run({ type: "reference", price: dollars(60_020) });
    venue.wait(50);
    const twap = (40 * 59_990 + 19 * 60_010 + 60_020) / 60;
    const [over, next] = windowsOf(venue, "minute");
    expect([over?.winner, next?.market.strike]).toEqual(["NO", dollars(twap)]);
  });

  it("by the close of its candle; the next strike is the open of the next candle", () => {
    const venue = lastMinute();
    venue.run({ type: "reference", price: dollars(59_000) });
    venue.wait(50);
    const [over, next] = windowsOf(venue, "hour");
    expect([over?.winner, next?.market.strike]).toEqual(["YES", dollars(59_000)]);
  });

  it("by the last known price after a second without a reference", () => {
    const venue = lastMinute();
    venue.wait(999);
    expect(windowsOf(venue, "hour")).toHaveLength(1);
    venue.wait(1);
    for (const { name } of ALL)
      expect(windowsOf(venue, name).map(({ winner }) => winner !== null)).toEqual([true, false]);
    expect(windowsOf(venue, "hour")[1]?.market.strike).toBe(dollars(60_010));
  });
});

describe("several series", () => {
  it("run side by side, and spend the same dollars", () => {
    const venue = exchangeHarness({ m: 100 }, { series: ALL });
    expect(runningMarkets(venue.state()).map(({ series }) => series)).toEqual(
      ALL.map(({ name }) => name),
    );
    const order = { account: "m", token: "YES", side: "BUY", price: 5000, size: 150 } as const;
    const inSeries = (name: string, size: number) => {
      const { id, tokenIds } = windowsOf(venue, name)[0]?.market ?? expect.unreachable(name);
      const ticket = { market: id, tokenId: tokenIds.YES };
      return reasonOf(venue.place({ ...order, id: `${name} ${size}`, size, ticket }));
    };
    // Each market reserves on its own.
    expect([inSeries("spot", 150), inSeries("minute", 150)]).toEqual([null, null]);
    expect(inSeries("spot", 60)).toBe("insufficientBalance");
  });

  it("end and begin together, and each keeps its own windows", () => {
    const venue = exchangeHarness({}, { series: ALL, policy: { windowsAhead: 1 } });
    const opened = only(venue.wait(WINDOW_MS + 1_000), "market.opened");
    expect(opened).toHaveLength(ALL.length);
    for (let turns = 0; turns < MARKETS_KEPT + 3; turns += 1) venue.wait(WINDOW_MS + 1_000);
    for (const { name } of ALL) expect(windowsOf(venue, name)).toHaveLength(MARKETS_KEPT + 1);
  });
});

describe("the seconds of a reference", () => {
  it("are 61, each with its first and its last price", () => {
    let seconds = withPrice([], dollars(1), START);
    for (let tick = 1; tick <= 130; tick += 1)
      seconds = withPrice(seconds, dollars(1 + tick), after(START, tick * 500));
    expect(seconds).toHaveLength(61);
    expect(seconds[0]).toEqual({ at: START + 5_000, first: dollars(11), last: dollars(12) });
    expect(seconds.at(-1)).toEqual({ at: START + 65_000, first: dollars(131), last: dollars(131) });
    // Of the seconds 6 to 65: the first prices 13, 15 … 131.
    expect(twapAt(seconds, after(START, 65_000))).toBe(dollars(72));
    expect(twapAt(seconds, START)).toBeNull();
  });

  it("give no price of a boundary before a second of silence, and do not matter when the price decides", () => {
    const known = { reference: dollars(7), seconds: [] };
    expect(windowPricesAt("twap60", known, START, after(START, 999))).toBeNull();
    const prices = { closes: dollars(7), opens: dollars(7) };
    expect(windowPricesAt("spot", known, START, START)).toEqual(prices);
    expect(windowPricesAt("twap60", known, START, after(START, 1_000))).toEqual(prices);
  });
});
