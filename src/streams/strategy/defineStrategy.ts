/** What a strategy is: the view it gets, the target it answers with, and the object it is. */
import type { Observable } from "rxjs";
import type { ZodType } from "zod";
import type {
  Book,
  Instant,
  Inventory,
  Market,
  QuoteLeg,
  QuoteMode,
  ReferencePrice,
  Snapshot,
  Token,
} from "../../types/index.ts";

/** Everything a strategy may know at one moment. A null snapshot: its connection has none now. */
export interface View {
  readonly now: Instant;
  readonly market: Market;
  readonly book: Snapshot<Readonly<Record<Token, Book>>> | null;
  readonly reference: {
    readonly price: Snapshot<ReferencePrice> | null;
    /** Of the log return. */
    readonly variancePerSecond: number;
    /** A newer price has come that is not believed: nothing is shown while that lasts. */
    readonly isHeld: boolean;
  };
  readonly inventory: Inventory;
  /** The executor's step that last changed it. */
  readonly inventoryStep: number;
}

/** What a strategy wants quoted, before it has a number and a life. Prices are of YES. */
export interface QuoteTarget {
  readonly mode: QuoteMode;
  readonly bid: QuoteLeg | null;
  readonly ask: QuoteLeg | null;
  readonly reason: string;
  /** Basis points of a dollar; null when there is no fair value. */
  readonly fairBp: number | null;
}

/** A plug-in: pure functions over the view, without clock or I/O. Throwing means STOP. */
export interface Strategy<Parameters> {
  readonly name: string;
  readonly describe: string;
  /** Units are in the names, ranges and defaults in the schema. */
  readonly parameters: ZodType<Parameters>;
  /**
   * An Observable is for a slow answer: its values count until the next evaluation begins or the
   * reference jumps, and its error means STOP.
   */
  readonly quote: (view: View, parameters: Parameters) => QuoteTarget | Observable<QuoteTarget>;
  /**
   * Probability of YES, 0 to 1; null without an estimate. Computed at every tick of the reference,
   * to pull a quote made around another value: without this function no quote is pulled.
   */
  readonly fair?: (view: View, parameters: Parameters) => number | null;
}

/** Checks a strategy against its type, and infers its parameters. */
export const defineStrategy = <Parameters>(strategy: Strategy<Parameters>): Strategy<Parameters> =>
  strategy;

export const stopTarget = (reason: string): QuoteTarget => ({
  mode: "stop",
  bid: null,
  ask: null,
  reason,
  fairBp: null,
});
