import { type Facts, type Law, LawBroken } from "./errors.ts";

/** On in production: stopping is better than trading wrong. */
export function assert(
  condition: boolean,
  law: Law,
  shortMessage: string,
  facts?: Facts,
): asserts condition {
  if (!condition) throw new LawBroken(law, shortMessage, facts);
}
