/** How tests wait: for a state, never for a while, on a machine however busy. */
import { afterAll, beforeAll, expect, vi } from "vitest";
import type { VirtualScheduler } from "../../src/sim/index.ts";

/** Only a test that fails waits to the end of it. */
export const PATIENCE_MS = 300_000;

/** Deadlines of a connection, where none of them is the subject of a test. */
export const PATIENT_SOCKETS = {
  pingEveryMs: 10_000,
  silentMs: PATIENCE_MS,
  openMs: PATIENCE_MS,
};

// Of the machine, also while a test file passes its time by turns.
const { setInterval: everyOnTheWall, setTimeout: onTheWall } = globalThis;
const TURN_MS = 5;

/**
 * For a test file as a whole, before its other hooks: clocks and timers advance with the turns of the
 * event loop, so that a machine that is busy with other things lets no deadline pass early.
 */
export function timeByTurns(): void {
  let turns: NodeJS.Timeout;
  beforeAll(() => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"],
    });
    turns = everyOnTheWall(() => vi.advanceTimersByTime(TURN_MS), TURN_MS);
  });
  afterAll(() => {
    turns.close();
    vi.useRealTimers();
  });
}

/** A length of rolling windows of which none ends in the next two minutes. */
export function lastingWindowMs(): number {
  const lasts = (ms: number): boolean => ms - (Date.now() % ms) > 120_000;
  return [900_000, 1_700_000].find(lasts) ?? 1_300_000;
}

/** Time as the program under test has it. */
export const later = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Resolves once it is so. */
export async function until(
  isSo: () => unknown,
  what = isSo.toString(),
  everyMs = TURN_MS,
): Promise<void> {
  const givenUpAt = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > givenUpAt) expect.unreachable(`never so: ${what}`);
    await new Promise((resolve) => onTheWall(resolve, everyMs));
  }
}

/** As `until`, over real sockets in virtual time, which does not pass meanwhile. */
export const untilIn = (scheduler: VirtualScheduler, isSo: () => unknown): Promise<void> =>
  until(() => {
    scheduler.runUntil(scheduler.now());
    return isSo();
  }, isSo.toString());
