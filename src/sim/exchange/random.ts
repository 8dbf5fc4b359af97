/** Seeded random numbers. Fork a stream for each concern: streams do not shift each other. */
import { sha256 } from "@noble/hashes/sha2.js";
import { createView, utf8ToBytes } from "@noble/hashes/utils.js";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** A probability: `numerator` in `denominator`. */
export interface Ratio {
  readonly numerator: number;
  readonly denominator: number;
}

export interface Random {
  /** Uniform between `min` and `max`, both included. */
  readonly integer: (min: number, max: number) => number;
  readonly chance: (ratio: Ratio) => boolean;
  readonly pick: <Item>(items: readonly [Item, ...Item[]]) => Item;
  /** Mean 0, standard deviation 1, at most 6 away from 0. */
  readonly gaussian: () => number;
  /** A stream that depends on the label only, not on what was drawn before. */
  readonly fork: (label: string) => Random;
}

export const random = (seed: number): Random => branch(String(seed));

function branch(path: string): Random {
  const view = createView(sha256(utf8ToBytes(path)));
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => view.getInt32(at)));
  const fraction = (): number => uniformFloat64(generator);
  return {
    integer: (min, max) => uniformInt(generator, min, max),
    chance: ({ numerator, denominator }) => fraction() * denominator < numerator,
    pick: (items) => items[uniformInt(generator, 0, items.length - 1)] ?? items[0],
    // Twelve uniforms instead of Box-Muller: logarithm and cosine may differ between engines.
    gaussian: () => {
      let sum = -6;
      for (let part = 0; part < 12; part += 1) sum += fraction();
      return sum;
    },
    fork: (label) => branch(`${path}/${label}`),
  };
}
