import type { RestingOrder, View } from "../../src/streams/strategy/index.ts";

/** Strategy parameters for tests of everything but pricing: a spread that neither market nor moves change. */
export const FIXED_SPREAD = {
  halfSpreadBp: 200,
  spreadPerMove: 0,
  pullMoves: 0,
  marketWeight: 0,
} as const;

/** Of a view in which nothing has happened yet. */
export const NOTHING_RECENT = {
  trades: [],
  fills: [],
  bookSeenAt: null,
  latency: { roundTripMs: null },
} as const satisfies Partial<View>;

/** Of an order of which the queue is not known. */
export const UNQUEUED = { ahead: null, ageMs: null } as const satisfies Partial<RestingOrder>;
