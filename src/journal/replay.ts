import type { Effect, Stamped } from "../types/index.ts";
import { type Header, type Problem, SCHEMA, assertKept, decode, encodeEffects } from "./codec.ts";

export interface RefoldedStep {
  readonly stamped: Stamped;
  /** Decided by this version. */
  readonly effects: readonly Effect[];
  /** Decided when it was recorded. */
  readonly recorded: readonly Effect[];
}

export interface Refolded<State> {
  readonly type: "refolded";
  readonly header: Header;
  readonly steps: readonly RefoldedStep[];
  /** After the last step. */
  readonly state: State;
  /** The first step whose effects differ in any byte; null if none does. */
  readonly firstDifference: RefoldedStep | null;
  readonly torn: string | null;
}

/**
 * Folds a segment of the present schema again, from the state in its header, to which `restore`
 * gives its type. A last step without recorded effects is not compared: the process may have died
 * in it.
 */
export function refold<State>(
  lines: readonly string[],
  reduce: (state: State, stamped: Stamped) => readonly [state: State, effects: readonly Effect[]],
  restore: (state: unknown) => State,
): Refolded<State> | Problem {
  const segment = decode(lines);
  if (segment.type === "problem") return segment;
  const { schema, version } = segment.header;
  if (schema !== SCHEMA) {
    const detail =
      `schema ${schema}, written by version ${version}: the fields of its state are not ` +
      `those of schema ${SCHEMA}; replay it with the version that wrote it`;
    return { type: "problem", line: 1, detail };
  }

  let state = restore(segment.header.state);
  const steps = segment.steps.map(({ stamped, effects: recorded }): RefoldedStep => {
    const [next, effects] = reduce(state, stamped);
    state = next;
    return { stamped, effects, recorded };
  });
  const isCompared = ({ recorded }: RefoldedStep, index: number): boolean =>
    recorded.length > 0 || index < steps.length - 1;
  const firstDifference = steps.filter(isCompared).find(isDifferent) ?? null;
  return {
    type: "refolded",
    header: segment.header,
    steps,
    state,
    firstDifference,
    torn: segment.torn,
  };
}

/** Most steps decide nothing, and then there is nothing to encode. */
function isDifferent({ stamped: { seq }, effects, recorded }: RefoldedStep): boolean {
  if (effects.length === 0 || recorded.length === 0) return effects.length !== recorded.length;
  assertKept(effects);
  return encodeEffects(seq, effects) !== encodeEffects(seq, recorded);
}
