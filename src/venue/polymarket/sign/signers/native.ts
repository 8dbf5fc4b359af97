/**
 * libsecp256k1, compiled. Imports `bindings.js`: the package's main entry silently falls back to a
 * slow curve in JavaScript.
 */
import bindings from "secp256k1/bindings.js";
import { type Signer, coordinates, orNull, recoverable, signatureBytes } from "../signer.ts";
import { wasmKeccak } from "./keccak.ts";

export async function nativeSigner(): Promise<Signer> {
  return {
    name: "native",
    keccak256: await wasmKeccak(),
    publicKey: (key) => coordinates(bindings.publicKeyCreate(key.reveal(), false)),
    sign: (digest, key) => {
      const { signature, recid } = bindings.ecdsaSign(digest, key.reveal());
      return signatureBytes(signature, recid);
    },
    recover: (digest, signature) => {
      const parts = recoverable(signature);
      if (parts === null) return null;
      const { compact, recovery } = parts;
      return orNull(() => coordinates(bindings.ecdsaRecover(compact, recovery, digest, false)));
    },
  };
}
