/** Reads of one's own account, which need a key (protocol 3.4 to 3.6). */
import { orderId, type Token } from "../../../types/index.ts";
import { z } from "zod";
import {
  type Order,
  orderById,
  holdingsOf,
  liveOrders,
  type MarketState,
} from "../../exchange/index.ts";
import { type Outcome, ok, refused, type RequestContext } from "./request.ts";
import { wholeNumber } from "./auth.ts";
import {
  CANCELS_PER_REQUEST_MAX,
  PAGE_LENGTH,
  exchangeFor,
  generationOf,
  GENERATIONS,
} from "../state/index.ts";
import { BAD_PAYLOAD } from "./orderIntake.ts";
import { tokenOfAnyMarket } from "./listedMarkets.ts";
import { orderRecord, unixSeconds, tradeName, tradeRecord, tradesIn } from "./records.ts";
import { type Key, senderOf } from "./registry.ts";

type Query = ReadonlyMap<string, string>;

/** `next_cursor` of the last page: base64 of -1. */
export const LAST_PAGE = "LTE=";

/** Live orders, oldest first; with `id`, that order in any state. */
export function openOrders(query: Query, key: Key, context: RequestContext): Outcome {
  const { exchange, registry } = context;
  const id = query.get("id");
  const found = [...exchange.markets.values()].flatMap((known) =>
    (id === undefined ? liveOrders(known, key.account) : ownOrders(known, id, key))
      .filter(({ token }) => matchesQuery(query, known, [token]))
      .map((order) => ({ order, known, placedAt: senderOf(registry, order).placedAt ?? 0 })),
  );
  return page(
    found.toSorted((a, b) => a.placedAt - b.placedAt),
    ({ order, known }) => orderRecord(order, known, registry),
    { query, context },
  );
}

export function orderNamed(id: string, key: Key, context: RequestContext): Outcome {
  for (const known of context.exchange.markets.values()) {
    const [order] = ownOrders(known, id, key);
    if (order) return ok(context, orderRecord(order, known, context.registry));
  }
  return refused(context, 404, "Order not found");
}

/** No order scores: this venue pays no liquidity rewards. */
export function orderScoring(query: Query, key: Key, context: RequestContext): Outcome {
  const id = query.get("order_id") ?? "";
  return isOwn(id, key, context)
    ? ok(context, { scoring: false })
    : refused(context, 404, "Order not found");
}

export function ordersScoring(body: unknown, key: Key, context: RequestContext): Outcome {
  const ids = z.array(z.string()).max(CANCELS_PER_REQUEST_MAX).safeParse(body).data;
  if (!ids) return refused(context, 400, BAD_PAYLOAD);
  const own = ids.filter((id) => isOwn(id, key, context));
  return ok(context, Object.fromEntries(own.map((id) => [id, false])));
}

const isOwn = (id: string, key: Key, { exchange }: RequestContext): boolean =>
  [...exchange.markets.values()].some((known) => ownOrders(known, id, key).length > 0);

/** Newest first. */
export function trades(query: Query, { account }: Key, context: RequestContext): Outcome {
  const { exchange, registry } = context;
  const since = wholeNumber(query.get("after")) ?? 0;
  const until = wholeNumber(query.get("before")) ?? Infinity;
  const found = [...exchange.markets.values()].flatMap((known) =>
    tradesIn(known)
      .filter(({ legs }) => legs.some((leg) => leg.account === account))
      .filter(({ matchedAt }) => unixSeconds(matchedAt) >= since && unixSeconds(matchedAt) <= until)
      .filter(({ id }) => (query.get("id") ?? tradeName(id)) === tradeName(id))
      // A maker may have traded the other token than the taker.
      .filter(({ legs }) =>
        matchesQuery(
          query,
          known,
          legs.map(({ fill }) => fill.token),
        ),
      )
      .map((trade) => ({ trade, known })),
  );
  return page(
    found.toSorted((a, b) => b.trade.matchedAt - a.trade.matchedAt),
    ({ trade, known }) => {
      const record = tradeRecord(trade, account, known, registry);
      return (
        record && {
          ...record,
          status: `TRADE_STATUS_${record.status}`,
          match_time_nano: `${trade.matchedAt}000000`,
          err_msg: null,
        }
      );
    },
    { query, context },
  );
}

const matchesQuery = (
  query: Query,
  { market: { id, tokenIds } }: MarketState,
  tokens: readonly Token[],
): boolean =>
  (query.get("market") ?? id) === id &&
  tokens.some((token) => (query.get("asset_id") ?? tokenIds[token]) === tokenIds[token]);

/** Settled balances and allowances, in millionths. */
export function balance(query: Query, { account }: Key, context: RequestContext): Outcome {
  const { balances: exchange, rules } = context;
  const kind = query.get("asset_type");
  if (kind !== "COLLATERAL" && kind !== "CONDITIONAL" && kind !== "CONDITIONAL-V2")
    return refused(context, 400, "Invalid asset type");
  const isCash = kind === "COLLATERAL";
  const { cash = rules.cash, allowance } = exchange.accounts.get(account) ?? {};
  const at = isCash ? null : tokenOfAnyMarket(exchange, query.get("token_id") ?? "");
  const amount = isCash ? cash : at ? holdingsOf(at.known, account)[at.token] : 0;
  // Shares have an allowance for the exchange of their generation, dollars for both.
  const spenders = at ? [generationOf(at.known.market)] : GENERATIONS;
  const allowed = String((isCash ? allowance?.amount : undefined) ?? ALL);
  const allowances = Object.fromEntries(
    spenders.map((generation) => [exchangeFor(generation).address, allowed]),
  );
  return ok(context, { balance: String(amount), allowances });
}

const ALL = (2n ** 256n - 1n).toString();

const ownOrders = (known: MarketState, id: string, { account }: Key): readonly Order[] =>
  [orderById(known, orderId(id))].filter((order) => order?.account === account).filter(isDefined);

const isDefined = (order: Order | undefined): order is Order => order !== undefined;

/** A cursor is the base64 of an offset; any other text is refused. */
function page<Found>(
  found: readonly Found[],
  record: (one: Found) => unknown,
  { query, context }: { readonly query: Query; readonly context: RequestContext },
): Outcome {
  const cursor = query.get("next_cursor");
  const offset = cursor === undefined || cursor === "" ? 0 : offsetOf(cursor);
  if (offset === null) return refused(context, 400, "Invalid next_cursor");
  const shown = offset < 0 ? [] : found.slice(offset, offset + PAGE_LENGTH);
  const next = offset + PAGE_LENGTH;
  return ok(context, {
    limit: PAGE_LENGTH,
    count: shown.length,
    next_cursor: offset >= 0 && next < found.length ? btoa(String(next)) : LAST_PAGE,
    data: shown.map(record),
  });
}

function offsetOf(cursor: string): number | null {
  if (cursor === LAST_PAGE) return -1;
  const text = Buffer.from(cursor, "base64").toString("latin1");
  return wholeNumber(text);
}
