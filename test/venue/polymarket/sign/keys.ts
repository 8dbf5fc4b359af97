/** Private keys that are hashes of public words: never send funds to them. */
import { keccak_256 as keccak256 } from "@noble/hashes/sha3.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { Log } from "../../../../src/types/index.ts";
import { type PrivateKey, parsePrivateKey } from "../../../../src/venue/polymarket/index.ts";

export function testKey(word: string): PrivateKey {
  const digits = Buffer.from(keccak256(utf8ToBytes(`tandem test key ${word}`))).toString("hex");
  const key = parsePrivateKey(digits);
  if (key === null) throw new Error("one in 2^128");
  return key;
}

const nothing = (): void => undefined;
export const silent: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
