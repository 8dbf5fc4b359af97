export { type Client, type Clients, createClients, send } from "./clients.ts";
export { stepFrames } from "./frames.ts";
export { channelOf, subscriptionAfter, subscriptionAt } from "./messages.ts";
export { INVALID, PONG } from "./subscriptions.ts";
