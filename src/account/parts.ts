/**
 * Which part of the cash a market should have: each series an equal part by its weight, what it does not want to the
 * others, and within a series the same for each market, or for as many as can quote with it. It follows from what the
 * markets want at most and not from what they use, or parts and plans would follow each other without an end.
 */
import { type MicroUsdc, NO_USDC, floorTo, microUsdc, own } from "../types/index.ts";
import { freeCash, sharedCash } from "./cash.ts";
import { heldCash, isEligible } from "./market.ts";
import type { AccountConfig } from "./inputs.ts";
import type { AccountMarket, AccountState, SeriesSums } from "./state.ts";

/** Sent limits that an executor may not have heard yet: beyond, its cash is not lowered once more. */
export const SENT_MAX = 16;

/** The name under which a market's series is weighed; markets of none share one. */
export const shareName = (series: string | null): string => series ?? "";

/** What its limits should allow now, as far as there is cash for it. */
export function nextCash(
  state: AccountState,
  market: AccountMarket,
  config: AccountConfig,
): MicroUsdc {
  const given = market.limits.cash;
  const wanted = partOf(state, market, config);
  if (wanted < given) return market.sent.length < SENT_MAX ? wanted : given;
  const free = freeCash(state, config);
  if (wanted === given || free < 0) return given;
  // It may be using more than it was given, and what is used is counted already.
  const most = heldCash(market) + free;
  if (wanted <= most) return wanted;
  const whole = floorTo(most, config.quantum);
  return whole > given && whole >= Math.min(config.partMin, market.wants)
    ? microUsdc(whole)
    : given;
}

function partOf(state: AccountState, market: AccountMarket, config: AccountConfig): MicroUsdc {
  const { wants, series, limits } = market;
  const sums = own(state.series, series);
  if (!isEligible(market) || sums === undefined) return NO_USDC;
  const { level, seats } = levelOf(sums, seriesPart(state, series, config), config);
  const isSeated = limits.cash > 0 ? sums.seated <= seats : sums.seated < seats;
  const part = Math.min(wants, level);
  return isSeated && part >= Math.min(config.partMin, wants) ? microUsdc(part) : NO_USDC;
}

/** What each of so many markets of a series gets of its part. */
function levelOf(
  { markets, need }: SeriesSums,
  part: number,
  { partMin, quantum }: AccountConfig,
): { readonly level: number; readonly seats: number } {
  if (part >= need) return { level: Infinity, seats: markets };
  const seats = Math.min(markets, Math.floor(part / partMin));
  return { level: Math.max(partMin, floorTo(part / seats, quantum)), seats };
}

/** Series that need less than their part leave the rest of it to the others, until none does. */
function seriesPart(state: AccountState, name: string, config: AccountConfig): number {
  let left = sharedCash(state, config);
  let open = Object.entries(state.series);
  for (;;) {
    const weights = open.reduce((sum, [each]) => sum + weightOf(each, config), 0);
    const partFor = (each: string): number =>
      Math.min(left, Math.floor((left * weightOf(each, config)) / weights));
    const content = open.filter(([each, { need }]) => need <= partFor(each));
    if (content.length === 0 || content.some(([each]) => each === name)) return partFor(name);
    open = open.filter((each) => !content.includes(each));
    left -= content.reduce((sum, [, { need }]) => sum + need, 0);
  }
}

const weightOf = (name: string, { weights }: AccountConfig): number => own(weights, name) ?? 1;
