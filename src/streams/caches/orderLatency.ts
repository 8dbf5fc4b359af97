/** How long our orders take, from what the executor has heard and asked for. */
import type { Effect, MonotonicMs, OrderId, OrderLatency, Stamped } from "../../types/index.ts";

export interface KnownLatency {
  readonly latency: OrderLatency;
  /** Orders without an answer, oldest first. */
  readonly sent: ReadonlyMap<OrderId, SentOrder>;
}

interface SentOrder {
  readonly decidedAt: MonotonicMs;
  /** Null of an order that no new quote has asked for. */
  readonly triggeredAt: MonotonicMs | null;
}

export const NO_LATENCY: KnownLatency = {
  latency: { roundTripMs: null, reactionMs: null },
  sent: new Map(),
};

/** Each has an answer within the deadline of a place, unless the executor has a bug. */
export const SENT_MAX = 64;

/** What a new measurement counts: 1 / 8, as of a round trip of TCP. [RFC 6298, section 2.3] */
const WEIGHT = 1 / 8;

/** After a step of the executor. */
export function foldLatency(
  known: KnownLatency,
  { input, effects }: { readonly input: Stamped; readonly effects: readonly Effect[] },
): KnownLatency {
  const { event, at } = input;
  const heard = answered(known, event, at.monotonicMs);
  const placed = effects.flatMap((effect) => (effect.type === "place" ? effect.legs : NO_LEGS));
  if (placed.length === 0) return heard;
  const triggeredAt = event.type === "intent.published" ? event.intent.triggeredAt : null;
  const order: SentOrder = { decidedAt: at.monotonicMs, triggeredAt };
  const sent = new Map([
    ...heard.sent,
    ...placed.map(({ orderId }): [OrderId, SentOrder] => [orderId, order]),
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
    case "order.acked":
    // What was refused, or is not known, says nothing of how long an order takes.
    case "order.rejected":
    case "order.unknown":
    case "order.notSent": {
      const order = known.sent.get(event.orderId);
      if (order === undefined) return known;
      const sent = new Map(known.sent);
      sent.delete(event.orderId);
      if (event.type !== "order.acked") return { ...known, sent };
      const { roundTripMs, reactionMs } = known.latency;
      return {
        sent,
        latency: {
          roundTripMs: smoothed(roundTripMs, now - order.decidedAt),
          reactionMs:
            order.triggeredAt === null ? reactionMs : smoothed(reactionMs, now - order.triggeredAt),
        },
      };
    }
    default:
      return known;
  }
}

const smoothed = (before: number | null, measured: number): number =>
  before === null ? measured : before + WEIGHT * (measured - before);
