/** Discovery over HTTP: emits each window of the series as soon as it can be traded. */
import {
  type Observable,
  concat,
  concatMap,
  defer,
  filter,
  ignoreElements,
  map,
  merge,
  of,
  repeat,
  share,
  takeUntil,
  takeWhile,
  timer,
} from "rxjs";
import {
  type EpochMs,
  type Market,
  type MarketId,
  type ReferencePrice,
  after,
  causeOf,
  whyNot,
} from "../../../types/index.ts";
import type { Time } from "../../index.ts";
import {
  type DecodeWarning,
  type Reply,
  decodeClobMarket,
  disagreements,
  type Listing,
  decodeGammaEvents,
  settlementConflict,
  isSuccess,
  lostReply,
} from "../decode/index.ts";
import { clobMarketRequest, gammaEventRequest } from "./encode.ts";
import {
  type HttpRequest,
  type ConnectionPool,
  connectionPool,
  outgoing,
} from "./connectionPool.ts";
import type { Series, Window } from "./series.ts";

export interface DiscoveryOptions {
  /** Gamma's URL, possibly with a path. */
  readonly gamma: string;
  /** Origin (scheme, host, port) of the order book's API. */
  readonly origin: string;
  readonly series: readonly Series[];
  /** Called where Gamma has no strike yet: the strike, or in words why it is not known. */
  readonly strikeOf: (window: Window, series: Series) => Observable<ReferencePrice | string>;
  readonly onDecodeWarning: (source: string, warning: DecodeWarning) => void;
  readonly timing: DiscoveryTiming;
}

export interface DiscoveryTiming {
  readonly pollMs: number;
  readonly answerMs: number;
}

export const DISCOVERY_TIMING: DiscoveryTiming = { pollMs: 500, answerMs: 5_000 };

export interface Discovery {
  /** The open window of each series, then each new one. Never errors or completes. */
  readonly market$: Observable<Market>;
  readonly attempt$: Observable<Attempt>;
  /** By market; a market is in it before it is emitted. */
  readonly listings: ReadonlyMap<MarketId, Listing>;
}

/** At every poll of a series. */
export interface Attempt {
  readonly series: string;
  /** Why its window is not tradable yet; null once it is. */
  readonly why: string | null;
}

/** Listings kept; half an hour after its end at the latest a market needs none. */
const LISTINGS_MAX = 256;

export function discovery(
  { gamma, origin, series, strikeOf, onDecodeWarning, timing }: DiscoveryOptions,
  { clock, scheduler }: Time,
): Discovery {
  const { pollMs, answerMs } = timing;
  const listings = new Map<MarketId, Listing>();
  const { origin: gammaOrigin, pathname } = new URL(gamma);
  // Each series asks one at a time, and may leave a request behind as its window ends.
  const connectionsMax = 2 * series.length;
  const poolFor = (at: string): ConnectionPool =>
    connectionPool({ origin: at, connectionsMax, leaveMs: answerMs, answerMs }, scheduler);
  const gammaPool = poolFor(gammaOrigin);
  const bookPool = poolFor(origin);

  const ask = (pool: ConnectionPool, request: HttpRequest): Observable<Reply | string> =>
    pool
      .send(request)
      .pipe(
        map((answer) => (answer.type === "answered" ? answer : named(request, whyNot(answer)))),
      );
  const listed = (window: Window, ofSeries: Series): Observable<Listing | string> => {
    const before = pathname.replace(/\/$/, "");
    const request = outgoing(gammaEventRequest(window.slug), undefined, before);
    return ask(gammaPool, request).pipe(
      map((reply) => {
        if (typeof reply === "string") return reply;
        return isSuccess(reply)
          ? listingOf(window, ofSeries, reply)
          : named(request, lostReply(reply).detail);
      }),
    );
  };
  /** Confirms with the order book: its pairing of tokens and names is the one to trust. */
  const agreed = (listing: Listing): Observable<Listing | string> => {
    const request = outgoing(clobMarketRequest(listing.market.id));
    return ask(bookPool, request).pipe(
      map((reply) => {
        if (typeof reply === "string") return reply;
        const { answer, warnings } = decodeClobMarket(reply);
        for (const warning of warnings) onDecodeWarning("clob-markets", warning);
        if (answer.type !== "answered") return named(request, answer.detail);
        if (answer.value === null) return "the order book does not know the market";
        const different = disagreements(listing, answer.value);
        return different.length === 0
          ? listing
          : `Gamma and the order book differ: ${different.join("; ")}`;
      }),
    );
  };

  function listingOf(
    { slug, opensAt }: Window,
    { settledBy }: Series,
    { text }: Reply,
  ): Listing | string {
    const { answer, warnings } = decodeGammaEvents(text);
    for (const warning of warnings) onDecodeWarning("gamma", warning);
    const listing = answer.listed.find(({ market }) => market.slug === slug);
    if (listing === undefined) {
      const isUnread = warnings.some(({ type }) => type === "garbled");
      return answer.unlisted[0]?.why ?? (isUnread ? `not understood: ${text}` : "not listed");
    }
    // Names repeat, in autumn or over the years: only the start identifies a window.
    if (listing.market.opensAt !== opensAt) return "its name is that of another window";
    const conflict = settlementConflict(listing, settledBy);
    if (conflict !== null) return conflict;
    return listing.isTradeReady ? listing : "it accepts no orders yet";
  }

  /** With its strike: the venue's own if it has one. */
  const asMarket = (
    listing: Listing,
    window: Window,
    ofSeries: Series,
  ): Observable<Market | string> =>
    (listing.strike === null ? strikeOf(window, ofSeries) : of(listing.strike)).pipe(
      map((strike) => {
        if (typeof strike === "string") return strike;
        keep(listings, listing);
        const { name, coin, settledBy } = ofSeries;
        return { ...listing.market, series: name, coin, strike, settledBy };
      }),
    );

  const tradable = (window: Window, ofSeries: Series): Observable<Market | string> =>
    listed(window, ofSeries).pipe(
      concatMap((it) => (typeof it === "string" ? of(it) : agreed(it))),
      concatMap((it) => (typeof it === "string" ? of(it) : asMarket(it, window, ofSeries))),
      map((it) => (typeof it === "string" ? causeOf(window.slug, it) : it)),
    );

  const found = (windows: readonly Window[], ofSeries: Series): Observable<Market | string> =>
    defer(() => concat(...windows.map((window) => tradable(window, ofSeries)))).pipe(
      repeat({ delay: () => timer(pollMs, scheduler) }),
      takeWhile((it) => typeof it === "string", true),
    );

  const windowsOf = (ofSeries: Series): Observable<Market | string> =>
    defer(() => {
      const now = clock.now().epochMs;
      const windows = ofSeries.windowsAt(now);
      const endsAt = Math.min(...windows.map(({ opensAt }) => after(opensAt, ofSeries.windowMs)));
      // One more ms: a timer may fire slightly early by the wall clock.
      const over$ = timer(Math.ceil(endsAt - now) + 1, scheduler);
      return merge(found(windows, ofSeries).pipe(takeUntil(over$)), over$.pipe(ignoreElements()));
    }).pipe(repeat());
  const found$ = merge(
    ...series.map((one) => windowsOf(one).pipe(map((it) => ({ series: one.name, it })))),
  ).pipe(share());

  return {
    market$: found$.pipe(
      map(({ it }) => it),
      filter((it) => typeof it !== "string"),
      filter(isLater()),
    ),
    attempt$: found$.pipe(
      map(({ series: name, it }) => ({ series: name, why: typeof it === "string" ? it : null })),
    ),
    listings,
  };
}

/** Ids in a path would make each market another cause. */
const named = ({ method, path }: HttpRequest, why: string): string =>
  causeOf(`${method} ${path.replace(/\?.*$|\/0x.*$/, "")}`, why);

/** Without this a clock that is set back would open a market twice. */
function isLater(): (market: Market) => boolean {
  const lastOf = new Map<string | undefined, EpochMs>();
  return ({ series, opensAt }) => {
    if (opensAt <= (lastOf.get(series) ?? -Infinity)) return false;
    lastOf.set(series, opensAt);
    return true;
  };
}

function keep(listings: Map<MarketId, Listing>, listing: Listing): void {
  listings.set(listing.market.id, listing);
  if (listings.size <= LISTINGS_MAX) return;
  // Not the oldest: a window of hours is needed longer than many of minutes that came after it.
  const [first] = [...listings.values()].toSorted((a, b) => a.market.endsAt - b.market.endsAt);
  if (first) listings.delete(first.market.id);
}
