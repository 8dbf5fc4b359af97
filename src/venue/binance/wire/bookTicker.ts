import { z } from "zod";
import { textWire } from "./text.ts";

/** Best bid and ask of one symbol; the message has no time. */
export const bookTickerWire = z.object({
  /** Bid price and ask price; the id, the symbol and the sizes are not read. */
  b: textWire,
  a: textWire,
});
