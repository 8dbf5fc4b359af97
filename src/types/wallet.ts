/** What a wallet asks of the chain beside trades, and what it is answered. */
import type { Lost, NotSent } from "./answer.ts";
import type { MarketId, TransactionId } from "./ids.ts";
import type { Refusal } from "./refusal.ts";
import type { EpochMs, MicroShares } from "./units.ts";

/**
 * `merge`: so many YES and as many NO become as many dollars. `redeem`: all that is held of a resolved
 * market becomes what it pays, a dollar for each winning share and nothing for the others.
 */
export type WalletCall =
  | { readonly type: "merge"; readonly market: MarketId; readonly size: MicroShares }
  | { readonly type: "redeem"; readonly market: MarketId };

/** Signed with the call: the chain carries it out as this number of the wallet and by this time, or never. */
export interface CallTerms {
  /** How many calls of the wallet the chain has carried out before. */
  readonly nonce: number;
  /** Whole seconds. */
  readonly deadline: EpochMs;
}

/** `nonce`: not the wallet's next; `deadline`: it is over; `unsupported`: we build no such call. */
export type SubmitRefusalReason = "nonce" | "deadline" | "unsupported" | "unclassified";

/** `rejected` proves that the call is not carried out and will not be; `lost` proves nothing. */
export type SubmitAnswer =
  | { readonly type: "acked"; readonly transactionId: TransactionId }
  | { readonly type: "rejected"; readonly refusal: Refusal<SubmitRefusalReason> }
  | Lost
  | NotSent;

/**
 * What the one who submits for the wallet says of a transaction; `failed` is no proof that it will not
 * be carried out before its deadline.
 */
export type TransactionState = "waiting" | "mined" | "confirmed" | "failed";

/** The newest block that cannot be undone. */
export interface FinalizedBlock {
  readonly at: EpochMs;
  /** The wallet's nonce in that block. */
  readonly nonce: number;
}
