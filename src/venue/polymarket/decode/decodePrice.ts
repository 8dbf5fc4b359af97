/** The price socket: the twap that settles a window, as the venue publishes it. [protocol 8.5] */
import {
  MICRO,
  type SettlementMean,
  isRecord,
  parseEpochMs,
  parseReferencePrice,
} from "../../../types/index.ts";
import { type DecodeWarning, decodeWarning, parsed } from "./frame.ts";
import { priceReplyWire, twapWire } from "../wire/index.ts";

export type PriceFrame =
  | { readonly type: "authed" }
  | { readonly type: "subscribed" }
  /** The venue refused our credentials or our subscription. */
  | { readonly type: "refused"; readonly code: string }
  | { readonly type: "price"; readonly item: SettlementMean }
  | { readonly type: "notUnderstood"; readonly warning: DecodeWarning };

export const TWAP_CHANNEL = "price.crypto.twap";
export const TWAP_SECONDS = 60;

/** `symbol` as the subscription names it, as in `btcusd`. */
export function decodePriceFrame(text: string, symbol: string): PriceFrame {
  const json = parsed(text);
  if (!isRecord(json)) return { type: "notUnderstood", warning: decodeWarning("garbled", text) };
  if ("op" in json) return replyOf(json, text);
  if (json["channel"] !== TWAP_CHANNEL)
    return { type: "notUnderstood", warning: decodeWarning("unknown", text) };
  const wire = twapWire.safeParse(json).data;
  if (!wire) return { type: "notUnderstood", warning: decodeWarning("garbled", text) };
  const { window_seconds, timestamp, value, full_accuracy_value } = wire.payload;
  if (wire.payload.symbol !== symbol || window_seconds !== TWAP_SECONDS) {
    return { type: "notUnderstood", warning: decodeWarning("unknown", text) };
  }
  const at = parseEpochMs(timestamp);
  const mean = parseReferencePrice(full_accuracy_value.replace(/(\.\d{6})\d+$/, "$1"));
  // Elsewhere the venue scales this field, so it is compared with the plain number beside it.
  return at === null || mean === null || Math.abs(mean / MICRO - value) > CENT
    ? { type: "notUnderstood", warning: decodeWarning("garbled", text) }
    : { type: "price", item: { at, mean } };
}

/** In dollars. */
const CENT = 0.01;

function replyOf(json: Readonly<Record<string, unknown>>, text: string): PriceFrame {
  const reply = priceReplyWire.safeParse(json).data;
  switch (reply?.op) {
    case "authed":
    case "subscribed":
      return { type: reply.op };
    case "error":
      return { type: "refused", code: reply.code ?? "without a code" };
    default:
      return { type: "notUnderstood", warning: decodeWarning(reply ? "unknown" : "garbled", text) };
  }
}
