/**
 * EIP-712 by the standard, for any struct without nested ones: an independent check of the words
 * that `hasher.ts` lays out by hand.
 */
import { keccak_256 as keccak256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

export type Message = Readonly<Record<string, string | number>>;
export interface Field {
  readonly name: string;
  readonly type: string;
}

const hex = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;

/** The fields of a type text: `Order(uint256 salt,address maker)`. */
export function fieldsOf(typeString: string): readonly Field[] {
  const inside = typeString.slice(typeString.indexOf("(") + 1, typeString.indexOf(")"));
  return inside.split(",").map((field) => {
    const [type = "", name = ""] = field.split(" ");
    return { type, name };
  });
}

export const typeStringOf = (name: string, fields: readonly Field[]): string =>
  `${name}(${fields.map((field) => `${field.type} ${field.name}`).join(",")})`;

export function structHash(typeString: string, message: Message): string {
  const values = fieldsOf(typeString).map(({ type, name }) => word(type, message[name] ?? ""));
  return hex(keccak256(concatBytes(keccak256(utf8ToBytes(typeString)), ...values)));
}

const DOMAIN: readonly Field[] = [
  { type: "string", name: "name" },
  { type: "string", name: "version" },
  { type: "uint256", name: "chainId" },
  { type: "address", name: "verifyingContract" },
];

/** A domain has only some of the fields; its type lists those. */
export function domainSeparator(domain: Message): string {
  const fields = DOMAIN.filter(({ name }) => name in domain);
  return structHash(typeStringOf("EIP712Domain", fields), domain);
}

export const digest = (separator: string, struct: string): string =>
  hex(keccak256(hexToBytes(`1901${separator.slice(2)}${struct.slice(2)}`)));

function word(type: string, value: string | number): Uint8Array {
  if (type === "string") return keccak256(utf8ToBytes(String(value)));
  return hexToBytes(BigInt(value).toString(16).padStart(64, "0"));
}
