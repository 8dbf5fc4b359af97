/** What the faults of frames make of real texts of the served venue. */
import { describe, expect, it } from "vitest";
import { random } from "../../../src/sim/exchange/random.ts";
import { CALM, controlled, controlWire } from "../../../src/sim/server/control/conditions.ts";
import { drawFrameTexts } from "../../../src/sim/server/control/frameFaults.ts";
import type { Channel } from "../../../src/sim/faults/index.ts";
import { decodeBinance } from "../../../src/venue/binance/index.ts";
import { START } from "./served.ts";

const texts = (channel: Channel, frame: object, ...commands: readonly object[]) => {
  const conditions = commands.reduce<typeof CALM>(
    (reached, command) => controlled(reached, controlWire.parse(command), START),
    CALM,
  );
  return drawFrameTexts(JSON.stringify(frame), channel, conditions, START, random(7)).map(
    (text) => JSON.parse(text) as Record<string, unknown>,
  );
};

const QUOTE = {
  stream: "btcusdt@bookTicker",
  data: { u: 1, s: "BTCUSDT", b: "59999.99", B: "1", a: "60000.01", A: "1" },
};
const TICK = {
  stream: "btcusdt@trade",
  data: { e: "trade", E: 1, s: "BTCUSDT", t: 1, p: "60000", q: "1", T: 1, m: false },
};
const TRADE = {
  event_type: "trade",
  id: "t1",
  side: "BUY",
  size: "20",
  maker_orders: [{ order_id: "0xours", side: "SELL", matched_amount: "20", price: "0.48" }],
};
const ORDER = { event_type: "order", id: "0xours", type: "PLACEMENT" };
const BOOK = {
  event_type: "book",
  market: "0xm",
  asset_id: "1",
  timestamp: "5",
  bids: [],
  asks: [],
};

describe("frames", () => {
  it("are what they were without a fault of theirs", () => {
    for (const [channel, frame] of [
      ["reference", QUOTE],
      ["user", TRADE],
      ["user", ORDER],
      ["market", BOOK],
    ] as const) {
      expect(texts(channel, frame, { do: "failTrades", ratio: 1 })).toEqual([frame]);
    }
  });

  it("of the reference: an odd price is a price that decodes, far from the true one", () => {
    const [odd] = texts("reference", QUOTE, { do: "oddPrices", ratio: 1 });
    const [item] = decodeBinance(JSON.stringify(odd)).items;
    expect(Math.abs(Number(item?.price) / 60_000_000_000 - 1)).toBeGreaterThanOrEqual(0.09);
    expect(texts("reference", TICK, { do: "oddPrices", ratio: 1 })).toEqual([TICK]);
  });

  it("of the reference: while muted, trades go on and quotes do not", () => {
    expect(texts("reference", QUOTE, { do: "mute" })).toEqual([]);
    expect(texts("reference", TICK, { do: "mute" })).toEqual([TICK]);
  });

  it("of a trade: another trade of the same orders contradicts them", () => {
    const [first, second] = texts("user", TRADE, { do: "contradictTrades", ratio: 1 });
    expect(first).toEqual(TRADE);
    expect(second).toMatchObject({ id: "t1-odd", side: "SELL", size: "500" });
    expect(second?.["maker_orders"]).toMatchObject([
      { order_id: "0xours", side: "BUY", matched_amount: "500" },
    ]);
  });

  it("of an order: the same follows for an id that every object has", () => {
    const [, odd] = texts("user", ORDER, { do: "oddIds", ratio: 1 });
    expect(String(odd?.["id"]) in {}).toBe(true);
  });

  it("of a book: it may leave out its tick and its last trade", () => {
    const whole = { ...BOOK, tick_size: "0.01", last_trade_price: "0.5", hash: "h" };
    const told = texts("market", whole, { do: "sparseFrames", ratio: 1 });
    expect(told).toEqual([{ ...BOOK, hash: "h" }]);
  });

  it.each([
    ["market", { ...BOOK, tags: [] }, "tags"],
    ["user", { ...TRADE, bucket_index: 0 }, "bucket_index"],
  ] as const)("of the %s channel: fields that nobody needs drift", (channel, frame, name) => {
    const [drifted] = texts(channel, frame, { do: "driftFields", ratio: 1 });
    const { [name]: value, ...others } = { [name]: undefined, ...drifted };
    expect(value).not.toEqual(frame[name as keyof typeof frame]);
    const { [name as "tags"]: _, ...needed } = frame as Record<string, unknown>;
    expect(others).toMatchObject(needed);
    expect(others).toHaveProperty("sinceYesterday");
  });

  it("of a book: a tick size follows that fits no grid", () => {
    expect(texts("market", BOOK, { do: "oddTicks", ratio: 1 })).toMatchObject([
      BOOK,
      { event_type: "tick_size_change", asset_id: "1", new_tick_size: "0.03" },
    ]);
  });
});
