/**
 * The limits of one network address in sliding windows (protocol 5.1). A request above a limit waits for
 * room in the window, and is refused where room would come too late. A window is counted in a hundred
 * slots, so a request is counted for at most one slot too long, and never too short.
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
  /** Multiplies every limit; above 0 and at most 1. A limit stays at least 1. */
  readonly scale: number;
}

export const NO_ADDRESS_LIMITS: AddressLimitSetting = { enforcement: "off", scale: 1 };

interface Rule {
  readonly of: RegExp;
  readonly limit: number;
  readonly windowMs: number;
}

/** Requests in ten seconds. `/api/v3` is Binance's, so no limit of the venue counts it. */
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
  // The ledger: reads of an account. With places and cancels in it, their own limits could never be reached.
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

/** Places and cancels: a burst in ten seconds, and a sustained limit in ten minutes. */
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

/** In the order in which a request passes them; each sees it when the one before lets it go. */
const RULES: readonly Rule[] = [
  ...PER_10_S.map(([of, limit]) => ({ of, limit, windowMs: BURST_MS })),
  ...TRADING.flatMap(([of, burst, sustained]) => [
    { of, limit: sustained, windowMs: SUSTAINED_MS },
    { of, limit: burst, windowMs: BURST_MS },
  ]),
];

/** A hundredth of a window, from `beginsAt` in Unix milliseconds, and the requests admitted in it. */
interface Slot {
  readonly beginsAt: number;
  readonly count: number;
}

interface AddressUsage {
  /** Admitted requests by rule: slots of one window, oldest first. */
  readonly passed: ReadonlyMap<Rule, readonly Slot[]>;
  /** The end of the wait of each waiting request. */
  readonly waitingUntil: readonly number[];
}

/** By network address; the latest to send a request is last. */
export type AddressUsages = ReadonlyMap<string, AddressUsage>;

/** The parts of a request that limits depend on; `route` is method and path, as in `GET /ok`. */
interface LimitedRequest {
  readonly from: string;
  readonly route: string;
}

/** A request is carried out, or refused, `afterMs` after its arrival. */
export interface Throttled {
  readonly usages: AddressUsages;
  readonly afterMs: number;
  /** Null where the request is carried out. */
  readonly refusal: Answer | null;
}

/** A refused request is not counted. */
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

/** The slots with one more request in the last: the slot of its arrival, or the first with room. */
function withRoom(
  slots: readonly Slot[],
  { limit, windowMs }: Rule,
  arrivesAt: number,
): readonly Slot[] {
  const slotMs = windowMs / SLOTS;
  // A request never overtakes one that waits under the same rule.
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

/** Beyond the bound, the address that has been silent for longest is dropped. */
function withUsage(usages: AddressUsages, from: string, usage: AddressUsage): AddressUsages {
  const others = [...usages].filter(([address]) => address !== from);
  return new Map([...others.slice(-(ADDRESSES_MAX - 1)), [from, usage]]);
}
