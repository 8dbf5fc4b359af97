/** Every bound of the server, by name. Anything beyond a bound is refused or cut off, never queued. */
import { CLOSED_KEPT } from "../../exchange/index.ts";

/**
 * A request's body, by path: fifteen orders of 1.1 KiB, a thousand ids of 69 bytes, five hundred tokens of
 * 95; each about three times over. Others have a few hundred bytes. JSON of these sizes is parsed
 * within 30 ms of one core, whatever is in it.
 */
const BODIES: Readonly<Record<string, number>> = {
  "/orders": 192 * 1024,
  "/orders-scoring": 192 * 1024,
  "/books": 128 * 1024,
  "/prices": 128 * 1024,
  "/midpoints": 128 * 1024,
  "/spreads": 128 * 1024,
  "/last-trades-prices": 128 * 1024,
};
const OTHER_BODY = 8 * 1024;
export const bodyBytesMax = (path: string): number => BODIES[path] ?? OTHER_BODY;
export const HEADER_BYTES_MAX = 16 * 1024;
/** A frame sent by a client, by channel: as many tokens, markets or streams as it may ask for, and more. */
export const FRAME_BYTES_MAX = {
  market: 64 * 1024,
  user: 64 * 1024,
  binance: 16 * 1024,
  prices: 16 * 1024,
} as const;
/** Of HTTP and WebSocket connections together, in real time: a socket knows no other. */
export const HTTP_LIMITS = { connections: 512, requestMs: 10_000, idleMs: 60_000, checkMs: 1_000 };
/** By when the client of a channel must have subscribed. */
export const HELLO_MS_MAX = 10_000;
/** Clients ping every 10 s at the latest: a channel on which nothing moves for so long has none. */
export const CHANNEL_IDLE_MS_MAX = 120_000;
/** Unsent bytes of a slow reader; beyond that its connection is cut. */
export const UNSENT_BYTES_MAX = 8 * 1024 * 1024;
/** API keys; every account has at least one. */
export const KEYS_MAX = 10_000;
/** Wallets that accounts have signed for. */
export const WALLETS_MAX = 10_000;
/** Tokens, markets or streams of one connection. */
export const SUBSCRIPTIONS_MAX = 500;
/** Channels in one message to the price socket. */
export const PRICES_MAX = 64;

/** Origins of orders kept for one market; at that number, those of forgotten orders are dropped. */
export const ORDER_ORIGINS_MAX = 2 * CLOSED_KEPT;

export const ORDERS_PER_REQUEST_MAX = 15;
export const CANCELS_PER_REQUEST_MAX = 1_000;
export const BOOKS_PER_REQUEST_MAX = 500;
export const PAGE_LENGTH = 100;

/** How far a request's timestamp may be from the venue's clock, in seconds. */
export const CLOCK_SKEW_S_MAX = 30;
/** Within so long the same request may come twice from one client: its time is in whole seconds. */
export const REPEAT_MS_MAX = 1_000;
/** Signatures that are remembered: a minute of a thousand requests a second, each with a time that is taken. */
export const SIGNATURES_MAX = 60_000;
/** The longest duration of a control command, and the largest skew of a clock. */
export const SETTING_MS_MAX = 24 * 3_600_000;
/** The longest delay of a request, an answer or a frame. */
export const LATE_MS_MAX = 60_000;
/** The largest age of balances and reads: the exchange remembers its states for so long. */
export const LAG_MS_MAX = 5_000;
/** Delayed requests, answers and frames together; beyond that none is delayed. */
export const TIMERS_MAX = 10_000;
/** Network addresses whose requests are counted; beyond that the longest silent is forgotten. */
export const ADDRESSES_MAX = 64;
/** Requests of one address that may wait for room under a limit, and how long each may. */
export const WAITING_REQUESTS_MAX = 100;
export const REQUEST_WAIT_MS_MAX = 2_000;
export const SCRIPT_LINES_MAX = 1_000;
/** Frames held back for one frozen connection; beyond that it is cut. */
export const FROZEN_FRAMES_MAX = 10_000;
/** Candles of a minute that are kept: a day. */
export const CANDLES_MAX = 24 * 60;
/** Windows of each series listed ahead of the last that trades. */
export const UPCOMING_WINDOWS = 4;
