/**
 * Of everything, and until somebody does something about it, or the market has a book.
 * `walletKind`: it wants a deposit wallet; `restricted`: not from this region; `banned`: not from this
 * account; `closedOnly`: only what gives up what is owned; `signature`: for this wallet and funder;
 * `orderVersion`: signed for another exchange; `auth`: API credentials not accepted.
 */
export type LastingReason =
  | "walletKind"
  | "restricted"
  | "banned"
  | "closedOnly"
  | "signature"
  | "orderVersion"
  | "auth"
  | "marketNotReady"
  | "marketClosed";

/** Why the venue said no, typed once where its text is read. `unclassified` is never guessed at. */
export type RefusalReason =
  | "insufficientBalance"
  | "postOnlyCross"
  | "tickSize"
  | "orderSizeMin"
  | "notionalMin"
  | "expiration"
  | "unmatched"
  | "duplicate"
  | LastingReason
  | "rateLimited"
  | "restarting"
  | "postOnlyMode"
  | "cancelOnly"
  | "tradingDisabled"
  | "unclassified";

/** Why a cancel did nothing: `gone` is not a proof of anything, the order may have matched. */
export type CancelRefusalReason = "gone" | "pending" | "unclassified";

export interface Refusal<Reason> {
  readonly reason: Reason;
  /** The venue's own words. */
  readonly text: string;
  /** The venue's Retry-After, where it gave one. */
  readonly retryAfterMs: number | null;
}
