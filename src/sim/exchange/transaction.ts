/**
 * A wallet's call on its way: waiting, then mined and confirmed, or failed, or never heard of again. Each
 * has a nonce and a deadline, as the relayer's have.
 */
import {
  type CallTerms,
  type EpochMs,
  type TransactionId,
  type TransactionState,
  type WalletCall,
} from "../../types/index.ts";
import type { AccountId } from "./order.ts";
import type { Random } from "./random.ts";

export interface Transaction extends CallTerms {
  readonly id: TransactionId;
  readonly account: AccountId;
  readonly call: WalletCall;
  readonly state: TransactionState;
  /** When it is mined or fails, and when it was. */
  readonly minedAt: EpochMs;
  readonly confirmedAt: EpochMs;
  readonly fails: boolean;
  /** Stays `waiting`: it never reaches the chain. */
  readonly isLost: boolean;
}

export interface WalletState {
  /** How many of its calls the chain has carried out. */
  readonly nonce: number;
  readonly submitted: number;
  /** The latest, oldest first. */
  readonly transactions: readonly Transaction[];
}

/** The future of a call: mined so long after it was submitted, and confirmed so long after that. */
export interface MiningPlan {
  readonly minedAfterMs: number;
  readonly confirmedAfterMs: number;
  readonly fails: boolean;
  readonly isLost: boolean;
}

export type Mining = (transaction: TransactionId) => MiningPlan;

export const PLAIN_MINING: MiningPlan = {
  minedAfterMs: 3_000,
  confirmedAfterMs: 4_000,
  fails: false,
  isLost: false,
};

/** Drawn from the transaction's id, as a trade's settlement is from its own. */
export const seededMining =
  (random: Random): Mining =>
  (transaction) => {
    const delays = random.fork(transaction);
    return {
      ...PLAIN_MINING,
      minedAfterMs: delays.integer(2_000, 6_000),
      confirmedAfterMs: delays.integer(2_000, 6_000),
    };
  };

export const NO_CALLS: WalletState = { nonce: 0, submitted: 0, transactions: [] };

/** When the chain takes a transaction further; infinite where it never does. */
export function transactionDueAt({ state, isLost, minedAt, confirmedAt }: Transaction): number {
  if (state === "mined") return confirmedAt;
  return state === "waiting" && !isLost ? minedAt : Infinity;
}
