/** How far the program was behind in a run: of each quarter of a second, the worst. */
import { createHistogram } from "node:perf_hooks";
import type { AppOutput } from "./output.ts";

/** Milliseconds. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoadFigures {
  /** How late timers were. */
  readonly eventLoop: Quantiles;
  /** How late what feeds brought was handled, counted from the venue's own time where it has one. */
  readonly feeds: Quantiles;
}

export interface LoadCounter {
  readonly measured: (output: Extract<AppOutput, { type: "load.measured" }>) => void;
  readonly read: () => LoadFigures;
}

export function loadCounter(): LoadCounter {
  const eventLoop = quantiles();
  const feeds = quantiles();
  return {
    measured: ({ eventLoopMs, feedMs }) => {
      eventLoop.add(eventLoopMs);
      if (feedMs !== null) feeds.add(feedMs);
    },
    read: () => ({ eventLoop: eventLoop.read(), feeds: feeds.read() }),
  };
}

function quantiles(): { readonly add: (ms: number) => void; readonly read: () => Quantiles } {
  // Whole tenths, counted from one: a histogram has no zero.
  const tenths = createHistogram();
  const ms = (counted: number): number => (tenths.count === 0 ? 0 : (counted - 1) / 10);
  return {
    add: (value) => tenths.record(1 + Math.max(0, Math.round(value * 10))),
    read: () => ({
      p50: ms(tenths.percentile(50)),
      p99: ms(tenths.percentile(99)),
      max: ms(tenths.max),
    }),
  };
}
