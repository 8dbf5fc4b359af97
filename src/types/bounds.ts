/**
 * What a number or a list of the venue may be. The decoders refuse what is beyond, so that no sum or
 * product of what they let through leaves the safe integers.
 */
import { type MarketRules } from "./market.ts";
import {
  DOLLAR_BP,
  MICRO,
  type MicroShares,
  type MicroUsdc,
  microShares,
  microUsdc,
} from "./units.ts";

/** Of one order or fill, and of what we may come to hold; all fills that are kept, added up, are safe. */
export const ORDER_SHARES_MAX = 250_000;
export const ORDER_SIZE_MAX: MicroShares = microShares(ORDER_SHARES_MAX * MICRO);
/** Cash that one market may use. */
export const BUDGET_USDC_MAX = 1_000_000;
/** Shares or dollars of an account: a thousand millions. */
export const BALANCE_MAX = 1_000_000_000 * MICRO;
/** Taker fee of one share before its factor: a whole dollar. */
export const FEE_RATE_MAX: MicroUsdc = microUsdc(MICRO);
/** Characters of an id or a cursor. */
export const ID_LENGTH_MAX = 256;
/** Entries of one page, maker orders of one trade, legs of one answer. */
export const ENTRIES_MAX = 1_000;
/** By how much the venue's clock may differ from ours while we quote. */
export const SKEW_MAX_MS = 10_000;
/** Own fills of one trade. */
export const FILLS_MAX = 64;

/** Whether every order of ours fits such rules: the grid divides a dollar, for both tokens. */
export const areSound = ({ tick, orderSizeMin, lot, notionalMin }: MarketRules): boolean =>
  isTick(tick) &&
  isOrderSize(orderSizeMin) &&
  isOrderSize(lot) &&
  Number.isSafeInteger(notionalMin) &&
  notionalMin >= 0 &&
  notionalMin <= BUDGET_USDC_MAX * MICRO;

/** A price grid that both tokens share: 0.03 leaves a cent of the dollar over. */
export const isTick = (tick: number): boolean =>
  Number.isInteger(tick) && tick > 0 && tick < DOLLAR_BP && DOLLAR_BP % tick === 0;

/** Of an order, a minimum or a fill. */
export const isOrderSize = (size: number): boolean =>
  Number.isSafeInteger(size) && size > 0 && size <= ORDER_SIZE_MAX;
