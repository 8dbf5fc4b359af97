/** How an account stands with the venue: reads that nobody trades on, for a look before the start. */
import type { MicroUsdc } from "../../../types/index.ts";
import { type Reply, type Read, decodeRead, wholeUsdc } from "../decode/index.ts";
import type { VenueRequest } from "./encode.ts";
import { balanceWire, openOrdersPageWire, closedOnlyWire, rateTierWire } from "../wire/index.ts";

export interface Funds {
  readonly cash: MicroUsdc;
  /** What each contract may spend, in millionths, by its address in lower case. */
  readonly allowances: ReadonlyMap<string, bigint>;
}

/** GET /balance-allowance of cash. */
export const decodeFunds = (reply: Reply): Read<Funds> =>
  decodeRead(reply, balanceWire, ({ balance, allowances }) => {
    const cash = wholeUsdc(balance);
    const each = Object.entries(allowances).map(
      ([spender, text]) => [spender.toLowerCase(), /^\d+$/.test(text) ? BigInt(text) : 0n] as const,
    );
    return cash === null ? undefined : { cash, allowances: new Map(each) };
  });

/** GET /data/orders: how many are on its first page, whatever market they are of. */
export const decodeOrderCount = (reply: Reply): Read<number> =>
  decodeRead(reply, openOrdersPageWire, ({ data }) => data.length);

/** Whether the account may only sell what it has. */
export const closedOnlyRequest: VenueRequest = read("/auth/ban-status/closed-only");
export const decodeClosedOnly = (reply: Reply): Read<boolean> =>
  decodeRead(reply, closedOnlyWire, ({ closed_only }) => closed_only);

/** The shape of its answer is not documented; null where it names no tier that we can find. */
export const rateTierRequest: VenueRequest = read("/v1/user/rate-limit-tier");
export const decodeRateTier = (reply: Reply): Read<string | null> =>
  decodeRead(reply, rateTierWire, ({ tier }) => tier ?? null);

function read(path: string): VenueRequest {
  return { method: "GET", path, query: {}, body: null };
}
