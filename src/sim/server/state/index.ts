export { type Answer, failure } from "./answer.ts";
export { bookSummary, summaryOf } from "./books.ts";
export {
  bodyBytesMax,
  BOOKS_PER_REQUEST_MAX,
  ADDRESSES_MAX,
  CANCELS_PER_REQUEST_MAX,
  CLOCK_SKEW_S_MAX,
  CHANNEL_IDLE_MS_MAX,
  FRAME_BYTES_MAX,
  HEADER_BYTES_MAX,
  HELLO_MS_MAX,
  HTTP_LIMITS,
  FROZEN_FRAMES_MAX,
  WAITING_REQUESTS_MAX,
  REQUEST_WAIT_MS_MAX,
  KEYS_MAX,
  LAG_MS_MAX,
  LATE_MS_MAX,
  ORDER_ORIGINS_MAX,
  ORDERS_PER_REQUEST_MAX,
  PAGE_LENGTH,
  PRICES_MAX,
  REPEAT_MS_MAX,
  SCRIPT_LINES_MAX,
  SETTING_MS_MAX,
  SIGNATURES_MAX,
  SUBSCRIPTIONS_MAX,
  UNSENT_BYTES_MAX,
  UPCOMING_WINDOWS,
  WALLETS_MAX,
} from "./bounds.ts";
export { type Candle, type Candles, MINUTE_MS, candlesOf, withPrice } from "./candles.ts";
export { type Timers, createTimers } from "./timers.ts";
export { iso } from "./iso.ts";
export { type BookMeta, type BookMetas, bookMetaAfter, emptyBookMeta } from "./bookMeta.ts";
export { marketOf, marketsIn, newTrades } from "./facts.ts";
export {
  FINE_ABOVE,
  FINE_BELOW,
  FINE_TICK,
  GENERATIONS,
  type Generation,
  type MarketPolicy,
  RESULTS,
  SERVED_SERIES,
  type WindowOptions,
  type WindowSeries,
  exchangeFor,
  gammaId,
  generationOf,
  rollingWindows,
  windowAt,
} from "./windows.ts";
export { parsed } from "./json.ts";
