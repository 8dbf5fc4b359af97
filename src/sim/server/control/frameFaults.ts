/** What faults make of the text of one frame: nothing, another text, or one more frame after it. */
import { z } from "zod";
import type { EpochMs } from "../../../types/index.ts";
import type { Random } from "../../exchange/index.ts";
import { type Channel, drawOddId, PRICE_FACTORS, type Strikes } from "../../faults/index.ts";
import { type Conditions, striking } from "./conditions.ts";
import { strikesNow } from "./faultDraws.ts";
import { drifted } from "./fieldDrift.ts";

const fieldsWire = z.record(z.string(), z.unknown());
type Fields = z.infer<typeof fieldsWire>;

/** The texts to send for this frame, in this order. */
export function drawFrameTexts(
  text: string,
  channel: Channel,
  conditions: Conditions,
  now: EpochMs,
  draws: Random,
): readonly string[] {
  const strikes = strikesNow(conditions, now, draws, () => true);
  const frame = fieldsWire.parse(JSON.parse(text));
  switch (channel) {
    case "reference":
      return quoteTexts(text, frame, striking(conditions, "mute", now).length > 0, strikes);
    case "user":
      return written([frame, ...oddUserFrames(frame, strikes)], strikes);
    case "market":
      return written([sparse(frame, strikes), ...oddMarketFrames(frame, strikes)], strikes);
  }
}

function written(frames: readonly Fields[], strikes: Strikes): readonly string[] {
  const drift = strikes("driftFields")?.stream;
  return frames.map((frame) => JSON.stringify(drift ? drifted(frame, drift) : frame));
}

/** A quote has neither the name nor the time that trades and candles have. */
function quoteTexts(
  text: string,
  frame: Fields,
  isMuted: boolean,
  strikes: Strikes,
): readonly string[] {
  const { data, ...envelope } = frame;
  const quote = fieldsWire.safeParse(data).data ?? frame;
  const { b, a } = quote;
  if (typeof b !== "string" || typeof a !== "string") return [text];
  if (isMuted) return [];
  const struck = strikes("oddPrices");
  if (struck === null) return [text];
  const factor = struck.stream.pick(PRICE_FACTORS);
  const odd = { ...quote, b: (Number(b) * factor).toFixed(2), a: (Number(a) * factor).toFixed(2) };
  return [JSON.stringify("data" in frame ? { ...envelope, data: odd } : odd)];
}

function oddUserFrames(frame: Fields, strikes: Strikes): readonly Fields[] {
  if (frame["event_type"] === "trade")
    return strikes("contradictTrades") ? [contradiction(frame)] : [];
  const id = drawOddId(strikes("oddIds"));
  return id === null ? [] : [{ ...frame, id }];
}

/** Another trade of the same orders, the other way round and far beyond their sizes. */
function contradiction(frame: Fields): Fields {
  const makers = z.array(fieldsWire).parse(frame["maker_orders"]);
  return {
    ...frame,
    id: `${String(frame["id"])}-odd`,
    side: otherSide(frame["side"]),
    size: manyTimes(frame["size"]),
    maker_orders: makers.map((maker) => ({
      ...maker,
      side: otherSide(maker["side"]),
      matched_amount: manyTimes(maker["matched_amount"]),
    })),
  };
}

const otherSide = (side: unknown): string => (side === "BUY" ? "SELL" : "BUY");
const manyTimes = (size: unknown): string => String(Number(size) * 25);

/** Without two fields that some books leave out. */
function sparse(frame: Fields, strikes: Strikes): Fields {
  const { tick_size: _, last_trade_price: __, ...others } = frame;
  return frame["event_type"] === "book" && strikes("sparseFrames") ? others : frame;
}

function oddMarketFrames(frame: Fields, strikes: Strikes): readonly Fields[] {
  const { event_type: type, market, asset_id: asset, timestamp } = frame;
  if (type !== "book" || !strikes("oddTicks")) return [];
  return [
    {
      event_type: "tick_size_change",
      market,
      asset_id: asset,
      old_tick_size: "0.01",
      new_tick_size: "0.03",
      timestamp,
    },
  ];
}
