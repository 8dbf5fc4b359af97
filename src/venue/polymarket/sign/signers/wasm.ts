/** libsecp256k1 in WebAssembly: nothing to compile, runs wherever WebAssembly does. */
import { pointFromScalar, recover, signRecoverable } from "tiny-secp256k1";
import { assert } from "../../../../types/index.ts";
import { type Signer, coordinates, orNull, recoverable, signatureBytes } from "../signer.ts";
import { wasmKeccak } from "./keccak.ts";

export async function wasmSigner(): Promise<Signer> {
  return {
    name: "wasm",
    keccak256: await wasmKeccak(),
    publicKey: (key) => {
      const point = pointFromScalar(key.reveal(), false);
      assert(point !== null, "F", "a private key has a public one");
      return coordinates(point);
    },
    sign: (digest, key) => {
      const { signature, recoveryId } = signRecoverable(digest, key.reveal());
      return signatureBytes(signature, recoveryId);
    },
    recover: (digest, signature) => {
      const parts = recoverable(signature);
      if (parts === null) return null;
      const point = orNull(() => recover(digest, parts.compact, parts.recovery, false));
      return point && coordinates(point);
    },
  };
}
