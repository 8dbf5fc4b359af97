import { z } from "zod";

/** What can be set about quoting: units are in the names, ranges and defaults here. */
export const strategyParameters = z.strictObject({
  halfSpreadBp: z.number().int().min(10).max(4_000).default(200).describe("each side of fair"),
  holdBp: z
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(60)
    .describe("a standing quote is kept while its target has moved by less"),
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
  volatilityPrior: z
    .number()
    .positive()
    .max(0.01)
    .default(0.00009)
    .describe("of the reference, per square-root second; 0.00009 is 50 % a year"),
  volatilityFloor: z.number().positive().max(0.01).default(0.00003).describe("same unit"),
  volatilityHalfLifeMs: z.number().min(1_000).max(3_600_000).default(60_000),
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
  volatilityPrior: true,
  volatilityFloor: true,
  volatilityHalfLifeMs: true,
});

export type CommonParameters = Readonly<z.output<typeof commonParameters>>;

/** Read once, as a run starts: the reference's volatility is of the whole account. */
export const STARTUP_PARAMETERS: readonly string[] = ["volatilityPrior", "volatilityHalfLifeMs"];

/** What the stream of intents uses, whatever the strategy. */
export type PaceParameters = Pick<
  CommonParameters,
  "holdBp" | "pullBp" | "quietMs" | "maxWaitMs" | "intentLifeMs"
>;
