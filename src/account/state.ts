/** What the account knows. All of it is plain data. */
import type {
  EpochMs,
  Instant,
  LimitHit,
  MarketId,
  MarketLimits,
  MicroUsdc,
  MonotonicMs,
  ReferencePrice,
} from "../types/index.ts";
import type { LimitName, MarketDigest, Notice, RateName, Scope } from "./inputs.ts";
import type { Table } from "./table.ts";

/** Markets at once; one more is opened without cash. */
export const MARKETS_MAX = 512;
export const DAY_MS = 86_400_000;

/** Limits that were sent, and that an executor may still act on. */
export interface SentCash {
  readonly seq: number;
  readonly cash: MicroUsdc;
}

export interface AccountMarket {
  readonly id: MarketId;
  /** Its series where that has a weight, else "": who shares a part with it. */
  readonly series: string;
  readonly reference: string | null;
  /** Markets of one group resolve by one price. */
  readonly group: string;
  readonly endsAt: EpochMs;
  readonly strike: ReferencePrice;
  readonly wants: MicroUsdc;
  /** Its executor, since it was opened last, has done its first survey. */
  readonly isRead: boolean;
  /** Its executor is gone. */
  readonly hasLeft: boolean;
  /** The last one after a first survey; null where there was none yet. */
  readonly digest: MarketDigest | null;
  /** As sent last. */
  readonly limits: MarketLimits;
  /** Oldest first, each larger than those after it. */
  readonly sent: readonly SentCash[];
  /** At the last fresh mark. */
  readonly result: MicroUsdc;
  /** Its loss counts from here: 0, or the result at its last clearance. */
  readonly lossBase: MicroUsdc;
  /** Of the limits that are counted for it alone. */
  readonly hits: readonly LimitHit[];
}

/** Kept, never recounted: `test/laws/M-account.test.ts` recounts them. All in micro-dollars but for the count. */
export interface Sums {
  /** What may be used of the cash; `market.ts` says of one market what that is. */
  readonly held: number;
  /** The part of it in markets that get nothing any more, or nothing yet. */
  readonly heldElse: number;
  readonly settledFlow: number;
  /** What trades under way will still take out of the cash, at most. */
  readonly underWay: number;
  /** What sales under way may already have brought into a balance. */
  readonly incoming: number;
  readonly result: number;
  /** The worst result of all open markets. */
  readonly worst: number;
  /** Markets that are not read, or not quiet. */
  readonly unquiet: number;
}

/** Of the markets that can be given cash. */
export interface SeriesSums {
  readonly markets: number;
  readonly need: number;
  /** Those that have been given some. */
  readonly seated: number;
}

export interface GroupMember {
  readonly strike: ReferencePrice;
  /** Result if YES wins, and if NO does. */
  readonly ifYes: number;
  readonly ifNo: number;
}

export interface Group {
  readonly members: Readonly<Record<string, GroupMember>>;
  readonly worst: number;
}

/** Largest gain and loss of the markets of one reference and end, for each unit of its move, in micro-dollars. */
export interface EndExposure {
  readonly upPercent: number;
  readonly downPercent: number;
  readonly upSigma: number;
  readonly downSigma: number;
  readonly markets: number;
}

/** Sums over the ends of a reference: nothing is netted between them. */
export interface ReferenceExposure {
  readonly percent: number;
  readonly sigma: number;
  readonly markets: number;
}

/** `cash` is above 0. */
export interface SettledSecond {
  readonly second: number;
  readonly cash: number;
}

export interface CashState {
  /** Cash of readings less the settled flows of the markets that are known; null before the first reading. */
  readonly base: MicroUsdc | null;
  /** By how much a reading was ahead of trades under way, which will explain it once they settle. */
  readonly ahead: MicroUsdc;
  /** Settled in the last seconds, by second, what came in and what went out: a reading may not have it yet. */
  readonly inflows: readonly SettledSecond[];
  readonly outflows: readonly SettledSecond[];
  /** Least that all readings since then have shown beyond what anything of ours explains; null where the last one showed none. */
  readonly excess: { readonly cash: number; readonly beganAt: MonotonicMs } | null;
  readonly readAt: MonotonicMs | null;
}

export interface ResultState {
  /** Days since 1970 in UTC. It never goes back. */
  readonly day: number;
  /** The loss of the day counts down from here: the result when it began, or at the last clearance. */
  readonly dayBase: MicroUsdc;
  /** Highest since the last clearance. */
  readonly peak: MicroUsdc;
  /** Of all markets that are closed, from the first day on. */
  readonly closed: MicroUsdc;
}

/** A hit of the whole account, or of one reference. */
export interface SharedHit {
  readonly reference: string | null;
  readonly hit: LimitHit;
}

/** Up to this value a limit was cleared; it ends once the value is within the limit. */
export interface Excuse {
  readonly limit: LimitName;
  readonly scope: Scope;
  /** In the unit of the limit. */
  readonly value: number;
}

/** What the process before knew of a market that was open; its result is in `closed` until it is opened again. */
export interface RememberedMarket {
  readonly market: MarketId;
  readonly endsAt: EpochMs;
  readonly result: MicroUsdc;
  readonly lossBase: MicroUsdc;
  readonly hits: readonly LimitHit[];
}

export interface RateSlot {
  readonly second: number;
  readonly count: number;
}

export interface AccountState {
  /** Of the last input. */
  readonly at: Instant;
  readonly markets: Table<AccountMarket>;
  /** In the order of opening; a step looks at some of them, from `cursor` on. */
  readonly ring: readonly MarketId[];
  readonly cursor: number;
  readonly sums: Sums;
  readonly series: Readonly<Record<string, SeriesSums>>;
  readonly groups: Table<Group>;
  readonly ends: Table<EndExposure>;
  readonly references: Table<ReferenceExposure>;
  readonly cash: CashState;
  readonly results: ResultState;
  readonly rates: Readonly<Record<RateName, readonly RateSlot[]>>;
  readonly hits: readonly SharedHit[];
  readonly excuses: readonly Excuse[];
  readonly remembered: readonly RememberedMarket[];
}

export interface AccountStep {
  readonly state: AccountState;
  /** Of those markets alone whose limits have changed, and of one that has just been opened. */
  readonly limits: readonly { readonly market: MarketId; readonly limits: MarketLimits }[];
  readonly notices: readonly Notice[];
}

/** What an input has changed, before the limits that follow from it. */
export type Taken = Pick<AccountStep, "state" | "notices">;
