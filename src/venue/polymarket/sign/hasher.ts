/** EIP-712: the struct hash of an order, its id, and the digest that its key signs. */
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { type OrderId, orderId } from "../../../types/index.ts";
import { addressBytes } from "./address.ts";
import {
  type Keccak256,
  decimal,
  decimalWord,
  hexOf,
  hexWord,
  remembered,
  words,
} from "./bytes.ts";
import type { Exchange } from "./exchange.ts";
import { type Order, SIGNATURE_TYPES } from "./order.ts";

/** Hashes orders for one exchange; the constant parts are hashed once. */
export interface OrderHasher {
  /** The domain separator of the exchange. */
  readonly separator: Uint8Array;
  readonly structHash: (order: Order) => Uint8Array;
  /** The id that the venue will give this order, for every kind of wallet: known before sending. */
  readonly orderId: (order: Order) => OrderId;
  /** The digest to sign: the id's own hash, or for a deposit wallet one that names the wallet. */
  readonly signingDigest: (order: Order) => Uint8Array;
}

export const ORDER_TYPE =
  "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount," +
  "uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata," +
  "bytes32 builder)";
const DOMAIN_TYPE =
  "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
const DOMAIN_NAME = "Polymarket CTF Exchange";
/** ERC-7739: how a wallet's contract checks a signature of its owner. */
const WALLET_SIGN_TYPE =
  "TypedDataSign(Order contents,string name,string version,uint256 chainId," +
  `address verifyingContract,bytes32 salt)${ORDER_TYPE}`;
const WALLET_NAME = "DepositWallet";
const WALLET_VERSION = "1";

export function orderHasher(keccak256: Keccak256, exchange: Exchange): OrderHasher {
  const hashed = (text: string): Uint8Array => keccak256(utf8ToBytes(text));
  const { version, chainId } = exchange;
  const separator = keccak256(
    words(
      hashed(DOMAIN_TYPE),
      hashed(DOMAIN_NAME),
      hashed(version),
      chainId,
      addressBytes(exchange.address),
    ),
  );
  const orderType = hashed(ORDER_TYPE);
  const walletSignType = hashed(WALLET_SIGN_TYPE);
  const walletName = hashed(WALLET_NAME);
  const walletVersion = hashed(WALLET_VERSION);
  // Maker, signer, token and the words for nothing are those of the order before.
  const addressWord = remembered(addressBytes);
  const tokenWord = remembered(decimalWord);
  const fixedWord = remembered(hexWord);

  const hashStruct = (order: Order): Uint8Array =>
    keccak256(
      words(
        orderType,
        order.salt,
        addressWord(order.maker),
        addressWord(order.signer),
        tokenWord(order.tokenId),
        decimal(order.makerAmount),
        decimal(order.takerAmount),
        order.side === "BUY" ? 0 : 1,
        order.signatureType,
        decimal(order.timestamp),
        fixedWord(order.metadata),
        fixedWord(order.builder),
      ),
    );
  // An order is hashed for its id, and again when it is signed a moment later.
  const known = new WeakMap<Order, Hashed>();
  const hashedOrder = (order: Order): Hashed => {
    const before = known.get(order);
    if (before !== undefined) return before;
    const struct = hashStruct(order);
    const both = { struct, digest: digestUnder(keccak256, separator, struct) };
    known.set(order, both);
    return both;
  };
  const structHash = (order: Order): Uint8Array => hashedOrder(order).struct;
  const digest = (order: Order): Uint8Array => hashedOrder(order).digest;
  const walletDigest = (order: Order): Uint8Array => {
    const wallet = addressBytes(order.maker);
    const contents = structHash(order);
    const salt = 0;
    // The struct contains the wallet's domain; the domain around the struct stays the exchange's.
    const struct = words(
      walletSignType,
      contents,
      walletName,
      walletVersion,
      chainId,
      wallet,
      salt,
    );
    return digestUnder(keccak256, separator, keccak256(struct));
  };
  return {
    separator,
    structHash,
    orderId: (order) => orderId(hexOf(digest(order))),
    signingDigest: (order) =>
      order.signatureType === SIGNATURE_TYPES.depositWallet ? walletDigest(order) : digest(order),
  };
}

interface Hashed {
  readonly struct: Uint8Array;
  /** What the exchange identifies the order by, and what all but a deposit wallet sign. */
  readonly digest: Uint8Array;
}

export const digestUnder = (
  keccak256: Keccak256,
  separator: Uint8Array,
  structHash: Uint8Array,
): Uint8Array => keccak256(concatBytes(Uint8Array.of(0x19, 0x01), separator, structHash));
