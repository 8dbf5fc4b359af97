/**
 * K. Never blind, and never wrongly blind: without the user feed, the market feed, the reference or
 * the heartbeat nothing is placed, and what may rest is cancelled in the step that hears of the
 * loss; with all of them up, silence costs nothing.
 *
 * Break that turns this red: `gate.ts`, check lost feeds only among `["market", "user"]`; or let
 * a feed that has been quiet for 10 s count as lost.
 */
import { describe, expect, it } from "vitest";
import type { ExecutorState } from "../../src/executor/index.ts";
import { isHalted, isStopping } from "../../src/executor/stop.ts";
import { FEEDS, type FeedName } from "../../src/types/index.ts";
import { RUNS, quote, trading } from "../support/builders.ts";
import { holds, legsOf } from "./adversary.ts";

/** A flatten needs to see the venue only, not what the market is worth. */
const isBlind = (state: ExecutorState): boolean =>
  FEEDS.some((feed) => state.feeds[feed].isAlive !== true && isNeeded(state, feed)) ||
  state.isHeartbeatLapsed ||
  !state.isHeartbeatArmed;

const isNeeded = ({ operator }: ExecutorState, feed: FeedName): boolean =>
  operator.level !== "flatten" || feed !== "reference";

describe("[K] never blind", () => {
  it("nothing is placed while any input is missing, old, or not surveyed since", () => {
    holds(RUNS, () => ({ after, effects }) => {
      if (legsOf(effects).length === 0) return null;
      if (isBlind(after)) return "blind";
      if (after.survey.wantedSince !== null) return "a survey is wanted";
      if (after.operator.level === "halt") return "halted";
      return after.now.monotonicMs < (after.intent?.expiresAt ?? 0) ? null : "an old intent";
    });
  });

  it("the step that hears of a loss cancels everything, if anything was ever sent", () => {
    holds(RUNS / 10, () => {
      let wasSent = false;
      return ({ before, after, effects }) => {
        const strikes = isBlind(after) && !isBlind(before) && !isStopping(before);
        const isStopped = effects.some(({ type }) => type === "cancelAll");
        if (strikes && before.mayRestAtVenue && !isStopped) return "not stopped";
        if (strikes && !wasSent && isStopped) return "stopped, though nothing was ever sent";
        wasSent ||= legsOf(effects).length > 0;
      };
    });
  });

  it("a stop ends only when nothing rests any more, and its cause has gone", () => {
    holds(RUNS / 5, () => ({ before, after, effects, truth }) => {
      if (!isStopping(before) || isStopping(after)) return null;
      if (!isHalted(before)) return "without a proof";
      if (isBlind(after) || after.operator.level === "halt") return "its cause is still there";
      // The step that ends a stop may quote already.
      const live = truth.possiblyLive().length - legsOf(effects).length;
      return live > 0 ? `${live} orders may rest` : null;
    });
  });

  it("two minutes of silence on live sessions keep the quotes, while the intent is renewed", () => {
    const day = trading({ YES: 10 });
    day.intends({ bid: quote(10, 45), ask: quote(10, 55) });
    day.acks("BUY YES 10 @ 0.45", "SELL YES 10 @ 0.55");
    day.asked();
    for (let elapsedMs = 0; elapsedMs < 120_000; elapsedMs += 2_000) {
      day.waits(2_000, {});
      day.intends({ bid: quote(10, 45), ask: quote(10, 55) });
    }
    expect(day.sent()).toEqual([]);
  });

  it("a dead strategy loses its quotes at the deadline of its last intent (acceptance 23)", () => {
    const day = trading();
    day.intends({ bid: quote(10, 45) });
    day.acks("BUY YES 10 @ 0.45");
    day.diary();
    day.waits(10_000);
    expect(day.diary()).toEqual(["6000 cancel BUY YES 10 @ 0.45"]);
  });
});
