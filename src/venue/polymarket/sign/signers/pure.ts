/** Curve and hash in JavaScript: slow, but always installed. */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 as keccak256 } from "@noble/hashes/sha3.js";
import { concatBytes } from "@noble/hashes/utils.js";
import { type Signer, coordinates, orNull, recoverable, signatureBytes } from "../signer.ts";

/** The digest is signed as it is, not hashed again. */
const UNHASHED = { prehash: false } as const;

export function pureSigner(): Signer {
  return {
    name: "pure",
    keccak256,
    publicKey: (key) => coordinates(secp256k1.getPublicKey(key.reveal(), false)),
    sign: (digest, key) => {
      const options = { ...UNHASHED, format: "recovered" } as const;
      // This library puts the recovery byte first.
      const signature = secp256k1.sign(digest, key.reveal(), options);
      return signatureBytes(signature.subarray(1), signature[0] ?? 0);
    },
    recover: (digest, signature) => {
      const parts = recoverable(signature);
      if (parts === null) return null;
      const recovered = concatBytes(Uint8Array.of(parts.recovery), parts.compact);
      return orNull(() => {
        const point = secp256k1.Point.fromBytes(
          secp256k1.recoverPublicKey(recovered, digest, UNHASHED),
        );
        return coordinates(point.toBytes(false));
      });
    },
  };
}
