/** keccak-256 in WebAssembly for the fast signers: node:crypto has no keccak. */
import { createKeccak } from "hash-wasm";
import type { Keccak256 } from "../bytes.ts";

export async function wasmKeccak(): Promise<Keccak256> {
  const hasher = await createKeccak(256);
  return (bytes) => hasher.init().update(bytes).digest("binary");
}
