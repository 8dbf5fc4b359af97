/** What one connection of a channel follows, and how a message of its client changes that. */
import {
  marketSubscriptionChangeWire,
  marketSubscriptionWire,
  userSubscriptionChangeWire,
  userSubscriptionWire,
} from "../../../venue/polymarket/wire/index.ts";
import type { AccountId } from "../../exchange/index.ts";
import { type RequestContext, keyNamed, tokenAt, tapeOf } from "../rest/index.ts";
import { SUBSCRIPTIONS_MAX, parsed } from "../state/index.ts";
import { bookFrame, type Frame } from "./frames.ts";

export type Subscription =
  | {
      readonly channel: "market";
      readonly assets: ReadonlySet<string>;
      readonly isCustom: boolean;
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
  readonly subscription: Subscription;
  readonly replies: readonly string[];
  readonly isOver: boolean;
}

export const NOTHING_YET = {
  market: { channel: "market", assets: new Set<string>(), isCustom: false },
  user: { channel: "user", account: null, markets: null },
} as const satisfies Record<string, Subscription>;

export const PONG = "PONG";
export const INVALID = "INVALID OPERATION";

export function heard(subscription: Subscription, text: string, context: RequestContext): Heard {
  if (text.trim() === "PING") return { subscription, replies: [PONG], isOver: false };
  const message = parsed(text);
  return subscription.channel === "market"
    ? marketHeard(subscription, message, context)
    : userHeard(subscription, message, context);
}

export function isFor(subscription: Subscription, frame: Frame): boolean {
  if (subscription.channel === "market") {
    if (frame.channel !== "market" || (frame.isCustom && !subscription.isCustom)) return false;
    return frame.assets?.some((asset) => subscription.assets.has(asset)) ?? true;
  }
  return (
    frame.channel === "user" &&
    frame.account === subscription.account &&
    (subscription.markets?.has(frame.market) ?? true)
  );
}

type MarketSubscription = Extract<Subscription, { channel: "market" }>;
type UserSubscription = Extract<Subscription, { channel: "user" }>;

function marketHeard(
  subscription: MarketSubscription,
  message: unknown,
  context: RequestContext,
): Heard {
  const first = marketSubscriptionWire.safeParse(message).data;
  const change = first ? undefined : marketSubscriptionChangeWire.safeParse(message).data;
  const asked = first ?? change;
  if (!asked) return invalid(subscription);
  const isCustom = asked.custom_feature_enabled ?? subscription.isCustom;
  if (change?.operation === "unsubscribe") {
    const left = [...subscription.assets].filter((id) => !asked.assets_ids.includes(id));
    return going({ ...subscription, assets: new Set(left), isCustom }, []);
  }
  const added = asked.assets_ids.filter((id) => !subscription.assets.has(id));
  const assets = new Set([...subscription.assets, ...added]);
  if (assets.size > SUBSCRIPTIONS_MAX) return invalid(subscription);
  const next: MarketSubscription = { ...subscription, assets, isCustom };
  if (added.length === 0 && asked.assets_ids.length > 0) return going(next, ["NO NEW ASSETS"]);
  if (first?.initial_dump === false) return going(next, []);
  const books = [...new Set(added)]
    .map((id) => tokenAt(context, id))
    .filter((at) => at !== null)
    .map(({ known, token }) => bookFrame(known, token, tapeOf(context, known)));
  // With the line feed that the venue puts behind it.
  return going(next, [`${JSON.stringify(books)}\n`]);
}

function userHeard(
  subscription: UserSubscription,
  message: unknown,
  context: RequestContext,
): Heard {
  const first = userSubscriptionWire.safeParse(message).data;
  if (first) {
    const key = keyNamed(context, first.auth);
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

const going = (subscription: Subscription, replies: readonly string[]): Heard => ({
  subscription,
  replies,
  isOver: false,
});

const invalid = (subscription: Subscription): Heard => going(subscription, [INVALID]);
