/** The venue's numbers, times and ids in our units. Only `types/units.ts` parses the digits. */
import {
  type EpochMs,
  MICRO,
  type MarketId,
  type MicroShares,
  type MicroUsdc,
  type PriceBp,
  type Token,
  type TokenId,
  epochMs,
  marketId,
  microShares,
  microUsdc,
  parseMicroShares,
  parseMicroUsdc,
  parsePriceBp,
} from "../../../types/index.ts";

/** The date of an HTTP header, `Wed, 21 Oct 2026 07:28:00 GMT`; null for anything else. */
export function httpDate(text: string): EpochMs | null {
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return null;
  const value = Date.parse(text); // tidy-ok: a pure function of the text, which reads no clock
  return Number.isFinite(value) ? epochMs(value) : null;
}

/** Integers of millionths, as balances are written; null unless the text is a safe integer. */
export const wholeShares = (text: string): MicroShares | null =>
  mapped(wholeNumber(text), microShares);
export const wholeUsdc = (text: string): MicroUsdc | null => mapped(wholeNumber(text), microUsdc);

/** A JSON number as its shortest decimal, so that 0.01 is exactly a hundredth. */
export const numberText = (value: number): string => String(value);

/**
 * Dollars per share, to the nearest millionth. The venue divides amounts in floats, so 0.017 may
 * come as 0.016999999999999998, and an order given in dollars rests at 0.7210000476613491.
 */
export function microPrice(text: string): MicroUsdc | null {
  const [, kept, next] = /^(\d*\.\d{6})(\d)\d*$/.exec(text) ?? [];
  const value = parseMicroUsdc(kept ?? text);
  if (value === null) return null;
  const rounded = value + (next !== undefined && next >= "5" ? 1 : 0);
  return rounded > 0 && rounded < MICRO ? microUsdc(rounded) : null;
}

/** A price in whole basis points, float noise removed; null for a price between two of them. */
export function price(text: string): PriceBp | null {
  const usual = parsePriceBp(text);
  if (usual !== null) return usual;
  const micro = microPrice(text);
  return micro === null ? null : parsePriceBp(`0.${String(micro).padStart(6, "0")}`);
}

/** Shares matched; a killed order writes "" for none. [protocol 6.4] */
export const sizeMatched = (text: string | null): MicroShares | null =>
  text === "" ? microShares(0) : parseMicroShares(text ?? "x");

/** Base64 of -1: there is no further page. [protocol 3.4] */
const LAST_CURSOR = "LTE=";

/** The cursor of the next page; null where this is the last, in any spelling. */
export const nextCursor = (text: string | null | undefined): string | null =>
  text == null || text === "" || text === LAST_CURSOR ? null : text;

/** The token by its name in the series that are traded; null for another name. */
export function tokenNamed(name: string): Token | null {
  switch (name.toLowerCase()) {
    case "up":
    case "yes":
      return "YES";
    case "down":
    case "no":
      return "NO";
    default:
      return null;
  }
}

/** The token of an asset id; null for an asset of another market. */
export function tokenOf(tokenIds: Readonly<Record<Token, TokenId>>, assetId: string): Token | null {
  if (assetId === tokenIds.YES) return "YES";
  return assetId === tokenIds.NO ? "NO" : null;
}

/**
 * Condition ids of v2 markets have 31 bytes, which Gamma writes in 62 digits and the order book
 * in 64, zeros last. Ours have 64. [protocol 4.7]
 */
export const conditionId = (text: string): MarketId =>
  marketId(/^0x[\da-f]{62}$/i.test(text) ? `${text.toLowerCase()}00` : text.toLowerCase());

export const isSameMarket = (text: string | null, id: MarketId): boolean =>
  text === null || text === id || conditionId(text) === conditionId(id);

/** The venue writes addresses in checksummed and in lower case. */
export const isSameAddress = (a: string, b: string): boolean =>
  a !== "" && a.toLowerCase() === b.toLowerCase();

function wholeNumber(text: string): number | null {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

const mapped = <Unit>(value: number | null, unit: (value: number) => Unit): Unit | null =>
  value === null ? null : unit(value);
