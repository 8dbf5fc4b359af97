/**
 * The app and the venue over loopback, and a proxy that injects faults between them: judged by the
 * true state of the venue. The tests run concurrently, since they mostly wait.
 */
import { Subscription } from "rxjs";
import { afterAll, describe, expect, it } from "vitest";
import type { ExecutorState } from "../../src/executor/index.ts";
import { OUR_ACCOUNT, type VenueFact, type VenueTruth, random } from "../../src/sim/index.ts";
import type { Generation } from "../../src/sim/server/index.ts";
import { microShares, orderId, priceBp } from "../../src/types/index.ts";
import {
  UNREACHABLE,
  type ConnectionFault,
  type RequestFault,
  type FaultProxy,
  NO_FAULTS,
  type Faults,
  faultProxy,
} from "./faultProxy.ts";
import {
  DEADLINES,
  type Heard,
  LATE_BOOKING_MS,
  type CheckedRun,
  type CheckedRunOptions,
  violations,
  checkedRun,
} from "./checkedRun.ts";
import { later, timeByTurns } from "../support/patience.ts";

timeByTurns();
const life = new Subscription();
afterAll(() => {
  life.unsubscribe();
});

interface Recording {
  readonly heard: readonly Heard[];
  readonly truth: VenueTruth;
}

const recordingOf = ({ heard, truth }: CheckedRun): Recording => ({
  heard: [...heard],
  truth: truth(),
});
const judged = ({ heard, truth }: Recording): readonly string[] => violations(heard, truth);

/** Some windows in peace, to the end of a stop. */
async function peace(generation: Generation): Promise<Recording> {
  const it = await checkedRun({ seed: 1, generation, windowMs: 6_000 }, life);
  await it.converges();
  await it.until(({ markets, fills }) => markets.length > 1 && fills > 0);
  await it.converges();

  const summary = await it.stop();

  expect(summary).toMatchObject({ openAtVenue: 0, lawsBroken: 0 });
  expect(it.truth().orders).toEqual([]);
  return recordingOf(it);
}

const begun = new Map<Generation, Promise<Recording>>();
function peaceOf(generation: Generation): Promise<Recording> {
  const record = begun.get(generation) ?? peace(generation);
  begun.set(generation, record);
  return record;
}

describe.concurrent("over the wire", () => {
  it.for(["v1", "v2"] as const)(
    "every law holds while windows come and go, and a stop leaves nothing: %s",
    async (generation) => {
      expect(judged(await peaceOf(generation))).toEqual([]);
    },
  );
});

/** Which faults are injected: one in so many matching requests, and one in so many tenths of a second. */
interface FaultMix {
  readonly of: RegExp;
  readonly requestFaults: readonly RequestFault[];
  readonly requestFaultOneIn: number;
  readonly connectionFaults: readonly ConnectionFault[];
  readonly connectionFaultOneIn: number;
}

const REQUESTS: FaultMix = {
  of: /./,
  requestFaults: [
    "reset before",
    "reset after",
    "half answered",
    "answered late",
    "heard late",
    "swallowed",
  ],
  requestFaultOneIn: 4,
  connectionFaults: [],
  connectionFaultOneIn: 1,
};
const SOCKETS: FaultMix = {
  ...REQUESTS,
  requestFaults: [],
  connectionFaults: ["dropped", "cut", "frozen", "stalled"],
  connectionFaultOneIn: 8,
};
const BOTH: FaultMix = { ...SOCKETS, requestFaults: REQUESTS.requestFaults };
/** Places are answered wrongly, and the user channel reports them late. */
const PLACES: FaultMix = {
  of: /^POST \/order/,
  requestFaults: ["reset after", "half answered", "answered late", "heard late"],
  requestFaultOneIn: 2,
  connectionFaults: ["stalled"],
  connectionFaultOneIn: 1,
};

function drawnFaults(
  { of, requestFaults, requestFaultOneIn, connectionFaults, connectionFaultOneIn }: FaultMix,
  seed: number,
): Faults {
  const chance = random(seed).fork("mischief");
  const drawn = <One>(all: readonly One[], denominator: number): One | undefined =>
    chance.chance({ numerator: 1, denominator })
      ? all[chance.integer(0, Math.max(0, all.length - 1))]
      : undefined;
  return {
    ofRequest: (asked) =>
      (of.test(asked) ? drawn(requestFaults, requestFaultOneIn) : undefined) ?? "passed on",
    ofConnection: () => drawn(connectionFaults, connectionFaultOneIn) ?? "nothing",
  };
}

/** Midnight is the only end of such a window. */
const DAY_MS = 86_400_000;

async function throughProxy(
  options: Omit<CheckedRunOptions, "via">,
): Promise<CheckedRun & { readonly proxy: FaultProxy }> {
  let proxy: FaultProxy | null = null;
  const via: CheckedRunOptions["via"] = async ({ port }) => {
    proxy = await faultProxy({
      port,
      // When the app has given up, and the connection has not.
      answeredLateMs: DEADLINES.surveyMs,
      // After the deadline of a place, and as early as the venue promises to book one.
      heardLateMs: DEADLINES.placeMs + LATE_BOOKING_MS / 2,
    });
    life.add(proxy.close);
    return proxy.endpoints;
  };
  const it = await checkedRun({ ...options, via }, life);
  return { ...it, proxy: proxy ?? expect.unreachable("the run was not given a proxy") };
}

/** [K] A connection that is open and says nothing was noticed. */
const isFrozen = (said: Heard): boolean =>
  said.type === "transition" &&
  said.transition.input.event.type === "feed.lost" &&
  said.transition.input.event.cause.includes("frozen");

describe.concurrent("faults on the wire", () => {
  it.for([
    ["requests", "v1", 1, REQUESTS],
    ["sockets", "v2", 2, SOCKETS],
    ["both", "v1", 3, BOTH],
    ["places", "v2", 4, PLACES],
  ] as const)(
    "[J] every law holds, and then it quotes again and ends with nothing: %s, %s, seed %i",
    async ([, generation, seed, made]) => {
      const it = await throughProxy({ seed, generation, windowMs: 20_000 });
      await it.converges();

      it.proxy.inject(drawnFaults(made, seed));
      await later(4_000);
      // Faults that were never injected would prove nothing.
      const { injected } = it.proxy;
      await it.until(() =>
        [...made.requestFaults, ...made.connectionFaults].every((each) => injected.has(each)),
      );
      it.proxy.inject(NO_FAULTS);
      const { places } = it.tandem.summary();
      await it.converges();
      await it.until((now) => now.places.acked > places.acked);
      const summary = await it.stop();
      expect(summary).toMatchObject({ openAtVenue: 0, lawsBroken: 0 });
      expect(it.truth().orders).toEqual([]);
      expect(judged(recordingOf(it))).toEqual([]);
      expect(it.heard.some(isFrozen)).toBe(injected.has("frozen"));
    },
  );

  it("[C] a stop amid faults ends with nothing at the venue, once requests pass again", async () => {
    const it = await throughProxy({ seed: 5, generation: "v2", windowMs: 20_000 });
    await it.converges();
    it.proxy.inject(drawnFaults(BOTH, 5));
    await later(1_500);

    const stopped = it.stop();
    await later(1_500);
    it.proxy.inject(NO_FAULTS);
    const summary = await stopped;

    expect(summary).toMatchObject({ openAtVenue: 0, lawsBroken: 0 });
    expect(it.truth().orders).toEqual([]);
    expect(judged(recordingOf(it))).toEqual([]);
  });

  it("[J] a stop that nothing can verify does not say that nothing rests", async () => {
    const it = await throughProxy({
      seed: 6,
      generation: "v1",
      windowMs: DAY_MS,
      traders: "empty",
      shutdownMs: 2_000,
    });
    await it.converges();
    const rests = (): boolean => it.truth().orders.length > 0;
    do {
      it.proxy.inject(NO_FAULTS);
      await it.until(rests);
      it.proxy.inject(UNREACHABLE);
      // A cancel that was on its way still arrives.
      await later(200);
    } while (!rests());

    const summary = await it.stop();

    expect(it.truth().orders).not.toEqual([]);
    expect(judged(recordingOf(it))).toEqual([]);
    expect(summary).toMatchObject({ openAtVenue: null, lawsBroken: 0 });
  });

  it("[A] the kill switch amid faults leaves nothing at the venue", async () => {
    const it = await throughProxy({ seed: 7, generation: "v1", windowMs: 20_000 });
    await it.converges();
    it.proxy.inject(drawnFaults(BOTH, 7));
    const wrong = new Error("we are wrong");

    it.tandem.fail(wrong);
    await later(1_500);
    it.proxy.inject(NO_FAULTS);

    await expect(it.ended).rejects.toBe(wrong);
    expect(it.truth().orders).toEqual([]);
  });
});

describe("a checker", () => {
  it.for(Object.entries(breaches()))(
    "shown a breach in what was heard says so: %s",
    async ([checker, breach]) => {
      const said = judged(breach(await peaceOf("v1")));

      expect(said.filter((violation) => violation.startsWith(`${checker}: `))).not.toEqual([]);
    },
  );
});

/** By checker: what was heard, with something in it that must not be. */
function breaches(): { readonly [checker: string]: (record: Recording) => Recording } {
  const heard =
    (change: (each: Heard) => readonly Heard[]) =>
    (record: Recording): Recording => ({ ...record, heard: record.heard.flatMap(change) });
  const facts = (change: (fact: VenueFact) => VenueFact) =>
    heard((each) => (each.type === "fact" ? [{ type: "fact", fact: change(each.fact) }] : [each]));
  const states = (change: (state: ExecutorState) => ExecutorState) =>
    heard((each) => {
      if (each.type !== "transition") return [each];
      const { transition } = each;
      return [
        { type: "transition", transition: { ...transition, state: change(transition.state) } },
      ];
    });
  const last = (record: Recording, ...added: readonly VenueFact[]): Recording => ({
    ...record,
    heard: [...record.heard, ...added.map((fact) => ({ type: "fact" as const, fact }))],
  });
  const placedIn = ({ heard: all }: Recording): VenueFact[] =>
    all.flatMap((each) => (each.type === "fact" && isOurs(each.fact) ? [each.fact] : []));

  return {
    noShort: (record) =>
      last(record, {
        type: "order.refused",
        account: OUR_ACCOUNT,
        orderId: orderId("0x1"),
        refusal: { reason: "insufficientBalance", text: "not enough", retryAfterMs: null },
      }),
    everyFillOnce: ({ heard: all, truth }) => ({
      heard: all,
      truth: { ...truth, markets: truth.markets.map((each) => ({ ...each, trades: [] })) },
    }),
    everyOrderLegal: heard((each) => {
      if (each.type !== "transition") return [each];
      const { transition } = each;
      const effects = transition.effects.map((effect) => {
        if (effect.type !== "place") return effect;
        const legs = effect.legs.map((leg) => ({
          ...leg,
          ticket: { ...leg.ticket, price: priceBp(leg.ticket.price + 1) },
        }));
        return { ...effect, legs };
      });
      return [{ type: "transition", transition: { ...transition, effects } }];
    }),
    reservationsCover: states((state) => ({ ...state, working: {} })),
    noSelfTrade: facts((fact) => {
      if (fact.type !== "trade.changed") return fact;
      const legs = fact.trade.legs.map((leg) => ({ ...leg, account: OUR_ACCOUNT }));
      return { ...fact, trade: { ...fact.trade, legs } };
    }),
    stopIsQuiet: (record) => last(record, ...placedIn(record)),
    oneReceipt: heard((each) => (each.type === "receipt" ? [each, each] : [each])),
    capsHold: facts((fact) => {
      if (!isOurs(fact)) return fact;
      const { order } = fact;
      return { ...fact, order: { ...order, size: microShares(order.size * 100) } };
    }),
    boundedMemory: states((state) => ({ ...state, tradeCount: state.tradeCount + 1 })),
    convergesOrExplains: heard((each) =>
      each.type === "sample" ? [{ ...each, truth: { ...each.truth, orders: [] } }] : [each],
    ),
  };
}

const isOurs = (fact: VenueFact): fact is Extract<VenueFact, { type: "order.changed" }> =>
  fact.type === "order.changed" && fact.cause === "placed" && fact.order.account === OUR_ACCOUNT;
