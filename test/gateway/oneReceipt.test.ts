/**
 * The promise of the gateway over everything a venue can do to it: random effects, against a venue
 * that answers in full, in part, twice, late, wrongly, never, or that it is too much, on virtual time.
 */
import * as fc from "fast-check";
import {
  EMPTY,
  NEVER,
  type Observable,
  VirtualTimeScheduler,
  concat,
  defer,
  map,
  merge,
  mergeMap,
  of,
  throwError,
  timer,
} from "rxjs";
import { describe, expect, it } from "vitest";
import { type Receipt, createFence, gateway } from "../../src/gateway/index.ts";
import { bucket } from "../../src/gateway/buckets.ts";
import { cancelReserve } from "../../src/gateway/cancelReserve.ts";
import { permits } from "../../src/operators/index.ts";
import {
  type CancelAnswer,
  type Counted,
  type Effect,
  type Epoch,
  type OrderId,
  type PlaceAnswer,
  type PlaceEffect,
  type ReadAnswer,
  type Venue,
  epochMs,
  marketId,
  orderId,
  requestId,
} from "../../src/types/index.ts";
import {
  BALANCES,
  MARKET,
  NOTHING_OPEN,
  NO_TRADES,
  UNKNOWN_ID,
  leg,
} from "../marbles/gateway/legend.ts";

/** What the strategy of chaos asks for, and when. */
type Ask = { readonly at: number } & (
  | { readonly what: "place"; readonly legs: number; readonly lag: number; readonly live: number }
  | { readonly what: "cancel"; readonly ids: number }
  | { readonly what: "cancelAll" }
  | { readonly what: "survey"; readonly ids: number }
);

/** How the venue treats one request. */
interface Treatment {
  readonly signMs: number;
  readonly answerMs: number;
  readonly how:
    | "full"
    | "partial"
    | "refused"
    | "twice"
    | "lost"
    | "notSent"
    | "broken"
    | "empty"
    | "hanging"
    | "throwing";
}

interface Scenario {
  readonly asks: readonly Ask[];
  readonly treatments: readonly Treatment[];
  readonly orders: { readonly perSecond: number; readonly burst: number };
  readonly cancels: { readonly perSecond: number; readonly burst: number };
}

const at = fc.integer({ min: 0, max: 60 });
const ask: fc.Arbitrary<Ask> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      at,
      what: fc.constant("place" as const),
      legs: fc.integer({ min: 1, max: 3 }),
      /** Decided this many stops ago. */
      lag: fc.constantFrom(0, 0, 0, 1),
      live: fc.integer({ min: 0, max: 6 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      at,
      what: fc.constant("cancel" as const),
      ids: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ at, what: fc.constant("cancelAll" as const) }) },
  { weight: 1, arbitrary: fc.record({ at, what: fc.constant("survey" as const), ids: fc.nat(2) }) },
);
const treatment: fc.Arbitrary<Treatment> = fc.record({
  signMs: fc.constantFrom(0, 0, 3, 10),
  answerMs: fc.constantFrom(0, 1, 5, 15, 40, 70),
  how: fc.constantFrom(
    "full",
    "full",
    "full",
    "partial",
    "refused",
    "twice",
    "lost",
    "notSent",
    "broken",
    "empty",
    "hanging",
    "throwing",
  ),
});
const bucketSize = fc.record({
  perSecond: fc.constantFrom(50, 200, 1_000),
  burst: fc.integer({ min: 3, max: 12 }),
});
const scenario: fc.Arbitrary<Scenario> = fc.record({
  asks: fc.array(ask, { minLength: 1, maxLength: 12 }),
  treatments: fc.array(treatment, { minLength: 1, maxLength: 12 }),
  orders: bucketSize,
  cancels: bucketSize,
});

const DEADLINES = { placeMs: 30, cancelMs: 20, stopMs: 15, surveyMs: 30, heartbeatMs: 20 };

/** What was seen of one run, in the order it happened. */
interface Sighting {
  readonly ms: number;
  readonly what: "effect" | "asked" | "left" | "receipt" | "ended in error";
  readonly effect?: Effect;
  readonly id?: OrderId;
  readonly epoch?: Epoch;
  readonly how?: Treatment["how"];
  readonly receipt?: Receipt;
  readonly tokens?: number;
}

function run({ asks, treatments, orders, cancels }: Scenario): readonly Sighting[] {
  const scheduler = new VirtualTimeScheduler();
  const seen: Sighting[] = [];
  const see = (sighting: Omit<Sighting, "ms">): void => {
    seen.push({ ms: scheduler.now(), ...sighting });
  };
  const buckets = {
    orders: bucket(orders, scheduler),
    cancels: bucket(cancels, scheduler),
    reads: permits({ perSecond: 1_000, burst: 1_000 }, scheduler),
    reserve: cancelReserve(),
  };
  const venue = venueOf(treatments, scheduler, see, buckets.cancels.available);

  let stops = 0;
  const effectOf = (each: Ask, index: number): Effect => {
    if (each.what === "cancelAll") stops += 1;
    const epoch: Epoch = {
      account: 0,
      market: each.what === "place" ? Math.max(0, stops - each.lag) : stops,
    };
    const names = (count: number): string[] =>
      Array.from({ length: count }, (_, n) => `${index}/${n}`);
    switch (each.what) {
      case "place":
        return {
          type: "place",
          market: MARKET,
          slot: "bid",
          legs: names(each.legs).map((name, n) => leg(name, epoch, each.live + n + 1)),
        };
      case "cancel":
        return { type: "cancel", market: MARKET, orderIds: names(each.ids).map(orderId) };
      case "cancelAll":
        return { type: "cancelAll", market: MARKET, requestId: requestId(String(index)), epoch };
      case "survey":
        return {
          type: "survey",
          market: MARKET,
          requestId: requestId(String(index)),
          orderIds: names(each.ids).map(orderId),
          tradesSince: epochMs(0),
        };
    }
  };

  const effect$ = merge(
    ...asks.map((each, index) =>
      timer(each.at, scheduler).pipe(
        map(() => {
          const effect = effectOf(each, index);
          see({ what: "effect", effect });
          return effect;
        }),
      ),
    ),
  );
  effect$
    .pipe(
      gateway(
        {
          venue,
          fence: createFence(),
          permits: buckets,
          deadlines: DEADLINES,
          onWaveSent: () => undefined,
        },
        scheduler,
      ),
    )
    .subscribe({
      next: (receipt) => see({ what: "receipt", receipt }),
      error: () => see({ what: "ended in error" }),
    });
  scheduler.flush();
  return seen;
}

function venueOf(
  treatments: readonly Treatment[],
  scheduler: VirtualTimeScheduler,
  see: (sighting: Omit<Sighting, "ms">) => void,
  tokens: () => number,
): Venue {
  let requests = 0;
  const next = (): Treatment =>
    treatments[requests++ % treatments.length] ?? { signMs: 0, answerMs: 0, how: "full" };
  const answer = <A>(
    { answerMs, how }: Treatment,
    full: A,
    others: Partial<Record<Treatment["how"], A>>,
  ): Observable<A> => {
    const wait$ = answerMs === 0 ? of(0) : timer(answerMs, scheduler);
    switch (how) {
      case "hanging":
        return NEVER;
      case "broken":
        return wait$.pipe(mergeMap(() => throwError(() => "broken")));
      case "empty":
        return wait$.pipe(mergeMap(() => EMPTY));
      case "twice":
        return concat(wait$, wait$).pipe(map(() => full));
      default:
        return wait$.pipe(map(() => others[how] ?? full));
    }
  };
  const thrown = ({ how }: Treatment): void => {
    if (how === "throwing") throw new Error("the venue's own bug");
  };
  const lost = { type: "lost", detail: "reset" } as const;
  const unreachable = { type: "notSent", cause: "unreachable", retryAfterMs: null } as const;
  const fenced = { type: "notSent", cause: "epoch", retryAfterMs: null } as const;
  const refusal = { reason: "rateLimited", text: "", retryAfterMs: 10 } as const;
  const over = { tier: null, remaining: null, isOver: true, retryAfterMs: 10 };
  const cancelling = (cancelled: readonly OrderId[]): Observable<Counted<CancelAnswer>> => {
    const how = next();
    thrown(how);
    return answer<Counted<CancelAnswer>>(
      how,
      { type: "answered", cancelled, refused: [] },
      {
        partial: { type: "answered", cancelled: cancelled.slice(1), refused: [] },
        refused: { type: "refused", refusal, allowance: over },
        lost,
        notSent: unreachable,
      },
    );
  };
  const read = <Value>(full: ReadAnswer<Value>): Observable<ReadAnswer<Value>> => {
    const how = next();
    thrown(how);
    return answer(how, full, { lost, notSent: unreachable });
  };
  return {
    orderId: ({ salt }) => orderId(String(salt)),
    place: (legs, mayLeave) => {
      const how = next();
      see({ what: "asked", effect: waveOf(legs), tokens: tokens() });
      thrown(how);
      return (how.signMs === 0 ? of(0) : timer(how.signMs, scheduler)).pipe(
        mergeMap((): Observable<Counted<PlaceAnswer>> => {
          if (!mayLeave()) return of(fenced);
          if (how.how === "notSent") return answer<PlaceAnswer>(how, unreachable, {});
          for (const { orderId: id, epoch } of legs) see({ what: "left", id, epoch, how: how.how });
          const acks = legs.map(({ orderId: id }) => ({ type: "acked" as const, orderId: id }));
          return answer<Counted<PlaceAnswer>>(
            how,
            { type: "answered", legs: acks },
            {
              partial: { type: "answered", legs: acks.slice(1) },
              refused: {
                type: "answered",
                legs: legs.map(() => ({ type: "rejected" as const, refusal })),
                allowance: over,
              },
              lost,
            },
          );
        }),
      );
    },
    cancel: cancelling,
    cancelAll: () => cancelling([]),
    openOrders: () => read(NOTHING_OPEN),
    order: () => read(UNKNOWN_ID),
    trades: () => read(NO_TRADES),
    balances: () => read(BALANCES),
    heartbeat: () => defer(() => NEVER),
  };
}

const waveOf = (legs: PlaceEffect["legs"]): PlaceEffect => ({
  type: "place",
  market: marketId("market"),
  slot: "bid",
  legs,
});

/** The receipts of one run that are about one leg, one id or one request. */
const LEG_RECEIPTS = ["order.acked", "order.rejected", "order.unknown", "order.notSent"];
const CANCEL_RECEIPTS = ["cancel.acked", "cancel.refused", "cancel.unknown"];
const SURVEY_RECEIPTS = ["survey.answered", "survey.failed"];

function about(
  seen: readonly Sighting[],
  types: readonly string[],
  id: string,
): readonly Sighting[] {
  return seen.filter(({ receipt }) => {
    if (receipt === undefined || !types.includes(receipt.type)) return false;
    return ("orderId" in receipt ? receipt.orderId : receipt.requestId) === id;
  });
}

const isOf = <Type extends Effect["type"]>(
  effect: Effect | undefined,
  type: Type,
): effect is Extract<Effect, { readonly type: Type }> => effect?.type === type;

const effectsOf = <Type extends Effect["type"]>(seen: readonly Sighting[], type: Type) =>
  seen.flatMap(({ what, effect, ms }, index) =>
    what === "effect" && isOf(effect, type) ? [{ effect, index, ms }] : [],
  );

const runs = (check: (seen: readonly Sighting[], scenario: Scenario) => void): void => {
  fc.assert(
    fc.property(scenario, (given) => check(run(given), given)),
    { numRuns: 250 },
  );
};

describe("the gateway, whatever the venue does", () => {
  it("[C] exactly one receipt per leg, per cancelled id and per request", () => {
    runs((seen) => {
      expect(seen.filter(({ what }) => what === "ended in error")).toEqual([]);
      for (const { effect } of effectsOf(seen, "place")) {
        for (const { orderId: id } of effect.legs) {
          expect(about(seen, LEG_RECEIPTS, id)).toHaveLength(1);
        }
      }
      for (const { effect } of effectsOf(seen, "cancel")) {
        for (const id of effect.orderIds) expect(about(seen, CANCEL_RECEIPTS, id)).toHaveLength(1);
      }
      for (const { effect } of effectsOf(seen, "cancelAll")) {
        expect(about(seen, ["cancelAll.answered"], effect.requestId)).toHaveLength(1);
      }
      for (const { effect } of effectsOf(seen, "survey")) {
        expect(about(seen, SURVEY_RECEIPTS, effect.requestId)).toHaveLength(1);
      }
    });
  });

  it("[J] a late answer follows an unknown, once at most", () => {
    runs((seen) => {
      for (const { effect } of effectsOf(seen, "place")) {
        for (const { orderId: id } of effect.legs) {
          const late = about(seen, ["order.answeredLate"], id);
          expect(late.length).toBeLessThanOrEqual(1);
          for (const fact of late) {
            const [receipt] = about(seen, LEG_RECEIPTS, id);
            expect(receipt?.receipt?.type).toBe("order.unknown");
            expect(seen.indexOf(fact)).toBeGreaterThan(receipt ? seen.indexOf(receipt) : -1);
          }
        }
      }
    });
  });

  it("[J] no answer is lost: what comes after an unknown is a fact", () => {
    runs((seen) => {
      const answered = seen.filter(({ how }) => how === "full" || how === "twice");
      for (const { id = orderId("") } of answered) {
        const [receipt] = about(seen, LEG_RECEIPTS, id);
        const late = about(seen, ["order.answeredLate"], id);
        expect(late).toHaveLength(receipt?.receipt?.type === "order.unknown" ? 1 : 0);
      }
    });
  });

  it("[C] nothing decided before a stop leaves after it; all is answered in its moment", () => {
    runs((seen) => {
      for (const stop of effectsOf(seen, "cancelAll")) {
        const left = seen.filter(({ what }, index) => what === "left" && index > stop.index);
        for (const { epoch } of left) {
          expect(epoch?.market).toBeGreaterThanOrEqual(stop.effect.epoch.market);
        }
        for (const { effect, index } of effectsOf(seen, "place")) {
          if (index > stop.index) continue;
          for (const { orderId: id } of effect.legs) {
            expect(about(seen, LEG_RECEIPTS, id)[0]?.ms).toBeLessThanOrEqual(stop.ms);
          }
        }
      }
    });
  });

  it("[J] what is answered as not sent never left, now or later", () => {
    runs((seen) => {
      const left = new Set(seen.flatMap(({ what, id }) => (what === "left" ? [id] : [])));
      for (const { receipt } of seen) {
        if (receipt?.type === "order.notSent") expect(left).not.toContain(receipt.orderId);
      }
    });
  });

  it("[C] a wave goes out when all before it are answered, and enough is kept to cancel", () => {
    runs((seen) => {
      const asked = seen.filter(({ what }) => what === "asked");
      for (const { effect, tokens } of asked) {
        const index = seen.findIndex((sighting) => sighting.effect === effect);
        const legs = effect?.type === "place" ? effect.legs : [];
        expect(tokens).toBeGreaterThanOrEqual(1 + (legs.at(-1)?.liveAfter ?? 0));
        for (const earlier of seen.slice(0, index)) {
          if (earlier.what !== "asked" || earlier.effect?.type !== "place") continue;
          for (const { orderId: id } of earlier.effect.legs) {
            expect(about(seen.slice(0, index), LEG_RECEIPTS, id)).toHaveLength(1);
          }
        }
      }
    });
  });
});
