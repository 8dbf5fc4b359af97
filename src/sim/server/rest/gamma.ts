/** The part of Gamma that finds the windows of a series (protocol 8), mounted under `/gamma`. */
import { namesOf, spanText } from "../../../venue/polymarket/wire/index.ts";
import { DOLLAR_BP, formatMicro, type Market, MICRO, TOKENS } from "../../../types/index.ts";
import {
  type FeeSchedule,
  hashed,
  REBATE_BP,
  TWAP_S,
  type MarketState,
  NO_STRIKE,
} from "../../exchange/index.ts";
import { type Outcome, ok, refused, type RequestContext } from "./request.ts";
import {
  PAGE_LENGTH,
  iso,
  gammaId,
  generationOf,
  RESULTS,
  type WindowSeries,
} from "../state/index.ts";
import { type Listed, listedMarkets, marketAt } from "./listedMarkets.ts";
import { legacyFee, touch } from "./marketReads.ts";

type Query = ReadonlyMap<string, string>;

export const gammaMarkets = (query: Query, context: RequestContext): Outcome =>
  ok(
    context,
    selected(query, context)
      .map((listed) => marketRecord(listed, context))
      .slice(0, limitOf(query)),
  );

export const gammaEvents = (query: Query, context: RequestContext): Outcome =>
  ok(
    context,
    selected(query, context)
      .map((listed) => eventRecord(listed, context))
      .slice(0, limitOf(query)),
  );

export function gammaEventNamed(slug: string, context: RequestContext): Outcome {
  const listed = listedMarkets(context).find(({ market }) => market.slug === slug);
  return listed
    ? ok(context, eventRecord(listed, context))
    : refused(context, 404, "event not found");
}

export function gammaMarketNamed(slug: string, context: RequestContext): Outcome {
  const listed = listedMarkets(context).find(({ market }) => market.slug === slug);
  return listed
    ? ok(context, marketRecord(listed, context))
    : refused(context, 404, "market not found");
}

export const gammaEventsPage = (query: Query, context: RequestContext): Outcome =>
  gammaPage(query, context, "events", (listed) => eventRecord(listed, context));

export const gammaMarketsPage = (query: Query, context: RequestContext): Outcome =>
  gammaPage(query, context, "markets", (listed) => marketRecord(listed, context));

/** The cursor is the slug of the last entry shown. */
function gammaPage(
  query: Query,
  context: RequestContext,
  name: string,
  record: (listed: Listed) => unknown,
): Outcome {
  if (query.has("offset"))
    return refused(context, 422, "offset is not supported, use after_cursor");
  const found = selected(query, context);
  const after = query.get("after_cursor");
  const from = after === undefined ? 0 : found.findIndex(({ market }) => market.slug === after) + 1;
  const shown = found.slice(from, from + limitOf(query));
  const last = shown.at(-1);
  const hasMore = last !== undefined && last !== found.at(-1);
  return ok(context, {
    [name]: shown.map(record),
    ...(hasMore && { next_cursor: last.market.slug }),
  });
}

const limitOf = (query: Query): number => {
  const stated = Number(query.get("limit") ?? PAGE_LENGTH);
  return Number.isInteger(stated) && stated > 0 ? Math.min(stated, PAGE_LENGTH) : PAGE_LENGTH;
};

/** Earliest end first. Closed windows only on request, by `closed` or by `slug`. */
function selected(query: Query, context: RequestContext): readonly Listed[] {
  const slug = query.get("slug");
  const closed = query.get("closed");
  const [endMin, startMin] = [timeOf(query, "end_date_min"), timeOf(query, "start_time_min")];
  const endMax = timeOf(query, "end_date_max");
  const isAmong = (name: string, value: string): boolean =>
    (query.get(name) ?? value).split(",").includes(value);
  const found = listedMarkets(context).filter(
    ({ market, series }) =>
      isAmong("slug", market.slug) &&
      isAmong("series_id", seriesNumber(series)) &&
      isAmong("series_slug", series.slug) &&
      isAmong("condition_ids", gammaId(market)) &&
      (closed === undefined
        ? slug !== undefined || !isClosed(market, context)
        : isClosed(market, context) === (closed === "true")) &&
      market.endsAt >= (endMin ?? -Infinity) &&
      market.endsAt <= (endMax ?? Infinity) &&
      market.opensAt >= (startMin ?? -Infinity),
  );
  return found.toSorted((a, b) => a.market.endsAt - b.market.endsAt);
}

function timeOf(query: Query, name: string): number | null {
  const at = Date.parse(query.get(name) ?? ""); // tidy-ok: parses a text, reads no clock
  return Number.isNaN(at) ? null : at;
}

const isClosed = ({ id }: Market, context: RequestContext): boolean =>
  marketAt(context, id)?.isResolved ?? false;

function marketRecord({ market, series }: Listed, context: RequestContext) {
  const { slug, opensAt, endsAt, rules } = market;
  const { policy } = context.rules;
  const generation = generationOf(market);
  const { fee, takerDelayMs } = policy;
  const known = marketAt(context, market.id);
  const tokens = TOKENS.map((token) => market.tokenIds[token]);
  const isOpen = known !== null && known.winner === null;
  return {
    id: gammaNumber(slug),
    question: `${namesOf(series.coin).title} Up or Down - ${iso(opensAt)} to ${iso(endsAt)} (simulated)`,
    conditionId: gammaId(market),
    slug,
    resolutionSource: "a simulated reference",
    startDate: iso(opensAt),
    endDate: iso(endsAt),
    eventStartTime: iso(opensAt),
    outcomes: JSON.stringify(TOKENS.map((token) => RESULTS[token])),
    marketMakerAddress: "",
    outcomePrices: JSON.stringify(pricesOf(known)),
    active: true,
    closed: isClosed(market, context),
    archived: false,
    acceptingOrders: isOpen,
    enableOrderBook: true,
    orderPriceMinTickSize: (known?.market ?? market).rules.tick / DOLLAR_BP,
    orderMinSize: Number(formatMicro(rules.orderSizeMin)),
    clobTokenIds: generation === "v1" ? JSON.stringify(tokens) : null,
    ...(generation === "v2" && { positionIds: tokens }),
    negRisk: false,
    // The name that the venue gives it is not known.
    ...(takerDelayMs > 0 && { takerDelayMs }),
    feesEnabled: fee !== null,
    ...(fee && { feeType: "crypto_fees_v2", feeSchedule: feeSchedule(fee) }),
    makerBaseFee: legacyFee(context.rules),
    takerBaseFee: legacyFee(context.rules),
    rewardsMinSize: 0,
    rewardsMaxSpread: 0,
    umaResolutionStatus: known?.isResolved ? "resolved" : null,
    cryptoMarketConfig: cryptoConfig(series),
    version: generation,
  };
}

function cryptoConfig({ coin, windowMs, settledBy }: WindowSeries) {
  const duration = spanText(windowMs);
  return settledBy === "twap60"
    ? {
        id: `${coin}-${duration}-twap-${TWAP_S}`,
        asset: coin,
        duration,
        twapEnabled: true,
        twapLookbackSeconds: TWAP_S,
      }
    : { asset: coin, duration, twapEnabled: false };
}

const feeSchedule = ({ rateBp, exponent }: FeeSchedule) => ({
  exponent,
  rate: rateBp / DOLLAR_BP,
  takerOnly: true,
  rebateRate: REBATE_BP / DOLLAR_BP,
});

/** One market with its strike, which is known once the window has opened. */
function eventRecord(listed: Listed, context: RequestContext) {
  const { market, series } = listed;
  const dollars = market.strike / MICRO;
  return {
    id: gammaNumber(`event ${market.slug}`),
    ticker: market.slug,
    slug: market.slug,
    title: `${namesOf(series.coin).title} Up or Down (simulated)`,
    startDate: iso(market.opensAt),
    startTime: iso(market.opensAt),
    endDate: iso(market.endsAt),
    active: true,
    closed: isClosed(market, context),
    seriesSlug: series.slug,
    series: [{ id: seriesNumber(series), slug: series.slug }],
    markets: [marketRecord(listed, context)],
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

/** The venue's real number is known for the series of fifteen minutes only. [protocol 8.1] */
const seriesNumber = ({ coin, slug, windowMs }: WindowSeries): string =>
  windowMs === FIFTEEN_MINUTES_MS ? namesOf(coin).fifteenMinutes : gammaNumber(`series ${slug}`);

const FIFTEEN_MINUTES_MS = 900_000;

const gammaNumber = (text: string): string => String(Number.parseInt(hashed(text).slice(2, 9), 16));
