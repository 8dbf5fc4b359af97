/** tandem for those who write a strategy: `import { defineStrategy } from "tandem-mm/strategy"`. */
export {
  type AnyStrategy,
  type Fair,
  type MarketOffset,
  type QuoteTarget,
  type RestingOrder,
  type SettlementView,
  type Strategy,
  type View,
  askLeg,
  bidLeg,
  BUILT_IN,
  defineStrategy,
  stopTarget,
} from "./streams/strategy/index.ts";
export {
  type Book,
  type Inventory,
  type Market,
  type OrderLatency,
  type PublicTrade,
  type QuoteLeg,
  type QuoteMode,
  type RecentFill,
  type Snapshot,
  DOLLAR_BP,
  MICRO,
  netShares,
} from "./types/index.ts";
/** So that a strategy's schema and ours are of one version. */
export { z } from "zod";
