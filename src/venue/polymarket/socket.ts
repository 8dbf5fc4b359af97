/** A channel of the venue: one subscription, one connection. Coming back is the feed's. */
import {
  Observable,
  type SchedulerLike,
  concatMap,
  connect,
  defer,
  ignoreElements,
  merge,
  switchMap,
  tap,
  throwError,
  timeout,
  timer,
} from "rxjs";
import { type RawData, WebSocket } from "ws";
import type {
  Connections,
  Link,
  Market,
  MarketId,
  MarketItem,
  MarketRules,
  UserItem,
} from "../../types/index.ts";
import type { Oddity, PolymarketFrame } from "./decode.ts";
import { decodeMarketFrame } from "./decodeMarket.ts";
import { decodeUserFrame } from "./decodeUser.ts";
import { PING, marketSubscription, userSubscription } from "./encode.ts";
import type { Listing } from "./gamma.ts";
import { type Credentials, Secret } from "./sign/index.ts";

export interface ChannelTiming {
  /** We say PING so often, and once at the beginning. */
  readonly pingEveryMs: number;
  /** Nothing heard for so long, not even PONG: the connection is open, and dead. */
  readonly silentMs: number;
  /** From the beginning to the proof that the subscription was taken. */
  readonly openMs: number;
}

/** The venue wants a PING every 10 s, and has 5 s for its PONG. */
export const CHANNEL_TIMING: ChannelTiming = {
  pingEveryMs: 10_000,
  silentMs: 15_000,
  openMs: 10_000,
};

export interface ChannelOptions<Item> {
  readonly url: string;
  /** The first thing we say. */
  readonly subscription: Secret<string>;
  readonly decode: (text: string) => PolymarketFrame<Item>;
  /**
   * What proves that the subscription was taken. Null where the channel may have nothing to say: it
   * reads in order and closes on whom it does not know, so an answer to our PING is the proof.
   */
  readonly isSnapshot: ((item: Item) => boolean) | null;
  readonly hearOddity: (oddity: Oddity) => void;
  readonly timing: ChannelTiming;
}

/** Errors with its cause when the connection ends, whoever ends it; never completes. */
export function channel<Item>(
  { url, subscription, decode, isSnapshot, hearOddity, timing }: ChannelOptions<Item>,
  scheduler: SchedulerLike,
): Observable<Link<Item>> {
  const { pingEveryMs, silentMs, openMs } = timing;
  return defer(() => {
    // What comes before the proof is not lost, and proves nothing.
    let held: readonly Item[] | null = [];
    const read = (text: string): readonly Link<Item>[] => {
      const { items, oddities } = decode(text);
      for (const oddity of oddities) hearOddity(oddity);
      if (held === null) return items.map(asLink);
      held = [...held, ...items];
      const isProof = isSnapshot === null ? oddities.length === 0 : items.some(isSnapshot);
      if (!isProof) return [];
      const links: readonly Link<Item>[] = [{ type: "opened" }, ...held.map(asLink)];
      held = null;
      return links;
    };
    return socket(url, scheduler).pipe(
      timeout({
        first: openMs,
        each: silentMs,
        with: ({ seen }) =>
          broken(
            seen === 0
              ? `no connection in ${openMs} ms`
              : `frozen: nothing heard for ${silentMs} ms`,
          ),
        scheduler,
      }),
      connect((event$) =>
        merge(
          event$.pipe(concatMap((event) => (event.type === "text" ? read(event.text) : []))),
          event$.pipe(
            concatMap((event) => (event.type === "opened" ? [event] : [])),
            switchMap(({ send }) => {
              send(subscription.reveal());
              return timer(0, pingEveryMs, scheduler).pipe(tap(() => send(PING)));
            }),
            ignoreElements(),
          ),
        ),
      ),
      timeout({
        first: openMs,
        with: () => broken(`the subscription was not answered in ${openMs} ms`),
        scheduler,
      }),
    );
  });
}

/** How the end of a link is told, and why it came (`types/feed.ts`). */
const broken = (cause: string): Observable<never> => throwError(() => brokenBy(cause));
const brokenBy = (cause: string): Error => new Error(cause); // tidy-ok: the end of a connection is its error notification, with the cause

const asLink = <Item>(item: Item): Link<Item> => ({ type: "item", item });

type SocketEvent =
  | { readonly type: "opened"; readonly send: (text: string) => void }
  | { readonly type: "text"; readonly text: string };

const FRAME_BYTES_MAX = 4 * 1024 * 1024;
/** How long the other side has to say goodbye. */
const CLOSE_MS = 1_000;
const REASON_LENGTH = 100;

function socket(url: string, scheduler: SchedulerLike): Observable<SocketEvent> {
  return new Observable((subscriber) => {
    const ws = new WebSocket(url, { perMessageDeflate: false, maxPayload: FRAME_BYTES_MAX });
    ws.on("open", () => subscriber.next({ type: "opened", send: (text) => ws.send(text) }));
    ws.on("message", (frame) => subscriber.next({ type: "text", text: textOf(frame) }));
    // Both stay when we have left: ws reports a handshake that we broke off as an error.
    ws.on("error", (error) => subscriber.error(error));
    ws.on("close", (code, reason) =>
      subscriber.error(brokenBy(`closed: ${code} ${textOf(reason).slice(0, REASON_LENGTH)}`)),
    );
    return () => {
      if (ws.readyState === WebSocket.CLOSED) return;
      ws.close();
      const patience = scheduler.schedule(() => ws.terminate(), CLOSE_MS);
      ws.on("close", () => patience.unsubscribe());
    };
  });
}

/** Frames come as one Buffer, by the default of `binaryType`; another kind would be no text. */
const textOf = (frame: RawData): string => (Buffer.isBuffer(frame) ? frame.toString("utf8") : "");

export interface ChannelsOptions {
  readonly marketUrl: string;
  readonly userUrl: string;
  readonly credentials: Credentials;
  /** The wallet that holds the funds. */
  readonly wallet: string;
  /** What is traded, by id; looked into when a channel is opened. */
  readonly listings: ReadonlyMap<MarketId, Pick<Listing, "feeRate">>;
  readonly hearOddity: (source: string, oddity: Oddity) => void;
  readonly timing: ChannelTiming;
}

/** Both channels of the venue, of one market each. */
export function polymarketChannels(
  options: ChannelsOptions,
  scheduler: SchedulerLike,
): Pick<Connections, "market" | "user"> {
  const { marketUrl, userUrl, credentials, wallet, listings, hearOddity, timing } = options;
  // Rules may change between two connections, and change back.
  const rulesOf = new WeakMap<Market, MarketRules>();
  const us = { apiKey: credentials.apiKey, wallet, isOurs: () => false };
  return {
    market: (market) =>
      channel<MarketItem>(
        {
          url: marketUrl,
          subscription: new Secret(marketSubscription([market.tokenIds.YES, market.tokenIds.NO])),
          decode: (text) => {
            const rules = rulesOf.get(market) ?? market.rules;
            const frame = decodeMarketFrame(text, { ...market, rules });
            const changed = frame.items.findLast((item) => item.type === "rulesChanged");
            if (changed) rulesOf.set(market, changed.rules);
            return frame;
          },
          isSnapshot: ({ type }) => type === "book",
          hearOddity: (oddity) => hearOddity("market", oddity),
          timing,
        },
        scheduler,
      ),
    user: (market) => {
      const listing = listings.get(market.id);
      if (listing === undefined) return broken(`${market.slug} is not listed`);
      const { apiKey, secret, passphrase } = credentials;
      const auth = { key: apiKey, secret: secret.reveal(), passphrase: passphrase.reveal() };
      return channel<UserItem>(
        {
          url: userUrl,
          // Of all markets: in which of its two widths a v2 id would filter is not known.
          subscription: new Secret(userSubscription(auth, null)),
          decode: (text) => decodeUserFrame(text, { ...market, feeRate: listing.feeRate }, us),
          isSnapshot: null,
          hearOddity: (oddity) => hearOddity("user", oddity),
          timing,
        },
        scheduler,
      );
    },
  };
}
