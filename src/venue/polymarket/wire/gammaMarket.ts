import { z } from "zod";
import { flagOrNull, numberOrNull, numberWire, textOrNull } from "./read.ts";
import { unreadText } from "./unread.ts";

const textsWire = z.union([z.string(), z.array(z.string())]);

/** The used fields of Gamma's market object. Numbers are JSON floats. [protocol 8.3] */
export const gammaMarketWire = z.object({
  id: unreadText,
  question: unreadText,
  /** 64 hex digits; in a v2 market perhaps 62. */
  conditionId: z.string(),
  slug: z.string(),
  /** JSON in a string, or the list itself: ["Up", "Down"]. */
  outcomes: textsWire,
  /** JSON in a string, paired with `outcomes`; the ids of a v1 market. */
  clobTokenIds: textsWire.nullable().catch(null),
  /** Paired with `outcomes`; the ids of a v2 market. v1 markets may have some too. */
  positionIds: z.array(z.string()).nullable().catch(null),
  /** "v1" or "v2". */
  version: textOrNull,
  /** ISO time of the beginning of the window; `startDate` is when the market was listed. */
  eventStartTime: textOrNull,
  /** ISO time of the end of the window. */
  endDate: textOrNull,
  active: flagOrNull,
  closed: flagOrNull,
  acceptingOrders: flagOrNull,
  enableOrderBook: flagOrNull,
  orderPriceMinTickSize: numberOrNull,
  /** Shares. */
  orderMinSize: numberOrNull,
  /** Shares. */
  rewardsMinSize: numberOrNull,
  /** Cents from the mid. */
  rewardsMaxSpread: numberOrNull,
  /** The reward pools of the market, each with its days; without one the two above mean nothing. [protocol 7.8] */
  clobRewards: z.array(z.unknown()).nullable().catch(null),
  negRisk: flagOrNull,
  feesEnabled: flagOrNull,
  feeSchedule: z
    .object({
      exponent: numberWire,
      rate: numberWire,
      takerOnly: z.boolean(),
      rebateRate: numberOrNull,
    })
    .nullable()
    .catch(null),
  /** How a crypto window settles; `twapLookbackSeconds` only where a mean does. */
  cryptoMarketConfig: z
    .object({ twapEnabled: flagOrNull, twapLookbackSeconds: numberOrNull })
    .nullable()
    .catch(null),
});

/** GET /markets?slug= */
export const gammaMarketsWire = z.array(z.unknown());

export type GammaMarketWire = z.infer<typeof gammaMarketWire>;
