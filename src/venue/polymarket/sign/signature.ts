/** Signatures of orders, by the wallet that holds the funds, and whose they are. */
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { type Address, addressOfPublicKey } from "./address.ts";
import { hexOf, parseHex } from "./bytes.ts";
import { ORDER_TYPE, type OrderHasher } from "./hasher.ts";
import type { PrivateKey } from "./key.ts";
import { type Order, SIGNATURE_TYPES, type SignedOrder, type Unread, isOrder } from "./order.ts";
import { SIGNATURE_LENGTH, type Signer } from "./signer.ts";

/** The signature is 65 bytes; a deposit wallet's 317, with what its contract needs to check it. */
export function signOrder(
  signer: Signer,
  hasher: OrderHasher,
  key: PrivateKey,
  order: Order,
): SignedOrder {
  const signature = signer.sign(hasher.signingDigest(order), key);
  return { ...order, signature: hexOf(concatBytes(signature, wrapping(hasher, order))) };
}

/**
 * Whose key has signed this order; null where nobody's has, where the order has a field that is
 * none, or where what is wrapped around the signature is not of this order.
 */
export function ownerOf(
  signer: Signer,
  hasher: OrderHasher,
  order: Unread<SignedOrder>,
): Address | null {
  const signature = parseHex(order.signature);
  if (signature === null || !isOrder(order)) return null;
  const rest = signature.subarray(SIGNATURE_LENGTH);
  if (hexOf(rest) !== hexOf(wrapping(hasher, order))) return null;
  const own = signature.subarray(0, SIGNATURE_LENGTH);
  const publicKey = signer.recover(hasher.signingDigest(order), own);
  return publicKey && addressOfPublicKey(publicKey, signer.keccak256);
}

/** What follows the 65 bytes of a deposit wallet: separator, struct hash, type and its length. */
function wrapping(hasher: OrderHasher, order: Order): Uint8Array {
  if (order.signatureType !== SIGNATURE_TYPES.depositWallet) return new Uint8Array();
  const type = utf8ToBytes(ORDER_TYPE);
  const length = Uint8Array.of(type.length >>> 8, type.length & 0xff);
  return concatBytes(hasher.separator, hasher.structHash(order), type, length);
}
