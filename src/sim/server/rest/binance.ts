/** Enough of Binance to follow one reference: its streams and its candles (protocol 10). */
import {
  after,
  type EpochMs,
  MICRO,
  type ReferencePrice,
  referencePrice,
} from "../../../types/index.ts";
import { z } from "zod";
import { type Outcome, answerOnly, ok, type RequestContext } from "./request.ts";
import {
  SUBSCRIPTIONS_MAX,
  type Candle,
  type Candles,
  candlesOf,
  MINUTE_MS,
} from "../state/index.ts";

type Query = ReadonlyMap<string, string>;

const SYMBOL = "BTCUSDT";
const STREAM_SYMBOL = "btcusdt";
/** Half the spread around the reference: the mid is the reference again. */
const HALF_SPREAD = 5_000;
const CANDLES_PER_REQUEST = 500;
const SPANS_MS: ReadonlyMap<string, number> = new Map([
  ["1m", MINUTE_MS],
  ["5m", 5 * MINUTE_MS],
  ["15m", 15 * MINUTE_MS],
  ["1h", 60 * MINUTE_MS],
]);

export const binanceTime = (context: RequestContext): Outcome =>
  ok(context, { serverTime: context.now });

export const binanceTicker = (query: Query, context: RequestContext): Outcome =>
  ofSymbol(query, context, (price) => {
    const { b, B, a, A } = quote(price);
    return { symbol: SYMBOL, bidPrice: b, bidQty: B, askPrice: a, askQty: A };
  });

export const binanceDepth = (query: Query, context: RequestContext): Outcome =>
  ofSymbol(query, context, (price) => {
    const { b, B, a, A } = quote(price);
    return { lastUpdateId: context.now, bids: [[b, B]], asks: [[a, A]] };
  });

export const binanceTrades = (query: Query, context: RequestContext): Outcome =>
  ofSymbol(query, context, (price) => [
    {
      id: context.now,
      price: decimal(price),
      qty: LOT,
      quoteQty: decimal(price),
      time: context.now,
      isBuyerMaker: false,
      isBestMatch: true,
    },
  ]);

export const binanceCandles = (query: Query, context: RequestContext): Outcome => {
  const spanMs = SPANS_MS.get(query.get("interval") ?? "");
  if (spanMs === undefined) return binanceRefusal(context, -1120, "Invalid interval.");
  const limit = Number(query.get("limit") ?? CANDLES_PER_REQUEST);
  if (!Number.isInteger(limit) || limit < 1)
    return binanceRefusal(context, -1100, "Illegal limit.");
  const [from, to] = [
    Number(query.get("startTime") ?? 0),
    Number(query.get("endTime") ?? Infinity),
  ];
  return ofSymbol(query, context, () => {
    const found = candlesOf(context.candles, spanMs).filter(
      ({ opensAt }) => opensAt >= from && opensAt <= to,
    );
    const shown = query.has("startTime") ? found.slice(0, limit) : found.slice(-limit);
    return shown.map((candle) => [
      candle.opensAt,
      decimal(candle.open),
      decimal(candle.high),
      decimal(candle.low),
      decimal(candle.close),
      LOT,
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
  answer: (price: ReferencePrice) => unknown,
): Outcome {
  const { reference } = context.exchange;
  return query.get("symbol") !== SYMBOL || reference === null
    ? binanceRefusal(context, -1121, "Invalid symbol.")
    : ok(context, answer(reference));
}

const binanceRefusal = (context: RequestContext, code: number, msg: string): Outcome =>
  answerOnly(context, { status: 400, body: { code, msg } });

/** What one connection wants to hear, and whether each message says of which stream it is. */
export interface Streams {
  readonly names: readonly string[];
  readonly isCombined: boolean;
}

const KINDS = ["bookTicker", "trade", "aggTrade", "kline_1m", "kline_1h"];

/** Null where the address names a stream there is not. */
export function streamsAt(path: string, query: Query): Streams | null {
  const isCombined = path === "/stream";
  const text = isCombined ? (query.get("streams") ?? "") : path.replace(/^\/ws\/?/, "");
  const names = text === "" ? [] : text.split("/");
  return names.every(isStream) && names.length <= SUBSCRIPTIONS_MAX ? { names, isCombined } : null;
}

const isStream = (name: string): boolean => {
  const [symbol, kind = ""] = name.split("@");
  return symbol === STREAM_SYMBOL && KINDS.includes(kind);
};

const requestWire = z.object({
  method: z.enum(["SUBSCRIBE", "UNSUBSCRIBE"]),
  params: z.array(z.string()).max(SUBSCRIPTIONS_MAX),
  id: z.union([z.number(), z.string()]).nullish(),
});

/** What a client's message does to its streams, and what is said to it. */
export function streamsAfter(streams: Streams, message: unknown): readonly [Streams, string] {
  const requested = requestWire.safeParse(message).data;
  if (!requested?.params.every(isStream))
    return [streams, JSON.stringify({ error: { code: 2, msg: "Invalid request" } })];
  const { method, params, id = null } = requested;
  const others = streams.names.filter((name) => !params.includes(name));
  const names = method === "SUBSCRIBE" ? [...others, ...params] : others;
  return [{ ...streams, names }, JSON.stringify({ result: null, id })];
}

/** One frame per stream of a connection. */
export function referenceFrames(
  { names, isCombined }: Streams,
  { price, now, updates, candles }: ReferenceMove,
): readonly string[] {
  return names.map((stream) => {
    const message = messageOf(stream.split("@")[1] ?? "", { price, now, updates, candles });
    return JSON.stringify(isCombined ? { stream, data: message } : message);
  });
}

export interface ReferenceMove {
  readonly price: ReferencePrice;
  readonly now: EpochMs;
  /** How many moves there have been. */
  readonly updates: number;
  readonly candles: Candles;
}

function messageOf(kind: string, { price, now, updates, candles }: ReferenceMove): unknown {
  const s = SYMBOL;
  switch (kind) {
    case "bookTicker":
      return { u: updates, s, ...quote(price) };
    case "trade":
      return {
        e: kind,
        E: now,
        s,
        t: updates,
        p: decimal(price),
        q: LOT,
        T: now,
        m: false,
        M: true,
      };
    case "aggTrade": {
      const ids = { a: updates, p: decimal(price), q: LOT, f: updates, l: updates };
      return { e: kind, E: now, s, ...ids, T: now, m: false, M: true };
    }
    default: {
      const span = kind.replace("kline_", "");
      const spanMs = SPANS_MS.get(span) ?? MINUTE_MS;
      const candle = candlesOf(candles, spanMs).at(-1);
      return { e: "kline", E: now, s, k: candle ? candleFields(candle, span, spanMs) : null };
    }
  }
}

const candleFields = (candle: Candle, span: string, spanMs: number) => ({
  t: candle.opensAt,
  T: after(candle.opensAt, spanMs - 1),
  s: SYMBOL,
  i: span,
  o: decimal(candle.open),
  c: decimal(candle.close),
  h: decimal(candle.high),
  l: decimal(candle.low),
  v: LOT,
  n: candle.ticks,
  x: false,
});

const quote = (price: ReferencePrice) => ({
  b: decimal(referencePrice(Math.max(1, price - HALF_SPREAD))),
  B: LOT,
  a: decimal(referencePrice(price + HALF_SPREAD)),
  A: LOT,
});

const LOT = "1.00000000";

/** Eight decimals, of which a reference has six. */
function decimal(price: ReferencePrice): string {
  const fraction = String(price % MICRO).padStart(6, "0");
  return `${Math.floor(price / MICRO)}.${fraction}00`;
}
