/** A channel of the venue: one subscription, one connection. Coming back is the feed's. */
import { type Observable, concatMap, defer, timeout } from "rxjs";
import type {
  Connections,
  Instant,
  Link,
  Market,
  MarketId,
  MarketItem,
  MarketRules,
  UserItem,
} from "../../types/index.ts";
import { type SocketTiming, type Time, broken, socket } from "../index.ts";
import type { Oddity, PolymarketFrame } from "./decode.ts";
import { decodeMarketFrame } from "./decodeMarket.ts";
import { decodeUserFrame } from "./decodeUser.ts";
import { PING, marketSubscription, userSubscription } from "./encode.ts";
import type { Listing } from "./gamma.ts";
import { type Credentials, Secret } from "./sign/index.ts";

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
   * What proves that the subscription was taken. Null where the channel may have nothing to say: it
   * reads in order and closes on whom it does not know, so an answer to our PING is the proof.
   */
  readonly isSnapshot: ((item: Item) => boolean) | null;
  readonly hearOddity: (oddity: Oddity) => void;
  readonly timing: SocketTiming;
}

/** Errors with its cause when the connection ends, whoever ends it; never completes. */
export function channel<Item>(
  { url, subscription, decode, isSnapshot, hearOddity, timing }: ChannelOptions<Item>,
  time: Time,
): Observable<Link<Item>> {
  return defer(() => {
    // What comes before the proof is not lost, and proves nothing.
    let held: readonly Link<Item>[] | null = [];
    const read = (text: string, at: Instant): readonly Link<Item>[] => {
      const { items, oddities } = decode(text);
      for (const oddity of oddities) hearOddity(oddity);
      const links = items.map((item): Link<Item> => ({ type: "item", item, at }));
      if (held === null) return links;
      held = [...held, ...links];
      const isProof = isSnapshot === null ? oddities.length === 0 : items.some(isSnapshot);
      if (!isProof) return [];
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
  readonly credentials: Credentials;
  /** The wallet that holds the funds. */
  readonly wallet: string;
  /** What is traded, by id; looked into when a channel is opened. */
  readonly listings: ReadonlyMap<MarketId, Pick<Listing, "feeRate">>;
  readonly hearOddity: (source: string, oddity: Oddity) => void;
  readonly timing: SocketTiming;
}

/** Both channels of the venue, of one market each. */
export function polymarketChannels(
  options: ChannelsOptions,
  time: Time,
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
          isSnapshot: null,
          hearOddity: (oddity) => hearOddity("user", oddity),
          timing,
        },
        time,
      );
    },
  };
}
