import type { Epoch, MarketId } from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";

/** [C] No order leaves that was decided before a stop of its market or of the account. */
export function noOldEpoch(): Checker {
  const raised = new Map<MarketId, Epoch>();
  const violations: string[] = [];
  return {
    ...ignoreAll,
    transition: ({ effects }) => {
      for (const effect of effects) {
        if (effect.type === "cancelAll") raised.set(effect.market, effect.epoch);
      }
    },
    leaves: (legs) => {
      const account = Math.max(0, ...[...raised.values()].map((epoch) => epoch.account));
      for (const { orderId, ticket, epoch } of legs) {
        const market = raised.get(ticket.market)?.market ?? 0;
        if (epoch.account >= account && epoch.market >= market) continue;
        violations.push(`noOldEpoch: ${orderId.slice(0, 10)} left after a stop`);
      }
    },
    // Epochs start at 0 with each process.
    crashed: () => {
      raised.clear();
    },
    verdict: () => violations,
  };
}
