/**
 * What a channel says again is dropped before anything acts on it. One decoder each is for one
 * connection: after a reconnect the venue may repeat what it will.
 */
import type { TradeReport, UserItem } from "../../../types/index.ts";
import type { PolymarketFrame } from "../decode/index.ts";

type Decode<Item> = (text: string) => PolymarketFrame<Item>;

const NOTHING = { items: [], warnings: [] };

/**
 * Drops a frame that is the same text as the frame before, where that one was understood and holds
 * only what means nothing the second time: a repeated frame is not even decoded.
 */
export function withoutRepeatedFrames<Item>(
  decode: Decode<Item>,
  isMeantOnce: (items: readonly Item[]) => boolean,
): Decode<Item> {
  let last: string | null = null;
  return (text) => {
    if (text === last) return NOTHING;
    const frame = decode(text);
    const { items, warnings } = frame;
    last = items.length > 0 && warnings.length === 0 && isMeantOnce(items) ? text : null;
    return frame;
  };
}

/** Trades whose last report is remembered. */
export const TRADES_REMEMBERED_MAX = 1_000;

/**
 * Drops a report of a trade that is the same as the last one of that trade. An order's reports all
 * pass: each is a sighting, and absence is proven by there being none.
 */
export function withoutRepeatedTrades(decode: Decode<UserItem>): Decode<UserItem> {
  const lastReport = new Map<TradeReport["id"], string>();
  const isNews = (item: UserItem): boolean => {
    if (item.type === "order") return true;
    const { id } = item.report;
    const report = JSON.stringify(item.report);
    if (lastReport.get(id) === report) return false;
    lastReport.delete(id); // so that the oldest in the map is the one longest without news
    lastReport.set(id, report);
    const [oldest] = lastReport.keys();
    if (lastReport.size > TRADES_REMEMBERED_MAX && oldest !== undefined) lastReport.delete(oldest);
    return true;
  };
  const read = withoutRepeatedFrames(decode, (items) =>
    items.every(({ type }) => type === "trade"),
  );
  return (text) => {
    const { items, warnings } = read(text);
    return { items: items.filter(isNews), warnings };
  };
}
