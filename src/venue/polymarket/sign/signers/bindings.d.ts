/** The part of secp256k1 that is used: it ships no types, and need not be installed. */
declare module "secp256k1/bindings.js" {
  interface Bindings {
    publicKeyCreate(key: Uint8Array, compressed: boolean): Uint8Array;
    ecdsaSign(digest: Uint8Array, key: Uint8Array): { signature: Uint8Array; recid: number };
    /** Throws where no key can have made the signature. */
    ecdsaRecover(
      signature: Uint8Array,
      recid: number,
      digest: Uint8Array,
      compressed: boolean,
    ): Uint8Array;
  }
  const bindings: Bindings;
  export default bindings;
}
