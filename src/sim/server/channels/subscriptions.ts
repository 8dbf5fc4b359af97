/** What one connection of the market or user channel has subscribed to (protocol 6.1, 6.4). */
import {
  marketSubscriptionChangeWire,
  marketSubscriptionWire,
  userSubscriptionChangeWire,
  userSubscriptionWire,
} from "../../../venue/polymarket/wire/index.ts";
import { type Market, type MarketId, TOKENS } from "../../../types/index.ts";
import type { AccountId } from "../../exchange/index.ts";
import { type RequestContext, keyWithSecret, tokenWithBook, bookMetaOf } from "../rest/index.ts";
import { isLoginRefused } from "../control/index.ts";
import { SUBSCRIPTIONS_MAX, parsed } from "../state/index.ts";
import type { Frame } from "./frame.ts";
import { bookFrame } from "./marketFrames.ts";
import { keepOpen, type MessageResult } from "./messageResult.ts";

export interface MarketSubscription {
  readonly channel: "market";
  readonly assets: ReadonlySet<string>;
  /** With the events of `custom_feature_enabled`. */
  readonly isExtended: boolean;
}

export interface UserSubscription {
  readonly channel: "user";
  /** Null until the first message has proven the account. */
  readonly account: AccountId | null;
  /** Null is every market. */
  readonly markets: ReadonlySet<string> | null;
}

export type ChannelSubscription = MarketSubscription | UserSubscription;

export const NO_SUBSCRIPTION = {
  market: { channel: "market", assets: new Set<string>(), isExtended: false },
  user: { channel: "user", account: null, markets: null },
} as const satisfies Record<string, ChannelSubscription>;

export const PONG = "PONG";
export const INVALID = "INVALID OPERATION";
/** The WebSocket close code of a policy violation. */
export const POLICY_VIOLATION = 1008;

export function channelSubscriptionAfter(
  subscription: ChannelSubscription,
  text: string,
  context: RequestContext,
): MessageResult<ChannelSubscription> {
  if (text.trim() === "PING") return keepOpen(subscription, [PONG]);
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
  return frame.channel === "user" && follows(subscription, frame.account, frame.market);
}

/** Whether a frame about this market may be wanted: with the events of all markets, of any. */
export const watches = (subscription: ChannelSubscription, { tokenIds }: Market): boolean =>
  subscription.channel === "market" &&
  (subscription.isExtended || TOKENS.some((token) => subscription.assets.has(tokenIds[token])));

export const follows = (
  subscription: ChannelSubscription,
  account: AccountId,
  market: MarketId,
): boolean =>
  subscription.channel === "user" &&
  account === subscription.account &&
  (subscription.markets?.has(market) ?? true);

function marketSubscriptionAfter(
  subscription: MarketSubscription,
  message: unknown,
  context: RequestContext,
): MessageResult<ChannelSubscription> {
  const first = marketSubscriptionWire.safeParse(message).data;
  const change = first ? undefined : marketSubscriptionChangeWire.safeParse(message).data;
  const requested = first ?? change;
  if (!requested) return invalid(subscription);
  const isExtended = requested.custom_feature_enabled ?? subscription.isExtended;
  if (change?.operation === "unsubscribe") {
    const kept = [...subscription.assets].filter((id) => !requested.assets_ids.includes(id));
    return keepOpen({ ...subscription, assets: new Set(kept), isExtended }, []);
  }
  const added = requested.assets_ids.filter((id) => !subscription.assets.has(id));
  const assets = new Set([...subscription.assets, ...added]);
  if (assets.size > SUBSCRIPTIONS_MAX) return invalid(subscription);
  const next: MarketSubscription = { ...subscription, assets, isExtended };
  if (added.length === 0 && requested.assets_ids.length > 0)
    return keepOpen(next, ["NO NEW ASSETS"]);
  if (first?.initial_dump === false) return keepOpen(next, []);
  const books = [...new Set(added)]
    .map((id) => tokenWithBook(context, id))
    .filter((at) => at !== null)
    .map(({ known, token }) => bookFrame(known, token, bookMetaOf(context, known)));
  // The venue ends this frame with a line feed.
  return keepOpen(next, [`${JSON.stringify(books)}\n`]);
}

function userSubscriptionAfter(
  subscription: UserSubscription,
  message: unknown,
  context: RequestContext,
): MessageResult<ChannelSubscription> {
  const first = userSubscriptionWire.safeParse(message).data;
  if (first) {
    const isRefused = isLoginRefused(context.conditions, context.now);
    const key = isRefused ? null : keyWithSecret(context, first.auth);
    if (!key || (first.markets?.length ?? 0) > SUBSCRIPTIONS_MAX) return violation(subscription);
    const markets = first.markets && first.markets.length > 0 ? new Set(first.markets) : null;
    return keepOpen({ channel: "user", account: key.account, markets }, []);
  }
  const change = userSubscriptionChangeWire.safeParse(message).data;
  // Without a proven account there is no subscription to change.
  if (subscription.account === null) return violation(subscription);
  if (!change) return invalid(subscription);
  const known = [...(subscription.markets ?? [])];
  const markets =
    change.operation === "subscribe"
      ? new Set([...known, ...change.markets])
      : new Set(known.filter((id) => !change.markets.includes(id)));
  if (markets.size > SUBSCRIPTIONS_MAX) return invalid(subscription);
  return keepOpen({ ...subscription, markets }, []);
}

const violation = (subscription: ChannelSubscription): MessageResult<ChannelSubscription> => ({
  subscription,
  replies: [],
  closeCode: POLICY_VIOLATION,
});

const invalid = (subscription: ChannelSubscription): MessageResult<ChannelSubscription> =>
  keepOpen(subscription, [INVALID]);
