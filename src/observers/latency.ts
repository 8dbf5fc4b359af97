/** How long it takes from a frame that triggers a quote to the first byte of its orders. */
import { createHistogram } from "node:perf_hooks";
import type { Transition } from "../executor/index.ts";
import type { Intent, OrderId } from "../types/index.ts";
import type { AppOutput } from "./output.ts";

/** Waves of which only the decision or only the sending is known are kept up to this number. */
const WAVES_MAX = 256;

/** Milliseconds. */
export interface Latency {
  readonly tickToOrder: { readonly p50: number; readonly p99: number };
  /** The part of it, from 0 to 1, spent waiting for a burst of inputs to end. */
  readonly debounceShare: number;
}

export interface LatencyCounter {
  readonly decided: (transition: Transition) => void;
  readonly sent: (wave: Extract<AppOutput, { type: "wave.sent" }>) => void;
  readonly read: () => Latency;
}

/** A wave is known by its first order. It may be sent before or after its decision is read. */
export function latencyCounter(): LatencyCounter {
  const micros = createHistogram();
  const decidedFor = new Map<OrderId, Pick<Intent, "triggeredAt" | "publishedAt">>();
  const sentAt = new Map<OrderId, number>();
  let totalMs = 0;
  let debouncedMs = 0;

  const recordIfBoth = (wave: OrderId): void => {
    const intent = decidedFor.get(wave);
    const at = sentAt.get(wave);
    if (intent === undefined || at === undefined) return;
    decidedFor.delete(wave);
    sentAt.delete(wave);
    const elapsedMs = at - intent.triggeredAt;
    micros.record(Math.max(1, Math.round(elapsedMs * 1_000)));
    totalMs += elapsedMs;
    debouncedMs += intent.publishedAt - intent.triggeredAt;
  };
  const note = <Half>(half: Map<OrderId, Half>, wave: OrderId | undefined, value: Half): void => {
    if (wave === undefined) return;
    half.set(wave, value);
    recordIfBoth(wave);
    const [oldest] = half.keys();
    if (half.size > WAVES_MAX && oldest !== undefined) half.delete(oldest);
  };

  return {
    decided: ({ input: { event }, effects }) => {
      // Only the step that takes the intent answers a tick; a later step answers a receipt.
      if (event.type !== "intent.published") return;
      for (const effect of effects) {
        if (effect.type === "place") note(decidedFor, effect.legs[0]?.orderId, event.intent);
      }
    },
    sent: ({ orderId, at }) => note(sentAt, orderId, at),
    read: () => ({
      tickToOrder: {
        p50: micros.count === 0 ? 0 : micros.percentile(50) / 1_000,
        p99: micros.count === 0 ? 0 : micros.percentile(99) / 1_000,
      },
      debounceShare: totalMs === 0 ? 0 : Math.round((debouncedMs / totalMs) * 1_000) / 1_000,
    }),
  };
}
