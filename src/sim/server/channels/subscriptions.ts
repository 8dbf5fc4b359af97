/** What one connection of a channel follows, and how a message of its client changes that. */
import {
  marketSubscriptionChangeWire,
  marketSubscriptionWire,
  userSubscriptionChangeWire,
  userSubscriptionWire,
} from "../../../venue/polymarket/wire/index.ts";
import type { AccountId } from "../../exchange/index.ts";
import { type RequestContext, keyWithSecret, tokenWithBook, bookMetaOf } from "../rest/index.ts";
import { SUBSCRIPTIONS_MAX, parsed } from "../state/index.ts";
import { bookFrame, type Frame } from "./frames.ts";

export type ChannelSubscription =
  | {
      readonly channel: "market";
      readonly assets: ReadonlySet<string>;
      readonly isExtended: boolean;
    }
  | {
      readonly channel: "user";
      /** Null until the first message has proven who it is. */
      readonly account: AccountId | null;
      /** Null is every market. */
      readonly markets: ReadonlySet<string> | null;
    };

/** After a message: what is followed from now on, what is answered, and whether that was it. */
export interface Heard {
  readonly subscription: ChannelSubscription;
  readonly replies: readonly string[];
  readonly isOver: boolean;
}

export const NO_SUBSCRIPTION = {
  market: { channel: "market", assets: new Set<string>(), isExtended: false },
  user: { channel: "user", account: null, markets: null },
} as const satisfies Record<string, ChannelSubscription>;

export const PONG = "PONG";
export const INVALID = "INVALID OPERATION";

export function channelSubscriptionAfter(
  subscription: ChannelSubscription,
  text: string,
  context: RequestContext,
): Heard {
  if (text.trim() === "PING") return { subscription, replies: [PONG], isOver: false };
  const message = parsed(text);
  return subscription.channel === "market"
    ? marketSubscriptionAfter(subscription, message, context)
    : userSubscriptionAfter(subscription, message, context);
}

export function wantsFrame(subscription: ChannelSubscription, frame: Frame): boolean {
  if (subscription.channel === "market") {
    if (frame.channel !== "market" || (frame.isExtended && !subscription.isExtended)) return false;
    return frame.assets?.some((asset) => subscription.assets.has(asset)) ?? true;
  }
  return (
    frame.channel === "user" &&
    frame.account === subscription.account &&
    (subscription.markets?.has(frame.market) ?? true)
  );
}

type MarketSubscription = Extract<ChannelSubscription, { channel: "market" }>;
type UserSubscription = Extract<ChannelSubscription, { channel: "user" }>;

function marketSubscriptionAfter(
  subscription: MarketSubscription,
  message: unknown,
  context: RequestContext,
): Heard {
  const first = marketSubscriptionWire.safeParse(message).data;
  const change = first ? undefined : marketSubscriptionChangeWire.safeParse(message).data;
  const requested = first ?? change;
  if (!requested) return invalid(subscription);
  const isExtended = requested.custom_feature_enabled ?? subscription.isExtended;
  if (change?.operation === "unsubscribe") {
    const left = [...subscription.assets].filter((id) => !requested.assets_ids.includes(id));
    return going({ ...subscription, assets: new Set(left), isExtended }, []);
  }
  const added = requested.assets_ids.filter((id) => !subscription.assets.has(id));
  const assets = new Set([...subscription.assets, ...added]);
  if (assets.size > SUBSCRIPTIONS_MAX) return invalid(subscription);
  const next: MarketSubscription = { ...subscription, assets, isExtended };
  if (added.length === 0 && requested.assets_ids.length > 0) return going(next, ["NO NEW ASSETS"]);
  if (first?.initial_dump === false) return going(next, []);
  const books = [...new Set(added)]
    .map((id) => tokenWithBook(context, id))
    .filter((at) => at !== null)
    .map(({ known, token }) => bookFrame(known, token, bookMetaOf(context, known)));
  // With the line feed that the venue puts behind it.
  return going(next, [`${JSON.stringify(books)}\n`]);
}

function userSubscriptionAfter(
  subscription: UserSubscription,
  message: unknown,
  context: RequestContext,
): Heard {
  const first = userSubscriptionWire.safeParse(message).data;
  if (first) {
    const key = keyWithSecret(context, first.auth);
    if (!key || (first.markets?.length ?? 0) > SUBSCRIPTIONS_MAX)
      return { subscription, replies: [], isOver: true };
    const markets = first.markets && first.markets.length > 0 ? new Set(first.markets) : null;
    return going({ channel: "user", account: key.account, markets }, []);
  }
  const change = userSubscriptionChangeWire.safeParse(message).data;
  // Who has not said who it is has nothing to change.
  if (subscription.account === null) return { subscription, replies: [], isOver: true };
  if (!change) return invalid(subscription);
  const known = [...(subscription.markets ?? [])];
  const markets =
    change.operation === "subscribe"
      ? new Set([...known, ...change.markets])
      : new Set(known.filter((id) => !change.markets.includes(id)));
  if (markets.size > SUBSCRIPTIONS_MAX) return invalid(subscription);
  return going({ ...subscription, markets }, []);
}

const going = (subscription: ChannelSubscription, replies: readonly string[]): Heard => ({
  subscription,
  replies,
  isOver: false,
});

const invalid = (subscription: ChannelSubscription): Heard => going(subscription, [INVALID]);
