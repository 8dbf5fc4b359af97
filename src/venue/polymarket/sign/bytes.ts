/** Bytes as in the ABI of the EVM: words of 32 bytes, numbers right-aligned. */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { assert } from "../../../types/index.ts";

export type Keccak256 = (bytes: Uint8Array) => Uint8Array;
/** `0x` and an even number of hex digits. */
export type Hex = `0x${string}`;

const WORD = 32;
const UINT32 = 2 ** 32;
const UINT256 = 2n ** 256n;

/** In lower case. */
export const hexOf = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`;

/** Null unless the text is `0x` and whole bytes. */
export const parseHex = (text: string): Uint8Array | null =>
  /^0x(?:[0-9a-f]{2})*$/i.test(text) ? hexToBytes(text.slice(2)) : null;

export const isHexWord = (text: string): text is Hex => /^0x[0-9a-f]{64}$/i.test(text);
export const isDecimalWord = (text: string): boolean =>
  /^\d{1,78}$/.test(text) && BigInt(text) < UINT256;

export type Word = number | Uint8Array;

/** Concatenated words: bytes right-aligned, numbers safe integers of at least 0. */
export function words(...values: readonly Word[]): Uint8Array {
  const bytes = new Uint8Array(values.length * WORD);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    const end = (index + 1) * WORD;
    if (typeof value === "number") {
      assert(Number.isSafeInteger(value) && value >= 0, "F", "a number that does not fit a word", {
        value,
      });
      view.setUint32(end - 8, Math.floor(value / UINT32));
      view.setUint32(end - 4, value % UINT32);
    } else {
      assert(value.length <= WORD, "F", "too long for a word", { length: value.length });
      bytes.set(value, end - value.length);
    }
  });
  return bytes;
}

/** Digits that a number holds exactly. */
const SAFE_DIGITS = /^\d{1,15}$/;

/** The word of a decimal text, the form of amounts and times: mostly small enough for a number. */
export const decimal = (text: string): Word =>
  SAFE_DIGITS.test(text) ? Number(text) : decimalWord(text);

/** The bytes of a decimal text of any size, the form of token ids. */
export function decimalWord(text: string): Uint8Array {
  assert(isDecimalWord(text), "F", "a decimal that does not fit a word", { text });
  return hexToBytes(
    BigInt(text)
      .toString(16)
      .padStart(2 * WORD, "0"),
  );
}

/** What `wordOf` gives, kept for texts that come again: more than this are forgotten together. */
const REMEMBERED_MAX = 1_000;

export function remembered<Text extends string>(
  wordOf: (text: Text) => Uint8Array,
): (text: Text) => Uint8Array {
  const known = new Map<Text, Uint8Array>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const word = wordOf(text);
    if (known.size >= REMEMBERED_MAX) known.clear();
    known.set(text, word);
    return word;
  };
}

export function hexWord(text: Hex): Uint8Array {
  assert(isHexWord(text), "F", "not 32 bytes", { text });
  return hexToBytes(text.slice(2));
}
