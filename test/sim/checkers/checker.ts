import type { Transition } from "../../../src/executor/index.ts";
import type { Receipt } from "../../../src/gateway/index.ts";
import type { VenueFact, VenueTruth } from "../../../src/sim/index.ts";
import type { PlaceLeg } from "../../../src/types/index.ts";

/** An outside observer: hears the venue's truth and everything we did, and says what was wrong. */
export interface Checker {
  readonly venue: (fact: VenueFact) => void;
  readonly transition: (transition: Transition) => void;
  readonly receipt: (receipt: Receipt) => void;
  /** A wave is about to leave: its first byte is next. */
  readonly leaves: (legs: readonly PlaceLeg[], atMs: number) => void;
  /** A heartbeat is about to leave. */
  readonly beats: (atMs: number) => void;
  /** The process has died: what it knew and what it was owed is gone. */
  readonly died: () => void;
  /** Asked again and again at the end of the kind phase. */
  readonly sample: (truth: VenueTruth) => void;
  /** After the end. */
  readonly verdict: (truth: VenueTruth) => readonly string[];
}

const ignore = (): void => undefined;

export const blind: Checker = {
  venue: ignore,
  transition: ignore,
  receipt: ignore,
  leaves: ignore,
  beats: ignore,
  died: ignore,
  sample: ignore,
  verdict: () => [],
};
