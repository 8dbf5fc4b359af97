/** Every reader of a run, planted with one that throws and with one that is slow, in the real graph. */
import type { SchedulerAction, SchedulerLike } from "rxjs";
import { beforeAll, describe, expect, it } from "vitest";
import { appConfig } from "../../src/app/index.ts";
import { type Reader, readersOf } from "../../src/observers/index.ts";
import type { VirtualScheduler } from "../../src/sim/index.ts";
import { type Rig, rig } from "../app/rig.ts";
import { FIXED_SPREAD } from "../support/quoting.ts";

/** Each of these is planted below; the first test fails for a reader that is not among them. */
const NAMES = ["summary", "event log"] as const;

const FOR_MS = 15_000;
const ENDED_MS = 60_000;
const silent = (): void => undefined;
const SILENT = { debug: silent, info: silent, warn: silent, error: silent };

const planting =
  (name: string, plant: (reader: Reader) => Reader): typeof readersOf =>
  (given) => {
    const { all, summary } = readersOf(given);
    return { summary, all: all.map((it) => (it.name === name ? plant(it) : it)) };
  };

const throwing = (reader: Reader): Reader => ({
  ...reader,
  read: () => {
    throw new Error("a careless reader");
  },
  end: () => {
    throw new Error("careless to the end");
  },
});

/** Each value takes the thread for this long, by the clock of the macrotasks. */
const SLOW_MS = 20;

/** A scheduler that counts its turns, and a reader on it that spends time on every value. */
function slowness() {
  let spentMs = 0;
  let turn = 0;
  const readsIn = new Map<number, number>();
  const macrotask = (scheduler: VirtualScheduler): SchedulerLike => ({
    now: () => scheduler.now() + spentMs,
    schedule: <State>(
      work: (this: SchedulerAction<State>, state?: State) => void,
      delay?: number,
      state?: State,
    ) =>
      scheduler.schedule<State>(
        function (this: SchedulerAction<State>, next?: State) {
          turn += 1;
          work.call(this, next);
        },
        delay,
        state,
      ),
  });
  const plant = (reader: Reader): Reader => ({
    ...reader,
    read: (output) => {
      spentMs += SLOW_MS;
      readsIn.set(turn, (readsIn.get(turn) ?? 0) + 1);
      reader.read(output);
    },
  });
  return { macrotask, plant, readsIn: (): readonly number[] => [...readsIn.values()] };
}

const journalOf = (run: Rig): readonly (readonly string[])[] =>
  run.journals().map((journal) => journal.lines());

/** Its fills and profit are as far as the summary has read, which may be behind or broken. */
const isStatus = (line: string): boolean => line.startsWith("info: status ");
const isOfReaders = (line: string): boolean => line.includes(": reader ");
const logOf = (run: Rig): readonly string[] =>
  run.log().filter((line) => !isStatus(line) && !isOfReaders(line));

async function ended(options: Parameters<typeof rig>[0] = {}): Promise<Rig> {
  const run = rig({ seed: 3, config: appConfig({ strategy: FIXED_SPREAD }, FOR_MS), ...options });
  await run.runUntil(ENDED_MS);
  return run;
}

/** What the graph did is what it does without the plant. */
function expectUndisturbed(run: Rig, alone: Rig): void {
  expect(alone.acceptedAt().length).toBeGreaterThan(5);
  expect(run.outcome()).toMatchObject({ type: "resolved", atMs: alone.outcome()?.atMs });
  expect(run.asked()).toEqual(alone.asked());
  expect(run.facts()).toEqual(alone.facts());
  expect(journalOf(run)).toStrictEqual(journalOf(alone));
}

/** The readers that were not planted have read everything. */
function expectOthersComplete(planted: string, run: Rig, alone: Rig): void {
  if (planted !== "summary") expect(run.app.summary()).toEqual(alone.app.summary());
  if (planted !== "event log") expect(logOf(run)).toEqual(logOf(alone));
}

describe("the readers of a run", () => {
  let alone: Rig;
  beforeAll(async () => {
    alone = await ended();
  });

  it("are all planted in this file", () => {
    const { all } = readersOf({
      nowMs: () => 0,
      mode: "sim",
      log: SILENT,
      executor: appConfig().executor,
    });
    expect(all.map(({ name }) => name)).toEqual(NAMES);
  });

  it.each(NAMES)(
    "[A] %s, if it throws on every output: no kill switch, the same orders at the same times",
    async (name) => {
      const run = await ended({ observe: planting(name, throwing) });

      expectUndisturbed(run, alone);
      expectOthersComplete(name, run, alone);
      const said = run.log().filter(isOfReaders);
      expect(said.map((line) => line.slice(0, line.indexOf(" {")))).toEqual([
        "error: reader failed",
        "error: reader failed",
        "error: reader failed in this run",
        "error: reader failed in this run",
      ]);
      for (const line of said) expect(line).toContain(`"reader":"${name}"`);
    },
  );

  it.each(NAMES)(
    "[A] %s, if it is slow: one output a turn, the same orders at the same times, nothing lost",
    async (name) => {
      const { macrotask, plant, readsIn } = slowness();
      const run = await ended({ observe: planting(name, plant), macrotask });

      expectUndisturbed(run, alone);
      expect(readsIn().length).toBeGreaterThan(100);
      expect(Math.max(...readsIn())).toBe(1);
      expect(run.app.summary()).toEqual(alone.app.summary());
      expect(logOf(run)).toEqual(logOf(alone));
    },
  );

  it.each([
    ["stopped", (run: Rig) => run.app.stop("enough"), "resolved"],
    ["killed", (run: Rig) => run.app.fail(new Error("the disk is full")), "rejected"],
  ] as const)(
    "[A] have all read the last output when start settles: %s",
    async (_how, end, type) => {
      const { macrotask, plant } = slowness();
      const read = new Map<string, number>();
      const endedAt: string[] = [];
      const counting = (reader: Reader): Reader => ({
        ...reader,
        read: (output) => {
          read.set(reader.name, (read.get(reader.name) ?? 0) + 1);
          reader.read(output);
        },
        end: () => {
          reader.end();
          endedAt.push(reader.name);
        },
      });
      const run = rig({
        macrotask,
        observe: (given) => {
          const { all, summary } = readersOf(given);
          return { summary, all: all.map((it) => counting(plant(it))) };
        },
      });
      let endedWhenSettled: readonly string[] = [];
      const settled = async (start: Promise<unknown>): Promise<void> => {
        await Promise.allSettled([start]);
        endedWhenSettled = [...endedAt];
      };
      void settled(run.app.start());
      await run.runUntil(5_000);
      end(run);
      await run.runUntil(ENDED_MS);

      expect(run.outcome()).toMatchObject({ type });
      expect(endedWhenSettled.toSorted()).toEqual([...NAMES].toSorted());
      expect(new Set(read.values()).size).toBe(1);
    },
  );

  it("[J] that cannot count everything do not claim an empty venue", async () => {
    const run = await ended({ observe: planting("summary", throwing) });

    expect(run.outcome()).toMatchObject({ type: "resolved", summary: { openAtVenue: null } });
    expect(run.app.summary().outputsMissed).toBeGreaterThan(100);
  });

  it("[J] have said what may rest in the very turn in which the run is abandoned", async () => {
    const run = rig();
    await run.runUntil(10_000);
    const resting = run.sim.truth().orders;
    expect(resting).not.toEqual([]);

    const { openAtVenue } = run.app.abandon();

    expect(openAtVenue).toBeNull();
    const named = run.log().filter((line) => line.includes("may rest at the venue"));
    for (const { orderId } of resting) {
      expect(named.some((line) => line.includes(orderId))).toBe(true);
    }
  });
});
