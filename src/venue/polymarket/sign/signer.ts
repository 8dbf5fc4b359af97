/** What signing asks of a curve and a hash. */
import { type Keccak256, hexOf } from "./bytes.ts";
import { CURVE_ORDER, type PrivateKey } from "./key.ts";

export type SignerName = "native" | "wasm" | "pure";

/** All of them give the same bytes: the nonce is RFC 6979's, and s the lower of the two. */
export interface Signer {
  readonly name: SignerName;
  readonly keccak256: Keccak256;
  /** 64 bytes: x and y. */
  readonly publicKey: (key: PrivateKey) => Uint8Array;
  /** 65 bytes: r, s, and v, which is 27 or 28. */
  readonly sign: (digest: Uint8Array, key: PrivateKey) => Uint8Array;
  /** The public key that made this signature of this digest; null where none can have. */
  readonly recover: (digest: Uint8Array, signature: Uint8Array) => Uint8Array | null;
}

export const SIGNATURE_LENGTH = 65;
const COMPACT_LENGTH = 64;
const V = 27;

/** r and s, and which of the two keys they could be of. */
export interface Recoverable {
  readonly compact: Uint8Array;
  readonly recovery: 0 | 1;
}

export function signatureBytes(compact: Uint8Array, recovery: number): Uint8Array {
  const bytes = new Uint8Array(SIGNATURE_LENGTH);
  bytes.set(compact);
  bytes[COMPACT_LENGTH] = V + recovery;
  return bytes;
}

/** Null where the length or v is not that of a signature, or s is the upper of the two. */
export function recoverable(signature: Uint8Array): Recoverable | null {
  const v = signature[COMPACT_LENGTH];
  if (signature.length !== SIGNATURE_LENGTH || (v !== V && v !== V + 1)) return null;
  // Else anyone could make a second signature out of ours.
  if (BigInt(hexOf(signature.subarray(32, COMPACT_LENGTH))) > CURVE_ORDER / 2n) return null;
  return { compact: signature.subarray(0, COMPACT_LENGTH), recovery: v === V ? 0 : 1 };
}

/** What the libraries throw over a signature that nobody can have made. */
export function orNull<Value>(attempt: () => Value): Value | null {
  try {
    return attempt();
  } catch {
    return null;
  }
}

/** x and y out of an uncompressed key, which a byte 4 precedes. */
export const coordinates = (uncompressed: Uint8Array): Uint8Array => uncompressed.subarray(1);
