import { type Checker, ignoreAll } from "./checker.ts";

/** As in `app.ts`: an executor without a tick for so long counts as stuck. */
const ALIVE_MS = 2_000;

/** [K] Heartbeats leave only while the executors take ticks. */
export function beatsWhileAlive(): Checker {
  let tickedAt: number | null = null;
  const violations: string[] = [];
  return {
    ...ignoreAll,
    transition: ({ input: { at, event } }) => {
      if (event.type === "clock.ticked") tickedAt = at.monotonicMs;
    },
    beats: (atMs) => {
      // Before the first market no executor can be stuck.
      if (tickedAt !== null && atMs - tickedAt > ALIVE_MS)
        violations.push(`beatsWhileAlive: ${Math.round(atMs - tickedAt)} ms after the last tick`);
    },
    crashed: () => {
      tickedAt = null;
    },
    verdict: () => violations,
  };
}
