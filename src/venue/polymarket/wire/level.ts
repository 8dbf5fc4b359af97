import { z } from "zod";
import { textWire } from "./read.ts";

/** One price level. Decimals of dollars and of shares, trailing zeros trimmed. */
export const levelWire = z.object({ price: textWire, size: textWire });

/** The side of an order, or of a level in a book: BUY is a bid. */
export const sideWire = z.enum(["BUY", "SELL"]);

export type LevelWire = z.infer<typeof levelWire>;
export type SideWire = z.infer<typeof sideWire>;
