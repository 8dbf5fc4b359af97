/** The section "limits" of a parameter file: what all markets together may do. */
import { z } from "zod";
import { type AccountConfig, LIMIT_NAMES, type LimitName } from "../account/index.ts";
import { BALANCE_MAX, LIMIT_ACTIONS, MICRO, microUsdc } from "../types/index.ts";

const MAX_USD = BALANCE_MAX / MICRO;

const MEANINGS: Readonly<Record<LimitName, string>> = {
  lossPerWindowUsd: "loss of one market, realised and at the best bid",
  lossPerDayUsd: "loss of all markets in a day of UTC",
  drawdownUsd: "loss of all markets from their highest result since this was last cleared",
  worstLossUsd: "loss if every open market resolves as badly as it can together with the others",
  exposurePerPercentUsd: "what a move of one reference by 1 % may cost",
  exposurePerSigmaUsd: "the same for one standard deviation of it until the end of each market",
  refusalsPerMinute: "orders that the venue refuses",
  failedTradesPerMinute: "trades that fail on the chain",
  differencesPerMinute: "contradictions between the venue and what we know",
};

const limit = (meaning: string) =>
  z
    .strictObject({
      max: z.number().positive().max(MAX_USD),
      action: z.enum(LIMIT_ACTIONS),
    })
    .optional()
    .describe(meaning);

const named = <Value>(valueOf: (name: LimitName) => Value): Record<LimitName, Value> => ({
  lossPerWindowUsd: valueOf("lossPerWindowUsd"),
  lossPerDayUsd: valueOf("lossPerDayUsd"),
  drawdownUsd: valueOf("drawdownUsd"),
  worstLossUsd: valueOf("worstLossUsd"),
  exposurePerPercentUsd: valueOf("exposurePerPercentUsd"),
  exposurePerSigmaUsd: valueOf("exposurePerSigmaUsd"),
  refusalsPerMinute: valueOf("refusalsPerMinute"),
  failedTradesPerMinute: valueOf("failedTradesPerMinute"),
  differencesPerMinute: valueOf("differencesPerMinute"),
});

export const limitParameters = z.strictObject({
  capitalUsdc: z
    .number()
    .positive()
    .max(MAX_USD)
    .optional()
    .describe("most that all markets together may use; without it all cash of the account"),
  weights: z
    .record(z.string(), z.number().positive().max(1_000))
    .default({})
    .describe("share of the cash by series, where not all can have what they want"),
  widenBp: z
    .number()
    .int()
    .min(1)
    .max(5_000)
    .default(200)
    .describe("how much further from the middle both quotes stand while a limit widens"),
  ...named((name) => limit(MEANINGS[name])),
});

/** A part of the cash that is handed out is a whole number of these. */
const QUANTUM = microUsdc(MICRO);
/** Two orders of the venue's minimum, a bid and an ask, at the middle. */
const PART_MIN = microUsdc(5 * MICRO);
/** As old as a book may be for a quote. */
const MARK_AGE_MAX_MS = 20_000;

export function accountConfig({
  capitalUsdc,
  weights,
  widenBp,
  ...limits
}: z.output<typeof limitParameters>): AccountConfig {
  return {
    capital: microUsdc(capitalUsdc === undefined ? BALANCE_MAX : Math.round(capitalUsdc * MICRO)),
    weights,
    widenBp,
    quantum: QUANTUM,
    partMin: PART_MIN,
    markAgeMaxMs: MARK_AGE_MAX_MS,
    limits: Object.fromEntries(
      LIMIT_NAMES.flatMap((name) => {
        const setting = limits[name];
        return setting === undefined ? [] : [[name, setting]];
      }),
    ),
  };
}
