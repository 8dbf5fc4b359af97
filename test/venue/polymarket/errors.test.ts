import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { CancelRefusalReason, RefusalReason } from "../../../src/types/index.ts";
import { decodeCancelAnswer, decodePlaceAnswer } from "../../../src/venue/polymarket/index.ts";
import { A, hasShared, reply, sharedFile } from "./support.ts";

type Meaning = RefusalReason | "in doubt";

const UNCLASSIFIED = "unclassified";

/** The meaning of each text of the catalogue, in its order. */
const MEANINGS: readonly (readonly [status: number, text: string | null, meaning: Meaning])[] = [
  [400, "Invalid order payload", UNCLASSIFIED],
  [400, "the order owner has to be the owner of the API KEY", "auth"],
  [400, "the order signer address has to be the address of the API KEY", "signature"],
  [400, "'{address}' address banned", "banned"],
  [400, "'{address}' address in closed only mode", "closedOnly"],
  [400, "maker address not allowed, please use the deposit wallet flow", "walletKind"],
  [400, "invalid signature", "signature"],
  [400, "order_version_mismatch", "orderVersion"],
  [400, "order {id} is invalid. Price ({price}) breaks minimum tick size rule: {tick}", "tickSize"],
  [400, "order {id} is invalid. Size ({size}) lower than the minimum: {min}", "orderSizeMin"],
  [400, "invalid amount for a marketable BUY order (${amount}), min size: 1", "notionalMin"],
  [400, "order {id} is invalid. Duplicated.", "duplicate"],
  [400, "order {id} crosses the book", "postOnlyCross"],
  [400, "invalid post-only order: order crosses book", "postOnlyCross"],
  [
    400,
    "not enough balance / allowance: the balance is not enough -> balance: {b}, order amount: {a}",
    "insufficientBalance",
  ],
  [
    400,
    "not enough balance / allowance: the balance is not enough -> balance: {b}, sum of active orders: {x}, sum of matched orders: {y}, order amount (inc. fees): {z}",
    "insufficientBalance",
  ],
  [
    400,
    "not enough balance / allowance: the allowance is not enough -> spender: {spender}, allowance: {n}, sum of matched orders: {y}, order amount (inc. fees): {a}",
    "insufficientBalance",
  ],
  [
    400,
    "not enough balance / allowance: the balance is not enough -> balance: {b}, sum of matched orders: {y}, order amount (inc. fees): {a}",
    "insufficientBalance",
  ],
  [400, "invalid expiration", "expiration"],
  [400, "invalid nonce", UNCLASSIFIED],
  [400, "order canceled in the CTF exchange contract", UNCLASSIFIED],
  [400, "order couldn't be fully filled. FOK orders are fully filled or killed.", "unmatched"],
  [
    400,
    "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.",
    "unmatched",
  ],
  [400, "the market is not yet ready to process new orders", "marketNotReady"],
  [400, "Too many orders in payload: {n}, max allowed: 15", UNCLASSIFIED],
  [200, "order match delayed due to market conditions", "in doubt"],
  [
    400,
    "the market buy orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 5 decimals",
    UNCLASSIFIED,
  ],
  [401, "Unauthorized/Invalid api key", "auth"],
  [401, "Invalid L1 Request headers", "auth"],
  [400, "Invalid Heartbeat ID", UNCLASSIFIED],
  [404, "No orderbook exists for the requested token id", "marketClosed"],
  [404, "market not found", UNCLASSIFIED],
  [404, "Order not found", UNCLASSIFIED],
  [425, null, "in doubt"],
  [429, "Too Many Requests", "in doubt"],
  [500, "Internal server error", "in doubt"],
  [500, "could not insert order", "in doubt"],
  [503, "Trading is currently disabled. Check polymarket.com for updates", "tradingDisabled"],
  [
    503,
    "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
    "cancelOnly",
  ],
  [503, "post-only mode: only post-only orders and cancels are allowed", "postOnlyMode"],
];

const CANCEL_MEANINGS: readonly (readonly [text: string, meaning: CancelRefusalReason])[] = [
  ["matched orders can't be canceled", "gone"],
  ["order can't be found - already canceled or matched", "gone"],
  ["the order is already canceled", "gone"],
  ["already canceled or matched", "gone"],
  ["Order not found or already canceled", "gone"],
  ["order is pending", "pending"],
  ["the order is delayed and cannot be canceled", "pending"],
  ["no", "unclassified"],
];

const meaningOf = (status: number, body: unknown): Meaning => {
  const { answer } = decodePlaceAnswer(reply(body, status), 1);
  if (answer.type === "lost") return "in doubt";
  const [leg] = answer.legs;
  if (leg?.type !== "rejected") throw new Error(`not refused: ${JSON.stringify(leg)}`);
  return leg.refusal.reason;
};

/** As one leg of a batch: without a status. */
const legMeaningOf = (errorMsg: string): Meaning =>
  meaningOf(200, [{ success: false, errorMsg, orderID: "", status: "" }]);

describe("the venue's error texts", () => {
  it.each(MEANINGS)("%i %s: %s", (status, text, meaning) => {
    expect(
      meaningOf(status, status === 200 ? { success: true, errorMsg: text } : { error: text }),
    ).toBe(meaning);
    expect(meaningOf(status, { error: text?.toUpperCase() })).toBe(meaning);
  });

  it("mean the same in a leg of a batch", () => {
    for (const [status, text, unless] of MEANINGS) {
      // In a leg it is the order book that has counted.
      const meaning = status === 429 ? "rateLimited" : unless;
      if (text !== null) expect([text, legMeaningOf(text)]).toEqual([text, meaning]);
    }
  });

  it.each(CANCEL_MEANINGS)("a cancel: %s: %s", (text, meaning) => {
    const { answer } = decodeCancelAnswer(reply({ canceled: [], not_canceled: { [A]: text } }));
    expect(answer).toMatchObject({ refused: [{ orderId: A, refusal: { reason: meaning, text } }] });
  });

  it.each([
    [408, "request timeout", "in doubt"],
    [502, "<html>bad gateway</html>", "in doubt"],
    [503, "<html>upstream</html>", "in doubt"],
    [400, "context canceled", "in doubt"],
    [500, "could not run the execution", "in doubt"],
    [302, "", "in doubt"],
    [403, "<html>blocked</html>", "unclassified"],
    [
      403,
      '{"error":"Trading restricted in your region, please refer to available regions"}',
      "restricted",
    ],
    [429, "<html>slow down</html>", "in doubt"],
    [425, "", "in doubt"],
    [401, "", "auth"],
    [503, '{"code":"post_only_mode"}', "postOnlyMode"],
  ])("%i %s: %s", (status, text, meaning) => {
    expect(meaningOf(status, text)).toBe(meaning);
  });

  const catalogue = z.object({
    errors: z.array(
      z.object({ httpStatus: z.number(), message: z.string().nullable(), body: z.unknown() }),
    ),
    notCanceledReasons: z.array(z.object({ reason: z.string() })),
  });

  it.skipIf(!hasShared)("every row of the recorded catalogue is here (needs ../shared)", () => {
    const { errors, notCanceledReasons } = catalogue.parse(sharedFile("errors.json"));

    expect(errors.map((row) => [row.httpStatus, row.message])).toEqual(
      MEANINGS.map(([status, text]) => [status, text]),
    );
    for (const [index, { httpStatus, body }] of errors.entries()) {
      expect([body, meaningOf(httpStatus, body)]).toEqual([body, MEANINGS[index]?.[2]]);
    }
    const texts = CANCEL_MEANINGS.map(([text]) => text);
    expect(texts).toEqual(
      expect.arrayContaining(
        notCanceledReasons.map(({ reason }) => reason).filter((text) => !text.startsWith("(")),
      ),
    );
  });
});
