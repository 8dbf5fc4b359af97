/** Texts of the venues, and the same with something wrong in them. */
import { readFileSync, readdirSync } from "node:fs";
import type { Random } from "../../src/sim/index.ts";
import { DOWN, MARKET, UP } from "./polymarket/support.ts";

/** All fixtures of a folder. */
export const textsOf = (folder: string): readonly [string, ...string[]] => {
  const all = new URL(`../fixtures/${folder}/`, import.meta.url);
  const [first = "", ...rest] = readdirSync(all)
    .toSorted()
    .map((name) => readFileSync(new URL(name, all), "utf8"));
  return [first, ...rest];
};

/** Near misses of what a field holds. */
const JUNK: readonly [string, ...string[]] = [
  "null",
  '""',
  "0",
  "1",
  '"0"',
  '"0.48"',
  '"0.480"',
  '".48"',
  '"0.00001"',
  '"1.0"',
  '"-1"',
  '"1e3"',
  '"NaN"',
  '"9999999999999999999"',
  "[]",
  "{}",
  "true",
  '"BUY"',
  '"SELL"',
  '"book"',
  '"price_change"',
  `"${UP}"`,
  `"${DOWN}"`,
  `"${MARKET.id}"`,
];
/** Of the texts themselves, and what is in none of them. */
const CHARACTERS = [
  "0",
  "1",
  "9",
  ".",
  '"',
  ",",
  "{",
  "}",
  "[",
  "]",
  "-",
  "e",
  " ",
  "\\",
  "\n",
  "é",
] as const;

/** One change of the text or of a value in it, and now and then another. */
export function mutated(text: string, chance: Random): string {
  const at = chance.integer(0, text.length);
  const changed = ((): string => {
    switch (chance.integer(0, 7)) {
      case 0:
        return text.slice(0, at) + text.slice(at + 1);
      case 1:
        return text.slice(0, at) + chance.pick(CHARACTERS) + text.slice(at);
      case 2:
        return text.slice(0, at) + chance.pick(CHARACTERS) + text.slice(at + 1);
      case 3:
        return text.slice(0, at);
      default: {
        // One of its values, or one of its names.
        const values = [...text.matchAll(/"[^"]*"|\b\d+(\.\d+)?\b/g)];
        const value = values[chance.integer(0, Math.max(0, values.length - 1))];
        if (value === undefined) return text;
        const before = text.slice(0, value.index);
        const after = text.slice(value.index + value[0].length);
        const digits = value[0].replace(/\d/, String(chance.integer(0, 9)));
        const other = values[chance.integer(0, values.length - 1)]?.[0] ?? "";
        return before + chance.pick([digits, other, chance.pick(JUNK)]) + after;
      }
    }
  })();
  return chance.integer(0, 3) === 0 ? mutated(changed, chance) : changed;
}
