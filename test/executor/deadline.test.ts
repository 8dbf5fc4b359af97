/** Between two deadlines time alone changes nothing, but for what is listed here. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { earliestAfterNow, timedConditions } from "../../src/executor/deadline.ts";
import { type ExecutorState, nextDeadline, reducer } from "../../src/executor/index.ts";
import {
  GTD_MARGIN_MS,
  RECEIPT_OVERDUE_MS,
  isPossiblyLive,
} from "../../src/executor/orderTable.ts";
import { workingOrders } from "../../src/executor/state.ts";
import { proofSurveyDueAt } from "../../src/executor/stop.ts";
import { pendingSince } from "../../src/executor/trades.ts";
import {
  type Effect,
  type EpochMs,
  type MonotonicMs,
  after,
  larger,
} from "../../src/types/index.ts";
import {
  type Bench,
  FOREVER,
  IDENTITY,
  RUNS,
  cents,
  quote,
  told,
  trading,
} from "../support/builders.ts";
import { ADVERSARY_CONFIG, anyMoves, walk } from "../laws/adversary.ts";

const CONFIG = ADVERSARY_CONFIG;
const ORDER_LIFE_MS = CONFIG.orderLifeMs ?? 0;

type Moments = readonly (MonotonicMs | null)[];

/** Found by one of the regular ticks, a quarter of a second late at most. */
const UNSCHEDULED: Readonly<Record<string, (state: ExecutorState) => Moments>> = {
  // The wall clock decides these, and may step.
  marketEnd: (state) => [onMonotonic(state, after(state.market.endsAt, -CONFIG.cutoffMs))],
  renewal: (state) =>
    workingOrders(state).map(({ expiresAt }) =>
      expiresAt === null ? null : onMonotonic(state, after(expiresAt, -GTD_MARGIN_MS - 15_000)),
    ),
  expiry: (state) =>
    workingOrders(state).map(({ expiresAt, placedAt }) =>
      expiresAt === null
        ? null
        : larger(
            onMonotonic(state, after(expiresAt, 60_000)),
            after(placedAt, ORDER_LIFE_MS + GTD_MARGIN_MS + 60_000),
          ),
    ),
  lateSettlement: (state) => {
    const oldest = pendingSince(state);
    if (oldest === null) return [];
    const lateAt = onMonotonic(state, after(oldest, 30_000));
    return [larger(lateAt, after(state.survey.notBefore, 10_000))];
  },

  // These lack a due time: each would be a tick more.
  routineSurvey: (state) =>
    workingOrders(state).some(isPossiblyLive) ? [after(state.survey.notBefore, 30_000)] : [],
  surveyReceipt: ({ survey: { pending } }) => [
    pending && after(pending.beganAt, RECEIPT_OVERDUE_MS),
  ],
  surveysHeldBack: (state) => {
    const { holdingsReading, notBefore } = state.survey;
    const closed = workingOrders(state).filter(({ phase }) => phase === "closed");
    const held = [
      holdingsReading && after(holdingsReading.beganAt, CONFIG.surveyGapMs),
      proofSurveyDueAt(state, CONFIG),
      ...closed.map(({ phaseSince }) => after(phaseSince, 1_000)),
    ];
    return held.map((at) => at && larger(at, notBefore));
  },
  refusalsInARow: ({ consecutiveRefusals }) => consecutiveRefusals.map((at) => after(at, 60_000)),
};

/** The same moment on the other clock, for as long as neither steps. */
const onMonotonic = ({ now }: ExecutorState, at: EpochMs): MonotonicMs =>
  after(now.monotonicMs, at - now.epochMs);

const reduce = reducer(CONFIG, IDENTITY);
const HORIZON_MS = 90_000;
const PARTS = [0.001, 0.3, 0.7, 0.999];

/** What a tick would bring about, so long after the state: effects, and where the stop stands. */
function ticked(state: ExecutorState, laterMs: number): string {
  const { epochMs, monotonicMs } = state.now;
  const at = { epochMs: after(epochMs, laterMs), monotonicMs: after(monotonicMs, laterMs) };
  const [next, effects] = reduce(state, {
    seq: state.step + 1,
    at,
    event: { type: "clock.ticked" },
  });
  return [...effects.map((effect) => inWords(effect, next)), next.stop.state].join("; ");
}

/** Without what differs by the clock alone. */
function inWords(effect: Effect, { working }: ExecutorState): string {
  switch (effect.type) {
    case "place":
      return effect.legs
        .flatMap(({ orderId }) => working[orderId] ?? [])
        .map(told)
        .join();
    case "cancel":
    case "survey":
      return `${effect.type} ${effect.orderIds.join()}`;
    case "cancelAll":
      return effect.type;
    case "alert":
      return effect.text;
  }
}

type Deadline = (state: ExecutorState) => MonotonicMs | null;

/** Ticks before the deadline that would have decided otherwise than one at once. */
function surprises(state: ExecutorState, deadline: Deadline): readonly string[] {
  const now = state.now.monotonicMs;
  const found = Object.values(UNSCHEDULED).flatMap((moments) => moments(state));
  const unscheduled = earliestAfterNow(
    state,
    found.map((dueAt) => ({ dueAt })),
  );
  const quietMs = Math.min(
    (deadline(state) ?? Infinity) - now,
    (unscheduled ?? Infinity) - now,
    HORIZON_MS,
  );
  const atOnce = ticked(state, 0);
  return PARTS.map((part) => part * quietMs)
    .map((laterMs) => ({ laterMs, later: ticked(state, laterMs) }))
    .filter(({ later }) => later !== atOnce)
    .map(({ laterMs, later }) => `step ${state.step}, after ${laterMs} ms: ${later} (${atOnce})`);
}

/** Throws with a walk on which a state surprises. */
function holdsOnWalks(runs: number, deadline: Deadline, chosen: { seed?: number } = {}): void {
  fc.assert(
    fc.property(anyMoves(60), (moves) => {
      const found: string[] = [];
      walk(moves, ({ after: state }) => {
        if (found.length === 0) found.push(...surprises(state, deadline));
      });
      expect(found).toEqual([]);
    }),
    { numRuns: Math.ceil(runs), endOnFailure: true, ...chosen },
  );
}

/** The next deadline, were the conditions of this name forgotten. */
const without =
  (name: string): Deadline =>
  (state) => {
    const { [name]: _forgotten, ...others } = timedConditions(state, CONFIG);
    return earliestAfterNow(state, Object.values(others).flat());
  };

describe("the next deadline", () => {
  it("is not after anything that time alone would change, or a regular tick has to find it", () => {
    holdsOnWalks(RUNS / 10, (state) => nextDeadline(state, CONFIG));
  });

  it.each([
    "gate",
    "cancelAll",
    "refusals",
    "surveys",
    "cancelPauses",
    "lateAnswers",
    "receipts",
    "holds",
  ])("needs what is due by %s: without it a walk finds a decision that comes late", (name) => {
    expect(() => {
      holdsOnWalks(RUNS, without(name), { seed: 12 });
    }).toThrow("Property failed");
  });

  const BID = "BUY YES 20 @ 0.45";
  const SALE = "SELL YES 10 @ 0.44";
  const day = (): Bench => trading({ YES: 10 }, { config: CONFIG });
  const resting = (): Bench => {
    const begun = day();
    begun.intends({ bid: quote(20, 45), expiresAt: FOREVER });
    begun.acks(BID);
    return begun;
  };
  const rare: Readonly<Record<string, () => Bench>> = {
    caution: () => {
      const halted = resting();
      halted.commands("halt");
      halted.answersCancelAll([BID]);
      halted.reports(BID, "cancelled");
      halted.waits(10_000, { open: [] });
      halted.commands("normal");
      halted.waits(3_000);
      halted.acks("BUY YES 10 @ 0.45");
      return halted;
    },
    cancelAllReceipt: () => {
      const filled = resting();
      filled.matches(BID, 20);
      filled.commands("halt");
      return filled;
    },
    cancelsById: () => {
      const restarting = resting();
      restarting.intends({ bid: quote(20, 45), ask: quote(10, 55), expiresAt: FOREVER });
      restarting.rejects("SELL YES 10 @ 0.55", "restarting", 60_000);
      return restarting;
    },
    venueMode: () => {
      const flattening = day();
      const side = { bid: cents(49), ask: cents(51) };
      flattening.intends({ touch: { YES: side, NO: side }, expiresAt: FOREVER });
      flattening.commands("flatten");
      flattening.rejects(SALE, "postOnlyMode", 10_000);
      return flattening;
    },
  };
  it.each(Object.keys(rare))("needs what is due by %s, which walks seldom meet", (name) => {
    const state = rare[name]?.().state() ?? expect.fail(name);
    expect(surprises(state, (it) => nextDeadline(it, CONFIG))).toEqual([]);
    expect(surprises(state, without(name))).not.toEqual([]);
  });
});
