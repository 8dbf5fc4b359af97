/** Binance's WebSocket streams of the coins (protocol 10). */
import {
  after,
  type Coin,
  COINS,
  type EpochMs,
  type ReferencePrice,
} from "../../../types/index.ts";
import { z } from "zod";
import { binanceDecimal, BINANCE_LOT, binanceQuote, CANDLE_SPANS_MS } from "../rest/index.ts";
import {
  type Candle,
  type Candles,
  candlesOf,
  MINUTE_MS,
  SUBSCRIPTIONS_MAX,
} from "../state/index.ts";
import { namesOf } from "../../../venue/polymarket/wire/index.ts";
import { keepOpen, type MessageResult } from "./messageResult.ts";

/** The streams of one connection. */
export interface BinanceSubscription {
  readonly channel: "binance";
  readonly names: readonly string[];
  /** Whether each message is wrapped in the name of its stream. */
  readonly isCombined: boolean;
}

const KINDS = ["bookTicker", "trade", "aggTrade", "kline_1m", "kline_1h"];

/** From the path of the connection; null where the path names an unknown stream. */
export function binanceSubscriptionAt(
  path: string,
  query: ReadonlyMap<string, string>,
): BinanceSubscription | null {
  const isCombined = path === "/stream";
  const text = isCombined ? (query.get("streams") ?? "") : path.replace(/^\/ws\/?/, "");
  const names = text === "" ? [] : text.split("/");
  return names.every(isStream) && names.length <= SUBSCRIPTIONS_MAX
    ? { channel: "binance", names, isCombined }
    : null;
}

const isStream = (name: string): boolean => {
  const [symbol, kind = ""] = name.split("@");
  return COINS.some((coin) => streamSymbol(coin) === symbol) && KINDS.includes(kind);
};

/** In the names of streams, symbols are in lower case. */
const streamSymbol = (coin: Coin): string => namesOf(coin).binance.toLowerCase();

const requestWire = z.object({
  method: z.enum(["SUBSCRIBE", "UNSUBSCRIBE"]),
  params: z.array(z.string()).max(SUBSCRIPTIONS_MAX),
  id: z.union([z.number(), z.string()]).nullish(),
});

export function binanceSubscriptionAfter(
  subscription: BinanceSubscription,
  message: unknown,
): MessageResult<BinanceSubscription> {
  const requested = requestWire.safeParse(message).data;
  if (!requested?.params.every(isStream))
    return keepOpen(subscription, [JSON.stringify({ error: { code: 2, msg: "Invalid request" } })]);
  const { method, params, id = null } = requested;
  const others = subscription.names.filter((name) => !params.includes(name));
  const names = method === "SUBSCRIBE" ? [...others, ...params] : others;
  return keepOpen({ ...subscription, names }, [JSON.stringify({ result: null, id })]);
}

/** One frame for each stream of the coin of a connection, after a move of its reference. */
export function referenceFrames(
  { names, isCombined }: BinanceSubscription,
  move: ReferenceMove,
): readonly string[] {
  const ofCoin = `${streamSymbol(move.coin)}@`;
  return names.flatMap((stream) => {
    if (!stream.startsWith(ofCoin)) return [];
    const message = messageOf(stream.slice(ofCoin.length), move);
    return JSON.stringify(isCombined ? { stream, data: message } : message);
  });
}

/** Belongs to no stream, and is not wrapped in the name of one. */
export const shutdownFrame = (now: EpochMs): string =>
  JSON.stringify({ e: "serverShutdown", E: now });

export interface ReferenceMove {
  readonly coin: Coin;
  readonly price: ReferencePrice;
  readonly now: EpochMs;
  /** Moves of the reference so far: the number of this update. */
  readonly updates: number;
  readonly candles: Candles;
}

function messageOf(kind: string, { coin, price, now, updates, candles }: ReferenceMove): unknown {
  const s = namesOf(coin).binance;
  switch (kind) {
    case "bookTicker":
      return { u: updates, s, ...binanceQuote(price) };
    case "trade":
      return {
        e: kind,
        E: now,
        s,
        t: updates,
        p: binanceDecimal(price),
        q: BINANCE_LOT,
        T: now,
        m: false,
        M: true,
      };
    case "aggTrade": {
      const ids = { a: updates, p: binanceDecimal(price), q: BINANCE_LOT, f: updates, l: updates };
      return { e: kind, E: now, s, ...ids, T: now, m: false, M: true };
    }
    default: {
      const span = kind.replace("kline_", "");
      const spanMs = CANDLE_SPANS_MS.get(span) ?? MINUTE_MS;
      const candle = candlesOf(candles, spanMs).at(-1);
      return {
        e: "kline",
        E: now,
        s,
        k: candle ? { ...candleFields(candle, span, spanMs), s } : null,
      };
    }
  }
}

const candleFields = (candle: Candle, span: string, spanMs: number) => ({
  t: candle.opensAt,
  T: after(candle.opensAt, spanMs - 1),
  i: span,
  o: binanceDecimal(candle.open),
  c: binanceDecimal(candle.close),
  h: binanceDecimal(candle.high),
  l: binanceDecimal(candle.low),
  v: BINANCE_LOT,
  n: candle.ticks,
  x: false,
});
