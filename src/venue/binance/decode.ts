/** Text of Binance's spot streams and candles to prices. Total: what it cannot use, it says. */
import {
  type EpochMs,
  type ReferenceItem,
  type ReferencePrice,
  epochMs,
  parseReferencePrice,
  referencePrice,
} from "../../types/index.ts";
import { bookTickerWire } from "./wire/bookTicker.ts";
import { klinesWire } from "./wire/kline.ts";
import { tradeWire } from "./wire/trade.ts";

/** `garbled`: not what Binance writes. `unknown`: well-formed, of a kind that is not read here. */
export interface BinanceOddity {
  readonly type: "garbled" | "unknown";
  readonly sample: string;
}

export interface BinanceFrame {
  readonly items: readonly ReferenceItem[];
  /** For the reader to count and sample; null where the frame is as it should be. */
  readonly oddity: BinanceOddity | null;
}

const SAMPLE_LENGTH = 200;

/** Reads a frame of a combined stream, `{stream,data}`, and of a raw one alike. */
export function decodeBinance(text: string): BinanceFrame {
  const odd = (type: BinanceOddity["type"]): BinanceFrame => ({
    items: [],
    oddity: { type, sample: text.slice(0, SAMPLE_LENGTH) },
  });
  const frame = parsed(text);
  if (!isRecord(frame)) return odd("garbled");
  const message = "stream" in frame ? frame["data"] : frame;
  switch (kindOf(frame)) {
    case "bookTicker": {
      const price = mid(message);
      return price === null ? odd("garbled") : { items: [{ price }], oddity: null };
    }
    case "trade":
      // Recognised, and not used yet: a trade jumps between bid and ask where the mid stands still.
      return tradeWire.safeParse(message).success ? { items: [], oddity: null } : odd("garbled");
    default:
      return odd("unknown");
  }
}

/** One candle; its last moment belongs to it. */
export interface Kline {
  readonly opensAt: EpochMs;
  readonly closesAt: EpochMs;
  readonly open: ReferencePrice;
  readonly close: ReferencePrice;
}

/** Null unless every candle makes sense: a list with a hole would move a window's strike. */
export function decodeKlines(text: string): readonly Kline[] | null {
  const klines = klinesWire.safeParse(parsed(text)).data?.map((wire): Kline | null => {
    const [opensAt, openText, , , closeText, , closesAt] = wire;
    const open = parseReferencePrice(openText);
    const close = parseReferencePrice(closeText);
    if (open === null || close === null || closesAt < opensAt) return null;
    return { opensAt: epochMs(opensAt), closesAt: epochMs(closesAt), open, close };
  });
  const known = klines?.filter((kline) => kline !== null);
  return known && known.length === klines?.length ? known : null;
}

/** A message carries its kind in `stream`, or else in `e`; a raw bookTicker in neither. */
function kindOf(frame: Readonly<Record<string, unknown>>): string | undefined {
  const { stream, e } = frame;
  if (typeof stream === "string") return stream.split("@")[1];
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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
