/** The key that signs. It leaves its Secret only inside `signers/`. */
import { hexToBytes } from "@noble/hashes/utils.js";
import { Secret } from "./secret.ts";

/** 32 bytes, at least 1 and below the order of secp256k1. */
export type PrivateKey = Secret<Uint8Array>;

/** How many points secp256k1 has. */
export const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Reads 64 hex digits, with or without `0x`; null where it is no key, without repeating it. */
export function parsePrivateKey(text: string): PrivateKey | null {
  const digits = /^\s*(?:0x)?([0-9a-f]{64})\s*$/i.exec(text)?.[1];
  if (digits === undefined) return null;
  const value = BigInt(`0x${digits}`);
  return value > 0n && value < CURVE_ORDER ? new Secret(hexToBytes(digits)) : null;
}
