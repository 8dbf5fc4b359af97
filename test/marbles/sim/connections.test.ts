import { NEVER, type Observable, type SchedulerLike } from "rxjs";
import { describe, it } from "vitest";
import { type FeedLoss, faultDraws } from "../../../src/sim/inProcess/faultDraws.ts";
import { constantLatency } from "../../../src/sim/inProcess/latency.ts";
import {
  type SimulatedConnections,
  simulatedConnections,
} from "../../../src/sim/inProcess/connections.ts";
import { random } from "../../../src/sim/exchange/random.ts";
import { noFaults } from "../../../src/sim/faults/index.ts";
import { emptyExchange, type VenueFact } from "../../../src/sim/exchange/state.ts";
import { referencePrice } from "../../../src/types/index.ts";
import { exchangeHarness } from "../../sim/exchange/exchangeHarness.ts";
import { marbles } from "../../support/marbles.ts";

const [A, B, C] = [referencePrice(1), referencePrice(2), referencePrice(3)];
const FACTS: Record<string, VenueFact> = {
  a: { type: "reference.moved", price: A },
  b: { type: "reference.moved", price: B },
  c: { type: "reference.moved", price: C },
};
/** Items of a connection; `o`: it has opened. */
const FRAMES = {
  o: { type: "opened" },
  a: { type: "item", item: { price: A } },
  b: { type: "item", item: { price: B } },
  c: { type: "item", item: { price: C } },
} as const;

/** Two frames of latency to the venue, three back. */
function world(
  fact$: Observable<VenueFact>,
  feedLoss$: Observable<FeedLoss>,
  scheduler: SchedulerLike,
): SimulatedConnections {
  const latency = {
    request: constantLatency(2),
    response: constantLatency(0),
    channel: constantLatency(0),
    reference: constantLatency(3),
  };
  const faults = { ...faultDraws(noFaults, random(1), scheduler), feedLoss$ };
  const state = emptyExchange(new Map());
  return simulatedConnections(
    { state: () => state, fact$ },
    { account: "us", latency, faults },
    scheduler,
  );
}

describe("connection", () => {
  it(
    "opens after the way there, and hears what happens from then on, each after the way back",
    marbles((m) => {
      const fact$ = m.hot("-a-b---c--", FACTS);
      const expected = "   -----ob---c";

      const { connections } = world(fact$, NEVER, m.scheduler);
      m.expect(connections.reference()).toBeObservable(expected, FRAMES);
    }),
  );

  it(
    "is lost with what is on its way, cannot be had during the outage, and comes back empty",
    marbles((m) => {
      const loss: FeedLoss = { feed: "reference", durationMs: 6, isError: true };
      const fact$ = m.hot(" ---a---b----------c---", FACTS);
      const loss$ = m.hot(" ---------x------------", { x: loss });
      const early = "       -----oa--#             ";
      const duringSubs = "  -----------^           ";
      const during = "      -------------#         ";
      const afterSubs = "   --------------^        ";
      const after = "       -------------------o-c";

      const { connections } = world(fact$, loss$, m.scheduler);
      const reference$ = connections.reference();
      const reset = new Error("the connection was reset");
      const refused = new Error("HTTP 503 on the upgrade: Service Unavailable");
      m.expect(reference$).toBeObservable(early, FRAMES, reset);
      m.expect(reference$, duringSubs).toBeObservable(during, FRAMES, refused);
      m.expect(reference$, afterSubs).toBeObservable(after, FRAMES);
    }),
  );

  it(
    "can also end without a word, and the other feeds go on",
    marbles((m) => {
      const loss: FeedLoss = { feed: "reference", durationMs: 6, isError: false };
      const loss$ = m.hot("  ---------x--", { x: loss });
      const reference = "    -----o---|  ";
      const user = "         --o---------";

      const { connections } = world(NEVER, loss$, m.scheduler);
      m.expect(connections.reference()).toBeObservable(reference, FRAMES);
      m.expect(connections.user(exchangeHarness({}).market().market)).toBeObservable(user, {
        o: FRAMES.o,
      });
    }),
  );
});
