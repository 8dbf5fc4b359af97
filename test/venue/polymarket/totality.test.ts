/** Decoders answer any text, never throw, and never give a number out of range. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  MICRO,
  ORDER_SIZE_MAX,
  formatMicro,
  formatPriceBp,
  microShares,
  priceBp,
} from "../../../src/types/index.ts";
import {
  decodeApiKey,
  decodeBalances,
  decodeBook,
  decodeBooks,
  decodeCancelAnswer,
  decodeClobMarket,
  decodeClosedOnly,
  decodeFeeRate,
  decodeFunds,
  decodeGammaEvents,
  decodeGammaMarkets,
  decodeHeartbeat,
  decodeMarketFrame,
  decodeNegRisk,
  decodeOrder,
  decodeOrderCount,
  decodeOrdersPage,
  decodePlaceAnswer,
  decodePriceFrame,
  decodeRateTier,
  decodeTickSize,
  decodeTime,
  decodeTradesPage,
  decodeUserFrame,
  decodeVersion,
} from "../../../src/venue/polymarket/index.ts";
import { A, ACCOUNT, type Folder, MARKET, UP, fixture, fixtureNames, reply } from "./support.ts";

const FOLDERS: readonly Folder[] = ["gamma", "market", "price", "rest", "user"];
const texts = FOLDERS.flatMap((folder) =>
  fixtureNames(folder).map((name) => fixture(folder, name)),
);
const messages = texts.flatMap((text): unknown[] => {
  try {
    return [JSON.parse(text) as unknown];
  } catch {
    return [];
  }
});

/** The results of every decoder for one text. */
function everything(text: string, status: number): readonly unknown[] {
  const it = reply(text, status);
  return [
    decodeMarketFrame(text, MARKET),
    decodeUserFrame(text, MARKET, ACCOUNT),
    decodePriceFrame(text, "btcusd"),
    decodeFunds(it),
    decodeOrderCount(it),
    decodeClosedOnly(it),
    decodeRateTier(it),
    decodePlaceAnswer(it, 2),
    decodeCancelAnswer(it),
    decodeOrdersPage(it, [MARKET]),
    decodeOrder(it, A, MARKET),
    decodeTradesPage(it, MARKET, ACCOUNT),
    decodeBalances({ cash: it, YES: it, NO: it }),
    decodeHeartbeat(it),
    decodeApiKey(it),
    decodeBook(it, MARKET),
    decodeBooks(it, MARKET),
    decodeClobMarket(it),
    decodeTickSize(it),
    decodeNegRisk(it),
    decodeFeeRate(it),
    decodeVersion(it),
    decodeTime(it),
    decodeGammaMarkets(text),
    decodeGammaEvents(text),
  ];
}

const isPrice = (it: unknown): boolean =>
  typeof it === "number" && Number.isInteger(it) && it > 0 && it < 10_000;

/** Every price in an answer is in whole basis points, every size a safe integer. */
function checkNumbers(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "price" || key === "tick") {
      // `expect` costs more than what it compares, so it is called only where it fails.
      if (!isPrice(inner)) expect(inner).toSatisfy(isPrice);
    } else if (["size", "sizeMatched", "fee", "cash", "YES", "NO", "mean"].includes(key)) {
      if (typeof inner === "number" && !Number.isSafeInteger(inner))
        expect.unreachable(`${key} is ${inner}`);
    }
    checkNumbers(inner);
  }
}

const status = fc.constantFrom(200, 204, 302, 400, 401, 404, 408, 425, 429, 500, 503);

/** Values that are almost valid for some field, and arbitrary ones. */
const junk = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    "",
    "0",
    "1",
    "-1",
    "1e3",
    "0.5",
    ".5",
    "0.00001",
    "9".repeat(30),
    " 1",
    "٣",
    "NaN",
  ),
  fc.constantFrom("0x", "LIVE", "[]", "null", "__proto__", UP, MARKET.id),
  fc.constantFrom(0, -0, 1e308, 1e-7, 2 ** 53, -1),
);

/** A fixture with one of its values replaced or taken out. */
const mutated = fc
  .tuple(fc.constantFrom(...messages), fc.array(fc.nat(), { maxLength: 6 }), fc.option(junk))
  .map(([message, path, value]) => JSON.stringify(changedAt(message, path, value)));

function changedAt(message: unknown, path: readonly number[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof message !== "object" || message === null) return value;
  if (Array.isArray(message)) {
    if (message.length === 0) return value;
    return message.with(
      step % message.length,
      changedAt(message[step % message.length], rest, value),
    );
  }
  const keys = Object.keys(message);
  const key = keys[step % Math.max(1, keys.length)];
  if (key === undefined) return value;
  const entry = (message as Record<string, unknown>)[key];
  const { [key]: _, ...others } = message as Record<string, unknown>;
  return rest.length === 0 && value === null
    ? others
    : { ...message, [key]: changedAt(entry, rest, value) };
}

describe("every decoder", () => {
  it("takes every fixture, also those of other decoders", () => {
    for (const text of texts) {
      for (const code of [200, 400, 404, 500]) checkNumbers(everything(text, code));
    }
  });

  it("takes any text", () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.json());
    fc.assert(fc.property(text, status, (it, code) => checkNumbers(everything(it, code))));
  });

  it("takes any fixture with an error in it", () => {
    fc.assert(
      fc.property(mutated, status, (text, code) => checkNumbers(everything(text, code))),
      { numRuns: 2000 },
    );
  });

  it("takes a nesting too deep for the stack", () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    expect(() => everything(deep, 200)).not.toThrow();
    expect(() => everything(`{"markets":${deep}}`, 200)).not.toThrow();
  });
});

describe("decimals", () => {
  const micro = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  const price = fc.integer({ min: 1, max: 9999 });

  it("a level has exactly the value of its digits", () => {
    fc.assert(
      fc.property(price, micro, fc.constantFrom("", "0", "00"), (bp, size, zeros) => {
        const wire = {
          event_type: "book",
          market: MARKET.id,
          asset_id: UP,
          bids: [
            {
              price: `${formatPriceBp(priceBp(bp))}${zeros}`,
              size: formatMicro(microShares(size)),
            },
          ],
          asks: [],
        };
        const { items } = decodeMarketFrame(JSON.stringify(wire), MARKET);
        expect(items).toMatchObject([{ book: { bids: [{ price: bp, size }] } }]);
      }),
    );
  });

  it("the mean price of a sweep is rounded against us", () => {
    const part = fc.record({ price, size: fc.integer({ min: 1, max: ORDER_SIZE_MAX / 5 }) });
    const side = fc.constantFrom("BUY", "SELL");
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), side, (parts, taker) => {
        const wire = {
          ...(JSON.parse(fixture("user", "trade_taker.json")) as object),
          side: taker,
          maker_orders: parts.map((each, index) => ({
            order_id: String(index),
            matched_amount: formatMicro(microShares(each.size)),
            price: formatPriceBp(priceBp(each.price)),
            asset_id: UP,
          })),
        };
        const [item] = decodeUserFrame(JSON.stringify(wire), MARKET, ACCOUNT).items;
        const fill = item?.type === "trade" ? item.report.fills[0] : undefined;
        const size = parts.reduce((sum, each) => sum + BigInt(each.size), 0n);
        const cost = parts.reduce((sum, each) => sum + BigInt(each.size) * BigInt(each.price), 0n);
        const counted = BigInt(fill?.size ?? 0) * BigInt(fill?.price ?? 0);

        expect(BigInt(fill?.size ?? 0)).toBe(size);
        expect(taker === "BUY" ? counted >= cost : counted <= cost).toBe(true);
        // Less than one basis point per share away.
        expect(counted > cost ? counted - cost < size : cost - counted < size).toBe(true);
        expect(fill?.fee).toBeLessThanOrEqual(Number(size) * 0.07 * 0.25 + MICRO);
      }),
    );
  });
});
