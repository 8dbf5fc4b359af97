/** The cost of a stop with many places queued, and of a wave with an empty queue. */
import { NEVER, Subject, of } from "rxjs";
import {
  DEADLINES,
  type GatewayDependencies,
  bucket,
  createFence,
  gateway,
  cancelReserve,
} from "../src/gateway/index.ts";
import { permits } from "../src/operators/index.ts";
import type { Effect, PlaceEffect, Venue } from "../src/types/index.ts";
import { CANCELLED, EFFECTS, MARKET, fakeVenue, leg } from "../test/marbles/gateway/legend.ts";
import { type Figure, figure, quietest, timed } from "./figure.ts";
import { systemScheduler } from "../src/runtimes/system.ts";

const ROUNDS = 40;
const FEW = 10;
const MANY = 10_000;
/** Rate limits are not part of the measurement. */
const UNLIMITED = { perSecond: 1_000_000, burst: 1_000_000 };

export async function* gatewayFigures(): AsyncGenerator<Figure> {
  stopped(MANY); // compiles the code
  const few = quietestOf(FEW);
  const many = quietestOf(MANY);
  const alone = quietestOf(0);
  yield figure("stop.toWire.10", "us", few.toWire, { "floor: nothing is queued": alone.toWire });
  yield figure("stop.toWire.10000", "us", many.toWire, { "with 10 queued": few.toWire });
  yield figure("stop.displaced.10000", "us", many.displaced, {
    "floor: as many receipts through a Subject": emitted(MANY),
  });

  const { passing, floor } = await timed({ passing: passer(), floor: answers() });
  yield figure("place.passing", "ns", passing, { "floor: the venue's answer alone": floor });
}

/** Nanoseconds from the STOP. */
interface Stopped {
  /** Until the cancel-all is requested, after the fence was raised. */
  readonly toWire: number;
  /** Until the last displaced leg has its receipt. */
  readonly displaced: number;
}

function quietestOf(queued: number): Stopped {
  const rounds = Array.from({ length: ROUNDS }, () => stopped(queued));
  return {
    toWire: quietest(rounds.map(({ toWire }) => toWire)),
    displaced: quietest(rounds.map(({ displaced }) => displaced)),
  };
}

/** One wave hangs at the venue, and the others wait behind it. */
function stopped(queued: number): Stopped {
  let sentAt = 0;
  const venue: Venue = {
    ...fakeVenue({}),
    cancelAll: () => {
      sentAt = performance.now();
      return of(CANCELLED());
    },
  };
  const effect$ = new Subject<Effect>();
  let receipts = 0;
  const raised = createFence();
  const running = effect$
    .pipe(gateway({ ...dependencies(venue), fence: raised }, systemScheduler))
    .subscribe(() => (receipts += 1));
  for (let n = 0; n < queued; n += 1) effect$.next(wave(String(n)));
  const startedAt = performance.now();
  effect$.next(EFFECTS.X);
  const endedAt = performance.now();
  running.unsubscribe();
  if (receipts !== queued + 1) throw new Error(`${receipts} of ${queued + 1} receipts`);
  if (raised.admits(MARKET, { account: 0, market: 0 })) throw new Error("the fence was not raised");
  return { toWire: (sentAt - startedAt) * 1e6, displaced: (endedAt - startedAt) * 1e6 };
}

/** One wave with an empty queue, at a venue that answers at once. */
function passer(): () => number {
  const venue: Venue = {
    ...fakeVenue({}),
    place: (legs, mayLeave) => (mayLeave() ? acked(legs) : NEVER),
  };
  const effect$ = new Subject<Effect>();
  let receipts = 0;
  effect$.pipe(gateway(dependencies(venue), systemScheduler)).subscribe(() => (receipts += 1));
  const one = wave("one");
  return () => {
    const before = receipts;
    effect$.next(one);
    if (receipts !== before + 1) throw new Error("the wave was not answered at once");
    return receipts;
  };
}

function answers(): () => number {
  const { legs } = wave("one");
  let receipts = 0;
  return () => {
    acked(legs).subscribe(() => (receipts += 1));
    return receipts;
  };
}

function emitted(count: number): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const value$ = new Subject<object>();
    let sum = 0;
    value$.subscribe(() => (sum += 1));
    const startedAt = performance.now();
    for (let n = 0; n < count; n += 1) value$.next({ type: "order.notSent", orderId: n });
    const elapsedMs = performance.now() - startedAt;
    if (sum !== count) throw new Error(`${sum} of ${count} values arrived`);
    return elapsedMs * 1e6;
  });
  return quietest(rounds);
}

const wave = (id: string): PlaceEffect => ({
  type: "place",
  market: MARKET,
  slot: "bid",
  legs: [leg(id)],
});

const acked = (legs: PlaceEffect["legs"]) =>
  of({
    type: "answered",
    legs: legs.map(({ orderId }) => ({ type: "acked", orderId }) as const),
  } as const);

const dependencies = (venue: Venue): GatewayDependencies => ({
  venue,
  fence: createFence(),
  permits: {
    orders: bucket(UNLIMITED, systemScheduler, UNLIMITED),
    cancels: bucket(UNLIMITED, systemScheduler, UNLIMITED),
    reads: permits(UNLIMITED, systemScheduler),
    reserve: cancelReserve(),
  },
  deadlines: DEADLINES,
  onWaveSent: () => undefined,
});
