/**
 * The other traders, by the name of a preset. The figures of `recorded` and `busy` come from recorded books of
 * BTC up or down (`npm run venue:calibrate`, D-028), those of `recorded` also from how the books move; the
 * others vary them and stand for no recording.
 */
import { MICRO, microUsdc } from "../../types/index.ts";
import type { ExchangeAccount, AccountId, Ratio } from "../exchange/index.ts";
import type { Quoter, Taker, Traders } from "./traders.ts";

export const QUOTER: AccountId = "quoter";
export const TAKER: AccountId = "taker";

/** Without a preset: a quoter with a wide spread, and a taker every two seconds. */
export const PLAIN_TRADERS: Traders = {
  quoters: [
    {
      account: QUOTER,
      lagMs: { min: 200, max: 500 },
      fairBpMin: 0,
      halfSpreadBp: 225,
      levels: 4,
      levelGapBp: 100,
      size: { min: 20, max: 100 },
      renews: null,
    },
  ],
  takers: [
    {
      account: TAKER,
      checkMs: 250,
      arrives: { numerator: 1, denominator: 8 },
      size: { min: 5, max: 40 },
      motive: { type: "noise", towardsFair: { numerator: 1, denominator: 2 } },
    },
  ],
};

/**
 * Quotes a spread of one cent at rest. The spread is wider after a taker or a move of the reference, as
 * recorded books are a quarter of the time.
 */
const FRONT: Quoter = {
  account: "front",
  lagMs: { min: 50, max: 150 },
  fairBpMin: 110,
  halfSpreadBp: 2,
  levels: 10,
  levelGapBp: 100,
  size: { min: 5, max: 5_000, logNormal: { median: 105, sigma: 1.4 } },
  // Recorded sizes near the touch change at least a hundred times a second.
  renews: { numerator: 1, denominator: 2 },
};

/** Liquidity behind `FRONT`, for takers who sweep it. */
const BACK: Quoter = {
  account: "back",
  lagMs: { min: 100, max: 300 },
  fairBpMin: 200,
  halfSpreadBp: 110,
  levels: 10,
  levelGapBp: 100,
  size: { min: 5, max: 5_000, logNormal: { median: 250, sigma: 0.8 } },
  renews: { numerator: 1, denominator: 2 },
};

const perSecond = (count: number): Pick<Taker, "checkMs" | "arrives"> => ({
  checkMs: 25,
  arrives: { numerator: count, denominator: 40 },
});
const NEVER: Ratio = { numerator: 0, denominator: 1 };
/** One recorded wallet on BTC traded 21 shares in the median, and over 143 in one trade of ten. */
const TAKEN: Taker["size"] = { min: 5, max: 2_000, logNormal: { median: 20, sigma: 1.6 } };

const noiseTakers = (count: number): Taker => ({
  account: "whim",
  ...perSecond(count),
  size: TAKEN,
  motive: { type: "noise", towardsFair: NEVER },
});

/** More than a cent: with less, the last cent before 0 or 1 would always look like an edge. */
const EDGE_BP = 110;
const informedTakers = (count: number): Taker => ({
  account: "informed",
  ...perSecond(count),
  size: TAKEN,
  motive: { type: "informed", edgeBp: EDGE_BP },
});

/** Of `recorded`, fitted to how the middle moves from second to second, and to what follows a swept level. */
const HESITANT: Pick<Quoter, "follows" | "holdBp"> = { follows: 0.4, holdBp: 100 };
const TOUCH_SIZES = { median: 140, sigma: 1.3 };
const SWEEP_SIZES = { median: 150, sigma: 1.6 };

export const TRADERS_NAMES = ["calm", "busy", "recorded", "toxic", "empty"] as const;
export type TradersName = (typeof TRADERS_NAMES)[number];

export const PRESETS: Readonly<Record<TradersName, Traders>> = {
  /** A spread of two or three cents, orders that stay, and one uninformed trade a second. */
  calm: {
    quoters: [
      { ...FRONT, halfSpreadBp: 75, renews: null },
      { ...BACK, halfSpreadBp: 175, renews: null },
    ],
    takers: [noiseTakers(1)],
  },
  /** 14 trades a second, few of them by informed takers. */
  busy: { quoters: [FRONT, BACK], takers: [noiseTakers(15), informedTakers(3)] },
  /**
   * As busy, but quoters hold until fair value is a cent away and then move on for a while, takers without
   * information leave a third of the touch standing, and informed ones sweep it: a level that is gone has mostly
   * been left for good.
   */
  recorded: {
    quoters: [
      { ...FRONT, ...HESITANT, halfSpreadBp: 10, size: { ...FRONT.size, logNormal: TOUCH_SIZES } },
      { ...BACK, ...HESITANT },
    ],
    takers: [
      { ...noiseTakers(16), motive: { type: "noise", towardsFair: NEVER, touchShareMax: 0.65 } },
      { ...informedTakers(12), size: { min: 5, max: 5_000, logNormal: SWEEP_SIZES } },
    ],
  },
  /** Slow quoters, and takers most of whom are informed. */
  toxic: {
    quoters: [
      { ...FRONT, lagMs: { min: 250, max: 750 } },
      { ...BACK, lagMs: { min: 250, max: 750 } },
    ],
    takers: [noiseTakers(1), informedTakers(8)],
  },
  empty: { quoters: [], takers: [] },
};

const opened = (dollars: number): ExchangeAccount => ({
  cash: microUsdc(dollars * MICRO),
  keepsClosed: false,
  beatAt: null,
});

/** The accounts of all presets. A day of `busy` moves some thirty million dollars to and fro. */
export const TRADERS: ReadonlyMap<AccountId, ExchangeAccount> = new Map([
  ...[QUOTER, TAKER].map((account) => [account, opened(1_000_000)] as const),
  ...["front", "back", "whim", "informed"].map(
    (account) => [account, opened(100_000_000)] as const,
  ),
]);
