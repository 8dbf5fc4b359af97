import { z } from "zod";

/**
 * One candle of GET /api/v3/klines, an array by place: open time, open, high, low, close, volume,
 * close time, and more that nobody here reads.
 */
export const klineWire = z
  .tuple([
    z.number().int(),
    z.string(),
    z.string(),
    z.string(),
    z.string(),
    z.string(),
    z.number().int(),
  ])
  .rest(z.unknown());

export const klinesWire = z.array(klineWire);
