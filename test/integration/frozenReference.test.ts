/**
 * The reference stays open and answers pings, and brings no price any more, while the price moves on:
 * what a frozen connection looks like. The program once traded on such a price for 50 s.
 */
import { Subscription } from "rxjs";
import { afterAll, describe, expect, it } from "vitest";
import type { Transition } from "../../src/executor/index.ts";
import type { ControlSent, Endpoints } from "../../src/sim/server/index.ts";
import { type CheckedRun, checkedRun, violations } from "./checkedRun.ts";
import { timeByTurns, until } from "../support/patience.ts";

timeByTurns();
const life = new Subscription();
afterAll(() => life.unsubscribe());

const last = ({ heard }: CheckedRun): Transition | undefined => {
  const found = heard.findLast(({ type }) => type === "transition");
  return found?.type === "transition" ? found.transition : undefined;
};

/** Resolves once the newest step says that nothing is quoted for this reason. */
const gateShows = (run: CheckedRun, reason: string): Promise<void> =>
  until(() => last(run)?.state.why.gate.includes(reason), reason);

describe("[K] a frozen reference", () => {
  it("is lost while the price moves elsewhere, cancels everything, and is back when it speaks", async () => {
    let venue: Endpoints | undefined;
    const run = await checkedRun(
      {
        seed: 3,
        generation: "v1",
        windowMs: 3_600_000,
        via: (endpoints) => Promise.resolve((venue = endpoints)),
      },
      life,
    );
    const control = async (command: ControlSent): Promise<void> => {
      const body = JSON.stringify(command);
      const { status } = await fetch(`${venue?.rest}/control`, { method: "POST", body });
      expect(status).toBe(200);
    };
    await run.converges();

    await control({ do: "freeze", channel: "reference" });
    await gateShows(run, "reference feed lost");
    await until(() => run.truth().orders.length === 0);

    await control({ do: "clear" });
    await run.converges();

    const lost = run.heard.flatMap((said) =>
      said.type === "transition" && said.transition.input.event.type === "feed.lost"
        ? [said.transition.input.event]
        : [],
    );
    expect(lost).toEqual([
      expect.objectContaining({ feed: "reference", cause: expect.stringContaining("frozen: ") }),
    ]);
    expect(await run.stop()).toMatchObject({ openAtVenue: 0, lawsBroken: 0 });
    expect(violations(run.heard, run.truth())).toEqual([]);
  });
});
