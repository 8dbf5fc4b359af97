/** Why the venue refuses an order or a cancel: its checks, in its order, in its words. */
import {
  type CancelRefusalReason,
  type EpochMs,
  formatMicro,
  formatPriceBp,
  type MarketRules,
  microUsdc,
  type Refusal,
  type RefusalReason,
} from "../../types/index.ts";
import { type Account, cost, freeOf, type Funds } from "./accounts.ts";
import type { Order } from "./matching.ts";
import type { VenueTicket } from "./state.ts";

/** A GTD order must live at least this long as stated, */
export const GTD_LIFE_MS_MIN = 180_000;
/** and is removed this long before the stated time. */
export const GTD_REMOVED_EARLY_MS = 60_000;

export interface Application {
  readonly order: Order;
  readonly terms: Pick<VenueTicket, "orderType" | "postOnly">;
  readonly rules: MarketRules;
  readonly now: EpochMs;
  readonly isKnown: boolean;
  readonly funds: Funds;
  /** What it needs of them, fees of what it takes at once included. */
  readonly amount: number;
  readonly allowance: Account["allowance"];
  readonly wouldMatch: boolean;
  /** Whether all of it would match at once. */
  readonly isFillable: boolean;
}

/** The words for this are not documented. */
export const ownOrderMet = (): Refusal<RefusalReason> =>
  refusal("unclassified", "order would match with another order of the same owner");

/** For a market that is over, and for one the venue does not know. */
export const closedMarket = (): Refusal<RefusalReason> =>
  refusal("marketClosed", "No orderbook exists for the requested token id");

export function orderRefusal(application: Application): Refusal<RefusalReason> | null {
  const { order, rules, now, funds, amount } = application;
  const invalid = `order ${order.id} is invalid.`;
  // Every tick divides a dollar, so that a price on the grid is at least a tick away from its ends.
  if (order.price % rules.tick !== 0)
    return refusal(
      "tickSize",
      `${invalid} Price (${formatPriceBp(order.price)}) breaks minimum tick size rule: ` +
        formatPriceBp(rules.tick),
    );
  if (order.size < rules.orderSizeMin)
    return refusal(
      "orderSizeMin",
      `${invalid} Size (${formatMicro(order.size)}) lower than the minimum: ` +
        formatMicro(rules.orderSizeMin),
    );
  if (order.budget === undefined && order.size % rules.lot !== 0)
    return refusal(
      "unclassified",
      `${invalid} Size (${formatMicro(order.size)}) breaks the lot size: ${formatMicro(rules.lot)}`,
    );
  // Asked of what may trade at once: a maker may rest less.
  const dollars = order.budget ?? microUsdc(cost(order));
  if (order.side === "BUY" && application.wouldMatch && dollars < rules.notionalMin)
    return refusal(
      "notionalMin",
      `invalid amount for a marketable BUY order ($${formatMicro(dollars)}), ` +
        `min size: ${formatMicro(rules.notionalMin)}`,
    );
  if (order.expiresAt !== null && order.expiresAt < now + GTD_LIFE_MS_MIN)
    return refusal("expiration", "invalid expiration");
  if (application.isKnown) return refusal("duplicate", `${invalid} Duplicated.`);
  const { allowance } = application;
  if (order.side === "BUY" && allowance && allowance.amount < funds.matched + amount)
    return refusal(
      "insufficientBalance",
      "not enough balance / allowance: the allowance is not enough -> " +
        `spender: ${allowance.spender}, allowance: ${allowance.amount}, ` +
        `sum of matched orders: ${funds.matched}, order amount (inc. fees): ${amount}`,
    );
  if (freeOf(funds) < amount)
    return refusal(
      "insufficientBalance",
      "not enough balance / allowance: the balance is not enough -> " +
        `balance: ${funds.balance}, sum of active orders: ${funds.active}, ` +
        `sum of matched orders: ${funds.matched}, order amount (inc. fees): ${amount}`,
    );
  const { orderType, postOnly } = application.terms;
  if (postOnly && application.wouldMatch)
    return refusal("postOnlyCross", "invalid post-only order: order crosses book");
  if (orderType === "FAK" && !application.wouldMatch)
    return refusal(
      "unmatched",
      "no orders found to match with FAK order. " +
        "FAK orders are partially filled or killed if no match is found.",
    );
  if (orderType === "FOK" && !application.isFillable)
    return refusal(
      "unmatched",
      "order couldn't be fully filled. FOK orders are fully filled or killed.",
    );
  return null;
}

/** `order` is the order the cancel named, where the venue still knows it. */
export function cancelRefusal(order: Order | undefined): Refusal<CancelRefusalReason> {
  if (order?.status === "matched") return refusal("gone", "matched orders can't be canceled");
  if (order?.status === "cancelled") return refusal("gone", "the order is already canceled");
  return refusal("gone", "order can't be found - already canceled or matched");
}

const refusal = <Reason>(reason: Reason, text: string): Refusal<Reason> => ({
  reason,
  text,
  retryAfterMs: null,
});
