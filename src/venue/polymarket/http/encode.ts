/** Requests and subscriptions in the venue's format: pure, and without headers. */
import type {
  EpochMs,
  MarketId,
  OrderId,
  OrderTicket,
  TokenId,
  TransactionId,
} from "../../../types/index.ts";
import type { ApiKey, ExchangeVersion } from "../decode/index.ts";
import { type Address, type CallBatch, WALLET_FACTORY } from "../sign/index.ts";
import type {
  BooksQueryWire,
  CancelMarketOrdersWire,
  CancelOrderWire,
  CancelOrdersWire,
  ChainRequestWire,
  HeartbeatWire,
  MarketSubscriptionChangeWire,
  MarketSubscriptionWire,
  PostOrderWire,
  PostOrdersWire,
  SignedOrderWire,
  UserSubscriptionChangeWire,
  UserSubscriptionWire,
  WalletSubmitWire,
} from "../wire/index.ts";

export interface VenueRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** From the slash on, without the query: the part that the HMAC covers. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The exact text to sign and to send; null without a body. */
  readonly body: string | null;
}

/** The first page of a list: base64 of 0. */
export const FIRST_CURSOR = "MA==";

/** How funds are held: plain key, proxy, safe, deposit wallet. [protocol 4.4] */
type SignatureType = 0 | 1 | 2 | 3;

/** A leg and the order that was signed for it. */
export interface SignedLeg {
  readonly leg: { readonly ticket: Pick<OrderTicket, "postOnly" | "orderType" | "expiresAt"> };
  readonly signed: SignedOrderWire;
}

/**
 * The signed fields exactly as signed, and from the ticket those that no signature covers. An
 * expiry is rounded down to a second: an order may live shorter than decided, never longer.
 */
export function postOrder({ leg, signed }: SignedLeg, apiKey: string): PostOrderWire {
  const { postOnly, orderType, expiresAt } = leg.ticket;
  return {
    deferExec: false,
    postOnly,
    order: {
      salt: signed.salt,
      maker: signed.maker,
      signer: signed.signer,
      tokenId: signed.tokenId,
      makerAmount: signed.makerAmount,
      takerAmount: signed.takerAmount,
      side: signed.side,
      signatureType: signed.signatureType,
      timestamp: signed.timestamp,
      expiration: orderType === "GTD" && expiresAt !== null ? unixSeconds(expiresAt) : "0",
      metadata: signed.metadata,
      builder: signed.builder,
      signature: signed.signature,
    },
    owner: apiKey,
    orderType,
  };
}

/** A single leg uses its own endpoint, which has a larger rate limit. */
export function placeRequest(legs: readonly SignedLeg[], apiKey: string): VenueRequest {
  const bodies = legs.map((leg) => postOrder(leg, apiKey));
  const [only] = bodies;
  return bodies.length === 1 && only !== undefined
    ? post("/order", only satisfies PostOrderWire)
    : post("/orders", bodies satisfies PostOrdersWire);
}

/** The venue takes at most 1000 ids at once. [protocol 3.1] */
export function cancelRequest(ids: readonly OrderId[]): VenueRequest {
  const [only] = ids;
  return ids.length === 1 && only !== undefined
    ? withBody("DELETE", "/order", { orderID: only } satisfies CancelOrderWire)
    : withBody("DELETE", "/orders", [...ids] satisfies CancelOrdersWire);
}

/** Null cancels on every market of the account. */
export const cancelAllRequest = (market: MarketId | null): VenueRequest =>
  market === null
    ? { method: "DELETE", path: "/cancel-all", query: {}, body: null }
    : withBody("DELETE", "/cancel-market-orders", { market } satisfies CancelMarketOrdersWire);

/** Null lists the orders of every market of the account. */
export const ordersRequest = (market: MarketId | null, cursor: string): VenueRequest =>
  get("/data/orders", { ...(market === null ? {} : { market }), next_cursor: cursor });

export const orderRequest = (id: OrderId): VenueRequest => get(`/data/order/${id}`);

/** `after` is a second earlier: whether the venue excludes its own second is not documented. */
export const tradesRequest = (market: MarketId, since: EpochMs, cursor: string): VenueRequest =>
  get("/data/trades", {
    market,
    after: String(Math.max(0, Math.floor(since / 1000) - 1)),
    next_cursor: cursor,
  });

/** A null token is cash. `isUpdate` makes the venue refresh its cache instead of answering. */
export const balanceRequest = (
  token: TokenId | null,
  exchange: ExchangeVersion,
  signatureType: SignatureType,
  { isUpdate }: { readonly isUpdate: boolean } = { isUpdate: false },
): VenueRequest =>
  get(isUpdate ? "/balance-allowance/update" : "/balance-allowance", {
    ...(token === null
      ? { asset_type: "COLLATERAL" }
      : { asset_type: exchange === "2" ? "CONDITIONAL" : "CONDITIONAL-V2", token_id: token }),
    signature_type: String(signatureType),
  });

/** `id` is from the last answer; "" at first. */
export const heartbeatRequest = (id: string): VenueRequest =>
  post("/v1/heartbeats", { heartbeat_id: id } satisfies HeartbeatWire);

/** A deposit wallet's call, for the relayer to submit. */
export const submitRequest = (owner: Address, batch: CallBatch, signature: string): VenueRequest =>
  post("/submit", {
    type: "WALLET",
    from: owner,
    to: WALLET_FACTORY,
    nonce: String(batch.nonce),
    signature,
    depositWalletParams: {
      depositWallet: batch.wallet,
      deadline: String(batch.deadline),
      calls: [{ target: batch.call.target, value: "0", data: batch.call.data }],
    },
  } satisfies WalletSubmitWire);
export const walletNonceRequest = (owner: Address): VenueRequest =>
  get("/nonce", { address: owner, type: "WALLET" });
export const transactionRequest = (id: TransactionId): VenueRequest => get("/transaction", { id });

/** For a node of the chain, whose path is its own. */
export const blockRequest = (block: string): VenueRequest =>
  post("/", chainRequest("eth_getBlockByNumber", [block, false]));
/** The wallet's nonce in that block: the selector is that of `nonce()`. */
export const walletNonceAtRequest = (wallet: Address, block: string): VenueRequest =>
  post("/", chainRequest("eth_call", [{ to: wallet, data: "0xaffed0e0" }, block]));

const chainRequest = (method: string, params: readonly unknown[]): ChainRequestWire => ({
  jsonrpc: "2.0",
  id: 1,
  method,
  params: [...params],
});

export const createApiKeyRequest = (): VenueRequest => ({
  method: "POST",
  path: "/auth/api-key",
  query: {},
  body: null,
});
export const deriveApiKeyRequest = (): VenueRequest => get("/auth/derive-api-key");

export const bookRequest = (token: TokenId): VenueRequest => get("/book", { token_id: token });
export const booksRequest = (tokens: readonly TokenId[]): VenueRequest =>
  post("/books", tokens.map((token) => ({ token_id: token })) satisfies BooksQueryWire);
export const tickSizeRequest = (token: TokenId): VenueRequest =>
  get("/tick-size", { token_id: token });
export const negRiskRequest = (token: TokenId): VenueRequest =>
  get("/neg-risk", { token_id: token });
export const feeRateRequest = (token: TokenId): VenueRequest =>
  get("/fee-rate", { token_id: token });
export const clobMarketRequest = (market: MarketId): VenueRequest => get(`/clob-markets/${market}`);
export const timeRequest = (): VenueRequest => get("/time");
export const versionRequest = (): VenueRequest => get("/version");

/** To Gamma's host. Without `closed`, so that a market that has ended is found too. */
export const gammaEventRequest = (slug: string): VenueRequest => get("/events", { slug });

/** To Gamma's host; only markets that have not ended. */
export const gammaMarketRequest = (slug: string): VenueRequest => get("/markets", { slug });

/** To Gamma's host: a page of a series, without windows that end before `endsAfter`. */
export const gammaSeriesRequest = (
  seriesId: string,
  endsAfter: string,
  cursor: string | null,
): VenueRequest =>
  get("/events/keyset", {
    series_id: seriesId,
    closed: "false",
    // Without a date the list contains markets that ended long ago. [protocol 8.2]
    end_date_min: endsAfter,
    limit: "100",
    ...(cursor === null ? {} : { after_cursor: cursor }),
  });

/** The first frame on the market channel. Resolutions are sent only with the custom feature. */
export const marketSubscription = (tokens: readonly TokenId[]): string =>
  JSON.stringify({
    assets_ids: [...tokens],
    type: "market",
    custom_feature_enabled: true,
  } satisfies MarketSubscriptionWire);

export const marketSubscriptionChange = (
  operation: "subscribe" | "unsubscribe",
  tokens: readonly TokenId[],
): string =>
  JSON.stringify({
    operation,
    assets_ids: [...tokens],
    ...(operation === "subscribe" ? { custom_feature_enabled: true } : {}),
  } satisfies MarketSubscriptionChangeWire);

/**
 * The first frame on the user channel; it carries the secret. Null subscribes to every market, as
 * is needed for v2 markets: which width of their ids the venue filters by is uncertain.
 * [protocol 4.7]
 */
export const userSubscription = (
  { key, secret, passphrase }: ApiKey,
  markets: readonly MarketId[] | null,
): string =>
  JSON.stringify({
    auth: { apiKey: key, secret, passphrase },
    type: "user",
    ...(markets === null ? {} : { markets: [...markets] }),
  } satisfies UserSubscriptionWire);

export const userSubscriptionChange = (
  operation: "subscribe" | "unsubscribe",
  markets: readonly MarketId[],
): string =>
  JSON.stringify({ operation, markets: [...markets] } satisfies UserSubscriptionChangeWire);

/** Sent every 10 s on either channel; the answer is PONG. [protocol 6.1] */
export const PING = "PING";

const unixSeconds = (at: EpochMs): string => String(Math.floor(at / 1000));

const get = (path: string, query: Readonly<Record<string, string>> = {}): VenueRequest => ({
  method: "GET",
  path,
  query,
  body: null,
});

const withBody = (method: VenueRequest["method"], path: string, body: object): VenueRequest => ({
  method,
  path,
  query: {},
  body: JSON.stringify(body),
});

const post = (path: string, body: object): VenueRequest => withBody("POST", path, body);
