/** What the moves of the reference make of what is held: luck, which a comparison can do without. */
import {
  unobserved,
  observed,
  VOLATILITY_DEFAULTS,
  type Volatility,
} from "../../src/pricing/index.ts";
import { type ReferenceSeconds, withPrice } from "../../src/sim/exchange/index.ts";
import { fairYesBp } from "../../src/sim/traders/fair.ts";
import {
  DOLLAR_BP,
  type EpochMs,
  type Market,
  type ReferencePrice,
  referencePrice,
} from "../../src/types/index.ts";

export interface Hedge {
  /** The price moves at `now`, while `net` of YES - NO is held, in any unit. */
  readonly moves: (market: Market | null, price: ReferencePrice, net: number, now: EpochMs) => void;
  /** So far, in dollars for each unit of `net`. */
  readonly earned: () => number;
}

/** Either side of the price, as a share of it: a tenth of what it moves in a second. */
const BUMP = 0.000_01;

/**
 * Sum over the ticks of net * delta * (next price - price), with the delta of the market's own rule by the price, the mean
 * and the variance known before the tick. Whatever the delta is worth, the mean of this is zero while the price is a fair
 * game, as a synthetic one is: a result less this has the same mean, and less luck. [control variate; delta hedge]
 */
export function hedge(prior: number): Hedge {
  const options = { ...VOLATILITY_DEFAULTS, prior };
  let volatility: Volatility = unobserved(options);
  let seconds: ReferenceSeconds = [];
  let last: { readonly price: ReferencePrice; readonly at: EpochMs } | null = null;
  let earned = 0;

  /** Dollars of a YES for each unit of the price, at the last one. */
  const delta = (market: Market): number => {
    if (last === null || last.at >= market.endsAt) return 0;
    const { at } = last;
    const { variancePerSecond } = volatility;
    const fair = (price: ReferencePrice): number | null =>
      fairYesBp(market, { price, seconds, at, variancePerSecond });
    const by = Math.max(1, Math.round(last.price * BUMP));
    const up = fair(referencePrice(last.price + by));
    const down = fair(referencePrice(last.price - by));
    return up === null || down === null ? 0 : (up - down) / DOLLAR_BP / (2 * by);
  };

  return {
    moves: (market, price, net, now) => {
      if (market !== null && last !== null && net !== 0)
        earned += net * delta(market) * (price - last.price);
      last = { price, at: now };
      seconds = withPrice(seconds, price, now);
      volatility = observed(volatility, price, now, options);
    },
    earned: () => earned,
  };
}
