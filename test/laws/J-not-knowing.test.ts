/**
 * J. Not knowing is a state: an order that rests, or may still be booked, is never believed over;
 * no id is used twice; and nothing is forgotten that could still cost us something.
 *
 * Break that turns this red: `orderTable.ts`, in the table, let `placing: answerLost` be `"closed"`; or
 * `resync.ts`, in `weighAbsence`, let any survey prove an unknown order absent that does not show it.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ExecutorState,
  type History,
  initialState,
  resumed,
} from "../../src/executor/index.ts";
import { isPossiblyLive } from "../../src/executor/orderTable.ts";
import type { OrderId } from "../../src/types/index.ts";
import { RUNS, UNHALTED, config, market } from "../support/builders.ts";
import { anyMoves, holds, legsOf, walk } from "./adversary.ts";

describe("[J] not knowing", () => {
  it("what rests, or is on its way, is believed to be possibly live", () => {
    holds(RUNS, () => ({ truth, after }) => {
      for (const { id } of truth.possiblyLive()) {
        const order = after.working[id];
        if (order === undefined || !isPossiblyLive(order)) return `${id} is believed to be over`;
      }
    });
  });

  it("wherever a session dies, the next one holds everything that rests or is on its way", () => {
    holds(RUNS / 10, () => {
      const steps: History["steps"][number][] = [];
      let began: ExecutorState | null = null;
      return ({ truth, input, before, effects }) => {
        began ??= before;
        steps.push({ stamped: input, effects });
        const opened = initialState(market(), input.at, UNHALTED);
        const { working } = resumed(opened, { state: began, steps }, config());
        const lost = truth.possiblyLive().find(({ id }) => working[id] === undefined);
        return lost && `${lost.id} would be lost`;
      };
    });
  });

  it("no order is placed twice, by its id or by its bytes", () => {
    holds(RUNS / 10, () => {
      const names = new Set<OrderId | number>();
      return ({ effects }) => {
        for (const { orderId, ticket } of legsOf(effects)) {
          if (names.has(orderId) || names.has(ticket.salt)) return `${orderId} again`;
          names.add(orderId).add(ticket.salt);
        }
      };
    });
  });

  it("every order that was placed is remembered, and in one place", () => {
    fc.assert(
      fc.property(anyMoves(), (moves) => {
        const placed: OrderId[] = [];
        const made = walk(moves, ({ effects }) => {
          placed.push(...legsOf(effects).map(({ orderId }) => orderId));
        });
        const { working, closed } = made.state();
        const kept = [...Object.values(working), ...closed].map(({ id }) => id);
        expect(kept.toSorted()).toEqual(placed.toSorted());
      }),
      { numRuns: Math.ceil(RUNS / 10) },
    );
  });

  it("when all is quiet nothing is unknown any more", () => {
    fc.assert(
      fc.property(anyMoves(60), (moves) => {
        const made = walk(moves);
        made.calm({}, 60_000);
        expect(Object.values(made.state().working).map(({ phase }) => phase)).toEqual([]);
        expect(made.truth.possiblyLive()).toEqual([]);
      }),
      { numRuns: Math.ceil(RUNS / 10) },
    );
  });
});
