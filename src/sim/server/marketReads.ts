/** What anyone may ask of the market (protocol 3.8). */
import { DOLLAR_BP, formatPriceBp, formatMicro, type PriceBp } from "../../types/index.ts";
import { booksQueryWire } from "../../venue/polymarket/wire/all.ts";
import { closedMarket } from "../acceptance.ts";
import { levels } from "../matching.ts";
import type { MarketState } from "../state.ts";
import { type Act, ok, refused, type Sight, type VenueRules } from "./asked.ts";
import { summaryOf } from "./books.ts";
import { BOOKS_PER_REQUEST_MAX } from "./bounds.ts";
import { BAD_PAYLOAD } from "./intake.ts";
import { iso } from "./iso.ts";
import { marketAt, type TokenAt, tokenAt } from "./listing.ts";
import { newTape, type Tape } from "./tape.ts";
import { generationOf, RESULTS } from "./windows.ts";

type Query = ReadonlyMap<string, string>;

export const tapeOf = (
  { tapes, now }: Pick<Sight, "tapes" | "now">,
  { market }: MarketState,
): Tape => tapes.get(market.id) ?? newTape(now);

export const book = (query: Query, sight: Sight): Act =>
  ofToken(query, sight, (at) => printed(at, sight));

/** Of those tokens that have a book. */
export function books(body: unknown, sight: Sight): Act {
  const asked = booksQueryWire.safeParse(body).data;
  if (!asked || asked.length > BOOKS_PER_REQUEST_MAX) return refused(sight, 400, BAD_PAYLOAD);
  const found = asked.map(({ token_id }) => tokenAt(sight, token_id)).filter((at) => at !== null);
  return ok(
    sight,
    found.map((at) => printed(at, sight)),
  );
}

const printed = ({ known, token }: TokenAt, sight: Sight) =>
  summaryOf(known, token, tapeOf(sight, known));

export const tickSize = (query: Query, sight: Sight): Act =>
  ofToken(query, sight, ({ known }) => ({
    minimum_tick_size: known.market.rules.tick / DOLLAR_BP,
  }));

export const negRisk = (query: Query, sight: Sight): Act =>
  ofToken(query, sight, () => ({ neg_risk: false }));

/** What is said to be the fee besides what really is; nobody should reckon with it. */
export const legacyFee = ({ practice: { fee } }: Pick<VenueRules, "practice">): number =>
  fee ? 1_000 : 0;

export const feeRate = (query: Query, sight: Sight): Act =>
  ofToken(query, sight, () => ({ base_fee: legacyFee(sight.rules) }));

/** BUY is the best bid, SELL the best ask. */
export const price = (query: Query, sight: Sight): Act =>
  ofToken(query, sight, (at) => ({ price: priceOf(at, query.get("side") === "BUY") }));

export const midpoint = (query: Query, sight: Sight): Act =>
  ofToken(query, sight, (at) => ({ mid: midOf(at) }));

export const spread = (query: Query, sight: Sight): Act =>
  ofToken(query, sight, (at) => ({ spread: spreadOf(at) }));

export const lastTradePrice = (query: Query, sight: Sight): Act =>
  ofToken(query, sight, (at) => lastTradeOf(at, sight));

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

export function lastTradeOf({ known }: TokenAt, sight: Sight) {
  const { lastPrice, lastSide } = tapeOf(sight, known);
  return { price: lastPrice === "" ? "0.5" : lastPrice, side: lastSide };
}

export function marketOfToken(token: string, sight: Sight): Act {
  const at = tokenAt(sight, token);
  if (!at) return refused(sight, 404, MARKET_UNKNOWN);
  const { id, tokenIds } = at.known.market;
  const [primary, secondary] = [tokenIds.YES, tokenIds.NO].toSorted((a, b) =>
    BigInt(a) < BigInt(b) ? -1 : 1,
  );
  return ok(sight, { condition_id: id, primary_token_id: primary, secondary_token_id: secondary });
}

/** The compact market; the id in 64 digits only. */
export function clobMarket(id: string, sight: Sight): Act {
  const known = marketAt(sight, id);
  if (!known) return refused(sight, 404, MARKET_UNKNOWN);
  const { market, winner } = known;
  const { fee, takerDelayMs } = sight.rules.practice;
  return ok(sight, {
    t: (["YES", "NO"] as const).map((token) => ({ t: market.tokenIds[token], o: RESULTS[token] })),
    c: market.id,
    mos: Number(formatMicro(market.rules.orderSizeMin)),
    mts: market.rules.tick / DOLLAR_BP,
    mbf: legacyFee(sight.rules),
    tbf: legacyFee(sight.rules),
    fd: { r: fee ? fee.rateBp / DOLLAR_BP : 0, e: fee?.exponent ?? 1, to: true },
    ...(takerDelayMs > 0 && { itode: true }),
    ao: winner === null,
    aot: iso(market.opensAt),
    v: generationOf(market),
  });
}

/** The long form of the same. */
export function marketNamed(id: string, sight: Sight): Act {
  const known = marketAt(sight, id);
  return known ? ok(sight, marketRecord(known)) : refused(sight, 404, MARKET_UNKNOWN);
}

export const markets = (sight: Sight): Act => listed(sight, marketRecord);

export const simplifiedMarkets = (sight: Sight): Act => listed(sight, simplifiedRecord);

/** Of what there is none of here: whatever is paid for resting orders, and orders of an older exchange. */
export const emptyPage = (sight: Sight): Act => paged(sight, []);

const listed = (sight: Sight, record: (known: MarketState) => unknown): Act =>
  paged(sight, [...sight.exchange.markets.values()].map(record));

const paged = (sight: Sight, data: readonly unknown[]): Act =>
  ok(sight, { limit: 1_000, count: data.length, next_cursor: "LTE=", data });

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

/** A price that may lie between two: one more decimal. */
const decimal = (valueBp: number): string => String(Number((valueBp / DOLLAR_BP).toFixed(5)));

function ofToken(query: Query, sight: Sight, answer: (at: TokenAt) => unknown): Act {
  const at = tokenAt(sight, query.get("token_id") ?? "");
  return at ? ok(sight, answer(at)) : refused(sight, 404, closedMarket().text);
}
