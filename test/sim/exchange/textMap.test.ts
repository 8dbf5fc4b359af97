import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type TextMap, valueOf, withoutKey, withValue } from "../../../src/sim/exchange/textMap.ts";

/** Two texts of the same hash, found by search. */
const SAME_HASH = ["order 823598", "order 1481096"] as const;
const key = fc.oneof(
  fc.constantFrom("", ...SAME_HASH),
  fc.integer({ min: 0, max: 60 }).map(String),
);
const command = fc.record({ key, value: fc.option(fc.nat()) });

const nodesOf = (map: TextMap<number>): number =>
  map === null ? 0 : Array.isArray(map) ? 1 + map.map(nodesOf).reduce((a, b) => a + b, 0) : 1;

describe("the map by text", () => {
  it("is a map, and every older one stays as it was", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
        const known = new Map<string, number>();
        const past: (readonly [TextMap<number>, ReadonlyMap<string, number>])[] = [];
        let map: TextMap<number> = null;
        for (const one of commands) {
          if (one.value === null) known.delete(one.key);
          else known.set(one.key, one.value);
          map = one.value === null ? withoutKey(map, one.key) : withValue(map, one.key, one.value);
          past.push([map, new Map(known)]);
        }
        const keys = new Set(commands.map((one) => one.key));
        for (const [old, then] of past)
          for (const each of keys) expect(valueOf(old, each)).toBe(then.get(each));
      }),
    );
  });

  it("holds both of two texts with the same hash", () => {
    const [one, other] = SAME_HASH;
    const both = withValue(withValue(null, one, 1), other, 2);
    expect([valueOf(both, one), valueOf(both, other)]).toEqual([1, 2]);
    expect(valueOf(withoutKey(both, one), other)).toBe(2);
    expect(nodesOf(both)).toBe(1);
  });

  it("does not grow with what was once in it", () => {
    let map: TextMap<number> = withValue(null, "stays", 0);
    for (let at = 0; at < 10_000; at += 1)
      map = withoutKey(withValue(map, `order ${at}`, at), `order ${at - 20}`);
    for (let at = 9_980; at < 10_000; at += 1) map = withoutKey(map, `order ${at}`);
    expect(map).toEqual(withValue(null, "stays", 0));
  });
});
