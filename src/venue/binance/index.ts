export { type BinanceFrame, type BinanceDecodeWarning, decodeBinance } from "./decode.ts";
export { type BinanceKlines, type Kline, decodeKlines, klinesPath } from "./klines.ts";
export { type BinanceRestOptions, type KlinesRequest, klines, tickerPrice } from "./rest.ts";
export {
  type ReferenceLink,
  STREAM_TIMING,
  type StreamOptions,
  referenceStream,
} from "./socket.ts";
