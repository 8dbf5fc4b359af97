/** Refusals, with the venue's texts, that nothing about the order explains. */
import type { LastingReason, Refusal, RefusalReason } from "../../types/index.ts";
import type { Random } from "../exchange/index.ts";

type ReasonAndText = Pick<Refusal<RefusalReason>, "reason" | "text">;

/** Refusals of a whole request, cancels included: 429, 425 and 503. */
export const REQUEST_REFUSALS: readonly [ReasonAndText, ...ReasonAndText[]] = [
  { reason: "rateLimited", text: "Too Many Requests" },
  { reason: "restarting", text: "service not ready" },
  {
    reason: "tradingDisabled",
    text: "Trading is currently disabled. Check polymarket.com for updates",
  },
];

/**
 * Of everything, until it is taken back: status and text. A market without a book is one of the
 * refusals of an order, too, because it passes within minutes.
 */
export const LASTING_REFUSALS: Readonly<
  Record<LastingReason, { readonly status: number; readonly text: string }>
> = {
  walletKind: {
    status: 400,
    text: "maker address not allowed, please use the deposit wallet flow",
  },
  restricted: {
    status: 403,
    text: "Trading restricted in your region, please refer to available regions",
  },
  banned: { status: 400, text: "'0x0' address banned" },
  closedOnly: { status: 400, text: "'0x0' address in closed only mode" },
  signature: { status: 400, text: "invalid signature" },
  orderVersion: { status: 400, text: "order_version_mismatch" },
  auth: { status: 401, text: "Unauthorized/Invalid api key" },
  marketNotReady: { status: 400, text: "the market is not yet ready to process new orders" },
  marketClosed: { status: 404, text: "No orderbook exists for the requested token id" },
};

/** Refusals of an order: every reason that passes by itself. */
export const ORDER_REFUSALS: readonly [ReasonAndText, ...ReasonAndText[]] = [
  ...REQUEST_REFUSALS,
  {
    reason: "insufficientBalance",
    text: "not enough balance / allowance: the balance is not enough -> balance: 0, order amount: 5",
  },
  { reason: "postOnlyCross", text: "invalid post-only order: order crosses book" },
  { reason: "tickSize", text: "Price (0.505) breaks minimum tick size rule: 0.01" },
  { reason: "orderSizeMin", text: "Size (5) lower than the minimum: 15" },
  { reason: "notionalMin", text: "invalid amount for a marketable BUY order ($0.84), min size: 1" },
  { reason: "expiration", text: "invalid expiration" },
  { reason: "unmatched", text: "no orders found to match with FAK order" },
  { reason: "duplicate", text: "order is invalid. Duplicated." },
  { reason: "marketNotReady", text: LASTING_REFUSALS.marketNotReady.text },
  { reason: "marketClosed", text: LASTING_REFUSALS.marketClosed.text },
  {
    reason: "postOnlyMode",
    text: "post-only mode: only post-only orders and cancels are allowed",
  },
  {
    reason: "cancelOnly",
    text: "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
  },
  { reason: "unclassified", text: "order canceled in the CTF exchange contract" },
];

const HAVE_RETRY_AFTER: ReadonlySet<RefusalReason> = new Set([
  "rateLimited",
  "restarting",
  "postOnlyMode",
]);
const RETRY_AFTER_MS = { min: 500, max: 5_000 };

export function anyRefusal(
  random: Random,
  refusals: readonly [ReasonAndText, ...ReasonAndText[]],
): Refusal<RefusalReason> {
  const refusal = random.pick(refusals);
  const retryAfterMs = HAVE_RETRY_AFTER.has(refusal.reason)
    ? random.integer(RETRY_AFTER_MS.min, RETRY_AFTER_MS.max)
    : null;
  return { ...refusal, retryAfterMs };
}
