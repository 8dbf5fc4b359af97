export { type Client, type Clients, channelOf, connectedClients, send } from "./clients.ts";
export { type Frame, told } from "./frames.ts";
export { NO_PRICES, type PriceSubscription, pricesHeard } from "./prices.ts";
export { INVALID, NOTHING_YET, PONG, type Subscription, heard } from "./subscriptions.ts";
