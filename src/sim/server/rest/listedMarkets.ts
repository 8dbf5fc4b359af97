/** The windows that are listed: those the exchange remembers, and the next few of each series. */
import { after, type Market, type Token, TOKENS } from "../../../types/index.ts";
import { type ExchangeState, type MarketState, NO_STRIKE } from "../../exchange/index.ts";
import type { RequestContext } from "./request.ts";
import {
  UPCOMING_WINDOWS,
  windowAt,
  type WindowOptions,
  type WindowSeries,
} from "../state/index.ts";
import type { Conditions } from "../control/index.ts";

/** For windows that open from now on: a control command may have changed the generation. */
export const currentWindowOptions = (
  { seed, generation }: WindowOptions,
  conditions: Pick<Conditions, "generation">,
): WindowOptions => ({ seed, generation: conditions.generation ?? generation });

export interface Listed {
  readonly market: Market;
  readonly series: WindowSeries;
}

/** Series by series, oldest first. */
export const listedMarkets = (
  context: Pick<RequestContext, "exchange" | "rules" | "conditions">,
): readonly Listed[] =>
  context.rules.series.flatMap((series) =>
    windowsOf(series, context).map((market) => ({ market, series })),
  );

function windowsOf(
  series: WindowSeries,
  { exchange, rules, conditions }: Pick<RequestContext, "exchange" | "rules" | "conditions">,
): readonly Market[] {
  const known = [...exchange.markets.values()]
    .filter((one) => one.series === series.slug)
    .map(({ market }) => market);
  const last = known.at(-1);
  if (!last) return known;
  const upcoming = Array.from({ length: UPCOMING_WINDOWS }, (_, index) =>
    windowAt(
      currentWindowOptions(rules, conditions),
      series,
      after(last.opensAt, (index + 1) * series.windowMs),
      NO_STRIKE,
    ),
  );
  return [...known, ...upcoming];
}

export interface TokenAt {
  readonly known: MarketState;
  readonly token: Token;
}

/** The market of a token, resolved markets included. */
export function tokenOfAnyMarket(
  { markets }: Pick<ExchangeState, "markets">,
  id: string,
): TokenAt | null {
  for (const known of markets.values()) {
    const token = TOKENS.find((one) => known.market.tokenIds[one] === id);
    if (token) return { known, token };
  }
  return null;
}

/** The market of a token while it has a book: until it is resolved. */
export function tokenWithBook(
  { exchange }: Pick<RequestContext, "exchange">,
  id: string,
): TokenAt | null {
  const at = tokenOfAnyMarket(exchange, id);
  return at?.known.isResolved ? null : at;
}

export const marketAt = (
  { exchange }: Pick<RequestContext, "exchange">,
  id: string,
): MarketState | null =>
  [...exchange.markets.values()].find(({ market }) => market.id === id) ?? null;
