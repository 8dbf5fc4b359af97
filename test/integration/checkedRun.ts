/**
 * The app as `npm start` runs it, against the simulated venue's server, over loopback;
 * the checkers of the simulated worlds are fed what both ends did, in order.
 */
import { type Observable, Subscription, firstValueFrom } from "rxjs";
import { expect } from "vitest";
import { type App, app } from "../../src/app/app.ts";
import { type AppConfig, appConfig } from "../../src/app/config.ts";
import { POLYMARKET_TIMING } from "../../src/runtimes/polymarket.ts";
import type { Transition } from "../../src/executor/index.ts";
import type { Receipt } from "../../src/gateway/index.ts";
import {
  OUR_ACCOUNT,
  type TradersName,
  type VenueFact,
  type VenueTruth,
  syntheticReference,
} from "../../src/sim/index.ts";
import { balancesOf, openOrders, tradesOf } from "../../src/sim/exchange/reports.ts";
import { rebatesDue } from "../../src/sim/exchange/rebates.ts";
import {
  type Endpoints,
  type Generation,
  rollingWindows,
  venueServer,
} from "../../src/sim/server/index.ts";
import { tradeName } from "../../src/sim/server/rest/records.ts";
import { holdingsOf } from "../../src/sim/exchange/state.ts";
import { type Log, MICRO, microUsdc, referencePrice, tradeId } from "../../src/types/index.ts";
import { addressOf, chooseSigner, deriveCredentials } from "../../src/venue/polymarket/index.ts";
import { type Checker, checkers } from "../sim/checkers/index.ts";
import { convergesOrExplains } from "../sim/checkers/convergesOrExplains.ts";
import { systemClock, systemMacrotask, systemScheduler } from "../../src/runtimes/system.ts";
import { simulatedKey, servedVenueOptions } from "../../src/runtimes/served.ts";
import type { Summary } from "../../src/observers/index.ts";
import { polymarketRuntime } from "../../src/runtimes/index.ts";
import { until } from "../support/patience.ts";
import { FIXED_SPREAD } from "../support/quoting.ts";

/** The deadlines of production, about ten times shorter. */
export const DEADLINES = {
  placeMs: 400,
  cancelMs: 300,
  stopMs: 250,
  surveyMs: 1_200,
  heartbeatMs: 400,
};
export const LATE_BOOKING_MS = 600;
const SOCKETS = { pingEveryMs: 250, silentMs: 1_000, openMs: 1_000 };
const TIMING: typeof POLYMARKET_TIMING = {
  entryMs: 2_000,
  skewEveryMs: 1_000,
  discovery: { pollMs: 100, answerMs: 500 },
  venue: { leaveMs: 250, placeMs: 2_000, cancelMs: 2_000, readMs: 2_000, warmEveryMs: 500 },
  channels: SOCKETS,
  watch: { quietMs: 1_000, mismatchMs: 100, requestEveryMs: 500, settleMs: 100 },
  reference: SOCKETS,
  freshness: POLYMARKET_TIMING.freshness,
  held: POLYMARKET_TIMING.held,
};
const PARAMETERS = {
  // A narrow spread, so that much is traded in little time.
  strategy: { ...FIXED_SPREAD, halfSpreadBp: 10 },
  executor: {
    lateBookingMs: LATE_BOOKING_MS,
    surveyGapMs: 500,
    cooldownMs: 300,
    cautionMs: 300,
    cutoffMs: 500,
  },
};
const CONFIG: AppConfig = appConfig(PARAMETERS, null, DEADLINES);

/** What both ends did, in the order in which it happened. */
export type Heard =
  | { readonly type: "fact"; readonly fact: VenueFact }
  | { readonly type: "transition"; readonly transition: Transition }
  | { readonly type: "receipt"; readonly receipt: Receipt }
  | { readonly type: "sample"; readonly truth: VenueTruth };

export interface CheckedRun {
  readonly tandem: App;
  /** The true state of the venue. */
  readonly truth: () => VenueTruth;
  readonly heard: readonly Heard[];
  /** Something rests, it is what is planned, and nothing is unknown: at some moment from now on. */
  readonly converges: () => Promise<void>;
  /** Resolves once `isSo`. */
  readonly until: (isSo: (summary: Summary) => boolean) => Promise<void>;
  readonly stop: () => Promise<Summary>;
  /** The promise of `start`: resolves with the summary, rejects with the cause of the kill switch. */
  readonly ended: Promise<Summary>;
}

export interface CheckedRunOptions {
  readonly seed: number;
  readonly generation: Generation;
  readonly windowMs: number;
  /** Who else trades. */
  readonly traders?: TradersName;
  /** How long a stop may take. */
  readonly shutdownMs?: number;
  /** The credentials are given to the run, which derives its own if this is left out. */
  readonly areCredentialsGiven?: boolean;
  readonly log?: Log;
  /** With the deadlines of production: for a test that passes its time on the wall. */
  readonly isOnTheWall?: boolean;
  /** Puts a proxy between the two; none if left out. */
  readonly via?: (endpoints: Endpoints) => Promise<Endpoints>;
}

const VOLATILITY = 0.00009;
const SAMPLE_MS = 50;

/** Starts trading; everything ends with `life`. */
export async function checkedRun(
  {
    seed,
    generation,
    windowMs,
    traders,
    shutdownMs = CONFIG.shutdownMs,
    areCredentialsGiven = false,
    log = SILENT,
    isOnTheWall = false,
    via,
  }: CheckedRunOptions,
  life: Subscription,
): Promise<CheckedRun> {
  const timing = isOnTheWall ? POLYMARKET_TIMING : TIMING;
  const config = isOnTheWall ? appConfig(PARAMETERS, null) : CONFIG;
  const signer = await chooseSigner(SILENT);
  const owner = addressOf(signer, simulatedKey());
  const heard: Heard[] = [];
  const running = new Set<Checker>();
  const hearNow = (said: Heard): void => {
    heard.push(said);
    for (const checker of running) tell(checker, said);
  };
  // Through the same queue as the app's outputs, so that neither overtakes the other.
  const hear = (said: Heard): unknown => systemMacrotask.schedule(() => hearNow(said));

  const server = venueServer(
    {
      seed,
      series: [rollingWindows(windowMs)],
      generation,
      ...(traders && { traders }),
      port: 0,
      host: "127.0.0.1",
      isPublic: false,
      cash: microUsdc(1_000 * MICRO),
      volatilityPerSqrtSecond: VOLATILITY,
    },
    {
      scheduler: systemScheduler,
      clock: systemClock,
      signer,
      log: SILENT,
      reference$: syntheticReference(
        {
          seed,
          startPrice: referencePrice(60_000 * MICRO),
          volatilityPerSqrtSecond: VOLATILITY,
          tickMs: 80,
        },
        systemScheduler,
      ),
      audit: (fact) => hear({ type: "fact", fact: named(fact, owner) }),
    },
  );
  const there = await lasting(server.endpoints$, life);
  const endpoints = via === undefined ? there : await via(there);
  const options = servedVenueOptions(endpoints, windowMs, signer);
  const entry = { ...options.identity, origin: endpoints.rest, answerMs: timing.entryMs };
  const given = areCredentialsGiven
    ? await firstValueFrom(
        deriveCredentials(entry, { clock: systemClock, scheduler: systemScheduler }),
      )
    : null;
  if (given !== null && "type" in given) throw new Error(`no credentials: ${given.type}`);
  const runtime = await firstValueFrom(
    polymarketRuntime({ ...options, credentials: given, journalDirectory: null, timing }, log),
  );
  // Without jitter a lost connection comes back soonest.
  const tandem = app({ ...config, shutdownMs }, { ...runtime, chance: () => 0 });
  life.add(
    tandem.transition$.subscribe((transition) => hearNow({ type: "transition", transition })),
  );
  life.add(tandem.receipt$.subscribe((receipt) => hearNow({ type: "receipt", receipt })));

  const truth = (): VenueTruth => truthOf(server.state(), owner);
  const ended = tandem.start();
  // A test that has failed earlier does not await it.
  ended.catch(() => undefined);
  return {
    ended,
    tandem,
    truth,
    heard,
    converges: async () => {
      const checker = convergesOrExplains();
      running.add(checker);
      let verdict: readonly string[] = [];
      const hasConverged = (): boolean => {
        const sample = truth();
        if (sample.orders.length > 0) hear({ type: "sample", truth: sample });
        verdict = checker.verdict(sample);
        return verdict.length === 0;
      };
      await until(hasConverged, "converges", SAMPLE_MS).catch(() => expect(verdict).toEqual([]));
      running.delete(checker);
    },
    until: (isSo) => until(() => isSo(tandem.summary()), isSo.toString(), SAMPLE_MS),
    stop: () => {
      tandem.stop("the test is over");
      return ended;
    },
  };
}

/** The violations that the checkers find. */
export function violations(heard: readonly Heard[], truth: VenueTruth): readonly string[] {
  const all = checkers(CONFIG.executor);
  for (const said of heard) for (const checker of all) tell(checker, said);
  return all.flatMap((checker) => checker.verdict(truth));
}

function tell(checker: Checker, said: Heard): void {
  switch (said.type) {
    case "fact":
      return checker.venue(said.fact);
    case "transition":
      return checker.transition(said.transition);
    case "receipt":
      return checker.receipt(said.receipt);
    case "sample":
      return checker.sample(said.truth);
  }
}

/** The checkers know our account by one name, the server by its address. */
function named(fact: VenueFact, owner: string): VenueFact {
  const name = (account: string): string => (account === owner ? OUR_ACCOUNT : account);
  switch (fact.type) {
    case "order.changed":
      return { ...fact, order: { ...fact.order, account: name(fact.order.account) } };
    case "trade.changed": {
      const legs = fact.trade.legs.map((leg) => ({ ...leg, account: name(leg.account) }));
      return { ...fact, trade: { ...fact.trade, legs } };
    }
    case "order.refused": {
      // Asked of what would match at once, and before post-only is: the venue in process, where no
      // dollar is asked, refuses the same order as one that crosses.
      const { refusal } = fact;
      const said = refusal.reason === "notionalMin" ? "postOnlyCross" : refusal.reason;
      return { ...fact, account: name(fact.account), refusal: { ...refusal, reason: said } };
    }
    case "cancel.refused":
    case "heartbeat.lapsed":
      return { ...fact, account: name(fact.account) };
    default:
      return fact;
  }
}

/** As `Simulation.truth`, with trades by their names on the wire. */
function truthOf(state: Parameters<typeof openOrders>[0], owner: string): VenueTruth {
  return {
    cash: balancesOf(state, owner, undefined).cash,
    rebatesDue: rebatesDue(state.rebates, owner),
    orders: openOrders(state, owner, null),
    markets: [...state.markets.values()].map((known) => {
      const { market, winner, isResolved } = known;
      const trades = tradesOf(known, owner, market.opensAt).map((trade) => ({
        ...trade,
        id: tradeId(tradeName(trade.id)),
      }));
      return { market, winner, isResolved, trades, ...holdingsOf(known, owner) };
    }),
  };
}

/** The first value; the source stays subscribed until the end of `life`. */
const lasting = <T>(source$: Observable<T>, life: Subscription): Promise<T> =>
  new Promise((resolve, reject) => {
    life.add(source$.subscribe({ next: resolve, error: reject }));
  });

const silent = (): void => undefined;
const SILENT: Log = { debug: silent, info: silent, warn: silent, error: silent };
