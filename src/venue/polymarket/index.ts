export { bookHash, isWhole } from "./bookHash.ts";
export type { Decoded, Oddity, PolymarketFrame, Reply } from "./decode.ts";
export { decodeCancelAnswer, decodePlaceAnswer } from "./decodeAnswer.ts";
export { type KnownMarket, decodeMarketFrame } from "./decodeMarket.ts";
export {
  type BookRead,
  type ClobMarket,
  decodeBook,
  decodeBooks,
  decodeClobMarket,
  decodeFeeRate,
  decodeNegRisk,
  decodeTickSize,
  decodeTime,
  decodeVersion,
  disagreements,
} from "./decodePublic.ts";
export {
  type ApiKey,
  type HeartbeatReply,
  type Page,
  type Read,
  decodeApiKey,
  decodeBalances,
  decodeHeartbeat,
  decodeOrder,
  decodeOrdersPage,
  decodeTradesPage,
} from "./decodeRead.ts";
export {
  type Funds,
  closedOnlyRequest,
  decodeClosedOnly,
  decodeFunds,
  decodeOrderCount,
  decodeRateTier,
  rateTierRequest,
} from "./decodeStanding.ts";
export type { Account, TradedMarket } from "./decodeTrade.ts";
export { decodeUserFrame } from "./decodeUser.ts";
export {
  FIRST_CURSOR,
  PING,
  type SignedLeg,
  type VenueRequest,
  balanceRequest,
  bookRequest,
  booksRequest,
  cancelAllRequest,
  cancelRequest,
  clobMarketRequest,
  createApiKeyRequest,
  deriveApiKeyRequest,
  feeRateRequest,
  gammaEventRequest,
  gammaMarketRequest,
  gammaSeriesRequest,
  heartbeatRequest,
  marketSubscription,
  marketSubscriptionChange,
  negRiskRequest,
  orderRequest,
  ordersRequest,
  placeRequest,
  tickSizeRequest,
  timeRequest,
  tradesRequest,
  userSubscription,
  userSubscriptionChange,
  versionRequest,
} from "./encode.ts";
export {
  type ExchangeVersion,
  type Listing,
  type Listings,
  type Unlisted,
  decodeGammaEvents,
  decodeGammaMarkets,
} from "./gamma.ts";
export { DISCOVERY_TIMING, type Discovery, type DiscoveryOptions, discovery } from "./discovery.ts";
export {
  type Entered,
  type EntryOptions,
  skews,
  whileClocksAgree,
  type Skewed,
  entry,
} from "./entry.ts";
export { type PriceFrame, type TwapPrice, decodePriceFrame } from "./decodePrice.ts";
export { type OddityCounts, oddityCounts } from "./oddities.ts";
export { PRICES_TIMING, type PricesOptions, priceStream } from "./prices.ts";
export { type HttpAnswer, type HttpRequest, type Line, line, outgoing } from "./rest.ts";
export { SERIES, type Series, type SeriesName, type Window, rollingSeries } from "./series.ts";
export * from "./sign/index.ts";
export { CHANNEL_TIMING, type ChannelsOptions, polymarketChannels } from "./socket.ts";
export { type Sighting, WATCH_TIMING, type WatchTiming } from "./watch.ts";
export {
  type Identity,
  type PolymarketVenue,
  VENUE_TIMING,
  type VenueOptions,
  type VenueTiming,
  polymarketVenue,
} from "./venue.ts";
export * as wire from "./wire/all.ts";
