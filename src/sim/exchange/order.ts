/** An order as the exchange keeps it, in the token it was placed in and in YES-space. */
import {
  complement,
  type EpochMs,
  type MarketId,
  type MicroShares,
  type MicroUsdc,
  minus,
  type OrderId,
  type PriceBp,
  type Side,
  type Token,
  type VenueOrderStatus,
} from "../../types/index.ts";

export type AccountId = string;

export interface Order {
  readonly id: OrderId;
  readonly account: AccountId;
  readonly market: MarketId;
  readonly token: Token;
  readonly side: Side;
  readonly price: PriceBp;
  readonly size: MicroShares;
  readonly matched: MicroShares;
  readonly status: VenueOrderStatus;
  readonly expiresAt: EpochMs | null;
  /** The dollars a market BUY spends, however many shares they buy. */
  readonly budget?: MicroUsdc;
  /** Why an order ended before it had matched in full; absent when its owner cancelled it. */
  readonly endedBy?: EndCause;
}

/** `writtenOff`: the venue calls it matched, though a part of it is not. */
export type EndCause =
  | "cancelled"
  | "writtenOff"
  | "expired"
  | "marketEnded"
  | "heartbeatLapsed"
  | "uncovered"
  | "selfTrade";

export const isBid = (order: Order): boolean => (order.side === "BUY") === (order.token === "YES");
export const remaining = (order: Order): MicroShares => minus(order.size, order.matched);

/** The same price in the other token is its complement: turns YES-space to `token` and back. */
export const priceIn = (token: Token, price: PriceBp): PriceBp =>
  token === "YES" ? price : complement(price);

export const yesPrice = (order: Order): PriceBp => priceIn(order.token, order.price);
