/** The interface of a signer: curve and hash. */
import { type Keccak256, hexOf } from "./bytes.ts";
import { CURVE_ORDER, type PrivateKey } from "./key.ts";

export type SignerName = "native" | "wasm" | "pure";

/** Every signer gives the same bytes: nonces by RFC 6979, and the lower of the two values of s. */
export interface Signer {
  readonly name: SignerName;
  readonly keccak256: Keccak256;
  /** 64 bytes: x and y. */
  readonly publicKey: (key: PrivateKey) => Uint8Array;
  /** 65 bytes: r, s, and v, which is 27 or 28. */
  readonly sign: (digest: Uint8Array, key: PrivateKey) => Uint8Array;
  /** The public key that signed this digest; null where none can have. */
  readonly recover: (digest: Uint8Array, signature: Uint8Array) => Uint8Array | null;
}

export const SIGNATURE_LENGTH = 65;
const COMPACT_LENGTH = 64;
const V = 27;

/** r and s, and which of the two possible keys made them. */
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
  // Otherwise anyone could turn our signature into a second valid one.
  if (BigInt(hexOf(signature.subarray(32, COMPACT_LENGTH))) > CURVE_ORDER / 2n) return null;
  return { compact: signature.subarray(0, COMPACT_LENGTH), recovery: v === V ? 0 : 1 };
}

/** Null where the library throws: no key can have made the signature. */
export function orNull<Value>(attempt: () => Value): Value | null {
  try {
    return attempt();
  } catch {
    return null;
  }
}

/** x and y of an uncompressed key, without its leading byte 4. */
export const coordinates = (uncompressed: Uint8Array): Uint8Array => uncompressed.subarray(1);
