/** Every address, what it needs, and who answers it. */
import type { OrderId } from "../../../types/index.ts";
import { type Answer, KEYS_MAX, parsed } from "../state/index.ts";
import {
  type Outcome,
  type ClientRequest,
  type ExchangeOp,
  ok,
  only,
  refused,
  type RequestContext,
} from "./request.ts";
import { BAD_L1, credentialsOf, keyAsking, ownerAsking, UNAUTHORIZED } from "./auth.ts";
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
import { optionsNow } from "./listedMarkets.ts";
import { BAD_PAYLOAD } from "./orderIntake.ts";
import {
  type Buckets,
  type Cost,
  paidAfterwards,
  tierRecord,
  weighed,
  modeAt,
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
import { seconds } from "./records.ts";
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

/** A request with what its address says: `{…}` of a pattern as `named`. */
interface Call {
  readonly asked: ClientRequest;
  readonly context: RequestContext;
  readonly named: string;
}

type Public = (call: Call) => Outcome;
type Private = (call: Call & { readonly key: Key; readonly body: () => unknown }) => Outcome;

const PUBLIC: Readonly<Record<string, Public>> = {
  "GET /": ({ context }) => ok(context, "OK"),
  "GET /ok": ({ context }) => ok(context, "OK"),
  "GET /time": ({ context }) => ok(context, seconds(context.told)),
  "GET /version": ({ context }) =>
    ok(context, {
      version: optionsNow(context.rules, context.conditions).generation === "v2" ? 3 : 2,
    }),
  "POST /auth/api-key": keyMade,
  "GET /auth/derive-api-key": keyMade,
  "GET /book": ({ asked, context }) => book(asked.query, context),
  "POST /books": ({ asked, context }) => books(parsed(asked.body), context),
  "GET /tick-size": ({ asked, context }) => tickSize(asked.query, context),
  "GET /neg-risk": ({ asked, context }) => negRisk(asked.query, context),
  "GET /fee-rate": ({ asked, context }) => feeRate(asked.query, context),
  "GET /fee-rate-bps": ({ asked, context }) => feeRate(asked.query, context),
  "GET /price": ({ asked, context }) => price(asked.query, context),
  "GET /midpoint": ({ asked, context }) => midpoint(asked.query, context),
  "GET /spread": ({ asked, context }) => spread(asked.query, context),
  "GET /last-trade-price": ({ asked, context }) => lastTradePrice(asked.query, context),
  "POST /prices": ({ asked, context }) => prices(parsed(asked.body), context),
  "POST /midpoints": ({ asked, context }) => midpoints(parsed(asked.body), context),
  "POST /spreads": ({ asked, context }) => spreads(parsed(asked.body), context),
  "POST /last-trades-prices": ({ asked, context }) => lastTradePrices(parsed(asked.body), context),
  "GET /rebates/current": ({ asked, context }) => currentRebates(asked.query, context),
  "GET /prices-history": ({ asked, context }) => pricesHistory(asked.query, context),
  "GET /simplified-markets": ({ context }) => simplifiedMarkets(context),
  // No market pays for orders that rest.
  "GET /sampling-markets": ({ context }) => emptyPage(context),
  "GET /sampling-simplified-markets": ({ context }) => emptyPage(context),
  "GET /rewards/markets/current": ({ context }) => emptyPage(context),
  "GET /rewards/markets/{id}": ({ context }) => emptyPage(context),
  "GET /markets": ({ context }) => markets(context),
  "GET /markets/{id}": ({ named, context }) => marketNamed(named, context),
  "GET /clob-markets/{id}": ({ named, context }) => clobMarket(named, context),
  "GET /markets-by-token/{id}": ({ named, context }) => marketOfToken(named, context),
  "GET /gamma/markets": ({ asked, context }) => gammaMarkets(asked.query, context),
  "GET /gamma/markets/keyset": ({ asked, context }) => gammaMarketsPage(asked.query, context),
  "GET /gamma/markets/slug/{slug}": ({ named, context }) => gammaMarketNamed(named, context),
  "GET /gamma/events": ({ asked, context }) => gammaEvents(asked.query, context),
  "GET /gamma/events/keyset": ({ asked, context }) => gammaEventsPage(asked.query, context),
  "GET /gamma/events/slug/{slug}": ({ named, context }) => gammaEventNamed(named, context),
  "GET /api/v3/time": ({ context }) => binanceTime(context),
  "GET /api/v3/ticker/bookTicker": ({ asked, context }) => binanceTicker(asked.query, context),
  "GET /api/v3/depth": ({ asked, context }) => binanceDepth(asked.query, context),
  "GET /api/v3/trades": ({ asked, context }) => binanceTrades(asked.query, context),
  "GET /api/v3/klines": ({ asked, context }) => binanceCandles(asked.query, context),
};

const PRIVATE: Readonly<Record<string, Private>> = {
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
  "POST /order": ({ body, key, context }) => placeOne(body(), key, context),
  "POST /orders": ({ body, key, context }) => placeMany(body(), key, context),
  "DELETE /order": ({ body, key, context }) => cancelOne(body(), key, context),
  "DELETE /orders": ({ body, key, context }) => cancelMany(body(), key, context),
  "DELETE /cancel-all": ({ key, context }) => cancelAll(key, context),
  "DELETE /cancel-market-orders": ({ body, key, context }) =>
    cancelMarketOrders(body(), key, context),
  "GET /data/orders": ({ asked, key, context }) => openOrders(asked.query, key, context),
  "GET /data/order/{id}": ({ named, key, context }) => orderNamed(named, key, context),
  "GET /data/trades": ({ asked, key, context }) => trades(asked.query, key, context),
  "GET /data/pre-migration-orders": ({ context }) => emptyPage(context),
  "GET /balance-allowance": ({ asked, key, context }) => balance(asked.query, key, context),
  // Nothing is cached here, so there is nothing to refresh.
  "GET /balance-allowance/update": ({ context }) => ok(context, ""),
  "PUT /balance-allowance/update": ({ context }) => ok(context, ""),
  "GET /order-scoring": ({ asked, key, context }) => orderScoring(asked.query, key, context),
  "POST /orders-scoring": ({ body, key, context }) => ordersScoring(body(), key, context),
  "GET /rewards/user": ({ context }) => emptyPage(context),
  "GET /rewards/user/markets": ({ context }) => emptyPage(context),
  "GET /rewards/user/total": ({ context }) => ok(context, []),
  "GET /rewards/user/percentages": ({ context }) => ok(context, {}),
  "GET /v1/user/rate-limit-tier": ({ context }) =>
    ok(context, tierRecord(context.conditions.limits)),
  // Nothing that happens here is worth one.
  "GET /notifications": ({ context }) => ok(context, []),
  "DELETE /notifications": ({ context }) => ok(context, "OK"),
  "POST /v1/heartbeats": ({ body, key, context }) => heartbeat(body(), key, context),
  "POST /heartbeats": ({ key, context }) => plainHeartbeat(key, context),
};

/** A pure function of the request and of everything the venue knows. */
export function routed(asked: ClientRequest, context: RequestContext): Outcome {
  const [address, named] = addressOf(asked);
  const open = PUBLIC[address];
  if (open) return open({ asked, context, named });
  const owned = PRIVATE[address];
  if (!owned) return unrouted(asked, context);
  const key = keyAsking(asked, context);
  if (!key) return refused(context, 401, UNAUTHORIZED);
  return limited({ address, asked, context, key }, (admitted) => {
    const refusal = modeRefusalAt(address, admitted);
    if (refusal) return only(admitted, refusal);
    if (asked.body !== "" && parsed(asked.body) === undefined)
      return refused(admitted, 400, BAD_PAYLOAD);
    return owned({ asked, context: admitted, named, key, body: () => parsed(asked.body) });
  });
}

/** Goes on only if the signer's buckets have enough; every answer then says what is left. */
function limited(
  { address, asked, context, key }: Pick<Call, "asked" | "context"> & { address: string; key: Key },
  goOn: (context: RequestContext) => Outcome,
): Outcome {
  const { registry, now, conditions } = context;
  const { limits } = conditions;
  const cost = costOf(address, asked);
  if (!cost || limits.enforcement === "off") return goOn(context);
  const { account } = key;
  const charged = (known: Registry, buckets: Buckets): Registry => {
    return { ...known, buckets: new Map(known.buckets).set(account, buckets) };
  };
  const first = weighed(registry.buckets.get(account) ?? {}, cost, limits, now);
  const admitted = charged(registry, first.buckets);
  if (first.refusal) return only({ registry: admitted }, first.refusal);
  const act = goOn({ ...context, registry: admitted });
  const cancelled = isPaidAfterwards(address) ? act.operations.flatMap(cancelsOf).length : 0;
  const last = cancelled > 0 ? paidAfterwards(first.buckets, cancelled, limits, now) : null;
  const headers = { ...first.headers, ...last?.headers };
  return {
    operations: act.operations,
    registry: last ? charged(act.registry, last.buckets) : act.registry,
    answer: (facts) => {
      const answer = act.answer(facts);
      return { ...answer, headers: { ...headers, ...answer.headers } };
    },
  };
}

const cancelsOf = ({ command }: ExchangeOp): readonly OrderId[] =>
  command.type === "cancel" ? command.ids : [];

const isPaidAfterwards = (address: string): boolean =>
  address === "DELETE /cancel-all" || address === "DELETE /cancel-market-orders";

/** A batch costs as much as there is in it. */
function costOf(address: string, { body }: ClientRequest): Cost | null {
  const bucket = TRADING[address];
  if (!bucket) return null;
  const batch = address.endsWith("/orders") ? parsed(body) : null;
  return { bucket, tokens: Array.isArray(batch) ? Math.max(1, batch.length) : 1 };
}

function modeRefusalAt(address: string, { conditions, now }: RequestContext): Answer | null {
  const what = TRADING[address];
  return what ? modeRefusal(modeAt(conditions.mode, now), what) : null;
}

const TRADING: Readonly<Record<string, "orders" | "cancels">> = {
  "POST /order": "orders",
  "POST /orders": "orders",
  "DELETE /order": "cancels",
  "DELETE /orders": "cancels",
  "DELETE /cancel-all": "cancels",
  "DELETE /cancel-market-orders": "cancels",
};

/** The address as the tables spell it, and what stands in the place of its `{…}`. */
function addressOf({ method, path }: ClientRequest): readonly [address: string, named: string] {
  const exact = `${method} ${path}`;
  if (exact in PUBLIC || exact in PRIVATE) return [exact, ""];
  const cut = path.lastIndexOf("/");
  const stem = `${method} ${path.slice(0, cut)}/{`;
  const address = ADDRESSES.find((one) => one.startsWith(stem));
  return [address ?? exact, path.slice(cut + 1)];
}

const ADDRESSES = [...Object.keys(PUBLIC), ...Object.keys(PRIVATE)].filter((one) =>
  one.endsWith("}"),
);
const PATHS: ReadonlySet<string> = new Set(
  [...Object.keys(PUBLIC), ...Object.keys(PRIVATE)].map((one) => one.split(" ")[1] ?? ""),
);

const unrouted = ({ path }: ClientRequest, context: RequestContext): Outcome =>
  PATHS.has(path)
    ? refused(context, 405, "Method not allowed")
    : only(context, { status: 404, body: { error: "not found" } });

/** The same key every time for a wallet and a nonce; an account comes with the first. */
function keyMade({ asked, context }: Call): Outcome {
  const owner = ownerAsking(asked, context);
  const credentials = owner && credentialsOf(context.rules.seed, owner);
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
