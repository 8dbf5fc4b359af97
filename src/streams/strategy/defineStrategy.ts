/** What a strategy is: the view it gets, the target it answers with, and the object it is. */
import type { Observable } from "rxjs";
import type { ZodType } from "zod";
import type { Basis } from "../../pricing/index.ts";
import type {
  Book,
  Instant,
  Inventory,
  Market,
  MicroShares,
  MonotonicMs,
  OrderLatency,
  PriceBp,
  PublicTrade,
  QuoteLeg,
  QuoteMode,
  RecentFill,
  ReferencePrice,
  SettlementMean,
  Side,
  Snapshot,
  Token,
} from "../../types/index.ts";
import type { MarketOffset } from "./marketOffset.ts";

/** Everything a strategy may know at one moment. A null snapshot: its connection has none now. */
export interface View {
  readonly now: Instant;
  readonly market: Market;
  readonly book: Snapshot<Readonly<Record<Token, Book>>> | null;
  /** When YES's book last changed or was confirmed; null where there is none. */
  readonly bookSeenAt: MonotonicMs | null;
  readonly reference: {
    readonly price: Snapshot<ReferencePrice> | null;
    /** Of the log return. */
    readonly variancePerSecond: number;
    /** A newer price has come that is not believed: nothing is shown while that lasts. */
    readonly isHeld: boolean;
  };
  /** What settles the market, where that is a mean; null on a market with another rule. */
  readonly settlement: SettlementView | null;
  /** Between the market's own price and the model's, as last seen; null before both were. */
  readonly marketOffset: MarketOffset | null;
  readonly inventory: Inventory;
  /** The executor's step that last changed it. */
  readonly inventoryStep: number;
  /** Our own that may rest: they are in the book, too. */
  readonly orders: readonly RestingOrder[];
  /** Our own that were cancelled or filled within `BOOK_LAG_MS`: the book may have them still. */
  readonly ended: readonly OwnOrder[];
  /** Of everyone on the present connection, the newest 32, oldest first. */
  readonly trades: readonly PublicTrade[];
  /** Our own in this market, the newest 50, oldest first; not those of a run before. */
  readonly fills: readonly RecentFill[];
  /** From an input, and from a decision, to the acknowledgement of an order: this market's. */
  readonly latency: OrderLatency;
}

/** Milliseconds by which the book may follow what we hear of our own orders. */
export const BOOK_LAG_MS = 100;

export interface SettlementView {
  /** The newest mean of a minute, and the second it ends in; null while its link is down. */
  readonly mean: Snapshot<SettlementMean> | null;
  /**
   * The reference's mean over the seconds of that minute that will have dropped out by the end of
   * the market; null where too few of them were seen, or none will have.
   */
  readonly leaving: ReferencePrice | null;
  /** Between the reference and the settlement feed. */
  readonly basis: Basis;
}

/** An order of ours, as it stands or stood in the book. */
export interface OwnOrder {
  readonly token: Token;
  readonly side: Side;
  readonly price: PriceBp;
  /** What is left of it. */
  readonly size: MicroShares;
}

export interface RestingOrder extends OwnOrder {
  /**
   * Shares at its price that are filled first, at most: all that stood there as it came, less trades at the price, and never more than
   * the level has beside it. Null while there is no book.
   */
  readonly ahead: MicroShares | null;
  /** Since its acknowledgement, milliseconds; null before that. */
  readonly ageMs: number | null;
}

/** What a market is worth, and how sure that is: all of YES, 0 to 1. */
export interface Fair {
  readonly probability: number;
  /** Standard error of the probability; 0 where it is not estimated. */
  readonly standardError: number;
  /** Standard deviation of its own move over one second; 0 where it is not estimated. */
  readonly movePerSqrtSecond: number;
  /**
   * The same before the market's own price was blended in, where it was: a quote is pulled for a move of this one, since a
   * market that has not followed yet hides most of a jump.
   */
  readonly model?: number;
}

/** What a strategy wants quoted, before it has a number and a life. Prices are of YES. */
export interface QuoteTarget {
  readonly mode: QuoteMode;
  readonly bid: QuoteLeg | null;
  readonly ask: QuoteLeg | null;
  readonly reason: string;
  /** Basis points of a dollar; null when there is no fair value. */
  readonly fairBp: number | null;
  /** Its standard error, in the same unit, where there is one. */
  readonly fairErrorBp?: number;
  /** The model's own value before the market's was blended in, where both are there. */
  readonly modelBp?: number;
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
   * Null without an estimate. Computed at every tick of the reference and of the settlement feed,
   * to pull a quote made around another value: without this function no quote is pulled.
   */
  readonly fair?: (view: View, parameters: Parameters) => Fair | null;
}

/** A strategy whose parameters are not known here: they come from its own schema, and fit by that. */
export interface AnyStrategy {
  readonly name: string;
  readonly describe: string;
  readonly parameters: ZodType;
  // Written as methods, which take a strategy with parameters of any type.
  quote(view: View, parameters: unknown): QuoteTarget | Observable<QuoteTarget>;
  fair?(view: View, parameters: unknown): Fair | null;
}

/** Checks a strategy against its type, and infers its parameters. */
export const defineStrategy = <Parameters>(strategy: Strategy<Parameters>): Strategy<Parameters> =>
  strategy;

/**
 * From an input to our order at the venue, at most: the debounce's ceiling, and a round trip as measured in this market. Before it
 * was, what is expected of both.
 */
export const reactionOf = (
  { latency: { roundTripMs } }: Pick<View, "latency">,
  { reactionMs, maxWaitMs }: { readonly reactionMs: number; readonly maxWaitMs: number },
): number => (roundTripMs === null ? reactionMs : maxWaitMs + roundTripMs);

/** Nothing shown, nothing stopped: orders are pulled by id until the next quote. */
export const nothingShown = (reason: string, fairBp: number | null = null): QuoteTarget => ({
  mode: "normal",
  bid: null,
  ask: null,
  reason,
  fairBp,
});

export const stopTarget = (reason: string): QuoteTarget => ({
  mode: "stop",
  bid: null,
  ask: null,
  reason,
  fairBp: null,
});
