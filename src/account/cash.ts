/**
 * The account's cash: a base that readings of the venue's balance have shown, plus what has settled since. A reading lowers
 * it at once; what two readings show beyond all that is under way raises it.
 */
import {
  type Instant,
  type MicroUsdc,
  type MonotonicMs,
  NO_USDC,
  microUsdc,
} from "../types/index.ts";
import type { AccountConfig } from "./inputs.ts";
import type { AccountState, CashState, SettledSecond, Taken } from "./state.ts";

/** Two readings that show the same excess begin at least this far apart. */
const AGREE_GAP_MS = 10_000;
/** What has settled may be missing from a balance for this long. */
const BALANCE_LAG_MS = 10_000;
/** A reading that took longer is not used. */
const READING_MAX_MS = 10_000;
const SECOND_MS = 1_000;

export const NO_CASH: CashState = {
  base: null,
  ahead: NO_USDC,
  inflows: [],
  outflows: [],
  excess: null,
  readAt: null,
};

/** A market that trades with what it was given changes nothing of this. */
const fundOf = (
  { cash: { base } }: AccountState,
  missing: number,
  { capital }: AccountConfig,
): number => (base === null ? 0 : Math.min(base - missing, capital));

/** Cash that no market may use; below 0 where it went elsewhere. */
export const freeCash = (state: AccountState, config: AccountConfig): number =>
  fundOf(state, state.cash.ahead, config) - state.sums.held;

/**
 * What is shared among the markets that can be given cash. What trades under way explain takes nothing back from them, or
 * each reading ahead of its trades would: it only gives nothing more.
 */
export function sharedCash(state: AccountState, config: AccountConfig): number {
  const unexplained = Math.max(0, state.cash.ahead - state.sums.underWay);
  return Math.max(0, fundOf(state, unexplained, config) - state.sums.heldElse);
}

/** What the account believes to have, for a comparison with the venue. */
export interface CashView {
  /** Null before the first reading. */
  readonly cash: MicroUsdc | null;
  /** Nothing is under way in any market. */
  readonly isQuiet: boolean;
}

export const cashView = ({ cash: { base, ahead }, sums }: AccountState): CashView => ({
  cash: base === null ? null : microUsdc(base + sums.settledFlow - ahead),
  isQuiet: sums.unquiet === 0,
});

/** `settled`: what came in by trades that have settled now, below 0 where it went out. */
export function withSettled(state: AccountState, settled: number, at: Instant): AccountState {
  const { cash } = state;
  if (settled === 0) return state;
  return {
    ...state,
    cash: {
      ...cash,
      ahead: microUsdc(cash.ahead - Math.max(0, Math.min(-settled, cash.ahead))),
      inflows: settled > 0 ? withSecond(cash.inflows, settled, at) : cash.inflows,
      outflows: settled < 0 ? withSecond(cash.outflows, -settled, at) : cash.outflows,
    },
  };
}

function withSecond(
  seconds: readonly SettledSecond[],
  settled: number,
  { monotonicMs }: Instant,
): readonly SettledSecond[] {
  const second = Math.floor(monotonicMs / SECOND_MS);
  const oldest = second - (READING_MAX_MS + BALANCE_LAG_MS) / SECOND_MS - 1;
  const others = seconds.filter((each) => each.second >= oldest && each.second !== second);
  const same = seconds.find((each) => each.second === second)?.cash ?? 0;
  return [...others, { second, cash: same + settled }];
}

interface Reading {
  readonly cash: MicroUsdc;
  readonly beganAt: MonotonicMs;
  readonly at: Instant;
}

/** One that comes late, or out of order, changes nothing. The first is believed as it is: without cash nothing rests, and no other might come. */
export function withReading(state: AccountState, reading: Reading): Taken {
  const { cash, beganAt, at } = reading;
  const { base, readAt } = state.cash;
  const isLate =
    at.monotonicMs - beganAt > READING_MAX_MS || (readAt !== null && beganAt <= readAt);
  if (isLate) return { state, notices: [] };
  const read = { ...state, cash: { ...state.cash, readAt: beganAt } };
  if (base === null) {
    return {
      state: withBase(read, cash - state.sums.settledFlow),
      notices: [{ type: "cash.adopted", cash, change: null }],
    };
  }
  const lowered = withMissing(read, base, reading);
  const shown = shownBeyond(lowered.state, reading);
  const { excess } = state.cash;
  const least = Math.min(shown, excess?.cash ?? Infinity);
  const isShownTwice = excess !== null && beganAt - excess.beganAt >= AGREE_GAP_MS;
  if (shown <= 0 || !isShownTwice) {
    return withExcess(lowered, least, excess?.beganAt ?? beganAt);
  }
  // What this one shows beyond the one before is shown for the first time.
  return withExcess(raised(lowered, least, cash), shown - least, beganAt);
}

const withBase = (state: AccountState, base: number): AccountState => ({
  ...state,
  cash: { ...state.cash, base: microUsdc(base) },
});

const withExcess = ({ state, notices }: Taken, cash: number, beganAt: MonotonicMs): Taken => ({
  state: { ...state, cash: { ...state.cash, excess: cash > 0 ? { cash, beganAt } : null } },
  notices,
});

/** What trades under way do not explain has gone; what they may explain is ahead of them. */
function withMissing(state: AccountState, base: number, { cash, beganAt }: Reading): Taken {
  const { inflows, ahead } = state.cash;
  const missing = base + state.sums.settledFlow - recent(inflows, beganAt) - cash;
  if (missing <= 0) return { state, notices: [] };
  const gone = Math.max(0, missing - state.sums.underWay);
  const lowered = withBase(state, base - gone);
  return {
    state: {
      ...lowered,
      cash: { ...lowered.cash, ahead: microUsdc(Math.max(ahead, missing) - gone) },
    },
    notices: gone > 0 ? [{ type: "cash.short", cash, missing: microUsdc(gone) }] : [],
  };
}

/** What a reading that began then may not have. */
function recent(seconds: readonly SettledSecond[], beganAt: MonotonicMs): number {
  const since = (beganAt - BALANCE_LAG_MS) / SECOND_MS - 1;
  return seconds.reduce((sum, { second, cash }) => sum + (second >= since ? cash : 0), 0);
}

/**
 * What this reading shows beyond what is believed: payouts and deposits. All that went out lately may not be in it yet, and all that
 * sales under way will bring may be; purchases under way only make it less.
 */
function shownBeyond({ cash: known, sums }: AccountState, { cash, beganAt }: Reading): number {
  const believed = (known.base ?? 0) + sums.settledFlow - known.ahead;
  return cash - believed - sums.incoming - recent(known.outflows, beganAt);
}

/** What was ahead of trades that never took it is found again first. */
function raised({ state, notices }: Taken, excess: number, cash: MicroUsdc): Taken {
  const { base, ahead } = state.cash;
  const found = Math.min(ahead, excess);
  const next = withBase(state, (base ?? 0) + excess - found);
  return {
    state: {
      ...next,
      cash: { ...next.cash, ahead: microUsdc(ahead - found) },
    },
    notices: [...notices, { type: "cash.adopted", cash, change: microUsdc(excess) }],
  };
}
