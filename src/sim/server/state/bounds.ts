/** Every bound of the server, by name. What is beyond one is refused or cut off, never queued. */
import { CLOSED_KEPT } from "../../exchange/index.ts";

/** Of a request's body: fifteen orders, or a thousand ids, several times over. */
export const BODY_BYTES_MAX = 256 * 1024;
export const HEADER_BYTES_MAX = 16 * 1024;
/** Of a frame a client sends. */
export const FRAME_BYTES_MAX = 64 * 1024;
/** Sockets of both kinds together. */
export const CONNECTIONS_MAX = 512;
/** A request must have arrived by then. */
export const REQUEST_MS_MAX = 10_000;
/** What may wait for a reader that is slow; then its connection is cut. */
export const UNSENT_BYTES_MAX = 8 * 1024 * 1024;
/** An account has at least one. */
export const KEYS_MAX = 10_000;
/** Wallets that keys have signed for. */
export const WALLETS_MAX = 10_000;
/** Tokens or markets of one connection. */
export const SUBSCRIPTIONS_MAX = 500;
/** Of one message to the price socket. */
export const PRICES_MAX = 64;

/** Of a market: at so many, the notes of orders that it has forgotten go. */
export const ORDER_ORIGINS_MAX = 2 * CLOSED_KEPT;

export const ORDERS_PER_REQUEST_MAX = 15;
export const CANCELS_PER_REQUEST_MAX = 1_000;
export const BOOKS_PER_REQUEST_MAX = 500;
export const PAGE_LENGTH = 100;

/** How far the clock of a request may be from ours, in seconds. */
export const CLOCK_SKEW_S_MAX = 30;
/** How long anything may be set for, and how far a clock may be set off. */
export const SETTING_MS_MAX = 24 * 3_600_000;
/** How late a request, an answer or a frame may be. */
export const LATE_MS_MAX = 60_000;
/** How old balances may be: the core remembers its states for so long. */
export const LAG_MS_MAX = 5_000;
/** Requests, answers and frames that are late; beyond that they are not late any more. */
export const TIMERS_MAX = 10_000;
/** Network addresses whose requests are counted; beyond that the one silent for longest is forgotten. */
export const ADDRESSES_MAX = 64;
/** Requests of one address that wait for room under a limit, and how long; nobody waits beyond either. */
export const WAITING_REQUESTS_MAX = 100;
export const REQUEST_WAIT_MS_MAX = 2_000;
export const SCRIPT_LINES_MAX = 1_000;
/** Frames a connection has not been sent while it is frozen; then it is cut. */
export const FROZEN_FRAMES_MAX = 10_000;
/** Minutes of the reference that candles are made of: a day. */
export const CANDLES_MAX = 24 * 60;
/** Windows that are listed before they can be traded. */
export const UPCOMING_WINDOWS = 4;
