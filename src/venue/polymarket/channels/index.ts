export type { WatchdogReport } from "./bookSuspicion.ts";
export { WATCHDOG_TIMING, type WatchdogTiming } from "./bookWatchdog.ts";
export { CHANNEL_TIMING, type ChannelsOptions, polymarketChannels } from "./channels.ts";
export { type DecodeWarnings, decodeWarnings } from "./decodeWarnings.ts";
export { PRICES_TIMING, type PricesOptions, priceStream } from "./priceSocket.ts";
