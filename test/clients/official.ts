/** The venue's own client, unmodified, with a wallet whose every request is kept. */
import { Chain, ClobClient, type ClobClientOptions } from "@polymarket/clob-client-v2";
import { createWalletClient, custom, hashTypedData, type TypedDataDefinition } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { orderId, type OrderId } from "../../src/types/index.ts";
import type { Served } from "../sim/server/served.ts";
import { remembered } from "./remembered.ts";

export interface KeptWallet {
  readonly signer: NonNullable<ClobClientOptions["signer"]>;
  /** What the client had it sign last. */
  readonly asked: () => TypedDataDefinition;
}

/** viem's wallet, signing with the key of this number. */
export function keptWallet(key: number): KeptWallet {
  const account = privateKeyToAccount(`0x${keyText(key)}`);
  const kept: { last?: TypedDataDefinition } = {};
  const signer = createWalletClient({
    account: {
      ...account,
      signTypedData: (typed) => {
        kept.last = typed as TypedDataDefinition;
        return account.signTypedData(typed);
      },
    },
    transport: custom({ request: () => Promise.reject(new Error("no chain is asked")) }),
  });
  return {
    signer,
    asked: () => {
      if (!kept.last) throw new Error("nothing has been signed");
      return kept.last;
    },
  };
}

export const keyText = (key: number): string => String(key).padStart(64, "0");

/**
 * The id of the order behind what was signed, hashed by viem. A deposit wallet signs its order
 * inside another struct, as `contents`.
 */
export function theirId({ domain, types, message }: TypedDataDefinition): OrderId {
  const { Order } = types;
  const { contents = message } = message as { readonly contents?: Record<string, unknown> };
  const order = { domain, types: { Order }, primaryType: "Order", message: contents };
  return orderId(hashTypedData(order as TypedDataDefinition));
}

/** Every method of the client that has been called by a test of this file, and answered. */
export const answered = new Set<string>();

/** A client of this venue with credentials of its own, on the venue's clock. */
export async function official(
  { at }: Served,
  { signer }: KeptWallet,
  more: Partial<ClobClientOptions> = {},
): Promise<ClobClient> {
  const options = {
    host: at.rest,
    chain: Chain.POLYGON,
    signer,
    useServerTime: true,
    throwOnError: true,
    ...more,
  };
  const creds = await new ClobClient(options).createOrDeriveApiKey();
  return remembered(new ClobClient({ ...options, creds }), answered);
}
