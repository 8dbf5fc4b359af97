/** Maker rebates: a part of the takers' fees, paid at midnight UTC. */
import { describe, expect, it } from "vitest";
import { type Rebate, REBATE_MIN } from "../../../src/sim/exchange/rebates.ts";
import { takerFee } from "../../../src/sim/exchange/fees.ts";
import { DOLLAR_BP, priceBp } from "../../../src/types/index.ts";
import {
  exchangeHarness,
  type ExchangeHarness,
  dollars,
  shares,
  START,
} from "./exchangeHarness.ts";

const FEE = { rateBp: 700, exponent: 1 };
const DAY_MS = 86_400_000;
const UNTIL_MIDNIGHT_MS = DAY_MS - (START % DAY_MS);
const WINDOW_MS = 4 * DAY_MS;

const opened = (): ExchangeHarness =>
  exchangeHarness(
    { m: 10_000, n: 10_000, t: 10_000 },
    { windowMs: WINDOW_MS, policy: { fee: FEE } },
  );

let count = 0;
const buy = (
  venue: ExchangeHarness,
  account: string,
  token: "YES" | "NO",
  size: number,
  price = 5000,
) => venue.place({ account, id: `order ${(count += 1)}`, token, side: "BUY", price, size });

const cash = (venue: ExchangeHarness, account: string): number =>
  venue.state().accounts.get(account)?.cash ?? Number.NaN;
const earned = (venue: ExchangeHarness): readonly Rebate[] => [
  ...(venue.state().rebates.at(-1)?.earned.values() ?? []),
];

describe("maker rebates", () => {
  it("are a fifth of the fee, shared by filled size, once the trade is mined", () => {
    const venue = opened();
    buy(venue, "m", "YES", 300);
    buy(venue, "n", "YES", 100);
    buy(venue, "t", "NO", 400);
    expect(earned(venue)).toEqual([]);
    venue.wait(3_000);
    // 400 shares at 0.5: 0.07 x 400 / 4 = 7 dollars, of which 1.40 are the makers'.
    expect(takerFee(FEE, priceBp(5000), shares(400))).toBe(dollars(7));
    expect(earned(venue)).toMatchObject([
      { account: "m", amount: dollars(1.05) },
      { account: "n", amount: dollars(0.35) },
    ]);
  });

  it("are paid at midnight UTC, from a dollar on, out of what the venue has kept", () => {
    const venue = opened();
    buy(venue, "m", "YES", 300);
    buy(venue, "n", "YES", 100);
    buy(venue, "t", "NO", 400);
    venue.wait(3_000);
    const before = { m: cash(venue, "m"), n: cash(venue, "n"), kept: venue.state().kept };
    venue.wait(UNTIL_MIDNIGHT_MS - 3_001);
    expect(cash(venue, "m")).toBe(before.m);
    venue.wait(1);
    expect(cash(venue, "m") - before.m).toBe(dollars(1.05));
    expect(cash(venue, "n")).toBe(before.n);
    expect(before.kept - venue.state().kept).toBe(dollars(1.05));
    expect(dollars(0.35)).toBeLessThan(REBATE_MIN);
    // Once.
    venue.wait(DAY_MS);
    expect(cash(venue, "m") - before.m).toBe(dollars(1.05));
  });

  it("are kept for two days, and begin at zero each day", () => {
    const venue = opened();
    for (let day = 0; day < 3; day += 1) {
      buy(venue, "m", "YES", 20 + day * 20);
      buy(venue, "t", "NO", 20 + day * 20);
      venue.wait(3_000);
      expect(earned(venue)).toMatchObject([{ amount: dollars(0.07 * (1 + day)) }]);
      venue.wait(DAY_MS - 3_000);
    }
    expect(venue.state().rebates).toHaveLength(2);
  });

  it("are none without fees, and never more than a fifth of them", () => {
    const free = exchangeHarness({ m: 1_000, t: 1_000 });
    buy(free, "m", "YES", 100);
    buy(free, "t", "NO", 100);
    free.wait(3_000);
    expect(free.state().rebates).toEqual([]);

    const venue = opened();
    for (const [price, size] of [
      [3300, 7.01],
      [4100, 5.77],
      [9700, 33.33],
    ] as const) {
      buy(venue, "m", "YES", size, price);
      buy(venue, "n", "YES", size + 0.01, price);
      buy(venue, "t", "NO", 2 * size + 0.01, DOLLAR_BP - price);
    }
    const fees = venue
      .market()
      .settling.flatMap(({ legs }) => legs)
      .reduce((sum, { fill }) => sum + fill.fee, 0);
    venue.wait(3_000);
    const sum = earned(venue).reduce((total, { amount }) => total + amount, 0);
    expect(sum).toBeGreaterThan(fees / 5 - 6);
    expect(sum).toBeLessThanOrEqual(fees / 5);
  });
});
