/** Types of the used part of secp256k1: an optional package without types. */
declare module "secp256k1/bindings.js" {
  interface Bindings {
    publicKeyCreate(key: Uint8Array, compressed: boolean): Uint8Array;
    ecdsaSign(digest: Uint8Array, key: Uint8Array): { signature: Uint8Array; recid: number };
    /** Throws for a signature that no key can have made. */
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
