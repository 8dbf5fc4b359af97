/** What a connection has subscribed to: by its path first, then by each message of its client. */
import { parsed } from "../state/index.ts";
import type { RequestContext } from "../rest/index.ts";
import type { Channel } from "../control/index.ts";
import {
  type BinanceSubscription,
  binanceSubscriptionAfter,
  binanceSubscriptionAt,
} from "./binanceStreams.ts";
import type { MessageResult } from "./messageResult.ts";
import { NO_PRICE_SUBSCRIPTION, type PriceSubscription, priceSubscriptionAfter } from "./prices.ts";
import {
  type ChannelSubscription,
  channelSubscriptionAfter,
  NO_SUBSCRIPTION,
} from "./subscriptions.ts";

export type Subscription = ChannelSubscription | PriceSubscription | BinanceSubscription;

/** Null for a path where no channel is served. */
export function subscriptionAt(
  path: string,
  query: ReadonlyMap<string, string>,
): Subscription | null {
  if (path === "/ws/market") return NO_SUBSCRIPTION.market;
  if (path === "/ws/user") return NO_SUBSCRIPTION.user;
  if (path === "/prices/ws") return NO_PRICE_SUBSCRIPTION;
  if (path !== "/stream" && !/^\/ws(\/|$)/.test(path)) return null;
  return binanceSubscriptionAt(path.replaceAll("%40", "@"), query);
}

export function subscriptionAfter(
  subscription: Subscription,
  text: string,
  context: RequestContext,
): MessageResult<Subscription> {
  switch (subscription.channel) {
    case "binance":
      return binanceSubscriptionAfter(subscription, parsed(text));
    case "prices":
      return priceSubscriptionAfter(subscription, parsed(text), context);
    case "market":
    case "user":
      return channelSubscriptionAfter(subscription, text, context);
  }
}

/** The channel as faults name it: `reference` is the price socket and Binance's streams. */
export const channelOf = ({ channel }: Subscription): Channel =>
  channel === "market" || channel === "user" ? channel : "reference";

/** Whether nothing can be sent on it before its client has said who it is, or what it wants. */
export function needsHello(subscription: Subscription): boolean {
  switch (subscription.channel) {
    case "binance":
      return subscription.names.length === 0;
    case "prices":
      return !subscription.isAuthenticated;
    case "market":
      return subscription === NO_SUBSCRIPTION.market;
    case "user":
      return subscription.account === null;
  }
}
