import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cancelReceipts,
  displacedReceipts,
  lateAnswers,
  liveAfter,
  placeReceipts,
} from "../../src/gateway/receipts.ts";
import {
  type CancelAnswer,
  type CancelRefusalReason,
  type LegAnswer,
  type PlaceAnswer,
  type RefusalReason,
  orderId,
} from "../../src/types/index.ts";
import { acked, cancel, leg, unknown, wave } from "../marbles/gateway/legend.ts";

const WAVE = wave(leg("a"), leg("b"), leg("c"));
const IDS = WAVE.legs.map(({ orderId: id }) => id);

const refusal = <Reason extends RefusalReason | CancelRefusalReason>(reason: Reason) => ({
  reason,
  text: "no",
  retryAfterMs: null,
});
const ack = (id: string): LegAnswer => ({ type: "acked", orderId: orderId(id) });
const LOST = { type: "lost", detail: "reset" } as const;
const UNREACHABLE = { type: "notSent", cause: "unreachable", retryAfterMs: 500 } as const;

describe("placeReceipts", () => {
  it("an answer is dealt out leg by leg, in the order of the legs", () => {
    const no: LegAnswer = { type: "rejected", refusal: refusal("tickSize") };
    const answer: PlaceAnswer = { type: "answered", legs: [ack("a"), no, ack("c")] };
    expect(placeReceipts(WAVE, answer)).toEqual([
      acked("a"),
      { type: "order.rejected", orderId: "b", refusal: refusal("tickSize") },
      acked("c"),
    ]);
  });

  it("[J] an id of the venue's own is passed on beside ours", () => {
    const answer: PlaceAnswer = { type: "answered", legs: [ack("theirs")] };
    expect(placeReceipts(wave(leg("ours")), answer)).toEqual([
      { type: "order.acked", orderId: "ours", venueId: "theirs" },
    ]);
  });

  it("[J] what an answer leaves out is unknown, what it adds is nobody's", () => {
    const answers = (...ids: string[]): PlaceAnswer => ({ type: "answered", legs: ids.map(ack) });
    expect(placeReceipts(WAVE, answers("a"))).toEqual([
      acked("a"),
      unknown("b", "lost"),
      unknown("c", "lost"),
    ]);
    expect(placeReceipts(WAVE, answers("a", "b", "c", "d"))).toHaveLength(3);
  });

  it("[J] a lost answer makes every leg unknown; only a proof makes it not sent", () => {
    expect(placeReceipts(WAVE, LOST)).toEqual(IDS.map((id) => unknown(id, "lost")));
    expect(placeReceipts(WAVE, UNREACHABLE)).toEqual(
      IDS.map((id) => ({ type: "order.notSent", orderId: id, answer: UNREACHABLE })),
    );
  });
});

describe("displacedReceipts", () => {
  it.each([
    ["waiting", "order.notSent", { answer: { cause: "displaced" } }],
    ["running", "order.unknown", { cause: "stopped" }],
    ["overdue", "order.unknown", { cause: "deadline" }],
  ] as const)("[C] a wave caught %s is %s", (stage, type, facts) => {
    const receipts = displacedReceipts(WAVE, stage);
    expect(receipts).toMatchObject(IDS.map((id) => ({ type, orderId: id, ...facts })));
  });
});

describe("lateAnswers", () => {
  it("[J] an answer is a fact whatever it says; silence is none", () => {
    const no: LegAnswer = { type: "rejected", refusal: refusal("duplicate") };
    const answer: PlaceAnswer = { type: "answered", legs: [ack("a"), no] };
    expect(lateAnswers(placeReceipts(WAVE, answer))).toEqual([
      { type: "order.answeredLate", orderId: "a", answer: ack("a") },
      { type: "order.answeredLate", orderId: "b", answer: no },
    ]);
    expect(lateAnswers(placeReceipts(WAVE, LOST))).toEqual([]);
    expect(lateAnswers(placeReceipts(WAVE, UNREACHABLE))).toEqual(
      IDS.map((id) => ({ type: "order.answeredLate", orderId: id, answer: UNREACHABLE })),
    );
  });
});

describe("cancelReceipts", () => {
  const CANCEL = cancel("a", "b", "c", "d");
  const UNKNOWN = { type: "cancel.unknown" } as const;

  it("[G] each id is acked, refused, gone or unknown; gone is not a proof, and says so", () => {
    const answer: CancelAnswer = {
      type: "answered",
      cancelled: [orderId("b")],
      refused: [
        { orderId: orderId("a"), refusal: refusal("gone") },
        { orderId: orderId("c"), refusal: refusal("pending") },
      ],
    };
    expect(cancelReceipts(CANCEL, answer)).toEqual([
      { type: "cancel.refused", orderId: "a", isGone: true },
      { type: "cancel.acked", orderId: "b" },
      { type: "cancel.refused", orderId: "c", isGone: false },
      { type: "cancel.unknown", orderId: "d" },
    ]);
  });

  it.each([
    ["lost", LOST, UNKNOWN],
    [
      "refused as a whole",
      { type: "refused", refusal: refusal("rateLimited") },
      { ...UNKNOWN, refusal: refusal("rateLimited") },
    ],
    ["not sent", UNREACHABLE, UNKNOWN],
  ] as const)("[G] a cancel that is %s proves nothing about any id", (_name, answer, receipt) => {
    expect(cancelReceipts(CANCEL, answer)).toEqual(
      CANCEL.orderIds.map((id) => ({ ...receipt, orderId: id })),
    );
  });
});

describe("receipts", () => {
  it("[C] whatever the answer, there is one receipt per leg and per id, in their order", () => {
    const ids = fc.uniqueArray(fc.stringMatching(/^[a-d]$/), { minLength: 1 });
    const legAnswer: fc.Arbitrary<LegAnswer> = fc.oneof(
      fc.stringMatching(/^[a-d]$/).map(ack),
      fc.constant<LegAnswer>({ type: "rejected", refusal: refusal("unclassified") }),
    );
    const placeAnswer: fc.Arbitrary<PlaceAnswer> = fc.oneof(
      fc.array(legAnswer, { maxLength: 6 }).map((legs) => ({ type: "answered" as const, legs })),
      fc.constantFrom<PlaceAnswer>(LOST, UNREACHABLE),
    );
    const answeredIds = fc.array(fc.stringMatching(/^[a-f]$/).map(orderId), { maxLength: 6 });
    const cancelAnswer = fc.tuple(answeredIds, answeredIds).map(([yes, no]): CancelAnswer => ({
      type: "answered",
      cancelled: yes,
      refused: no.map((id) => ({ orderId: id, refusal: refusal("gone") })),
    }));
    fc.assert(
      fc.property(ids, placeAnswer, cancelAnswer, (names, placed, answer) => {
        const effect = wave(...names.map((name) => leg(name)));
        const idsOf = (receipts: readonly object[]) =>
          receipts.map((receipt) => ("orderId" in receipt ? receipt.orderId : null));
        expect(idsOf(placeReceipts(effect, placed))).toEqual(names);
        expect(idsOf(displacedReceipts(effect, "running"))).toEqual(names);
        expect(idsOf(cancelReceipts(cancel(...names), answer))).toEqual(names);
      }),
    );
  });
});

describe("liveAfter", () => {
  it("[C] a wave costs what a cancel-all would after its last leg", () => {
    expect(liveAfter([leg("a", undefined, 3), leg("b", undefined, 4)])).toBe(4);
    expect(liveAfter([])).toBe(0);
  });
});
