import { z } from "zod";
import { textWire } from "./text.ts";

const timeWire = z.union([z.number(), z.string()]);

/** GET /api/v3/klines: a row of columns for each candle, the last of which may still be growing. */
export const klinesWire = z.array(
  z.tuple(
    [
      /** First millisecond. */
      timeWire,
      /** Open, high, low, close, volume. */
      textWire,
      z.unknown(),
      z.unknown(),
      textWire,
      z.unknown(),
      /** Last millisecond. */
      timeWire,
    ],
    z.unknown(),
  ),
);
