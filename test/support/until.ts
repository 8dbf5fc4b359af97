import { setTimeout as later } from "node:timers/promises";
import { expect } from "vitest";

/**
 * How long a test waits in real time for something to become so: only one that fails waits to the
 * end of it, on a machine however busy.
 */
const PATIENCE_MS = 120_000;

/** Resolves once it is so: a test waits for a state, never for a while. */
export async function until(isSo: () => unknown, what = isSo.toString()): Promise<void> {
  const givenUpAt = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > givenUpAt) expect.unreachable(`never so: ${what}`);
    await later(5);
  }
}
