export { type HashedBook, type HashedFields, bookHash, isTextWhole, isWhole } from "./bookHash.ts";
export {
  type DecodeWarning,
  type Decoded,
  type PolymarketFrame,
  type RateLimitHeaders,
  type Reply,
} from "./frame.ts";
export { allowanceOf, rateLimitHeaders } from "./decodeAllowance.ts";
export { decodeCancelAnswer, decodePlaceAnswer } from "./decodeAnswer.ts";
export { isSuccess, lost, lostReply, retryAfterSeconds } from "./decodeFailure.ts";
export { UNREAD, bookOf, decodeMarketFrame, readMarketFrame } from "./decodeMarket.ts";
export type {
  BookMessage,
  ChangeMessage,
  DecodedMarketMessage,
  HashedWire,
  KnownMarket,
  LevelChange,
} from "./marketMessage.ts";
export { type PriceFrame, TWAP_CHANNEL, TWAP_SECONDS, decodePriceFrame } from "./decodePrice.ts";
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
  decodeRead,
  decodeTradesPage,
} from "./decodeRead.ts";
export {
  decodeBlock,
  decodeCallNumber,
  decodeSubmit,
  decodeTransaction,
  decodeWalletNonce,
} from "./decodeRelayer.ts";
export { type OwnAccount, type TradedMarket } from "./decodeTrade.ts";
export { isSameMarket, tokenOf, wholeUsdc } from "./decodeUnits.ts";
export { decodeUserFrame } from "./decodeUser.ts";
export {
  type ExchangeVersion,
  type Listing,
  type SaidSettlement,
  settlementConflict,
  type Listings,
  type Unlisted,
  decodeGammaEvents,
  decodeGammaMarkets,
} from "./gamma.ts";
