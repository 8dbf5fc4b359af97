/** Public reads of many tokens at once, and the price history of one (protocol 3.8). */
import { complement, DOLLAR_BP, type PriceBp, type Token, TOKENS } from "../../../types/index.ts";
import { z } from "zod";
import { booksQueryWire } from "../../../venue/polymarket/wire/index.ts";
import { type MarketState, printsOf } from "../../exchange/index.ts";
import { type Outcome, ok, refused, type RequestContext } from "./request.ts";
import { wholeNumber } from "./auth.ts";
import { BOOKS_PER_REQUEST_MAX } from "../state/index.ts";
import { BAD_PAYLOAD } from "./orderIntake.ts";
import { type TokenAt, tokenWithBook } from "./listedMarkets.ts";
import { lastTradeOf, midOf, priceOf, spreadOf } from "./marketReads.ts";
import { unixSeconds } from "./records.ts";

export const midpoints = (body: unknown, context: RequestContext): Outcome =>
  ofTokens(body, context, (found) => byTokenId(found, midOf));

export const spreads = (body: unknown, context: RequestContext): Outcome =>
  ofTokens(body, context, (found) => byTokenId(found, spreadOf));

/** Tokens without a trade are left out: the venue's newer client rejects an empty side. */
export const lastTradePrices = (body: unknown, context: RequestContext): Outcome =>
  ofTokens(body, context, (found) =>
    found
      .map(([token_id, at]) => ({ token_id, ...lastTradeOf(at, context) }))
      .filter(({ side }) => side !== ""),
  );

const sidesWire = z.array(z.object({ token_id: z.string(), side: z.enum(["BUY", "SELL"]) }));

/** For each token the requested sides; BUY is the best bid, SELL the best ask. */
export function prices(body: unknown, context: RequestContext): Outcome {
  const requested = sidesWire.safeParse(body).data;
  if (!requested) return refused(context, 400, BAD_PAYLOAD);
  return ofTokens(requested, context, (found) =>
    byTokenId(found, (at, id) =>
      Object.fromEntries(
        requested
          .filter(({ token_id }) => token_id === id)
          .map(({ side }) => [side, priceOf(at, side === "BUY")]),
      ),
    ),
  );
}

type Found = readonly (readonly [id: string, at: TokenAt])[];

const byTokenId = (found: Found, answer: (at: TokenAt, id: string) => unknown) =>
  Object.fromEntries(found.map(([id, at]) => [id, answer(at, id)]));

/** Tokens without a book are left out. */
function ofTokens(
  body: unknown,
  context: RequestContext,
  answer: (found: Found) => unknown,
): Outcome {
  const requested = booksQueryWire.safeParse(body).data;
  if (!requested || requested.length > BOOKS_PER_REQUEST_MAX)
    return refused(context, 400, BAD_PAYLOAD);
  const found = [...new Set(requested.map(({ token_id }) => token_id))].flatMap((id) => {
    const at = tokenWithBook(context, id);
    return at ? [[id, at] as const] : [];
  });
  return ok(context, answer(found));
}

const HOUR_S = 3_600;
const INTERVALS_S: ReadonlyMap<string, number> = new Map([
  ["1h", HOUR_S],
  ["6h", 6 * HOUR_S],
  ["1d", 24 * HOUR_S],
  ["1w", 7 * 24 * HOUR_S],
  ["max", Infinity],
]);

/**
 * The last trade in every `fidelity` minutes, ended windows included. A window that the exchange has
 * forgotten answers like one without trades.
 */
export function pricesHistory(
  query: ReadonlyMap<string, string>,
  context: RequestContext,
): Outcome {
  const { exchange, now } = context;
  const minutes = wholeNumber(query.get("fidelity") ?? "1");
  const lengthS = INTERVALS_S.get(query.get("interval") ?? "max");
  if (!query.has("market") || !minutes || lengthS === undefined)
    return refused(context, 400, "Invalid query");
  const since = wholeNumber(query.get("startTs")) ?? unixSeconds(now) - lengthS;
  const until = wholeNumber(query.get("endTs")) ?? Infinity;
  const spans = new Map<number, { readonly t: number; readonly p: number }>();
  for (const [at, price] of [...exchange.markets.values()].flatMap((known) =>
    tradedPrices(known, query.get("market") ?? ""),
  ))
    if (at >= since && at <= until)
      spans.set(Math.floor(at / (minutes * 60)), { t: at, p: price / DOLLAR_BP });
  return ok(context, { history: [...spans.values()] });
}

/** Oldest first: Unix seconds, and the price of this token. */
function tradedPrices(
  known: MarketState,
  id: string,
): readonly (readonly [at: number, price: PriceBp])[] {
  const token: Token | undefined = TOKENS.find((one) => known.market.tokenIds[one] === id);
  if (!token) return [];
  const finished = known.prints.flatMap((layer) => [...layer.values()]);
  return [...finished, ...known.settling.flatMap(printsOf)]
    .toSorted((a, b) => a.matchedAt - b.matchedAt)
    .map((print) => [
      unixSeconds(print.matchedAt),
      print.token === token ? print.price : complement(print.price),
    ]);
}
