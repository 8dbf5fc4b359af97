/** Public reads of one market or token (protocol 3.8). */
import { DOLLAR_BP, formatPriceBp, formatMicro, type PriceBp } from "../../../types/index.ts";
import { booksQueryWire } from "../../../venue/polymarket/wire/index.ts";
import { closedMarket, levels, type MarketState } from "../../exchange/index.ts";
import { type Outcome, ok, refused, type RequestContext, type VenueRules } from "./request.ts";
import {
  summaryOf,
  BOOKS_PER_REQUEST_MAX,
  iso,
  emptyBookMeta,
  type BookMeta,
  generationOf,
  RESULTS,
} from "../state/index.ts";
import { BAD_PAYLOAD } from "./orderIntake.ts";
import { marketAt, type TokenAt, tokenWithBook } from "./listedMarkets.ts";

type Query = ReadonlyMap<string, string>;

export const bookMetaOf = (
  { bookMeta, now }: Pick<RequestContext, "bookMeta" | "now">,
  { market }: MarketState,
): BookMeta => bookMeta.get(market.id) ?? emptyBookMeta(now);

export const book = (query: Query, context: RequestContext): Outcome =>
  ofToken(query, context, (at) => bookOf(at, context));

/** Tokens without a book are left out. */
export function books(body: unknown, context: RequestContext): Outcome {
  const requested = booksQueryWire.safeParse(body).data;
  if (!requested || requested.length > BOOKS_PER_REQUEST_MAX)
    return refused(context, 400, BAD_PAYLOAD);
  const found = requested
    .map(({ token_id }) => tokenWithBook(context, token_id))
    .filter((at) => at !== null);
  return ok(
    context,
    found.map((at) => bookOf(at, context)),
  );
}

const bookOf = ({ known, token }: TokenAt, context: RequestContext) =>
  summaryOf(known, token, bookMetaOf(context, known));

export const tickSize = (query: Query, context: RequestContext): Outcome =>
  ofToken(query, context, ({ known }) => ({
    minimum_tick_size: known.market.rules.tick / DOLLAR_BP,
  }));

export const negRisk = (query: Query, context: RequestContext): Outcome =>
  ofToken(query, context, () => ({ neg_risk: false }));

/** The legacy fee field in basis points; the venue still sends it beside the fee schedule that counts. */
export const legacyFee = ({ policy: { fee } }: Pick<VenueRules, "policy">): number =>
  fee ? 1_000 : 0;

export const feeRate = (query: Query, context: RequestContext): Outcome =>
  ofToken(query, context, () => ({ base_fee: legacyFee(context.rules) }));

/** BUY is the best bid, SELL the best ask. */
export const price = (query: Query, context: RequestContext): Outcome =>
  ofToken(query, context, (at) => ({ price: priceOf(at, query.get("side") === "BUY") }));

export const midpoint = (query: Query, context: RequestContext): Outcome =>
  ofToken(query, context, (at) => ({ mid: midOf(at) }));

export const spread = (query: Query, context: RequestContext): Outcome =>
  ofToken(query, context, (at) => ({ spread: spreadOf(at) }));

export const lastTradePrice = (query: Query, context: RequestContext): Outcome =>
  ofToken(query, context, (at) => lastTradeOf(at, context));

export function priceOf(at: TokenAt, isBid: boolean): string {
  const { bid, ask } = touch(at);
  const best = isBid ? bid : ask;
  return best === null ? "0" : formatPriceBp(best);
}

export function midOf(at: TokenAt): string {
  const { bid, ask } = touch(at);
  return bid === null || ask === null ? "0" : decimal((bid + ask) / 2);
}

export function spreadOf(at: TokenAt): string {
  const { bid, ask } = touch(at);
  return bid === null || ask === null ? "0" : decimal(ask - bid);
}

export function lastTradeOf({ known }: TokenAt, context: RequestContext) {
  const { lastPrice, lastSide } = bookMetaOf(context, known);
  return { price: lastPrice === "" ? "0.5" : lastPrice, side: lastSide };
}

export function marketOfToken(token: string, context: RequestContext): Outcome {
  const at = tokenWithBook(context, token);
  if (!at) return refused(context, 404, MARKET_UNKNOWN);
  const { id, tokenIds } = at.known.market;
  const [primary, secondary] = [tokenIds.YES, tokenIds.NO].toSorted((a, b) =>
    BigInt(a) < BigInt(b) ? -1 : 1,
  );
  return ok(context, {
    condition_id: id,
    primary_token_id: primary,
    secondary_token_id: secondary,
  });
}

/** The compact form of a market; unlike Gamma, it takes the id with all 64 digits only. */
export function clobMarket(id: string, context: RequestContext): Outcome {
  const known = marketAt(context, id);
  if (!known) return refused(context, 404, MARKET_UNKNOWN);
  const { market, winner } = known;
  const { fee, takerDelayMs } = context.rules.policy;
  return ok(context, {
    t: (["YES", "NO"] as const).map((token) => ({ t: market.tokenIds[token], o: RESULTS[token] })),
    c: market.id,
    mos: Number(formatMicro(market.rules.orderSizeMin)),
    mts: market.rules.tick / DOLLAR_BP,
    mbf: legacyFee(context.rules),
    tbf: legacyFee(context.rules),
    fd: { r: fee ? fee.rateBp / DOLLAR_BP : 0, e: fee?.exponent ?? 1, to: true },
    ...(takerDelayMs > 0 && { itode: true }),
    ao: winner === null,
    aot: iso(market.opensAt),
    v: generationOf(market),
  });
}

/** The long form of a market. */
export function marketNamed(id: string, context: RequestContext): Outcome {
  const known = marketAt(context, id);
  return known ? ok(context, marketRecord(known)) : refused(context, 404, MARKET_UNKNOWN);
}

export const markets = (context: RequestContext): Outcome => marketPage(context, marketRecord);

export const simplifiedMarkets = (context: RequestContext): Outcome =>
  marketPage(context, simplifiedRecord);

/** For lists that are always empty here: liquidity rewards, and orders of the older exchange. */
export const emptyPage = (context: RequestContext): Outcome => singlePage(context, []);

const marketPage = (context: RequestContext, record: (known: MarketState) => unknown): Outcome =>
  singlePage(context, [...context.exchange.markets.values()].map(record));

const singlePage = (context: RequestContext, data: readonly unknown[]): Outcome =>
  ok(context, { limit: 1_000, count: data.length, next_cursor: "LTE=", data });

function simplifiedRecord(known: MarketState) {
  const { condition_id, tokens, active, closed, accepting_orders } = marketRecord(known);
  const rewards = { rates: null, min_size: 0, max_spread: 0 };
  return { condition_id, rewards, tokens, active, closed, archived: false, accepting_orders };
}

function marketRecord(known: MarketState) {
  const { market: one, winner, isResolved } = known;
  return {
    condition_id: one.id,
    market_slug: one.slug,
    active: true,
    closed: isResolved,
    accepting_orders: winner === null,
    enable_order_book: true,
    minimum_order_size: Number(formatMicro(one.rules.orderSizeMin)),
    minimum_tick_size: one.rules.tick / DOLLAR_BP,
    neg_risk: false,
    tokens: (["YES", "NO"] as const).map((token) => ({
      token_id: one.tokenIds[token],
      outcome: RESULTS[token],
      price: isResolved ? Number(winner === token) : Number(midOf({ known, token })),
      winner: isResolved && winner === token,
    })),
  };
}

const MARKET_UNKNOWN = "market not found";

interface Touch {
  readonly bid: PriceBp | null;
  readonly ask: PriceBp | null;
}

export function touch({ known, token }: TokenAt): Touch {
  const { bids, asks } = levels(known.book, token);
  return { bid: bids[0]?.price ?? null, ask: asks[0]?.price ?? null };
}

/** With one decimal more than a price, for a mid may lie between two ticks. */
const decimal = (valueBp: number): string => String(Number((valueBp / DOLLAR_BP).toFixed(5)));

function ofToken(query: Query, context: RequestContext, answer: (at: TokenAt) => unknown): Outcome {
  const at = tokenWithBook(context, query.get("token_id") ?? "");
  return at ? ok(context, answer(at)) : refused(context, 404, closedMarket().text);
}
