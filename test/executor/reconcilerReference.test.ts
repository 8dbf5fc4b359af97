/**
 * The reconciler against a trying of everything: of all subsets of the orders that may be live,
 * those may be kept whose every order stands for another planned one; the fewest steps win, and of
 * as few the one that keeps the orders that came first.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reconcile } from "../../src/executor/reconciler.ts";
import {
  type LegPlan,
  MICRO,
  type OrderKind,
  type OrderPhase,
  type PlannedOrder,
  type WorkingOrder,
  after,
  epochMs,
} from "../../src/types/index.ts";
import { RUNS, planned, shares, told, working } from "../support/builders.ts";
import { KEEP, legOf } from "../support/plans.ts";

/** Every way to leave out some of them; those that keep earlier ones come first. */
function subsets<T>(all: readonly T[]): readonly (readonly T[])[] {
  const [first, ...rest] = all;
  if (first === undefined) return [[]];
  return [...subsets(rest).map((some) => [first, ...some]), ...subsets(rest)];
}

/** Does the order say what is planned, in its size to less than ten shares, and will it last? */
function standsFor(order: WorkingOrder, wanted: PlannedOrder): boolean {
  const left = (order.size - order.matched) / MICRO;
  const missing = wanted.size / MICRO - left;
  const isAsPlanned = `${order.kind} ${order.side} ${order.token} ${order.price}`;
  return (
    isAsPlanned === `${wanted.kind} ${wanted.side} ${wanted.token} ${wanted.price}` &&
    missing >= 0 &&
    missing < 10 &&
    (order.expiresAt ?? Infinity) > KEEP.renewBy
  );
}

/** The planned orders that remain to be placed; null if one that is kept stands for none. */
function remaining(
  kept: readonly WorkingOrder[],
  wanted: readonly PlannedOrder[],
): readonly PlannedOrder[] | null {
  const [first, ...rest] = kept;
  if (first === undefined) return wanted;
  const lefts = wanted
    .filter((order) => standsFor(first, order))
    .map((taken) =>
      remaining(
        rest,
        wanted.filter((order) => order !== taken),
      ),
    );
  return lefts.find((left) => left !== null) ?? null;
}

interface Steps {
  readonly cancels: readonly WorkingOrder[];
  readonly places: readonly PlannedOrder[];
}

function fewest(orders: readonly WorkingOrder[], { orders: wanted }: LegPlan): Steps {
  const live = orders.filter(({ phase }) => phase !== "closed");
  const ways = subsets(live).flatMap((kept): readonly Steps[] => {
    const places = remaining(kept, wanted);
    const cancels = live.filter((order) => !kept.includes(order));
    return places === null ? [] : [{ cancels, places }];
  });
  const count = ({ cancels, places }: Steps): number => cancels.length + places.length;
  const least = Math.min(...ways.map(count));
  return ways.find((way) => count(way) === least) ?? { cancels: live, places: wanted };
}

const KINDS: Readonly<Record<string, string>> = {
  reduceSell: "SELL YES",
  closeSell: "SELL YES",
  complementBuy: "BUY NO",
};

// Few prices and sizes, so that orders are often alike.
const anyOrder = fc
  .record({
    kind: fc.constantFrom<OrderKind>("reduceSell", "closeSell", "complementBuy"),
    size: fc.constantFrom(5, 10, 15, 20),
    price: fc.constantFrom("0.5", "0.51"),
  })
  .map(({ kind, size, price }): PlannedOrder => ({
    ...planned(`${KINDS[kind]} ${size} @ ${price}`),
    kind,
  }));

const anyLeg = fc
  .uniqueArray(anyOrder, { maxLength: 3, selector: ({ kind }) => kind })
  .map((orders): LegPlan => ({ ...legOf(), orders }));

const anyWorking = fc.array(
  fc
    .record({
      order: anyOrder,
      matched: fc.constantFrom(0, 0, 5),
      phase: fc.constantFrom<OrderPhase>("resting", "resting", "unknown", "closed"),
      expiresInMs: fc.constantFrom(null, 0, 1),
    })
    .map(({ order, matched, phase, expiresInMs }) =>
      working(told(order), {
        kind: order.kind,
        matched: shares(matched),
        phase,
        expiresAt: expiresInMs === null ? null : epochMs(after(KEEP.renewBy, expiresInMs)),
      }),
    ),
  { maxLength: 5 },
);

describe("the difference is the least of all that are legal", () => {
  it("of any plan and up to five orders", () => {
    fc.assert(
      fc.property(anyWorking, anyLeg, (orders, wanted) => {
        expect(reconcile(wanted, orders, KEEP)).toEqual({
          ...fewest(orders, wanted),
          held: [],
          marks: [],
          loose: [],
        });
      }),
      { numRuns: 3 * RUNS },
    );
  });
});
