/** The rate limit headers of an answer. [protocol 5.2] */
import { type Allowance, type EpochMs, parseEpochMs } from "../../../types/index.ts";
import type { RateLimitHeaders, Reply } from "./frame.ts";
import { headerSeconds } from "./decodeFailure.ts";

/** Null where all of them are missing. */
export function rateLimitHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): RateLimitHeaders | null {
  const one = (name: string): string | null => {
    const value = headers[`poly-ratelimit-${name}`];
    return typeof value === "string" ? value.trim() : null;
  };
  const all = {
    remaining: one("remaining"),
    reset: one("reset"),
    tier: one("tier"),
    warning: one("warning"),
  };
  return Object.values(all).every((value) => value === null) ? null : all;
}

/** Null without rate limit headers. A header that cannot be parsed counts as missing. */
export function allowanceOf(
  {
    status,
    retryAfter,
    rateLimit,
  }: Pick<Reply, "status" | "retryAfter"> & {
    readonly rateLimit: RateLimitHeaders | null;
  },
  now: EpochMs,
): Allowance | null {
  const isOver = status === 429 || rateLimit?.warning?.toLowerCase() === "true";
  if (rateLimit === null && !isOver) return null;
  return {
    tier: rateLimit?.tier?.toLowerCase() ?? null,
    remaining: tokens(rateLimit?.remaining ?? null),
    isOver,
    retryAfterMs: isOver ? waitMs(retryAfter, rateLimit?.reset ?? null, now) : null,
  };
}

/**
 * The reset header is a time in unix seconds: when the wait is over, not when the bucket is full.
 */
function waitMs(retryAfter: string | null, reset: string | null, now: EpochMs): number | null {
  const seconds = headerSeconds(retryAfter);
  if (seconds !== null) return seconds * 1_000;
  const until = reset === null ? null : parseEpochMs(reset);
  return until === null ? null : Math.max(0, Math.ceil(until - now));
}

/** Rounded down: a part of a token permits no request. */
const tokens = (text: string | null): number | null =>
  text !== null && /^-?\d{1,9}(\.\d+)?$/.test(text) ? Math.floor(Number(text)) : null;
