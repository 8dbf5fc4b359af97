import { z } from "zod";
import { unreadFlag, unreadNumber, unreadText } from "./unread.ts";

/** GET /clob-markets/{condition id}, with the id in 64 hex digits. [protocol 3.8] */
export const clobMarketWire = z.object({
  /** Condition id. */
  c: z.string(),
  /** Token ids with their names: the pairing to trust. */
  t: z.array(z.object({ t: z.string(), o: z.string() })),
  /** Smallest order, in shares. */
  mos: z.number(),
  /** Tick. */
  mts: z.number(),
  /** Base fees of maker and taker; legacy. */
  mbf: unreadNumber,
  tbf: unreadNumber,
  /** Fee schedule: rate, exponent, taker only. */
  fd: z.object({ r: z.number(), e: z.number(), to: z.boolean() }).nullish(),
  /** Whether marketable orders are delayed; absent when not. */
  itode: z.boolean().optional(),
  /** Whether it is a negRisk market; absent when not. */
  nr: z.boolean().optional(),
  /** Accepting orders. */
  ao: unreadFlag,
  /** Accepting since, ISO time. */
  aot: unreadText,
  /** "v1" or "v2". */
  v: z.string().nullish(),
});

export type ClobMarketWire = z.infer<typeof clobMarketWire>;
