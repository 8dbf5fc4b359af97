import { z } from "zod";

/** Stream `@kline_<interval>`: the candle as it grows, every second or two. */
export const klineWire = z.object({
  e: z.literal("kline"),
  /** Event time. */
  E: z.number(),
  s: z.string(),
  k: z.object({
    /** First and last millisecond, interval. */
    t: z.number(),
    T: z.number(),
    i: z.string(),
    /** Open, close, high, low, volume, trades. */
    o: z.string(),
    c: z.string(),
    h: z.string(),
    l: z.string(),
    v: z.string(),
    n: z.number(),
    /** Whether the candle is closed. */
    x: z.boolean(),
  }),
});
