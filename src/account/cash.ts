/**
 * The account's cash: a base that was adopted, plus what has settled since. A reading of the venue's balance lowers it
 * at once, and raises it only where two readings agree while nothing was under way that could explain the difference.
 */
import {
  type Instant,
  type MicroUsdc,
  type MonotonicMs,
  NO_USDC,
  microUsdc,
} from "../types/index.ts";
import type { AccountConfig, Unpaid, Notice } from "./inputs.ts";
import type { AccountState, CashState, SettledSecond } from "./state.ts";

/** Two readings that agree begin at least this far apart. */
const AGREE_GAP_MS = 10_000;
/** What has settled may be missing from a balance for this long. */
const BALANCE_LAG_MS = 10_000;
/** A reading that took longer is not used. */
const READING_MAX_MS = 10_000;
const SECOND_MS = 1_000;

export const noCash = (at: Instant): CashState => ({
  base: null,
  shortfall: NO_USDC,
  excusable: NO_USDC,
  inflows: [],
  outflows: [],
  excess: null,
  quietSince: at.monotonicMs,
  candidate: null,
  readAt: null,
});

/** A market that trades with what it was given changes nothing of this. */
const fundOf = (
  { cash: { base } }: AccountState,
  missing: number,
  { capital }: AccountConfig,
): number => (base === null ? 0 : Math.min(base - missing, capital));

/** Cash that no market may use; below 0 where it went elsewhere. */
export const freeCash = (state: AccountState, config: AccountConfig): number =>
  fundOf(state, state.cash.shortfall, config) - state.sums.held;

/** What is missing whatever the trades under way take. */
const unexplained = ({ cash, sums }: AccountState): number =>
  Math.max(0, cash.shortfall - sums.underWay);

/**
 * What is shared among the markets that can be given cash. A shortfall that trades under way may explain takes nothing
 * back from them, or each reading ahead of its trades would: it only gives nothing more.
 */
export const sharedCash = (state: AccountState, config: AccountConfig): number =>
  Math.max(0, fundOf(state, unexplained(state), config) - state.sums.heldElse);

/** What the account believes to have, for a comparison with the venue. */
export interface CashView {
  /** Null before the first reading. */
  readonly cash: MicroUsdc | null;
  /** What readings have shown to be missing; `cash` is without it already. */
  readonly missing: MicroUsdc;
  /** Nothing is under way in any market. */
  readonly isQuiet: boolean;
}

export const cashView = ({ cash: { base, shortfall }, sums }: AccountState): CashView => ({
  cash: base === null ? null : microUsdc(base + sums.settledFlow - shortfall),
  missing: shortfall,
  isQuiet: sums.unquiet === 0,
});

/** `settled`: what came in by trades that have settled now, below 0 where it went out. */
export function withSettled(
  before: AccountState,
  state: AccountState,
  settled: number,
  at: Instant,
): AccountState {
  const { cash } = state;
  const { unquiet } = state.sums;
  const isBegun = before.sums.unquiet > 0 || settled !== 0 || cash.quietSince === null;
  const excused = Math.max(0, Math.min(-settled, cash.excusable, cash.shortfall));
  return {
    ...state,
    cash: {
      ...cash,
      quietSince: unquiet > 0 ? null : isBegun ? at.monotonicMs : cash.quietSince,
      shortfall: microUsdc(cash.shortfall - excused),
      excusable: microUsdc(cash.excusable - excused),
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

/** One that comes late, or out of order, changes nothing. */
export function withReading(
  state: AccountState,
  reading: Reading,
): { readonly state: AccountState; readonly notices: readonly Notice[] } {
  const { beganAt, at } = reading;
  const { readAt } = state.cash;
  const isLate =
    at.monotonicMs - beganAt > READING_MAX_MS || (readAt !== null && beganAt <= readAt);
  if (isLate) return { state, notices: [] };
  const lowered = withShortfall(state, reading);
  const { candidate, isAgreed } = compared(lowered, reading);
  if (isAgreed) return takenOver(state, reading);
  const noted = { ...lowered, cash: { ...lowered.cash, candidate, readAt: beganAt } };
  const excess = excessAfter(noted, reading);
  if (excess !== null && beganAt - excess.beganAt >= AGREE_GAP_MS) {
    return raised(noted, excess.cash, reading);
  }
  const isShort = unexplained(lowered) > unexplained(state);
  return {
    state: { ...noted, cash: { ...noted.cash, excess } },
    notices: isShort
      ? [{ type: "cash.short", cash: reading.cash, missing: lowered.cash.shortfall }]
      : [],
  };
}

function withShortfall(state: AccountState, { cash, beganAt }: Reading): AccountState {
  const { base, inflows, shortfall, excusable } = state.cash;
  if (base === null) return state;
  const missing = base + state.sums.settledFlow - recent(inflows, beganAt) - cash;
  if (missing <= 0) return state;
  const most = Math.max(shortfall, missing);
  // What an earlier reading has shown without these trades, they do not explain.
  const least = Math.max(shortfall - excusable, missing - state.sums.underWay);
  return {
    ...state,
    cash: {
      ...state.cash,
      shortfall: microUsdc(most),
      excusable: microUsdc(most - least),
    },
  };
}

/** What a reading that began then may not have. */
function recent(seconds: readonly SettledSecond[], beganAt: MonotonicMs): number {
  const since = (beganAt - BALANCE_LAG_MS) / SECOND_MS - 1;
  return seconds.reduce((sum, { second, cash }) => sum + (second >= since ? cash : 0), 0);
}

/**
 * What this reading shows beyond what is believed, though all that went out lately may not be in it yet, and all that sales under way will
 * bring may be: paid-out winners and deposits, while trading goes on. Purchases under way only make it less.
 */
function excessAfter(
  { cash: known, sums }: AccountState,
  { cash, beganAt }: Reading,
): CashState["excess"] {
  const { base, shortfall, outflows, excess } = known;
  if (base === null) return null;
  const believed = base + sums.settledFlow - shortfall;
  const shown = cash - believed - sums.incoming - recent(outflows, beganAt);
  if (shown <= 0) return null;
  return excess === null
    ? { cash: shown, beganAt }
    : { ...excess, cash: Math.min(excess.cash, shown) };
}

/** By what two readings have shown at least. What was missing is found again first. */
function raised(
  state: AccountState,
  excess: number,
  { cash }: Reading,
): { readonly state: AccountState; readonly notices: readonly Notice[] } {
  const { base, shortfall, excusable } = state.cash;
  const found = Math.min(shortfall, excess);
  return {
    state: {
      ...state,
      cash: {
        ...state.cash,
        base: microUsdc((base ?? 0) + excess - found),
        shortfall: microUsdc(shortfall - found),
        excusable: microUsdc(Math.min(excusable, shortfall - found)),
        excess: null,
      },
    },
    notices: [
      {
        type: "cash.adopted",
        cash,
        change: microUsdc(excess),
        unpaidSum: unpaidSum(state.unpaid),
      },
    ],
  };
}

/** The first reading of all has nothing to agree with. */
function compared(
  { cash: known, sums }: AccountState,
  { cash, beganAt }: Reading,
): { readonly candidate: CashState["candidate"]; readonly isAgreed: boolean } {
  const { base, quietSince, candidate, shortfall } = known;
  // With no cash at all nothing is ever placed, and so no other reading might come: a later one corrects it.
  if (base === null) return { candidate: null, isAgreed: true };
  if (quietSince === null || quietSince > beganAt) return { candidate: null, isAgreed: false };
  const isExpected = cash === base + sums.settledFlow && shortfall === 0;
  if (isExpected) return { candidate: null, isAgreed: false };
  const isSame = candidate !== null && candidate.cash === cash && candidate.beganAt >= quietSince;
  return {
    candidate: isSame ? candidate : { cash, beganAt },
    isAgreed: isSame && beganAt - candidate.beganAt >= AGREE_GAP_MS,
  };
}

function takenOver(
  state: AccountState,
  { cash, beganAt }: Reading,
): { readonly state: AccountState; readonly notices: readonly Notice[] } {
  const { base } = state.cash;
  const next = microUsdc(cash - state.sums.settledFlow);
  return {
    state: {
      ...state,
      cash: {
        ...state.cash,
        base: next,
        shortfall: NO_USDC,
        excusable: NO_USDC,
        candidate: null,
        excess: null,
        readAt: beganAt,
      },
    },
    notices: [
      {
        type: "cash.adopted",
        cash,
        change: base === null ? null : microUsdc(next - base),
        unpaidSum: unpaidSum(state.unpaid),
      },
    ],
  };
}

const unpaidSum = (unpaid: readonly Unpaid[]): MicroUsdc =>
  microUsdc(
    unpaid.reduce((sum, { stock, winner }) => sum + (winner === null ? 0 : stock[winner]), 0),
  );
