export { keyWithSecret } from "./auth.ts";
export { BINANCE_LOT, binanceDecimal, binanceQuote, CANDLE_SPANS_MS } from "./binance.ts";
export { currentWindowOptions, tokenWithBook } from "./listedMarkets.ts";
export { bookMetaOf } from "./marketReads.ts";
export { orderRecord, tradeRecord } from "./records.ts";
export {
  EMPTY_REGISTRY,
  type Registry,
  withoutLapsedHeartbeats,
  withDelayedOrder,
  withKeysRotated,
  withOrderOrigin,
  withoutMarkets,
} from "./registry.ts";
export {
  type ClientRequest,
  type ExchangeOp,
  type RequestContext,
  type VenueRules,
} from "./request.ts";
export { routed } from "./routes.ts";
