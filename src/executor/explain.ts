/** Why we quote what we quote, or nothing: everything a decision was made of, as plain data. */
import { type FeedName, type MicroShares, type MicroUsdc, type Token } from "../types/index.ts";
import { exposureOf, freeCash, freeStock } from "./admission.ts";
import type { Transition } from "./executor.ts";
import { type Check, checks } from "./gate.ts";
import {
  type ExecutorConfig,
  type ExecutorState,
  type Explanation,
  type FeedState,
  type RefusedOrder,
  workingOrders,
} from "./state.ts";

/** Ages, and times that are left, in milliseconds. */
export interface Report extends Omit<Explanation, "gate"> {
  readonly step: number;
  readonly operator: ExecutorState["operator"];
  readonly inputs: {
    readonly intent: {
      readonly seq: number;
      readonly ageMs: number;
      /** Since the oldest of what it was made from was received. */
      readonly inputsAgeMs: number;
    } | null;
    readonly feeds: Readonly<Record<FeedName, FeedState>>;
    readonly inventoryAgeMs: number;
  };
  /** Every condition for quoting, the open ones with the time that is left. */
  readonly checks: readonly Omit<Check, "dueAt">[];
  /** What is not promised to anything that may be live. */
  readonly free: Readonly<Record<Token, MicroShares>> & { readonly cash: MicroUsdc };
  readonly refusals: readonly (Omit<RefusedOrder, "retryAt"> & { readonly retryInMs: number })[];
  readonly effects: readonly string[];
}

/** Of one step; a function of what everyone can see, so it costs nothing until someone asks. */
export function explain({ state, effects }: Transition, config: ExecutorConfig): Report {
  const { intent, now, inventory, why } = state;
  const ageOf = (at: number): number => now.monotonicMs - at;
  const exposures = workingOrders(state).map(exposureOf);
  return {
    step: state.step,
    operator: state.operator,
    inputs: {
      intent: intent && {
        seq: intent.seq,
        ageMs: ageOf(intent.publishedAt),
        inputsAgeMs: ageOf(intent.inputsAt),
      },
      feeds: state.feeds,
      inventoryAgeMs: ageOf(state.inventoryChangedAt),
    },
    checks: checks(state, config).map(({ dueAt: _dueAt, ...shown }) => shown),
    plan: why.plan,
    withheld: why.withheld,
    free: {
      YES: freeStock(inventory, "YES", exposures),
      NO: freeStock(inventory, "NO", exposures),
      cash: freeCash(inventory, exposures),
    },
    refusals: state.refused.map(({ retryAt, ...refused }) => ({
      ...refused,
      retryInMs: Math.max(0, -ageOf(retryAt)),
    })),
    effects: effects.map(({ type }) => type),
  };
}
