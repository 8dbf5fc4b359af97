/** Every address, what it needs, and who answers it. */
import type { OrderId } from "../../types/index.ts";
import type { Answer } from "./answer.ts";
import { type Act, type Asked, type Deed, ok, only, refused, type Sight } from "./asked.ts";
import { BAD_L1, credentialsOf, keyAsking, ownerAsking, UNAUTHORIZED } from "./auth.ts";
import {
  binanceCandles,
  binanceDepth,
  binanceTicker,
  binanceTime,
  binanceTrades,
} from "./binance.ts";
import { KEYS_MAX } from "./bounds.ts";
import {
  gammaEventNamed,
  gammaEvents,
  gammaEventsPage,
  gammaMarketNamed,
  gammaMarkets,
  gammaMarketsPage,
} from "./gamma.ts";
import { optionsNow } from "./listing.ts";
import { BAD_PAYLOAD } from "./intake.ts";
import { type Buckets, type Cost, paidAfterwards, tierRecord, weighed } from "./limits.ts";
import { lastTradePrices, midpoints, prices, pricesHistory, spreads } from "./manyReads.ts";
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
import { modeAt, modeRefusal } from "./modes.ts";
import { balance, openOrders, orderNamed, orderScoring, ordersScoring, trades } from "./reads.ts";
import { currentRebates } from "./rebates.ts";
import { seconds } from "./records.ts";
import type { Key, Registry } from "./registry.ts";
import { parsed } from "./subscriptions.ts";
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
  readonly asked: Asked;
  readonly sight: Sight;
  readonly named: string;
}

type Public = (call: Call) => Act;
type Private = (call: Call & { readonly key: Key; readonly body: () => unknown }) => Act;

const PUBLIC: Readonly<Record<string, Public>> = {
  "GET /": ({ sight }) => ok(sight, "OK"),
  "GET /ok": ({ sight }) => ok(sight, "OK"),
  "GET /time": ({ sight }) => ok(sight, seconds(sight.told)),
  "GET /version": ({ sight }) =>
    ok(sight, { version: optionsNow(sight.rules, sight.conditions).generation === "v2" ? 3 : 2 }),
  "POST /auth/api-key": keyMade,
  "GET /auth/derive-api-key": keyMade,
  "GET /book": ({ asked, sight }) => book(asked.query, sight),
  "POST /books": ({ asked, sight }) => books(parsed(asked.body), sight),
  "GET /tick-size": ({ asked, sight }) => tickSize(asked.query, sight),
  "GET /neg-risk": ({ asked, sight }) => negRisk(asked.query, sight),
  "GET /fee-rate": ({ asked, sight }) => feeRate(asked.query, sight),
  "GET /fee-rate-bps": ({ asked, sight }) => feeRate(asked.query, sight),
  "GET /price": ({ asked, sight }) => price(asked.query, sight),
  "GET /midpoint": ({ asked, sight }) => midpoint(asked.query, sight),
  "GET /spread": ({ asked, sight }) => spread(asked.query, sight),
  "GET /last-trade-price": ({ asked, sight }) => lastTradePrice(asked.query, sight),
  "POST /prices": ({ asked, sight }) => prices(parsed(asked.body), sight),
  "POST /midpoints": ({ asked, sight }) => midpoints(parsed(asked.body), sight),
  "POST /spreads": ({ asked, sight }) => spreads(parsed(asked.body), sight),
  "POST /last-trades-prices": ({ asked, sight }) => lastTradePrices(parsed(asked.body), sight),
  "GET /rebates/current": ({ asked, sight }) => currentRebates(asked.query, sight),
  "GET /prices-history": ({ asked, sight }) => pricesHistory(asked.query, sight),
  "GET /simplified-markets": ({ sight }) => simplifiedMarkets(sight),
  // No market pays for orders that rest.
  "GET /sampling-markets": ({ sight }) => emptyPage(sight),
  "GET /sampling-simplified-markets": ({ sight }) => emptyPage(sight),
  "GET /rewards/markets/current": ({ sight }) => emptyPage(sight),
  "GET /rewards/markets/{id}": ({ sight }) => emptyPage(sight),
  "GET /markets": ({ sight }) => markets(sight),
  "GET /markets/{id}": ({ named, sight }) => marketNamed(named, sight),
  "GET /clob-markets/{id}": ({ named, sight }) => clobMarket(named, sight),
  "GET /markets-by-token/{id}": ({ named, sight }) => marketOfToken(named, sight),
  "GET /gamma/markets": ({ asked, sight }) => gammaMarkets(asked.query, sight),
  "GET /gamma/markets/keyset": ({ asked, sight }) => gammaMarketsPage(asked.query, sight),
  "GET /gamma/markets/slug/{slug}": ({ named, sight }) => gammaMarketNamed(named, sight),
  "GET /gamma/events": ({ asked, sight }) => gammaEvents(asked.query, sight),
  "GET /gamma/events/keyset": ({ asked, sight }) => gammaEventsPage(asked.query, sight),
  "GET /gamma/events/slug/{slug}": ({ named, sight }) => gammaEventNamed(named, sight),
  "GET /api/v3/time": ({ sight }) => binanceTime(sight),
  "GET /api/v3/ticker/bookTicker": ({ asked, sight }) => binanceTicker(asked.query, sight),
  "GET /api/v3/depth": ({ asked, sight }) => binanceDepth(asked.query, sight),
  "GET /api/v3/trades": ({ asked, sight }) => binanceTrades(asked.query, sight),
  "GET /api/v3/klines": ({ asked, sight }) => binanceCandles(asked.query, sight),
};

const PRIVATE: Readonly<Record<string, Private>> = {
  "GET /auth/api-keys": ({ key, sight }) =>
    ok(sight, {
      apiKeys: [...sight.registry.keys]
        .filter(([, { account }]) => account === key.account)
        .map(([id]) => id),
    }),
  "DELETE /auth/api-key": ({ key, sight }) => {
    const keys = new Map(sight.registry.keys);
    keys.delete(key.credentials.apiKey);
    return ok({ registry: { ...sight.registry, keys } }, "OK");
  },
  "GET /auth/ban-status/closed-only": ({ sight }) => ok(sight, { closed_only: false }),
  "POST /order": ({ body, key, sight }) => placeOne(body(), key, sight),
  "POST /orders": ({ body, key, sight }) => placeMany(body(), key, sight),
  "DELETE /order": ({ body, key, sight }) => cancelOne(body(), key, sight),
  "DELETE /orders": ({ body, key, sight }) => cancelMany(body(), key, sight),
  "DELETE /cancel-all": ({ key, sight }) => cancelAll(key, sight),
  "DELETE /cancel-market-orders": ({ body, key, sight }) => cancelMarketOrders(body(), key, sight),
  "GET /data/orders": ({ asked, key, sight }) => openOrders(asked.query, key, sight),
  "GET /data/order/{id}": ({ named, key, sight }) => orderNamed(named, key, sight),
  "GET /data/trades": ({ asked, key, sight }) => trades(asked.query, key, sight),
  "GET /data/pre-migration-orders": ({ sight }) => emptyPage(sight),
  "GET /balance-allowance": ({ asked, key, sight }) => balance(asked.query, key, sight),
  // Nothing is cached here, so there is nothing to refresh.
  "GET /balance-allowance/update": ({ sight }) => ok(sight, ""),
  "PUT /balance-allowance/update": ({ sight }) => ok(sight, ""),
  "GET /order-scoring": ({ asked, key, sight }) => orderScoring(asked.query, key, sight),
  "POST /orders-scoring": ({ body, key, sight }) => ordersScoring(body(), key, sight),
  "GET /rewards/user": ({ sight }) => emptyPage(sight),
  "GET /rewards/user/markets": ({ sight }) => emptyPage(sight),
  "GET /rewards/user/total": ({ sight }) => ok(sight, []),
  "GET /rewards/user/percentages": ({ sight }) => ok(sight, {}),
  "GET /v1/user/rate-limit-tier": ({ sight }) => ok(sight, tierRecord(sight.conditions.limits)),
  // Nothing that happens here is worth one.
  "GET /notifications": ({ sight }) => ok(sight, []),
  "DELETE /notifications": ({ sight }) => ok(sight, "OK"),
  "POST /v1/heartbeats": ({ body, key, sight }) => heartbeat(body(), key, sight),
  "POST /heartbeats": ({ key, sight }) => plainHeartbeat(key, sight),
};

/** A pure function of the request and of everything the venue knows. */
export function routed(asked: Asked, sight: Sight): Act {
  const [address, named] = addressOf(asked);
  const open = PUBLIC[address];
  if (open) return open({ asked, sight, named });
  const owned = PRIVATE[address];
  if (!owned) return unrouted(asked, sight);
  const key = keyAsking(asked, sight);
  if (!key) return refused(sight, 401, UNAUTHORIZED);
  return limited({ address, asked, sight, key }, (admitted) => {
    const refusal = modeRefusalAt(address, admitted);
    if (refusal) return only(admitted, refusal);
    if (asked.body !== "" && parsed(asked.body) === undefined)
      return refused(admitted, 400, BAD_PAYLOAD);
    return owned({ asked, sight: admitted, named, key, body: () => parsed(asked.body) });
  });
}

/** Goes on only if the signer's buckets have enough; every answer then says what is left. */
function limited(
  { address, asked, sight, key }: Pick<Call, "asked" | "sight"> & { address: string; key: Key },
  goOn: (sight: Sight) => Act,
): Act {
  const { registry, now, conditions } = sight;
  const { limits } = conditions;
  const cost = costOf(address, asked);
  if (!cost || limits.enforcement === "off") return goOn(sight);
  const { account } = key;
  const charged = (known: Registry, buckets: Buckets): Registry => {
    return { ...known, buckets: new Map(known.buckets).set(account, buckets) };
  };
  const first = weighed(registry.buckets.get(account) ?? {}, cost, limits, now);
  const admitted = charged(registry, first.buckets);
  if (first.refusal) return only({ registry: admitted }, first.refusal);
  const act = goOn({ ...sight, registry: admitted });
  const cancelled = isPaidAfterwards(address) ? act.deeds.flatMap(cancelsOf).length : 0;
  const last = cancelled > 0 ? paidAfterwards(first.buckets, cancelled, limits, now) : null;
  const headers = { ...first.headers, ...last?.headers };
  return {
    deeds: act.deeds,
    registry: last ? charged(act.registry, last.buckets) : act.registry,
    answer: (facts) => {
      const answer = act.answer(facts);
      return { ...answer, headers: { ...headers, ...answer.headers } };
    },
  };
}

const cancelsOf = ({ command }: Deed): readonly OrderId[] =>
  command.type === "cancel" ? command.ids : [];

const isPaidAfterwards = (address: string): boolean =>
  address === "DELETE /cancel-all" || address === "DELETE /cancel-market-orders";

/** A batch costs as much as there is in it. */
function costOf(address: string, { body }: Asked): Cost | null {
  const bucket = TRADING[address];
  if (!bucket) return null;
  const batch = address.endsWith("/orders") ? parsed(body) : null;
  return { bucket, tokens: Array.isArray(batch) ? Math.max(1, batch.length) : 1 };
}

function modeRefusalAt(address: string, { conditions, now }: Sight): Answer | null {
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
function addressOf({ method, path }: Asked): readonly [address: string, named: string] {
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

const unrouted = ({ path }: Asked, sight: Sight): Act =>
  PATHS.has(path)
    ? refused(sight, 405, "Method not allowed")
    : only(sight, { status: 404, body: { error: "not found" } });

/** The same key every time for a wallet and a nonce; an account comes with the first. */
function keyMade({ asked, sight }: Call): Act {
  const owner = ownerAsking(asked, sight);
  const credentials = owner && credentialsOf(sight.rules.seed, owner);
  if (!owner || !credentials) return refused(sight, 401, BAD_L1);
  const { registry, rules } = sight;
  const { apiKey, secret, passphrase } = credentials;
  if (!registry.keys.has(apiKey) && registry.keys.size >= KEYS_MAX)
    return refused(sight, 503, "Too many keys");
  const key = { account: owner.address, credentials };
  return {
    registry: { ...registry, keys: new Map(registry.keys).set(apiKey, key) },
    deeds: [{ command: { type: "join", account: owner.address, cash: rules.cash } }],
    answer: () => ({
      status: 200,
      body: { apiKey, secret: secret.reveal(), passphrase: passphrase.reveal() },
    }),
  };
}
