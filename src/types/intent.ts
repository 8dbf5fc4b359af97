import type { Token } from "./market.ts";
import type { Touch } from "./snapshot.ts";
import type { MicroShares, MonotonicMs, PriceBp } from "./units.ts";

/** What a strategy wants done; the executor enforces what each mode allows. */
export type QuoteMode = "normal" | "caution" | "oneSidedBuy" | "oneSidedSell" | "stop";

/** One side of a target, priced in YES, before any venue rule is applied to it. */
export interface QuoteLeg {
  readonly price: PriceBp;
  readonly size: MicroShares;
}

/** A numbered target, and everything the executor needs to judge it. */
export interface Intent {
  /** Rises by one per intent; an older intent never undoes a newer. */
  readonly seq: number;
  readonly mode: QuoteMode;
  /** A leg that is null is disabled: its orders are pulled, by id, without a stop. */
  readonly bid: QuoteLeg | null;
  readonly ask: QuoteLeg | null;
  /** Why the mode is what it is, or why a leg is missing; for people. */
  readonly reason: string;
  /** YES fair value the quotes were built around, in basis points; null when there is none. */
  readonly fairBp: number | null;
  /** Its standard error, in the same unit, where there is one. */
  readonly fairErrorBp?: number;
  /** The model's own value before the market's was blended in, where both are there. */
  readonly modelBp?: number;
  readonly touch: Readonly<Record<Token, Touch>>;
  /** The executor's step whose inventory the target was made with; later fills count against it. */
  readonly inventoryStep: number;
  /** When the oldest of the inputs behind this intent was received. */
  readonly inputsAt: MonotonicMs;
  /** When the newest of them was received: latency is counted from here. */
  readonly triggeredAt: MonotonicMs;
  /** When the strategy was evaluated, which for a slow answer is before it came. */
  readonly publishedAt: MonotonicMs;
  /** Past this moment the intent no longer holds quotes up: a dead strategy must not quote. */
  readonly expiresAt: MonotonicMs;
}
