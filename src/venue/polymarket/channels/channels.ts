/** A channel of the venue: one subscription, one connection. Coming back is the feed's. */
import { NEVER, type Observable, concatMap, defer, forkJoin, map, timeout } from "rxjs";
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
  formatMicro,
} from "../../../types/index.ts";
import { type SocketTiming, type Time, broken, socket } from "../../index.ts";
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
  PING,
  bookRequest,
  marketSubscription,
  userSubscription,
  connectionPool,
  outgoing,
} from "../http/index.ts";
import { decodeBookSummary } from "./wireBook.ts";
import { type Credentials, Secret } from "../sign/index.ts";
import {
  BOOK_REQUEST_MS,
  type WatchdogReport,
  type WatchdogTiming,
  withBookWatchdog,
} from "./bookWatchdog.ts";
import type { BookSummaryWire } from "../wire/index.ts";

/** The venue wants a PING every 10 s, and has 5 s for its PONG. */
export const CHANNEL_TIMING: SocketTiming = {
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
   * Whether what has come so far proves that the subscription was taken. Null where the channel may
   * have nothing to say: it reads in order and closes on whom it does not know, so an answer to our
   * PING is the proof.
   */
  readonly isProof: ((items: readonly Item[]) => boolean) | null;
  readonly onDecodeWarning: (warning: DecodeWarning) => void;
  readonly timing: SocketTiming;
}

/** Items that came before the proof: a channel that says so much and proves nothing is none. */
const HELD_MAX = 1_000;

/** Errors with its cause when the connection ends, whoever ends it; never completes. */
export function channel<Item>(
  { url, subscription, decode, isProof, onDecodeWarning, timing }: ChannelOptions<Item>,
  time: Time,
): Observable<Link<Item>> {
  return defer(() => {
    // What comes before the proof is not lost, and proves nothing.
    let held: readonly Extract<Link<Item>, { type: "item" }>[] | null = [];
    const read = (text: string, at: Instant): readonly Link<Item>[] => {
      const { items, warnings } = decode(text);
      for (const warning of warnings) onDecodeWarning(warning);
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
    return socket({ url, pingText: PING, timing }, time).pipe(
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
    );
  });
}

export interface ChannelsOptions {
  readonly marketUrl: string;
  readonly userUrl: string;
  /** Of the order book's API, where a suspect book is looked up: scheme, host and port. */
  readonly origin: string;
  readonly credentials: Credentials;
  /** The wallet that holds the funds. */
  readonly wallet: string;
  /** What is traded, by id; looked into when a channel is opened. */
  readonly listings: ReadonlyMap<MarketId, Pick<Listing, "feeRate" | "isNegRisk">>;
  readonly onDecodeWarning: (source: string, warning: DecodeWarning) => void;
  readonly onWatchdogReport: (sighting: WatchdogReport) => void;
  readonly timing: SocketTiming;
  readonly watchTiming: WatchdogTiming;
}

/** Both channels of the venue, of one market each. */
export function polymarketChannels(
  options: ChannelsOptions,
  time: Time,
): Pick<Connections, "market" | "user"> {
  const { marketUrl, userUrl, credentials, wallet, listings, onDecodeWarning, timing } = options;
  // Rules may change between two connections, and change back.
  const rulesOf = new WeakMap<Market, MarketRules>();
  const us = { apiKey: credentials.apiKey, wallet, isOurs: () => false };
  const look = books(options.origin, time);
  const told = (market: Market): Observable<Link<DecodedMarketMessage>> =>
    channel(
      {
        url: marketUrl,
        subscription: new Secret(marketSubscription([market.tokenIds.YES, market.tokenIds.NO])),
        decode: (text) => {
          const rules = rulesOf.get(market) ?? market.rules;
          const { items, warnings } = readMarketFrame(text, { ...market, rules });
          const changed = items
            .flatMap((message) => message.items)
            .findLast((item) => item.type === "rulesChanged");
          if (changed) rulesOf.set(market, changed.rules);
          const unread = warnings.filter(({ type }) => type === "garbled").map(() => UNREAD);
          return { items: [...items, ...unread], warnings };
        },
        isProof: hasBothBooks,
        onDecodeWarning: (warning) => onDecodeWarning("market", warning),
        timing,
      },
      time,
    );
  return {
    market: (market, suspicion$ = NEVER) =>
      withBookWatchdog(
        told(market),
        {
          market,
          hidden: {
            min_order_size: formatMicro(market.rules.orderSizeMin),
            neg_risk: listings.get(market.id)?.isNegRisk ?? false,
          },
          look: () => look(market),
          suspicion$,
          hear: options.onWatchdogReport,
          timing: options.watchTiming,
        },
        time,
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
          isProof: null,
          onDecodeWarning: (warning) => onDecodeWarning("user", warning),
          timing,
        },
        time,
      );
    },
  };
}

/** One token's book says nothing of the other's: the dump may come in parts, or without one. */
const hasBothBooks = (told: readonly DecodedMarketMessage[]): boolean =>
  TOKENS.every((token) =>
    told.some(({ items }) => items.some((item) => item.type === "book" && item.token === token)),
  );

/** Of two markets at once, while one window takes over from another. */
const LOOKS_MAX = 4;

/** Both books of a market, by requests of their own: no read of the account stands in their way. */
function books(
  origin: string,
  { scheduler }: Time,
): (market: Market) => Observable<readonly BookSummaryWire[] | null> {
  const reads = connectionPool(
    {
      origin,
      connectionsMax: LOOKS_MAX,
      leaveMs: BOOK_REQUEST_MS.leave,
      answerMs: BOOK_REQUEST_MS.answer,
    },
    scheduler,
  );
  return (market) => {
    const read = (token: Token): Observable<BookSummaryWire | null> =>
      reads.send(outgoing(bookRequest(market.tokenIds[token]))).pipe(
        map((reply) => {
          if (reply.type !== "answered") return null;
          const { answer } = decodeBookSummary(reply, market);
          return answer.type === "answered" ? answer.value : null;
        }),
      );
    return forkJoin(TOKENS.map(read)).pipe(
      map((found) => {
        const known = found.filter((book) => book !== null);
        return known.length < TOKENS.length ? null : known;
      }),
    );
  };
}
