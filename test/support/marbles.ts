/** `rxjs-marbles`, wired to vitest: virtual time by `run`, deep equality by `toStrictEqual`. */
import { configure } from "rxjs-marbles";
import { expect } from "vitest";

export const { marbles } = configure({
  run: true,
  frameworkMatcher: true,
  assertDeepEqual: (actual, expected) => {
    expect(actual).toStrictEqual(expected);
  },
});
