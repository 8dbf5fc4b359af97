/** Why we quote what we quote, or nothing: everything that went into a decision, as plain data. */
import {
  type FeedName,
  type InputName,
  type MicroShares,
  type MicroUsdc,
  type Token,
} from "../types/index.ts";
import { exposuresOf, freeCash, freeStock, ownedWithinLimits } from "./admission.ts";
import type { Transition } from "./executor.ts";
import { type Check, checks } from "./gate.ts";
import {
  type ExecutorConfig,
  type ExecutorState,
  type Explanation,
  type FeedState,
  type RefusedOrder,
} from "./state.ts";

/** Ages and remaining times are in milliseconds. */
export interface Report extends Omit<Explanation, "gate"> {
  readonly step: number;
  readonly operator: ExecutorState["operator"];
  /** What the account allows, with every limit of it that is hit. */
  readonly limits: ExecutorState["limits"];
  readonly inputs: {
    readonly intent: {
      readonly seq: number;
      readonly ageMs: number;
      /** Since the oldest of its inputs was received. */
      readonly inputsAgeMs: number;
    } | null;
    readonly feeds: Readonly<Record<FeedName, FeedState>>;
    /** Since each was last heard or confirmed; null while that is not known. */
    readonly ageMs: Readonly<Record<InputName, number | null>>;
    readonly inventoryAgeMs: number;
  };
  /** Every condition for quoting, with the time until it changes. */
  readonly checks: readonly Omit<Check, "dueAt">[];
  /** Stock and cash that no order that may be live can take. */
  readonly free: Readonly<Record<Token, MicroShares>> & { readonly cash: MicroUsdc };
  readonly refusals: readonly (Omit<RefusedOrder, "retryAt" | "shutUntil" | "at"> & {
    readonly retryInMs: number;
    /** Until then no other price is tried, either. */
    readonly shutForMs: number;
  })[];
  readonly effects: readonly string[];
}

/** How old each input is, in milliseconds. */
export function inputAges({ seen, now }: ExecutorState): Report["inputs"]["ageMs"] {
  const ageOf = (at: number | null): number | null => (at === null ? null : now.monotonicMs - at);
  return {
    reference: ageOf(seen.reference),
    settlement: ageOf(seen.settlement),
    YES: ageOf(seen.YES),
    NO: ageOf(seen.NO),
  };
}

/** The report of one step, computed only when asked for. */
export function explain({ state, effects }: Transition, config: ExecutorConfig): Report {
  const { intent, now, inventory, why } = state;
  const ageOf = (at: number): number => now.monotonicMs - at;
  const exposures = exposuresOf(state);
  return {
    step: state.step,
    operator: state.operator,
    limits: state.limits,
    inputs: {
      intent: intent && {
        seq: intent.seq,
        ageMs: ageOf(intent.publishedAt),
        inputsAgeMs: ageOf(intent.inputsAt),
      },
      feeds: state.feeds,
      ageMs: inputAges(state),
      inventoryAgeMs: ageOf(state.inventoryChangedAt),
    },
    checks: checks(state, config).map(({ dueAt: _dueAt, ...shown }) => shown),
    plan: why.plan,
    withheld: why.withheld,
    free: {
      YES: freeStock(inventory, "YES", exposures),
      NO: freeStock(inventory, "NO", exposures),
      cash: freeCash(ownedWithinLimits(state, config), exposures),
    },
    refusals: state.refused.map(({ retryAt, shutUntil, at: _at, ...refused }) => ({
      ...refused,
      retryInMs: Math.max(0, -ageOf(retryAt)),
      shutForMs: Math.max(0, -ageOf(shutUntil)),
    })),
    effects: effects.map(({ type }) => type),
  };
}
