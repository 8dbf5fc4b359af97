import { z } from "zod";
import { numberOrNull } from "./read.ts";
import { unreadText } from "./unread.ts";

/** Gamma's event: for an up-or-down window one market and its strike. [protocol 8.4] */
export const gammaEventWire = z.object({
  id: unreadText,
  slug: unreadText,
  markets: z.array(z.unknown()),
  /** Floats, undocumented; the strike (priceToBeat) appears during the window, possibly late. */
  eventMetadata: z
    .object({ priceToBeat: numberOrNull, finalPrice: z.unknown().optional() })
    .nullish()
    .catch(null),
});

/** GET /events?slug= */
export const gammaEventsWire = z.array(z.unknown());

/** GET /events/keyset: `next_cursor` is absent, null or "" after the last page. */
export const gammaEventsPageWire = z.object({
  events: z.array(z.unknown()),
  next_cursor: z.string().nullish(),
});

export type GammaEventWire = z.infer<typeof gammaEventWire>;
export type GammaEventsPageWire = z.infer<typeof gammaEventsPageWire>;
