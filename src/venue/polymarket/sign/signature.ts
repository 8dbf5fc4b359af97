/** Signs orders for each kind of wallet, and recovers the signer of an order. */
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { type Address, addressOfPublicKey } from "./address.ts";
import { hexOf, parseHex } from "./bytes.ts";
import { ORDER_TYPE, type OrderHasher } from "./hasher.ts";
import type { PrivateKey } from "./key.ts";
import {
  type Order,
  SIGNATURE_TYPES,
  type SignedOrder,
  type Unvalidated,
  isOrder,
} from "./order.ts";
import { SIGNATURE_LENGTH, type Signer } from "./signer.ts";

/**
 * A signature has 65 bytes; for a deposit wallet 317, including what its contract needs to check
 * it.
 */
export function signOrder(
  signer: Signer,
  hasher: OrderHasher,
  key: PrivateKey,
  order: Order,
): SignedOrder {
  const signature = signer.sign(hasher.signingDigest(order), key);
  return { ...order, signature: hexOf(concatBytes(signature, suffix(hasher, order))) };
}

/**
 * The address whose key signed this order. Null where no key can have, where a field of the order
 * is malformed, or where the bytes after the signature belong to another order.
 */
export function recoverOwner(
  signer: Signer,
  hasher: OrderHasher,
  order: Unvalidated<SignedOrder>,
): Address | null {
  const signature = parseHex(order.signature);
  if (signature === null || !isOrder(order)) return null;
  const rest = signature.subarray(SIGNATURE_LENGTH);
  if (hexOf(rest) !== hexOf(suffix(hasher, order))) return null;
  const own = signature.subarray(0, SIGNATURE_LENGTH);
  const publicKey = signer.recover(hasher.signingDigest(order), own);
  return publicKey && addressOfPublicKey(publicKey, signer.keccak256);
}

/** The bytes after a deposit wallet's signature: separator, struct hash, type and its length. */
function suffix(hasher: OrderHasher, order: Order): Uint8Array {
  if (order.signatureType !== SIGNATURE_TYPES.depositWallet) return new Uint8Array();
  const type = utf8ToBytes(ORDER_TYPE);
  const length = Uint8Array.of(type.length >>> 8, type.length & 0xff);
  return concatBytes(hasher.separator, hasher.structHash(order), type, length);
}
