/** Discovery: Gamma's market objects to markets, or the reason why one is not traded. */
import {
  DOLLAR_BP,
  type EpochMs,
  FEE_RATE_MAX,
  MICRO,
  type Market,
  type MarketRewards,
  type MicroUsdc,
  NO_USDC,
  type ReferencePrice,
  type SettlementRule,
  type Token,
  type TokenId,
  after,
  areSound,
  isRecord,
  microShares,
  parseEpochMs,
  parseMicroShares,
  parseMicroUsdc,
  parsePriceBp,
  parseReferencePrice,
  tokenId,
} from "../../../types/index.ts";
import { type Decoded, type DecodeWarning, decodeWarning, parsed, written } from "./frame.ts";
import { conditionId, nextCursor, numberText, tokenNamed } from "./decodeUnits.ts";
import {
  gammaEventWire,
  gammaEventsPageWire,
  gammaEventsWire,
  type GammaMarketWire,
  gammaMarketWire,
  gammaMarketsWire,
} from "../wire/index.ts";

/**
 * Version of the domain that orders are signed under: "2" for Gamma's v1, "3" for its v2.
 * [protocol 1]
 */
export type ExchangeVersion = "2" | "3";

/** A market as Gamma lists it. */
export interface Listing {
  /** The market without its strike and its rule, which its series knows. */
  readonly market: Omit<Market, "strike" | "settledBy">;
  /** Published with the event once the window is open, possibly late; null until then. */
  readonly strike: ReferencePrice | null;
  readonly exchange: ExchangeVersion;
  /** Selects one of the two exchanges of domain 2; without meaning in domain 3. */
  readonly isNegRisk: boolean;
  /** Taker fee of one share in dollars before the factor p(1-p). */
  readonly feeRate: MicroUsdc;
  /** Whether the market is open and accepts orders. */
  readonly isTradeReady: boolean;
  /** How the market itself says that it settles; null where it does not say. */
  readonly saidSettlement: SaidSettlement | null;
}

export interface SaidSettlement {
  readonly isByMean: boolean;
  /** Seconds of the mean; null where there is none, or its length is not said. */
  readonly meanS: number | null;
}

/** A market that is not traded, and the reason in words. */
export interface Unlisted {
  readonly slug: string;
  readonly why: string;
}

export interface Listings {
  readonly listed: readonly Listing[];
  readonly unlisted: readonly Unlisted[];
  /** The cursor of the next page; null on the last. */
  readonly next: string | null;
}

/** Sizes are accepted to two decimals of a share. [protocol 4.5] */
const LOT = microShares(10_000);

/** GET /markets?slug=, an array. Without strikes: only events carry them. */
export function decodeGammaMarkets(text: string): Decoded<Listings> {
  const markets = gammaMarketsWire.safeParse(parsed(text)).data;
  return markets ? listings(markets, null) : garbled(text);
}

/** GET /events?slug=, an array, and GET /events/keyset, a page. */
export function decodeGammaEvents(text: string): Decoded<Listings> {
  const json = parsed(text);
  const page = gammaEventsPageWire.safeParse(json).data;
  const events = page?.events ?? gammaEventsWire.safeParse(json).data;
  if (!events) return garbled(text);
  const parts = events.map((event) => {
    const wire = gammaEventWire.safeParse(event).data;
    if (!wire) return garbled(written(event));
    // The strike of an event with one market is that market's; with several it is unclear whose.
    const strike = wire.markets.length === 1 ? strikeOf(wire.eventMetadata?.priceToBeat) : null;
    return listings(wire.markets, strike);
  });
  return {
    answer: {
      listed: parts.flatMap(({ answer }) => answer.listed),
      unlisted: parts.flatMap(({ answer }) => answer.unlisted),
      next: nextCursor(page?.next_cursor),
    },
    warnings: parts.flatMap(({ warnings }) => warnings),
  };
}

/** A market that has everything needed to trade it, or the reason why not. */
export function listingOf(
  wire: GammaMarketWire,
  strike: ReferencePrice | null,
): Listing | Unlisted {
  const unlisted = (why: string): Unlisted => ({ slug: wire.slug, why });
  const exchange = exchangeOf(wire.version);
  if (exchange === null) return unlisted(`version ${wire.version ?? "missing"}`);
  const tokens = tokenIdsOf(wire, exchange);
  if (typeof tokens === "string") return unlisted(tokens);
  const opensAt = parseEpochMs(wire.eventStartTime ?? "");
  const endsAt = parseEpochMs(wire.endDate ?? "");
  if (opensAt === null || endsAt === null || opensAt >= endsAt) return unlisted("no window");
  const tick = parsePriceBp(decimal(wire.orderPriceMinTickSize));
  const orderSizeMin = parseMicroShares(decimal(wire.orderMinSize));
  // Resting orders have no minimum notional; only a marketable BUY has one, of a dollar.
  const rules = tick &&
    orderSizeMin !== null && { tick, orderSizeMin, lot: LOT, notionalMin: NO_USDC };
  if (!rules || !areSound(rules)) return unlisted("no tick or minimum size");
  const feeRate = feeRateOf(wire);
  if (feeRate === null) return unlisted("a fee we cannot compute");
  if (wire.negRisk == null && exchange === "2") return unlisted("no negRisk");
  return {
    market: {
      id: conditionId(wire.conditionId),
      slug: wire.slug,
      tokenIds: tokens,
      opensAt,
      endsAt,
      rules,
      ...rewardsOf(wire, opensAt),
      fees: {
        takerRate: feeRate / MICRO,
        rebateRate: feeRate === NO_USDC ? 0 : rebateRateOf(wire),
      },
    },
    strike,
    exchange,
    isNegRisk: wire.negRisk ?? false,
    feeRate,
    isTradeReady:
      wire.active === true &&
      wire.closed === false &&
      wire.acceptingOrders === true &&
      wire.enableOrderBook === true,
    saidSettlement: saidSettlementOf(wire),
  };
}

function saidSettlementOf({ cryptoMarketConfig }: GammaMarketWire): SaidSettlement | null {
  const isByMean = cryptoMarketConfig?.twapEnabled ?? null;
  if (isByMean === null) return null;
  return { isByMean, meanS: isByMean ? (cryptoMarketConfig?.twapLookbackSeconds ?? null) : null };
}

/** Seconds of the mean of `twap60`. */
const TWAP60_S = 60;

/**
 * Both rules in words where a market says that it settles by another one than its series does: priced by the wrong one, it
 * would be traded at a loss. Null where they agree, or the market says nothing.
 */
export function settlementConflict(
  { saidSettlement }: Pick<Listing, "saidSettlement">,
  rule: SettlementRule,
): string | null {
  if (saidSettlement === null) return null;
  const { isByMean, meanS } = saidSettlement;
  const isLength = meanS === null || meanS === TWAP60_S;
  if (isByMean ? rule === "twap60" && isLength : rule !== "twap60") return null;
  const mean = meanS === null ? "a mean" : `a mean of ${meanS} s`;
  return `settlement rules differ: the market says ${isByMean ? mean : "no mean"}, its series ${rule}`;
}

/** Only of a market with a pool when its window opens: the other two fields are set without one, too. */
function rewardsOf(wire: GammaMarketWire, opensAt: EpochMs): Pick<Market, "rewards"> {
  const sizeMin = parseMicroShares(decimal(wire.rewardsMinSize));
  const spreadMaxBp = Math.round((wire.rewardsMaxSpread ?? 0) * CENT_BP);
  const pools = (wire.clobRewards ?? []).filter((pool) => isOpenAt(pool, opensAt));
  const isPaid = pools.length > 0;
  return isPaid && sizeMin !== null && spreadMaxBp > 0 && spreadMaxBp < DOLLAR_BP
    ? { rewards: { sizeMin, spreadMaxBp, ...poolOf(pools) } }
    : {};
}

/** A market may have several pools. Unknown where one of them does not tell its rate. */
function poolOf(pools: readonly unknown[]): Pick<MarketRewards, "poolUsdPerDay"> {
  let poolUsdPerDay = 0;
  for (const pool of pools) {
    const rate = isRecord(pool) ? pool["rewardsDailyRate"] : null;
    if (typeof rate !== "number" || !Number.isFinite(rate) || rate < 0) return {};
    poolUsdPerDay += rate;
  }
  return { poolUsdPerDay };
}

/** Whether a pool has begun and is not over; one that does not tell has no bound, and neither has one until the year 2500. */
function isOpenAt(pool: unknown, at: EpochMs): boolean {
  if (!isRecord(pool)) return true;
  const from = boundMs(pool["startDate"], 0);
  const until = boundMs(pool["endDate"], DAY_MS);
  return (from === null || at >= from) && (until === null || at < until);
}

/** A day of UTC, `2027-01-15`, belongs to the period as a whole, so that an end is a day later; else a time with its zone. */
function boundMs(text: unknown, dayLengthMs: number): number | null {
  if (typeof text !== "string") return null;
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const time = parseEpochMs(isDay ? `${text}T00:00:00Z` : text);
  return time === null || !isDay ? time : after(time, dayLengthMs);
}

const DAY_MS = 86_400_000;
const CENT_BP = 100;

/** By the version alone: v1 markets may carry position ids too. [protocol 1] */
export function exchangeOf(version: string | null | undefined): ExchangeVersion | null {
  switch (version) {
    case "v1":
      return "2";
    case "v2":
      return "3";
    default:
      return null;
  }
}

/** Pairs ids and names by index; a text says why that is not possible. */
function tokenIdsOf(
  wire: GammaMarketWire,
  exchange: ExchangeVersion,
): Readonly<Record<Token, TokenId>> | string {
  const names = texts(wire.outcomes).map(tokenNamed);
  const ids = exchange === "2" ? texts(wire.clobTokenIds ?? "") : (wire.positionIds ?? []);
  const yes = ids[names.indexOf("YES")];
  const no = ids[names.indexOf("NO")];
  if (names.length !== 2 || ids.length !== 2) return "not two tokens";
  if (yes === undefined || no === undefined || yes === no) return "tokens without our names";
  if (![yes, no].every((id) => /^[1-9]\d*$/.test(id))) return "a token id that is no number";
  if (!/^0x([\da-f]{64}|[\da-f]{62})$/i.test(wire.conditionId)) return "no condition id";
  const market = conditionId(wire.conditionId);
  const isConsistent =
    exchange === "2"
      ? ![yes, no].some(isPositionId)
      : isPositionOf(yes, market, 0) && isPositionOf(no, market, 1);
  return isConsistent
    ? { YES: tokenId(yes), NO: tokenId(no) }
    : "token ids that are not of its version";
}

/** Only ids of Protocol V2 have zeros in the 64 reserved bits. [protocol 4.7] */
const isPositionId = (id: string): boolean => (BigInt(id) & (((1n << 64n) - 1n) << 40n)) === 0n;

/**
 * A position id is the 31 bytes of its condition, then a byte: 0 for Yes or Up, 1 for No or Down.
 */
function isPositionOf(id: string, market: string, index: 0 | 1): boolean {
  return isPositionId(id) && BigInt(id) === ((BigInt(market) >> 8n) << 8n) + BigInt(index);
}

/** Null for a fee that is not computed here: makers pay, or the exponent is not 1. */
function feeRateOf({ feesEnabled, feeSchedule }: GammaMarketWire): MicroUsdc | null {
  if (feesEnabled === false) return NO_USDC;
  if (!feeSchedule || feeSchedule.exponent !== 1 || !feeSchedule.takerOnly) return null;
  const rate = parseMicroUsdc(numberText(feeSchedule.rate));
  return rate !== null && rate <= FEE_RATE_MAX ? rate : null;
}

/** The makers' share of the fee; none where it is not said, so that no quote counts on it. */
function rebateRateOf({ feeSchedule }: GammaMarketWire): number {
  const rate = feeSchedule?.rebateRate ?? 0;
  return rate >= 0 && rate <= 1 ? rate : 0;
}

/** A float cut to six decimals: the strike is used for pricing, never to settle. */
function strikeOf(value: number | null | undefined): ReferencePrice | null {
  return value == null
    ? null
    : parseReferencePrice(numberText(value).replace(/(\.\d{6})\d+$/, "$1"));
}

function listings(markets: readonly unknown[], strike: ReferencePrice | null): Decoded<Listings> {
  const listed: Listing[] = [];
  const unlisted: Unlisted[] = [];
  const warnings: DecodeWarning[] = [];
  for (const market of markets) {
    const wire = gammaMarketWire.safeParse(market).data;
    const listing = wire && listingOf(wire, strike);
    if (!listing) warnings.push(decodeWarning("garbled", written(market)));
    else if ("why" in listing) unlisted.push(listing);
    else listed.push(listing);
  }
  return { answer: { listed, unlisted, next: null }, warnings };
}

const garbled = (text: string): Decoded<Listings> => ({
  answer: { listed: [], unlisted: [], next: null },
  warnings: [decodeWarning("garbled", text)],
});

const decimal = (value: number | null | undefined): string =>
  value == null ? "" : numberText(value);

/** A list, or one that is written as JSON in a text. */
function texts(list: string | readonly string[]): readonly string[] {
  const json = typeof list === "string" ? parsed(list) : list;
  return Array.isArray(json) ? json.filter((each) => typeof each === "string") : [];
}
