import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** The shape of the venue's ids: 32 bytes in hexadecimal. */
export const hashed = (text: string): string => `0x${bytesToHex(sha256(utf8ToBytes(text)))}`;
