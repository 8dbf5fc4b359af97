import { z } from "zod";
import { textWire } from "./text.ts";

/** GET /api/v3/ticker/bookTicker of one symbol; the sizes are not read. */
export const restTickerWire = z.object({ bidPrice: textWire, askPrice: textWire });
