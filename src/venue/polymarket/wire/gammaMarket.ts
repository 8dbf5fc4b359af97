import { z } from "zod";
import { unreadText } from "./unread.ts";

/** The used fields of Gamma's market object. Numbers are JSON floats. [protocol 8.3] */
export const gammaMarketWire = z.object({
  id: unreadText,
  question: unreadText,
  /** 64 hex digits; in a v2 market perhaps 62. */
  conditionId: z.string(),
  slug: z.string(),
  /** JSON in a string: ["Up", "Down"]. */
  outcomes: z.string(),
  /** JSON in a string, paired with `outcomes`; the ids of a v1 market. */
  clobTokenIds: z.string().nullish(),
  /** Paired with `outcomes`; the ids of a v2 market. v1 markets may have some too. */
  positionIds: z.array(z.string()).nullish(),
  /** "v1" or "v2". */
  version: z.string().nullish(),
  /** ISO time of the beginning of the window; `startDate` is when the market was listed. */
  eventStartTime: z.string().nullish(),
  /** ISO time of the end of the window. */
  endDate: z.string().nullish(),
  active: z.boolean().nullish(),
  closed: z.boolean().nullish(),
  acceptingOrders: z.boolean().nullish(),
  enableOrderBook: z.boolean().nullish(),
  orderPriceMinTickSize: z.number().nullish(),
  /** Shares. */
  orderMinSize: z.number().nullish(),
  negRisk: z.boolean().nullish(),
  feesEnabled: z.boolean().nullish(),
  feeSchedule: z
    .object({
      exponent: z.number(),
      rate: z.number(),
      takerOnly: z.boolean(),
      rebateRate: z.number().optional(),
    })
    .nullish(),
});

/** GET /markets?slug= */
export const gammaMarketsWire = z.array(z.unknown());

export type GammaMarketWire = z.infer<typeof gammaMarketWire>;
