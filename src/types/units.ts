/**
 * Every number that is traded with, as an integer with its unit in the type. The venue's decimals
 * are parsed here, exactly, by one function; no float ever enters trading state.
 */
import { assert } from "./assert.ts";
import type { Brand } from "./brand.ts";

/** Price of one share in basis points of a dollar, 1 to 9999; $0.53 is 5300. */
export type PriceBp = Brand<number, "PriceBp">;
/** Shares in millionths, as on chain. */
export type MicroShares = Brand<number, "MicroShares">;
/** Dollars (pUSD) in millionths, as on chain; negative where a balance or a result may be. */
export type MicroUsdc = Brand<number, "MicroUsdc">;
/** Price of a coin in millionths of a dollar. */
export type ReferencePrice = Brand<number, "ReferencePrice">;
/** Wall time, milliseconds since 1970: for signatures, expiries and logs. It may step. */
export type EpochMs = Brand<number, "EpochMs">;
/** Milliseconds on a clock that never steps: for ages and deadlines. Fractions allowed. */
export type MonotonicMs = Brand<number, "MonotonicMs">;

/** One moment on both clocks. */
export interface Instant {
  readonly epochMs: EpochMs;
  readonly monotonicMs: MonotonicMs;
}

/** A whole dollar, and so the price of a YES and a NO together. */
export const DOLLAR_BP = 10_000;
/** Micro-units in one share or one dollar. */
export const MICRO = 1_000_000;

const PRICE_DECIMALS = 4;
const MICRO_DECIMALS = 6;

/** @throws LawBroken unless `value` is an integer from 1 to 9999. */
export function priceBp(value: number): PriceBp {
  assert(Number.isInteger(value) && value > 0 && value < DOLLAR_BP, "F", "price out of range", {
    value,
  });
  return value as PriceBp;
}

/** @throws LawBroken unless `value` is a safe integer. */
export function microShares(value: number): MicroShares {
  assert(Number.isSafeInteger(value), "F", "share amount is not a safe integer", { value });
  return value as MicroShares;
}

/** @throws LawBroken unless `value` is a safe integer. */
export function microUsdc(value: number): MicroUsdc {
  assert(Number.isSafeInteger(value), "F", "dollar amount is not a safe integer", { value });
  return value as MicroUsdc;
}

/** @throws LawBroken unless `value` is a positive safe integer. */
export function referencePrice(value: number): ReferencePrice {
  assert(Number.isSafeInteger(value) && value > 0, "F", "reference price out of range", { value });
  return value as ReferencePrice;
}

export const epochMs = (value: number): EpochMs => value as EpochMs;
export const monotonicMs = (value: number): MonotonicMs => value as MonotonicMs;

export const NO_SHARES = microShares(0);
export const NO_USDC = microUsdc(0);

/** Sum within one unit; the checks are the constructors', so overflow cannot pass unseen. */
export function plus<Unit extends number>(a: Unit, b: NoInfer<Unit>): Unit {
  return checked<Unit>(a + b);
}

export function minus<Unit extends number>(a: Unit, b: NoInfer<Unit>): Unit {
  return checked<Unit>(a - b);
}

export function smaller<Unit extends number>(a: Unit, b: NoInfer<Unit>): Unit {
  return a < b ? a : b;
}

export function larger<Unit extends number>(a: Unit, b: NoInfer<Unit>): Unit {
  return a > b ? a : b;
}

/** A later (or, with a negative duration, earlier) moment on the same clock. */
export function after<Moment extends EpochMs | MonotonicMs>(
  at: Moment,
  durationMs: number,
): Moment {
  return (at + durationMs) as Moment;
}

/** Price of the same claim in the other token: YES at p is NO at one dollar minus p. */
export function complement(price: PriceBp): PriceBp {
  return priceBp(DOLLAR_BP - price);
}

/** Largest multiple of `tick` at or below `value`; may be 0, so it is not yet a price. */
export const floorTo = (value: number, tick: number): number => Math.floor(value / tick) * tick;
/** Smallest multiple of `tick` at or above `value`; may be a whole dollar. */
export const ceilTo = (value: number, tick: number): number => Math.ceil(value / tick) * tick;

/** Whole lots in `size`. */
export function lotsFloor(size: MicroShares, lot: MicroShares): MicroShares {
  return microShares(floorTo(size, lot));
}

/** price × size, rounded down to a micro-dollar: what a seller is sure to get. */
export function notionalFloor(price: PriceBp, size: MicroShares): MicroUsdc {
  return microUsdc(notionalWhole(price, size) + Math.floor(notionalRest(price, size)));
}

/** price × size, rounded up to a micro-dollar: what a buyer must have. */
export function notionalCeil(price: PriceBp, size: MicroShares): MicroUsdc {
  return microUsdc(notionalWhole(price, size) + Math.ceil(notionalRest(price, size)));
}

/** Exact "0.53" to 5300; null unless it is a decimal in (0, 1) with at most four places. */
export function parsePriceBp(text: string): PriceBp | null {
  const value = parseDecimal(text, PRICE_DECIMALS);
  return value !== null && value > 0 && value < DOLLAR_BP ? (value as PriceBp) : null;
}

/** Exact "12.5" to 12500000; null unless it is a decimal of at least zero with at most six places. */
export function parseMicroShares(text: string): MicroShares | null {
  return parseDecimal(text, MICRO_DECIMALS) as MicroShares | null;
}

export function parseMicroUsdc(text: string): MicroUsdc | null {
  return parseDecimal(text, MICRO_DECIMALS) as MicroUsdc | null;
}

/** Exact "61837.63" to 61837630000; trailing zeros beyond six places are accepted. */
export function parseReferencePrice(text: string): ReferencePrice | null {
  const value = parseDecimal(text, MICRO_DECIMALS);
  return value !== null && value > 0 ? (value as ReferencePrice) : null;
}

export const formatPriceBp = (price: PriceBp): string => formatDecimal(price, PRICE_DECIMALS);
export const formatMicro = (value: MicroShares | MicroUsdc | ReferencePrice): string =>
  formatDecimal(value, MICRO_DECIMALS);

/**
 * A plain decimal, ".5" too, as an integer of 10^-`places`, without passing through a float.
 * Null for signs, exponents, blanks, more non-zero places than there are, or an unsafe integer.
 */
function parseDecimal(text: string, places: number): number | null {
  const match = /^(?=\.?\d)(\d*)(?:\.(\d+))?$/.exec(text);
  if (!match) return null;
  const fraction = match[2] ?? "";
  if (/[^0]/.test(fraction.slice(places))) return null;
  const value = Number(`${match[1]}${fraction.slice(0, places).padEnd(places, "0")}`);
  return Number.isSafeInteger(value) ? value : null;
}

function formatDecimal(value: number, places: number): string {
  const digits = String(Math.abs(value)).padStart(places + 1, "0");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  const sign = value < 0 ? "-" : "";
  return `${sign}${digits.slice(0, -places)}${fraction === "" ? "" : `.${fraction}`}`;
}

// Split in whole ten-thousandths first: price × size in one product leaves the safe integers at
// about 900,000 shares.
const notionalWhole = (price: PriceBp, size: MicroShares): number =>
  Math.floor(size / DOLLAR_BP) * price;
const notionalRest = (price: PriceBp, size: MicroShares): number =>
  ((size % DOLLAR_BP) * price) / DOLLAR_BP;

function checked<Unit extends number>(value: number): Unit {
  assert(Number.isSafeInteger(value), "F", "amount is not a safe integer", { value });
  return value as Unit;
}
