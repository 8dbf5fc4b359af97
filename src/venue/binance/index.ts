export {
  type BinanceFrame,
  type BinanceOddity,
  type Kline,
  decodeBinance,
  decodeKlines,
} from "./decode.ts";
export { type KlinesOptions, type KlinesRequest, klines } from "./rest.ts";
export { STREAM_TIMING, type StreamOptions, type StreamTiming, referenceStream } from "./socket.ts";
