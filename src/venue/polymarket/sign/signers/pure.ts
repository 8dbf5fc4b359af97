/** The curve and the hash in JavaScript: slow, and nothing can be missing. */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 as keccak256 } from "@noble/hashes/sha3.js";
import { concatBytes } from "@noble/hashes/utils.js";
import { type Signer, coordinates, orNull, recoverable, signatureBytes } from "../signer.ts";

/** The digest is what is signed: it is not hashed once more. */
const AS_IT_IS = { prehash: false } as const;

export function pureSigner(): Signer {
  return {
    name: "pure",
    keccak256,
    publicKey: (key) => coordinates(secp256k1.getPublicKey(key.reveal(), false)),
    sign: (digest, key) => {
      const options = { ...AS_IT_IS, format: "recovered" } as const;
      // The recovery byte comes first here.
      const signature = secp256k1.sign(digest, key.reveal(), options);
      return signatureBytes(signature.subarray(1), signature[0] ?? 0);
    },
    recover: (digest, signature) => {
      const parts = recoverable(signature);
      if (parts === null) return null;
      const recovered = concatBytes(Uint8Array.of(parts.recovery), parts.compact);
      return orNull(() => {
        const point = secp256k1.Point.fromBytes(
          secp256k1.recoverPublicKey(recovered, digest, AS_IT_IS),
        );
        return coordinates(point.toBytes(false));
      });
    },
  };
}
