/**
 * The cancel reserve of an account with several markets: whatever the venue does, what is left in the
 * bucket pays for a cancel-all of every market. Only a cancel that was paid for and not carried out
 * can be missing from it, and then nothing is placed until it has been regained.
 */
import * as fc from "fast-check";
import { NEVER, type Observable, Subject, VirtualTimeScheduler, mergeMap, of, timer } from "rxjs";

import { describe, expect, it } from "vitest";
import { bucket } from "../../src/gateway/buckets.ts";
import { type Receipt, createFence, gateway, cancelReserve } from "../../src/gateway/index.ts";
import { permits } from "../../src/operators/index.ts";
import {
  type Effect,
  type MarketId,
  type OrderId,
  type Venue,
  marketId,
  orderId,
  requestId,
} from "../../src/types/index.ts";
import { BALANCES, NOTHING_OPEN, NO_TRADES, UNKNOWN_ID, leg } from "../marbles/gateway/legend.ts";

const MARKETS = [marketId("a"), marketId("b"), marketId("c")];
const CANCELS = { perSecond: 100, burst: 14 };
const DEADLINES = { placeMs: 30, cancelMs: 20, stopMs: 15, surveyMs: 30, heartbeatMs: 20 };

interface Ask {
  readonly at: number;
  readonly what: "place" | "cancel" | "stop";
  readonly market: number;
  readonly count: number;
}
/** How the venue treats a request: what it does, and whether it says so. */
interface Treatment {
  readonly afterMs: number;
  readonly isDone: boolean;
  readonly isAnswered: boolean;
}

const anyAsk: fc.Arbitrary<Ask> = fc.record({
  at: fc.nat(200),
  what: fc.constantFrom("place", "place", "place", "cancel", "cancel", "stop"),
  market: fc.nat(MARKETS.length - 1),
  count: fc.integer({ min: 1, max: 4 }),
});
const anyTreatment: fc.Arbitrary<Treatment> = fc.record({
  afterMs: fc.nat(40),
  isDone: fc.boolean(),
  isAnswered: fc.constantFrom(true, true, false),
});

interface Seen {
  readonly places: number;
  /** At each moment in which a wave left. */
  readonly tokensAtPlace: readonly (readonly [left: number, needed: number])[];
  /** At every moment: what is left, with what cancels have used in vain, and what is needed. */
  readonly moments: readonly (readonly [left: number, needed: number])[];
}

function run(asks: readonly Ask[], treatments: readonly Treatment[]): Seen {
  const scheduler = new VirtualTimeScheduler();
  const plenty = { perSecond: 1_000, burst: 1_000 };
  const buckets = {
    orders: bucket(plenty, scheduler),
    cancels: bucket(CANCELS, scheduler),
    reads: permits(plenty, scheduler),
    reserve: cancelReserve(),
  };
  const accountFence = createFence();
  /** What may rest at the venue; and what may rest as far as receipts say. */
  const resting = new Map<MarketId, Set<OrderId>>(MARKETS.map((id) => [id, new Set()]));
  const believed = new Map<MarketId, Set<OrderId>>(MARKETS.map((id) => [id, new Set()]));
  const epochs = new Map<MarketId, number>();
  const within = (all: Map<MarketId, Set<OrderId>>, market: MarketId): Set<OrderId> =>
    all.get(market) ?? new Set();
  const seen = {
    places: 0,
    tokensAtPlace: [] as [number, number][],
    moments: [] as [number, number][],
  };
  let inVain = 0;
  let requests = 0;
  const next = (): Treatment =>
    treatments[requests++ % treatments.length] ?? { afterMs: 0, isDone: true, isAnswered: true };

  const needed = (): number =>
    [...resting.values()].reduce((sum, { size }) => sum + (size === 0 ? 0 : 1 + size), 0);
  const observe = (): void => {
    seen.moments.push([buckets.cancels.available() + inVain, needed()]);
  };
  const later = <T>({ afterMs, isAnswered }: Treatment, answer: () => T): Observable<T> =>
    timer(afterMs, scheduler).pipe(
      mergeMap(() => {
        const answered = answer();
        observe();
        return isAnswered ? of(answered) : NEVER;
      }),
    );

  const venueOf = (market: MarketId): Venue => ({
    orderId: ({ salt }) => orderId(String(salt)),
    place: (legs, mayLeave) => {
      if (!mayLeave()) return of({ type: "notSent", cause: "epoch", retryAfterMs: null });
      const rest = within(resting, market);
      for (const { orderId: id } of legs) rest.add(id);
      seen.places += 1;
      seen.tokensAtPlace.push([buckets.cancels.available(), needed()]);
      observe();
      const how = next();
      return later(how, () => {
        if (!how.isDone) for (const { orderId: id } of legs) rest.delete(id);
        const refusal = { reason: "unclassified", text: "", retryAfterMs: null } as const;
        return {
          type: "answered",
          legs: legs.map(({ orderId: id }) =>
            how.isDone ? { type: "acked", orderId: id } : { type: "rejected", refusal },
          ),
        } as const;
      });
    },
    cancel: (ids) => {
      const how = next();
      inVain += ids.length;
      observe();
      return later(how, () => {
        if (how.isDone) {
          // A token paid for an order that a stop has already cancelled frees nothing of the reserve.
          inVain -= ids.filter((id) => within(resting, market).delete(id)).length;
          return { type: "answered", cancelled: ids, refused: [] } as const;
        }
        const refusal = { reason: "unclassified", text: "", retryAfterMs: null } as const;
        return { type: "refused", refusal } as const;
      });
    },
    cancelAll: () => {
      const how = next();
      // It costs one, whatever comes of it.
      inVain += 1;
      return later(how, () => {
        const cancelled = how.isDone ? [...within(resting, market)] : [];
        if (how.isDone) within(resting, market).clear();
        if (cancelled.length > 0) inVain -= 1;
        return { type: "answered", cancelled, refused: [] } as const;
      });
    },
    openOrders: () => of(NOTHING_OPEN),
    order: () => of(UNKNOWN_ID),
    trades: () => of(NO_TRADES),
    balances: () => of(BALANCES),
    heartbeat: () => NEVER,
  });

  for (const market of MARKETS) {
    const effect$ = new Subject<Effect>();
    const known = within(believed, market);
    effect$
      .pipe(
        gateway(
          {
            venue: venueOf(market),
            fence: accountFence,
            permits: buckets,
            deadlines: DEADLINES,
            onWaveSent: () => undefined,
          },
          scheduler,
        ),
      )
      .subscribe((receipt: Receipt) => {
        if (receipt.type === "order.rejected" || receipt.type === "order.notSent") {
          known.delete(receipt.orderId);
        }
        if (receipt.type === "cancel.acked") known.delete(receipt.orderId);
        observe();
      });
    for (const [index, ask] of asks.entries()) {
      if (MARKETS[ask.market] !== market) continue;
      scheduler.schedule(() => effect$.next(effectOf(market, index, ask, known, epochs)), ask.at);
    }
  }
  scheduler.flush();
  return seen;
}

function effectOf(
  market: MarketId,
  index: number,
  { what, count }: Ask,
  known: Set<OrderId>,
  epochs: Map<MarketId, number>,
): Effect {
  const epoch = { account: 0, market: epochs.get(market) ?? 0 };
  switch (what) {
    case "place": {
      const legs = Array.from({ length: count }, (_, n) =>
        leg(`${index}/${n}`, epoch, known.size + n + 1),
      );
      for (const { orderId: id } of legs) known.add(id);
      return { type: "place", market, slot: "bid", legs };
    }
    case "cancel":
      return { type: "cancel", market, orderIds: [...known].slice(0, count) };
    case "stop": {
      const raised = { ...epoch, market: epoch.market + 1 };
      epochs.set(market, raised.market);
      return { type: "cancelAll", market, requestId: requestId(String(index)), epoch: raised };
    }
  }
}

describe("[C] the cancel reserve", () => {
  it("is never broken: at any moment what is left pays for cancelling all that may rest", () => {
    let places = 0;
    fc.assert(
      fc.property(
        fc.array(anyAsk, { minLength: 1, maxLength: 30 }),
        fc.array(anyTreatment, { minLength: 1, maxLength: 12 }),
        (asks, treatments) => {
          const seen = run(asks, treatments);
          places += seen.places;
          for (const [left, needed] of seen.tokensAtPlace) {
            expect(left).toBeGreaterThanOrEqual(needed);
          }
          for (const [left, needed] of seen.moments) expect(left).toBeGreaterThanOrEqual(needed);
        },
      ),
      { numRuns: 500 },
    );
    expect(places).toBeGreaterThan(400);
  });
});
