import { type Checker, blind } from "./checker.ts";

/** As in `app.ts`: an executor that has not taken a tick for so long is not alive. */
const ALIVE_MS = 2_000;

/** [K] The venue's dead-man switch is held back only by a process whose executors take ticks. */
export function beatsWhileAlive(): Checker {
  let tickedAt: number | null = null;
  const violations: string[] = [];
  return {
    ...blind,
    transition: ({ input: { at, event } }) => {
      if (event.type === "clock.ticked") tickedAt = at.monotonicMs;
    },
    beats: (atMs) => {
      // Before the first market there is nothing to be wedged.
      if (tickedAt !== null && atMs - tickedAt > ALIVE_MS)
        violations.push(`beatsWhileAlive: ${Math.round(atMs - tickedAt)} ms after the last tick`);
    },
    died: () => {
      tickedAt = null;
    },
    verdict: () => violations,
  };
}
