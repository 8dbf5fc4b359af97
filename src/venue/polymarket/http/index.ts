export {
  type Funds,
  closedOnlyRequest,
  decodeClosedOnly,
  decodeFunds,
  decodeOrderCount,
  decodeRateTier,
  rateTierRequest,
} from "./accountStatus.ts";
export {
  type ClobClient,
  type ClobClientOptions,
  type PostOrderAnswer,
  clobClient,
} from "./clobClient.ts";
export {
  type ConnectionPool,
  type HttpAnswer,
  type HttpRequest,
  connectionPool,
  outgoing,
} from "./connectionPool.ts";
export { DISCOVERY_TIMING, type Discovery, type DiscoveryOptions, discovery } from "./discovery.ts";
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
  type CredentialsHolder,
  type CredentialsNews,
  credentialsHolder,
  fixedCredentials,
} from "./credentials.ts";
export {
  type LoggedIn,
  type LoginOptions,
  type Skewed,
  acceptedLogin,
  deriveCredentials,
  login,
  skews,
  whileClocksAgree,
} from "./login.ts";
export {
  type Identity,
  type PolymarketVenue,
  VENUE_TIMING,
  type VenueOptions,
  type VenueTiming,
  polymarketVenue,
} from "./orderEntry.ts";
export {
  SERIES,
  type Series,
  type SeriesName,
  type Window,
  coinsOf,
  isSeriesName,
  rollingSeries,
} from "./series.ts";
export { type RelayerOptions, polymarketWallet, walletRefusal } from "./relayer.ts";
export { type Addresses, areLoopbackAddresses, isLoopbackUrl, urlsOf } from "./addresses.ts";
