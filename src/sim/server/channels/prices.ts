/** The price socket: the reference of each coin each second, and its mean over a minute, the twap (protocol 8.5). */
import { type Coin, COINS, type EpochMs, MICRO } from "../../../types/index.ts";
import {
  namesOf,
  priceAuthWire,
  priceSubscriptionWire,
} from "../../../venue/polymarket/wire/index.ts";
import { type RequestContext, keyWithSecret } from "../rest/index.ts";
import { PRICES_MAX } from "../state/index.ts";
import { priceOf, TWAP_S, twapAt } from "../../exchange/index.ts";
import { keepOpen, type MessageResult } from "./messageResult.ts";

const PRICE_CHANNEL = "price.crypto";
const TWAP_CHANNEL = "price.crypto.twap";
type PriceChannel = typeof PRICE_CHANNEL | typeof TWAP_CHANNEL;

export interface PriceSubscription {
  readonly channel: "prices";
  readonly isAuthenticated: boolean;
  readonly feeds: readonly PriceFeed[];
  /** Frames sent so far, by channel subscribed to: the last number of each. */
  readonly sent: ReadonlyMap<PriceChannel, number>;
}

interface PriceFeed {
  readonly channel: PriceChannel;
  readonly coin: Coin;
}

export const NO_PRICE_SUBSCRIPTION: PriceSubscription = {
  channel: "prices",
  isAuthenticated: false,
  feeds: [],
  sent: new Map(),
};

/** The venue's own WebSocket close code after a failed login. */
const AUTH_FAILED = 4001;

export function priceSubscriptionAfter(
  subscription: PriceSubscription,
  message: unknown,
  context: RequestContext,
): MessageResult<PriceSubscription> {
  const proof = priceAuthWire.safeParse(message).data;
  if (proof) {
    const isAuthenticated = keyWithSecret(context, proof.auth) !== null;
    const reply = isAuthenticated
      ? { op: "authed", rid: proof.rid }
      : { op: "error", rid: proof.rid, code: "auth_failed" };
    return {
      subscription: { ...subscription, isAuthenticated },
      replies: [JSON.stringify(reply)],
      closeCode: isAuthenticated ? null : AUTH_FAILED,
    };
  }
  const requested = priceSubscriptionWire.safeParse(message).data;
  const refused = (code: string): MessageResult<PriceSubscription> =>
    keepOpen(subscription, [
      JSON.stringify({ op: "error", ...(requested && { rid: requested.rid }), code }),
    ]);
  if (!requested) return refused("bad_op");
  if (!subscription.isAuthenticated) return refused("auth_required");
  if (requested.subscriptions.length > PRICES_MAX) return refused("sub_limit");
  const channels = requested.subscriptions.map(({ channel }) => channelNamed(channel));
  if (channels.includes(null)) return refused("bad_channel");
  const wanted = requested.subscriptions.flatMap(({ channel: name, filter }) => {
    const [channel, coin] = [channelNamed(name), coinIn(filter.symbol)];
    const isOfWindow = channel !== TWAP_CHANNEL || filter.window_seconds === TWAP_S;
    return channel !== null && coin !== null && isOfWindow ? [{ channel, coin }] : [];
  });
  if (wanted.length < channels.length) return refused("bad_filter");
  let next = subscription;
  const frames: string[] = [];
  for (const feed of wanted) {
    if (next.feeds.some((one) => one.channel === feed.channel && one.coin === feed.coin)) continue;
    const sent = new Map(next.sent).set(feed.channel, next.sent.get(feed.channel) ?? 0);
    next = { ...next, feeds: [...next.feeds, feed], sent };
    if (feed.channel !== PRICE_CHANNEL) continue;
    const payload = snapshotOf(context, feed.coin);
    const [counting, texts] = numberedFrame(next, PRICE_CHANNEL, context, {
      snapshot: true,
      payload,
    });
    next = counting;
    frames.push(...texts);
  }
  const answers = channels.map((channel) =>
    JSON.stringify({ op: "subscribed", rid: requested.rid, channel }),
  );
  return keepOpen(next, [...answers, ...frames]);
}

/** One frame for each channel subscribed to for the coin, for the second that has begun. */
export function priceFrames(
  subscription: PriceSubscription,
  coin: Coin,
  context: RequestContext,
): readonly [PriceSubscription, readonly string[]] {
  const seconds = priceOf(context.exchange, { coin })?.seconds ?? [];
  const last = seconds.at(-1);
  if (!last) return [subscription, []];
  const texts: string[] = [];
  let next = subscription;
  for (const { channel } of subscription.feeds.filter((feed) => feed.coin === coin)) {
    const value = (channel === TWAP_CHANNEL ? twapAt(seconds, last.at) : null) ?? last.first;
    const payload = {
      symbol: namesOf(coin).settledIn,
      ...valueRecord(last.at, value),
      ...(channel === TWAP_CHANNEL && { window_seconds: TWAP_S }),
    };
    const [counting, frames] = numberedFrame(next, channel, context, { payload });
    next = counting;
    texts.push(...frames);
  }
  return [next, texts];
}

function numberedFrame(
  subscription: PriceSubscription,
  channel: PriceChannel,
  { now }: RequestContext,
  fields: object,
): readonly [PriceSubscription, readonly string[]] {
  const seq = (subscription.sent.get(channel) ?? 0) + 1;
  const frame = JSON.stringify({ v: 1, channel, seq, ts: now, ...fields });
  return [{ ...subscription, sent: new Map(subscription.sent).set(channel, seq) }, [frame]];
}

const snapshotOf = ({ exchange }: RequestContext, coin: Coin) => ({
  symbol: namesOf(coin).settledIn,
  data: (priceOf(exchange, { coin })?.seconds ?? [])
    .slice(-TWAP_S)
    .map(({ at, first }) => valueRecord(at, first)),
});

const valueRecord = (timestamp: EpochMs, micro: number) => ({
  timestamp,
  value: Math.round(micro / CENT) / (MICRO / CENT),
  full_accuracy_value: (micro / MICRO).toFixed(6),
});

/** In millionths: `value` is rounded to cents, `full_accuracy_value` is exact. */
const CENT = MICRO / 100;

const coinIn = (symbol: unknown): Coin | null =>
  COINS.find((coin) => namesOf(coin).settledIn === symbol) ?? null;

const channelNamed = (name: string): PriceChannel | null =>
  name === PRICE_CHANNEL || name === TWAP_CHANNEL ? name : null;
