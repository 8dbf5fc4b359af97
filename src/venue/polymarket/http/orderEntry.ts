/** The venue over HTTP: the port of `types/ports.ts` in the words of Polymarket. */
import { type Observable, concatMap, defer, forkJoin, map, merge, of } from "rxjs";
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
import {
  type HttpAnswer,
  type HttpRequest,
  type HttpResponse,
  type ConnectionPool,
  connectionPool,
  outgoing,
} from "./connectionPool.ts";
import {
  type Credentials,
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
} from "../sign/index.ts";

/** Who trades. */
export interface Identity {
  readonly account: SigningAccount;
  readonly key: PrivateKey;
  readonly signer: Signer;
  readonly credentials: Credentials;
}

export interface VenueOptions {
  /** Of the order book's API: scheme, host and port. */
  readonly origin: string;
  readonly identity: Identity;
  /** What is traded, by id; looked into at every request. An unlisted market is not traded. */
  readonly listings: ReadonlyMap<MarketId, Listing>;
  readonly onDecodeWarning: (source: string, warning: DecodeWarning) => void;
  readonly timing: VenueTiming;
}

/** Longer than the gateway's deadlines: an answer that it gave up on is still a fact. */
export interface VenueTiming {
  /** What could not leave by then does not: it was decided for a moment that has passed. */
  readonly leaveMs: number;
  readonly placeMs: number;
  readonly cancelMs: number;
  readonly readMs: number;
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
  /** Keeps connections open for what is urgent. To be subscribed to once; never ends. */
  readonly background$: Observable<never>;
}

/** One that hangs must not hold up the next; what hangs longer ends at its deadline. */
const CONNECTIONS_MAX = 8;
const READ_CONNECTIONS_MAX = 16;
/** One may be busy with being kept warm. */
const WARM_CONNECTIONS = 2;
/** Of 100 entries. */
const PAGES_MAX = 100;

export function polymarketVenue(
  { origin, identity, listings, onDecodeWarning, timing }: VenueOptions,
  { clock, scheduler }: Time,
): PolymarketVenue {
  const { account, key, signer, credentials } = identity;
  const opened = (answerMs: number, connectionsMax = CONNECTIONS_MAX): ConnectionPool =>
    connectionPool({ origin, connectionsMax, leaveMs: timing.leaveMs, answerMs }, scheduler);
  const stops = opened(timing.cancelMs);
  const cancels = opened(timing.cancelMs);
  const places = opened(timing.placeMs);
  const reads = opened(timing.readMs, READ_CONNECTIONS_MAX);
  const beats = opened(timing.readMs);

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

  /** The headers sign the very bytes that are sent, and the path without its query. */
  const authorised = (request: VenueRequest): HttpRequest => {
    const proof = l2Headers(account.owner, credentials, request, clock.now().epochMs);
    return outgoing(request, request.body === null ? proof : withJson(proof));
  };

  const heard = <Answer>({ answer, warnings }: Decoded<Answer>, { path }: VenueRequest): Answer => {
    for (const warning of warnings) onDecodeWarning(path.replace(/\/0x.*$/, ""), warning);
    return answer;
  };

  /** Signed when it is subscribed to, so that a second subscription is a request of its own. */
  const ask = <Answer extends object>(
    on: ConnectionPool,
    request: VenueRequest,
    decode: (reply: Reply) => Decoded<Answer>,
    mayLeave?: () => boolean,
  ): Observable<Counted<Answer> | Lost | NotSent> =>
    defer(() => on.send(authorised(request), mayLeave)).pipe(
      map((answer) => {
        if (answer.type !== "answered") return answer;
        const allowance = allowanceOf(answer, clock.now().epochMs);
        return { ...heard(decode(answer), request), ...(allowance !== null && { allowance }) };
      }),
    );

  /** To the last page, or not at all. */
  const pages = <Entry>(
    request: (cursor: string) => VenueRequest,
    decode: (reply: Reply) => Read<Page<Entry>>,
  ): Observable<ReadAnswer<readonly Entry[]>> => {
    const from = (
      cursor: string,
      before: readonly Entry[],
      seen: readonly string[],
    ): Observable<ReadAnswer<readonly Entry[]>> =>
      ask(reads, request(cursor), decode).pipe(
        concatMap((answer): Observable<ReadAnswer<readonly Entry[]>> => {
          if (answer.type !== "answered") return of(seen.length === 0 ? answer : CUT_OFF);
          const entries = [...before, ...answer.value.entries];
          const { next } = answer.value;
          if (next === null) return of({ type: "answered", value: entries });
          const asked = [...seen, cursor];
          const isLoop = asked.includes(next) || asked.length >= PAGES_MAX;
          return isLoop ? of(CUT_OFF) : from(next, entries, asked);
        }),
      );
    return defer(() => from(FIRST_CURSOR, [], []));
  };

  const signed = (leg: PlaceLeg): SignedLeg => {
    const order = orderOf(account, leg.ticket);
    return { leg, signed: signOrder(signer, hasherOf(leg.ticket.market), key, order) };
  };

  let heartbeatId = "";
  const beat = (again: boolean): Observable<ReadAnswer<null>> =>
    defer(() => ask(beats, heartbeatRequest(heartbeatId), decodeHeartbeat)).pipe(
      concatMap((answer): Observable<ReadAnswer<null>> => {
        if (answer.type !== "answered") return of(answer);
        heartbeatId = answer.value.id;
        if (answer.value.type === "beaten") return of({ type: "answered", value: null });
        return again ? beat(false) : of(lost("the venue waits for another heartbeat"));
      }),
    );

  const venue: Venue = {
    orderId: (ticket: OrderTicket) => hasherOf(ticket.market).orderId(orderOf(account, ticket)),
    place: (legs, mayLeave) =>
      defer(() =>
        ask(
          places,
          placeRequest(legs.map(signed), credentials.apiKey),
          (reply) => decodePlaceAnswer(reply, legs.length),
          mayLeave,
        ),
      ),
    cancel: (orderIds) => ask(cancels, cancelRequest(orderIds), decodeCancelAnswer),
    cancelAll: (market) => ask(stops, cancelAllRequest(market), decodeCancelAnswer),
    openOrders: (market) =>
      pages(
        (cursor) => ordersRequest(market, cursor),
        (reply) => decodeOrdersPage(reply, marketsOf(listings)),
      ),
    order: (id) =>
      ask(reads, orderRequest(id), (reply) => orderAmong(reply, id, marketsOf(listings))),
    trades: (market, since) =>
      defer(() => {
        const { tokenIds } = listingOf(market).market;
        const { feeRate } = listingOf(market);
        const us = { apiKey: credentials.apiKey, wallet: account.maker, isOurs: () => false };
        return pages(
          (cursor) => tradesRequest(market, since, cursor),
          (reply) => decodeTradesPage(reply, { id: market, tokenIds, feeRate }, us),
        );
      }).pipe(map((answer) => notBefore(since, answer))),
    balances: (market) =>
      defer(() => {
        const { exchange, market: listed } = listingOf(market);
        const request = (token: keyof Balances): VenueRequest =>
          balanceRequest(
            token === "cash" ? null : listed.tokenIds[token],
            exchange,
            SIGNATURE_TYPES[account.wallet],
          );
        const one = (token: keyof Balances): Observable<HttpAnswer> =>
          defer(() => reads.send(authorised(request(token))));
        return forkJoin({ cash: one("cash"), YES: one("YES"), NO: one("NO") }).pipe(
          map((replies): ReadAnswer<Balances> => {
            const { cash, YES, NO } = replies;
            return isResponse(cash) && isResponse(YES) && isResponse(NO)
              ? heard(decodeBalances({ cash, YES, NO }), request("cash"))
              : CUT_OFF;
          }),
        );
      }),
    heartbeat: () => beat(true),
  };

  const warm = (on: ConnectionPool): Observable<never> =>
    on.warm(outgoing(timeRequest()), {
      connections: WARM_CONNECTIONS,
      everyMs: timing.warmEveryMs,
    });
  return { venue, background$: merge(warm(stops), warm(cancels), warm(places)) };
}

/** A list, or a row of reads, of which a part is missing. */
const CUT_OFF = lost("not all of it was answered");

const isResponse = (answer: HttpAnswer): answer is HttpResponse => answer.type === "answered";

const marketsOf = (listings: ReadonlyMap<MarketId, Listing>): readonly Listing["market"][] =>
  [...listings.values()].map(({ market }) => market);

/** Which market an id is of, only the answer says. */
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

/** The venue's times are whole seconds, and it is asked for one more of them. */
function notBefore(
  since: EpochMs,
  answer: ReadAnswer<readonly TradeReport[]>,
): ReadAnswer<readonly TradeReport[]> {
  if (answer.type !== "answered") return answer;
  const from = Math.floor(since / 1_000) * 1_000;
  return { type: "answered", value: answer.value.filter(({ matchedAt }) => matchedAt >= from) };
}

const withJson = (headers: HttpRequest["headers"]): HttpRequest["headers"] =>
  new Secret({ ...headers.reveal(), "content-type": "application/json" });
