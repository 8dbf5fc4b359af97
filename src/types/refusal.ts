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
  | "signature"
  | "auth"
  | "marketNotReady"
  | "marketClosed"
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
