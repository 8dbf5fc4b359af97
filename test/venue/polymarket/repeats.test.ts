/** What a channel says again: what is dropped, and what must never be. */
import { describe, expect, it } from "vitest";
import { type TradeStatus, type UserItem, epochMs, tradeId } from "../../../src/types/index.ts";
import {
  TRADES_REMEMBERED_MAX,
  withoutRepeatedFrames,
  withoutRepeatedTrades,
} from "../../../src/venue/polymarket/channels/repeats.ts";
import type { PolymarketFrame } from "../../../src/venue/polymarket/decode/index.ts";

/** A frame is words: `matched:1` a report of trade 1, `live:1` one of an order, `!` is garbled. */
function decode(text: string): PolymarketFrame<UserItem> {
  const words = text.split(" ").filter((word) => word !== "" && word !== "!");
  const items = words.map((word): UserItem => {
    const [status = "", id = ""] = word.split(":");
    return status === "live"
      ? ({ type: "order", report: { orderId: id, status } } as unknown as UserItem)
      : {
          type: "trade",
          report: {
            id: tradeId(id),
            status: status as TradeStatus,
            matchedAt: epochMs(1),
            fills: [],
          },
        };
  });
  const warnings = text.includes("!") ? [{ type: "garbled" as const, sample: text }] : [];
  return { items, warnings };
}

/** What is left of each frame. */
const left = (...frames: readonly string[]): readonly number[] => {
  const read = withoutRepeatedTrades(decode);
  return frames.map((text) => read(text).items.length);
};

describe("a repeated report", () => {
  it.each<[string, readonly string[], readonly number[]]>([
    ["of a trade is dropped", ["matched:1", "matched:1", "matched:1"], [1, 0, 0]],
    [
      "of a trade is dropped between others, and in one frame with others",
      ["matched:1", "matched:2", "matched:1", "", "matched:1 mined:2 matched:1"],
      [1, 1, 0, 0, 1],
    ],
    [
      "passes where the trade has had another status since",
      ["matched:1", "retrying:1", "matched:1", "mined:1", "mined:1", "failed:1"],
      [1, 1, 1, 1, 0, 1],
    ],
    [
      "of an order passes, because each is a sighting",
      ["live:1", "live:1", "live:1 matched:1", "live:1 matched:1"],
      [1, 1, 2, 1],
    ],
  ])("%s", (_, frames, expected) => {
    expect(left(...frames)).toEqual(expected);
  });

  it("passes on the next connection", () => {
    expect([left("matched:1"), left("matched:1")]).toEqual([[1], [1]]);
  });

  it("is known among the last trades only: what is remembered has a bound", () => {
    const others = Array.from({ length: TRADES_REMEMBERED_MAX }, (_, at) => `matched:other-${at}`);
    expect(left("matched:1", ...others.slice(1), "matched:1").at(-1)).toBe(0);
    expect(left("matched:1", ...others, "matched:1").at(-1)).toBe(1);
  });

  it("is known longest of the trade with the latest news, however old that trade is", () => {
    const others = Array.from({ length: TRADES_REMEMBERED_MAX }, (_, at) => `matched:other-${at}`);
    const full = ["matched:1", ...others.slice(1)];
    expect(left(...full, "mined:1", "matched:new", "mined:1").at(-1)).toBe(0);
  });
});

describe("a repeated frame", () => {
  const counted = () => {
    let decoded = 0;
    const read = withoutRepeatedFrames(
      (text) => {
        decoded += 1;
        return decode(text);
      },
      () => true,
    );
    return { read, decoded: () => decoded };
  };

  it("is not even decoded", () => {
    const { read, decoded } = counted();
    for (let times = 0; times < 1_000; times += 1) read("matched:1");
    expect(decoded()).toBe(1);
  });

  it("that was not understood is warned of each time", () => {
    const { read } = counted();
    const warnings = ["matched:1 !", "matched:1 !"].map((text) => read(text).warnings.length);
    expect(warnings).toEqual([1, 1]);
  });

  it("is one like the frame right before it: a level that went and came back is news", () => {
    const { read } = counted();
    const items = ["matched:1", "mined:1", "matched:1"].map((text) => read(text).items.length);
    expect(items).toEqual([1, 1, 1]);
  });
});
