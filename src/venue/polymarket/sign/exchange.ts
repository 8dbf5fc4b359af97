/** The exchange contracts on Polygon that an order can be signed for. [protocol 2, 4.4] */
import { type Address, address } from "./address.ts";

/** The signing domain of an exchange. Its name is the same on every exchange. */
export interface Exchange {
  readonly version: string;
  readonly chainId: number;
  readonly address: Address;
}

export const POLYGON = 137;

const CTF = exchange("2", "0xE111180000d2663C0091e4f400237545B87B996B");
const NEG_RISK = exchange("2", "0xe2222d279d744050d28e00520010520000310F59");
const PROTOCOL_V2 = exchange("3", "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa");

/** The exchange of a domain version; `isNegRisk` chooses between the two of domain "2". */
export function exchangeOf(version: "2" | "3", isNegRisk: boolean): Exchange {
  if (version === "3") return PROTOCOL_V2;
  return isNegRisk ? NEG_RISK : CTF;
}

function exchange(version: string, text: string): Exchange {
  return { version, chainId: POLYGON, address: address(text) };
}
