/** What the middle of the program is given instead of a clock, a disk or a network. */
import type { Observable, ObservableInput } from "rxjs";
import type {
  Balances,
  CancelAnswer,
  Counted,
  OrderReport,
  PlaceAnswer,
  ReadAnswer,
} from "./answer.ts";
import type { Coin } from "./coin.ts";
import type { Effect, PlaceLeg } from "./effect.ts";
import type { Facts } from "./errors.ts";
import type { Stamped } from "./event.ts";
import type { Link, MarketItem, ReferenceItem, SettlementMean, UserItem } from "./feed.ts";
import type { MarketId, OrderId, TransactionId } from "./ids.ts";
import type { Market } from "./market.ts";
import type { OrderTicket } from "./order.ts";
import type { TradeReport } from "./trade.ts";
import type { EpochMs, Instant } from "./units.ts";
import type {
  CallTerms,
  FinalizedBlock,
  SubmitAnswer,
  TransactionState,
  WalletCall,
} from "./wallet.ts";

export interface Clock {
  readonly now: () => Instant;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface Log extends Readonly<Record<LogLevel, (facts: Facts, text: string) => void>> {
  /** Whether lines of a level are written at all; where it is not said, they are. */
  readonly writes?: (level: LogLevel) => boolean;
}

/** Where a market's history goes before it is acted on. A failing disk is a throw or an error notification. */
export interface Journal {
  /** Records the event, then gives it back; an array where that is done at once. A throw ends the run. */
  readonly append: (input: Stamped) => ObservableInput<Stamped>;
  /** Records what was decided; it must be on disk before the effects leave. */
  readonly decided: (seq: number, effects: readonly Effect[]) => void;
  readonly close: () => void;
}

/**
 * Order entry and reads at the venue. Every request emits exactly one answer and completes, or
 * hangs; none errors. Only trades come in several answers. Unsubscribing does not undo a request.
 */
export interface Venue {
  /** The id the venue will give this order: a pure function of it. */
  readonly orderId: (ticket: OrderTicket) => OrderId;
  /**
   * `mayLeave` is asked at the last synchronous line before the socket, after signing. Where it
   * says no, the answer is `notSent`.
   */
  readonly place: (
    legs: readonly PlaceLeg[],
    mayLeave: () => boolean,
  ) => Observable<Counted<PlaceAnswer>>;
  readonly cancel: (orderIds: readonly OrderId[]) => Observable<Counted<CancelAnswer>>;
  /** Null cancels on every market of the account. */
  readonly cancelAll: (market: MarketId | null) => Observable<Counted<CancelAnswer>>;
  readonly openOrders: (market: MarketId | null) => Observable<ReadAnswer<readonly OrderReport[]>>;
  readonly order: (id: OrderId) => Observable<ReadAnswer<OrderReport | null>>;
  /** In pages, each an answer; a failed one is the last. */
  readonly trades: (
    market: MarketId,
    since: EpochMs,
  ) => Observable<ReadAnswer<readonly TradeReport[]>>;
  /** `isRefreshed`: the venue is asked to read them anew first, because its cache may lag. */
  readonly balances: (market: MarketId, isRefreshed?: boolean) => Observable<ReadAnswer<Balances>>;
  /** Keeps the venue's dead-man switch from firing. The first beat arms it. */
  readonly heartbeat: () => Observable<ReadAnswer<null>>;
}

/**
 * The wallet's own calls on the chain, submitted by a relayer that pays for them. Every request emits
 * exactly one answer and completes, or hangs; none errors. Unsubscribing does not undo a request.
 */
export interface Wallet {
  readonly submit: (call: WalletCall, terms: CallTerms) => Observable<SubmitAnswer>;
  /** The nonce of the wallet's next call. */
  readonly nonce: () => Observable<ReadAnswer<number>>;
  /** Null where the relayer knows no such transaction. */
  readonly transaction: (id: TransactionId) => Observable<ReadAnswer<TransactionState | null>>;
  /** A call that is not counted in a block after its deadline will never be carried out. */
  readonly finalized: () => Observable<ReadAnswer<FinalizedBlock>>;
}

/** Connections to the outside; each subscription is one connection. */
export interface Connections {
  /** `suspicion$`: reasons to suspect that the channel is dead, for a connection to check. */
  readonly market: (
    market: Market,
    suspicion$?: Observable<string>,
  ) => Observable<Link<MarketItem>>;
  readonly user: (market: Market) => Observable<Link<UserItem>>;
  /**
   * The price of a coin, of the first where none is named. `isHeld$`: whether the newest price is held, for a connection to
   * ask a second source.
   */
  readonly reference: (
    coin?: Coin,
    isHeld$?: Observable<boolean>,
  ) => Observable<Link<ReferenceItem>>;
  /** The mean that settles windows of a coin, once a second; null where no market here is settled by it. */
  readonly settlement: ((coin?: Coin) => Observable<Link<SettlementMean>>) | null;
}
