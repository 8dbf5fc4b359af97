/**
 * The market and user channels: one connection for each subscription. Reconnecting is the feed's.
 */
import {
  NEVER,
  type Observable,
  catchError,
  concatMap,
  defer,
  forkJoin,
  map,
  merge,
  tap,
  timeout,
} from "rxjs";
import {
  type Connections,
  type Instant,
  type Link,
  type Market,
  type MarketId,
  type MarketRules,
  TOKENS,
  type Token,
  type UserItem,
  causeOf,
  formatMicro,
  whyNot,
} from "../../../types/index.ts";
import {
  FRAME_BYTES_MAX,
  SNAPSHOT_WAITING_MAX,
  type SocketTiming,
  type Time,
  broken,
  socket,
} from "../../index.ts";
import {
  type DecodeWarning,
  type PolymarketFrame,
  type DecodedMarketMessage,
  UNREAD,
  readMarketFrame,
  decodeUserFrame,
  type Listing,
} from "../decode/index.ts";
import {
  type CredentialsHolder,
  PING,
  bookRequest,
  marketSubscription,
  userSubscription,
  connectionPool,
  outgoing,
} from "../http/index.ts";
import {
  type BookTrust,
  type BooksRead,
  FULL_TRUST,
  type WatchdogReport,
} from "./bookSuspicion.ts";
import { decodeBookSummary } from "./wireBook.ts";
import { withoutRepeatedFrames, withoutRepeatedTrades } from "./repeats.ts";
import { type Credentials, Secret, withoutSecrets } from "../sign/index.ts";
import {
  BOOK_REQUEST_MS,
  CHECK_MS,
  type WatchdogTiming,
  withBookWatchdog,
} from "./bookWatchdog.ts";
import type { BookSummaryWire } from "../wire/index.ts";

/** The venue expects a PING every 10 s; its PONG has 5 s. */
export const CHANNEL_TIMING: SocketTiming = {
  pingEveryMs: 10_000,
  silentMs: 15_000,
  openMs: 10_000,
};

export interface ChannelOptions<Item> {
  readonly url: string;
  /** The first frame that we send. */
  readonly subscription: Secret<string>;
  readonly decode: (text: string) => PolymarketFrame<Item>;
  /**
   * Whether the items so far prove that the venue took the subscription. Null for a channel that
   * may have nothing to send: the venue reads our frames in order and closes the connection of
   * unknown credentials, so its answer to the first PING is the proof.
   */
  readonly isProof: ((items: readonly Item[]) => boolean) | null;
  readonly onDecodeWarning: (warning: DecodeWarning) => void;
  /** Frames that may wait for us. */
  readonly waitingMax: number;
  readonly frameBytesMax: number;
  readonly timing: SocketTiming;
}

/**
 * No snapshot follows a reconnect here: what is cut off is found by a survey, and with the stop before
 * it that takes about as long as this many reports do.
 */
const USER_WAITING_MAX = 50_000;

/** Items held back until the proof; the rest of a channel that never proves itself is dropped. */
const HELD_MAX = 1_000;

/**
 * One channel as a link, opened by its proof. Errors with the cause when the connection ends,
 * whoever ends it; never completes.
 */
export function channel<Item>(
  {
    url,
    subscription,
    decode,
    isProof,
    onDecodeWarning,
    waitingMax,
    frameBytesMax,
    timing,
  }: ChannelOptions<Item>,
  time: Time,
): Observable<Link<Item>> {
  return defer(() => {
    // Items from before the proof are handed on once it comes; null from then on.
    let held: readonly Extract<Link<Item>, { type: "item" }>[] | null = [];
    // What the venue has said instead of the proof.
    let said = "";
    const read = (text: string, at: Instant): readonly Link<Item>[] => {
      const { items, warnings } = decode(text);
      for (const warning of warnings) onDecodeWarning(warning);
      said = warnings.at(-1)?.sample ?? said;
      const links = items.map((item) => ({ type: "item" as const, item, at }));
      if (held === null) return links;
      held = [...held, ...links].slice(0, HELD_MAX);
      const isProven =
        isProof === null ? warnings.length === 0 : isProof(held.map(({ item }) => item));
      if (!isProven) return [];
      const opened: readonly Link<Item>[] = [{ type: "opened" }, ...held];
      held = null;
      return opened;
    };
    return socket({ url, pingText: PING, waitingMax, frameBytesMax, timing }, time).pipe(
      concatMap((event): readonly Link<Item>[] => {
        if (event.type === "text") return read(event.text, event.at);
        event.send(subscription.reveal());
        return [];
      }),
      timeout({
        first: timing.openMs,
        with: () => broken(`the subscription was not answered in ${timing.openMs} ms`),
        scheduler: time.scheduler,
      }),
      catchError((error: unknown) => broken(causeOf(error, held === null ? "" : said))),
    );
  });
}

export interface ChannelsOptions {
  readonly marketUrl: string;
  readonly userUrl: string;
  /** Origin (scheme, host, port) of the order book's API, where the watchdog requests books. */
  readonly origin: string;
  readonly credentials: CredentialsHolder;
  /** The wallet that holds the funds. */
  readonly wallet: string;
  /** The markets that are traded; read whenever a channel is opened. */
  readonly listings: ReadonlyMap<MarketId, Pick<Listing, "feeRate" | "isNegRisk">>;
  readonly onDecodeWarning: (source: string, warning: DecodeWarning) => void;
  readonly onWatchdogReport: (report: WatchdogReport) => void;
  readonly timing: SocketTiming;
  readonly watchTiming: WatchdogTiming;
}

/** The market and the user channel, each for one market. */
export function polymarketChannels(
  options: ChannelsOptions,
  time: Time,
): Pick<Connections, "market" | "user"> {
  const { marketUrl, userUrl, credentials, wallet, listings, onDecodeWarning, timing } = options;
  // The rules as the channel last sent them: they may change between two connections, and back.
  const rulesOf = new WeakMap<Market, MarketRules>();
  const trustOf = new WeakMap<Market, BookTrust>();
  const readBooks = bookReader(options.origin, time);
  const marketChannel = (market: Market): Observable<Link<DecodedMarketMessage>> =>
    defer(() =>
      channel(
        {
          url: marketUrl,
          subscription: new Secret(marketSubscription([market.tokenIds.YES, market.tokenIds.NO])),
          decode: withoutRepeatedFrames(
            (text) => {
              const rules = rulesOf.get(market) ?? market.rules;
              const { items, warnings } = readMarketFrame(text, { ...market, rules });
              const changed = items
                .flatMap((message) => message.items)
                .findLast((item) => item.type === "rulesChanged");
              if (changed) rulesOf.set(market, changed.rules);
              const unread = warnings.filter(({ type }) => type === "garbled").map(() => UNREAD);
              return { items: [...items, ...unread], warnings };
            },
            () => true,
          ),
          isProof: hasBothBooks,
          onDecodeWarning: (warning) => onDecodeWarning("market", warning),
          waitingMax: SNAPSHOT_WAITING_MAX,
          frameBytesMax: FRAME_BYTES_MAX.market,
          timing,
        },
        time,
      ),
    );
  return {
    market: (market, suspicion$ = NEVER) =>
      withBookWatchdog(
        marketChannel(market),
        {
          market,
          restOnly: {
            min_order_size: formatMicro(market.rules.orderSizeMin),
            neg_risk: listings.get(market.id)?.isNegRisk ?? false,
          },
          readBooks: () => readBooks(market),
          suspicion$,
          trust: {
            read: () => trustOf.get(market) ?? FULL_TRUST,
            keep: (trust) => trustOf.set(market, trust),
          },
          onReport: options.onWatchdogReport,
          timing: options.watchTiming,
          checkMs: CHECK_MS,
        },
        time,
      ),
    user: (market) => {
      const listing = listings.get(market.id);
      if (listing === undefined) return broken(`${market.slug} is not listed`);
      const traded = { ...market, feeRate: listing.feeRate };
      return withCredentials(credentials, (used) => {
        const { apiKey, secret, passphrase } = used;
        const auth = { key: apiKey, secret: secret.reveal(), passphrase: passphrase.reveal() };
        const us = { apiKey, wallet, isOurs: () => false };
        return channel<UserItem>(
          {
            url: userUrl,
            // For all markets: which of the two widths of a v2 id the venue filters by is not known.
            subscription: new Secret(userSubscription(auth, null)),
            decode: withoutRepeatedTrades((text) =>
              decodeUserFrame(withoutSecrets(text, used), traded, us),
            ),
            isProof: null,
            onDecodeWarning: (warning) => onDecodeWarning("user", warning),
            waitingMax: USER_WAITING_MAX,
            frameBytesMax: FRAME_BYTES_MAX.user,
            timing,
          },
          time,
        );
      });
    },
  };
}

/** How a channel ends whose login was not accepted: before it opened, in these words. */
const LOGIN_REFUSED = /closed: 1008|HTTP 401 on the upgrade/;

/** A link that is logged in: it tells of a refusal, and ends once other credentials are used. */
const withCredentials = <Item>(
  credentials: CredentialsHolder,
  link: (used: Credentials) => Observable<Link<Item>>,
): Observable<Link<Item>> =>
  defer(() => {
    const used = credentials.read();
    let isOpen = false;
    return merge(
      link(used).pipe(
        tap({
          next: () => {
            isOpen = true;
          },
          error: (cause: unknown) => {
            if (!isOpen && LOGIN_REFUSED.test(String(cause))) credentials.refuse(used);
          },
        }),
        catchError((cause: unknown) => broken(withoutSecrets(causeOf(cause), used))),
      ),
      credentials.changed$.pipe(concatMap(() => broken("the API credentials have changed"))),
    );
  });

/** The first books may come in parts, or one not at all: either proves nothing about the other. */
const hasBothBooks = (messages: readonly DecodedMarketMessage[]): boolean =>
  TOKENS.every((token) =>
    messages.some(({ items }) =>
      items.some((item) => item.type === "book" && item.token === token),
    ),
  );

/** Two books of two markets, while one window follows another. */
const BOOK_CONNECTIONS_MAX = 4;

/**
 * Reads both books of a market, on connections of their own: no read of the account delays them.
 */
function bookReader(
  origin: string,
  { scheduler }: Time,
): (market: Market) => Observable<BooksRead> {
  const reads = connectionPool(
    {
      origin,
      connectionsMax: BOOK_CONNECTIONS_MAX,
      leaveMs: BOOK_REQUEST_MS.leave,
      answerMs: BOOK_REQUEST_MS.answer,
    },
    scheduler,
  );
  return (market) => {
    const read = (token: Token): Observable<BookSummaryWire | string> =>
      reads.send(outgoing(bookRequest(market.tokenIds[token]))).pipe(
        map((reply) => {
          const answer =
            reply.type === "answered" ? decodeBookSummary(reply, market).answer : reply;
          return answer.type === "answered" ? answer.value : causeOf("GET /book", whyNot(answer));
        }),
      );
    return forkJoin(TOKENS.map(read)).pipe(
      map(
        (found) =>
          found.find((book) => typeof book === "string") ??
          found.filter((book) => typeof book !== "string"),
      ),
    );
  };
}
