import { z } from "zod";

/** GET /balance-allowance: integers, millionths of a pUSD or of a share. [protocol 3.6] */
export const balanceWire = z.object({
  balance: z.string(),
  /** By the address of the spender. */
  allowances: z.record(z.string(), z.string()).catch({}),
});

export type BalanceWire = z.infer<typeof balanceWire>;
