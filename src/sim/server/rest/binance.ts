/** Binance's REST addresses for the coins: ticker, depth, trades and candles (protocol 10). */
import { after, COINS, MICRO, type ReferencePrice, referencePrice } from "../../../types/index.ts";
import { type Outcome, answerOnly, ok, type RequestContext } from "./request.ts";
import { namesOf } from "../../../venue/polymarket/wire/index.ts";
import { priceOf } from "../../exchange/index.ts";
import { type Candles, candlesOf, MINUTE_MS } from "../state/index.ts";

type Query = ReadonlyMap<string, string>;

/** In millionths of a dollar: bid and ask lie this far from the reference, so their mid is the reference. */
const HALF_SPREAD = 5_000;
const CANDLES_PER_REQUEST = 500;
export const CANDLE_SPANS_MS: ReadonlyMap<string, number> = new Map([
  ["1m", MINUTE_MS],
  ["5m", 5 * MINUTE_MS],
  ["15m", 15 * MINUTE_MS],
  ["1h", 60 * MINUTE_MS],
]);

export const binanceTime = (context: RequestContext): Outcome =>
  ok(context, { serverTime: context.now });

export const binanceTicker = (query: Query, context: RequestContext): Outcome =>
  ofSymbol(query, context, ({ price, symbol }) => {
    const { b, B, a, A } = binanceQuote(price);
    return { symbol, bidPrice: b, bidQty: B, askPrice: a, askQty: A };
  });

export const binanceDepth = (query: Query, context: RequestContext): Outcome =>
  ofSymbol(query, context, ({ price }) => {
    const { b, B, a, A } = binanceQuote(price);
    return { lastUpdateId: context.now, bids: [[b, B]], asks: [[a, A]] };
  });

export const binanceTrades = (query: Query, context: RequestContext): Outcome =>
  ofSymbol(query, context, ({ price }) => [
    {
      id: context.now,
      price: binanceDecimal(price),
      qty: BINANCE_LOT,
      quoteQty: binanceDecimal(price),
      time: context.now,
      isBuyerMaker: false,
      isBestMatch: true,
    },
  ]);

export const binanceCandles = (query: Query, context: RequestContext): Outcome => {
  const spanMs = CANDLE_SPANS_MS.get(query.get("interval") ?? "");
  if (spanMs === undefined) return binanceRefusal(context, -1120, "Invalid interval.");
  const limit = Number(query.get("limit") ?? CANDLES_PER_REQUEST);
  if (!Number.isInteger(limit) || limit < 1)
    return binanceRefusal(context, -1100, "Illegal limit.");
  const [from, to] = [
    Number(query.get("startTime") ?? 0),
    Number(query.get("endTime") ?? Infinity),
  ];
  return ofSymbol(query, context, ({ candles }) => {
    const found = candlesOf(candles, spanMs).filter(
      ({ opensAt }) => opensAt >= from && opensAt <= to,
    );
    const shown = query.has("startTime") ? found.slice(0, limit) : found.slice(-limit);
    return shown.map((candle) => [
      candle.opensAt,
      binanceDecimal(candle.open),
      binanceDecimal(candle.high),
      binanceDecimal(candle.low),
      binanceDecimal(candle.close),
      BINANCE_LOT,
      after(candle.opensAt, spanMs - 1),
      "0",
      candle.ticks,
      "0",
      "0",
      "0",
    ]);
  });
};

function ofSymbol(
  query: Query,
  context: RequestContext,
  answer: (of: SymbolPrice) => unknown,
): Outcome {
  const symbol = query.get("symbol");
  const coin = COINS.find((one) => namesOf(one).binance === symbol);
  const price = coin ? (priceOf(context.exchange, { coin })?.reference ?? null) : null;
  if (coin === undefined || price === null)
    return binanceRefusal(context, -1121, "Invalid symbol.");
  const candles = context.candles.get(coin) ?? [];
  return ok(context, answer({ symbol: namesOf(coin).binance, price, candles }));
}

interface SymbolPrice {
  readonly symbol: string;
  readonly price: ReferencePrice;
  readonly candles: Candles;
}

const binanceRefusal = (context: RequestContext, code: number, msg: string): Outcome =>
  answerOnly(context, { status: 400, body: { code, msg } });

export const binanceQuote = (price: ReferencePrice) => ({
  b: binanceDecimal(referencePrice(Math.max(1, price - HALF_SPREAD))),
  B: BINANCE_LOT,
  a: binanceDecimal(referencePrice(price + HALF_SPREAD)),
  A: BINANCE_LOT,
});

export const BINANCE_LOT = "1.00000000";

/** With eight decimals, as Binance writes them; a reference has six. */
export function binanceDecimal(price: ReferencePrice): string {
  const fraction = String(price % MICRO).padStart(6, "0");
  return `${Math.floor(price / MICRO)}.${fraction}00`;
}
