/**
 * The planner against a counting of everything: for every small intent, stock and room, each pair of
 * whole sizes is tried, and the best of those that the venue takes is what the plan must say.
 */
import { describe, expect, it } from "vitest";
import type { MinSizePolicy } from "../../src/executor/index.ts";
import { type PlanInput, plan } from "../../src/executor/planner.ts";
import { MICRO, type OperatorLevel, SLOTS, type Slot } from "../../src/types/index.ts";
import { cents, dollars, quote, rules, shares, told } from "../support/builders.ts";
import { planInput } from "../support/plans.ts";

const MINIMUM = 5;
const SIZE_MAX = 14;

/** Everything in whole shares. */
interface Situation {
  readonly slot: Slot;
  readonly level: OperatorLevel;
  readonly policy: MinSizePolicy;
  readonly target: number;
  readonly stock: number;
  /** How far YES - NO may still move, and how much YES + NO may still grow. */
  readonly netRoom: number;
  readonly grossRoom: number;
  /** Price of what the leg sells, in cents, and what an order must be worth, in dollars. */
  readonly sellCents: number;
  readonly notionalMin: number;
}

interface Sizes {
  readonly sell: number;
  readonly buy: number;
}

const upTo = (most: number): readonly number[] => Array.from({ length: most + 1 }, (_, n) => n);

const WISHES_AND_STOCKS = upTo(SIZE_MAX).flatMap((target) =>
  upTo(SIZE_MAX).map((stock) => [target, stock] as const),
);

/** Is there no such order, or would the venue take it? */
const isTaken = (size: number, priceCents: number, notionalMin: number): boolean =>
  size === 0 || (size >= MINIMUM && size * priceCents >= notionalMin * 100);

/** The pairs that are within everything that limits the leg. */
function everyLegal(at: Situation): readonly Sizes[] {
  const mayShow = Math.min(at.target, at.netRoom);
  const mayBuy = at.level === "reduceOnly" ? 0 : at.grossRoom;
  const sells = upTo(at.stock).filter((sell) => isTaken(sell, at.sellCents, at.notionalMin));
  const buys = upTo(SIZE_MAX).filter(
    (buy) => buy <= mayBuy && isTaken(buy, 100 - at.sellCents, at.notionalMin),
  );
  return sells.flatMap((sell) =>
    buys.filter((buy) => sell + buy <= mayShow).map((buy) => ({ sell, buy })),
  );
}

/** Most shown; of those, most given up. */
const best = (pairs: readonly Sizes[]): Sizes =>
  pairs.toSorted((a, b) => b.sell + b.buy - (a.sell + a.buy) || b.sell - a.sell)[0] ?? {
    sell: 0,
    buy: 0,
  };

function expected(at: Situation): Sizes {
  switch (at.level) {
    case "halt":
      return { sell: 0, buy: 0 };
    case "flatten":
      return { sell: isTaken(at.stock, at.sellCents - 5, at.notionalMin) ? at.stock : 0, buy: 0 };
    case "normal":
    case "reduceOnly":
      break;
  }
  const legal = everyLegal(at);
  if (at.policy === "complete") return best(legal);

  // The other policies take each part as it falls out, or not at all.
  const mayShow = Math.min(at.target, at.netRoom);
  const covered = Math.min(at.stock, mayShow);
  const mayBuy = at.level === "reduceOnly" ? 0 : at.grossRoom;
  const rest = Math.min(mayShow - covered, mayBuy);
  const whole = best(
    legal.filter(({ sell, buy }) => [0, covered].includes(sell) && [0, rest].includes(buy)),
  );
  const isRounded =
    at.policy === "aggregate" &&
    whole.sell + whole.buy === 0 &&
    rest > 0 &&
    MINIMUM <= Math.min(at.netRoom, mayBuy) &&
    isTaken(MINIMUM, 100 - at.sellCents, at.notionalMin);
  return isRounded ? { sell: 0, buy: MINIMUM } : whole;
}

function inputOf(at: Situation): PlanInput {
  const token = at.slot === "bid" ? "NO" : "YES";
  const empty = { bid: null, ask: null };
  // A quote would stand behind this touch; a close is what needs it.
  const touched = at.level === "flatten" ? { bid: cents(at.sellCents), ask: null } : empty;
  return planInput(
    {
      [token]: at.stock,
      level: at.level,
      policy: at.policy,
      // What is owned stands against the side that gives it up.
      netMax: shares(at.netRoom - at.stock),
      grossMax: shares(at.grossRoom + at.stock),
      rules: rules({ notionalMin: dollars(at.notionalMin), lot: shares(1) }),
    },
    {
      [at.slot]: quote(at.target, token === "YES" ? at.sellCents : 100 - at.sellCents),
      touch: { YES: empty, NO: empty, [token]: touched },
    },
  );
}

/** Every situation of a level and a policy in which the plan is another than the best pair. */
function differences(level: OperatorLevel, policy: MinSizePolicy): readonly string[] {
  const found: string[] = [];
  for (const at of situations(level, policy)) {
    const { orders } = plan(inputOf(at))[at.slot];
    const sizeOf = (side: "SELL" | "BUY") =>
      orders.filter((order) => order.side === side).reduce((sum, { size }) => sum + size, 0) /
      MICRO;
    const { sell, buy } = expected(at);
    if (sizeOf("SELL") !== sell || sizeOf("BUY") !== buy) {
      const said = orders.map(told).join(" + ");
      found.push(`${JSON.stringify(at)}: SELL ${sell} + BUY ${buy} expected, planned: ${said}`);
    }
  }
  return found;
}

function* situations(level: OperatorLevel, policy: MinSizePolicy): Generator<Situation> {
  // Where an order must be worth a dollar, it takes 10 shares at 10 cents.
  const markets = [
    { sellCents: 55, notionalMin: 0 },
    { sellCents: 90, notionalMin: 1 },
    { sellCents: 10, notionalMin: 1 },
  ];
  for (const slot of SLOTS) {
    for (const money of markets) {
      for (const netRoom of [0, 4, 8, 30]) {
        for (const grossRoom of [0, 4, 6, 9, 30]) {
          for (const [target, stock] of WISHES_AND_STOCKS) {
            yield { slot, level, policy, target, stock, netRoom, grossRoom, ...money };
          }
        }
      }
    }
  }
}

describe("the plan is the best of all that is legal", () => {
  const levels: readonly OperatorLevel[] = ["normal", "reduceOnly", "flatten", "halt"];
  const policies: readonly MinSizePolicy[] = ["passiveFirst", "aggregate", "complete"];
  const every = levels.flatMap((level) => policies.map((policy) => [level, policy] as const));

  it.each(every)("%s, %s: of any intent and stock up to 14 shares", (level, policy) => {
    expect(differences(level, policy).slice(0, 5)).toEqual([]);
  });
});
