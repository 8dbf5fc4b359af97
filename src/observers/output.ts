/** Everything the running program says, in one stream: what is tied back, shown and counted. */
import type { Transition } from "../executor/index.ts";
import type { Receipt } from "../gateway/index.ts";
import type {
  Continuity,
  Intent,
  Market,
  MarketId,
  OperatorCommand,
  ReferenceItem,
} from "../types/index.ts";

export type AppOutput =
  | { readonly type: "market"; readonly market: Market }
  | { readonly type: "reference"; readonly event: Continuity<ReferenceItem> }
  | { readonly type: "intent"; readonly market: MarketId; readonly intent: Intent }
  | { readonly type: "transition"; readonly market: MarketId; readonly transition: Transition }
  | { readonly type: "receipt"; readonly market: MarketId; readonly receipt: Receipt }
  /** The market is over for us, or we have left it with the venue verified empty. */
  | { readonly type: "marketLeft"; readonly market: MarketId }
  | {
      readonly type: "command";
      readonly command: OperatorCommand;
      readonly reason: string;
      readonly accountEpoch: number;
    }
  | { readonly type: "shutdown"; readonly reason: string }
  /** Somebody outside the graph has found that we are wrong. */
  | { readonly type: "failed"; readonly cause: unknown };
