/** Order ids of the venue in process. */
import { type OrderId, type OrderTicket, orderId } from "../../types/index.ts";
import { hashed } from "./hash.ts";
import type { AccountId } from "./order.ts";

/** A hash of the account and of every term of the ticket. */
export function venueOrderId(account: AccountId, ticket: OrderTicket): OrderId {
  const { market, tokenId, side, price, size, salt, createdAt, expiresAt, postOnly } = ticket;
  const terms = [market, tokenId, side, price, size, salt, createdAt, expiresAt, postOnly];
  return orderId(hashed([account, ...terms].join(" ")));
}
