/** How tests wait in real time: for a state, never for a while, on a machine however busy. */
import { setTimeout as later } from "node:timers/promises";
import { expect } from "vitest";
import type { VirtualScheduler } from "../../src/sim/index.ts";

/** Only a test that fails waits to the end of it. */
export const PATIENCE_MS = 120_000;

/** Deadlines of what a test runs, where none of them is its subject. */
export const PATIENT_SOCKETS = {
  pingEveryMs: 10_000,
  silentMs: PATIENCE_MS,
  openMs: PATIENCE_MS,
};
export const PATIENT_VENUE = {
  leaveMs: PATIENCE_MS,
  placeMs: PATIENCE_MS,
  cancelMs: PATIENCE_MS,
  readMs: PATIENCE_MS,
  warmEveryMs: 1_500,
};

/** Resolves once it is so. */
export async function until(isSo: () => unknown, what = isSo.toString()): Promise<void> {
  const givenUpAt = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > givenUpAt) expect.unreachable(`never so: ${what}`);
    await later(5);
  }
}

/** As `until`, over real sockets in virtual time, which does not pass meanwhile. */
export const untilIn = (scheduler: VirtualScheduler, isSo: () => unknown): Promise<void> =>
  until(() => {
    scheduler.runUntil(scheduler.now());
    return isSo();
  }, isSo.toString());
