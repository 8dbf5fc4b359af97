/** The private key. Only `signers/` reveals it. */
import { hexToBytes } from "@noble/hashes/utils.js";
import { Secret } from "./secret.ts";

/** 32 bytes, at least 1 and below the order of secp256k1. */
export type PrivateKey = Secret<Uint8Array>;

/** The order of secp256k1's group. */
export const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/**
 * Reads 64 hex digits, with or without `0x`. Null for anything else, so that no error can quote it.
 */
export function parsePrivateKey(text: string): PrivateKey | null {
  const digits = /^\s*(?:0x)?([0-9a-f]{64})\s*$/i.exec(text)?.[1];
  if (digits === undefined) return null;
  const value = BigInt(`0x${digits}`);
  return value > 0n && value < CURVE_ORDER ? new Secret(hexToBytes(digits)) : null;
}
