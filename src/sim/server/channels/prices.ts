/** The price socket: the reference by the second, and its mean over a minute (protocol 8.5). */
import { type EpochMs, MICRO } from "../../../types/index.ts";
import { priceAuthWire, priceSubscriptionWire } from "../../../venue/polymarket/wire/index.ts";
import { type RequestContext, keyWithSecret } from "../rest/index.ts";
import { PRICES_MAX } from "../state/index.ts";
import { MEAN_S, meanAt } from "../../exchange/index.ts";

const SYMBOL = "btcusd";
const PRICE_CHANNEL = "price.crypto";
const TWAP_CHANNEL = "price.crypto.twap";
type PriceChannel = typeof PRICE_CHANNEL | typeof TWAP_CHANNEL;

export interface PriceSubscription {
  readonly channel: "prices";
  readonly isAuthenticated: boolean;
  /** How many frames of each channel that is followed there have been. */
  readonly sent: ReadonlyMap<PriceChannel, number>;
}

export const NO_PRICE_SUBSCRIPTION: PriceSubscription = {
  channel: "prices",
  isAuthenticated: false,
  sent: new Map(),
};

/** After a message: what is followed, what is answered, and whether that was it. */
export interface PricesHeard {
  readonly subscription: PriceSubscription;
  readonly replies: readonly string[];
  readonly isOver: boolean;
}

export function priceSubscriptionAfter(
  subscription: PriceSubscription,
  message: unknown,
  context: RequestContext,
): PricesHeard {
  const proof = priceAuthWire.safeParse(message).data;
  if (proof) {
    const isAuthenticated = keyWithSecret(context, proof.auth) !== null;
    const reply = isAuthenticated
      ? { op: "authed", rid: proof.rid }
      : { op: "error", rid: proof.rid, code: "auth_failed" };
    return {
      subscription: { ...subscription, isAuthenticated },
      replies: [JSON.stringify(reply)],
      isOver: !isAuthenticated,
    };
  }
  const requested = priceSubscriptionWire.safeParse(message).data;
  const refused = (code: string): PricesHeard => ({
    subscription,
    replies: [JSON.stringify({ op: "error", ...(requested && { rid: requested.rid }), code })],
    isOver: false,
  });
  if (!requested) return refused("bad_op");
  if (!subscription.isAuthenticated) return refused("auth_required");
  if (requested.subscriptions.length > PRICES_MAX) return refused("sub_limit");
  const channelsWanted = requested.subscriptions.map(({ channel, filter }) => ({
    channel: channelNamed(channel),
    isRight:
      filter.symbol === SYMBOL && (channel !== TWAP_CHANNEL || filter.window_seconds === MEAN_S),
  }));
  const channels = channelsWanted.flatMap(({ channel }) => (channel === null ? [] : [channel]));
  if (channels.length < channelsWanted.length) return refused("bad_channel");
  if (!channelsWanted.every(({ isRight }) => isRight)) return refused("bad_filter");
  const added = [...new Set(channels)].filter((channel) => !subscription.sent.has(channel));
  const known = { ...subscription, sent: new Map(subscription.sent) };
  for (const channel of added) known.sent.set(channel, 0);
  const [next, frames] = added.includes(PRICE_CHANNEL)
    ? numberedFrame(known, PRICE_CHANNEL, context, { snapshot: true, payload: snapshotOf(context) })
    : [known, []];
  const answers = channels.map((channel) =>
    JSON.stringify({ op: "subscribed", rid: requested.rid, channel }),
  );
  return { subscription: next, replies: [...answers, ...frames], isOver: false };
}

/** One frame of each channel that is followed, for the second that has begun. */
export function priceFrames(
  subscription: PriceSubscription,
  context: RequestContext,
): readonly [PriceSubscription, readonly string[]] {
  const { seconds } = context.exchange;
  const last = seconds.at(-1);
  if (!last) return [subscription, []];
  const texts: string[] = [];
  let next = subscription;
  for (const channel of subscription.sent.keys()) {
    const value = (channel === TWAP_CHANNEL ? meanAt(seconds, last.at) : null) ?? last.first;
    const payload = {
      symbol: SYMBOL,
      ...valueRecord(last.at, value),
      ...(channel === TWAP_CHANNEL && { window_seconds: MEAN_S }),
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
  what: object,
): readonly [PriceSubscription, readonly string[]] {
  const seq = (subscription.sent.get(channel) ?? 0) + 1;
  const frame = JSON.stringify({ v: 1, channel, seq, ts: now, ...what });
  return [{ ...subscription, sent: new Map(subscription.sent).set(channel, seq) }, [frame]];
}

const snapshotOf = ({ exchange }: RequestContext) => ({
  symbol: SYMBOL,
  data: exchange.seconds.slice(-MEAN_S).map(({ at, first }) => valueRecord(at, first)),
});

const valueRecord = (timestamp: EpochMs, micro: number) => ({
  timestamp,
  value: Math.round(micro / CENT) / (MICRO / CENT),
  full_accuracy_value: (micro / MICRO).toFixed(6),
});

/** In millionths: `value` has no more digits, the accurate one has all. */
const CENT = MICRO / 100;

const channelNamed = (name: string): PriceChannel | null =>
  name === PRICE_CHANNEL || name === TWAP_CHANNEL ? name : null;
