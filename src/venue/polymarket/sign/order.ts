/** An order in the venue's spelling, both for hashing and for the body of a request. */
import { type OrderTicket, type Side, assert } from "../../../types/index.ts";
import { type Address, isAddress } from "./address.ts";
import { LOT, limitAmounts } from "./amounts.ts";
import { type Hex, isDecimalWord, isHexWord } from "./bytes.ts";

/** Kinds of wallet that hold the funds, with the venue's numbers. */
export const SIGNATURE_TYPES = { key: 0, proxy: 1, safe: 2, depositWallet: 3 } as const;
export type Wallet = keyof typeof SIGNATURE_TYPES;
export type SignatureType = (typeof SIGNATURE_TYPES)[Wallet];

/** The account that orders are signed for. Nothing in it is secret. */
export interface SigningAccount {
  /** The address of the signing key; the API credentials belong to it. */
  readonly owner: Address;
  readonly wallet: Wallet;
  /** The address that holds the funds: the owner itself for `key`. */
  readonly maker: Address;
}

/** The signed struct of domains "2" and "3". [protocol 4.4] */
export interface Order {
  /** At most 53 bits: the body carries it as a JSON number. */
  readonly salt: number;
  readonly maker: Address;
  /** The owner; for a deposit wallet the wallet itself. */
  readonly signer: Address;
  readonly tokenId: string;
  /** Decimals of millionths. */
  readonly makerAmount: string;
  readonly takerAmount: string;
  readonly side: Side;
  readonly signatureType: SignatureType;
  /** Decimals of milliseconds since 1970. */
  readonly timestamp: string;
  /** 32 bytes each. */
  readonly metadata: Hex;
  readonly builder: Hex;
}

export interface SignedOrder extends Order {
  readonly signature: Hex;
}

/** Stands for no metadata and for no builder. */
export const NOTHING: Hex = `0x${"00".repeat(32)}`;

/**
 * The order of a ticket: a pure function of ticket and account. @throws LawBroken for a market BUY
 * or part of a lot.
 */
export function orderOf(
  { owner, wallet, maker }: SigningAccount,
  ticket: Omit<OrderTicket, "market">,
): Order {
  const { side, price, size, salt, tokenId, createdAt, orderType } = ticket;
  assert(size > 0 && size % LOT === 0, "F", "a size is whole lots", { size });
  // The venue counts a market BUY in dollars, so it may give more shares than the ticket says.
  assert(orderType !== "FAK" || side === "SELL", "F", "a ticket cannot be a market BUY", { side });
  const { makerAmount, takerAmount } = limitAmounts(side, price, size);
  return {
    salt,
    maker,
    signer: wallet === "depositWallet" ? maker : owner,
    tokenId,
    makerAmount: String(makerAmount),
    takerAmount: String(takerAmount),
    side,
    signatureType: SIGNATURE_TYPES[wallet],
    timestamp: String(createdAt),
    metadata: NOTHING,
    builder: NOTHING,
  };
}

/** An order as received: its fields have the right JSON types, and nothing else is checked. */
export type Unvalidated<It> = {
  readonly [Field in keyof It]: It[Field] extends Side
    ? Side
    : It[Field] extends string
      ? string
      : number;
};

/** Whether every field is valid, so that the order can be hashed. */
export const isOrder = (it: Unvalidated<Order>): it is Order =>
  Number.isSafeInteger(it.salt) &&
  it.salt >= 0 &&
  [it.maker, it.signer].every(isAddress) &&
  [it.tokenId, it.makerAmount, it.takerAmount, it.timestamp].every(isDecimalWord) &&
  Object.values<number>(SIGNATURE_TYPES).includes(it.signatureType) &&
  [it.metadata, it.builder].every(isHexWord);
