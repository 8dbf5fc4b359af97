/** The served venue: wires the exchange, the venue's state, its clients and its sockets together. */
import {
  combineLatest,
  defer,
  EMPTY,
  filter,
  finalize,
  map,
  merge,
  NEVER,
  Observable,
  type SchedulerLike,
  take,
} from "rxjs";
import {
  type Clock,
  ConfigError,
  epochMs,
  isLoopbackHost,
  type Log,
  type MicroUsdc,
  type OfCoin,
  type ReferenceItem,
} from "../../types/index.ts";
import type { Signer } from "../../venue/polymarket/sign/index.ts";
import {
  emptyExchange,
  type ExchangeState,
  exchangeStore,
  PLAIN_POLICY,
  random,
  seededMining,
  seededSettlement,
  type VenueFact,
} from "../exchange/index.ts";
import {
  marketActivity,
  PLAIN_TRADERS,
  PRESETS,
  TRADERS,
  type TradersName,
} from "../traders/index.ts";
import {
  createTimers,
  HTTP_LIMITS,
  type MarketPolicy,
  windowAt,
  type WindowOptions,
  type WindowSeries,
} from "./state/index.ts";
import { currentWindowOptions, type RequestContext, type VenueRules } from "./rest/index.ts";
import { createClients } from "./channels/index.ts";
import {
  CHANNELS,
  drawMiningFaults,
  drawPartialEndNow,
  drawTradeFaults,
  parseScript,
} from "./control/index.ts";
import { type Endpoints, endpointsOf } from "./endpoints.ts";
import { httpServer } from "./httpServer.ts";
import { requestPipeline } from "./requestPipeline.ts";
import { createStateHolder } from "./stateHolder.ts";
import { createVenue } from "./venue.ts";
import { requestContext } from "./venueState.ts";
import { webSockets } from "./webSockets.ts";

export interface VenueServerOptions extends WindowOptions {
  readonly series: readonly WindowSeries[];
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  /** Allows a host that other machines can reach. Nothing here is safe against them. */
  readonly isPublic: boolean;
  /** Of every new account. */
  readonly cash: MicroUsdc;
  /** Of the reference, as the other traders expect it: a fraction of the price. */
  readonly volatilityPerSqrtSecond: number;
  /** One quoter with a wide spread and one taker by default. */
  readonly traders?: TradersName;
  /** Deviations from the plainest venue: no fees, no delays, no faults. */
  readonly scenario?: Partial<Scenario>;
}

export interface Scenario extends MarketPolicy {
  /** Control commands and their times, one to a line: `at 12s: freeze user for 8s`. */
  readonly script: readonly string[];
}

export interface VenueServer {
  /** Runs while subscribed, once; emits when it listens and the first window is open. */
  readonly endpoints$: Observable<Endpoints>;
  /** The exchange as it is, without the lag, loss and skew that clients meet. */
  readonly state: () => ExchangeState;
}

/** @throws ConfigError for a bad script, and for a host that others can reach unless `isPublic`. */
export function venueServer(
  options: VenueServerOptions,
  world: {
    readonly scheduler: SchedulerLike;
    readonly clock: Clock;
    /** The prices of every coin that the series are of. */
    readonly reference$: Observable<ReferenceItem & OfCoin>;
    readonly signer: Signer;
    readonly log: Log;
    /** Called with every fact as soon as it is true. */
    readonly audit?: (fact: VenueFact) => void;
  },
): VenueServer {
  const { seed, host, port, volatilityPerSqrtSecond } = options;
  const { scheduler, clock, reference$, signer, log } = world;
  const scenario = { ...CALM_SCENARIO, ...options.scenario };
  const cues = parseScript(scenario.script);
  if (!options.isPublic && !isLoopbackHost(host))
    throw new ConfigError([`host: ${host} is not a loopback address`]);

  const venueRandom = random(seed).fork("venue");
  const timers = createTimers(scheduler, log);
  const holder = createStateHolder();
  const now = () => epochMs(Math.floor(clock.now().epochMs));
  const rules: VenueRules = { ...options, signer, policy: scenario, openedAt: now() };

  const settlement = seededSettlement(venueRandom.fork("settlement"));
  const mining = seededMining(venueRandom.fork("mining"));
  const store = exchangeStore(emptyExchange(TRADERS), clock, {
    audit: world.audit ?? (() => undefined),
    policy: scenario,
    settlement: (trade) => {
      const { conditions } = holder.state();
      const draws = venueRandom.fork(`trade ${trade}`);
      return drawTradeFaults(settlement(trade), conditions, now(), draws);
    },
    mining: (transaction) => {
      const { conditions } = holder.state();
      const draws = venueRandom.fork(`call ${transaction}`);
      return drawMiningFaults(mining(transaction), conditions, now(), draws);
    },
    series: rules.series.map((one) => ({
      name: one.slug,
      coin: one.coin,
      settledBy: one.settledBy,
      window: (at, strike) =>
        windowAt(currentWindowOptions(rules, holder.state().conditions), one, at, strike),
    })),
  });

  const context = (): RequestContext => requestContext(holder.state(), store.state(), rules, now());
  const clients = createClients(context, { timers, random: venueRandom.fork("channels") });
  const venue = createVenue({ holder, store, context, clients, rules }, timers);
  let partlyMatched = 0;
  const { activity$, hitOneOf } = marketActivity(
    venue.exchange,
    {
      traders: options.traders ? PRESETS[options.traders] : PLAIN_TRADERS,
      reference$,
      volatilityPerSqrtSecond,
      partialEnd: () => {
        partlyMatched += 1;
        const draws = venueRandom.fork(`partly matched ${partlyMatched}`);
        return drawPartialEndNow(holder.state().conditions, now(), draws);
      },
      background$: NEVER,
      clock,
      random: venueRandom,
    },
    scheduler,
  );
  const handle = requestPipeline(venue, {
    context,
    takerHits: hitOneOf,
    timers,
    random: venueRandom.fork("requests"),
    log,
  });

  const listening$ = new Observable<Endpoints>((subscriber) => {
    const { isPublic } = options;
    const server = httpServer(handle, isPublic, HTTP_LIMITS);
    const sockets = webSockets(server, clients, context, { timers, isPublic });
    server.on("error", (error) => subscriber.error(error));
    server.listen(port, host, () => subscriber.next(endpointsOf(host, server.address())));
    return () => {
      for (const channel of CHANNELS) clients.drop(channel);
      sockets.close();
      server.close();
      server.closeAllConnections();
    };
  });
  const firstWindow$ = store.fact$.pipe(
    filter(({ type }) => type === "market.opened"),
    take(1),
  );
  const script$ = defer(() => {
    for (const { atMs, command } of cues)
      timers.after(atMs, () => {
        const problem = venue.control(command);
        if (problem !== null) log.warn({ command, problem }, "a script command had no effect");
      });
    return EMPTY;
  });
  const endpoints$ = merge(
    combineLatest([listening$, firstWindow$]).pipe(map(([endpoints]) => endpoints)),
    script$,
    activity$,
  ).pipe(finalize(timers.cancelAll));
  return { endpoints$, state: store.state };
}

const CALM_SCENARIO: Scenario = {
  ...PLAIN_POLICY,
  takerDelayMs: 0,
  tellsRemovals: true,
  script: [],
};
