/** Status of the account: reads for a check before the start. Nothing trades on them. */
import type { MicroUsdc } from "../../../types/index.ts";
import { type Reply, type Read, decodeRead, wholeUsdc } from "../decode/index.ts";
import type { VenueRequest } from "./encode.ts";
import { balanceWire, openOrdersPageWire, closedOnlyWire, rateTierWire } from "../wire/index.ts";

export interface Funds {
  readonly cash: MicroUsdc;
  /** Micro-dollars that each contract may spend, by its address in lower case. */
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

/** GET /data/orders: the number of orders on the first page, of any market. */
export const decodeOrderCount = (reply: Reply): Read<number> =>
  decodeRead(reply, openOrdersPageWire, ({ data }) => data.length);

/** Whether the account may only close its holdings. */
export const closedOnlyRequest: VenueRequest = read("/auth/ban-status/closed-only");
export const decodeClosedOnly = (reply: Reply): Read<boolean> =>
  decodeRead(reply, closedOnlyWire, ({ closed_only }) => closed_only);

/** The answer's format is not documented; decoded to null where it has no `tier`. */
export const rateTierRequest: VenueRequest = read("/v1/user/rate-limit-tier");
export const decodeRateTier = (reply: Reply): Read<string | null> =>
  decodeRead(reply, rateTierWire, ({ tier }) => tier ?? null);

function read(path: string): VenueRequest {
  return { method: "GET", path, query: {}, body: null };
}
