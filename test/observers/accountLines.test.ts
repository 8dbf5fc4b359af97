import { expect, it } from "vitest";
import type { Notice } from "../../src/account/index.ts";
import { accountLines } from "../../src/observers/accountLines.ts";
import { type LimitHit, epochMs, marketId } from "../../src/types/index.ts";
import { dollars } from "../support/builders.ts";

const HIT: LimitHit = {
  limit: "lossPerDayUsd",
  action: "halt",
  value: 52.123456,
  max: 50,
  since: epochMs(0),
};
const ACCOUNT = { type: "account" } as const;
const MARKET = { type: "market", market: marketId("0x1") } as const;

it.each<[notice: Notice, level: string, text: string, facts: object]>([
  [
    { type: "limit.hit", scope: ACCOUNT, hit: HIT },
    "warn",
    "account limit hit",
    { limit: "lossPerDayUsd", value: 52.12, max: 50, action: "halt" },
  ],
  [
    { type: "limit.hit", scope: MARKET, hit: { ...HIT, limit: "lossPerWindowUsd" } },
    "warn",
    "account limit hit",
    { limit: "lossPerWindowUsd", market: "name of 0x1" },
  ],
  [
    {
      type: "limit.cleared",
      scope: { type: "reference", reference: "eth" },
      hit: HIT,
      reason: "seen",
      who: "ann",
      base: { from: 0, to: -52.1 },
    },
    "warn",
    "account limit cleared",
    { reference: "eth", who: "ann", reason: "seen", hitAt: 52.12, nowFrom: -52.1 },
  ],
  [
    { type: "limit.ended", scope: ACCOUNT, hit: HIT, value: 39.9 },
    "info",
    "account limit no longer hit",
    { value: 39.9, max: 50 },
  ],
  [
    { type: "limit.notCleared", limit: "x", why: "it is not hit" },
    "warn",
    "account limit not cleared",
    { limit: "x", why: "it is not hit" },
  ],
  [
    { type: "cash.adopted", cash: dollars(10), change: null },
    "info",
    "account cash",
    { cash: "10" },
  ],
  [
    { type: "cash.adopted", cash: dollars(12), change: dollars(2) },
    "warn",
    "account cash changed from outside",
    { cash: "12", change: "2" },
  ],
  [
    { type: "cash.short", cash: dollars(7), missing: dollars(3) },
    "warn",
    "account cash below our own sum",
    { cash: "7", missing: "3" },
  ],
  [
    { type: "market.kept", market: marketId("0x1"), held: dollars(4) },
    "warn",
    "market left with cash or an order out",
    { market: "name of 0x1", held: "4" },
  ],
  [
    { type: "day.began", day: 1, resultBefore: dollars(-3) },
    "info",
    "account day began",
    { resultBefore: "-3" },
  ],
])("says %j", (notice, level, text, facts) => {
  const lines = accountLines(notice, (id) => `name of ${id}`);
  expect(lines).toMatchObject([{ level, text, facts }]);
});

it("leaves the result of a market to its own line", () => {
  const closed: Notice = {
    type: "market.closed",
    market: marketId("0x1"),
    result: dollars(1),
  };
  expect(accountLines(closed, String)).toEqual([]);
});
