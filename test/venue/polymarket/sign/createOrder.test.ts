import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type CreateOrderOptions,
  type UserOrder,
  type Wallet,
  SIGNATURE_TYPES,
  addressOf,
  createOrder,
  parseAddress,
  parsePrivateKey,
  placeRequest,
} from "../../../../src/venue/polymarket/index.ts";
import { ConfigError, epochMs } from "../../../../src/types/index.ts";
import { availableSigners } from "./signers.ts";

const [found] = (await availableSigners()).signers;
const signer = found ?? expect.unreachable("no signer");

interface Vector {
  readonly name: string;
  readonly input: UserOrder &
    CreateOrderOptions & { readonly signatureType: number; readonly funder?: string };
  readonly fixed: { privateKey: string; salt: string; nowMs: number; apiKey: string };
  readonly expected: { orderID: string; postBodyJson: string };
}

const { vectors } = JSON.parse(
  readFileSync("test/fixtures/polymarket-sign/vectors.json", "utf8"),
) as { readonly vectors: readonly Vector[] };
const ofLimitOrders = vectors.filter(({ name }) =>
  ["BUY on a 0.0025", "BUY, deposit", "BUY, Protocol V2"].some((it) => name.startsWith(it)),
);

describe("createOrder", () => {
  it.each(ofLimitOrders)("gives the id and the body of the vector: $name", (vector) => {
    const { input, fixed, expected } = vector;
    const key = parsePrivateKey(fixed.privateKey) ?? expect.unreachable("no key");
    const owner = addressOf(signer, key);
    const wallets = Object.keys(SIGNATURE_TYPES) as readonly Wallet[];
    const wallet = wallets.find((it) => SIGNATURE_TYPES[it] === input.signatureType) ?? "key";
    const maker = parseAddress(input.funder ?? owner, signer.keccak256) ?? owner;
    const unique = { salt: Number(fixed.salt), createdAt: epochMs(fixed.nowMs) };

    const made = createOrder(
      { account: { owner, wallet, maker }, key, signer },
      input,
      input,
      unique,
    );

    expect(made.orderID).toBe(expected.orderID);
    expect(placeRequest([made], fixed.apiKey).body).toBe(expected.postBodyJson);
  });

  it("has vectors of a key, a wallet, GTC, GTD and both versions", () => {
    expect(ofLimitOrders).toHaveLength(3);
  });

  const order: UserOrder = { tokenID: "1", price: 0.5, size: 10, side: "BUY" };
  const options: CreateOrderOptions = { tickSize: "0.01", negRisk: false, orderType: "GTC" };
  it.each([
    ["a price off the grid", { price: 0.505 }, {}, /^price: not a multiple of 0\.01/],
    ["a price that no float holds", { price: 0.1 + 0.2 }, {}, /^price: /],
    ["a price of a dollar", { price: 1 }, {}, /^price: /],
    ["a part of a lot", { size: 1.005 }, {}, /^size: /],
    ["no shares", { size: 0 }, {}, /^size: /],
    ["no number", { size: NaN }, {}, /^size: /],
    ["a token in hex", { tokenID: "0x01" }, {}, /^tokenID: /],
    ["GTD without its end", {}, { orderType: "GTD" }, /^expiration: /],
    ["GTC with an end", {}, { expiration: 1_800_000_000 }, /^expiration: /],
  ] as const)("refuses %s", (_what, changed, changedOptions, problem) => {
    expect(problemsOf({ ...order, ...changed }, { ...options, ...changedOptions })).toEqual([
      expect.stringMatching(problem),
    ]);
  });

  it("names every problem at once", () => {
    expect(problemsOf({ ...order, tokenID: "", price: 2, size: -1 }, options)).toHaveLength(3);
    expect(problemsOf(order, options)).toEqual([]);
  });

  function problemsOf(it: UserOrder, its: CreateOrderOptions): readonly string[] {
    const key = parsePrivateKey("7".padStart(64, "0")) ?? expect.unreachable("no key");
    const owner = addressOf(signer, key);
    const by = { account: { owner, wallet: "key", maker: owner }, key, signer } as const;
    try {
      createOrder(by, it, its, { salt: 1, createdAt: epochMs(0) });
      return [];
    } catch (error) {
      return error instanceof ConfigError ? error.problems : expect.unreachable(String(error));
    }
  }
});
