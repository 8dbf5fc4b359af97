import { z } from "zod";
import { VOLATILITY_DEFAULTS, type VolatilityOptions } from "../../pricing/index.ts";

/** What can be set about quoting: units are in the names, ranges and defaults here. */
export const strategyParameters = z.strictObject({
  halfSpreadBp: z
    .number()
    .int()
    .min(10)
    .max(4_000)
    .default(50)
    .describe("each side of fair, before what its own moves cost"),
  spreadPerMove: z
    .number()
    .min(0)
    .max(10)
    .default(0.75)
    .describe("added to each side, in moves of fair within reactionMs; 0 keeps the spread fixed"),
  reactionMs: z
    .number()
    .min(1)
    .max(10_000)
    .default(250)
    .describe(
      "from a move of the reference to our quote at the venue, where no order of the last minute has measured it",
    ),
  pullMoves: z
    .number()
    .min(0)
    .max(10)
    .default(0.75)
    .describe("nothing is quoted while so many moves of fair within reactionMs exceed the spread"),
  marketWeight: z
    .number()
    .min(0)
    .max(1)
    .default(0.8)
    .describe(
      "of the market's own price in the log odds of fair, as its distance from the model's over seconds; the rest is the model's",
    ),
  holdBp: z
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(20)
    .describe(
      "a target that has moved by less is no new intent; whether an order stays is the executor's",
    ),
  sizeShares: z.number().min(5).max(100_000).default(20).describe("per side"),
  skewPerShare: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.004)
    .describe("logit of the quote's centre per share of YES - NO held"),
  oneSidedAtShares: z
    .number()
    .positive()
    .default(150)
    .describe("|YES - NO| from which only the reducing side is quoted"),
  queueHorizonMs: z
    .number()
    .min(0)
    .max(600_000)
    .default(0)
    .describe(
      "a place in the queue behind a better price is kept where it is worth more within so long; 0 always moves",
    ),
  replaceCostUsd: z
    .number()
    .min(0)
    .max(1)
    .default(0.001)
    .describe("what a cancel and a new order are taken to cost beside it"),
  volatilityPrior: z
    .number()
    .positive()
    .max(0.01)
    .default(VOLATILITY_DEFAULTS.prior)
    .describe("of the reference, per square-root second; 0.00009 is 50 % a year"),
  volatilitySampleMs: z
    .number()
    .min(1_000)
    .max(60_000)
    .default(VOLATILITY_DEFAULTS.sampleMs)
    .describe("returns over less see the feed's smoothing"),
  volatilityHalfLifeMs: z
    .number()
    .min(1_000)
    .max(3_600_000)
    .default(VOLATILITY_DEFAULTS.halfLifeMs)
    .describe("after which half of the estimate is forgotten"),
  volatilityAnchorMs: z
    .number()
    .min(60_000)
    .max(86_400_000)
    .default(VOLATILITY_DEFAULTS.anchorHalfLifeMs)
    .describe("half-life of a slow estimate, half of which is the least that is used"),
  pullBp: z
    .number()
    .int()
    .min(10)
    .max(5_000)
    .default(150)
    .describe("a move of fair since the last quote that pulls it at once, undebounced"),
  quietMs: z.number().min(0).max(5_000).default(25).describe("debounce of the triggers"),
  maxWaitMs: z.number().min(1).max(10_000).default(150).describe("ceiling of that debounce"),
  intentLifeMs: z
    .number()
    .min(500)
    .max(60_000)
    .default(6_000)
    .describe("an intent holds quotes up this long; it is renewed every third of it"),
});

export type StrategyParameters = Readonly<z.output<typeof strategyParameters>>;

/** What every strategy has, whatever its own parameters are. */
export const commonParameters = strategyParameters.pick({
  holdBp: true,
  pullBp: true,
  quietMs: true,
  maxWaitMs: true,
  intentLifeMs: true,
  pullMoves: true,
  reactionMs: true,
  volatilityPrior: true,
  volatilitySampleMs: true,
  volatilityHalfLifeMs: true,
  volatilityAnchorMs: true,
});

export type CommonParameters = Readonly<z.output<typeof commonParameters>>;

/** Read once, as a run starts: the reference's volatility is of the whole account. */
export const STARTUP_PARAMETERS: readonly string[] = [
  "volatilityPrior",
  "volatilitySampleMs",
  "volatilityHalfLifeMs",
  "volatilityAnchorMs",
];

/** How the reference's variance is estimated, whatever the strategy. */
export const volatilityOptions = (parameters: CommonParameters): VolatilityOptions => ({
  prior: parameters.volatilityPrior,
  sampleMs: parameters.volatilitySampleMs,
  halfLifeMs: parameters.volatilityHalfLifeMs,
  anchorHalfLifeMs: parameters.volatilityAnchorMs,
});

/** What the stream of intents uses, whatever the strategy. */
export type PaceParameters = Pick<
  CommonParameters,
  "holdBp" | "pullBp" | "pullMoves" | "reactionMs" | "quietMs" | "maxWaitMs" | "intentLifeMs"
>;
