import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recording } from "../../src/record/index.ts";
import { ConfigError } from "../../src/types/index.ts";
import { decodeBinance } from "../../src/venue/binance/index.ts";

const real = fileURLToPath(
  new URL("../../../shared/data/real/binance-spot/btcusdt_20240808.ndjson.gz", import.meta.url),
);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "recording-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

/** A frame is a list of numbers, or a number. */
const numbers = (frame: string): readonly number[] => [JSON.parse(frame)].flat();
const read = (path: string, valuesMax = 100) => recording(path, numbers, { valuesMax });
const line = (ts: number, frame: unknown): string =>
  `${JSON.stringify({ ts, src: "test", frame })}\n`;

const THREE = line(1000, [1]) + line(1005, "2") + line(1005, [3, 4]);

describe("recording", () => {
  it.each([
    ["plain", "a.ndjson", THREE],
    ["packed", "a.ndjson.gz", gzipSync(THREE)],
  ])("reads %s lines, frames as objects or as text, and when they came", (_, name, content) => {
    expect(read(file(name, content))).toStrictEqual({
      values: [
        { afterMs: 0, value: 1 },
        { afterMs: 5, value: 2 },
        { afterMs: 5, value: 3 },
        { afterMs: 5, value: 4 },
      ],
      durationMs: 5,
      skipped: 0,
      firstSkipped: null,
    });
  });

  it.each([
    ["seconds", 1e-3],
    ["milliseconds", 1],
    ["microseconds", 1e3],
    ["nanoseconds", 1e6],
  ])("reads times since 1970 in %s: ten seconds stay ten seconds", (_, perMs) => {
    const beganMs = 1_723_075_200_000;
    const at = (ms: number): string => line((beganMs + ms) * perMs, 1);
    const path = file("a.ndjson", [0, 2_500, 10_000].map(at).join(""));

    expect(read(path).values.map(({ afterMs }) => afterMs)).toStrictEqual([0, 2_500, 10_000]);
  });

  it("tells the units of one file apart, line by line", () => {
    const path = file(
      "a.ndjson",
      line(1_723_075_200_000, 1) + line(1_723_075_201_000_000, 1) + line(1_723_075_202, 1),
    );

    expect(read(path).values.map(({ afterMs }) => afterMs)).toStrictEqual([0, 1_000, 2_000]);
  });

  it("loses no line to a byte order mark, nor to the line ends of another system", () => {
    const path = file("a.ndjson", `\uFEFF${THREE.replaceAll("\n", "\r\n")}\r\n`);

    expect(read(path)).toMatchObject({ values: { length: 4 }, skipped: 0, firstSkipped: null });
  });

  it("counts from the first frame with a value to the last", () => {
    const path = file("a.ndjson", line(0, []) + line(500, [1]) + line(700, [2]) + line(900, []));

    expect(read(path)).toMatchObject({ values: [{ afterMs: 0 }, { afterMs: 200 }], skipped: 0 });
    expect(read(path).durationMs).toBe(200);
  });

  it("a clock that was set back neither sends the replay back nor stops it", () => {
    const path = file("a.ndjson", [5000, 5010, 2000, 2007].map((ts) => line(ts, 1)).join(""));

    expect(read(path).values.map(({ afterMs }) => afterMs)).toStrictEqual([0, 10, 10, 17]);
  });

  it("skips and counts what cannot be read, a torn last line too", () => {
    const bad = [
      "nonsense",
      "null",
      "7",
      '{"frame":1}',
      '{"ts":"1","frame":1}',
      '{"ts":1}',
      '{"ts"',
    ];
    const path = file("a.ndjson", `${line(1, 1)}\n${bad.join("\n")}`);

    // One line, an empty one, and then the first that cannot be read.
    expect(read(path)).toMatchObject({
      values: [{ value: 1 }],
      skipped: bad.length,
      firstSkipped: 3,
    });
  });

  it.each<[string, () => string, RegExp]>([
    ["a file that is not there", () => join(directory, "no.ndjson"), /cannot be read.*ENOENT/],
    ["a folder", () => directory, /cannot be read.*EISDIR/],
    ["no gzip", () => file("a.ndjson.gz", THREE), /not a whole gzip.*give the \.ndjson/],
    ["half a gzip", () => file("a.ndjson.gz", gzipSync(THREE).subarray(0, 30)), /not a whole gzip/],
    ["an empty file", () => file("a.ndjson", ""), /no value \(0 lines, 0 of them unreadable\)/],
    ["a file of something else", () => file("a.ndjson", "a\nb\n"), /no value \(2 lines, 2 of/],
    ["a recording of nothing", () => file("a.ndjson", line(1, [])), /no value \(1 lines, 0 of/],
    [
      "too many values",
      () => file("a.ndjson", line(1, Array(101).fill(1))),
      /more than 100 values/,
    ],
  ])("refuses %s with its name and a way out", (_, path, why) => {
    const at = path();
    expect(() => read(at)).toThrow(ConfigError);
    expect(() => read(at)).toThrow(why);
    expect(() => read(at)).toThrow(`recording ${at}:`);
  });

  it("as many values as are allowed are allowed", () => {
    expect(read(file("a.ndjson", line(1, Array(100).fill(1)))).values).toHaveLength(100);
  });

  it.skipIf(!existsSync(real))("reads the real one (needs ../shared/data/real)", () => {
    const { values, durationMs, skipped } = recording(real, (frame) => decodeBinance(frame).items, {
      valuesMax: 100_000,
    });

    expect(values).toHaveLength(28_040);
    expect(durationMs).toBe(345_912);
    expect(skipped).toBe(0);
    expect(values[0]).toStrictEqual({ afterMs: 0, value: { price: 61_837_635_000 } });
  });
});
