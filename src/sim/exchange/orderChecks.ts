/** Why the venue refuses an order or a cancel: its checks in its order, with its texts. */
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
import { type ExchangeAccount, cost, freeOf, type Funds } from "./accounts.ts";
import type { Order } from "./order.ts";
import type { VenueTicket } from "./state.ts";

/** The stated expiry of a GTD order must be at least this far ahead. */
export const GTD_LIFE_MS_MIN = 180_000;
/** A GTD order is removed this long before its stated expiry. */
export const GTD_REMOVED_EARLY_MS = 60_000;

export interface OrderCheckInputs {
  readonly order: Order;
  readonly terms: Pick<VenueTicket, "orderType" | "postOnly">;
  readonly rules: MarketRules;
  readonly now: EpochMs;
  readonly isKnown: boolean;
  readonly funds: Funds;
  /** What the order needs of the funds, with the fees of what it takes at once. */
  readonly amount: number;
  readonly allowance: ExchangeAccount["allowance"];
  readonly wouldMatch: boolean;
  /** Whether all of it would match at once. */
  readonly isFillable: boolean;
}

/** The venue's text for this is not documented. */
export const selfTradeRefusal = (): Refusal<RefusalReason> =>
  refusal("unclassified", "order would match with another order of the same owner");

/** For a market that has ended, and for an unknown one. */
export const closedMarket = (): Refusal<RefusalReason> =>
  refusal("marketClosed", "No orderbook exists for the requested token id");

export function orderRefusal(inputs: OrderCheckInputs): Refusal<RefusalReason> | null {
  const { order, rules, now, funds, amount } = inputs;
  const invalid = `order ${order.id} is invalid.`;
  // Every tick divides a dollar, so that a price on the grid is at least a tick away from 0 and 1.
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
  // Only an order that trades at once needs the minimum notional; a resting one does not.
  const dollars = order.budget ?? microUsdc(cost(order));
  if (order.side === "BUY" && inputs.wouldMatch && dollars < rules.notionalMin)
    return refusal(
      "notionalMin",
      `invalid amount for a marketable BUY order ($${formatMicro(dollars)}), ` +
        `min size: ${formatMicro(rules.notionalMin)}`,
    );
  if (order.expiresAt !== null && order.expiresAt < now + GTD_LIFE_MS_MIN)
    return refusal("expiration", "invalid expiration");
  if (inputs.isKnown) return refusal("duplicate", `${invalid} Duplicated.`);
  const { allowance } = inputs;
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
  const { orderType, postOnly } = inputs.terms;
  if (postOnly && inputs.wouldMatch)
    return refusal("postOnlyCross", "invalid post-only order: order crosses book");
  if (orderType === "FAK" && !inputs.wouldMatch)
    return refusal(
      "unmatched",
      "no orders found to match with FAK order. " +
        "FAK orders are partially filled or killed if no match is found.",
    );
  if (orderType === "FOK" && !inputs.isFillable)
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
