/** View to wish: pure, and blind to orders, minimum sizes and complements. */
import {
  type Book,
  DOLLAR_BP,
  type Inventory,
  type Instant,
  MICRO,
  type Market,
  type MicroShares,
  type QuoteLeg,
  type QuoteMode,
  type ReferencePrice,
  type Snapshot,
  type Token,
  type Touch,
  microShares,
  netShares,
  priceBp,
} from "../../types/index.ts";
import { fairValue } from "./fairValue.ts";
import type { StrategyParameters } from "./parameters.ts";
import { reservationPrice } from "./skew.ts";

export interface View {
  readonly now: Instant;
  readonly market: Market;
  readonly book: Snapshot<Readonly<Record<Token, Book>>> | null;
  readonly reference: {
    readonly price: Snapshot<ReferencePrice> | null;
    readonly variancePerSecond: number;
  };
  readonly inventory: Inventory;
  /** The executor's step that last changed it. */
  readonly inventoryStep: number;
}

/** What an intent says, before it has a number and a life. */
export interface QuoteTarget {
  readonly mode: QuoteMode;
  readonly bid: QuoteLeg | null;
  readonly ask: QuoteLeg | null;
  readonly reason: string;
  readonly fairBp: number | null;
}

/** Inputs that are missing, or whose connection is down, mean STOP. */
export function quote(view: View, parameters: StrategyParameters): QuoteTarget {
  if (view.book === null) return stopTarget("no book on the present market connection");
  const fair = fairNow(view, parameters);
  if (fair === null) return stopTarget("no price on the present reference connection");

  const net = netShares(view.inventory) / MICRO;
  const centre = reservationPrice(fair, net, parameters.skewPerShare) * DOLLAR_BP;
  const size = microShares(Math.round(parameters.sizeShares * MICRO));
  const bid = leg(Math.floor(centre - parameters.halfSpreadBp), size);
  const ask = leg(Math.ceil(centre + parameters.halfSpreadBp), size);
  const fairBp = Math.round(fair * DOLLAR_BP);
  const limit = parameters.oneSidedAtShares;
  if (net >= limit) return { mode: "oneSidedSell", bid: null, ask, reason: "long", fairBp };
  if (net <= -limit) return { mode: "oneSidedBuy", bid, ask: null, reason: "short", fairBp };
  return { mode: "normal", bid, ask, reason: "quoting", fairBp };
}

/** Fair probability of YES now; null without a live reference. */
export function fairNow(
  { now, market, reference }: Pick<View, "now" | "market" | "reference">,
  { volatilityFloor }: StrategyParameters,
): number | null {
  if (reference.price === null) return null;
  return fairValue({
    price: reference.price.value,
    strike: market.strike,
    variancePerSecond: Math.max(reference.variancePerSecond, volatilityFloor ** 2),
    timeLeftMs: market.endsAt - now.epochMs,
  });
}

export const stopTarget = (reason: string): QuoteTarget => ({
  mode: "stop",
  bid: null,
  ask: null,
  reason,
  fairBp: null,
});

/** Nothing shown, nothing stopped: orders are pulled by id until the next quote. */
export const pullTarget = (fairBp: number): QuoteTarget => ({
  mode: "normal",
  bid: null,
  ask: null,
  reason: "pulled: the reference moved",
  fairBp,
});

export function touchOf(book: View["book"]): Readonly<Record<Token, Touch>> {
  return { YES: touch(book?.value.YES), NO: touch(book?.value.NO) };
}

const touch = (book: Book | undefined): Touch => ({
  bid: book?.bids[0]?.price ?? null,
  ask: book?.asks[0]?.price ?? null,
});

/** A quote beyond a price's range is no quote. */
function leg(price: number, size: MicroShares): QuoteLeg | null {
  return price > 0 && price < DOLLAR_BP ? { price: priceBp(price), size } : null;
}
