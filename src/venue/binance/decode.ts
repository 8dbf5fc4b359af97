/** Text of a Binance spot stream to reference prices. Total: what it cannot use, it says. */
import {
  type ReferenceItem,
  type ReferencePrice,
  parseReferencePrice,
  referencePrice,
} from "../../types/index.ts";
import { bookTickerWire } from "./wire/bookTicker.ts";
import { klineWire } from "./wire/kline.ts";
import { tradeWire } from "./wire/trade.ts";

/** `garbled`: not what Binance writes. `unknown`: well-formed, of a kind that is not read here. */
export interface BinanceDecodeWarning {
  readonly type: "garbled" | "unknown";
  readonly sample: string;
}

export interface BinanceFrame {
  readonly items: readonly ReferenceItem[];
  /** For the reader to count and sample; null where the frame is as it should be. */
  readonly warning: BinanceDecodeWarning | null;
}

const SAMPLE_LENGTH = 200;

/** Reads a frame of a combined stream, `{stream,data}`, and of a raw one alike. */
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
    case "trade":
      // Recognised, and not used yet: a trade jumps between bid and ask where the mid stands still.
      return tradeWire.safeParse(message).success
        ? { items: [], warning: null }
        : nothing("garbled");
    case "kline":
      // Its close is the last trade so far; what a market is settled with is read when it is over.
      return klineWire.safeParse(message).success
        ? { items: [], warning: null }
        : nothing("garbled");
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

/** A message carries its kind in `stream`, or else in `e`; a raw bookTicker in neither. */
function kindOf(frame: Readonly<Record<string, unknown>>): string | undefined {
  const { stream, e } = frame;
  if (typeof stream === "string") return stream.split("@")[1]?.split("_")[0];
  if (typeof e === "string") return e;
  return "b" in frame && "a" in frame ? "bookTicker" : undefined;
}

/** Half way between bid and ask, rounded down to a micro-dollar; null unless both make sense. */
function mid(message: unknown): ReferencePrice | null {
  const ticker = bookTickerWire.safeParse(message).data;
  const bid = ticker && parseReferencePrice(ticker.b);
  const ask = ticker && parseReferencePrice(ticker.a);
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

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
