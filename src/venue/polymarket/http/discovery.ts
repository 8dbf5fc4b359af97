/** Discovery over HTTP: the windows of a series, each as soon as it can be traded. */
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
  take,
  takeUntil,
  tap,
  timer,
} from "rxjs";
import { type Market, type MarketId, type ReferencePrice, after } from "../../../types/index.ts";
import type { Time } from "../../index.ts";
import {
  type DecodeWarning,
  type Reply,
  decodeClobMarket,
  disagreements,
  type Listing,
  decodeGammaEvents,
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
  /** Gamma's address; it may have a path. */
  readonly gamma: string;
  /** Of the order book's API: scheme, host and port. */
  readonly origin: string;
  readonly series: Series;
  /** Asked where the venue does not say what a window has to beat; in words, why it is not known. */
  readonly strikeOf: (window: Window) => Observable<ReferencePrice | string>;
  readonly onDecodeWarning: (source: string, warning: DecodeWarning) => void;
  /** Hears why a window is not traded yet; the same again and again while it stays so. */
  readonly onNotYetTraded: (slug: string, why: string) => void;
  readonly timing: DiscoveryTiming;
}

export interface DiscoveryTiming {
  readonly pollMs: number;
  readonly answerMs: number;
}

export const DISCOVERY_TIMING: DiscoveryTiming = { pollMs: 500, answerMs: 5_000 };

export interface Discovery {
  /** The window that is open, then each new one. Never errors or completes. */
  readonly market$: Observable<Market>;
  /** What is needed to trade them; a market is in it before it is emitted. */
  readonly listings: ReadonlyMap<MarketId, Listing>;
}

/** A window is over for us half an hour after its end at the most. */
const LISTINGS_MAX = 256;

export function discovery(
  { gamma, origin, series, strikeOf, onDecodeWarning, onNotYetTraded, timing }: DiscoveryOptions,
  { clock, scheduler }: Time,
): Discovery {
  const { pollMs, answerMs } = timing;
  const listings = new Map<MarketId, Listing>();
  const { origin: gammaOrigin, pathname } = new URL(gamma);
  const opened = (at: string): ConnectionPool =>
    connectionPool({ origin: at, connectionsMax: 2, leaveMs: answerMs, answerMs }, scheduler);
  const lists = opened(gammaOrigin);
  const books = opened(origin);

  const ask = (on: ConnectionPool, request: HttpRequest): Observable<Reply | string> =>
    on
      .send(request)
      .pipe(
        map((answer) =>
          answer.type === "answered" ? answer : `${request.path.split("?", 1)[0]}: no answer`,
        ),
      );
  const listed = (window: Window): Observable<Listing | string> =>
    ask(
      lists,
      outgoing(gammaEventRequest(window.slug), undefined, pathname.replace(/\/$/, "")),
    ).pipe(map((reply) => (typeof reply === "string" ? reply : listingOf(window, reply))));
  /** The order book's own word on the pairing of tokens and names is the one to trust. */
  const agreed = (listing: Listing): Observable<Listing | string> =>
    ask(books, outgoing(clobMarketRequest(listing.market.id))).pipe(
      map((reply) => {
        if (typeof reply === "string") return reply;
        const { answer, warnings } = decodeClobMarket(reply);
        for (const warning of warnings) onDecodeWarning("clob-markets", warning);
        if (answer.type !== "answered") return "the order book's answer is of no use";
        if (answer.value === null) return "the order book does not know it";
        const different = disagreements(listing, answer.value);
        return different.length === 0
          ? listing
          : `Gamma and the order book: ${different.join("; ")}`;
      }),
    );

  function listingOf({ slug, opensAt }: Window, { status, text }: Reply): Listing | string {
    if (status !== 200) return `HTTP ${status}`;
    const { answer, warnings } = decodeGammaEvents(text);
    for (const warning of warnings) onDecodeWarning("gamma", warning);
    const listing = answer.listed.find(({ market }) => market.slug === slug);
    if (listing === undefined) return answer.unlisted[0]?.why ?? "not listed";
    // Names repeat, in autumn or over the years; when it begins is what a window is known by.
    if (listing.market.opensAt !== opensAt) return "another window has its name";
    return listing.isTradeReady ? listing : "it takes no orders";
  }

  /** What it has to beat: the venue's own word first. */
  const asMarket = (listing: Listing, window: Window): Observable<Market | string> =>
    (listing.strike === null ? strikeOf(window) : of(listing.strike)).pipe(
      map((strike) => {
        if (typeof strike === "string") return strike;
        keep(listings, listing);
        return { ...listing.market, strike };
      }),
    );

  const tradable = (window: Window): Observable<Market> =>
    listed(window).pipe(
      concatMap((it) => (typeof it === "string" ? of(it) : agreed(it))),
      concatMap((it) => (typeof it === "string" ? of(it) : asMarket(it, window))),
      tap((it) => {
        if (typeof it === "string") onNotYetTraded(window.slug, it);
      }),
      filter((it) => typeof it !== "string"),
    );

  const found = (windows: readonly Window[]): Observable<Market> =>
    defer(() => concat(...windows.map(tradable))).pipe(
      repeat({ delay: () => timer(pollMs, scheduler) }),
      take(1),
    );

  const window$ = defer(() => {
    const now = clock.now().epochMs;
    const windows = series.windowsAt(now);
    const endsAt = Math.min(...windows.map(({ opensAt }) => after(opensAt, series.windowMs)));
    // A timer may come a moment early by the clock of the wall.
    const over$ = timer(Math.ceil(endsAt - now) + 1, scheduler);
    return merge(found(windows).pipe(takeUntil(over$)), over$.pipe(ignoreElements()));
  }).pipe(repeat());

  return { market$: window$.pipe(filter(isLater())), listings };
}

/** A clock that is set back must not open a market twice. */
function isLater(): (market: Market) => boolean {
  let last = -Infinity;
  return ({ opensAt }) => {
    if (opensAt <= last) return false;
    last = opensAt;
    return true;
  };
}

function keep(listings: Map<MarketId, Listing>, listing: Listing): void {
  listings.set(listing.market.id, listing);
  const [oldest] = listings.keys();
  if (listings.size > LISTINGS_MAX && oldest !== undefined) listings.delete(oldest);
}
