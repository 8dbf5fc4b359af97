/** Random refusals, with the venue's texts, that nothing about the order explains. */
import type { Refusal, RefusalReason } from "../../types/index.ts";
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

/** Refusals of an order: every reason there is. */
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
  { reason: "signature", text: "invalid signature" },
  { reason: "auth", text: "Unauthorized/Invalid api key" },
  { reason: "marketNotReady", text: "the market is not yet ready to process new orders" },
  { reason: "marketClosed", text: "No orderbook exists for the requested token id" },
  {
    reason: "postOnlyMode",
    text: "post-only mode: only post-only orders and cancels are allowed",
  },
  {
    reason: "cancelOnly",
    text: "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
  },
  { reason: "unclassified", text: "order_version_mismatch" },
];

/** Refusals that no other order would change. */
export const LASTING_REASONS = ["signature", "auth"] as const satisfies readonly RefusalReason[];

type LastingRefusal = ReasonAndText & {
  readonly reason: (typeof LASTING_REASONS)[number];
  readonly status: number;
};

export const LASTING_REFUSALS: readonly [LastingRefusal, ...LastingRefusal[]] = [
  { reason: "signature", status: 400, text: "invalid signature" },
  { reason: "auth", status: 401, text: "Unauthorized/Invalid api key" },
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
