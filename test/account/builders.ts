/** Short ways to say what the account hears, with a hand on the clock. */
import {
  type AccountConfig,
  type AccountInput,
  type AccountMemory,
  type AccountState,
  type AccountStep,
  type MarketDigest,
  type Notice,
  type OpenedMarket,
  initial,
  step,
} from "../../src/account/index.ts";
import {
  type MarketId,
  type MarketLimits,
  NO_SHARES,
  NO_USDC,
  UNLIMITED,
  marketId,
  referencePrice,
} from "../../src/types/index.ts";
import { deepFreeze, dollars, instant } from "../support/builders.ts";

export const accountConfig = (changed: Partial<AccountConfig> = {}): AccountConfig => ({
  weights: { "btc-5m": 1, "btc-15m": 1 },
  capital: dollars(1_000_000),
  quantum: dollars(1),
  partMin: dollars(10),
  limits: {},
  widenBp: 150,
  markAgeMaxMs: 5_000,
  ...changed,
});

/** An hour after the bench begins, which is in the morning in UTC. */
export const END = instant(3_600_000).epochMs;
/** So long after the bench begins the next day does. */
export const TOMORROW_MS = 54_400_000;

export const openedMarket = (changed: Partial<OpenedMarket> = {}): OpenedMarket => ({
  market: marketId("a"),
  series: "btc-5m",
  reference: "BTC",
  endsAt: END,
  settledBy: "twap60",
  strike: referencePrice(60_000_000_000),
  wants: dollars(50),
  ...changed,
});

/** A market in which nothing has happened. */
export const digest = (changed: Partial<MarketDigest> = {}): MarketDigest => ({
  isRead: true,
  limitsSeq: 1,
  spent: NO_USDC,
  reserved: NO_USDC,
  settledFlow: NO_USDC,
  incoming: NO_USDC,
  isQuiet: true,
  mayRest: false,
  isOver: false,
  stock: { YES: NO_SHARES, NO: NO_SHARES },
  worstUp: NO_SHARES,
  worstDown: NO_SHARES,
  lostIf: { YES: NO_USDC, NO: NO_USDC },
  flow: NO_USDC,
  deltaPerPercent: null,
  deltaPerSigma: null,
  mark: { YES: null, NO: null, at: instant(0).monotonicMs },
  winner: null,
  counts: { refusals: 0, failedTrades: 0, differences: 0 },
  ...changed,
});

type Untimed<Input> = Input extends unknown ? Omit<Input, "at"> : never;

/** The account with a hand on the clock; what it is handed, nobody can change. */
export interface AccountBench {
  readonly state: () => AccountState;
  readonly hears: (input: Untimed<AccountInput>) => AccountStep;
  readonly waits: (durationMs: number) => void;
  readonly opens: (name: string, changed?: Partial<OpenedMarket>) => void;
  /** The market's digest with these changes to the one before, and acting on its newest limits unless it says otherwise. */
  readonly changes: (name: string, changed?: Partial<MarketDigest>) => AccountStep;
  /** Read while nothing was under way. */
  readonly reads: (cash: number, tookMs?: number) => AccountStep;
  readonly limits: (name: string) => MarketLimits;
  /** In dollars. */
  readonly cash: (name: string) => number;
  /** All of them since this was last asked. */
  readonly notices: () => readonly Notice[];
  readonly nowMs: () => number;
}

export function accountBench(
  config: AccountConfig = accountConfig(),
  remembered: AccountMemory | null = null,
  startMs = 0,
): AccountBench {
  let elapsedMs = startMs;
  let state = deepFreeze(initial(remembered, instant(elapsedMs)));
  let unread: Notice[] = [];
  const heard = new Map<MarketId, MarketLimits>();
  const digests = new Map<MarketId, MarketDigest>();

  const hears = (input: Untimed<AccountInput>): AccountStep => {
    const made = step(state, deepFreeze({ ...input, at: instant(elapsedMs) }), config);
    state = deepFreeze(made.state);
    for (const { market, limits } of made.limits) heard.set(market, limits);
    unread.push(...made.notices);
    return made;
  };
  const limits = (name: string): MarketLimits => heard.get(marketId(name)) ?? UNLIMITED;

  return {
    state: () => state,
    hears,
    waits: (durationMs) => {
      elapsedMs += durationMs;
    },
    opens: (name, changed = {}) => {
      hears({ type: "market.opened", ...openedMarket({ market: marketId(name), ...changed }) });
    },
    changes: (name, changed = {}) => {
      const market = marketId(name);
      const before = digests.get(market) ?? digest({ mark: fresh(elapsedMs) });
      const next = { ...before, limitsSeq: limits(name).seq, ...changed };
      digests.set(market, next);
      return hears({ type: "market.changed", market, digest: next });
    },
    reads: (cash, tookMs = 100) => {
      elapsedMs += tookMs;
      const beganAt = instant(elapsedMs - tookMs).monotonicMs;
      return hears({ type: "cash.read", cash: dollars(cash), beganAt });
    },
    limits,
    cash: (name) => limits(name).cash / 1_000_000,
    notices: () => {
      const said = unread;
      unread = [];
      return said;
    },
    nowMs: () => elapsedMs,
  };
}

const fresh = (elapsedMs: number): MarketDigest["mark"] => ({
  YES: null,
  NO: null,
  at: instant(elapsedMs).monotonicMs,
});
