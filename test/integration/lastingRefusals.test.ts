/** The venue refuses everything for good, over the wire: the cause is named, and nothing rests. */
import { Subscription } from "rxjs";
import { afterAll, describe, expect, it } from "vitest";
import type { ExecutorState } from "../../src/executor/index.ts";
import type { ControlSent, Endpoints } from "../../src/sim/server/index.ts";
import { type CheckedRun, checkedRun, violations } from "./checkedRun.ts";
import { later, timeByTurns, until } from "../support/patience.ts";

timeByTurns();
const life = new Subscription();
afterAll(() => life.unsubscribe());

interface Refused extends CheckedRun {
  readonly lines: readonly string[];
  readonly control: (command: ControlSent) => Promise<void>;
}

async function run(options: { readonly areCredentialsGiven?: boolean } = {}): Promise<Refused> {
  let venue: Endpoints | undefined;
  const lines: string[] = [];
  const write = (_: unknown, text: string): unknown => lines.push(text);
  const log = { debug: () => undefined, info: write, warn: write, error: write };
  const it = await checkedRun(
    {
      seed: 3,
      generation: "v1",
      windowMs: 3_600_000,
      via: (endpoints) => Promise.resolve((venue = endpoints)),
      log,
      ...options,
    },
    life,
  );
  return {
    ...it,
    lines,
    control: async (command) => {
      const body = JSON.stringify(command);
      const { status } = await fetch(`${venue?.rest}/control`, { method: "POST", body });
      expect(status).toBe(200);
    },
  };
}

const last = ({ heard }: CheckedRun): ExecutorState | undefined => {
  const found = heard.findLast(({ type }) => type === "transition");
  return found?.type === "transition" ? found.transition.state : undefined;
};
const refusedFor = (it: CheckedRun, words: string): Promise<void> =>
  until(() => last(it)?.why.gate.some((reason) => reason.includes(words)), words);

describe.concurrent("over the wire", () => {
  it("a rotated key that we derived is derived again, and quoting goes on by itself", async () => {
    const it = await run();
    await it.converges();

    await it.control({ do: "rotateKeys" });
    await refusedFor(it, "nothing is quoted: API credentials not accepted");
    await until(() => it.lines.includes("API credentials derived again"));
    await until(() => last(it)?.lasting === null);
    await it.converges();

    expect(it.lines.filter((text) => text.startsWith("API credentials"))).toHaveLength(1);
    expect(await it.stop()).toMatchObject({ openAtVenue: 0, lawsBroken: 0, refused: null });
    expect(violations(it.heard, it.truth())).toEqual([]);
  });

  it("a rotated key that was given is named as not accepted, and nothing is quoted", async () => {
    const it = await run({ areCredentialsGiven: true });
    await it.converges();

    await it.control({ do: "rotateKeys" });
    await refusedFor(it, "nothing is quoted: API credentials not accepted");
    // The venue's dead-man switch has taken what rested, as no heartbeat is accepted any more.
    await until(() => it.truth().orders.length === 0);

    expect(it.lines.filter((text) => text.startsWith("API credentials"))).toEqual([
      "API credentials not accepted",
    ]);
    expect(it.tandem.summary().refused).toMatchObject({ reason: "auth" });
  });

  it.for(["walletKind", "restricted", "signature", "orderVersion", "banned"] as const)(
    "%s: said, and no more than the two orders that found it out",
    async (reason) => {
      const it = await run();
      await it.control({ do: "refuseAll", reason });
      await refusedFor(it, "nothing is quoted: ");
      await later(3_000);
      await until(() => it.truth().orders.length === 0);
      expect(it.tandem.summary().places.rejected).toBeLessThanOrEqual(2);
      expect(it.tandem.summary().refused).toMatchObject({ reason });
    },
  );
});
