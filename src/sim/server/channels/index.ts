export { type Client, type Clients, createClients, send } from "./clients.ts";
export { stepFrames } from "./frames.ts";
export { channelOf, needsHello, subscriptionAfter, subscriptionAt } from "./messages.ts";
export { INVALID, POLICY_VIOLATION, PONG } from "./subscriptions.ts";
