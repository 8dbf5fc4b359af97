/** Addresses on the chain. */
import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { type Brand, assert } from "../../../types/index.ts";
import { type Keccak256, hexOf } from "./bytes.ts";
import type { PrivateKey } from "./key.ts";
import type { Signer } from "./signer.ts";

/** `0x` and 40 hex digits, in the letter case of the EIP-55 checksum. */
export type Address = Brand<string, "Address">;

/** For addresses in our own code. @throws LawBroken for a text that is no address. */
export function address(text: string): Address {
  assert(isAddress(text), "F", "not an address", { text });
  return text;
}

/** Null for a text that is no address, and for a mixed-case one with a wrong checksum. */
export function parseAddress(text: string, keccak256: Keccak256): Address | null {
  if (!isAddress(text)) return null;
  const digits = text.slice(2);
  const checked = checksummed(digits.toLowerCase(), keccak256);
  const isMixed = /[a-f]/.test(digits) && /[A-F]/.test(digits);
  return isMixed && checked !== text ? null : checked;
}

export const addressBytes = (value: Address): Uint8Array => hexToBytes(value.slice(2));

/** The address whose orders `key` signs. */
export const addressOf = (signer: Signer, key: PrivateKey): Address =>
  addressOfPublicKey(signer.publicKey(key), signer.keccak256);

/** The public key is 64 bytes: x and y. */
export const addressOfPublicKey = (publicKey: Uint8Array, keccak256: Keccak256): Address =>
  checksummed(hexOf(keccak256(publicKey).subarray(12)).slice(2), keccak256);

/** EIP-55: a letter is upper case where the hash has a digit of 8 or more at its place. */
function checksummed(digits: string, keccak256: Keccak256): Address {
  const hash = hexOf(keccak256(utf8ToBytes(digits))).slice(2);
  return address(
    `0x${digits.replaceAll(/[a-f]/g, (letter, at: number) =>
      Number.parseInt(hash.charAt(at), 16) >= 8 ? letter.toUpperCase() : letter,
    )}`,
  );
}

export const isAddress = (text: string): text is Address => /^0x[0-9a-f]{40}$/i.test(text);
