export { keyWithSecret } from "./auth.ts";
export { type Streams, referenceFrames, streamsAfter, streamsAt } from "./binance.ts";
export { currentWindowOptions, tokenWithBook } from "./listedMarkets.ts";
export { bookMetaOf } from "./marketReads.ts";
export { orderRecord, tradeRecord } from "./records.ts";
export {
  EMPTY_REGISTRY,
  type Registry,
  withoutLapsedHeartbeats,
  withDelayedOrder,
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
