/** How the log writes numbers; what it names with a token is in that token's own price. */
import { DOLLAR_BP, MICRO, type PriceBp, type ReferencePrice } from "../types/index.ts";

const ID_LENGTH = 10;
export const shortId = (id: string): string => id.slice(0, ID_LENGTH);

/** In cents; a coin of a few dollars in hundredths of them. */
export const formatReference = (price: ReferencePrice): string =>
  (price / MICRO).toFixed(price < SMALL ? 4 : 2);

const SMALL = 10 * MICRO;

/** At least whole cents; more where the price is on a finer grid. */
export const formatPrice = (price: PriceBp): string => formatOnGrid(price, price);

/** With the decimals that the market's tick has, so that prices can be compared at a glance. */
export const formatOnGrid = (basisPoints: number, tick: PriceBp): string =>
  (basisPoints / DOLLAR_BP).toFixed(tick % 100 === 0 ? 2 : tick % 10 === 0 ? 3 : 4);

/** Whole cents, and never a negative nothing. */
export const formatDollars = (dollars: number): string =>
  (Math.round(dollars * 100) / 100 + 0).toFixed(2);

/** Minutes and seconds. */
export function formatClock(leftMs: number): string {
  const seconds = Math.max(0, Math.round(leftMs / 1_000));
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}

export const formatSeconds = (ms: number | null): string =>
  ms === null ? "none" : `${(ms / 1_000).toFixed(1)}s`;
