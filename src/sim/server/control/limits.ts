/**
 * Two token buckets per signer, for orders and for cancels (protocol 5.2). Tokens are counted in
 * thousandths, so that a rate per second times milliseconds is exact.
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

/** `warning` lets everything through and says what would have been refused. */
export interface LimitSetting {
  readonly enforcement: (typeof ENFORCEMENTS)[number];
  readonly tier: (typeof TIER_NAMES)[number];
}

export const NO_LIMITS: LimitSetting = { enforcement: "off", tier: "standard" };

interface Pace {
  /** Tokens per second, and how many there can be. */
  readonly rate: number;
  readonly burst: number;
}

interface Tier {
  readonly orders: Pace;
  readonly cancels: Pace;
  /** Whether a cancel of everything may leave less than nothing behind. */
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

/** The words outside `tier_details` are documented, those in it are ours (protocol 3.9). */
export function tierRecord({ tier: name }: LimitSetting) {
  const { orders, cancels, mayGoNegative } = TIERS[name];
  // A tier that was given, not earned, says nothing of the volume to the next.
  return {
    tier: name,
    period: 30,
    tier_details: { orders, cancels, negative_balance: mayGoNegative },
  };
}

interface Bucket {
  /** In thousandths. */
  readonly level: number;
  readonly at: EpochMs;
}

/** Of one signer; a bucket that was never drawn from is full. */
export interface Buckets {
  readonly orders?: Bucket;
  readonly cancels?: Bucket;
}

export interface Cost {
  readonly bucket: keyof Buckets;
  readonly tokens: number;
}

/** A request weighed: the buckets as it leaves them, and what is said about them. */
export interface Charge {
  readonly buckets: Buckets;
  readonly headers: Readonly<Record<string, string>>;
  /** Null where it may go on. */
  readonly refusal: Answer | null;
}

const THOUSANDTHS = 1_000;

/** Admitted whole or not at all; what is not costs nothing. */
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
            // Waiting helps nobody who asks for more than there can ever be.
            headers: { ...headers, ...(tokens <= pace.burst && retryAfter(waitMs)) },
          },
  };
}

/** How many orders were cancelled is known only afterwards; then they are paid for. */
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

/** `Reset` is when the same request could pass, in Unix seconds; the moment itself where it did. */
const limitHeaders = (left: number, name: LimitSetting["tier"], resetAt: number) => ({
  "Poly-RateLimit-Remaining": String(Math.floor(left / THOUSANDTHS)),
  "Poly-RateLimit-Reset": String(Math.ceil(resetAt / 1_000)),
  "Poly-RateLimit-Tier": name,
});
