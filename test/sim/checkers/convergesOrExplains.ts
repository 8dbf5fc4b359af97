import {
  type ExecutorState,
  type Withheld,
  isPossiblyLive,
  workingOrders,
} from "../../../src/executor/index.ts";
import type { VenueTruth } from "../../../src/sim/index.ts";
import { SLOTS } from "../../../src/types/index.ts";
import type { MarketId, PlannedOrder } from "../../../src/types/index.ts";
import { type Checker, blind } from "./checker.ts";

/**
 * Once the faults have stopped, what rests at the venue is what we plan, and nothing is unknown. What
 * is missing has a reason that may last: a residual of the plan, or a limit that withholds the order.
 */
export function convergesOrExplains(): Checker {
  const states = new Map<MarketId, ExecutorState>();
  const seen = new Set<string>();
  let samples = 0;
  let hasConverged = false;
  return {
    ...blind,
    transition: ({ state }) => {
      states.set(state.market.id, state);
    },
    died: () => {
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
  if (plan === null) return `gate: ${gate.join("; ")}`;
  const live = workingOrders(state).filter(isPossiblyLive);
  const odd = live.find(({ phase }) => phase !== "resting");
  if (odd) return `an order is ${odd.phase}`;
  const ours = live.map(({ id }) => id).toSorted();
  const theirs = truth.orders.map(({ orderId }) => orderId).toSorted();
  if (ours.join() !== theirs.join()) return `ours ${ours.length}, theirs ${theirs.length}`;
  for (const slot of SLOTS) {
    const { orders, residuals } = plan[slot];
    const wish = state.intent?.[slot] ?? null;
    const isFulfilled = state.unseenMatches.some((each) => each.slot === slot);
    if (wish !== null && wish.size > 0 && !isFulfilled && orders.length + residuals.length === 0) {
      return `${slot}: nothing is planned of the wish, and no reason is given`;
    }
    const wanted = orders.filter((order) => !isWithheld(state, order)).map(told);
    const resting = live.filter((order) => order.slot === slot).map(told);
    if (wanted.toSorted().join() !== resting.toSorted().join()) {
      return `${slot}: ${wanted.join()} but ${resting.join()}`;
    }
  }
  return null;
}

/** Reasons that may last for as long as nothing changes; the others are of a moment. */
const MAY_LAST: ReadonlySet<Withheld["reason"]> = new Set([
  "refusedBefore",
  "refusalsMax",
  "restricted",
  "cash",
  "netMax",
  "grossMax",
]);

const isWithheld = ({ why }: ExecutorState, order: PlannedOrder): boolean =>
  why.withheld.some((each) => told(each.order) === told(order) && MAY_LAST.has(each.reason));

const told = ({ slot, kind, price }: PlannedOrder): string => `${slot} ${kind}@${price}`;
