import { z } from "zod";

export const tradeWire = z.object({
  /** Event time; nothing else of a trade is read. */
  E: z.union([z.number(), z.string()]),
});
