/** What the official client signs, and what we sign: the same bytes. */
import {
  Chain,
  createL1Headers,
  createL2Headers,
  OrderBuilder,
  type TickSize,
} from "@polymarket/clob-client-v2";
import fc from "fast-check";
import { getAddress } from "viem";
import { describe, expect, it } from "vitest";
import {
  ceilTo,
  DOLLAR_BP,
  epochMs,
  floorTo,
  MICRO,
  microShares,
  microUsdc,
  priceBp,
} from "../../src/types/index.ts";
import {
  addressOf,
  exchangeOf,
  l1Headers,
  l2Headers,
  limitAmounts,
  marketBuyAmounts,
  parseCredentials,
} from "../../src/venue/polymarket/sign/index.ts";
import { signer } from "../sim/server/served.ts";
import { keptWallet, theirId } from "./official.ts";
import {
  fundsOf,
  type Holder,
  inTheirs,
  ours,
  privateKey,
  WALLETS,
  type OrderWanted,
} from "./ours.ts";

const RUNS = 1_000;
const SEED = 20_261_123;
const GRIDS: readonly TickSize[] = ["0.1", "0.01", "0.005", "0.0025", "0.001", "0.0001"];
const EXCHANGES = [
  { name: "domain 2", version: 2, isNegRisk: false, exchange: exchangeOf("2", false) },
  { name: "domain 2, neg risk", version: 2, isNegRisk: true, exchange: exchangeOf("2", true) },
  { name: "domain 3", version: 3, isNegRisk: false, exchange: exchangeOf("3", false) },
] as const;
const KEYS = [1, 2, 3, 4];
/** From about half a million dollars on, the client's floats are a millionth off. */
const SHARES_MAX = 100_000;
const LOTS_PER_SHARE = 100;

const wallets = new Map(KEYS.map((key) => [key, keptWallet(key)]));
const hex = (bytes: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((it) => Buffer.from(it).toString("hex"));

const holder: fc.Arbitrary<Holder> = fc.record({
  key: fc.constantFrom(...KEYS),
  wallet: fc.constantFrom(...WALLETS),
  funder: hex(20).map((digits) => getAddress(`0x${digits}`)),
});

const wishOn = (tick: TickSize): fc.Arbitrary<OrderWanted> => {
  const step = Number(tick) * DOLLAR_BP;
  return fc.record({
    side: fc.constantFrom("BUY", "SELL"),
    tokenId: hex(32).map((digits) => BigInt(`0x${digits}`).toString()),
    price: fc.integer({ min: 1, max: DOLLAR_BP / step - 1 }).map((ticks) => priceBp(ticks * step)),
    size: fc
      .integer({ min: 1, max: SHARES_MAX * LOTS_PER_SHARE })
      .map((lots) => microShares(lots * (MICRO / LOTS_PER_SHARE))),
  });
};

function builderOf(by: Holder) {
  const kept = wallets.get(by.key) ?? expect.unreachable("no wallet");
  const { signatureType, funderAddress } = fundsOf(by);
  return {
    kept,
    builder: new OrderBuilder(kept.signer, Chain.POLYGON, signatureType, funderAddress),
  };
}

describe.each(EXCHANGES)("$name", ({ version, isNegRisk, exchange }) => {
  it.each(GRIDS)(
    "on a grid of %s amounts, ids and signatures are the client's",
    async (tickSize) => {
      const options = { tickSize, negRisk: isNegRisk };
      await fc.assert(
        fc.asyncProperty(wishOn(tickSize), holder, async (wanted, by) => {
          const { kept, builder } = builderOf(by);
          const theirs = await builder.buildOrder(inTheirs(wanted), options, version);
          const { id, order } = ours(theirs, wanted, by, exchange);
          const { salt, ...rest } = order;
          expect(theirs).toEqual({ ...rest, salt: String(salt), expiration: "0" });
          expect(theirId(kept.asked())).toBe(id);
        }),
        { numRuns: RUNS, seed: SEED },
      );
    },
  );
});

describe("a market order", () => {
  const [{ version }] = EXCHANGES;
  const CENT = 10_000;

  it.each(GRIDS)("on a grid of %s has our amounts, but for its rounding", async (tickSize) => {
    // Their fine grids give more decimals of shares than the venue takes.
    const step = MICRO / 10 ** 4;
    await fc.assert(
      fc.asyncProperty(wishOn(tickSize), holder, async (wanted, by) => {
        const { builder } = builderOf(by);
        const { side, price, size } = wanted;
        const { size: shares, ...rest } = inTheirs(wanted);
        const dollars = microUsdc(ceilTo((size / (MICRO / LOTS_PER_SHARE)) * price, CENT));
        const amount = side === "SELL" ? shares : dollars / MICRO;
        const theirs = await builder.buildMarketOrder({ ...rest, amount }, { tickSize }, version);
        const { makerAmount, takerAmount } =
          side === "SELL"
            ? limitAmounts(side, price, size)
            : marketBuyAmounts(price, dollars, priceBp(Number(tickSize) * DOLLAR_BP));
        expect(theirs.makerAmount).toBe(String(makerAmount));
        const theirAmount = Number(theirs.takerAmount);
        expect(takerAmount).toBe(side === "SELL" ? theirAmount : floorTo(theirAmount, step));
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});

it("from half a million dollars on the client's floats are a millionth off", async () => {
  const wanted: OrderWanted = {
    side: "SELL",
    tokenId: "1",
    price: priceBp(9681),
    size: microShares(533_941_340_000),
  };
  const { builder } = builderOf({ key: 1, wallet: "key", funder: "" });
  const theirs = await builder.buildOrder(inTheirs(wanted), { tickSize: "0.0001" }, 2);
  expect(theirs.takerAmount).toBe("516908611253");
  expect(limitAmounts(wanted.side, wanted.price, wanted.size).takerAmount).toBe(516_908_611_254);
});

describe("headers", () => {
  const moment = fc.integer({ min: 1, max: 4_000_000_000 });

  it("for a key are the client's", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...KEYS),
        moment,
        fc.nat(),
        fc.constantFrom(Chain.POLYGON, Chain.AMOY),
        async (key, seconds, nonce, chainId) => {
          const { kept } = builderOf({ key, wallet: "key", funder: "" });
          const now = epochMs(seconds * 1_000 + 999);
          expect(l1Headers(signer, privateKey(key), { now, nonce, chainId }).reveal()).toEqual(
            await createL1Headers(kept.signer, chainId, nonce, seconds),
          );
        },
      ),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it("for a request are the client's, whatever base64 the secret is in", async () => {
    const credentials = fc.record({
      key: fc.uuid(),
      passphrase: hex(32),
      secret: fc
        .tuple(
          fc.uint8Array({ minLength: 1, maxLength: 64 }),
          fc.constantFrom("base64" as const, "base64url" as const),
        )
        .map(([bytes, alphabet]) => Buffer.from(bytes).toString(alphabet)),
    });
    const request = fc.record({
      method: fc.constantFrom("GET", "POST", "DELETE"),
      path: fc.webPath(),
      body: fc.option(fc.json()),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...KEYS),
        credentials,
        request,
        moment,
        async (key, plain, { method, path, body }, seconds) => {
          const { kept } = builderOf({ key, wallet: "key", funder: "" });
          const asked = { method, requestPath: path, ...(body !== null && { body }) };
          const theirs = await createL2Headers(kept.signer, plain, asked, seconds);
          const own = parseCredentials(plain) ?? expect.unreachable("no credentials");
          const owner = addressOf(signer, privateKey(key));
          const now = epochMs(seconds * 1_000);
          expect(l2Headers(owner, own, { method, path, body }, now).reveal()).toEqual(theirs);
        },
      ),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
