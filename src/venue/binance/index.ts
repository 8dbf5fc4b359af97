export { type BinanceFrame, type BinanceOddity, decodeBinance } from "./decode.ts";
export { type BinanceKlines, type Kline, decodeKlines, klinesPath } from "./klines.ts";
