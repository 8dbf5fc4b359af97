/** The checkers of the account object to a difference of a micro-dollar, and to an order beyond what is allowed. */
import { describe, expect, it } from "vitest";
import type { CashView } from "../../../src/account/index.ts";
import { type ExecutorState, type Transition, initialState } from "../../../src/executor/index.ts";
import { OUR_ACCOUNT, type VenueFact, type VenueTruth } from "../../../src/sim/index.ts";
import {
  type Event,
  type PlaceEffect,
  type TradeStatus,
  NO_USDC,
  UNLIMITED,
  microUsdc,
  tradeId,
} from "../../../src/types/index.ts";
import { UNHALTED, dollars, fill, instant, market, working } from "../../support/builders.ts";
import { cashTiesOut } from "./cashTiesOut.ts";
import type { Checker } from "./checker.ts";
import { withinLimits } from "./withinLimits.ts";

const MARKET = market();
const STATE: ExecutorState = initialState(MARKET, instant(0), UNHALTED);
const BUY = "BUY YES 10 @ 0.4";
const NOTHING: VenueTruth = { markets: [], orders: [], cash: NO_USDC, rebatesDue: NO_USDC };

/** A trade of ours over the whole order. */
const traded = (text: string, status: TradeStatus): VenueFact =>
  ({
    type: "trade.changed",
    trade: {
      id: tradeId(text),
      market: MARKET.id,
      status,
      legs: [{ account: OUR_ACCOUNT, fill: fill(working(text), working(text).size / 1e6) }],
    },
  }) as unknown as VenueFact;

const transition = (event: Event, atMs: number, changed: Partial<Transition> = {}): Transition => ({
  input: { seq: 1, at: instant(atMs), event },
  state: STATE,
  effects: [],
  ...changed,
});

describe("cashTiesOut", () => {
  const START_MS = instant(0).monotonicMs;
  const looking = (checker: Checker) => {
    let atMs: number = START_MS;
    return {
      looks: (believed: number | null, venue: number, isQuiet = true): void => {
        atMs += 100;
        const view: CashView = {
          cash: believed === null ? null : microUsdc(Math.round(believed * 1e6)),
          isQuiet,
        };
        const cash = microUsdc(Math.round(venue * 1e6));
        checker.cash(view, { ...NOTHING, cash }, atMs);
      },
      reads: (): void => {
        const event = { type: "survey.answered" } as Event;
        checker.transition(transition(event, atMs - START_MS));
      },
      waits: (ms: number): void => {
        atMs += ms;
      },
    };
  };
  /** Two readings, as the account needs them. */
  const readTwice = (at: ReturnType<typeof looking>, believed: number, venue: number): void => {
    for (const ms of [11_000, 21_000]) {
      at.waits(ms);
      at.reads();
      at.looks(believed, venue);
    }
  };
  const verdict = (walk: (at: ReturnType<typeof looking>, checker: Checker) => void) => {
    const checker = cashTiesOut();
    walk(looking(checker), checker);
    return checker.verdict(NOTHING);
  };

  it("is content where both are the same, with enough time to compare", () => {
    const tied = verdict((at) => {
      at.looks(null, 100);
      at.looks(100, 100);
      readTwice(at, 100, 100);
    });
    expect(tied).toEqual([]);
  });

  it("objects to a micro-dollar more or less, but while something is under way", () => {
    const off = (believed: number, isQuiet: boolean) =>
      verdict((at) => {
        at.looks(believed, 100, isQuiet);
        at.looks(100, 100);
        readTwice(at, 100, 100);
      });
    expect(off(100.000001, true)).toHaveLength(1);
    expect(off(99.999999, true)).toHaveLength(1);
    expect(off(99.999999, false)).toEqual([]);
  });

  it("objects to nothing while a trade of ours is not final at the venue", () => {
    const during = (status: TradeStatus) =>
      verdict((at, checker) => {
        at.looks(100, 100);
        checker.venue(traded(BUY, "matched"));
        checker.venue(traded(BUY, "mined"));
        checker.venue(traded(BUY, status));
        at.looks(99, 96);
        at.looks(96, 96);
        checker.venue(traded(BUY, "confirmed"));
        at.looks(96, 96);
        readTwice(at, 96, 96);
      });
    expect(during("mined")).toEqual([]);
    expect(during("confirmed")).toHaveLength(1);
  });

  it("lets a payment be missing until two readings could agree, and no longer", () => {
    const paid = (adopted: number) =>
      verdict((at) => {
        at.looks(100, 100);
        at.looks(100, 125);
        readTwice(at, adopted, 125);
      });
    expect(paid(125)).toEqual([]);
    expect(paid(100)).toEqual([
      expect.stringMatching(/25 not adopted/),
      expect.stringMatching(/was never/),
    ]);
  });

  it("compares nothing between a withdrawal and a reading that has what came in before", () => {
    const lowered = (waitMs: number) =>
      verdict((at, checker) => {
        at.looks(100, 100);
        checker.venue(traded("SELL YES 10 @ 0.4", "mined"));
        checker.venue(traded("SELL YES 10 @ 0.4", "confirmed"));
        at.looks(104, 104);
        at.looks(84, 80);
        at.waits(waitMs);
        at.reads();
        at.looks(84, 80);
        readTwice(at, 80, 80);
      });
    expect(lowered(10_000)).toEqual([]);
    expect(lowered(26_000)).toEqual([expect.stringMatching(/-4 more at the venue/)]);
  });

  it("takes a part of a payment while more is to be found, and objects to more than was paid", () => {
    const paid = (believed: number) =>
      verdict((at) => {
        at.looks(100, 100);
        at.looks(believed, 125);
        readTwice(at, 125, 125);
      });
    expect(paid(110)).toEqual([]);
    expect(paid(130)).toEqual([expect.stringMatching(/-5 more at the venue/)]);
  });
});

describe("withinLimits", () => {
  const heard = (allowedDollars: number, ...before: readonly VenueFact[]): readonly string[] => {
    const checker = withinLimits();
    const order = working(BUY);
    const limits = { ...UNLIMITED, cash: dollars(allowedDollars) };
    const place = { type: "place", legs: [{ orderId: order.id }] } as unknown as PlaceEffect;
    const event = { type: "clock.ticked" } as Event;
    checker.transition(transition(event, 0, { state: { ...STATE, limits }, effects: [place] }));
    for (const fact of before) checker.venue(fact);
    const placed = { ...order, account: OUR_ACCOUNT, market: MARKET.id, status: "live" };
    checker.venue({
      type: "order.changed",
      cause: "placed",
      order: { ...placed, matched: 0 },
    } as unknown as VenueFact);
    return checker.verdict(NOTHING);
  };
  const BOUGHT = "BUY NO 10 @ 0.3";
  const SOLD = "SELL YES 5 @ 0.4";

  it("allows all of it, and objects to a dollar more", () => {
    expect(heard(4)).toEqual([]);
    expect(heard(3)).toHaveLength(1);
  });

  it("counts what was spent, unless that trade has failed, and what mined sales have brought", () => {
    expect(heard(7, traded(BOUGHT, "matched"))).toEqual([]);
    expect(heard(6, traded(BOUGHT, "matched"))).toHaveLength(1);
    expect(heard(4, traded(BOUGHT, "matched"), traded(BOUGHT, "failed"))).toEqual([]);
    expect(heard(5, traded(BOUGHT, "matched"), traded(SOLD, "mined"))).toEqual([]);
    expect(heard(5, traded(BOUGHT, "matched"), traded(SOLD, "matched"))).toHaveLength(1);
  });

  it("objects to an order that was never decided within any limits", () => {
    const checker = withinLimits();
    checker.venue({
      type: "order.changed",
      cause: "placed",
      order: {
        ...working(BUY),
        account: OUR_ACCOUNT,
        market: MARKET.id,
        status: "live",
        matched: 0,
      },
    } as unknown as VenueFact);
    expect(checker.verdict(NOTHING)).toHaveLength(1);
  });
});
