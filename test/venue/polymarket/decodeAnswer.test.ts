import { describe, expect, it } from "vitest";
import { epochMs, orderId } from "../../../src/types/index.ts";
import { retryAfterSeconds } from "../../../src/venue/polymarket/decode/decodeFailure.ts";
import { decodeCancelAnswer, decodePlaceAnswer } from "../../../src/venue/polymarket/index.ts";
import { A, B, fixture, reply } from "./support.ts";

const ok = { success: true, errorMsg: "", orderID: A, status: "live" };
const crossed = {
  success: true,
  errorMsg: "invalid post-only order: order crosses book",
  orderID: "",
  status: "",
};
const acked = { type: "acked", orderId: A };
const rejected = {
  type: "rejected",
  refusal: {
    reason: "postOnlyCross",
    text: "invalid post-only order: order crosses book",
    retryAfterMs: null,
  },
};

describe("decodePlaceAnswer", () => {
  it("one order, and one answer for each of a batch", () => {
    expect(decodePlaceAnswer(reply(fixture("rest", "order_answer.json")), 1)).toEqual({
      answer: { type: "answered", legs: [acked] },
      warnings: [],
    });
    expect(decodePlaceAnswer(reply(fixture("rest", "order_answers.json")), 2)).toEqual({
      answer: { type: "answered", legs: [acked, rejected] },
      warnings: [],
    });
  });

  it.each([
    ["live", acked],
    ["matched", acked],
    ["delayed", acked],
    ["LIVE", acked],
  ])("status %s is an acceptance", (status, leg) => {
    expect(decodePlaceAnswer(reply({ ...ok, status }), 1).answer).toEqual({
      type: "answered",
      legs: [leg],
    });
  });

  it("a missing errorMsg counts as an empty one", () => {
    const { errorMsg: _, ...bare } = ok;
    expect(decodePlaceAnswer(reply(bare), 1).answer).toEqual({ type: "answered", legs: [acked] });
  });

  it("the id is the venue's, even if we computed another", () => {
    expect(decodePlaceAnswer(reply({ ...ok, orderID: "0xother" }), 1).answer).toMatchObject({
      legs: [{ type: "acked", orderId: orderId("0xother") }],
    });
  });

  it.each([
    ["an id and a complaint contradict each other", { ...ok, errorMsg: "hm" }],
    ["a yes without an id", { ...ok, orderID: "" }],
    ["a status of no meaning", { ...ok, status: "pondering" }],
    ["delayed, in words", { ...ok, orderID: "", errorMsg: "order match delayed due to x" }],
    [
      "could not insert",
      { ...ok, success: false, orderID: "", errorMsg: "could not insert order" },
    ],
  ])("%s: neither acked nor rejected, so looked up", (_, leg) => {
    expect(decodePlaceAnswer(reply(leg), 1).answer).toMatchObject({ type: "lost" });
    // The legs after it are looked up too: an answer can be shorter, but cannot skip a leg.
    expect(decodePlaceAnswer(reply([crossed, leg, ok]), 3).answer).toEqual({
      type: "answered",
      legs: [rejected],
    });
  });

  it("a refused request rejects every leg, with its Retry-After", () => {
    const body = fixture("rest", "failure_post_only_mode.json");
    const refusal = {
      reason: "postOnlyMode",
      text: "post-only mode: only post-only orders and cancels are allowed",
      retryAfterMs: 79_000,
    };
    expect(decodePlaceAnswer(reply(body, 503), 2).answer).toEqual({
      type: "answered",
      legs: [
        { type: "rejected", refusal },
        { type: "rejected", refusal },
      ],
    });
    expect(decodePlaceAnswer(reply(body, 503, "3"), 1).answer).toMatchObject({
      legs: [{ refusal: { retryAfterMs: 3000 } }],
    });
  });

  const LIMITER = { remaining: null, reset: null, tier: null, warning: null };
  it.each([
    ["a 425", { ...reply("", 425, "2") }, "restarting"],
    ["a 429 without the limiter's headers", reply("Too many requests", 429, "2"), "rateLimited"],
    [
      "a 429 with its warning alone",
      { ...reply("", 429, "2"), rateLimit: { ...LIMITER, warning: "true" } },
      "rateLimited",
    ],
    ["a 500", reply("{}", 500, "2"), "unclassified"],
    ["a 503 without words of the venue", reply("Service not ready", 503, "2"), "restarting"],
  ])("[J] B8: %s proves no refusal, and what it says is kept", (_name, answer, reason) => {
    const kept = { type: "lost", refusal: { reason, retryAfterMs: 2_000 } };
    expect(decodePlaceAnswer(answer, 2).answer).toMatchObject(kept);
    expect(decodeCancelAnswer(answer).answer).toMatchObject(kept);
  });

  it.each(["remaining", "reset", "tier"])(
    "[J] B8: a 429 of the limiter (%s) is a refusal",
    (name) => {
      const answer = { ...reply("", 429), rateLimit: { ...LIMITER, [name]: "1" } };
      expect(decodePlaceAnswer(answer, 1).answer).toMatchObject({
        legs: [{ type: "rejected", refusal: { reason: "rateLimited" } }],
      });
    },
  );

  it.each([
    ["12", null, "12"],
    ["Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:27:30 GMT", "30"],
    // Our clock, an hour behind.
    ["Wed, 21 Oct 2026 07:28:00 GMT", null, "3600"],
    ["Wed, 21 Oct 2026 07:28:00 GMT", "now", "3600"],
    ["Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 08:00:00 GMT", "0"],
    ["tomorrow", null, "tomorrow"],
    [null, null, null],
  ])("B8: Retry-After %s, dated %s, is %s seconds", (retryAfter, date, seconds) => {
    const now = epochMs(Date.parse("2026-10-21T06:28:00Z"));
    expect(retryAfterSeconds(retryAfter, date, now)).toBe(seconds);
  });

  it("B8: no wait is longer than ten minutes, whatever is asked for", () => {
    for (const asked of ["601", "999999999"]) {
      expect(decodePlaceAnswer(reply("", 425, asked), 1).answer).toMatchObject({
        refusal: { retryAfterMs: 600_000 },
      });
    }
  });

  it("B8: nor where the body asks for it", () => {
    const body = JSON.stringify({ error: "post-only mode", retry_after_seconds: 86_400 });
    expect(decodePlaceAnswer(reply(body, 503), 1).answer).toMatchObject({
      legs: [{ refusal: { retryAfterMs: 600_000 } }],
    });
  });

  it("a leg may be refused in the format of a whole request", () => {
    const body = JSON.parse(fixture("rest", "failure_post_only_mode.json")) as unknown;
    expect(decodePlaceAnswer(reply([ok, body]), 2).answer).toMatchObject({
      legs: [acked, { type: "rejected", refusal: { reason: "postOnlyMode" } }],
    });
  });

  it("a 2xx that is no answer is lost, with a warning", () => {
    for (const text of ["", "[", "3", '{"success":"yes"}', "null"]) {
      const { answer, warnings } = decodePlaceAnswer(reply(text), 1);
      expect(answer.type).toBe("lost");
      expect(warnings.map(({ type }) => type)).toEqual(["garbled"]);
    }
  });

  it("more answers than legs give a warning; the first ones count", () => {
    const { answer, warnings } = decodePlaceAnswer(reply([ok, ok]), 1);
    expect(answer).toEqual({ type: "answered", legs: [acked] });
    expect(warnings).toHaveLength(1);
  });
});

describe("decodeCancelAnswer", () => {
  it("gives the cancelled orders, and the refused ones with their reason", () => {
    expect(decodeCancelAnswer(reply(fixture("rest", "cancel_answer.json")))).toEqual({
      answer: {
        type: "answered",
        cancelled: [A],
        refused: [
          {
            orderId: B,
            refusal: {
              reason: "gone",
              text: "matched orders can't be canceled",
              retryAfterMs: null,
            },
          },
        ],
      },
      warnings: [],
    });
  });

  it("a missing list is an empty one if the other is there", () => {
    expect(decodeCancelAnswer(reply({ canceled: null, not_canceled: {} })).answer).toEqual({
      type: "answered",
      cancelled: [],
      refused: [],
    });
    expect(decodeCancelAnswer(reply({}))).toMatchObject({
      answer: { type: "lost" },
      warnings: [{ type: "garbled" }],
    });
  });

  it("a refused request is refused; one in doubt is lost", () => {
    expect(decodeCancelAnswer(reply({ error: "post-only mode" }, 503, "2")).answer).toEqual({
      type: "refused",
      refusal: { reason: "postOnlyMode", text: "post-only mode", retryAfterMs: 2000 },
    });
    expect(decodeCancelAnswer(reply("oops", 502)).answer).toEqual({
      type: "lost",
      detail: "HTTP 502: oops",
      refusal: { reason: "unclassified", text: "oops", retryAfterMs: null },
    });
  });
});
