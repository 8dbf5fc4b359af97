/** Refusals that nothing about the order explains, in the venue's words. */
import type { Refusal, RefusalReason } from "../types/index.ts";
import type { Random } from "./random.ts";

const TEXT: Readonly<Record<RefusalReason, string>> = {
  insufficientBalance:
    "not enough balance / allowance: the balance is not enough -> balance: 0, order amount: 5000000",
  postOnlyCross: "invalid post-only order: order crosses book",
  tickSize: "Price (0.505) breaks minimum tick size rule: 0.01",
  orderSizeMin: "Size (5) lower than the minimum: 15",
  notionalMin: "invalid amount for a marketable BUY order ($0.84), min size: 1",
  expiration: "invalid expiration",
  unmatched:
    "no orders found to match with FAK order. " +
    "FAK orders are partially filled or killed if no match is found.",
  duplicate: "order is invalid. Duplicated.",
  signature: "invalid signature",
  auth: "Unauthorized/Invalid api key",
  marketNotReady: "the market is not yet ready to process new orders",
  marketClosed: "No orderbook exists for the requested token id",
  rateLimited: "Too Many Requests",
  restarting: "service not ready",
  postOnlyMode: "post-only mode: only post-only orders and cancels are allowed",
  cancelOnly:
    "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
  tradingDisabled: "Trading is currently disabled. Check polymarket.com for updates",
  unclassified: "order_version_mismatch",
};

const REASONS = [
  "insufficientBalance",
  "postOnlyCross",
  "tickSize",
  "orderSizeMin",
  "notionalMin",
  "expiration",
  "unmatched",
  "duplicate",
  "signature",
  "auth",
  "marketNotReady",
  "marketClosed",
  "rateLimited",
  "restarting",
  "postOnlyMode",
  "cancelOnly",
  "tradingDisabled",
  "unclassified",
] as const satisfies readonly RefusalReason[];
/** What a whole request is refused for, cancels too: 429, 425 and 503. */
export const REQUEST_REFUSALS = ["rateLimited", "restarting", "tradingDisabled"] as const;
const HAVE_RETRY_AFTER: ReadonlySet<RefusalReason> = new Set([
  "rateLimited",
  "restarting",
  "postOnlyMode",
]);
const RETRY_AFTER_MS = { min: 500, max: 5_000 };

/** Null without a stream to draw from. */
export function anyRefusal(
  random: Random | null,
  reasons: readonly [RefusalReason, ...RefusalReason[]] = REASONS,
): Refusal<RefusalReason> | null {
  if (random === null) return null;
  const reason = random.pick(reasons);
  const retryAfterMs = HAVE_RETRY_AFTER.has(reason)
    ? random.integer(RETRY_AFTER_MS.min, RETRY_AFTER_MS.max)
    : null;
  return { reason, text: TEXT[reason], retryAfterMs };
}
