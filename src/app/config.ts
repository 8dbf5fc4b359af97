/** What the graph trades with: validated once, every problem at once, branded and readonly. */
import { z } from "zod";
import type { ExecutorConfig } from "../executor/index.ts";
import { DEADLINES, type Deadlines } from "../gateway/index.ts";
import { type StrategyParameters, strategyParameters } from "../streams/strategy/index.ts";
import { ConfigError, MICRO, microShares, microUsdc, priceBp } from "../types/index.ts";

/** What the graph itself needs to know. */
export interface AppConfig {
  /** Ends by itself after this long; null runs until stopped. */
  readonly forMs: number | null;
  readonly strategy: StrategyParameters;
  readonly executor: ExecutorConfig;
  readonly deadlines: Deadlines;
  readonly shutdownMs: number;
  readonly statusEveryMs: number;
}

const shares = z.number().positive().max(10_000_000);
const durationMs = z.number().int().min(0).max(86_400_000);

const executorParameters = z.strictObject({
  minSizePolicy: z
    .enum(["passiveFirst", "aggregate", "complete"])
    .default("complete")
    .describe("of a leg with parts below the minimum: show what goes, round up, or show it whole"),
  topUpShares: shares.default(10).describe("a wish grown by this gives up its queue place"),
  netMaxShares: shares.default(200).describe("largest |YES - NO|, on the worst case"),
  grossMaxShares: shares.default(1_000).describe("largest YES + NO, on the worst case"),
  budgetUsdc: z.number().positive().max(100_000_000).default(500).describe("cash per market"),
  orderType: z
    .enum(["GTD", "GTC"])
    .default("GTD")
    .describe("GTC outlives a program that dies; GTD does not"),
  orderLifeMs: durationMs.min(120_000).default(180_000).describe("of a GTD order on the book"),
  lateBookingMs: durationMs.default(5_000).describe("how late an unanswered place may be booked"),
  surveyGapMs: durationMs.min(500).default(2_000).describe("between the two looks that prove"),
  cooldownMs: durationMs.default(3_000).describe("after a stop, before quoting again"),
  cautionMs: durationMs.default(5_000).describe("after a cooldown at half size"),
  cutoffMs: durationMs.default(5_000).describe("before a market ends nothing rests"),
  flattenSlippageCents: z
    .number()
    .min(0)
    .max(99)
    .multipleOf(0.01)
    .default(5)
    .describe("how far below the best bid a flatten may sell"),
  canary: z
    .boolean()
    .default(false)
    .describe("whether one deep order goes ahead of the first quote of each market"),
});

/** The two sections of a parameter file that the graph reads. */
export const tradingParameters = z.strictObject({
  strategy: strategyParameters.prefault({}),
  executor: executorParameters.prefault({}),
});

/** A whole parameter file: what else is in it is for the command line. */
const parameterFile = tradingParameters.extend({
  account: z.unknown().optional(),
  venue: z.unknown().optional(),
});

/** @throws ConfigError with every problem of the parameters. */
export function appConfig(
  parameters: unknown = {},
  forMs: number | null = null,
  deadlines: Deadlines = DEADLINES,
): AppConfig {
  const parsed = parameterFile.safeParse(parameters);
  if (!parsed.success) throw new ConfigError(problemsOf(parsed.error));
  return tradingConfig(parsed.data, forMs, deadlines);
}

/** Integers of the core out of the units that a person writes. */
export function tradingConfig(
  { strategy, executor }: z.output<typeof tradingParameters>,
  forMs: number | null,
  deadlines: Deadlines,
): AppConfig {
  const { orderType, orderLifeMs, minSizePolicy, ...values } = executor;
  const { topUpShares, netMaxShares, grossMaxShares, budgetUsdc, ...others } = values;
  const { flattenSlippageCents, ...durations } = others;
  return {
    forMs,
    strategy,
    executor: {
      ...durations,
      minSizePolicy,
      topUp: microShares(Math.round(topUpShares * MICRO)),
      netMax: microShares(Math.round(netMaxShares * MICRO)),
      grossMax: microShares(Math.round(grossMaxShares * MICRO)),
      flattenSlippage: priceBp(Math.round(flattenSlippageCents * 100)),
      budget: microUsdc(Math.round(budgetUsdc * MICRO)),
      orderLifeMs: orderType === "GTC" ? null : orderLifeMs,
      placeDeadlineMs: deadlines.placeMs,
    },
    deadlines,
    shutdownMs: 30_000,
    statusEveryMs: 5_000,
  };
}

/** One line for each problem: where, and what is wrong there. */
export function problemsOf(error: z.ZodError, prefix = ""): readonly string[] {
  return error.issues.map((issue) => {
    const path = issue.path.join(".");
    const where = path === "" ? "" : `${prefix}${path}: `;
    return `${where}${issue.message}`;
  });
}
