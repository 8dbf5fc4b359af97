import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  LawBroken,
  type OrderTicket,
  epochMs,
  marketId,
  microShares,
  priceBp,
  tokenId,
} from "../../../../src/types/index.ts";
import {
  type Order,
  SIGNATURE_TYPES,
  type SigningAccount,
  type Wallet,
  addressOf,
  exchangeOf,
  orderHasher,
  orderOf,
  recoverOwner,
  parseAddress,
  signOrder,
} from "../../../../src/venue/polymarket/index.ts";
import { testKey } from "./keys.ts";
import { availableSigners } from "./signers.ts";

const { signers } = await availableSigners();
const fast = signers.find(({ name }) => name === "wasm") ?? signers[0]!;
const key = testKey("order");
const owner = addressOf(fast, key);
const maker = addressOf(fast, testKey("wallet"));
const account = (wallet: Wallet): SigningAccount => ({
  owner,
  wallet,
  maker: wallet === "key" ? owner : maker,
});
const ctf = orderHasher(fast.keccak256, exchangeOf("2", false));
const negRisk = orderHasher(fast.keccak256, exchangeOf("2", true));
const protocolV2 = orderHasher(fast.keccak256, exchangeOf("3", false));

const TICKET: OrderTicket = {
  market: marketId("0x01"),
  tokenId: tokenId(
    "113013382422133157315656090194075928009220145127085300671933810669470922115281",
  ),
  side: "BUY",
  price: priceBp(4900),
  size: microShares(20_000_000),
  salt: 479_249_096_354,
  createdAt: epochMs(1_795_305_600_000),
  expiresAt: epochMs(1_795_306_200_000),
  orderType: "GTD",
  postOnly: true,
};
const WALLETS: readonly Wallet[] = ["key", "proxy", "safe", "depositWallet"];

const ticket = fc.record({
  market: fc.constant(TICKET.market),
  tokenId: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map((id) => tokenId(String(id))),
  side: fc.constantFrom("BUY" as const, "SELL" as const),
  price: fc.integer({ min: 1, max: 9999 }).map(priceBp),
  size: fc.integer({ min: 1, max: 10 ** 8 }).map((lots) => microShares(lots * 10_000)),
  salt: fc.maxSafeNat(),
  createdAt: fc.integer({ min: 0, max: 4 * 10 ** 12 }).map(epochMs),
  expiresAt: fc.constant(null),
  orderType: fc.constant("GTC" as const),
  postOnly: fc.boolean(),
});
const wallet = fc.constantFrom(...WALLETS);

describe("an order", () => {
  it("is hashed with the domain separators of the venue's exchanges", () => {
    const separators = [ctf, negRisk, protocolV2].map((it) => hex(it.separator));

    expect(separators).toEqual([
      "0x3264e159346253e26a64e00b69032db0e7d32f94628de3e6eecb50304d7af3d2",
      "0x9b858f53327b0bd13af8ec14cfb35234fb9eb7b0504d1a4e61f433840d30e81a",
      "0x466c63910185bbd55e8679264200c4e0abdcbb0c6264eb3d41d13326022e095b",
    ]);
  });

  it("has one exchange in domain 3, negative risk or not", () => {
    expect(exchangeOf("3", true)).toEqual(exchangeOf("3", false));
  });

  it("names the wallet with the funds and the signing key", () => {
    const signersOf = WALLETS.map((it) => {
      const { maker: funds, signer, signatureType } = orderOf(account(it), TICKET);
      return [it, signatureType, funds === owner ? "owner" : "wallet", signer === owner];
    });

    expect(signersOf).toEqual([
      ["key", 0, "owner", true],
      ["proxy", 1, "wallet", true],
      ["safe", 2, "wallet", true],
      ["depositWallet", 3, "wallet", false],
    ]);
  });

  it("is signed under the id that it was given, also among orders of the same moment", () => {
    const orders = [4900, 4901, 4902].map((price) =>
      orderOf(account("key"), { ...TICKET, price: priceBp(price) }),
    );
    const ids = orders.map(ctf.orderId);
    // In another order, and by a hasher that has not seen them.
    const again = orderHasher(fast.keccak256, exchangeOf("2", false));

    expect(orders.toReversed().map((order) => hex(ctf.signingDigest(order)))).toEqual(
      ids.toReversed(),
    );
    expect(orders.map((order) => again.orderId({ ...order }))).toEqual(ids);
    expect(new Set([...ids, ...orders.map(negRisk.orderId)]).size).toBe(6);
  });

  it("of part of a lot, of size zero or of dollars throws LawBroken", () => {
    const wrong: readonly Partial<OrderTicket>[] = [
      { size: microShares(20_005_000) },
      { size: microShares(0) },
      { orderType: "FAK", expiresAt: null },
      { tokenId: tokenId("0x12") },
      { tokenId: tokenId(String(2n ** 256n)) },
      { salt: 2 ** 53 },
      { salt: -1 },
      { salt: 0.5 },
    ];

    for (const part of wrong) {
      const make = () => ctf.orderId(orderOf(account("key"), { ...TICKET, ...part }));
      expect(make).toThrow(LawBroken);
    }
    expect(orderOf(account("key"), { ...TICKET, side: "SELL", orderType: "FAK" }).makerAmount).toBe(
      "20000000",
    );
  });
});

describe("an order's id", () => {
  const idOf = (it: OrderTicket, of: Wallet = "key") => ctf.orderId(orderOf(account(of), it));

  it("is a pure function of the ticket", () => {
    fc.assert(
      fc.property(ticket, wallet, (it, of) => {
        expect(idOf({ ...it }, of)).toBe(idOf(it, of));
        expect(idOf(it, of)).toMatch(/^0x[0-9a-f]{64}$/);
      }),
    );
  });

  it("is the same with every signer", () => {
    const hashers = signers.map((it) => orderHasher(it.keccak256, exchangeOf("2", false)));
    fc.assert(
      fc.property(ticket, wallet, (it, of) => {
        const ids = hashers.map((hasher) => hasher.orderId(orderOf(account(of), it)));
        expect(new Set(ids).size).toBe(1);
      }),
    );
  });

  it("changes with every signed field, with the exchange and with the wallet", () => {
    const others: readonly OrderTicket[] = [
      { ...TICKET, tokenId: tokenId("1") },
      { ...TICKET, side: "SELL" },
      { ...TICKET, price: priceBp(4901) },
      { ...TICKET, size: microShares(20_010_000) },
      { ...TICKET, salt: TICKET.salt + 1 },
      { ...TICKET, createdAt: epochMs(TICKET.createdAt + 1) },
    ];
    const ids = [
      ...[TICKET, ...others].map((it) => idOf(it)),
      ...(["proxy", "safe", "depositWallet"] as const).map((it) => idOf(TICKET, it)),
      negRisk.orderId(orderOf(account("key"), TICKET)),
      protocolV2.orderId(orderOf(account("key"), TICKET)),
    ];

    expect(new Set(ids).size).toBe(12);
  });

  it("does not depend on expiry or post-only, which are not signed", () => {
    const unsigned = { expiresAt: null, orderType: "GTC", postOnly: false } as const;

    expect(idOf({ ...TICKET, ...unsigned })).toBe(idOf(TICKET));
  });
});

describe("a signature", () => {
  const signed = (it: OrderTicket, of: Wallet) =>
    signOrder(fast, ctf, key, orderOf(account(of), it));

  it("recovers to its owner, for every kind of wallet", () => {
    fc.assert(
      fc.property(ticket, wallet, (it, of) => {
        const order = signed(it, of);

        expect(order.signature).toHaveLength(2 + 2 * (of === "depositWallet" ? 317 : 65));
        expect(recoverOwner(fast, ctf, order)).toBe(owner);
      }),
      { numRuns: 50 },
    );
  });

  it("recovers to another address once any field is changed", () => {
    for (const of of WALLETS) {
      const order = signed(TICKET, of);
      const other: Order = orderOf(account(of), { ...TICKET, salt: 1, tokenId: tokenId("1") });
      for (const field of ["salt", "tokenId"] as const) {
        expect(recoverOwner(fast, ctf, { ...order, [field]: other[field] })).not.toBe(owner);
      }
      expect(recoverOwner(fast, negRisk, order)).not.toBe(owner);
    }
  });

  it("recovers to null where signature, order or suffix are malformed", () => {
    const order = signed(TICKET, "depositWallet");
    const plain = signed(TICKET, "key");
    const wrong = [
      { ...order, signature: plain.signature },
      { ...plain, signature: order.signature },
      { ...order, signature: order.signature.slice(0, -2) },
      { ...order, signature: `${order.signature}00` },
      { ...plain, signature: "0x" },
      { ...plain, signature: "no hex" },
      { ...plain, signature: plain.signature.replace(/..$/, "1d") },
      { ...plain, signature: `0x${"00".repeat(64)}1b` },
      { ...plain, signature: `0x${"ff".repeat(64)}1b` },
      { ...plain, salt: 2 ** 53 },
      { ...plain, salt: -1 },
      { ...plain, maker: "0x12" },
      { ...plain, tokenId: "1e3" },
      { ...plain, makerAmount: "-1" },
      { ...plain, takerAmount: "1.5" },
      { ...plain, timestamp: "" },
      { ...plain, signatureType: 4 },
      { ...plain, metadata: "0x00" },
      { ...plain, builder: `0x${"00".repeat(33)}` },
    ];

    expect(wrong.map((it) => recoverOwner(fast, ctf, it))).toEqual(wrong.map(() => null));
  });

  it("types have the venue's numbers", () => {
    expect(SIGNATURE_TYPES).toEqual({ key: 0, proxy: 1, safe: 2, depositWallet: 3 });
  });
});

describe("an address", () => {
  const { keccak256 } = fast;

  it.each([
    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    "0xE111180000d2663C0091e4f400237545B87B996B",
    "0xe2222d279d744050d28e00520010520000310F59",
    "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa",
  ])("%s has the right checksum", (text) => {
    expect(parseAddress(text, keccak256)).toBe(text);
    expect(parseAddress(text.toLowerCase(), keccak256)).toBe(text);
  });

  it.each([
    "0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92267",
    "f39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    "0x",
    "",
  ])("%s is no address, or mistyped", (text) => {
    expect(parseAddress(text, keccak256)).toBeNull();
  });
});

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;
