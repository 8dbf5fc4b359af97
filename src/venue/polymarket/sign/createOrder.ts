/** A limit order in the names of the venue's own clients: read, checked and signed. Pure. */
import {
  ConfigError,
  type EpochMs,
  type OrderId,
  type OrderTicket,
  type Side,
  epochMs,
  parseMicroShares,
  parsePriceBp,
  tokenId,
} from "../../../types/index.ts";
import { LOT } from "./amounts.ts";
import { isDecimalWord } from "./bytes.ts";
import { exchangeOf } from "./exchange.ts";
import { orderHasher } from "./hasher.ts";
import type { PrivateKey } from "./key.ts";
import { type SignedOrder, type SigningAccount, orderOf } from "./order.ts";
import { signOrder } from "./signature.ts";
import type { Signer } from "./signer.ts";

export interface UserOrder {
  readonly tokenID: string;
  /** In dollars, a multiple of `tickSize`. */
  readonly price: number;
  /** In shares, with at most two decimals. */
  readonly size: number;
  readonly side: Side;
}

export interface CreateOrderOptions {
  /** Of the market, as are `negRisk` and `orderVersion`. */
  readonly tickSize: "0.1" | "0.01" | "0.005" | "0.0025" | "0.001" | "0.0001";
  readonly negRisk: boolean;
  readonly orderType: "GTC" | "GTD";
  /** Unix seconds, of a GTD order; the venue removes it a minute earlier. */
  readonly expiration?: number;
  /** Refused by the venue where it would match at once. */
  readonly postOnly?: boolean;
  /** 3 for Protocol V2; 2 by default. */
  readonly orderVersion?: 2 | 3;
}

/** Signed, with the id that the venue will give it. */
export interface CreatedOrder {
  readonly orderID: OrderId;
  readonly leg: { readonly ticket: Omit<OrderTicket, "market"> };
  readonly signed: SignedOrder;
}

interface By {
  readonly account: SigningAccount;
  readonly key: PrivateKey;
  readonly signer: Signer;
}

/** @throws ConfigError with everything that is wrong with the order. */
export function createOrder(
  { account, key, signer }: By,
  order: UserOrder,
  options: CreateOrderOptions,
  unique: { readonly salt: number; readonly createdAt: EpochMs },
): CreatedOrder {
  const ticket = { ...ticketOf(order, options), ...unique };
  const exchange = exchangeOf(options.orderVersion === 3 ? "3" : "2", options.negRisk);
  const hasher = orderHasher(signer.keccak256, exchange);
  const unsigned = orderOf(account, ticket);
  return {
    orderID: hasher.orderId(unsigned),
    leg: { ticket },
    signed: signOrder(signer, hasher, key, unsigned),
  };
}

function ticketOf(
  { tokenID, price, size, side }: UserOrder,
  { tickSize, orderType, expiration, postOnly = false }: CreateOrderOptions,
): Omit<OrderTicket, "market" | "salt" | "createdAt"> {
  const priceBp = parsePriceBp(String(price));
  const tick = parsePriceBp(tickSize);
  const shares = parseMicroShares(String(size));
  const isOnGrid = priceBp !== null && tick !== null && priceBp % tick === 0;
  const isWhole = shares !== null && shares > 0 && shares % LOT === 0;
  const problems = [
    ...(isDecimalWord(tokenID) ? [] : ["tokenID: not the number of a token"]),
    ...(isOnGrid ? [] : [`price: not a multiple of ${tickSize} between 0 and 1: ${price}`]),
    ...(isWhole ? [] : [`size: not a number of shares with at most two decimals: ${size}`]),
    ...((orderType === "GTD") === (expiration !== undefined)
      ? []
      : ["expiration: the Unix second at which a GTD order ends; not of another order"]),
  ];
  if (!isOnGrid || !isWhole || problems.length > 0) throw new ConfigError(problems);
  return {
    tokenId: tokenId(tokenID),
    side,
    price: priceBp,
    size: shares,
    orderType,
    postOnly,
    expiresAt: expiration === undefined ? null : epochMs(expiration * 1_000),
  };
}
