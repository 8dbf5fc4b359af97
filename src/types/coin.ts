/** The coins whose prices decide markets; how each venue names one is in `venue/polymarket/wire/coins.ts`. */

/** The first is the default. */
export const COINS = ["btc", "eth", "sol", "xrp"] as const;

export type Coin = (typeof COINS)[number];

/** What belongs to a coin. */
export interface OfCoin {
  /** Absent: the first, as in journals from before there were several. */
  readonly coin?: Coin;
}

export const coinOf = ({ coin = COINS[0] }: OfCoin): Coin => coin;

/** The value of each coin. */
export const eachCoin = <Value>(make: (coin: Coin) => Value): ReadonlyMap<Coin, Value> =>
  new Map(COINS.map((coin) => [coin, make(coin)]));
