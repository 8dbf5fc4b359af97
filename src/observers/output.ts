/** Everything the graph says, in one stream: receipts and commands go back into it, readers get copies. */
import type { Notice } from "../account/index.ts";
import type { Transition } from "../executor/index.ts";
import type { Receipt } from "../gateway/index.ts";
import type {
  Continuity,
  Event,
  Intent,
  Market,
  MarketId,
  MonotonicMs,
  OfCoin,
  OperatorCommand,
  OrderId,
  ReferenceItem,
  ReferencePrice,
  SettlementMean,
  SourceReport,
} from "../types/index.ts";

/** Prices that were not believed as they came. */
export interface ReferenceDoubts {
  /** Whether the newest price is held. */
  readonly isHeld: boolean;
  /** How often a price has jumped and was held. */
  readonly holds: number;
  /** Ticks that were held and never believed. */
  readonly dropped: number;
}

export type AppOutput =
  /** The first output of a run. */
  | { readonly type: "run.started"; readonly at: MonotonicMs }
  /** A market is traded from here on, until `market.left`. */
  | { readonly type: "market.opened"; readonly market: Market }
  /** An earlier run has left a journal of the market that cannot be used: it begins anew. */
  | { readonly type: "history.unread"; readonly market: MarketId }
  /** Nothing of the market can change any more, or it was left with the venue verified empty. */
  | { readonly type: "market.left"; readonly market: MarketId }
  /** A price of the reference feed, or that the feed was lost or restored. */
  | ({
      readonly type: "reference.updated";
      readonly event: Continuity<ReferenceItem>;
      /** The last price that is believed; null while there is none. */
      readonly believed: ReferencePrice | null;
      readonly doubts: ReferenceDoubts;
    } & OfCoin)
  /** A mean of the settlement feed, or that the feed was lost or restored. */
  | ({
      readonly type: "settlement.updated";
      readonly event: Continuity<SettlementMean>;
    } & OfCoin)
  /** The strategy has published an intent. */
  | { readonly type: "intent.published"; readonly market: MarketId; readonly intent: Intent }
  /** The executor has taken one event: what it then knew, and what it asked for. */
  | {
      readonly type: "transition.made";
      readonly market: MarketId;
      readonly transition: Transition;
    }
  /** The gateway's answer to one order, cancel or survey. */
  | { readonly type: "receipt.received"; readonly market: MarketId; readonly receipt: Receipt }
  /** A wave of orders is handed to the socket at this moment; its first order names it. */
  | {
      readonly type: "wave.sent";
      readonly market: MarketId;
      readonly orderId: OrderId;
      readonly at: MonotonicMs;
    }
  /** The operator has set a level for every market, or asked for a resync. */
  | {
      readonly type: "operator.commanded";
      readonly command: OperatorCommand;
      readonly reason: string;
      readonly accountEpoch: number;
    }
  /** The account allows one market something else from here on. */
  | ({ readonly type: "account.limitsChanged"; readonly market: MarketId } & Pick<
      Extract<Event, { readonly type: "account.limitsChanged" }>,
      "limits"
    >)
  /** What the account has to say: limits hit and cleared, cash that came or went, what a market has come to. */
  | { readonly type: "account.noticed"; readonly notice: Notice }
  /** A person has changed parameters of the strategy while it runs. */
  | Extract<Event, { readonly type: "parameters.changed" }>
  /** The run is to end: no market opens any more, and every open one is halted. */
  | { readonly type: "shutdown.begun"; readonly reason: string }
  /** The host ends the process without waiting for the shutdown. */
  | { readonly type: "run.abandoned" }
  /** The host has found an error outside of the graph, which trips the kill switch. */
  | { readonly type: "failure.reported"; readonly cause: unknown }
  /** The graph has ended with an error, perhaps a broken law; from here on everything is cancelled. */
  | { readonly type: "killSwitch.tripped"; readonly cause: unknown }
  /** After the trip the venue has shown no order of ours, late enough to be believed. */
  | { readonly type: "killSwitch.verified" }
  /** How far the program was behind, at worst, in the last quarter of a second. */
  | {
      readonly type: "load.measured";
      readonly eventLoopMs: number;
      /** Of all feeds; null where they brought nothing. */
      readonly feedMs: number | null;
    }
  /** What belongs to no market has failed, or works again. */
  | SourceReport
  /** It is time for a status line, by the clock of the graph. */
  | { readonly type: "status.due" };
