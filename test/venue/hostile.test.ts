/** A few thousand of what `npm run hostile` sends by the million. */
import { expect, it } from "vitest";
import { random } from "../../src/sim/index.ts";
import { RUNS } from "../support/builders.ts";
import { hostileRun } from "./hostile.ts";

it("[J] G30: a hostile venue, through the decoders into the reducer: nothing throws, no law breaks", () => {
  const { found, events, stops } = hostileRun(random(3).fork("hostile"), RUNS * 4);
  expect(found).toEqual([]);
  // The test proves nothing if all is refused, or if the market stands all the time.
  for (const type of ["order.reported", "trade.reported", "survey.answered", "order.acked"]) {
    expect([type, (events.get(type) ?? 0) > RUNS / 100]).toEqual([type, true]);
  }
  expect(stops).toBeGreaterThan(0);
  expect(stops).toBeLessThan(RUNS * 3);
});
