/** The result of all markets over time, and the rates: what the limits of losses and failures are measured by. */
import { type Instant, type MicroUsdc, NO_USDC, larger, microUsdc } from "../types/index.ts";
import { type MarketDigest, RATES, type RateName } from "./inputs.ts";
import { type AccountState, DAY_MS, type RateSlot, type Taken } from "./state.ts";

const MINUTE_SECONDS = 60;

export const totalResult = ({ results, sums }: AccountState): MicroUsdc =>
  microUsdc(results.closed + sums.result);

export const dayOf = ({ epochMs }: Pick<Instant, "epochMs">): number =>
  Math.floor(epochMs / DAY_MS);

/** A new day begins with what was lost before it counted. */
export function withDay(state: AccountState, at: Instant): Taken {
  const day = dayOf(at);
  if (day <= state.results.day) return { state, notices: [] };
  const total = totalResult(state);
  const resultBefore = microUsdc(total - state.results.dayBase);
  return {
    state: { ...state, results: { ...state.results, day, dayBase: total } },
    notices: [{ type: "day.began", day, resultBefore }],
  };
}

export function withPeak(state: AccountState): AccountState {
  const peak = larger(state.results.peak, totalResult(state));
  return peak === state.results.peak ? state : { ...state, results: { ...state.results, peak } };
}

/** What has been counted since the digest before, in the second in which it is heard. */
export function withCounts(
  state: AccountState,
  before: MarketDigest | null,
  { counts }: MarketDigest,
  at: Instant,
): AccountState {
  const rates = { ...state.rates };
  for (const rate of RATES) {
    // An executor that starts again counts from 0.
    const more = Math.max(0, counts[rate] - (before?.counts[rate] ?? 0));
    if (more > 0) rates[rate] = withCount(rates[rate], more, at);
  }
  return { ...state, rates };
}

function withCount(slots: readonly RateSlot[], more: number, at: Instant): readonly RateSlot[] {
  const second = secondOf(at);
  const others = slots.filter((slot) => slot.second !== second && isLast(slot, second));
  const same = slots.find((slot) => slot.second === second)?.count ?? 0;
  return [...others, { second, count: same + more }];
}

export function perMinute({ rates, at }: AccountState, rate: RateName): number {
  const second = secondOf(at);
  return rates[rate]
    .filter((slot) => isLast(slot, second))
    .reduce((sum, { count }) => sum + count, 0);
}

const secondOf = ({ monotonicMs }: Instant): number => Math.floor(monotonicMs / 1_000);
const isLast = (slot: RateSlot, second: number): boolean => slot.second > second - MINUTE_SECONDS;

export const lossDown = (from: MicroUsdc, to: MicroUsdc): MicroUsdc =>
  larger(NO_USDC, microUsdc(from - to));
