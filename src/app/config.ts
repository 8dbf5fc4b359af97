/** The parameters of the graph: parsed once, every problem reported at once, in branded units. */
import { z } from "zod";
import type { AccountConfig } from "../account/index.ts";
import { type ExecutorConfig, ORDER_LIFE_MS_MIN } from "../executor/index.ts";
import { DEADLINES, type Deadlines } from "../gateway/index.ts";
import type { AnyStrategy, StrategyValues } from "../streams/strategy/index.ts";
import {
  BUDGET_USDC_MAX,
  ConfigError,
  MICRO,
  ORDER_SHARES_MAX,
  microShares,
  microUsdc,
  priceBp,
  isRecord,
  problemsOf,
} from "../types/index.ts";
import { accountConfig, limitParameters } from "./accountConfig.ts";
import { type StrategySettings, strategyNames, strategySettings } from "./strategies.ts";

export interface AppConfig {
  /** Milliseconds after which the run stops by itself; null runs until stopped. */
  readonly forMs: number | null;
  /** Of the strategy that trades where a series has no other: what a journal's header has. */
  readonly strategy: StrategyValues;
  /** Which strategy trades which series; `strategy` above is the parameters of its `standard`. */
  readonly strategies: StrategySettings;
  readonly executor: ExecutorConfig;
  /** What all markets together may do. */
  readonly account: AccountConfig;
  readonly deadlines: Deadlines;
  /** A shutdown that has not verified an empty venue by then ends all the same. */
  readonly shutdownMs: number;
  readonly statusEveryMs: number;
}

const shares = z.number().positive().max(ORDER_SHARES_MAX);
const ticks = z.number().int().min(0).max(100);
const holdMs = z.number().int().min(0).max(60_000);
const durationMs = z.number().int().min(0).max(86_400_000);

const executorParameters = z.strictObject({
  minSizePolicy: z
    .enum(["passiveFirst", "aggregate", "complete"])
    .default("complete")
    .describe(
      "when a part of a leg is below the minimum size: quote the rest, round up, or quote it whole",
    ),
  topUpShares: shares
    .default(10)
    .describe("what a target has grown by gets an order of its own from this size on"),
  topUpsMax: z
    .number()
    .int()
    .min(0)
    .max(8)
    .default(2)
    .describe("so many such orders beside the first; then all are merged into one"),
  holdBehindTicks: ticks
    .default(2)
    .describe("an order this far less aggressive than planned stays for holdBehindMs"),
  holdBehindMs: holdMs.default(2_000).describe("more than that far, or longer, and it is replaced"),
  holdAheadTicks: ticks
    .default(1)
    .describe("an order this far more aggressive than planned stays for holdAheadMs"),
  holdAheadMs: holdMs.default(250).describe("short, since such an order may be picked off"),
  holdSizePercent: z
    .number()
    .min(0)
    .max(90)
    .default(25)
    .describe("an order stays whose size differs by less than this of the planned one"),
  holdComplement: z
    .boolean()
    .default(true)
    .describe("whether a BUY stays where stock has come in that could be sold instead"),
  netMaxShares: shares.default(200).describe("largest |YES - NO|, on the worst case"),
  grossMaxShares: shares.default(1_000).describe("largest YES + NO, on the worst case"),
  budgetUsdc: z.number().positive().max(BUDGET_USDC_MAX).default(500).describe("cash per market"),
  orderType: z
    .enum(["GTD", "GTC"])
    .default("GTD")
    .describe("GTC orders outlive a process that dies, GTD orders expire"),
  orderLifeMs: durationMs
    .min(ORDER_LIFE_MS_MIN, `at least ${ORDER_LIFE_MS_MIN} ms: the venue refuses an earlier expiry`)
    .default(180_000)
    .describe("how long a GTD order may rest"),
  lateBookingMs: durationMs
    .default(5_000)
    .describe("how long after its deadline an unanswered place may still be booked"),
  surveyGapMs: durationMs
    .min(500)
    .default(2_000)
    .describe("between the two surveys that prove an empty venue"),
  cooldownMs: durationMs.default(3_000).describe("pause after a stop before quoting again"),
  cautionMs: durationMs.default(5_000).describe("how long after a cooldown the size is halved"),
  cutoffMs: durationMs
    .default(5_000)
    .describe("how long before a market's end its orders are gone"),
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
    .describe("whether a deep order is placed and cancelled before the first quote of each market"),
});

/**
 * The sections of a parameter file that the graph reads. What "strategy" and "series" may hold depends on the strategies
 * that are known: `tradingSections` reads them.
 */
export const tradingParameters = z.strictObject({
  strategy: z.unknown().optional(),
  series: z.unknown().optional(),
  executor: executorParameters.prefault({}),
  limits: limitParameters.prefault({}),
});

/** Every name in these sections, for "did you mean". */
export const PARAMETERS: readonly string[] = [
  ...Object.keys(tradingParameters.shape),
  ...strategyNames(null).filter((name) => name.includes(".")),
  ...Object.keys(executorParameters.shape).map((key) => `executor.${key}`),
  ...Object.keys(limitParameters.shape).map((key) => `limits.${key}`),
];

/** The sections "strategy" and "series" of a file, whatever else is wrong with it. */
export const strategySections = (parameters: unknown, strategies: readonly AnyStrategy[]) =>
  strategySettings(isRecord(parameters) ? parameters : {}, strategies, PARAMETERS);

/** A parameter file; its other sections are the command line's. */
const parameterFile = tradingParameters.extend({
  account: z.unknown().optional(),
  venue: z.unknown().optional(),
});

/**
 * For a host: the parameters of a file or an object. `strategies` are its own, beside those built in; `strategy.name` chooses.
 * @throws ConfigError with every problem.
 */
export function appConfig(
  parameters: unknown = {},
  forMs: number | null = null,
  deadlines: Deadlines = DEADLINES,
  strategies: readonly AnyStrategy[] = [],
): AppConfig {
  const parsed = parameterFile.safeParse(parameters);
  const { settings, problems } = strategySections(parameters, strategies);
  const all = [...(parsed.error ? problemsOf(parsed.error, PARAMETERS) : []), ...problems];
  if (!parsed.data || settings === null || all.length > 0) throw new ConfigError(all);
  return tradingConfig(parsed.data, settings, forMs, deadlines);
}

/** From the units that a person writes to the integers of the core. */
export function tradingConfig(
  { executor, limits }: Pick<z.output<typeof tradingParameters>, "executor" | "limits">,
  strategies: StrategySettings,
  forMs: number | null,
  deadlines: Deadlines,
): AppConfig {
  const { orderType, orderLifeMs, minSizePolicy, ...values } = executor;
  const { topUpShares, netMaxShares, grossMaxShares, budgetUsdc, ...others } = values;
  const { flattenSlippageCents, ...durations } = others;
  return {
    forMs,
    strategy: strategies.standard.parameters,
    strategies,
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
    account: accountConfig(limits),
    deadlines,
    shutdownMs: 30_000,
    statusEveryMs: 10_000,
  };
}
