export { keyNamed } from "./auth.ts";
export { type Streams, referenceFrames, streamsAsked, streamsAt } from "./binance.ts";
export { optionsNow, tokenAt } from "./listedMarkets.ts";
export { tapeOf } from "./marketReads.ts";
export { orderRecord, tradeRecord } from "./records.ts";
export {
  NO_CLIENTS,
  type Registry,
  lapsed,
  withHeld,
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
