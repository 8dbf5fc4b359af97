/** The windows of the rolling up-or-down series: slugs, ids and rules. */
import {
  after,
  type Coin,
  COINS,
  epochMs,
  type EpochMs,
  type Market,
  marketId,
  MICRO,
  microShares,
  microUsdc,
  priceBp,
  type ReferencePrice,
  type SettlementRule,
  type Token,
  tokenId,
} from "../../../types/index.ts";
import { type Exchange, exchangeOf } from "../../../venue/polymarket/sign/index.ts";
import {
  namesOf,
  hourlySlug,
  rollingSlug,
  seriesName,
  spanText,
} from "../../../venue/polymarket/wire/index.ts";
import { hashed, settledByOf, type VenuePolicy } from "../../exchange/index.ts";

/** `v1` trades CTF tokens, `v2` positions of Protocol V2; Gamma calls this the market's version. */
export const GENERATIONS = ["v1", "v2"] as const;
export type Generation = (typeof GENERATIONS)[number];

export interface WindowOptions {
  readonly seed: number;
  readonly generation: Generation;
}

/** A rolling series, as the venue lists it. */
export interface WindowSeries {
  readonly coin: Coin;
  /** As in Gamma: `btc-up-or-down-15m`. */
  readonly slug: string;
  /** Whole seconds. */
  readonly windowMs: number;
  readonly settledBy: SettlementRule;
  readonly windowSlug: (opensAt: EpochMs) => string;
}

export const rollingWindows = (windowMs: number, coin: Coin = COINS[0]): WindowSeries => ({
  coin,
  slug: `${coin}-up-or-down-${spanText(windowMs)}`,
  windowMs,
  settledBy: settledByOf(windowMs),
  windowSlug: (opensAt) => rollingSlug(coin, windowMs, opensAt),
});

const HOUR_MS = 3_600_000;

const hourlyWindows = (coin: Coin): WindowSeries => ({
  coin,
  slug: namesOf(coin).hourly,
  windowMs: HOUR_MS,
  settledBy: "candle",
  windowSlug: (opensAt) => hourlySlug(coin, opensAt),
});

/** Every series that can be served, by the name that the command line takes. */
export const SERVED_SERIES: ReadonlyMap<string, WindowSeries> = new Map(
  COINS.flatMap((coin) =>
    [
      rollingWindows(300_000, coin),
      rollingWindows(900_000, coin),
      hourlyWindows(coin),
      rollingWindows(4 * HOUR_MS, coin),
    ].map((series) => [seriesName(coin, series.windowMs), series] as const),
  ),
);

/** The tick near the ends of the price range, and where it begins: below 4 cents, above 96. */
export const FINE_TICK = priceBp(10);
export const FINE_BELOW = priceBp(400);
export const FINE_ABOVE = priceBp(9600);

/** Behaviour that differs between markets, or is undocumented. */
export interface MarketPolicy extends VenuePolicy {
  /** How long a marketable order waits before it is matched; it can not be cancelled meanwhile. */
  readonly takerDelayMs: number;
  /** Whether the user channel announces orders removed by expiry or a lapsed heartbeat. */
  readonly tellsRemovals: boolean;
}

export const RESULTS = { YES: "Up", NO: "Down" } as const satisfies Record<Token, string>;

/** By the shape of its id, which a hash never has. */
export const generationOf = ({ id }: Pick<Market, "id">): Generation =>
  /^0x01[0-9a-f]{32}0{30}$/.test(id) ? "v2" : "v1";

export const exchangeFor = (generation: Generation): Exchange =>
  exchangeOf(generation === "v2" ? "3" : "2", false);

/** Windows begin at multiples of their length since the Unix epoch. */
export const windowStart = (now: EpochMs, windowMs: number): EpochMs =>
  epochMs(Math.floor(now / windowMs) * windowMs);

/** The window of the series at `now`. */
export function windowAt(
  options: WindowOptions,
  { coin, windowMs, settledBy, windowSlug }: Omit<WindowSeries, "slug">,
  now: EpochMs,
  strike: ReferencePrice,
): Market {
  const opensAt = windowStart(now, windowMs);
  return {
    // The hour repeated at the end of summer time has one slug, but is two markets.
    ...idsOf(options, rollingSlug(coin, windowMs, opensAt)),
    slug: windowSlug(opensAt),
    series: seriesName(coin, windowMs),
    coin,
    opensAt,
    endsAt: after(opensAt, windowMs),
    strike,
    settledBy,
    rules: {
      tick: priceBp(100),
      orderSizeMin: microShares(5 * MICRO),
      lot: microShares(MICRO / 100),
      notionalMin: microUsdc(MICRO),
    },
  };
}

/** Gamma writes the id of a v2 market in 31 bytes, without the last zero byte. */
export const gammaId = (market: Market): string =>
  generationOf(market) === "v2" ? market.id.slice(0, 64) : market.id;

function idsOf({ seed, generation }: WindowOptions, name: string): Pick<Market, "id" | "tokenIds"> {
  const id = hashed(`${seed} ${name}`);
  if (generation === "v1") {
    const token = (one: Token) => tokenId(BigInt(hashed(`${id} ${one}`)).toString());
    return { id: marketId(id), tokenIds: { YES: token("YES"), NO: token("NO") } };
  }
  // Module 1, 128 bits of a hash, and zeros up to the byte that is the token: 0 or 1.
  const condition = `0x01${id.slice(2, 34)}`.padEnd(64, "0");
  const first = BigInt(`${condition}00`);
  return {
    id: marketId(`${condition}00`),
    tokenIds: { YES: tokenId(first.toString()), NO: tokenId((first + 1n).toString()) },
  };
}
