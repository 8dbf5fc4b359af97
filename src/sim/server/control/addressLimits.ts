/**
 * What one network address may ask in a sliding window (protocol 5.1). Who asks more waits for room,
 * and is refused where none comes soon enough. Windows are counted in hundredths: what was asked is
 * forgotten at most a hundredth too late, and never too early.
 */
import type { EpochMs } from "../../../types/index.ts";
import {
  type Answer,
  failure,
  ADDRESSES_MAX,
  REQUEST_WAIT_MS_MAX,
  WAITING_REQUESTS_MAX,
} from "../state/index.ts";
import { retryAfter } from "./modes.ts";

export const ADDRESS_ENFORCEMENTS = ["off", "enforced"] as const;

export interface AddressLimitSetting {
  readonly enforcement: (typeof ADDRESS_ENFORCEMENTS)[number];
  /** What every limit is multiplied by, above 0 and at most 1; at least one request is left of it. */
  readonly scale: number;
}

export const NO_ADDRESS_LIMITS: AddressLimitSetting = { enforcement: "off", scale: 1 };

interface Rule {
  readonly of: RegExp;
  readonly limit: number;
  readonly windowMs: number;
}

/** The reference under `/api/v3` is not the venue's, and has limits of its own there. */
const PER_10_S: readonly (readonly [of: RegExp, limit: number])[] = [
  [/ \/(?!api\/v3\/)/, 15_000],
  [/ \/(?!api\/v3\/|gamma\/)/, 9_000],
  [/ \/ok$/, 100],
  [/^GET \/balance-allowance$/, 200],
  [/ \/balance-allowance\/update$/, 50],
  [/ \/book$/, 1_500],
  [/ \/books$/, 500],
  [/ \/price$/, 1_500],
  [/ \/prices$/, 500],
  [/ \/midpoint$/, 1_500],
  [/ \/midpoints$/, 500],
  [/ \/prices-history$/, 1_000],
  [/ \/tick-size$/, 200],
  // The ledger: reads of an account. Were it places and cancels too, theirs could never be reached.
  [/^GET \/data\/(orders|order\/.*|trades)$| \/notifications$/, 900],
  [/ \/data\/orders$/, 500],
  [/ \/data\/trades$/, 500],
  [/ \/notifications$/, 125],
  [/ \/auth\//, 100],
  [/ \/gamma\//, 4_000],
  [/ \/gamma\/(events|markets)(\/|$)/, 900],
  [/ \/gamma\/events(\/|$)/, 500],
  [/ \/gamma\/markets(\/|$)/, 300],
  [/ \/gamma\/public-search$/, 350],
];

/** In ten seconds, and in ten minutes. */
const TRADING: readonly (readonly [of: RegExp, burst: number, sustained: number])[] = [
  [/^POST \/order$/, 5_000, 120_000],
  [/^DELETE \/order$/, 5_000, 120_000],
  [/^POST \/orders$/, 2_000, 21_000],
  [/^DELETE \/orders$/, 2_000, 15_000],
  [/^DELETE \/cancel-all$/, 250, 6_000],
  [/^DELETE \/cancel-market-orders$/, 1_500, 21_000],
];

const BURST_MS = 10_000;
const SUSTAINED_MS = 600_000;
const SLOTS = 100;

/** A request passes them in this order, each when it has left the one before: the last is exact. */
const RULES: readonly Rule[] = [
  ...PER_10_S.map(([of, limit]) => ({ of, limit, windowMs: BURST_MS })),
  ...TRADING.flatMap(([of, burst, sustained]) => [
    { of, limit: sustained, windowMs: SUSTAINED_MS },
    { of, limit: burst, windowMs: BURST_MS },
  ]),
];

/** A hundredth of a window, in Unix milliseconds, and what passed in it. */
interface Slot {
  readonly beginsAt: number;
  readonly count: number;
}

interface AddressUsage {
  /** By rule; oldest first, never more than a window of them. */
  readonly passed: ReadonlyMap<Rule, readonly Slot[]>;
  /** When each of those that wait will have waited. */
  readonly waitingUntil: readonly number[];
}

/** By address; who asked last is last. */
export type AddressUsages = ReadonlyMap<string, AddressUsage>;

/** A request as far as limits look at it: who asks, and method and path, as in `GET /ok`. */
interface LimitedRequest {
  readonly from: string;
  readonly route: string;
}

/** What becomes of a request: it is carried out, or refused, so much after it came. */
export interface Throttled {
  readonly usages: AddressUsages;
  readonly afterMs: number;
  /** Null where it is carried out. */
  readonly refusal: Answer | null;
}

/** What is refused costs nothing. */
export function throttled(
  usages: AddressUsages,
  { from, route }: LimitedRequest,
  { scale }: AddressLimitSetting,
  now: EpochMs,
): Throttled {
  const known = usages.get(from) ?? { passed: new Map(), waitingUntil: [] };
  const passed = new Map(known.passed);
  let at: number = now;
  for (const rule of RULES.filter(({ of }) => of.test(route))) {
    const limit = Math.max(1, Math.round(rule.limit * scale));
    const slots = withRoom(passed.get(rule) ?? [], { ...rule, limit }, at);
    at = Math.max(at, slots.at(-1)?.beginsAt ?? at);
    passed.set(rule, slots);
  }
  const waitMs = at - now;
  const waiting = known.waitingUntil.filter((until) => until > now);
  const allowedWaitMs =
    waiting.length < WAITING_REQUESTS_MAX ? Math.min(waitMs, REQUEST_WAIT_MS_MAX) : 0;
  const waitingUntil = allowedWaitMs > 0 ? [...waiting, now + allowedWaitMs] : waiting;
  return allowedWaitMs === waitMs
    ? {
        usages: withUsage(usages, from, { passed, waitingUntil }),
        afterMs: allowedWaitMs,
        refusal: null,
      }
    : {
        usages: withUsage(usages, from, { passed: known.passed, waitingUntil }),
        afterMs: allowedWaitMs,
        refusal: {
          ...failure(429, "Too Many Requests"),
          headers: retryAfter(waitMs - allowedWaitMs),
        },
      };
}

/** The slots with one more in the last: the slot of its arrival, or the first that has room. */
function withRoom(
  slots: readonly Slot[],
  { limit, windowMs }: Rule,
  arrivesAt: number,
): readonly Slot[] {
  const slotMs = windowMs / SLOTS;
  // Nobody overtakes who waits for the same.
  let at = Math.max(arrivesAt, slots.at(-1)?.beginsAt ?? arrivesAt);
  let total = slots.reduce((sum, { count }) => sum + count, 0);
  const kept = [...slots];
  for (let oldest = kept[0]; oldest; oldest = kept[0]) {
    const forgottenAt = oldest.beginsAt + slotMs + windowMs;
    if (forgottenAt > at && total < limit) break;
    at = Math.max(at, forgottenAt);
    total -= oldest.count;
    kept.shift();
  }
  const beginsAt = at - (at % slotMs);
  const last = kept.at(-1);
  return last?.beginsAt === beginsAt
    ? [...kept.slice(0, -1), { beginsAt, count: last.count + 1 }]
    : [...kept, { beginsAt, count: 1 }];
}

/** Who has not asked for longest is forgotten for whoever is new. */
function withUsage(usages: AddressUsages, from: string, usage: AddressUsage): AddressUsages {
  const others = [...usages].filter(([address]) => address !== from);
  return new Map([...others.slice(-(ADDRESSES_MAX - 1)), [from, usage]]);
}
