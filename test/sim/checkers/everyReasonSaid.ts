import { type Checker, ignoreAll } from "./checker.ts";

const WITHIN_MS = 5_000;

interface Outage {
  tries: number;
  /** When the cause has to be in the log; null before the second failure for it. */
  dueAt: number | null;
  isSaid: boolean;
}

/**
 * [K] The cause of a failure that lasts is in a line of the log within five seconds of its second
 * occurrence. Read off what the ports answered and what was written alone.
 */
export function everyReasonSaid(): Checker {
  const violations: string[] = [];
  /** By source, what it has failed at since it last worked, by cause. */
  const outages = new Map<string, Map<string, Outage>>();

  const passes = (atMs: number): void => {
    for (const [source, causes] of outages) {
      for (const [cause, outage] of causes) {
        if (outage.isSaid || outage.dueAt === null || atMs <= outage.dueAt) continue;
        outage.isSaid = true;
        violations.push(`everyReasonSaid: ${source} failed ${outage.tries} times: ${cause}`);
      }
    }
  };

  return {
    ...ignoreAll,
    transition: ({ input }) => passes(input.at.monotonicMs),
    attempts: (source, cause, atMs) => {
      passes(atMs);
      if (cause === null) {
        outages.delete(source);
        return;
      }
      const causes = outages.get(source) ?? new Map<string, Outage>();
      const outage = causes.get(cause) ?? { tries: 0, dueAt: null, isSaid: false };
      outage.tries += 1;
      if (outage.tries === 2) outage.dueAt = atMs + WITHIN_MS;
      outages.set(source, causes.set(cause, outage));
    },
    says: (line, atMs) => {
      passes(atMs);
      for (const causes of outages.values())
        for (const [cause, outage] of causes) if (line.includes(cause)) outage.isSaid = true;
    },
    crashed: () => outages.clear(),
    verdict: () => violations,
  };
}
