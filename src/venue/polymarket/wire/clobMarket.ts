import { z } from "zod";
import { flagOrNull, numberWire } from "./read.ts";
import { unreadFlag, unreadNumber, unreadText } from "./unread.ts";

/** GET /clob-markets/{condition id}, with the id in 64 hex digits. [protocol 3.8] */
export const clobMarketWire = z.object({
  /** Condition id. */
  c: z.string(),
  /** Token ids with their names: the pairing to trust. */
  t: z.array(z.object({ t: z.string(), o: z.string() })),
  /** Smallest order, in shares. */
  mos: numberWire,
  /** Tick. */
  mts: numberWire,
  /** Base fees of maker and taker; legacy. */
  mbf: unreadNumber,
  tbf: unreadNumber,
  /** Fee schedule: rate, exponent, taker only. */
  fd: z.object({ r: numberWire, e: numberWire, to: z.boolean() }).nullable().catch(null),
  /** Whether marketable orders are delayed; absent or null when not. */
  itode: flagOrNull,
  /** Whether it is a negRisk market; absent or null when not. */
  nr: z.boolean().nullish(),
  /** Accepting orders. */
  ao: unreadFlag,
  /** Accepting since, ISO time. */
  aot: unreadText,
  /** "v1" or "v2". */
  v: z.string().nullable().catch(null),
});

export type ClobMarketWire = z.infer<typeof clobMarketWire>;
