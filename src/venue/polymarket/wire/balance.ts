import { z } from "zod";
import { textOrBlank, textWire } from "./read.ts";

/** GET /balance-allowance: integers, millionths of a pUSD or of a share. [protocol 3.6] */
export const balanceWire = z.object({
  balance: textWire,
  /** By the address of the spender. */
  allowances: z.record(z.string(), textOrBlank).catch({}),
});

export type BalanceWire = z.infer<typeof balanceWire>;
