/** One reader on a stream of outputs: what it throws, what it misses, and who is told. */
import { Subject } from "rxjs";
import { describe, expect, it } from "vitest";
import { READER_QUEUE_MAX, READER_SLICE_MAX, reading } from "../../src/app/reading.ts";
import type { AppOutput, Reader } from "../../src/observers/index.ts";
import { virtualScheduler } from "../../src/sim/index.ts";
import type { Log } from "../../src/types/index.ts";

const output = (reason: string): AppOutput => ({ type: "shutdown.begun", reason });

function setUp(over: Partial<Reader> = {}, write?: () => void) {
  const scheduler = virtualScheduler();
  const output$ = new Subject<AppOutput>();
  const lines: (readonly [level: string, text: string, facts: unknown])[] = [];
  const said =
    (level: string): Log["info"] =>
    (facts, text) => {
      write?.();
      lines.push([level, text, facts]);
    };
  const log = {
    debug: said("debug"),
    info: said("info"),
    warn: said("warn"),
    error: said("error"),
  };
  const heard: string[] = [];
  const missed: number[] = [];
  const reader: Reader = {
    name: "a reader",
    read: (it) => heard.push("reason" in it ? it.reason : it.type),
    missed: (count) => missed.push(count),
    end: () => heard.push("end"),
    ...over,
  };
  let outcome = "open";
  reading(reader, output$, log, scheduler).subscribe({
    complete: () => {
      outcome = "complete";
    },
    error: () => {
      outcome = "error";
    },
  });
  const turns = (): void => scheduler.runUntil(scheduler.now());
  return { output$, lines, heard, missed, turns, outcome: () => outcome };
}

/** A reader that throws its value where the value says so. */
const careless = (heard: string[]): Partial<Reader> => ({
  read: (it) => {
    const reason = "reason" in it ? it.reason : "";
    if (reason.startsWith("bad")) throw new Error(reason);
    heard.push(reason);
  },
});

describe("a reader on the outputs", () => {
  it("is handed them in order, on a turn of its own, then the end", () => {
    const one = setUp();
    for (const reason of ["a", "b"]) one.output$.next(output(reason));
    expect(one.heard).toEqual([]);
    one.output$.complete();
    expect(one.outcome()).toBe("open");

    one.turns();

    expect(one.heard).toEqual(["a", "b", "end"]);
    expect(one.outcome()).toBe("complete");
    expect(one.lines).toEqual([]);
  });

  it("loses only the output on which it throws: each cause is logged once, and counted", () => {
    const read: string[] = [];
    const one = setUp(careless(read));
    for (const reason of ["a", "bad", "b", "bad", "bad two", "c"]) one.output$.next(output(reason));
    one.output$.complete();
    one.turns();

    expect(read).toEqual(["a", "b", "c"]);
    expect(one.missed).toEqual([1, 1, 1]);
    expect(one.outcome()).toBe("complete");
    const reader = "a reader";
    expect(one.lines).toEqual([
      ["error", "reader failed", { reader, cause: "Error: bad" }],
      ["error", "reader failed", { reader, cause: "Error: bad two" }],
      ["error", "reader failed in this run", { reader, cause: "Error: bad", count: 2 }],
      ["error", "reader failed in this run", { reader, cause: "Error: bad two", count: 1 }],
    ]);
  });

  it("that throws what has no text loses that output alone, and it is logged", () => {
    const read: string[] = [];
    const one = setUp({
      read: (it) => {
        if ("reason" in it && it.reason === "bad") throw Object.create(null);
        read.push("reason" in it ? it.reason : it.type);
      },
      end: () => read.push("end"),
    });
    for (const reason of ["a", "bad", "b"]) one.output$.next(output(reason));
    one.output$.complete();
    one.turns();

    expect(read).toEqual(["a", "b", "end"]);
    expect(one.missed).toEqual([1]);
    expect(one.lines[0]).toEqual([
      "error",
      "reader failed",
      { reader: "a reader", cause: "an error without a text" },
    ]);
  });

  it("may keep state of its own: its end is called on it", () => {
    const one = setUp({
      end(this: Reader & { isClosed?: boolean }) {
        this.isClosed = true;
      },
    });
    one.output$.complete();
    one.turns();

    expect(one.lines).toEqual([]);
  });

  it("that throws something else each time is still logged a bounded number of times", () => {
    const one = setUp(careless([]));
    for (let at = 0; at < 1_000; at += 1) one.output$.next(output(`bad ${at}`));
    one.output$.complete();
    one.turns();

    expect(one.missed).toHaveLength(1_000);
    expect(one.lines.length).toBeLessThan(50);
    expect(one.lines.at(-1)).toEqual([
      "error",
      "reader failed in this run",
      { reader: "a reader", cause: "other causes", count: 980 },
    ]);
  });

  it("that falls behind loses the oldest, and it is said how many", () => {
    const one = setUp();
    const count = READER_QUEUE_MAX + 7;
    for (let at = 0; at < count; at += 1) one.output$.next(output(String(at)));
    one.output$.complete();
    one.turns();

    expect(one.missed).toEqual([7]);
    expect(one.heard[0]).toBe("7");
    expect(one.heard).toHaveLength(READER_QUEUE_MAX + 1);
    expect(one.lines).toEqual([
      [
        "warn",
        "reader fell behind: its oldest outputs are dropped",
        { reader: "a reader", dropped: 7 },
      ],
      ["warn", "reader missed outputs in this run", { reader: "a reader", dropped: 7 }],
    ]);
  });

  it("is handed everything at once when the run is abandoned", () => {
    const one = setUp();
    const count = READER_SLICE_MAX * 3;
    for (let at = 0; at < count; at += 1) one.output$.next(output(String(at)));

    one.output$.next({ type: "run.abandoned" });

    expect(one.heard).toHaveLength(count + 1);
    expect(one.heard.at(-1)).toBe("run.abandoned");
  });

  it("that throws in everything, with a log that throws too, still completes", () => {
    const fails = (): never => {
      throw new Error("broken");
    };
    const one = setUp({ read: fails, missed: fails, end: fails }, fails);
    for (const reason of ["a", "b"]) one.output$.next(output(reason));
    one.output$.complete();
    one.turns();

    expect(one.outcome()).toBe("complete");
  });
});
