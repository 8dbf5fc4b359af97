/**
 * The rate limits of a signer: two token buckets, for orders and for cancels (protocol 5.2). Tokens are
 * counted in thousandths, so that a rate per second times milliseconds is exact.
 */
import type { EpochMs } from "../../../types/index.ts";
import { type Answer, failure } from "../state/index.ts";
import { retryAfter } from "./modes.ts";

export const ENFORCEMENTS = ["off", "warning", "enforced"] as const;
export const TIER_NAMES = [
  "standard",
  "copper",
  "bronze",
  "silver",
  "gold",
  "platinum",
  "diamond",
  "elite",
] as const;

/** `warning` admits everything, and marks in a header what would have been refused. */
export interface LimitSetting {
  readonly enforcement: (typeof ENFORCEMENTS)[number];
  readonly tier: (typeof TIER_NAMES)[number];
}

export const NO_LIMITS: LimitSetting = { enforcement: "off", tier: "standard" };

interface Pace {
  /** Tokens per second, and the most there can be. */
  readonly rate: number;
  readonly burst: number;
}

interface Tier {
  readonly orders: Pace;
  readonly cancels: Pace;
  /** Whether a cancel-all may take the bucket below zero. */
  readonly mayGoNegative: boolean;
}

const tier = (
  [orderRate, orderBurst]: readonly [number, number],
  [cancelRate, cancelBurst]: readonly [number, number],
  mayGoNegative: boolean,
): Tier => ({
  orders: { rate: orderRate, burst: orderBurst },
  cancels: { rate: cancelRate, burst: cancelBurst },
  mayGoNegative,
});

const TIERS: Readonly<Record<LimitSetting["tier"], Tier>> = {
  standard: tier([40, 60], [80, 120], true),
  copper: tier([60, 90], [120, 180], true),
  bronze: tier([80, 120], [160, 240], true),
  silver: tier([200, 300], [400, 600], true),
  gold: tier([400, 600], [800, 1_200], true),
  platinum: tier([450, 675], [900, 1_350], false),
  diamond: tier([525, 787], [1_050, 1_575], false),
  elite: tier([600, 900], [1_200, 1_800], false),
};

/** The names in `tier_details` are ours, for they are undocumented (protocol 3.9). */
export function tierRecord({ tier: name }: LimitSetting) {
  const { orders, cancels, mayGoNegative } = TIERS[name];
  // Without the volume missing to the next tier, which a tier that is assigned does not have.
  return {
    tier: name,
    period: 30,
    tier_details: { orders, cancels, negative_balance: mayGoNegative },
  };
}

interface Bucket {
  /** Tokens, in thousandths. */
  readonly level: number;
  readonly at: EpochMs;
}

/** The buckets of one signer; one that was never used is full. */
export interface Buckets {
  readonly orders?: Bucket;
  readonly cancels?: Bucket;
}

export interface Cost {
  readonly bucket: keyof Buckets;
  readonly tokens: number;
}

/** The charge for a request: the buckets after it, and the headers that describe them. */
export interface Charge {
  readonly buckets: Buckets;
  readonly headers: Readonly<Record<string, string>>;
  /** Null where the request is admitted. */
  readonly refusal: Answer | null;
}

const THOUSANDTHS = 1_000;

/** A request is admitted as a whole or refused; a refused request costs nothing. */
export function charged(
  buckets: Buckets,
  { bucket, tokens }: Cost,
  { enforcement, tier: name }: LimitSetting,
  now: EpochMs,
): Charge {
  const pace = TIERS[name][bucket];
  const filled = level(buckets[bucket], pace, now);
  const missing = tokens * THOUSANDTHS - filled;
  const isEnough = missing <= 0;
  const waitMs = Math.max(0, Math.ceil(missing / pace.rate));
  const left = isEnough ? -missing : filled;
  const headers = {
    ...limitHeaders(left, name, now + waitMs),
    ...(!isEnough && enforcement === "warning" && { "Poly-RateLimit-Warning": "true" }),
  };
  return {
    buckets: { ...buckets, [bucket]: { level: left, at: now } },
    headers,
    refusal:
      isEnough || enforcement === "warning"
        ? null
        : {
            ...failure(429, "Too Many Requests"),
            // No Retry-After for more tokens than the bucket can ever hold.
            headers: { ...headers, ...(tokens <= pace.burst && retryAfter(waitMs)) },
          },
  };
}

/** Charges a cancel-all for its orders: their number is known only afterwards. */
export function chargedAfterwards(
  buckets: Buckets,
  cancelled: number,
  { tier: name }: LimitSetting,
  now: EpochMs,
): Omit<Charge, "refusal"> {
  const { cancels, mayGoNegative } = TIERS[name];
  const rest = level(buckets.cancels, cancels, now) - cancelled * THOUSANDTHS;
  const left = mayGoNegative ? rest : Math.max(0, rest);
  return {
    buckets: { ...buckets, cancels: { level: left, at: now } },
    headers: limitHeaders(left, name, now),
  };
}

function level(bucket: Bucket | undefined, { rate, burst }: Pace, now: EpochMs): number {
  const full = burst * THOUSANDTHS;
  return bucket ? Math.min(full, bucket.level + Math.max(0, now - bucket.at) * rate) : full;
}

/** `Reset` is when the same request would be admitted, in Unix seconds; now where it was. */
const limitHeaders = (left: number, name: LimitSetting["tier"], resetAt: number) => ({
  "Poly-RateLimit-Remaining": String(Math.floor(left / THOUSANDTHS)),
  "Poly-RateLimit-Reset": String(Math.ceil(resetAt / 1_000)),
  "Poly-RateLimit-Tier": name,
});
