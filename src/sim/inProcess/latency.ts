/** Delays of requests, answers and frames. */
import type { Random } from "../exchange/index.ts";

/** The delay of the next message, in milliseconds. */
export type Latency = () => number;

export interface Latencies {
  /** Of a request to the venue, and of connecting. */
  readonly request: Latency;
  readonly response: Latency;
  /** Of frames on the market and the user channel. */
  readonly channel: Latency;
  readonly reference: Latency;
}

export const constantLatency =
  (durationMs: number): Latency =>
  () =>
    durationMs;

export const uniformLatency =
  (random: Random, { minMs, maxMs }: { minMs: number; maxMs: number }): Latency =>
  () =>
    random.integer(minMs, maxMs);
