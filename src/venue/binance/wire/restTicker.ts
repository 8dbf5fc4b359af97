import { z } from "zod";

/** GET /api/v3/ticker/bookTicker of one symbol; the sizes are not read. */
export const restTickerWire = z.object({ bidPrice: z.string(), askPrice: z.string() });
