import { z } from "zod";

/** The server will end this connection: connect anew as soon as possible. [Binance's own pages] */
export const serverShutdownWire = z.object({
  e: z.literal("serverShutdown"),
  /** Event time. */
  E: z.number(),
});
