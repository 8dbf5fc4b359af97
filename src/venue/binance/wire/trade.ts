import { z } from "zod";

export const tradeWire = z.object({
  e: z.literal("trade"),
  /** Event time. */
  E: z.number(),
  s: z.string(),
  /** Trade id, price, quantity, trade time. */
  t: z.number(),
  p: z.string(),
  q: z.string(),
  T: z.number(),
  /** Whether the buyer was the maker. */
  m: z.boolean(),
});
