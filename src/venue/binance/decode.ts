/**
 * Frames of a Binance spot stream to reference prices. Total: any text gives items or a warning.
 */
import {
  type ReferenceItem,
  type ReferencePrice,
  isRecord,
  parseEpochMs,
  parseReferencePrice,
  referencePrice,
} from "../../types/index.ts";
import { bookTickerWire } from "./wire/bookTicker.ts";
import { tradeWire } from "./wire/trade.ts";

/** `garbled`: not in Binance's format. `unknown`: well-formed, of a kind that is not read here. */
export interface BinanceDecodeWarning {
  readonly type: "garbled" | "unknown";
  readonly sample: string;
}

export interface BinanceFrame {
  readonly items: readonly ReferenceItem[];
  /** Null where the frame was understood. */
  readonly warning: BinanceDecodeWarning | null;
  /** The server announces that it will end this connection. */
  readonly isLeaving?: true;
  /** Binance's time, where the frame has one: a ticker has none. */
  readonly sentAt?: number;
}

const SAMPLE_LENGTH = 200;

/** Decodes a frame of a combined stream, `{stream,data}`, or of a raw one. */
export function decodeBinance(text: string): BinanceFrame {
  const nothing = (type: BinanceDecodeWarning["type"]): BinanceFrame => ({
    items: [],
    warning: decodeWarning(type, text),
  });
  const frame = parsed(text);
  if (!isRecord(frame)) return nothing("garbled");
  const message = "stream" in frame ? frame["data"] : frame;
  switch (kindOf(frame)) {
    case "bookTicker": {
      const price = mid(message);
      return price === null ? nothing("garbled") : { items: [{ price }], warning: null };
    }
    case "trade": {
      // Only its time is used: trade prices jump between bid and ask while the mid stands still.
      const sentAt = parseEpochMs(tradeWire.safeParse(message).data?.E ?? "");
      return { items: [], warning: null, ...(sentAt !== null && { sentAt }) };
    }
    case "serverShutdown":
      return { items: [], warning: null, isLeaving: true };
    case "kline":
      // Not read: its close is only the last trade so far. REST has closed candles.
      return { items: [], warning: null };
    default:
      return nothing("unknown");
  }
}

export const decodeWarning = (
  type: BinanceDecodeWarning["type"],
  text: string,
): BinanceDecodeWarning => ({
  type,
  sample: text.slice(0, SAMPLE_LENGTH),
});

/** The kind is in `stream` or in `e`; a raw bookTicker has neither. A shutdown is of no stream. */
function kindOf(frame: Readonly<Record<string, unknown>>): string | undefined {
  const { stream, e, data } = frame;
  if (isRecord(data) && data["e"] === "serverShutdown") return "serverShutdown";
  if (typeof stream === "string") return stream.split("@")[1]?.split("_")[0];
  if (typeof e === "string") return e;
  return "b" in frame && "a" in frame ? "bookTicker" : undefined;
}

function mid(message: unknown): ReferencePrice | null {
  const ticker = bookTickerWire.safeParse(message).data;
  return ticker ? midOf(ticker.b, ticker.a) : null;
}

/** Rounded down to a micro-dollar; null where one is malformed or they cross. */
export function midOf(bidText: string, askText: string): ReferencePrice | null {
  const bid = parseReferencePrice(bidText);
  const ask = parseReferencePrice(askText);
  if (!bid || !ask || bid > ask) return null;
  return referencePrice(bid + Math.floor((ask - bid) / 2));
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
