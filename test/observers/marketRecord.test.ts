import { describe, expect, it } from "vitest";
import { type ExecutorState, initialState } from "../../src/executor/index.ts";
import { type MarketRecord, recorded, resultOf } from "../../src/observers/marketRecord.ts";
import { epochMs, tradeId } from "../../src/types/index.ts";
import { UNHALTED, fill, instant, market, working } from "../support/builders.ts";

const STATE = initialState(market(), instant(0), UNHALTED);
const ORDER = working("BUY YES 20 @ 0.4");
const entry = {
  tradeId: tradeId("a trade"),
  fill: fill(ORDER, 7),
  status: "mined",
  matchedAt: epochMs(0),
  isBaseline: false,
  doubt: null,
  isDisputed: false,
} as const;
const trades: ExecutorState["trades"] = { shard: { "a trade": entry } };
const traded: MarketRecord = recorded(recorded(undefined, STATE), { ...STATE, trades });

describe("the result of a market", () => {
  it("follows what the fills were worth as they were heard of, also with the same trades", () => {
    const at = (fairBp: number): number =>
      resultOf({ ...traded, fairs: { shard: { "a trade": fairBp } } }).sale.spread;
    expect([at(4_000), at(5_000), at(4_000)]).toEqual([0, 700_000, 0]);
  });

  it("follows the mark and the winner, also with the same trades", () => {
    const at = (fairBp: number | null, winner: "YES" | null = null): readonly number[] => {
      const { sale, model, fills } = resultOf({
        ...traded,
        state: { ...traded.state, winner },
        fairBp,
      });
      return [fills, model.unrealised, sale.realised];
    };
    expect(at(4_000)).toEqual([1, 0, 0]);
    expect(at(5_000)).toEqual([1, 700_000, 0]);
    expect(at(5_000, "YES")).toEqual([1, 0, 4_200_000]);
    expect(at(4_000)).toEqual([1, 0, 0]);
  });

  it("forgets a fill whose trade has failed", () => {
    const failed = { shard: { "a trade": { ...entry, status: "failed" as const } } };
    expect(resultOf(recorded(traded, { ...traded.state, trades: failed })).fills).toBe(0);
    expect(resultOf(traded).fills).toBe(1);
  });
});
