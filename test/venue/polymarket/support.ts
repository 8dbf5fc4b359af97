/** The market and the account of the fixtures, and how to read a fixture. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import {
  type Market,
  type Token,
  type TokenId,
  epochMs,
  marketId,
  microShares,
  microUsdc,
  orderId,
  parseMicroShares,
  parsePriceBp,
  priceBp,
  referencePrice,
  tokenId,
} from "../../../src/types/index.ts";
import type { OwnAccount, Reply } from "../../../src/venue/polymarket/index.ts";

const root = new URL("../../../", import.meta.url);
const fixtures = new URL("test/fixtures/polymarket/", root);
const shared = new URL("../shared/fixtures/polymarket/", root);
export const real = new URL("../shared/data/real/", root);

export const hasShared = existsSync(shared);
export const hasReal = existsSync(real);

export type Folder = "gamma" | "market" | "price" | "relayer" | "rest" | "user";

export const fixtureNames = (folder: Folder): readonly string[] =>
  readdirSync(new URL(`${folder}/`, fixtures)).toSorted();

export const fixture = (folder: Folder, name: string): string =>
  readFileSync(new URL(`${folder}/${name}`, fixtures), "utf8");

/** A file of the recordings beside the repository; tests skip without them. */
export const sharedFile = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(name, shared), "utf8"));

export const UP = tokenId("87654321098765432109876543210987654321098765432109876543210987654321");
export const DOWN = tokenId(
  "12345678901234567890123456789012345678901234567890123456789012345678901",
);
const RULES = {
  tick: priceBp(100),
  orderSizeMin: microShares(5_000_000),
  lot: microShares(10_000),
  notionalMin: microUsdc(0),
};

const market = (id: string, tokenIds: Readonly<Record<Token, TokenId>>): Market => ({
  id: marketId(id),
  slug: "btc-updown-15m-1800000000",
  tokenIds,
  opensAt: epochMs(1_800_000_000_000),
  endsAt: epochMs(1_800_000_900_000),
  strike: referencePrice(64_000_000_000),
  settledBy: "spot",
  rules: RULES,
});

/** The fee of crypto markets: seven cents per dollar of p(1-p). */
const feeRate = microUsdc(70_000);

export const MARKET = { ...market(`0x${"3f".repeat(32)}`, { YES: UP, NO: DOWN }), feeRate };
export const marketOf = (id: string, yes: string, no: string): typeof MARKET => ({
  ...market(id, { YES: tokenId(yes), NO: tokenId(no) }),
  feeRate,
});

export const A = orderId(`0x${"a1".repeat(32)}`);
export const B = orderId(`0x${"b2".repeat(32)}`);
export const C = orderId(`0x${"c3".repeat(32)}`);

export const ACCOUNT: OwnAccount = {
  apiKey: "11111111-2222-4333-8444-555555555555",
  wallet: "0xAbCdEf0000000000000000000000000000000001",
  isOurs: (id) => id === A,
};

export const reply = (body: unknown, status = 200, retryAfter: string | null = null): Reply => ({
  status,
  text: typeof body === "string" ? body : JSON.stringify(body),
  retryAfter,
});

/**
 * Numbers as written on the wire: 0.48 and 12.5. A text that does not parse makes the test fail.
 */
export const bp = (text: string) => priceBp(parsePriceBp(text) ?? 0);
export const shares = (text: string) => microShares(parseMicroShares(text) ?? Number.NaN);
export const level = (price: string, size: string) => ({ price: bp(price), size: shares(size) });
