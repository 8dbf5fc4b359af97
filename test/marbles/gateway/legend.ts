/**
 * The letters of this folder's drawings. Effects: `p q r` waves of one leg, `w` one of two, `k l`
 * cancels, `X Y` cancel-alls, `s t` surveys. `r` was decided after `X`, all others before it.
 */
import { defer, map, mergeMap, NEVER, type Observable, of, type SchedulerLike, take } from "rxjs";
import { type GatewayDependencies, type Receipt, createFence } from "../../../src/gateway/index.ts";
import { bucket } from "../../../src/gateway/buckets.ts";
import { cancelReserve } from "../../../src/gateway/cancelReserve.ts";
import { permits } from "../../../src/operators/index.ts";
import {
  type Allowance,
  type Balances,
  type CancelAnswer,
  type CancelEffect,
  type Counted,
  type Effect,
  type Epoch,
  type NotSentCause,
  type OrderReport,
  type PlaceAnswer,
  type PlaceEffect,
  type PlaceLeg,
  type ReadAnswer,
  type Refusal,
  type RefusalReason,
  type SurveyEffect,
  type TradeReport,
  type Venue,
  epochMs,
  marketId,
  microShares,
  microUsdc,
  orderId,
  priceBp,
  requestId,
  tokenId,
} from "../../../src/types/index.ts";

export const MARKET = marketId("market");
export const FIRST: Epoch = { account: 0, market: 0 };
export const AFTER_STOP: Epoch = { account: 0, market: 1 };

export function leg(id: string, epoch = FIRST, liveAfter = 1): PlaceLeg {
  return {
    orderId: orderId(id),
    ticket: {
      market: MARKET,
      tokenId: tokenId("yes"),
      side: "BUY",
      price: priceBp(5000),
      size: microShares(5_000_000),
      salt: 1,
      createdAt: epochMs(0),
      expiresAt: null,
      orderType: "GTC",
      postOnly: true,
    },
    epoch,
    liveAfter,
  };
}

export const wave = (...legs: readonly PlaceLeg[]): PlaceEffect => ({
  type: "place",
  market: MARKET,
  slot: "bid",
  legs,
});

export const cancel = (...ids: readonly string[]): CancelEffect => ({
  type: "cancel",
  market: MARKET,
  orderIds: ids.map(orderId),
});

const cancelAll = (id: string, epoch: Epoch): Effect => ({
  type: "cancelAll",
  market: MARKET,
  requestId: requestId(id),
  epoch,
});

export const survey = (id: string, ...ids: readonly string[]): SurveyEffect => ({
  type: "survey",
  market: MARKET,
  requestId: requestId(id),
  orderIds: ids.map(orderId),
  tradesSince: epochMs(0),
});

export const EFFECTS = {
  p: wave(leg("p")),
  q: wave(leg("q")),
  r: wave(leg("r", AFTER_STOP)),
  w: wave(leg("w1"), leg("w2")),
  k: cancel("k"),
  l: cancel("l"),
  X: cancelAll("X", AFTER_STOP),
  Y: cancelAll("Y", AFTER_STOP),
  s: survey("s", "p", "q"),
  t: survey("t"),
} satisfies Record<string, Effect>;

/** What becomes of a leg, of a cancel, of a request. */
export const acked = (id: string): Receipt => ({
  type: "order.acked",
  orderId: orderId(id),
  venueId: orderId(id),
});
export const rejected = (id: string): Receipt => ({
  type: "order.rejected",
  orderId: orderId(id),
  refusal: REFUSAL,
});
export const unknown = (id: string, cause: "stopped" | "deadline" | "lost"): Receipt => ({
  type: "order.unknown",
  orderId: orderId(id),
  cause,
});
export const notSent = (
  id: string,
  cause: NotSentCause,
  retryAfterMs: number | null = null,
): Receipt => ({
  type: "order.notSent",
  orderId: orderId(id),
  answer: { type: "notSent", cause, retryAfterMs },
});
export const ackedLate = (id: string): Receipt => ({
  type: "order.answeredLate",
  orderId: orderId(id),
  answer: { type: "acked", orderId: orderId(id) },
});
export const rejectedLate = (id: string): Receipt => ({
  type: "order.answeredLate",
  orderId: orderId(id),
  answer: { type: "rejected", refusal: REFUSAL },
});
export const notSentLate = (id: string, cause: NotSentCause): Receipt => ({
  type: "order.answeredLate",
  orderId: orderId(id),
  answer: { type: "notSent", cause, retryAfterMs: null },
});
export const cancelled = (id: string): Receipt => ({ type: "cancel.acked", orderId: orderId(id) });
export const cancelUnknown = (id: string, refusal?: Refusal<RefusalReason>): Receipt => ({
  type: "cancel.unknown",
  orderId: orderId(id),
  ...(refusal && { refusal }),
});
export const stopped = (id: string, answer: CancelAnswer): Receipt => ({
  type: "cancelAll.answered",
  requestId: requestId(id),
  answer,
});
export const failed = (
  id: string,
  detail: string,
  more: Pick<Extract<Receipt, { type: "survey.failed" }>, "refusal" | "trades"> = {},
): Receipt => ({
  type: "survey.failed",
  requestId: requestId(id),
  detail,
  ...more,
});

export const limitedRate = (id: string): Receipt => ({
  type: "order.rejected",
  orderId: orderId(id),
  refusal: TOO_MANY,
});

const TOO_MANY = { reason: "rateLimited", text: "slow down", retryAfterMs: 9 } as const;
/** What the venue says with it: nothing of the kind for 9 ms. */
export const OVER: Allowance = { tier: null, remaining: null, isOver: true, retryAfterMs: 9 };
const REFUSAL = { reason: "postOnlyCross", text: "would cross", retryAfterMs: null } as const;

/** What the venue answers a wave with: one letter for all of its legs. */
export type PlaceLetter = keyof typeof PLACE_ANSWERS;
const PLACE_ANSWERS = {
  a: (legs) => ({ type: "answered", legs: legs.map(ack) }),
  /** Fewer answers than legs. */
  h: (legs) => ({ type: "answered", legs: legs.slice(0, 1).map(ack) }),
  j: (legs) => ({
    type: "answered",
    legs: legs.map(() => ({ type: "rejected", refusal: REFUSAL })),
  }),
  l: () => ({ type: "lost", detail: "connection reset" }),
  n: () => ({ type: "notSent", cause: "unreachable", retryAfterMs: null }),
  /** Refused for the rate. */
  o: (legs) => ({
    type: "answered",
    legs: legs.map(() => ({ type: "rejected", refusal: TOO_MANY })),
    allowance: OVER,
  }),
} satisfies Record<string, (legs: readonly PlaceLeg[]) => Counted<PlaceAnswer>>;
const ack = ({ orderId: id }: PlaceLeg) => ({ type: "acked", orderId: id }) as const;

export const CANCELLED = (...ids: readonly string[]): CancelAnswer => ({
  type: "answered",
  cancelled: ids.map(orderId),
  refused: [],
});

export const NOTHING_OPEN: ReadAnswer<readonly OrderReport[]> = { type: "answered", value: [] };
export const UNKNOWN_ID: ReadAnswer<OrderReport | null> = { type: "answered", value: null };
export const NO_TRADES: ReadAnswer<readonly TradeReport[]> = { type: "answered", value: [] };
export const HOLDINGS: Balances = {
  cash: microUsdc(100_000_000),
  YES: microShares(0),
  NO: microShares(0),
};
export const BALANCES: ReadAnswer<Balances> = { type: "answered", value: HOLDINGS };
/** The receipt of a survey of such a venue, on which these orders are open. */
export const surveyed = (id: string, ...openOrders: readonly OrderReport[]): Receipt => ({
  type: "survey.answered",
  requestId: requestId(id),
  survey: { openOrders, byId: [], balances: HOLDINGS, trades: [] },
});

/** A venue of mocks: one observable per request, silence where none is given. */
export interface Mocks {
  /** After this the wave is signed, and asked whether it may leave. */
  readonly signing$?: Observable<unknown>;
  readonly sending$?: Observable<PlaceLetter>;
  readonly cancelling$?: Observable<Counted<CancelAnswer>>;
  readonly stopping$?: Observable<Counted<CancelAnswer>>;
  readonly orders$?: Observable<ReadAnswer<readonly OrderReport[]>>;
  readonly order$?: Observable<ReadAnswer<OrderReport | null>>;
  readonly balances$?: Observable<ReadAnswer<Balances>>;
  readonly trades$?: Observable<ReadAnswer<readonly TradeReport[]>>;
}

/** One mock for the first request, the next for the second. */
export const inTurn = <T>(...answers: readonly Observable<T>[]): Observable<T> => {
  let asked = 0;
  return defer(() => answers[asked++] ?? NEVER);
};

export function fakeVenue({
  signing$ = of("signed"),
  sending$ = NEVER,
  cancelling$ = NEVER,
  stopping$ = NEVER,
  orders$ = NEVER,
  order$ = NEVER,
  balances$ = NEVER,
  trades$ = NEVER,
}: Mocks): Venue {
  return {
    orderId: ({ salt }) => orderId(String(salt)),
    place: (legs, mayLeave) =>
      signing$.pipe(
        take(1),
        mergeMap((): Observable<PlaceAnswer> =>
          mayLeave()
            ? sending$.pipe(map((letter) => PLACE_ANSWERS[letter](legs)))
            : of({ type: "notSent", cause: "epoch", retryAfterMs: null }),
        ),
      ),
    cancel: () => cancelling$,
    cancelAll: () => stopping$,
    openOrders: () => orders$,
    order: () => order$,
    trades: () => trades$,
    balances: () => balances$,
    heartbeat: () => NEVER,
  };
}

/** Everything the gateway is given, with room to spare and deadlines short enough to draw. */
export function dependencies(
  mocks: Mocks,
  scheduler: SchedulerLike,
  given: Partial<GatewayDependencies> = {},
): GatewayDependencies {
  const plenty = { perSecond: 1_000, burst: 1_000 };
  return {
    venue: fakeVenue(mocks),
    fence: createFence(),
    permits: {
      orders: bucket(plenty, scheduler),
      cancels: bucket(plenty, scheduler),
      reads: permits(plenty, scheduler),
      reserve: cancelReserve(),
    },
    deadlines: { placeMs: 12, cancelMs: 8, stopMs: 8, surveyMs: 12, heartbeatMs: 8 },
    onWaveSent: () => undefined,
    ...given,
  };
}
