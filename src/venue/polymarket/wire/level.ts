import { z } from "zod";

/** One price level. Decimals of dollars and of shares, trailing zeros trimmed. */
export const levelWire = z.object({ price: z.string(), size: z.string() });

/** The side of an order, or of a level in a book: BUY is a bid. */
export const sideWire = z.enum(["BUY", "SELL"]);

export type LevelWire = z.infer<typeof levelWire>;
export type SideWire = z.infer<typeof sideWire>;
