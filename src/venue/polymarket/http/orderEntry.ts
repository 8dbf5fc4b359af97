/** Order entry over HTTP: the port `Venue` of `types/ports.ts` for Polymarket. */
import { type Observable, concat, concatMap, defer, forkJoin, map, merge, of, toArray } from "rxjs";
import {
  type Balances,
  type Counted,
  type EpochMs,
  type Lost,
  type MarketId,
  type NotSent,
  type OrderTicket,
  type PlaceLeg,
  type ReadAnswer,
  type TradeReport,
  type Venue,
  assert,
  causeOf,
  whyNot,
} from "../../../types/index.ts";
import type { Time } from "../../index.ts";
import {
  type Decoded,
  type DecodeWarning,
  type Reply,
  allowanceOf,
  decodeCancelAnswer,
  decodePlaceAnswer,
  lost,
  retryAfterSeconds,
  type Page,
  type Read,
  decodeBalances,
  decodeHeartbeat,
  decodeOrder,
  decodeOrdersPage,
  decodeTradesPage,
  type Listing,
} from "../decode/index.ts";
import {
  FIRST_CURSOR,
  type SignedLeg,
  type VenueRequest,
  balanceRequest,
  cancelAllRequest,
  cancelRequest,
  heartbeatRequest,
  orderRequest,
  ordersRequest,
  placeRequest,
  timeRequest,
  tradesRequest,
} from "./encode.ts";
import type { CredentialsHolder } from "./credentials.ts";
import {
  type HttpAnswer,
  type HttpRequest,
  type ConnectionPool,
  connectionPool,
  outgoing,
} from "./connectionPool.ts";
import {
  type Address,
  type Credentials,
  type Order,
  type OrderHasher,
  type PrivateKey,
  SIGNATURE_TYPES,
  Secret,
  type Signer,
  type SigningAccount,
  exchangeOf,
  l2Headers,
  orderHasher,
  orderOf,
  signOrder,
  withoutSecrets,
} from "../sign/index.ts";

/** The account that trades, and the means to sign for it. */
export interface Identity {
  readonly account: SigningAccount;
  readonly key: PrivateKey;
  readonly signer: Signer;
  readonly credentials: CredentialsHolder;
}

export interface VenueOptions {
  /** Origin (scheme, host, port) of the order book's API. */
  readonly origin: string;
  readonly identity: Identity;
  /** The markets that are traded; read at every request. A request for any other is a bug. */
  readonly listings: ReadonlyMap<MarketId, Listing>;
  readonly onDecodeWarning: (source: string, warning: DecodeWarning) => void;
  readonly timing: VenueTiming;
}

/** Deadlines longer than the gateway's: an answer that comes after those is still a fact. */
export interface VenueTiming {
  /** A request that is not on the wire by then is given up: its decision is out of date. */
  readonly leaveMs: number;
  readonly placeMs: number;
  readonly cancelMs: number;
  readonly readMs: number;
  /** Keep-alive requests on the urgent connections. */
  readonly warmEveryMs: number;
}

export const VENUE_TIMING: VenueTiming = {
  leaveMs: 1_000,
  placeMs: 30_000,
  cancelMs: 10_000,
  readMs: 10_000,
  warmEveryMs: 1_500,
};

export interface PolymarketVenue {
  readonly venue: Venue;
  /** Keeps connections open for stops, cancels and places. Subscribe once; never ends. */
  readonly background$: Observable<never>;
}

/** Per kind of request, so that one that hangs until its deadline does not delay the next. */
const CONNECTIONS_MAX = 8;
const READ_CONNECTIONS_MAX = 16;
/** Two: one may be busy with its keep-alive request. */
const WARM_CONNECTIONS = 2;
const UNAUTHORISED = 401;
/** Pages of 100 entries of one list: more trades of one market than are ever kept, four times. */
const PAGES_MAX = 1_000;

export function polymarketVenue(
  { origin, identity, listings, onDecodeWarning, timing }: VenueOptions,
  { clock, scheduler }: Time,
): PolymarketVenue {
  const { account, key, signer, credentials } = identity;
  const poolFor = (answerMs: number, connectionsMax = CONNECTIONS_MAX): ConnectionPool =>
    connectionPool({ origin, connectionsMax, leaveMs: timing.leaveMs, answerMs }, scheduler);
  const stops = poolFor(timing.cancelMs);
  const cancels = poolFor(timing.cancelMs);
  const places = poolFor(timing.placeMs);
  const reads = poolFor(timing.readMs, READ_CONNECTIONS_MAX);
  const heartbeats = poolFor(timing.readMs);

  const listingOf = (market: MarketId): Listing => {
    const listing = listings.get(market);
    assert(listing !== undefined, "F", "a market that is not listed", { market });
    return listing;
  };
  const hasherFor = (version: Listing["exchange"], isNegRisk: boolean): OrderHasher =>
    orderHasher(signer.keccak256, exchangeOf(version, isNegRisk));
  const hashers = {
    "2": { plain: hasherFor("2", false), negRisk: hasherFor("2", true) },
    "3": { plain: hasherFor("3", false), negRisk: hasherFor("3", true) },
  };
  const hasherOf = (market: MarketId): OrderHasher => {
    const { exchange, isNegRisk } = listingOf(market);
    return hashers[exchange][isNegRisk ? "negRisk" : "plain"];
  };

  /** Signed when it is sent, and so when it is subscribed to: each subscription is a request of its own. */
  const exchanged = <Answer>(
    pool: ConnectionPool,
    request: VenueRequest,
    read: (answer: HttpAnswer) => Answer,
    mayLeave?: () => boolean,
  ): Observable<Answer> => {
    const used = credentials.read();
    const by = { owner: account.owner, credentials: used };
    return pool.send(authorised(request, by, clock.now().epochMs), mayLeave).pipe(
      map((answer) => {
        if (answer.type !== "answered") return read(answer);
        if (answer.status === UNAUTHORISED) credentials.refuse(used);
        // A date in Retry-After is counted from here on.
        const { retryAfter, date } = answer;
        const seconds = retryAfterSeconds(retryAfter, date, clock.now().epochMs);
        return read({ ...answer, text: withoutSecrets(answer.text, used), retryAfter: seconds });
      }),
    );
  };
  const send = (pool: ConnectionPool, request: VenueRequest): Observable<HttpAnswer> =>
    defer(() => exchanged(pool, request, (answer) => answer));

  /** Reports the warnings and returns the answer. */
  const answerOf = <Answer>(
    { answer, warnings }: Decoded<Answer>,
    { path }: VenueRequest,
  ): Answer => {
    for (const warning of warnings) onDecodeWarning(withoutId(path), warning);
    return answer;
  };

  /** The request is made when it is sent. */
  const ask = <Answer extends object>(
    pool: ConnectionPool,
    requestNow: () => VenueRequest,
    decode: (reply: Reply) => Decoded<Answer>,
    mayLeave?: () => boolean,
  ): Observable<Counted<Answer> | Lost | NotSent> =>
    defer(() => {
      const request = requestNow();
      const read = (answer: HttpAnswer): Counted<Answer> | Lost | NotSent => {
        if (answer.type !== "answered") return asked(request, answer);
        const allowance = allowanceOf(answer, clock.now().epochMs);
        const decoded = answerOf(decode(answer), request);
        return asked(request, { ...decoded, ...(allowance !== null && { allowance }) });
      };
      return exchanged(pool, request, read, mayLeave);
    });

  /** A page after the other; lost at once where one of them is, and last where an entry was not read. */
  const pagesOf = <Entry>(
    request: (cursor: string) => VenueRequest,
    decode: (reply: Reply) => Read<Page<Entry>>,
  ): Observable<ReadAnswer<readonly Entry[]>> => {
    const from = (
      cursor: string,
      cursors: ReadonlySet<string>,
      isWholeSoFar: boolean,
    ): Observable<ReadAnswer<readonly Entry[]>> =>
      ask(reads, () => request(cursor), decode).pipe(
        concatMap((answer): Observable<ReadAnswer<readonly Entry[]>> => {
          if (answer.type !== "answered") {
            const isWhole = cursors.size === 0 || answer.type === "lost";
            return of(isWhole ? answer : unanswered(request(cursor), answer));
          }
          const { entries, next, isPartial = false } = answer.value;
          const isWhole = isWholeSoFar && !isPartial;
          if (next === null && isWhole) return of({ type: "answered", value: entries });
          const read = new Set([...cursors, cursor]);
          const isEnd = next === null || read.has(next) || read.size >= PAGES_MAX;
          return concat(
            of({ type: "answered", value: entries, isPart: true } as const),
            isEnd
              ? of(
                  asked(
                    request(cursor),
                    lost(next === null ? "an entry could not be read" : "its pages do not end"),
                  ),
                )
              : from(next, read, isWhole),
          );
        }),
      );
    return defer(() => from(FIRST_CURSOR, new Set(), true));
  };

  /** All pages as one answer; lost if one of them is. */
  const allPages = <Entry>(
    request: (cursor: string) => VenueRequest,
    decode: (reply: Reply) => Read<Page<Entry>>,
  ): Observable<ReadAnswer<readonly Entry[]>> =>
    pagesOf(request, decode).pipe(
      toArray(),
      map(
        (answers) =>
          answers.find((answer) => answer.type !== "answered") ?? {
            type: "answered",
            value: answers.flatMap((answer) => (answer.type === "answered" ? answer.value : [])),
          },
      ),
    );

  // A ticket is asked for its id when it is decided, and signed a moment later: it is the same order then.
  const orders = new WeakMap<OrderTicket, Order>();
  const orderFor = (ticket: OrderTicket): Order => {
    const order = orders.get(ticket) ?? orderOf(account, ticket);
    orders.set(ticket, order);
    return order;
  };

  const signed = (leg: PlaceLeg): SignedLeg => {
    const order = orderFor(leg.ticket);
    return { leg, signed: signOrder(signer, hasherOf(leg.ticket.market), key, order) };
  };

  let heartbeatId = "";
  const sendHeartbeat = (mayRetry: boolean): Observable<ReadAnswer<null>> =>
    ask(heartbeats, () => heartbeatRequest(heartbeatId), decodeHeartbeat).pipe(
      concatMap((answer): Observable<ReadAnswer<null>> => {
        if (answer.type !== "answered") return of(answer);
        heartbeatId = answer.value.id;
        if (answer.value.type === "beaten") return of({ type: "answered", value: null });
        return mayRetry
          ? sendHeartbeat(false)
          : of(asked(heartbeatRequest(""), lost("the venue expects another heartbeat id")));
      }),
    );

  const venue: Venue = {
    orderId: (ticket: OrderTicket) => hasherOf(ticket.market).orderId(orderFor(ticket)),
    place: (legs, mayLeave) =>
      ask(
        places,
        () => placeRequest(legs.map(signed), credentials.read().apiKey),
        (reply) => decodePlaceAnswer(reply, legs.length),
        mayLeave,
      ),
    cancel: (orderIds) => ask(cancels, () => cancelRequest(orderIds), decodeCancelAnswer),
    cancelAll: (market) => ask(stops, () => cancelAllRequest(market), decodeCancelAnswer),
    openOrders: (market) =>
      allPages(
        (cursor) => ordersRequest(market, cursor),
        (reply) => decodeOrdersPage(reply, marketsOf(listings)),
      ),
    order: (id) =>
      ask(
        reads,
        () => orderRequest(id),
        (reply) => orderAmong(reply, id, marketsOf(listings)),
      ),
    trades: (market, since) =>
      defer(() => {
        const { tokenIds } = listingOf(market).market;
        const { feeRate } = listingOf(market);
        const { apiKey } = credentials.read();
        const us = { apiKey, wallet: account.maker, isOurs: () => false };
        return pagesOf(
          (cursor) => tradesRequest(market, since, cursor),
          (reply) => decodeTradesPage(reply, { id: market, tokenIds, feeRate }, us),
        );
      }).pipe(map((answer) => notBefore(since, answer))),
    balances: (market, isRefreshed = false) =>
      defer(() => {
        const { exchange, market: listed } = listingOf(market);
        const request = (token: keyof Balances, isUpdate = false): VenueRequest =>
          balanceRequest(
            token === "cash" ? null : listed.tokenIds[token],
            exchange,
            SIGNATURE_TYPES[account.wallet],
            { isUpdate },
          );
        const one = (token: keyof Balances, isUpdate = false): Observable<HttpAnswer> =>
          send(reads, request(token, isUpdate));
        const all = (isUpdate: boolean): Observable<Record<keyof Balances, HttpAnswer>> =>
          forkJoin({
            cash: one("cash", isUpdate),
            YES: one("YES", isUpdate),
            NO: one("NO", isUpdate),
          });
        const refreshed$: Observable<unknown> = isRefreshed ? all(true) : of(null);
        // A refresh that fails leaves an older reading, which is one all the same.
        return refreshed$.pipe(
          concatMap(() => all(false)),
          map(({ cash, YES, NO }): ReadAnswer<Balances> => {
            const each = request("cash");
            if (cash.type !== "answered") return unanswered(each, cash);
            if (YES.type !== "answered") return unanswered(each, YES);
            if (NO.type !== "answered") return unanswered(each, NO);
            return asked(each, answerOf(decodeBalances({ cash, YES, NO }), each));
          }),
        );
      }),
    heartbeat: () => sendHeartbeat(true),
  };

  const keepWarm = (pool: ConnectionPool): Observable<never> =>
    pool.keepWarm(outgoing(timeRequest()), {
      connections: WARM_CONNECTIONS,
      everyMs: timing.warmEveryMs,
    });
  return { venue, background$: merge(keepWarm(stops), keepWarm(cancels), keepWarm(places)) };
}

/** With what was asked, where there is no answer to it. */
const asked = <Answer extends object>(
  request: VenueRequest,
  answer: Answer | Lost,
): Answer | Lost =>
  isLost(answer) ? { ...answer, detail: causeOf(nameOf(request), answer.detail) } : answer;

const isLost = (answer: object): answer is Lost => "type" in answer && answer.type === "lost";

/** One of several reads: where another has left, the whole is not `notSent`. */
const unanswered = (request: VenueRequest, answer: Lost | NotSent): Lost =>
  lost(causeOf(nameOf(request), whyNot(answer)));

const nameOf = ({ method, path }: VenueRequest): string => `${method} ${withoutId(path)}`;

const withoutId = (path: string): string => path.replace(/\/0x.*$/, "");

const marketsOf = (listings: ReadonlyMap<MarketId, Listing>): readonly Listing["market"][] =>
  [...listings.values()].map(({ market }) => market);

/** The market of an order id is only known from the answer, so each listed market is tried. */
function orderAmong(
  reply: Reply,
  id: string,
  markets: readonly Listing["market"][],
): ReturnType<typeof decodeOrder> {
  const readings = markets.map((market) => decodeOrder(reply, id, market));
  return (
    readings.find(({ answer }) => answer.type === "answered") ??
    readings[0] ?? { answer: lost("no market is listed"), warnings: [] }
  );
}

/** Drops the trades of the second before `since`, which the request includes. */
function notBefore(
  since: EpochMs,
  answer: ReadAnswer<readonly TradeReport[]>,
): ReadAnswer<readonly TradeReport[]> {
  if (answer.type !== "answered") return answer;
  const from = Math.floor(since / 1_000) * 1_000;
  return { ...answer, value: answer.value.filter(({ matchedAt }) => matchedAt >= from) };
}

/** The headers sign the exact body that is sent, and the path without its query. */
export function authorised(
  request: VenueRequest,
  { owner, credentials }: { readonly owner: Address; readonly credentials: Credentials },
  now: EpochMs,
): HttpRequest {
  const proof = l2Headers(owner, credentials, request, now);
  return outgoing(request, request.body === null ? proof : withJson(proof));
}

const withJson = (headers: HttpRequest["headers"]): HttpRequest["headers"] =>
  new Secret({ ...headers.reveal(), "content-type": "application/json" });
