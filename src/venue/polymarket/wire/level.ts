import { z } from "zod";

/** One price of one side. Decimals of dollars and of shares, trailing zeros trimmed. */
export const levelWire = z.object({ price: z.string(), size: z.string() });

/** BUY is the bid side of a book, and a bid. */
export const sideWire = z.enum(["BUY", "SELL"]);

export type LevelWire = z.infer<typeof levelWire>;
export type SideWire = z.infer<typeof sideWire>;
