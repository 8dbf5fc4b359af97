/** Every address of the venue: whether it needs a key, what limits it, and the function that answers. */
import type { OrderId } from "../../../types/index.ts";
import { type Answer, KEYS_MAX, parsed } from "../state/index.ts";
import {
  type Outcome,
  type ClientRequest,
  type ExchangeOp,
  ok,
  answerOnly,
  refused,
  type RequestContext,
} from "./request.ts";
import { BAD_L1, credentialsOf, verifiedKey, verifiedOwner, UNAUTHORIZED } from "./auth.ts";
import {
  binanceCandles,
  binanceDepth,
  binanceTicker,
  binanceTime,
  binanceTrades,
} from "./binance.ts";
import {
  gammaEventNamed,
  gammaEvents,
  gammaEventsPage,
  gammaMarketNamed,
  gammaMarkets,
  gammaMarketsPage,
} from "./gamma.ts";
import { currentWindowOptions } from "./listedMarkets.ts";
import { BAD_PAYLOAD } from "./orderIntake.ts";
import {
  type Buckets,
  type Cost,
  chargedAfterwards,
  tierRecord,
  charged,
  modeAt,
  lastingRefusal,
  modeRefusal,
} from "../control/index.ts";
import { lastTradePrices, midpoints, prices, pricesHistory, spreads } from "./batchReads.ts";
import {
  book,
  books,
  clobMarket,
  emptyPage,
  feeRate,
  lastTradePrice,
  marketNamed,
  marketOfToken,
  markets,
  midpoint,
  negRisk,
  price,
  simplifiedMarkets,
  spread,
  tickSize,
} from "./marketReads.ts";
import {
  balance,
  openOrders,
  orderNamed,
  orderScoring,
  ordersScoring,
  trades,
} from "./accountReads.ts";
import { currentRebates } from "./rebates.ts";
import { cameBefore, isReplayed, withSignature } from "./replays.ts";
import { unixSeconds } from "./records.ts";
import { callNonce, chainNode, submitCall, transactionNamed } from "./relayer.ts";
import type { Key, Registry } from "./registry.ts";
import {
  cancelAll,
  cancelMany,
  cancelMarketOrders,
  cancelOne,
  heartbeat,
  placeMany,
  placeOne,
  plainHeartbeat,
} from "./trading.ts";

/** A request, and the part of its path that stands for the `{…}` of its pattern. */
interface Call {
  readonly request: ClientRequest;
  readonly context: RequestContext;
  readonly parameter: string;
}

type PublicRoute = (call: Call) => Outcome;
type PrivateRoute = (call: Call & { readonly key: Key; readonly body: unknown }) => Outcome;

const PUBLIC_ROUTES: Readonly<Record<string, PublicRoute>> = {
  "GET /": ({ context }) => ok(context, "OK"),
  "GET /ok": ({ context }) => ok(context, "OK"),
  // Of a simulated venue alone: its orders end with it, and a client should know.
  "GET /simulation": ({ context }) => ok(context, { openedAt: context.rules.openedAt }),
  "GET /time": ({ context }) => ok(context, unixSeconds(context.statedTime)),
  "GET /version": ({ context }) =>
    ok(context, {
      version: currentWindowOptions(context.rules, context.conditions).generation === "v2" ? 3 : 2,
    }),
  "POST /auth/api-key": issueKey,
  "GET /auth/derive-api-key": issueKey,
  "GET /book": ({ request, context }) => book(request.query, context),
  "POST /books": ({ request, context }) => books(parsed(request.body), context),
  "GET /tick-size": ({ request, context }) => tickSize(request.query, context),
  "GET /neg-risk": ({ request, context }) => negRisk(request.query, context),
  "GET /fee-rate": ({ request, context }) => feeRate(request.query, context),
  "GET /fee-rate-bps": ({ request, context }) => feeRate(request.query, context),
  "GET /price": ({ request, context }) => price(request.query, context),
  "GET /midpoint": ({ request, context }) => midpoint(request.query, context),
  "GET /spread": ({ request, context }) => spread(request.query, context),
  "GET /last-trade-price": ({ request, context }) => lastTradePrice(request.query, context),
  "POST /prices": ({ request, context }) => prices(parsed(request.body), context),
  "POST /midpoints": ({ request, context }) => midpoints(parsed(request.body), context),
  "POST /spreads": ({ request, context }) => spreads(parsed(request.body), context),
  "POST /last-trades-prices": ({ request, context }) =>
    lastTradePrices(parsed(request.body), context),
  "GET /rebates/current": ({ request, context }) => currentRebates(request.query, context),
  "GET /prices-history": ({ request, context }) => pricesHistory(request.query, context),
  "GET /simplified-markets": ({ context }) => simplifiedMarkets(context),
  // No market pays liquidity rewards.
  "GET /sampling-markets": ({ context }) => emptyPage(context),
  "GET /sampling-simplified-markets": ({ context }) => emptyPage(context),
  "GET /rewards/markets/current": ({ context }) => emptyPage(context),
  "GET /rewards/markets/{id}": ({ context }) => emptyPage(context),
  "GET /markets": ({ context }) => markets(context),
  "GET /markets/{id}": ({ parameter, context }) => marketNamed(parameter, context),
  "GET /clob-markets/{id}": ({ parameter, context }) => clobMarket(parameter, context),
  "GET /markets-by-token/{id}": ({ parameter, context }) => marketOfToken(parameter, context),
  "GET /gamma/markets": ({ request, context }) => gammaMarkets(request.query, context),
  "GET /gamma/markets/keyset": ({ request, context }) => gammaMarketsPage(request.query, context),
  "GET /gamma/markets/slug/{slug}": ({ parameter, context }) =>
    gammaMarketNamed(parameter, context),
  "GET /gamma/events": ({ request, context }) => gammaEvents(request.query, context),
  "GET /gamma/events/keyset": ({ request, context }) => gammaEventsPage(request.query, context),
  "GET /gamma/events/slug/{slug}": ({ parameter, context }) => gammaEventNamed(parameter, context),
  "POST /submit": ({ request, context }) => submitCall(parsed(request.body), request, context),
  "GET /transaction": ({ request, context }) => transactionNamed(request.query, context),
  "GET /nonce": ({ request, context }) => callNonce(request.query, context),
  "POST /chain": ({ request, context }) => chainNode(parsed(request.body), context),
  "GET /api/v3/time": ({ context }) => binanceTime(context),
  "GET /api/v3/ticker/bookTicker": ({ request, context }) => binanceTicker(request.query, context),
  "GET /api/v3/depth": ({ request, context }) => binanceDepth(request.query, context),
  "GET /api/v3/trades": ({ request, context }) => binanceTrades(request.query, context),
  "GET /api/v3/klines": ({ request, context }) => binanceCandles(request.query, context),
};

const PRIVATE_ROUTES: Readonly<Record<string, PrivateRoute>> = {
  "GET /auth/api-keys": ({ key, context }) =>
    ok(context, {
      apiKeys: [...context.registry.keys]
        .filter(([, { account }]) => account === key.account)
        .map(([id]) => id),
    }),
  "DELETE /auth/api-key": ({ key, context }) => {
    const keys = new Map(context.registry.keys);
    keys.delete(key.credentials.apiKey);
    return ok({ registry: { ...context.registry, keys } }, "OK");
  },
  "GET /auth/ban-status/closed-only": ({ context }) => ok(context, { closed_only: false }),
  "POST /order": ({ body, key, context }) => placeOne(body, key, context),
  "POST /orders": ({ body, key, context }) => placeMany(body, key, context),
  "DELETE /order": ({ body, key, context }) => cancelOne(body, key, context),
  "DELETE /orders": ({ body, key, context }) => cancelMany(body, key, context),
  "DELETE /cancel-all": ({ key, context }) => cancelAll(key, context),
  "DELETE /cancel-market-orders": ({ body, key, context }) =>
    cancelMarketOrders(body, key, context),
  "GET /data/orders": ({ request, key, context }) => openOrders(request.query, key, context),
  "GET /data/order/{id}": ({ parameter, key, context }) => orderNamed(parameter, key, context),
  "GET /data/trades": ({ request, key, context }) => trades(request.query, key, context),
  "GET /data/pre-migration-orders": ({ context }) => emptyPage(context),
  "GET /balance-allowance": ({ request, key, context }) => balance(request.query, key, context),
  "GET /balance-allowance/update": ({ context }) => balancesRefreshed(context),
  "PUT /balance-allowance/update": ({ context }) => balancesRefreshed(context),
  "GET /order-scoring": ({ request, key, context }) => orderScoring(request.query, key, context),
  "POST /orders-scoring": ({ body, key, context }) => ordersScoring(body, key, context),
  "GET /rewards/user": ({ context }) => emptyPage(context),
  "GET /rewards/user/markets": ({ context }) => emptyPage(context),
  "GET /rewards/user/total": ({ context }) => ok(context, []),
  "GET /rewards/user/percentages": ({ context }) => ok(context, {}),
  "GET /v1/user/rate-limit-tier": ({ context }) =>
    ok(context, tierRecord(context.conditions.limits)),
  // This venue sends no notifications.
  "GET /notifications": ({ context }) => ok(context, []),
  "DELETE /notifications": ({ context }) => ok(context, "OK"),
  "POST /v1/heartbeats": ({ body, key, context }) => heartbeat(body, key, context),
  "POST /heartbeats": ({ key, context }) => plainHeartbeat(key, context),
};

const balancesRefreshed = ({ registry, now }: RequestContext): Outcome =>
  ok({ registry: { ...registry, refreshedAt: now } }, "");

/** Authenticates, applies limits and mode, and routes. Pure: the context is all that the venue knows. */
export function routed(request: ClientRequest, context: RequestContext): Outcome {
  const [address, parameter] = addressOf(request);
  const publicRoute = PUBLIC_ROUTES[address];
  if (publicRoute) return publicRoute({ request, context, parameter });
  const privateRoute = PRIVATE_ROUTES[address];
  if (!privateRoute) return unknownAddress(request, context);
  const key = verifiedKey(request, context);
  if (!key) return refused(context, 401, UNAUTHORIZED);
  const { conditions, now } = context;
  const isOrder = TRADING[address] === "orders";
  const cameAt = cameBefore(request, context.registry);
  if (isReplayed(cameAt, now)) return refused(context, 401, UNAUTHORIZED);
  const lasting = lastingRefusal(conditions, now, { isOrder, body: request.body });
  if (lasting) return answerOnly(context, lasting);
  return rateLimited({ address, request, context, key }, (admitted) => {
    const refusal = modeRefusalAt(address, admitted);
    if (refusal) return answerOnly(admitted, refusal);
    const body = parsed(request.body);
    if (request.body !== "" && body === undefined) return refused(admitted, 400, BAD_PAYLOAD);
    return privateRoute({
      request,
      context:
        cameAt === null ? { ...admitted, registry: withSignature(request, admitted) } : admitted,
      parameter,
      key,
      body,
    });
  });
}

/** Refuses where the signer's buckets are empty; otherwise every answer carries what is left in them. */
function rateLimited(
  {
    address,
    request,
    context,
    key,
  }: Pick<Call, "request" | "context"> & { address: string; key: Key },
  handle: (context: RequestContext) => Outcome,
): Outcome {
  const { registry, now, conditions } = context;
  const { limits } = conditions;
  const cost = costOf(address, request);
  if (!cost || limits.enforcement === "off") return handle(context);
  const { account } = key;
  const withBuckets = (known: Registry, buckets: Buckets): Registry => {
    return { ...known, buckets: new Map(known.buckets).set(account, buckets) };
  };
  const first = charged(registry.buckets.get(account) ?? {}, cost, limits, now);
  const admitted = withBuckets(registry, first.buckets);
  if (first.refusal) return answerOnly({ registry: admitted }, first.refusal);
  const outcome = handle({ ...context, registry: admitted });
  const cancelled = isChargedAfterwards(address) ? outcome.operations.flatMap(cancelsOf).length : 0;
  const last = cancelled > 0 ? chargedAfterwards(first.buckets, cancelled, limits, now) : null;
  const headers = { ...first.headers, ...last?.headers };
  return {
    operations: outcome.operations,
    registry: last ? withBuckets(outcome.registry, last.buckets) : outcome.registry,
    answer: (facts) => {
      const answer = outcome.answer(facts);
      return { ...answer, headers: { ...headers, ...answer.headers } };
    },
  };
}

const cancelsOf = ({ command }: ExchangeOp): readonly OrderId[] =>
  command.type === "cancel" ? command.ids : [];

const isChargedAfterwards = (address: string): boolean =>
  address === "DELETE /cancel-all" || address === "DELETE /cancel-market-orders";

/** A batch costs one token for each of its entries. */
function costOf(address: string, { body }: ClientRequest): Cost | null {
  const bucket = TRADING[address];
  if (!bucket) return null;
  const batch = address.endsWith("/orders") ? parsed(body) : null;
  return { bucket, tokens: Array.isArray(batch) ? Math.max(1, batch.length) : 1 };
}

function modeRefusalAt(address: string, { conditions, now }: RequestContext): Answer | null {
  const kind = TRADING[address];
  return kind ? modeRefusal(modeAt(conditions.mode, now), kind) : null;
}

const TRADING: Readonly<Record<string, "orders" | "cancels">> = {
  "POST /order": "orders",
  "POST /orders": "orders",
  "DELETE /order": "cancels",
  "DELETE /orders": "cancels",
  "DELETE /cancel-all": "cancels",
  "DELETE /cancel-market-orders": "cancels",
};

/** The address as a key of the tables, and the part of the path in place of its `{…}`. */
function addressOf({ method, path }: ClientRequest): readonly [address: string, named: string] {
  const exact = `${method} ${path}`;
  if (exact in PUBLIC_ROUTES || exact in PRIVATE_ROUTES) return [exact, ""];
  const cut = path.lastIndexOf("/");
  const stem = `${method} ${path.slice(0, cut)}/{`;
  const address = ADDRESSES.find((one) => one.startsWith(stem));
  return [address ?? exact, path.slice(cut + 1)];
}

const ADDRESSES = [...Object.keys(PUBLIC_ROUTES), ...Object.keys(PRIVATE_ROUTES)].filter((one) =>
  one.endsWith("}"),
);
const PATHS: ReadonlySet<string> = new Set(
  [...Object.keys(PUBLIC_ROUTES), ...Object.keys(PRIVATE_ROUTES)].map(
    (one) => one.split(" ")[1] ?? "",
  ),
);

const unknownAddress = ({ path }: ClientRequest, context: RequestContext): Outcome =>
  PATHS.has(path)
    ? refused(context, 405, "Method not allowed")
    : answerOnly(context, { status: 404, body: { error: "not found" } });

/** The same key every time for a wallet and a nonce; the first opens the account. */
function issueKey({ request, context }: Call): Outcome {
  const owner = verifiedOwner(request, context);
  const { keyGeneration } = context.registry;
  const credentials = owner && credentialsOf(context.rules.seed, owner, keyGeneration);
  if (!owner || !credentials) return refused(context, 401, BAD_L1);
  const { registry, rules } = context;
  const { apiKey, secret, passphrase } = credentials;
  if (!registry.keys.has(apiKey) && registry.keys.size >= KEYS_MAX)
    return refused(context, 503, "Too many keys");
  const key = { account: owner.address, credentials };
  return {
    registry: { ...registry, keys: new Map(registry.keys).set(apiKey, key) },
    operations: [{ command: { type: "join", account: owner.address, cash: rules.cash } }],
    answer: () => ({
      status: 200,
      body: { apiKey, secret: secret.reveal(), passphrase: passphrase.reveal() },
    }),
  };
}
