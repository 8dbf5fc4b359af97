/**
 * I. The latest intent wins: it is never lost while a slot is busy, gated, refused or cooling down;
 * an older one never undoes a newer; and once everything is quiet, what rests is what was wanted
 * last, with nothing more to do.
 *
 * Break that turns this red: `evolve.ts`, at `intent.published`, return the state as it is while
 * any order is in flight; or compare the sequence numbers the other way.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPossiblyLive } from "../../src/executor/orderTable.ts";
import { workingOrders } from "../../src/executor/index.ts";
import { isHalted } from "../../src/executor/stop.ts";
import {
  MICRO,
  type PlannedOrder,
  SLOTS,
  type WorkingOrder,
  complement,
} from "../../src/types/index.ts";
import { type Bench, FOREVER, RUNS, quote, trading } from "../support/builders.ts";
import { anyMoves, walk } from "./adversary.ts";
import { heldAtEveryStep } from "./everyStep.ts";

describe("[I] the latest intent", () => {
  heldAtEveryStep("I");

  it("is what rests when all is quiet, and then nothing more is done", () => {
    fc.assert(
      fc.property(anyMoves(60), (moves) => {
        let isOver = false;
        const late: string[] = [];
        const made = walk(moves, ({ effects }) => {
          const types = effects.map(({ type }) => type).filter((type) => type !== "survey");
          if (isOver) late.push(...types);
        });
        made.calm({ bid: quote(10, 48), ask: quote(10, 52) }, 100_000);
        const { why } = made.state();
        const wanted = SLOTS.flatMap((slot) => why.plan?.[slot].orders ?? []);
        const resting = workingOrders(made.state()).filter(isPossiblyLive);
        const withheld = why.withheld.map(({ order }) => order);
        expect(why.gate).toEqual([]);
        const shown = [...resting, ...withheld];
        expect(new Set(shown.map(at))).toEqual(new Set(wanted.map(at)));
        for (const slot of SLOTS) {
          const legOf = (orders: readonly PlannedOrder[]): readonly PlannedOrder[] =>
            orders.filter((order) => order.slot === slot);
          const missing = sharesOf(legOf(wanted)) - sharesOf(legOf(shown));
          expect(missing).toBeLessThan(8 * Math.max(1, legOf(wanted).length));
          expect(-missing).toBeLessThanOrEqual(sharesOf(legOf(wanted)) / 4);
        }
        expect(
          made.truth
            .possiblyLive()
            .map(({ id }) => id)
            .toSorted(),
        ).toEqual(resting.map(({ id }) => id).toSorted());
        isOver = true;
        made.rest(20_000);
        expect(late).toEqual([]);
      }),
      { numRuns: Math.ceil(RUNS / 10) },
    );
  });

  it("is not undone by an older one that comes late, nor by itself", () => {
    const day = trading();
    day.intends({ seq: 7, bid: quote(10, 45) });
    day.acks("BUY YES 10 @ 0.45");
    day.asked();
    for (const seq of [1, 6, 7]) {
      day.intends({ seq, bid: quote(10, 40) });
      expect(day.asked()).toEqual([]);
    }
    day.intends({ seq: 8, bid: quote(10, 44) });
    expect(day.asked()).toContain("cancel BUY YES 10 @ 0.45");
  });

  /** Something stands in the way of an intent for 44; then it no longer does. */
  const ways: readonly [string, (day: Bench) => void, (day: Bench) => void][] = [
    [
      "placing",
      (day) => day.intends({ bid: quote(10, 45), expiresAt: FOREVER }),
      (day) => {
        day.acks("BUY YES 10 @ 0.45");
        day.cancels("BUY YES 10 @ 0.45");
      },
    ],
    [
      "cancelling",
      (day) => {
        day.intends({ bid: quote(10, 45), expiresAt: FOREVER });
        day.acks("BUY YES 10 @ 0.45");
        day.intends({ bid: null });
      },
      (day) => day.cancels("BUY YES 10 @ 0.45"),
    ],
    ["gated", (day) => day.restores("user"), (day) => day.answersSurvey()],
    [
      "cooling down",
      (day) => {
        day.intends({ bid: quote(20, 45), expiresAt: FOREVER });
        day.acks("BUY YES 20 @ 0.45");
        day.commands("halt");
        day.answersCancelAll(["BUY YES 20 @ 0.45"]);
        day.waits(8_000, { open: [], over: { "BUY YES 20 @ 0.45": 0 } });
        expect(isHalted(day.state())).toBe(true);
        day.commands("normal");
      },
      (day) => day.waits(10_000),
    ],
    [
      "refused",
      (day) => {
        day.intends({ bid: quote(10, 44), expiresAt: FOREVER });
        day.rejects("BUY YES 10 @ 0.44");
      },
      (day) => day.waits(250),
    ],
  ];

  it.each(ways)(
    "%s: an intent that comes meanwhile is carried out afterwards (acceptance 3)",
    (_, before, then) => {
      const day = trading();
      before(day);
      day.asked();
      day.intends({ bid: quote(10, 44), expiresAt: FOREVER });
      expect(day.asked().filter((words) => words.startsWith("place"))).toEqual([]);
      then(day);
      // After a stop it is carried out at half its size.
      const placed = day.asked().filter((words) => words.startsWith("place"));
      expect(placed).toEqual([expect.stringMatching(/^place BUY YES (10|5) @ 0.44$/)]);
    },
  );
});

/**
 * An order that has kept its place in the queue may be a little smaller or larger than what is
 * planned, stand beside another, or buy the complement of what could be sold at its price. [D-040]
 */
const at = ({ slot, token, price }: PlannedOrder): string =>
  `${slot} at ${token === "YES" ? price : complement(price)}`;

/** Of orders of which nothing has matched that was not planned anew, in shares. */
const sharesOf = (orders: readonly (PlannedOrder | WorkingOrder)[]): number =>
  orders.reduce((sum, order) => sum + order.size - ("matched" in order ? order.matched : 0), 0) /
  MICRO;
