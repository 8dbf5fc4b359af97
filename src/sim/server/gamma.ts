/** Enough of Gamma to find the windows of the series (protocol 8). Mounted under `/gamma`. */
import { DOLLAR_BP, formatMicro, type Market, MICRO, TOKENS } from "../../types/index.ts";
import type { FeeSchedule } from "../fees.ts";
import { spanText } from "../../venue/polymarket/wire/all.ts";
import { hashed } from "../hash.ts";
import { type MarketState, NO_STRIKE } from "../state.ts";
import { type Act, ok, refused, type Sight } from "./asked.ts";
import { PAGE_LENGTH } from "./bounds.ts";
import { iso } from "./iso.ts";
import { listedMarkets, marketAt } from "./listing.ts";
import { legacyFee, touch } from "./marketReads.ts";
import { gammaId, RESULTS } from "./windows.ts";

type Query = ReadonlyMap<string, string>;

export const gammaMarkets = (query: Query, sight: Sight): Act =>
  ok(
    sight,
    chosen(query, sight)
      .map((market) => marketRecord(market, sight))
      .slice(0, limitOf(query)),
  );

export const gammaEvents = (query: Query, sight: Sight): Act =>
  ok(
    sight,
    chosen(query, sight)
      .map((market) => eventRecord(market, sight))
      .slice(0, limitOf(query)),
  );

export function gammaEventNamed(slug: string, sight: Sight): Act {
  const market = listedMarkets(sight).find((one) => one.slug === slug);
  return market ? ok(sight, eventRecord(market, sight)) : refused(sight, 404, "event not found");
}

export function gammaMarketNamed(slug: string, sight: Sight): Act {
  const market = listedMarkets(sight).find((one) => one.slug === slug);
  return market ? ok(sight, marketRecord(market, sight)) : refused(sight, 404, "market not found");
}

export const gammaEventsPage = (query: Query, sight: Sight): Act =>
  gammaPage(query, sight, "events", (market) => eventRecord(market, sight));

export const gammaMarketsPage = (query: Query, sight: Sight): Act =>
  gammaPage(query, sight, "markets", (market) => marketRecord(market, sight));

/** The cursor is the slug after which to go on. */
function gammaPage(
  query: Query,
  sight: Sight,
  name: string,
  record: (market: Market) => unknown,
): Act {
  if (query.has("offset")) return refused(sight, 422, "offset is not supported, use after_cursor");
  const found = chosen(query, sight);
  const after = query.get("after_cursor");
  const from = after === undefined ? 0 : found.findIndex(({ slug }) => slug === after) + 1;
  const shown = found.slice(from, from + limitOf(query));
  const last = shown.at(-1);
  const hasMore = last !== undefined && last !== found.at(-1);
  return ok(sight, { [name]: shown.map(record), ...(hasMore && { next_cursor: last.slug }) });
}

const limitOf = (query: Query): number => {
  const stated = Number(query.get("limit") ?? PAGE_LENGTH);
  return Number.isInteger(stated) && stated > 0 ? Math.min(stated, PAGE_LENGTH) : PAGE_LENGTH;
};

/** Earliest end first. Closed ones only when they are asked for, by state or by name. */
function chosen(query: Query, sight: Sight): readonly Market[] {
  const { rules } = sight;
  const slug = query.get("slug");
  const ids = query.get("condition_ids");
  const closed = query.get("closed");
  const [endMin, startMin] = [momentOf(query, "end_date_min"), momentOf(query, "start_time_min")];
  const endMax = momentOf(query, "end_date_max");
  return listedMarkets(sight).filter(
    (market) =>
      (slug ?? market.slug) === market.slug &&
      (ids === undefined || ids.split(",").includes(gammaId(market, rules.generation))) &&
      (closed === undefined
        ? slug !== undefined || !isClosed(market, sight)
        : isClosed(market, sight) === (closed === "true")) &&
      market.endsAt >= (endMin ?? -Infinity) &&
      market.endsAt <= (endMax ?? Infinity) &&
      market.opensAt >= (startMin ?? -Infinity),
  );
}

function momentOf(query: Query, name: string): number | null {
  const at = Date.parse(query.get(name) ?? ""); // tidy-ok: reads a text, asks no clock
  return Number.isNaN(at) ? null : at;
}

const isClosed = ({ id }: Market, sight: Sight): boolean =>
  marketAt(sight, id)?.isResolved ?? false;

function marketRecord(market: Market, sight: Sight) {
  const { slug, opensAt, endsAt, rules } = market;
  const { generation, windowMs, practice } = sight.rules;
  const { fee } = practice;
  const known = marketAt(sight, market.id);
  const tokens = TOKENS.map((token) => market.tokenIds[token]);
  const isOpen = known !== null && known.winner === null;
  return {
    id: gammaNumber(slug),
    question: `Bitcoin Up or Down - ${iso(opensAt)} to ${iso(endsAt)} (simulated)`,
    conditionId: gammaId(market, generation),
    slug,
    resolutionSource: "a simulated reference",
    startDate: iso(opensAt),
    endDate: iso(endsAt),
    eventStartTime: iso(opensAt),
    outcomes: JSON.stringify(TOKENS.map((token) => RESULTS[token])),
    marketMakerAddress: "",
    outcomePrices: JSON.stringify(pricesOf(known)),
    active: true,
    closed: isClosed(market, sight),
    archived: false,
    acceptingOrders: isOpen,
    enableOrderBook: true,
    orderPriceMinTickSize: (known?.market ?? market).rules.tick / DOLLAR_BP,
    orderMinSize: Number(formatMicro(rules.orderSizeMin)),
    clobTokenIds: generation === "v1" ? JSON.stringify(tokens) : null,
    ...(generation === "v2" && { positionIds: tokens }),
    negRisk: false,
    feesEnabled: fee !== null,
    ...(fee && { feeType: "crypto_fees_v2", feeSchedule: feeSchedule(fee) }),
    makerBaseFee: legacyFee(sight.rules),
    takerBaseFee: legacyFee(sight.rules),
    rewardsMinSize: 0,
    rewardsMaxSpread: 0,
    umaResolutionStatus: known?.isResolved ? "resolved" : null,
    cryptoMarketConfig: { asset: "btc", duration: `${windowMs / 1_000}s`, twapEnabled: false },
    version: generation,
  };
}

/** A fifth of the fees goes back to the makers, as in all of crypto. Nothing is paid here. */
const feeSchedule = ({ rateBp, exponent }: FeeSchedule) => ({
  exponent,
  rate: rateBp / DOLLAR_BP,
  takerOnly: true,
  rebateRate: 0.2,
});

/** One market, and what the reference has to reach; it is known from the opening on. */
function eventRecord(market: Market, sight: Sight) {
  const dollars = market.strike / MICRO;
  const { windowMs, isHourly = false } = sight.rules;
  const span = isHourly ? "hourly" : spanText(windowMs);
  const series = { id: "10192", slug: `btc-up-or-down-${span}` };
  return {
    id: gammaNumber(`event ${market.slug}`),
    ticker: market.slug,
    slug: market.slug,
    title: "Bitcoin Up or Down (simulated)",
    startDate: iso(market.opensAt),
    startTime: iso(market.opensAt),
    endDate: iso(market.endsAt),
    active: true,
    closed: isClosed(market, sight),
    seriesSlug: series.slug,
    series: [series],
    markets: [marketRecord(market, sight)],
    ...(market.strike !== NO_STRIKE && { eventMetadata: { priceToBeat: dollars } }),
  };
}

function pricesOf(known: MarketState | null): readonly string[] {
  if (!known) return ["0.5", "0.5"];
  if (known.isResolved) return known.winner === "YES" ? ["1", "0"] : ["0", "1"];
  const { bid, ask } = touch({ known, token: "YES" });
  const mid = bid === null || ask === null ? 0.5 : (bid + ask) / 2 / DOLLAR_BP;
  return [mid, 1 - mid].map((value) => String(Number(value.toFixed(4))));
}

const gammaNumber = (text: string): string => String(Number.parseInt(hashed(text).slice(2, 9), 16));
