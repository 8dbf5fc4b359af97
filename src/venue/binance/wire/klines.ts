import { z } from "zod";

/** GET /api/v3/klines: a row of columns for each candle, the last of which may still be growing. */
export const klinesWire = z.array(
  z.tuple([
    /** First millisecond. */
    z.number(),
    /** Open, high, low, close, volume. */
    z.string(),
    z.string(),
    z.string(),
    z.string(),
    z.string(),
    /** Last millisecond. */
    z.number(),
    /** Quote volume, trades, bought by takers in base and quote, unused. */
    z.string(),
    z.number(),
    z.string(),
    z.string(),
    z.string(),
  ]),
);
