/** Discovery over HTTP: the windows of a rolling series, each as soon as it can be traded. */
import {
  EMPTY,
  type Observable,
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
import { type EpochMs, type Market, type MarketId, after, epochMs } from "../../types/index.ts";
import type { Time } from "../index.ts";
import type { Oddity, Reply } from "./decode.ts";
import { decodeClobMarket, disagreements } from "./decodePublic.ts";
import { type VenueRequest, clobMarketRequest, gammaEventRequest } from "./encode.ts";
import { type Listing, decodeGammaEvents } from "./gamma.ts";
import { line } from "./rest.ts";
import { Secret } from "./sign/index.ts";

export interface DiscoveryOptions {
  /** Gamma's address; it may have a path. */
  readonly gamma: string;
  /** Of the order book's API: scheme, host and port. */
  readonly origin: string;
  /** Windows begin at whole multiples of it. */
  readonly windowMs: number;
  readonly hearOddity: (source: string, oddity: Oddity) => void;
  /** Hears why a window is not traded yet; the same again and again while it stays so. */
  readonly hearWaiting: (slug: string, why: string) => void;
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
  { gamma, origin, windowMs, hearOddity, hearWaiting, timing }: DiscoveryOptions,
  { clock, scheduler }: Time,
): Discovery {
  const { pollMs, answerMs } = timing;
  const listings = new Map<MarketId, Listing>();
  const { origin: gammaOrigin, pathname } = new URL(gamma);
  const opened = (at: string) =>
    line({ origin: at, connectionsMax: 2, leaveMs: answerMs, answerMs }, scheduler);
  const lists = opened(gammaOrigin);
  const books = opened(origin);

  const ask = (
    on: typeof lists,
    { path, query }: VenueRequest,
    before = "",
  ): Observable<Reply | string> => {
    const search = new URLSearchParams(query).toString();
    const asked = `${before}${path}${search === "" ? "" : `?${search}`}`;
    return on
      .send({ method: "GET", path: asked, headers: new Secret({}), body: null })
      .pipe(map((answer) => (answer.type === "answered" ? answer : `${path}: no answer`)));
  };
  const listed = (slug: string): Observable<Listing | string> =>
    ask(lists, gammaEventRequest(slug), pathname.replace(/\/$/, "")).pipe(
      map((reply) => (typeof reply === "string" ? reply : listingNamed(slug, reply))),
    );
  /** The order book's own word on the pairing of tokens and names is the one to trust. */
  const agreed = (listing: Listing): Observable<Listing | string> =>
    ask(books, clobMarketRequest(listing.market.id)).pipe(
      map((reply) => {
        if (typeof reply === "string") return reply;
        const { answer, oddities } = decodeClobMarket(reply);
        for (const oddity of oddities) hearOddity("clob-markets", oddity);
        if (answer.type !== "answered") return "the order book's answer is of no use";
        if (answer.value === null) return "the order book does not know it";
        const different = disagreements(listing, answer.value);
        return different.length === 0
          ? listing
          : `Gamma and the order book: ${different.join("; ")}`;
      }),
    );

  function listingNamed(slug: string, { status, text }: Reply): Listing | string {
    if (status !== 200) return `HTTP ${status}`;
    const { answer, oddities } = decodeGammaEvents(text);
    for (const oddity of oddities) hearOddity("gamma", oddity);
    const listing = answer.listed.find(({ market }) => market.slug === slug);
    if (listing === undefined) return answer.unlisted[0]?.why ?? "not listed";
    if (listing.strike === null) return "what it has to beat is not known yet";
    return listing.isTradeReady ? listing : "it takes no orders";
  }

  const found = (slug: string): Observable<Market> =>
    defer(() => listed(slug)).pipe(
      concatMap((listing) => (typeof listing === "string" ? of(listing) : agreed(listing))),
      tap((listing) => {
        if (typeof listing === "string") hearWaiting(slug, listing);
        else keep(listings, listing);
      }),
      repeat({ delay: () => timer(pollMs, scheduler) }),
      concatMap((listing) =>
        typeof listing === "string" || listing.strike === null
          ? EMPTY
          : of({ ...listing.market, strike: listing.strike }),
      ),
      take(1),
    );

  const window$ = defer(() => {
    const now = clock.now().epochMs;
    const opensAt = epochMs(Math.floor(now / windowMs) * windowMs);
    // A timer may come a moment early by the clock of the wall.
    const over$ = timer(Math.ceil(after(opensAt, windowMs) - now) + 1, scheduler);
    return merge(
      found(windowSlug(windowMs, opensAt)).pipe(takeUntil(over$)),
      over$.pipe(ignoreElements()),
    );
  }).pipe(repeat());

  return { market$: window$.pipe(filter(isLater())), listings };
}

/** As the venue names the windows of its rolling series, from the minute to the day. [protocol 8.1] */
export function windowSlug(windowMs: number, opensAt: EpochMs): string {
  return `btc-updown-${spanText(windowMs / 1_000)}-${Math.floor(opensAt / 1_000)}`;
}

function spanText(seconds: number): string {
  if (seconds % 3_600 === 0) return `${seconds / 3_600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
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
