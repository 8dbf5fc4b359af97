import { z } from "zod";

/** Best bid and ask of one symbol; the message has no time. */
export const bookTickerWire = z.object({
  /** Order book update id. */
  u: z.number(),
  s: z.string(),
  /** Bid price and size, ask price and size. */
  b: z.string(),
  B: z.string(),
  a: z.string(),
  A: z.string(),
});
