export { type BinanceFrame, type BinanceOddity, decodeBinance } from "./decode.ts";
