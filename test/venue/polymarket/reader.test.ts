/** A schema as a function reads what the schema reads. As many values with errors in them as TANDEM_RUNS says. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { random } from "../../../src/sim/index.ts";
import { readOf, readerOf } from "../../../src/venue/polymarket/decode/reader.ts";
import { wire } from "../../../src/venue/polymarket/index.ts";
import { RUNS } from "../../support/builders.ts";
import { mutated } from "../mutated.ts";
import { type Folder, fixture, fixtureNames } from "./support.ts";

const FOLDERS: readonly Folder[] = ["gamma", "market", "price", "rest", "user"];
const SCHEMAS = Object.entries<unknown>(wire).flatMap(([name, schema]) =>
  schema instanceof z.ZodType ? [[name, schema] as const] : [],
);
const texts = FOLDERS.flatMap((folder) =>
  fixtureNames(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => fixture(folder, name)),
);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The value, and what stands in a list or a page of it. */
const within = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? [value, ...(value as readonly unknown[])] : [value];

describe("readerOf", () => {
  it.each([
    ["bookWire", wire.bookWire],
    ["priceChangeWire", wire.priceChangeWire],
    ["tickSizeChangeWire", wire.tickSizeChangeWire],
    ["lastTradePriceWire", wire.lastTradePriceWire],
    ["marketResolvedWire", wire.marketResolvedWire],
    ["userOrderWire", wire.userOrderWire],
    ["userTradeWire", wire.userTradeWire],
  ])("%s needs no help of zod", (_name, schema) => {
    expect(readOf(schema)).not.toBeNull();
  });

  it("reads every fixture as every schema does, and the same with errors in it", () => {
    const readers = SCHEMAS.map(([name, schema]) => [name, schema, readerOf(schema)] as const);
    const chance = random(1).fork("readers");
    const some = Array.from({ length: RUNS }, () =>
      mutated(chance.pick(texts as [string, ...string[]]), chance),
    );
    let read = 0;
    let refused = 0;
    for (const value of [...texts, ...some].flatMap((text) => within(parsed(text)))) {
      for (const [name, schema, reader] of readers) {
        const expected = schema.safeParse(value).data;
        const found = reader(value);
        if (expected === undefined) refused += 1;
        else read += 1;
        if (JSON.stringify(found) !== JSON.stringify(expected))
          expect([name, value, found]).toEqual([name, value, expected]);
      }
    }
    // The test proves nothing if everything is refused, or everything read.
    expect(read).toBeGreaterThan(RUNS);
    expect(refused).toBeGreaterThan(RUNS);
  });

  it.each([
    ["a pattern", z.string().regex(/^a/), ["a", "b"]],
    ["a refinement", z.object({ a: z.string() }).refine(({ a }) => a === "x"), [{ a: "y" }]],
    ["whole numbers", z.int(), [1, 1.5]],
    ["a default", z.object({ a: z.string().default("x") }), [{}, { a: "y" }]],
    ["a default that may be left out", z.object({ a: z.string().default("x").optional() }), [{}]],
    ["a strict object", z.strictObject({ a: z.string() }), [{ a: "x", b: 1 }]],
    ["a loose object", z.looseObject({ a: z.string() }), [{ a: "x", b: 1 }]],
    ["a catch that looks", z.string().catch((ctx) => String(ctx.value)), [7]],
    ["a transform that refuses", z.string().transform((_, ctx) => (ctx.addIssue("no"), 1)), ["x"]],
    ["a text that is trimmed", z.string().trim(), [" x "]],
    ["a number that is none", z.number(), [Infinity, Number.NaN, 1]],
    ["a record", z.record(z.string(), z.number()), [{ a: 1 }, { a: "x" }]],
    ["a list of a list", z.array(z.array(z.string()).min(1)).max(2), [[["a"]], [[]], [[], [], []]]],
    ["a choice refined", z.union([z.string(), z.number()]).refine((it) => it !== ""), ["", "a"]],
    [
      "a null refined",
      z
        .string()
        .nullable()
        .refine((it) => it !== ""),
      ["", "a", null],
    ],
    ["a word refined", z.enum(["A", "B"]).refine((it) => it !== "B"), ["A", "B"]],
    [
      "a result refined",
      z
        .string()
        .transform(Number)
        .refine((it) => it > 0),
      ["-1", "1"],
    ],
    ["anything, but something", z.object({ a: z.unknown() }), [{}, { a: undefined }, { a: 1 }]],
    ["a literal nothing", z.object({ a: z.literal([undefined, "x"]) }), [{}, { a: "x" }]],
    ["a coerced text", z.coerce.string(), [5, "5"]],
    ["a coerced truth", z.coerce.boolean(), [1, 0]],
    ["one of two alone", z.xor([z.string(), z.string().min(1)]), ["", "x"]],
  ])("%s is read as zod reads it", (_name, schema: z.ZodType, values: readonly unknown[]) => {
    for (const value of values) {
      expect([value, readerOf(schema)(value)]).toEqual([value, schema.safeParse(value).data]);
    }
  });
});
