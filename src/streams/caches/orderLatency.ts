/** How long our orders take, from what the executor has heard and asked for. */
import {
  type Effect,
  type MonotonicMs,
  type OrderId,
  type OrderLatency,
  type Stamped,
  after,
} from "../../types/index.ts";

export interface KnownLatency {
  readonly latency: OrderLatency;
  /** When it was last measured. */
  readonly at: MonotonicMs | null;
  /** When orders without an answer were decided, oldest first. */
  readonly sent: ReadonlyMap<OrderId, MonotonicMs>;
}

export const NO_LATENCY: KnownLatency = {
  latency: { roundTripMs: null },
  at: null,
  sent: new Map(),
};

/** Each has an answer within the deadline of a place, unless the executor has a bug. */
export const SENT_MAX = 64;

/** What a new measurement counts: 1 / 8, as of a round trip of TCP. [RFC 6298, section 2.3] */
const WEIGHT = 1 / 8;
/** What the first one is smoothed with: a single slow answer would keep a strategy from quoting, and so from a second one. */
const EXPECTED_MS = 100;
/** After which a measurement says nothing of now. */
export const LATENCY_AGE_MAX_MS = 60_000;

/** As it may be used now. */
export const latencyAt = ({ latency, at }: KnownLatency, now: MonotonicMs): OrderLatency =>
  at === null || now > after(at, LATENCY_AGE_MAX_MS) ? NO_LATENCY.latency : latency;

/** After a step of the executor. */
export function foldLatency(
  known: KnownLatency,
  { input, effects }: { readonly input: Stamped; readonly effects: readonly Effect[] },
): KnownLatency {
  const { event, at } = input;
  const heard = answered(known, event, at.monotonicMs);
  const placed = effects.flatMap((effect) => (effect.type === "place" ? effect.legs : NO_LEGS));
  if (placed.length === 0) return heard;
  const sent = new Map([
    ...heard.sent,
    ...placed.map(({ orderId }): [OrderId, MonotonicMs] => [orderId, at.monotonicMs]),
  ]);
  for (const oldest of sent.keys()) {
    if (sent.size <= SENT_MAX) break;
    sent.delete(oldest);
  }
  return { ...heard, sent };
}

const NO_LEGS: readonly never[] = [];

function answered(known: KnownLatency, event: Stamped["event"], now: MonotonicMs): KnownLatency {
  switch (event.type) {
    // What was refused says nothing of how long an order takes.
    case "order.rejected":
    case "order.notSent":
      return known.sent.has(event.orderId)
        ? { ...known, sent: without(known, event.orderId) }
        : known;
    case "order.acked":
    // It took so long at least.
    case "order.unknown": {
      const decidedAt = known.sent.get(event.orderId);
      if (decidedAt === undefined) return known;
      const roundTripMs = smoothed(known.latency.roundTripMs ?? EXPECTED_MS, now - decidedAt);
      return { sent: without(known, event.orderId), at: now, latency: { roundTripMs } };
    }
    default:
      return known;
  }
}

function without({ sent }: KnownLatency, answeredId: OrderId): KnownLatency["sent"] {
  const others = new Map(sent);
  others.delete(answeredId);
  return others;
}

const smoothed = (before: number, measured: number): number =>
  before + WEIGHT * (measured - before);
