import { type ExecutorState, isPossiblyLive, workingOrders } from "../../../src/executor/index.ts";
import type { VenueTruth } from "../../../src/sim/index.ts";
import { SLOTS } from "../../../src/types/index.ts";
import type { MarketId } from "../../../src/types/index.ts";
import { type Checker, blind } from "./checker.ts";

/** Once the faults have stopped, what rests at the venue is what we plan, and nothing is unknown. */
export function converges(): Checker {
  const states = new Map<MarketId, ExecutorState>();
  const seen = new Set<string>();
  let samples = 0;
  let hasConverged = false;
  return {
    ...blind,
    transition: ({ state }) => {
      states.set(state.market.id, state);
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
        : [`converges: never in ${samples} samples: ${[...seen].slice(0, 5).join(" | ")}`],
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
    const wanted = plan[slot].orders.map(({ kind, price }) => `${kind}@${price}`).toSorted();
    const resting = live
      .filter((order) => order.slot === slot)
      .map(({ kind, price }) => `${kind}@${price}`)
      .toSorted();
    if (wanted.join() !== resting.join()) return `${slot}: ${wanted.join()} but ${resting.join()}`;
  }
  return null;
}
