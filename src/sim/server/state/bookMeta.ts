/** What a market's book shows beside its levels: the time of its last change, and the last trade. */
import { type EpochMs, formatPriceBp, type MarketId, type Side } from "../../../types/index.ts";
import type { ExchangeState, Trade, VenueFact } from "../../exchange/index.ts";
import { marketOf, marketsIn, newTrades } from "./facts.ts";

export interface BookMeta {
  readonly changedAt: EpochMs;
  /** Of the market: the books of both tokens show the same. "" before the first trade. */
  readonly lastPrice: string;
  readonly lastSide: Side | "";
}

export type BookMetas = ReadonlyMap<MarketId, BookMeta>;

export const emptyBookMeta = (now: EpochMs): BookMeta => ({
  changedAt: now,
  lastPrice: "",
  lastSide: "",
});

/** After a step of the exchange; markets that the exchange has forgotten are dropped. */
export function bookMetaAfter(
  metas: BookMetas,
  { markets }: Pick<ExchangeState, "markets">,
  facts: readonly VenueFact[],
  now: EpochMs,
): BookMetas {
  const touched = marketsIn(facts);
  const isKnown = (id: MarketId): boolean => markets.has(id);
  if (touched.size === 0 && [...metas.keys()].every(isKnown)) return metas;
  const next = new Map([...metas].filter(([id]) => isKnown(id)));
  for (const id of touched) {
    if (!markets.has(id)) continue;
    const own = facts.filter((fact) => marketOf(fact) === id);
    next.set(id, withFacts(metas.get(id) ?? emptyBookMeta(now), own, now));
  }
  return next;
}

function withFacts(meta: BookMeta, facts: readonly VenueFact[], now: EpochMs): BookMeta {
  const next = newTrades(facts).reduce(withTrade, meta);
  const isChanged = facts.some(({ type }) => CHANGES_BOOK.has(type));
  return next === meta && !isChanged ? meta : { ...next, changedAt: now };
}

function withTrade(meta: BookMeta, { legs }: Trade): BookMeta {
  const taker = legs[0]?.fill;
  return taker ? { ...meta, lastPrice: formatPriceBp(taker.price), lastSide: taker.side } : meta;
}

/** The tick is part of the book's hash, so a change of the tick is a change of the book. */
const CHANGES_BOOK: ReadonlySet<VenueFact["type"]> = new Set([
  "book.changed",
  "market.tickChanged",
]);
