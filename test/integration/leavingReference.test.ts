/**
 * Binance announces that it will end the stream: the next connection takes over before the old one
 * closes, so no second is without a price and nothing is cancelled.
 */
import { Subscription } from "rxjs";
import { afterAll, expect, it } from "vitest";
import type { ControlSent, Endpoints } from "../../src/sim/server/index.ts";
import { checkedRun, violations } from "./checkedRun.ts";
import { timeByTurns, until } from "../support/patience.ts";

timeByTurns();
const life = new Subscription();
afterAll(() => life.unsubscribe());

const CLOSES_AFTER_MS = 2_000;

it("[K] a reference server that announces its shutdown is left before it closes", async () => {
  let venue: Endpoints | undefined;
  const run = await checkedRun(
    {
      seed: 5,
      generation: "v1",
      windowMs: 3_600_000,
      via: (endpoints) => Promise.resolve((venue = endpoints)),
    },
    life,
  );
  const prices: number[] = [];
  const gaps: string[] = [];
  life.add(
    run.tandem.reference$.subscribe((event) => {
      if (event.type === "item") prices.push(event.at.monotonicMs);
      if (event.type === "lost") gaps.push(event.cause);
    }),
  );
  const stops = (): number =>
    run.heard.filter(
      (said) =>
        said.type === "transition" &&
        said.transition.effects.some(({ type }) => type === "cancelAll"),
    ).length;
  await run.converges();
  const stopsBefore = stops();

  const body = JSON.stringify({ do: "shutdown", forMs: CLOSES_AFTER_MS } satisfies ControlSent);
  const { status } = await fetch(`${venue?.rest}/control`, { method: "POST", body });
  expect(status).toBe(200);
  const longAfter = (prices.at(-1) ?? 0) + CLOSES_AFTER_MS + 3_000;
  await until(() => (prices.at(-1) ?? 0) > longAfter);

  const longest = Math.max(...prices.slice(1).map((at, index) => at - (prices[index] ?? at)));
  expect(longest).toBeLessThan(1_000);
  expect(gaps).toEqual([]);
  expect(stops()).toBe(stopsBefore);
  expect(await run.stop()).toMatchObject({ openAtVenue: 0, lawsBroken: 0 });
  expect(violations(run.heard, run.truth())).toEqual([]);
});
