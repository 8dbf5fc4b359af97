import { defer } from "rxjs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type Segment,
  decode,
  memoryJournal,
  refold,
  segmentLines,
} from "../../src/journal/index.ts";
import { encodeEffects, encodeEvent, encodeHeader } from "../../src/journal/codec.ts";
import { LawBroken, type Stamped, monotonicMs, orderId } from "../../src/types/index.ts";
import { ORIGIN, alert, restoredToy, stamped, toyReduce, toyRun } from "./toy.ts";

/** Header and one step of a run of before schema 2: a bid rests, an ask has just been placed. */
const SCHEMA_1 = join(import.meta.dirname, "schema1.ndjson");

const recorded = (steps = 10): readonly string[] => {
  const journal = memoryJournal(ORIGIN);
  expect(toyRun().run(journal, 1, steps)).toBeNull();
  return journal.lines();
};

const segmentOf = (lines: readonly string[]): Segment => {
  const decoded = decode(lines);
  if (decoded.type === "problem") throw new Error(decoded.detail);
  return decoded;
};

describe("codec", () => {
  it("writes the header, then each event before what it decided, and nothing for nothing", () => {
    const lines = recorded(4);

    expect(lines.slice(1)).toStrictEqual([
      '{"seq":1,"at":{"epochMs":1700000000001,"monotonicMs":0.5},"event":{"type":"cancel.acked","orderId":"z99"}}',
      '{"seq":2,"at":{"epochMs":1700000000002,"monotonicMs":1},"event":{"type":"cancel.acked","orderId":"z98"}}',
      '{"seq":3,"at":{"epochMs":1700000000003,"monotonicMs":1.5},"event":{"type":"cancel.acked","orderId":"z97"}}',
      '{"seq":3,"effects":[{"type":"alert","market":"0xfeed","text":"z99 z98 z97","facts":{"where":"toy – “quoted”\\n"}}]}',
      '{"seq":4,"at":{"epochMs":1700000000004,"monotonicMs":2},"event":{"type":"cancel.acked","orderId":"z96"}}',
    ]);
    expect(lines[0]).toMatch(/^\{"schema":6,"version":"0.1.0","market":\{"id":"0xfeed"/);
  });

  it("gives back what was written", () => {
    const { header, steps, torn } = segmentOf(recorded(3));

    expect(header).toStrictEqual({ ...ORIGIN, schema: 6, segment: 1 });
    expect(steps.map((step) => step.stamped)).toStrictEqual([1, 2, 3].map(stamped));
    expect(steps.map((step) => step.effects)).toStrictEqual([[], [], [alert("z99 z98 z97")]]);
    expect(torn).toBeNull();
  });

  it("the same history is the same bytes, twice", () => {
    expect(recorded()).toStrictEqual(recorded());
  });

  it("every prefix of the bytes decodes to whole steps, or says what is wrong", () => {
    const bytes = recorded(4).join("\n");
    const headerEnd = bytes.indexOf("\n");
    for (let length = 0; length <= bytes.length; length += 1) {
      const decoded = decode(bytes.slice(0, length).split("\n"));
      expect(decoded.type).toBe(length < headerEnd ? "problem" : "segment");
    }
  });

  it("a torn last line is reported and ignored", () => {
    const lines = recorded(3);
    const cut = lines.map((line, index) => (index === 4 ? line.slice(0, 30) : line));

    const { steps, torn } = segmentOf(cut);

    expect(torn).toBe(lines[4]?.slice(0, 30));
    expect(steps).toHaveLength(3);
    expect(steps.at(-1)?.effects).toStrictEqual([]);
  });

  const header = encodeHeader(ORIGIN, 1);
  const event = (seq: number): string => encodeEvent(stamped(seq));
  it.each([
    ["no lines", [], 1, "no readable header"],
    ["a torn header", [header.slice(0, 50)], 1, "no readable header"],
    [
      "an event for a header",
      [event(1), event(2)],
      1,
      "schema undefined is none of 1, 2, 3, 4, 5, 6",
    ],
    ["a later schema", [header.replace(":6", ":7")], 1, "schema 7 is none of 1, 2, 3, 4, 5, 6"],
    ["half a header", ['{"schema":6,"version":"0"}'], 1, "the header is incomplete"],
    ["half an old header", ['{"schema":1,"version":"0"}'], 1, "the header is incomplete"],
    ["a torn line inside", [header, event(1).slice(0, 20), event(2)], 2, "neither an event nor"],
    ["garbage inside", [header, "[]", event(1)], 2, "neither an event nor"],
    ["garbage that is JSON, at the end", [header, event(1), "{}"], 3, "neither an event nor"],
    ["a gap", [header, event(1), event(3)], 3, "an event after step 1"],
    ["a gap at the start", [header, event(2)], 2, "an event after step 0"],
    ["a step twice", [header, event(1), event(1)], 3, "an event after step 1"],
    ["effects of nothing", [header, encodeEffects(0, [alert("")])], 2, "effects after step 0"],
    ["effects of later", [header, event(1), encodeEffects(2, [])], 3, "effects after step 1"],
    [
      "effects twice",
      [header, event(1), encodeEffects(1, []), encodeEffects(1, [])],
      4,
      "effects after step 1",
    ],
  ])("%s is a problem that names its line", (_, lines, line, detail) => {
    expect(decode(lines)).toMatchObject({
      type: "problem",
      line,
      detail: expect.stringContaining(detail),
    });
  });

  it("reads a segment of schema 1, and says that it is one", () => {
    const old = segmentOf(segmentLines(SCHEMA_1));

    expect(old.header).toMatchObject({ schema: 1, version: "0.1.0", step: 11 });
    expect(old.steps.map(({ stamped: { seq }, effects }) => [seq, effects.length])).toEqual([
      [12, 1],
    ]);
  });

  it("refuses to write what would not come back", () => {
    const [withToJson, deep] = [{ toJSON: () => 1 }, { a: [{ b: [0, NaN] }] }];
    const refused = [NaN, Infinity, 1n, new Map(), new Date(0), () => 0, [undefined], Symbol("s")];
    for (const value of [...refused, withToJson, deep, [[new Set()]]]) {
      expect(() => encodeHeader({ ...ORIGIN, state: { value } }, 1)).toThrow(LawBroken);
    }
    expect(encodeHeader({ ...ORIGIN, state: { value: undefined } }, 1)).toContain('"state":{}');
  });
});

describe("refold", () => {
  it("decides the same again", () => {
    const refolded = refold(recorded(), toyReduce, restoredToy);

    if (refolded.type === "problem") throw new Error(refolded.detail);
    expect(refolded.firstDifference).toBeNull();
    expect(refolded.steps).toHaveLength(10);
    expect(refolded.steps.map(({ effects }) => effects)).toStrictEqual(
      refolded.steps.map((step) => step.recorded),
    );
    expect(refolded.state.count).toBe(10);
  });

  it("finds the first step that decides something else", () => {
    const another = (state: Parameters<typeof toyReduce>[0], input: Stamped) => {
      const [next, effects] = toyReduce(state, input);
      return [next, input.seq < 6 ? effects : [alert("else")]] as const;
    };

    const refolded = refold(recorded(), another, restoredToy);

    expect(refolded).toMatchObject({
      type: "refolded",
      firstDifference: { stamped: { seq: 6 }, effects: [alert("else")] },
    });
  });

  it("does not hold against a last event that its process died before deciding on it", () => {
    const died = [encodeHeader(ORIGIN, 1), ...[1, 2, 3].map((seq) => encodeEvent(stamped(seq)))];

    expect(refold(died, toyReduce, restoredToy)).toMatchObject({ firstDifference: null });
    expect(refold([...died, encodeEvent(stamped(4))], toyReduce, restoredToy)).toMatchObject({
      firstDifference: { stamped: { seq: 3 }, recorded: [] },
    });
  });

  it("refuses a segment of schema 1, and names the version that can replay it", () => {
    expect(refold(segmentLines(SCHEMA_1), toyReduce, restoredToy)).toEqual({
      type: "problem",
      line: 1,
      detail:
        "schema 1, written by version 0.1.0: the fields of its state are not those" +
        " of schema 6; replay it with the version that wrote it",
    });
  });

  it.each([2, 3, 4, 5])("refuses one of schema %i too, whose state has fewer fields", (schema) => {
    const [header = "", ...steps] = recorded();
    const old = header.replace('"schema":6', `"schema":${schema}`);
    expect(refold([old, ...steps], toyReduce, restoredToy)).toMatchObject({
      type: "problem",
      detail: expect.stringContaining(`schema ${schema}, written by`),
    });
  });

  it("passes on why the lines are no segment", () => {
    expect(refold(["{}"], toyReduce, restoredToy)).toMatchObject({ type: "problem", line: 1 });
  });
});

describe("memoryJournal", () => {
  const failureOf = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error;
    }
  };

  it("is full with an error, and drops nothing", () => {
    const journal = memoryJournal(ORIGIN, 3);

    expect(toyRun().run(journal, 1, 2)).toBeNull();
    expect(toyRun().run(journal, 3, 3)).toBeInstanceOf(LawBroken);
    expect(journal.lines()).toHaveLength(3);
  });

  it("refuses a gap, effects of another step, and anything after its end", () => {
    const journal = memoryJournal(ORIGIN);
    const { run } = toyRun();

    expect(run(journal, 2, 2)).toBeInstanceOf(LawBroken);
    expect(run(journal, 1, 1)).toBeNull();
    expect(failureOf(() => journal.decided(1, []))).toBeInstanceOf(LawBroken);
    expect(failureOf(() => journal.decided(2, []))).toBeInstanceOf(LawBroken);
    journal.close();
    expect(run(journal, 2, 2)).toBeInstanceOf(LawBroken);
    expect(journal.lines()).toHaveLength(2);
  });

  it("encodes each line when it is first asked for, and never again", () => {
    const journal = memoryJournal(ORIGIN);
    let reads = 0;
    const event = {
      type: "cancel.acked" as const,
      get orderId() {
        reads += 1;
        return orderId("z1");
      },
    };
    defer(() => journal.append({ ...stamped(1), event })).subscribe();
    expect(reads).toBe(1); // for the check

    const first = journal.lines();
    expect(first[1]).toContain('"event":{"type":"cancel.acked","orderId":"z1"}');
    expect([reads, journal.lines()]).toStrictEqual([2, first]);
    expect(toyRun().run(journal, 2, 3)).toBeNull();
    expect(reads).toBe(2);
    expect(journal.lines().slice(0, 2)).toStrictEqual(first);
  });

  it("is the same lines, however often they are asked for between the steps", () => {
    const [asked, left] = [memoryJournal(ORIGIN), memoryJournal(ORIGIN)];
    const [asking, leaving] = [toyRun(), toyRun()];
    for (let seq = 1; seq <= 9; seq += 1) {
      expect(asking.run(asked, seq, seq)).toBeNull();
      expect(leaving.run(left, seq, seq)).toBeNull();
      expect(asked.lines()).toHaveLength(1 + seq + Math.floor(seq / 3));
    }
    expect(asked.lines()).toStrictEqual(left.lines());
  });

  it("refuses effects that cannot be kept when they are decided, and keeps none of them", () => {
    const journal = memoryJournal(ORIGIN);
    expect(toyRun().run(journal, 1, 2)).toBeNull();
    defer(() => journal.append(stamped(3))).subscribe();
    const effect = { ...alert("text"), facts: { at: NaN } };
    expect(failureOf(() => journal.decided(3, [effect]))).toBeInstanceOf(LawBroken);
    expect(journal.lines()).toHaveLength(4);
  });

  it("does not write a value that cannot be kept, and says so at once", () => {
    const journal = memoryJournal(ORIGIN);
    const input = { ...stamped(1), at: { ...stamped(1).at, monotonicMs: monotonicMs(NaN) } };

    expect(() => journal.append(input)).toThrow(LawBroken);
    expect(journal.lines()).toHaveLength(1);
  });
});
