/** What the venue answers a request with. A failure that can happen in production is a value. */
import type { OrderId } from "./ids.ts";
import type { Side, Token } from "./market.ts";
import type { CancelRefusalReason, Refusal, RefusalReason } from "./refusal.ts";
import type { TradeReport } from "./trade.ts";
import type { MicroShares, MicroUsdc, PriceBp } from "./units.ts";

/** The request may have been carried out: it left, and no usable answer came. */
export interface Lost {
  readonly type: "lost";
  readonly detail: string;
  /** What was answered, where that does not prove that nothing was carried out. */
  readonly refusal?: Refusal<RefusalReason>;
}

/** It is proven that no byte left. */
export interface NotSent {
  readonly type: "notSent";
  readonly cause: NotSentCause;
  readonly retryAfterMs: number | null;
  /** Why it could not leave, where more is known. */
  readonly detail?: string;
}

/**
 * `epoch`: a stop overtook it; `displaced`: dropped from a queue by a stop; `reserve`: sending it
 * would leave too few cancel tokens to cancel everything; `limited`: the venue's rate limit leaves
 * no room for it in time; `fenced`: the kill switch has tripped.
 */
export type NotSentCause = "epoch" | "displaced" | "reserve" | "limited" | "fenced" | "unreachable";

/** What the venue says of the token bucket that a request was paid from. */
export interface Allowance {
  /** The tier's name in the venue's words, in lower case; null where it does not say. */
  readonly tier: string | null;
  /** Whole tokens left when it was counted, below zero in debt; null where it does not say. */
  readonly remaining: number | null;
  /** The request was above the limit: refused for that, or only warned. */
  readonly isOver: boolean;
  /** How long the venue takes nothing of the kind; null where it does not say. */
  readonly retryAfterMs: number | null;
}

/** An answer, with our allowance where the venue has added it. */
export type Counted<Answer> = Answer & { readonly allowance?: Allowance };

export type LegAnswer =
  | { readonly type: "acked"; readonly orderId: OrderId }
  | { readonly type: "rejected"; readonly refusal: Refusal<RefusalReason> };

/** One answer per leg, in the order of the legs. */
export type PlaceAnswer =
  { readonly type: "answered"; readonly legs: readonly LegAnswer[] } | Lost | NotSent;

export type CancelAnswer =
  | {
      readonly type: "answered";
      readonly cancelled: readonly OrderId[];
      readonly refused: readonly {
        readonly orderId: OrderId;
        readonly refusal: Refusal<CancelRefusalReason>;
      }[];
    }
  | { readonly type: "refused"; readonly refusal: Refusal<RefusalReason> }
  | Lost
  | NotSent;

/** `unreadable`: the venue has a record of the order, of which only id and token are known. */
export type VenueOrderStatus = "live" | "matched" | "cancelled" | "unreadable";

/** An order of ours as the venue reports it. `sizeMatched` may run ahead of the trades. */
export interface OrderReport {
  readonly orderId: OrderId;
  readonly token: Token;
  readonly side: Side;
  readonly price: PriceBp;
  /** Zero where the venue counts the order in dollars: a BUY that takes. */
  readonly size: MicroShares;
  readonly sizeMatched: MicroShares;
  readonly status: VenueOrderStatus;
}

/** What is over may still be in a list of open orders, and rests no more. */
export const mayRest = ({ status }: Pick<OrderReport, "status">): boolean =>
  status === "live" || status === "unreadable";

export interface Balances {
  readonly cash: MicroUsdc;
  readonly YES: MicroShares;
  readonly NO: MicroShares;
}

export interface Answered<Value> {
  readonly type: "answered";
  readonly value: Value;
  /** A page of the trades that is not the last: another answer follows. */
  readonly isPart?: true;
}

/** A read answers completely or not at all: a truncated list proves nothing. */
export type ReadAnswer<Value> = Answered<Value> | Lost | NotSent;

/** What one survey showed, read in this order: open orders, the ids asked for, balances, trades. */
export interface Survey {
  readonly openOrders: readonly OrderReport[];
  /** The orders asked for by id; an id the venue does not know is missing. */
  readonly byId: readonly OrderReport[];
  readonly balances: Balances;
  readonly trades: readonly TradeReport[];
}
