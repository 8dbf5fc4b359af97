import {
  type ExecutorState,
  type Withheld,
  isPossiblyLive,
  workingOrders,
} from "../../../src/executor/index.ts";
import type { VenueTruth } from "../../../src/sim/index.ts";
import { SLOTS, complement } from "../../../src/types/index.ts";
import type { MarketId, PlannedOrder } from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";

/**
 * After the faults the venue has the planned prices, by slot and in YES, and no order is unknown. A missing one has a
 * reason that may last: a residual of the plan, a limit that withholds it, or one of the account that is hit.
 */
export function convergesOrExplains(): Checker {
  const states = new Map<MarketId, ExecutorState>();
  const seen = new Set<string>();
  let samples = 0;
  let hasConverged = false;
  return {
    ...ignoreAll,
    transition: ({ state }) => {
      states.set(state.market.id, state);
    },
    crashed: () => {
      states.clear();
    },
    sample: (truth) => {
      samples += 1;
      const trading = truth.markets.at(-1)?.market.id;
      const state = trading === undefined ? undefined : states.get(trading);
      const why = state ? divergence(state, truth) : "no session";
      if (why === null) hasConverged = true;
      else seen.add(why);
    },
    verdict: () =>
      hasConverged
        ? []
        : [
            `convergesOrExplains: never in ${samples} samples: ${[...seen].slice(0, 5).join(" | ")}`,
          ],
  };
}

function divergence(state: ExecutorState, truth: VenueTruth): string | null {
  const { plan, gate } = state.why;
  if (plan === null) {
    const isStopped =
      gate.some((each) => each.startsWith("account: ")) &&
      !gate.some((each) => each.startsWith("halting"));
    return isStopped && truth.orders.length === 0 ? null : `gate: ${gate.join("; ")}`;
  }
  const live = workingOrders(state).filter(isPossiblyLive);
  const unsettled = live.find(({ phase }) => phase !== "resting");
  if (unsettled) return `an order is ${unsettled.phase}`;
  const ours = live.map(({ id }) => id).toSorted();
  const theirs = truth.orders.map(({ orderId }) => orderId).toSorted();
  if (ours.join() !== theirs.join()) return `ours ${ours.length}, theirs ${theirs.length}`;
  for (const slot of SLOTS) {
    const { orders, residuals } = plan[slot];
    const target = state.intent?.[slot] ?? null;
    const isFulfilled = state.unseenMatches.some((each) => each.slot === slot);
    if (
      target !== null &&
      target.size > 0 &&
      !isFulfilled &&
      state.limits.level === "normal" &&
      orders.length + residuals.length === 0
    ) {
      return `${slot}: nothing is planned for the target, and no reason is given`;
    }
    const wanted = orders.filter((order) => !isWithheld(state, order)).map(told);
    const resting = live.filter((order) => order.slot === slot).map(told);
    if (distinct(wanted) !== distinct(resting)) {
      return `${slot}: ${wanted.join()} but ${resting.join()}`;
    }
  }
  return null;
}

/** Reasons that may last; all others pass within moments. */
const MAY_LAST: ReadonlySet<Withheld["reason"]> = new Set([
  "refusedBefore",
  "refusalsMax",
  "restricted",
  "cash",
  "netMax",
  "grossMax",
]);

const isWithheld = ({ why }: ExecutorState, order: PlannedOrder): boolean =>
  why.withheld.some(
    (each) =>
      each.order.kind === order.kind &&
      told(each.order) === told(order) &&
      MAY_LAST.has(each.reason),
  );

/** Orders that keep their place may stand beside each other, or buy the complement of a SELL. [D-040] */
const distinct = (told: readonly string[]): string => [...new Set(told)].toSorted().join();

const told = ({ slot, token, price }: PlannedOrder): string =>
  `${slot}@${token === "YES" ? price : complement(price)}`;
