import { describe, expect, it } from "vitest";
import { dollars } from "../support/builders.ts";
import { type AccountBench, accountBench, accountConfig } from "./builders.ts";

/** One market that may use up to all of so much cash. */
function opened(cash: number): AccountBench {
  const account = accountBench();
  account.reads(cash);
  account.opens("a", { wants: dollars(1_000) });
  account.changes("a");
  account.changes("a");
  account.notices();
  account.waits(60_000);
  return account;
}

/** Dollars that are believed to be there. */
const believed = (account: AccountBench): number => {
  const { cash, sums } = account.state();
  return ((cash.base ?? 0) + sums.settledFlow - cash.ahead) / 1_000_000;
};

const bought = (spent: number, settled: number) => ({
  spent: dollars(spent),
  settledFlow: dollars(-settled),
  isQuiet: spent === settled,
});

describe("the account's cash", () => {
  it("is the first reading that begins with nothing under way, and is said", () => {
    const account = accountBench();
    account.reads(120);

    expect(believed(account)).toBe(120);
    expect(account.notices()).toEqual([{ type: "cash.adopted", cash: dollars(120), change: null }]);
  });

  it("is not known while a market is not read or not quiet, nor by a reading that began before it was", () => {
    const account = accountBench();
    account.opens("a");
    account.reads(120);
    account.changes("a", { isQuiet: false });
    account.waits(1);
    account.reads(120);
    account.changes("a", { isQuiet: true });
    // Began 50 ms before.
    account.reads(120, 0);
    expect(account.state().cash.base).toBe(dollars(120));
  });

  it("what had settled before the account knew a market is in the reading already", () => {
    const account = accountBench();
    account.reads(80);
    account.opens("a", { wants: dollars(1_000) });
    account.changes("a", { ...bought(20, 20), limitsSeq: 1 });
    account.changes("a");
    expect(believed(account)).toBe(80);
    // 80 more than the 20 it has spent.
    expect(account.cash("a")).toBe(100);
  });

  it("the same of a market that has earned", () => {
    const account = accountBench();
    account.reads(80);
    account.opens("a", { wants: dollars(1_000) });
    account.opens("b", { series: "btc-15m", wants: dollars(1_000) });
    account.changes("a", { spent: dollars(-20), settledFlow: dollars(20), limitsSeq: 1 });
    account.changes("b");
    expect(believed(account)).toBe(80);
    account.changes("a");
    // 60 are shared: one may use its 30 and the 20 that it has earned.
    expect([account.cash("a"), account.cash("b")]).toEqual([30, 30]);
  });

  it("trading changes what is believed as it settles, and what is handed out not at all", () => {
    const account = opened(100);
    account.changes("a", bought(40, 0));
    expect([believed(account), account.cash("a")]).toEqual([100, 100]);
    account.changes("a", bought(40, 40));
    expect([believed(account), account.cash("a")]).toEqual([60, 100]);
  });

  it("a withdrawal lowers it at the first reading, and the limits with it", () => {
    const account = opened(100);
    account.reads(70);

    expect([believed(account), account.cash("a")]).toEqual([70, 70]);
    expect(account.notices()).toEqual([
      { type: "cash.short", cash: dollars(70), missing: dollars(30) },
    ]);
    account.waits(10_000);
    account.reads(70);
    expect(account.notices()).toEqual([]);
    expect([believed(account), account.cash("a")]).toEqual([70, 70]);
  });

  it("a payout is found while other markets trade on, by what two readings show beyond all of it", () => {
    const account = opened(100);
    account.opens("b", { wants: dollars(1_000) });
    // All of this is bought, not settled; and a sale of 7 may be in a balance already.
    account.changes("b", { ...bought(20, 0), incoming: dollars(7), isQuiet: false });
    account.notices();
    account.reads(140);
    expect([believed(account), account.notices()]).toEqual([100, []]);
    account.waits(9_000);
    account.reads(138);
    expect(account.notices()).toEqual([]);
    account.waits(1_000);
    account.reads(145);
    // The least of 33, 31 and 38.
    expect(account.notices()).toEqual([
      { type: "cash.adopted", cash: dollars(145), change: dollars(31) },
    ]);
    expect(believed(account)).toBe(131);
  });

  it("what a reading shows beyond the one before is found with the next, ten seconds later", () => {
    const account = opened(100);
    account.changes("a", { incoming: dollars(20), isQuiet: false });
    account.reads(130);
    account.waits(10_000);
    account.changes("a", { incoming: dollars(0), isQuiet: true });
    account.reads(130);
    // So much both have shown: of the first 20 could have been the sale.
    expect(believed(account)).toBe(110);
    account.waits(10_000);
    account.reads(130);
    expect(believed(account)).toBe(130);
  });

  it("what went out a moment ago may be missing from a reading: it is no payout", () => {
    const account = opened(100);
    account.opens("b", { wants: dollars(1_000) });
    account.changes("b", { isQuiet: false });
    account.reads(100);
    account.waits(8_000);
    account.changes("b", { ...bought(30, 30), isQuiet: false });
    account.reads(100);
    account.waits(4_000);
    account.reads(100);
    expect(believed(account)).toBe(70);
    account.waits(11_000);
    account.reads(100);
    expect(believed(account)).toBe(70);
    account.waits(11_000);
    account.reads(100);
    expect(believed(account)).toBe(100);
  });

  it("what a reading had ahead of a purchase that failed is found again before anything is added", () => {
    const account = opened(100);
    account.changes("a", bought(20, 0));
    account.reads(80);
    expect(account.state().cash).toMatchObject({ base: dollars(100), ahead: dollars(20) });
    account.changes("a", { isQuiet: false });
    account.reads(95);
    account.waits(10_000);
    account.reads(105);
    expect(account.state().cash).toMatchObject({ base: dollars(100), ahead: dollars(5) });
  });

  it("a withdrawal of what is beyond the capital takes nothing from anybody", () => {
    const account = accountBench(accountConfig({ capital: dollars(100) }));
    account.reads(1_000);
    account.opens("a", { wants: dollars(400) });
    account.changes("a");
    account.changes("a");
    account.waits(60_000);
    account.reads(900);
    account.changes("a");
    expect([believed(account), account.cash("a")]).toEqual([900, 100]);
  });

  it("a reading ahead of a purchase holds nothing up where there is more than the capital", () => {
    const account = accountBench(accountConfig({ capital: dollars(100) }));
    account.reads(1_000);
    account.opens("a", { wants: dollars(60) });
    account.changes("a");
    account.changes("a", bought(20, 0));
    account.waits(60_000);
    account.reads(980);
    account.opens("b", { wants: dollars(40) });
    account.changes("b");
    expect([account.cash("a"), account.cash("b")]).toEqual([60, 40]);
  });

  it("a further withdrawal is said as well, a smaller one is no rise", () => {
    const account = opened(100);
    account.reads(70);
    account.reads(60);
    expect(account.notices().at(-1)).toEqual({
      type: "cash.short",
      cash: dollars(60),
      missing: dollars(10),
    });
    account.reads(80);
    expect(believed(account)).toBe(60);
  });

  it("a deposit is adopted when two readings agree that began ten seconds apart", () => {
    const account = opened(100);
    account.reads(130, 0);
    expect(believed(account)).toBe(100);
    account.waits(9_999);
    account.reads(130, 0);
    expect(believed(account)).toBe(100);
    account.waits(1);
    account.reads(130, 0);
    expect([believed(account), account.cash("a")]).toEqual([130, 130]);
    expect(account.notices()).toEqual([
      { type: "cash.adopted", cash: dollars(130), change: dollars(30) },
    ]);
  });

  const disturbances: readonly [string, number, (account: AccountBench) => void][] = [
    ["something more is read in between", 130, (account) => account.reads(131)],
    ["less is read in between", 110, (account) => account.reads(110)],
    ["what was expected is read in between", 100, (account) => account.reads(100)],
    [
      "a trade is under way in between",
      130,
      (account) => {
        account.changes("a", { isQuiet: false });
        account.changes("a", { isQuiet: true });
      },
    ],
    [
      "a trade has settled in between, all in one step",
      // A reading may not have it yet.
      129,
      (account) => {
        account.changes("a", bought(1, 1));
        account.changes("a", bought(0, 0));
      },
    ],
    ["a market is opened in between", 130, (account) => account.opens("b")],
  ];
  it.each(disturbances)("a deposit of 30, where %s, makes 100 into %i", (_, expected, disturb) => {
    const account = opened(100);
    account.reads(130, 0);
    account.waits(5_000);
    disturb(account);
    account.waits(5_000);
    account.reads(130, 0);

    expect(believed(account)).toBe(expected);
  });

  it("a reading that shows a purchase before we hear that it settled costs nothing once we do", () => {
    const account = opened(100);
    account.changes("a", bought(40, 0));
    account.reads(60);
    // Nothing is given to anybody, and nothing is taken: the purchase explains it.
    expect([believed(account), account.cash("a")]).toEqual([60, 100]);
    expect(account.notices()).toEqual([]);
    account.changes("a", bought(40, 40));
    expect([believed(account), account.cash("a")]).toEqual([60, 100]);
    expect(account.state().cash.ahead).toBe(0);
  });

  it("what was not under way at that reading excuses nothing", () => {
    const account = opened(100);
    account.changes("a", bought(10, 0));
    account.reads(60);
    expect(account.notices()).toEqual([
      { type: "cash.short", cash: dollars(60), missing: dollars(30) },
    ]);
    expect(account.cash("a")).toBe(70);
    expect(account.state().cash.ahead).toBe(dollars(10));
    account.changes("a", bought(10, 10));
    expect(account.state().cash.ahead).toBe(0);
    account.changes("a", bought(25, 25));
    expect(account.state().cash.ahead).toBe(0);
    expect(believed(account)).toBe(45);
  });

  it("what an earlier reading has shown to be missing, a purchase that came later does not excuse", () => {
    const account = opened(100);
    account.reads(70);
    account.changes("a", bought(5, 0));
    // This reading is without the purchase, which the chain has not taken yet.
    account.reads(70);
    account.changes("a", bought(5, 5));
    expect(believed(account)).toBe(65);
    // The next one has it, and nothing more is missing.
    account.reads(65);
    expect(believed(account)).toBe(65);
  });

  it("a sale that the balance does not show yet is nothing missing within ten seconds", () => {
    const account = opened(100);
    account.changes("a", { spent: dollars(-40), settledFlow: dollars(40) });
    account.waits(9_000);
    account.reads(100, 0);
    expect(believed(account)).toBe(140);
    account.waits(3_000);
    account.reads(100, 0);
    expect(believed(account)).toBe(100);
  });

  it("of two sales the balance may miss both, or only the younger one", () => {
    const account = opened(100);
    account.changes("a", { settledFlow: dollars(10), spent: dollars(-10) });
    account.changes("a", { settledFlow: dollars(15), spent: dollars(-15) });
    account.reads(100, 0);
    expect(believed(account)).toBe(115);
    account.waits(8_000);
    account.changes("a", { settledFlow: dollars(17), spent: dollars(-17) });
    account.waits(4_000);
    account.reads(100, 0);
    expect(believed(account)).toBe(102);
  });

  it("a reading that took too long, or began before one that was used, changes nothing", () => {
    const account = opened(100);
    account.reads(40, 10_001);
    expect(believed(account)).toBe(100);
    account.reads(40, 10_000);
    expect(believed(account)).toBe(40);

    const other = opened(100);
    other.reads(100, 100);
    other.reads(40, 0);
    other.reads(30, 0);
    expect(believed(other)).toBe(40);
  });

  it("ten seconds count from when a reading began: late answers do not make two of one", () => {
    const account = opened(100);
    account.reads(130, 8_000);
    account.waits(0);
    account.reads(130, 1_000);
    expect(believed(account)).toBe(100);
  });
});
