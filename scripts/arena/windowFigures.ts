/** The figures of one window, as they are kept: what a table over many windows is made of, and nothing more. */
import { attribution, edgeBp, profit, resolvedMark } from "../../src/ledger/index.ts";
import { DOLLAR_BP, MICRO } from "../../src/types/index.ts";
import { MARKOUTS_S, type RecordedFill, type WindowRecord } from "./recorder.ts";

export interface WindowFigures {
  /** What no contestant may change: where it differs between two, they have not had the same window. */
  readonly market: {
    readonly strike: number;
    readonly winner: string;
    readonly referenceHash: number;
  };
  /** Micro-dollars, at what the window has paid: spread + directional - fees + rebates is the result. */
  readonly spread: number;
  readonly directional: number;
  readonly fees: number;
  readonly rebates: number;
  /** Of the result: what the moves of the reference made of what was held. */
  readonly moved: number;
  readonly fills: number;
  /** Shares that changed hands. */
  readonly shares: number;
  /** One for each of `MARKOUTS_S`, and one for what the window paid. */
  readonly markouts: readonly Markout[];
  readonly orders: WindowRecord["orders"];
  /** Milliseconds in the book before each fill. */
  readonly agesMs: readonly number[];
  readonly inventory: WindowRecord["inventory"];
  /** Shares of the window's time with a quote on both sides, and on one alone: 0 to 1. */
  readonly quoted: { readonly both: number; readonly one: number };
}

/** What fills were better than a later value. */
export interface Markout {
  /** Shares of the fills for which there is that value. */
  readonly shares: number;
  /** Cents, of all of these shares together; negative for a loss. */
  readonly cents: number;
}

/** Ledger arithmetic at what the window has paid; never at anybody's estimate. */
export function figuresOf(record: WindowRecord): WindowFigures {
  const { market, winner, fills, rebates, orders, quotedMs, inventory, referenceHash, moved } =
    record;
  const paid = resolvedMark(winner);
  const { spread, directional } = attribution(fills, paid);
  const { fees } = profit(fills, paid);
  const lengthMs = market.endsAt - market.opensAt;
  return {
    market: { strike: market.strike, winner, referenceHash },
    spread,
    directional,
    fees,
    rebates,
    moved,
    fills: fills.length,
    shares: sharesIn(fills),
    markouts: [
      ...MARKOUTS_S.map((_, index) => markout(fills, ({ laterBp }) => laterBp[index] ?? null)),
      markout(fills, () => paid.YES),
    ],
    orders,
    agesMs: fills.map(({ ageMs }) => ageMs),
    inventory,
    quoted: { both: quotedMs.both / lengthMs, one: quotedMs.one / lengthMs },
  };
}

/** What the window has brought, rebates included, in micro-dollars. */
export const resultOf = ({ spread, directional, fees, rebates }: WindowFigures): number =>
  spread + directional - fees + rebates;

/** The result as it would be with what was held hedged in the reference, at no cost: of the same mean, with less luck. */
export const hedgedOf = (figures: WindowFigures): number => resultOf(figures) - figures.moved;

const sharesIn = (fills: readonly RecordedFill[]): number =>
  fills.reduce((sum, { fill }) => sum + fill.size, 0) / MICRO;

function markout(
  fills: readonly RecordedFill[],
  valueBp: (fill: RecordedFill) => number | null,
): Markout {
  let [shares, cents] = [0, 0];
  for (const each of fills) {
    const value = valueBp(each);
    if (value === null) continue;
    const { size } = each.fill;
    shares += size / MICRO;
    cents += ((size / MICRO) * edgeBp(each.fill, value)) / CENT_BP;
  }
  return { shares, cents };
}

const CENT_BP = DOLLAR_BP / 100;
