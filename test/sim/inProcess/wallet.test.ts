/** The wallet in process: every request has one answer or none, and faults strike on the way and on the chain. */
import { describe, expect, it } from "vitest";
import {
  constantLatency,
  type InProcessFault,
  noFaults,
  simulation,
  syntheticReference,
  type VenueFact,
  virtualClock,
  virtualScheduler,
} from "../../../src/sim/index.ts";
import {
  after,
  type CallTerms,
  type FinalizedBlock,
  marketId,
  microShares,
  microUsdc,
  referencePrice,
  type SubmitAnswer,
  transactionId,
  type WalletCall,
} from "../../../src/types/index.ts";
import { dollars, START } from "../exchange/exchangeHarness.ts";

const NOWHERE = marketId("0x00");
const MERGE: WalletCall = { type: "merge", market: NOWHERE, size: microShares(1) };

function world(faults: readonly InProcessFault[] = noFaults) {
  const scheduler = virtualScheduler();
  const clock = virtualClock(scheduler, START);
  const facts: VenueFact[] = [];
  const { wallet, activity$ } = simulation(
    {
      seed: 7,
      windowMs: 300_000,
      account: { cash: microUsdc(dollars(100)) },
      latency: {
        request: constantLatency(30),
        response: constantLatency(20),
        channel: constantLatency(10),
        reference: constantLatency(5),
      },
      volatilityPerSqrtSecond: 8e-5,
      faults,
      autoRedeems: false,
      audit: (fact) => facts.push(fact),
    },
    {
      scheduler,
      clock,
      reference$: syntheticReference(
        {
          seed: 7,
          startPrice: referencePrice(60_000_000_000),
          volatilityPerSqrtSecond: 8e-5,
          tickMs: 60,
        },
        scheduler,
      ),
    },
  );
  activity$.subscribe();
  const terms = (over: Partial<CallTerms> = {}): CallTerms => ({
    nonce: 0,
    deadline: after(START, 300_000),
    ...over,
  });
  /** What a request is answered within a second, with the time, and whether it completes. */
  const answered = <Answer>(request: {
    subscribe: (observer: { next: (answer: Answer) => void; complete: () => void }) => unknown;
  }) => {
    const sentAt = scheduler.now();
    const heard: { answers: Answer[]; afterMs: number[]; isOver: boolean } = {
      answers: [],
      afterMs: [],
      isOver: false,
    };
    request.subscribe({
      next: (answer) => {
        heard.answers.push(answer);
        heard.afterMs.push(scheduler.now() - sentAt);
      },
      complete: () => (heard.isOver = true),
    });
    scheduler.runUntil(scheduler.now() + 1_000);
    return heard;
  };
  const submit = (call: WalletCall, over?: Partial<CallTerms>) =>
    answered<SubmitAnswer>(wallet.submit(call, terms(over)));
  /** How many calls the chain has got. */
  const taken = (): number =>
    facts.filter(
      (fact) => fact.type === "transaction.changed" && fact.transaction.state === "waiting",
    ).length;
  return { wallet, scheduler, answered, submit, taken };
}

const idOf = (answer: SubmitAnswer | undefined) =>
  answer?.type === "acked" ? answer.transactionId : expect.unreachable("not acknowledged");

describe("the wallet in process", () => {
  it("acknowledges a call after the latency, once, and tells what becomes of it", () => {
    const { wallet, submit, answered, scheduler } = world();
    const { answers, afterMs, isOver } = submit({ type: "redeem", market: NOWHERE });
    expect({ afterMs, isOver }).toEqual({ afterMs: [50], isOver: true });
    const id = idOf(answers[0]);
    expect(answered(wallet.transaction(id)).answers).toEqual([
      { type: "answered", value: "waiting" },
    ]);
    // No such market: the chain reverts.
    scheduler.runUntil(20_000);
    expect(answered(wallet.transaction(id)).answers).toEqual([
      { type: "answered", value: "failed" },
    ]);
    expect(answered(wallet.nonce()).answers).toEqual([{ type: "answered", value: 0 }]);
  });

  it("knows no transaction of another name", () => {
    const { wallet, answered } = world();
    expect(answered(wallet.transaction(transactionId("0xno"))).answers).toEqual([
      { type: "answered", value: null },
    ]);
  });

  it.each([
    ["nonce", { nonce: 3 }],
    ["deadline", { deadline: START }],
  ] as const)("refuses a call by its %s", (reason, over) => {
    const [answer] = world().submit(MERGE, over).answers;
    expect(answer).toMatchObject({ type: "rejected", refusal: { reason } });
  });

  it("tells the newest final block, some seconds behind", () => {
    const { wallet, answered, scheduler } = world();
    scheduler.runUntil(60_000);
    const [answer] = answered<{ type: string; value?: FinalizedBlock }>(wallet.finalized()).answers;
    expect(answer).toEqual({
      type: "answered",
      value: { at: after(START, 60_030 - 5_000), nonce: 0 },
    });
  });

  it.each<[string, InProcessFault, boolean]>([
    ["loses the request", { do: "loseRequest", ratio: 1, of: "calls" }, false],
    ["loses the answer", { do: "loseAnswer", ratio: 1, of: "calls" }, true],
  ])("a fault %s, and no other request", (_what, fault, isTaken) => {
    const { submit, wallet, answered, taken } = world([fault]);
    for (let count = 0; count < 10; count += 1)
      expect(submit(MERGE).answers.filter(({ type }) => type !== "lost")).toEqual([]);
    expect(taken()).toBe(isTaken ? 10 : 0);
    expect(answered(wallet.nonce()).answers).toEqual([{ type: "answered", value: 0 }]);
  });

  it.each<[string, InProcessFault, string]>([
    ["late", { do: "delayCalls", ratio: 1, minMs: 30_000, maxMs: 30_000 }, "waiting"],
    ["never", { do: "loseCalls", ratio: 1 }, "waiting"],
    ["in vain", { do: "failCalls", ratio: 1 }, "failed"],
  ])("a fault has a call mined %s", (_what, fault, state) => {
    const { submit, wallet, answered, scheduler } = world([fault]);
    const id = idOf(submit(MERGE).answers[0]);
    scheduler.runUntil(25_000);
    expect(answered(wallet.transaction(id)).answers).toEqual([{ type: "answered", value: state }]);
    scheduler.runUntil(50_000);
    const last = fault.do === "loseCalls" ? "waiting" : "failed";
    expect(answered(wallet.transaction(id)).answers).toEqual([{ type: "answered", value: last }]);
  });
});
