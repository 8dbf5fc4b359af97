export { type Client, type Clients, channelOf, createClients, send } from "./clients.ts";
export { type Frame, stepFrames } from "./frames.ts";
export { NO_PRICE_SUBSCRIPTION, type PriceSubscription, priceSubscriptionAfter } from "./prices.ts";
export {
  INVALID,
  NO_SUBSCRIPTION,
  PONG,
  type ChannelSubscription,
  channelSubscriptionAfter,
} from "./subscriptions.ts";
