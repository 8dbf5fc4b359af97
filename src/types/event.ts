/** Everything the executor can hear. Events are facts that happened; even a command is one. */
import type { MarketLimits } from "./account.ts";
import type { CancelAnswer, LegAnswer, NotSent, OrderReport, Survey } from "./answer.ts";
import type { Failure } from "./cause.ts";
import type { OrderId, RequestId } from "./ids.ts";
import type { Intent } from "./intent.ts";
import type { OperatorLevel } from "./level.ts";
import type { MarketRules, Token } from "./market.ts";
import type { Refusal, RefusalReason } from "./refusal.ts";
import type { TradeReport } from "./trade.ts";
import type { Instant, MonotonicMs } from "./units.ts";

export type FeedName = "market" | "user" | "reference" | "settlement";
export const FEEDS = [
  "market",
  "user",
  "reference",
  "settlement",
] as const satisfies readonly FeedName[];

/** What a quote is made from. Each may be silent while its feed speaks. */
export const INPUTS = ["reference", "settlement", "YES", "NO"] as const;
export type InputName = (typeof INPUTS)[number];
/** When each was last heard or confirmed; null while it is not there. */
export type InputTimes = Readonly<Record<InputName, MonotonicMs | null>>;
/** Journals of before the settlement feed do not tell its age. */
type ToldTimes = Omit<InputTimes, "settlement"> & Partial<InputTimes>;

/** One parameter that a person has changed while the program runs: its full name, and its values. */
export interface ParameterChange {
  readonly name: string;
  readonly from: unknown;
  readonly to: unknown;
}
/** A level, which lasts; or `resync`: survey the venue once before quoting on. */
export type OperatorCommand = OperatorLevel | "resync";

/** What the gateway answers, exactly one per leg and per request. */
export type ReceiptEvent =
  | { readonly type: "order.acked"; readonly orderId: OrderId; readonly venueId: OrderId }
  | {
      readonly type: "order.rejected";
      readonly orderId: OrderId;
      readonly refusal: Extract<LegAnswer, { type: "rejected" }>["refusal"];
    }
  | {
      readonly type: "order.unknown";
      readonly orderId: OrderId;
      readonly cause: "stopped" | "deadline" | "lost";
      /** What was answered, where that does not prove that the order was refused. */
      readonly refusal?: Refusal<RefusalReason>;
    }
  | { readonly type: "order.notSent"; readonly orderId: OrderId; readonly answer: NotSent }
  | {
      readonly type: "cancel.acked";
      readonly orderId: OrderId;
    }
  | { readonly type: "cancel.refused"; readonly orderId: OrderId; readonly isGone: boolean }
  | {
      readonly type: "cancel.unknown";
      readonly orderId: OrderId;
      /** Why the request was not, or may not have been, carried out, where the venue has said so. */
      readonly refusal?: Refusal<RefusalReason>;
    }
  | {
      readonly type: "cancelAll.answered";
      readonly requestId: RequestId;
      readonly answer: CancelAnswer;
    }
  | { readonly type: "survey.answered"; readonly requestId: RequestId; readonly survey: Survey }
  | {
      readonly type: "survey.failed";
      readonly requestId: RequestId;
      readonly detail: string;
      /** Why a read was refused, where the venue has said so. */
      readonly refusal?: Refusal<RefusalReason>;
      /** The trades that were read before it failed, where there were any. */
      readonly trades?: readonly TradeReport[];
    };

/** An answer that came after its receipt `unknown`. A fact, not a second receipt. */
export interface LateAnswerEvent {
  readonly type: "order.answeredLate";
  readonly orderId: OrderId;
  readonly answer: LegAnswer | NotSent;
}

export type FeedEvent =
  | { readonly type: "feed.restored"; readonly feed: FeedName; readonly session: number }
  | {
      readonly type: "feed.lost";
      readonly feed: FeedName;
      readonly session: number;
      readonly cause: string;
    }
  /** A link ended that never carried the feed. Journals of before schema 4 have none. */
  | ({ readonly type: "feed.failed"; readonly feed: FeedName } & Failure);

/** Messages of the user channel. */
export type UserEvent =
  | { readonly type: "order.reported"; readonly report: OrderReport }
  | { readonly type: "trade.reported"; readonly report: TradeReport };

export type MarketEvent =
  | { readonly type: "market.rulesChanged"; readonly rules: MarketRules }
  | { readonly type: "market.resolved"; readonly winner: Token };

export type HeartbeatEvent =
  | { readonly type: "heartbeat.beaten" }
  /** At most one for each beat. */
  | { readonly type: "heartbeat.refused"; readonly refusal: Refusal<RefusalReason> }
  /** It was not taken, for whatever reason. Journals of before schema 4 have none. */
  | ({ readonly type: "heartbeat.failed" } & Failure)
  | { readonly type: "heartbeat.lapsed"; readonly detail: string };

/** Whether the account's permits to place run short, so that small re-prices should wait. */
export interface PermitsEvent {
  readonly type: "permits.changed";
  readonly areShort: boolean;
}

/** Whether the program has fallen behind, so that what it knows is old. */
export interface LoadEvent {
  readonly type: "load.changed";
  readonly isBehind: boolean;
  /** What is behind; empty where nothing is. */
  readonly detail: string;
}

export type Event =
  | { readonly type: "intent.published"; readonly intent: Intent }
  | {
      readonly type: "operator.commanded";
      readonly command: OperatorCommand;
      readonly reason: string;
      /** Account epoch from this command on. */
      readonly accountEpoch: number;
    }
  /** What this market may do from now on, over all markets. Journals of before schema 6 have none. */
  | { readonly type: "account.limitsChanged"; readonly limits: MarketLimits }
  /** For the journal, which says when: the intents after this event are made with the new values. */
  | {
      readonly type: "parameters.changed";
      readonly changes: readonly ParameterChange[];
      readonly isUndo: boolean;
      readonly reason: string;
      readonly who: string;
    }
  /** Journals of before schema 3 have no `seen`: nothing is known of the ages then. */
  | { readonly type: "clock.ticked"; readonly seen?: ToldTimes }
  | ReceiptEvent
  | LateAnswerEvent
  | FeedEvent
  | UserEvent
  | MarketEvent
  | HeartbeatEvent
  | PermitsEvent
  | LoadEvent;

/** An event, and when it entered the program. */
export interface Arrival {
  readonly at: Instant;
  readonly event: Event;
}

/** An event the executor has taken: `seq` is its place in the one order everything happened in. */
export interface Stamped {
  readonly seq: number;
  readonly at: Instant;
  readonly event: Event;
}
