/** What the venue knows of its clients beside the exchange: keys, wallets, origins of orders, heartbeats. */
import {
  after,
  type EpochMs,
  epochMs,
  type MarketId,
  type OrderId,
  type TokenId,
} from "../../../types/index.ts";
import type { Address, Credentials } from "../../../venue/polymarket/sign/index.ts";
import {
  HEARTBEAT_LIMIT_MS,
  hashed,
  type LayeredMap,
  entryCount,
  entryOf,
  withEntries,
  type AccountId,
  type VenueTicket,
} from "../../exchange/index.ts";
import { ORDER_ORIGINS_MAX } from "../state/index.ts";
import type { Buckets } from "../control/index.ts";

export interface Key {
  /** The address that signs. All its wallets share one balance. */
  readonly account: Address;
  readonly credentials: Credentials;
}

/** Who sent an order and how: facts that matching does not need. */
export interface OrderOrigin {
  readonly id: OrderId;
  readonly market: MarketId;
  /** The API key that sent it. */
  readonly owner: string;
  /** The address that signed. */
  readonly account: Address;
  readonly maker: Address;
  readonly orderType: VenueTicket["orderType"];
  readonly placedAt: EpochMs;
}

export interface Registry {
  /** How often every key has been forgotten: those derived later are others. */
  readonly keyGeneration: number;
  /** By the id of the key. */
  readonly keys: ReadonlyMap<string, Key>;
  /** A wallet's owner: the first account that signed for it. */
  readonly wallets: ReadonlyMap<Address, Address>;
  readonly orderOrigins: ReadonlyMap<MarketId, LayeredMap<OrderId, OrderOrigin>>;
  /** By the id of the key. */
  readonly heartbeats: ReadonlyMap<string, Heartbeat>;
  readonly buckets: ReadonlyMap<Address, Buckets>;
  /** Marketable orders that wait for the taker's delay. */
  readonly delayedOrders: ReadonlyMap<OrderId, DelayedOrder>;
  /** When balances were last read anew at a client's request: none lag further back than that. */
  readonly refreshedAt: EpochMs;
  /** When each was carried out; it covers the key, the time, the method, the path and the body. */
  readonly signatures: LayeredMap<string, EpochMs>;
}

export interface DelayedOrder {
  readonly account: AccountId;
  readonly market: MarketId;
  readonly tokenId: TokenId;
}

/** The heartbeat of one key: its orders are cancelled when it lapses. */
export interface Heartbeat {
  /** The id expected next; "" after a heartbeat without one. */
  readonly next: string;
  /** Null before the first valid heartbeat. */
  readonly beatAt: EpochMs | null;
}

export const EMPTY_REGISTRY: Registry = {
  keyGeneration: 0,
  keys: new Map(),
  wallets: new Map(),
  orderOrigins: new Map(),
  heartbeats: new Map(),
  buckets: new Map(),
  delayedOrders: new Map(),
  refreshedAt: epochMs(0),
  signatures: [],
};

/** A market with too many origins drops those of orders that the exchange has forgotten. */
export function withOrderOrigin(
  registry: Registry,
  origin: OrderOrigin,
  isKnown: (id: OrderId) => boolean,
): Registry {
  const old = registry.orderOrigins.get(origin.market) ?? [];
  const kept =
    entryCount(old) < ORDER_ORIGINS_MAX
      ? old
      : [new Map(old.flatMap((layer) => [...layer]).filter(([id]) => isKnown(id)))];
  const orderOrigins = withEntries(kept, new Map([[origin.id, origin]]));
  return {
    ...registry,
    wallets: registry.wallets.has(origin.maker)
      ? registry.wallets
      : new Map(registry.wallets).set(origin.maker, origin.account),
    orderOrigins: new Map(registry.orderOrigins).set(origin.market, orderOrigins),
  };
}

export const withKeysRotated = (registry: Registry): Registry => ({
  ...registry,
  keys: new Map(),
  keyGeneration: registry.keyGeneration + 1,
});

/** Null ends the delay of the order. */
export function withDelayedOrder(
  registry: Registry,
  id: OrderId,
  order: DelayedOrder | null,
): Registry {
  const delayedOrders = new Map(registry.delayedOrders);
  if (order) delayedOrders.set(id, order);
  else delayedOrders.delete(id);
  return { ...registry, delayedOrders };
}

/** Drops the origins of orders in markets that the exchange has forgotten. */
export function withoutMarkets(
  registry: Registry,
  isKnown: (market: MarketId) => boolean,
): Registry {
  return {
    ...registry,
    orderOrigins: new Map([...registry.orderOrigins].filter(([id]) => isKnown(id))),
  };
}

/** Drops overdue heartbeats; also returns the ids of all orders of their keys, closed ones too, by account. */
export function withoutLapsedHeartbeats(
  registry: Registry,
  now: EpochMs,
): readonly [Registry, ReadonlyMap<AccountId, ReadonlySet<OrderId>>] {
  const isLapsed = ({ beatAt }: Heartbeat): boolean =>
    beatAt !== null && after(beatAt, HEARTBEAT_LIMIT_MS) <= now;
  const lapsedKeys = new Set(
    [...registry.heartbeats].filter(([, one]) => isLapsed(one)).map(([key]) => key),
  );
  if (lapsedKeys.size === 0) return [registry, new Map()];
  const orders = [...registry.orderOrigins.values()]
    .flatMap((orderOrigins) => orderOrigins.flatMap((layer) => [...layer.values()]))
    .filter(({ owner }) => lapsedKeys.has(owner));
  const accounts = new Set(orders.map(({ account }) => account));
  return [
    {
      ...registry,
      heartbeats: new Map([...registry.heartbeats].filter(([key]) => !lapsedKeys.has(key))),
    },
    new Map(
      [...accounts].map((account) => [
        account,
        new Set(orders.filter((one) => one.account === account).map(({ id }) => id)),
      ]),
    ),
  ];
}

export interface OrderSender {
  readonly owner: string;
  readonly maker: string;
  readonly orderType: VenueTicket["orderType"];
  readonly placedAt: EpochMs | null;
}

/** The simulated traders have no key: theirs is derived from their name. */
export function senderOf(
  { orderOrigins }: Registry,
  order: { readonly id: OrderId; readonly market: MarketId; readonly account: AccountId },
): OrderSender {
  const origin = entryOf(orderOrigins.get(order.market) ?? [], order.id);
  if (origin) return origin;
  const digits = hashed(order.account);
  return {
    owner: uuid(digits),
    maker: digits.slice(0, 42),
    orderType: "GTC",
    placedAt: null,
  };
}

/** A hash in the shape of a random UUID. */
export function uuid(hash: string): string {
  const digits = hash.slice(2);
  const [a, b, c, d] = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(13, 16),
    digits.slice(17, 20),
  ];
  return `${a}-${b}-4${c}-8${d}-${digits.slice(20, 32)}`;
}
