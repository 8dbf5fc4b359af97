/** The price socket: the reference by the second, and its mean over a minute (protocol 8.5). */
import { type EpochMs, MICRO } from "../../../types/index.ts";
import { priceAuthWire, priceSubscriptionWire } from "../../../venue/polymarket/wire/index.ts";
import { type RequestContext, keyNamed } from "../rest/index.ts";
import { PRICES_MAX } from "../state/index.ts";
import { TWAP_S, twapAt } from "../../exchange/index.ts";

const SYMBOL = "btcusd";
const PLAIN = "price.crypto";
const MEAN = "price.crypto.twap";
type PriceChannel = typeof PLAIN | typeof MEAN;

export interface PriceSubscription {
  readonly channel: "prices";
  readonly isProven: boolean;
  /** How many frames of each channel that is followed there have been. */
  readonly sent: ReadonlyMap<PriceChannel, number>;
}

export const NO_PRICES: PriceSubscription = {
  channel: "prices",
  isProven: false,
  sent: new Map(),
};

/** After a message: what is followed, what is answered, and whether that was it. */
export interface PricesHeard {
  readonly subscription: PriceSubscription;
  readonly replies: readonly string[];
  readonly isOver: boolean;
}

export function pricesHeard(
  subscription: PriceSubscription,
  message: unknown,
  context: RequestContext,
): PricesHeard {
  const proof = priceAuthWire.safeParse(message).data;
  if (proof) {
    const isProven = keyNamed(context, proof.auth) !== null;
    const reply = isProven
      ? { op: "authed", rid: proof.rid }
      : { op: "error", rid: proof.rid, code: "auth_failed" };
    return {
      subscription: { ...subscription, isProven },
      replies: [JSON.stringify(reply)],
      isOver: !isProven,
    };
  }
  const asked = priceSubscriptionWire.safeParse(message).data;
  const refused = (code: string): PricesHeard => ({
    subscription,
    replies: [JSON.stringify({ op: "error", ...(asked && { rid: asked.rid }), code })],
    isOver: false,
  });
  if (!asked) return refused("bad_op");
  if (!subscription.isProven) return refused("auth_required");
  if (asked.subscriptions.length > PRICES_MAX) return refused("sub_limit");
  const wanted = asked.subscriptions.map(({ channel, filter }) => ({
    channel: channelNamed(channel),
    isRight: filter.symbol === SYMBOL && (channel !== MEAN || filter.window_seconds === TWAP_S),
  }));
  const channels = wanted.flatMap(({ channel }) => (channel === null ? [] : [channel]));
  if (channels.length < wanted.length) return refused("bad_channel");
  if (!wanted.every(({ isRight }) => isRight)) return refused("bad_filter");
  const added = [...new Set(channels)].filter((channel) => !subscription.sent.has(channel));
  const known = { ...subscription, sent: new Map(subscription.sent) };
  for (const channel of added) known.sent.set(channel, 0);
  const [next, frames] = added.includes(PLAIN)
    ? counted(known, PLAIN, context, { snapshot: true, payload: snapshotOf(context) })
    : [known, []];
  const answers = channels.map((channel) =>
    JSON.stringify({ op: "subscribed", rid: asked.rid, channel }),
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
    const value = (channel === MEAN ? twapAt(seconds, last.at) : null) ?? last.first;
    const payload = {
      symbol: SYMBOL,
      ...valueRecord(last.at, value),
      ...(channel === MEAN && { window_seconds: TWAP_S }),
    };
    const [counting, frames] = counted(next, channel, context, { payload });
    next = counting;
    texts.push(...frames);
  }
  return [next, texts];
}

function counted(
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
  data: exchange.seconds.slice(-TWAP_S).map(({ at, first }) => valueRecord(at, first)),
});

const valueRecord = (timestamp: EpochMs, micro: number) => ({
  timestamp,
  value: Math.round(micro / CENT) / (MICRO / CENT),
  full_accuracy_value: (micro / MICRO).toFixed(6),
});

/** In millionths: `value` has no more digits, the accurate one has all. */
const CENT = MICRO / 100;

const channelNamed = (name: string): PriceChannel | null =>
  name === PLAIN || name === MEAN ? name : null;
