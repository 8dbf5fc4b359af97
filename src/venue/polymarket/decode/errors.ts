/**
 * The venue's error texts and their meaning; no other file reads them. A row matches anywhere in
 * the text, in upper or lower case, and the first match wins; a text without a match is
 * `unclassified`, never guessed. [errors.json; protocol 3.3, 3.10, 3.11]
 */
import type { CancelRefusalReason, RefusalReason } from "../../../types/index.ts";

export const REFUSALS: readonly (readonly [words: string, reason: RefusalReason])[] = [
  ["not enough balance / allowance", "insufficientBalance"],
  ["order crosses book", "postOnlyCross"],
  ["crosses the book", "postOnlyCross"],
  ["breaks minimum tick size rule", "tickSize"],
  ["lower than the minimum", "orderSizeMin"],
  ["invalid amount for a marketable buy order", "notionalMin"],
  ["invalid expiration", "expiration"],
  ["fok orders are fully filled or killed", "unmatched"],
  ["no orders found to match with fak order", "unmatched"],
  ["is invalid. duplicated", "duplicate"],
  ["please use the deposit wallet flow", "walletKind"],
  ["trading restricted in your region", "restricted"],
  ["address banned", "banned"],
  ["address in closed only mode", "closedOnly"],
  ["invalid signature", "signature"],
  // A valid signature, but under the domain of another exchange.
  ["order_version_mismatch", "orderVersion"],
  ["unauthorized", "auth"],
  ["invalid api key", "auth"],
  ["invalid l1 request headers", "auth"],
  ["has to be the owner of the api key", "auth"],
  // What a wrong kind of wallet, or a wrong funder, looks like.
  ["has to be the address of the api key", "signature"],
  ["not yet ready to process new orders", "marketNotReady"],
  ["no orderbook exists for the requested token id", "marketClosed"],
  ["too many requests", "rateLimited"],
  ["service not ready", "restarting"],
  ["post-only mode", "postOnlyMode"],
  ["post_only_mode", "postOnlyMode"],
  ["cancel-only", "cancelOnly"],
  ["trading is currently disabled", "tradingDisabled"],
];

/** By status, where the error text is not known. */
const STATUSES: Readonly<Record<number, RefusalReason>> = {
  401: "auth",
  425: "restarting",
  429: "rateLimited",
};

/** Errors after which the request may have been carried out all the same. */
const IN_DOUBT: readonly string[] = [
  "could not insert order",
  "could not run the execution",
  "internal server error",
  "order match delayed",
  // Sent with 400: the venue gave up our request at an unknown point.
  "context canceled",
];

const CANCEL_REFUSALS: readonly (readonly [words: string, reason: CancelRefusalReason])[] = [
  ["pending", "pending"],
  ["delayed", "pending"],
  ["matched orders can't be canceled", "gone"],
  ["order can't be found", "gone"],
  ["order not found", "gone"],
  ["already canceled", "gone"],
];

/** `status` is null for a leg of a batch: only the batch has one. */
export function refusalReason(status: number | null, text: string): RefusalReason {
  return found(REFUSALS, text) ?? STATUSES[status ?? 0] ?? "unclassified";
}

export const cancelRefusalReason = (text: string): CancelRefusalReason =>
  found(CANCEL_REFUSALS, text) ?? "unclassified";

/** A mode of the venue, in its own words, with a 503: the order book itself has refused. */
const MODES: ReadonlySet<RefusalReason> = new Set([
  "postOnlyMode",
  "cancelOnly",
  "tradingDisabled",
]);

/**
 * Whether the request may have been carried out in spite of the failure. Any hop on the way may
 * have answered with a 408, a 425, a 429 that is not the venue's limiter's, or a 5xx, after it had
 * passed the request on. `isLimiters` says that the answer has the limiter's headers.
 */
export function isInDoubt(status: number | null, text: string, isLimiters = false): boolean {
  if (IN_DOUBT.some((words) => text.toLowerCase().includes(words))) return true;
  if (status === null) return false;
  if (status === 503) return !MODES.has(refusalReason(null, text));
  if (status === 429) return !isLimiters;
  return status < 400 || status === 408 || status === 425 || status >= 500;
}

/** Whether a read by id failed because the venue does not know the order. [protocol 3.4] */
export const isOrderUnknown = (text: string): boolean =>
  text.toLowerCase().includes("order not found");

function found<Reason>(
  rows: readonly (readonly [words: string, reason: Reason])[],
  text: string,
): Reason | undefined {
  const words = text.toLowerCase();
  return rows.find(([part]) => words.includes(part))?.[1];
}
