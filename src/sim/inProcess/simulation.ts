/** The venue in process: one exchange, the ports of the program to it, and the other traders. */
import { defer, filter, map, type Observable, type SchedulerLike, startWith } from "rxjs";
import {
  after,
  type Clock,
  type Coin,
  COINS,
  type Connections,
  type Book,
  type Market,
  type MarketFees,
  type MarketId,
  marketId,
  type MarketRules,
  MICRO,
  microShares,
  type MicroShares,
  type MicroUsdc,
  larger,
  NO_USDC,
  type OfCoin,
  type OrderReport,
  plus,
  priceBp,
  type ReferenceItem,
  type ReferencePrice,
  type Token,
  tokenId,
  type TradeReport,
  type Venue,
  type Wallet,
} from "../../types/index.ts";
import {
  type ExchangeStore,
  exchangeStore,
  hashed,
  type AccountId,
  random,
  balancesOf,
  openOrders,
  tradesOf,
  settledByOf,
  seededMining,
  seededSettlement,
  currentMarket,
  rebatesDue,
  runningMarkets,
  emptyExchange,
  type ExchangeState,
  holdingsOf,
  marketFees,
  priceOf,
  PLAIN_POLICY,
  type VenueFact,
  withGhostBooks,
} from "../exchange/index.ts";
import type { InProcessFault } from "../faults/index.ts";
import { faultDraws } from "./faultDraws.ts";
import type { Latencies } from "./latency.ts";
import {
  marketActivity,
  PLAIN_TRADERS,
  PRESETS,
  TRADERS,
  type TradersName,
} from "../traders/index.ts";
import { bookNow, simulatedConnections } from "./connections.ts";
import { orderEntry } from "./orderEntry.ts";
import { simulatedWallet } from "./wallet.ts";

export interface SimulationOptions {
  readonly seed: number;
  /** Several make as many series, whose windows are open at the same time. */
  readonly windowMs: number | readonly number[];
  readonly account: { readonly cash: MicroUsdc };
  readonly latency: Latencies;
  /** How far the other traders expect the reference to move. */
  readonly volatilityPerSqrtSecond: number;
  /** Of the takers' fee, in basis points: `CRYPTO_FEE_BP` as the venue's; absent or 0: no fee and no rebate. */
  readonly feeRateBp?: number;
  readonly faults: readonly InProcessFault[];
  /** Whether what a resolved market pays comes unasked; absent: it does. */
  readonly autoRedeems?: boolean;
  /** The other traders; absent: one quoter with a wide spread, and one taker. */
  readonly traders?: TradersName;
  /** Called with every fact at the moment it becomes true. */
  readonly audit?: (fact: VenueFact) => void;
}

export interface Simulation {
  readonly venue: Venue;
  /** Of the same account: merges and redemptions. */
  readonly wallet: Wallet;
  readonly connections: Connections;
  /** The current window of each series on subscription, then each new one. */
  readonly markets$: Observable<Market>;
  /** Runs the venue while subscribed, once. Never errors or completes. */
  readonly activity$: Observable<never>;
  readonly truth: () => VenueTruth;
  /** Money from outside comes to our account or, where below 0, goes there: all of it at most. */
  readonly transfer: (change: MicroUsdc) => void;
  /** What a request would read at this moment: a second source for a quiet connection. */
  readonly asked: AskedVenue;
}

export interface AskedVenue {
  /** Null before the first price of the coin. */
  readonly reference: (coin?: Coin) => ReferencePrice | null;
  readonly book: (market: MarketId, token: Token) => Book;
}

/** The state of the venue itself, for tests of what the program believes. */
export interface VenueTruth {
  /** Settled. */
  readonly cash: MicroUsdc;
  /** Maker rebates since midnight UTC, which are paid then; not in `cash`. */
  readonly rebatesDue: MicroUsdc;
  readonly orders: readonly OrderReport[];
  /** The windows still known, oldest first. */
  readonly markets: readonly MarketTruth[];
}

export interface MarketTruth {
  readonly market: Market;
  /** Null until the window has ended. */
  readonly winner: Token | null;
  readonly isResolved: boolean;
  /** Settled shares; 0 once the market has been redeemed. */
  readonly YES: MicroShares;
  readonly NO: MicroShares;
  readonly trades: readonly TradeReport[];
}

/** The account behind `Simulation.venue`, named in facts. */
export const OUR_ACCOUNT: AccountId = "us";

const RULES: MarketRules = {
  tick: priceBp(100),
  orderSizeMin: microShares(5 * MICRO),
  lot: microShares(MICRO / 100),
  notionalMin: NO_USDC,
};

export function simulation(
  options: SimulationOptions,
  world: {
    readonly scheduler: SchedulerLike;
    readonly clock: Clock;
    /** The prices of every coin that markets are of. */
    readonly reference$: Observable<ReferenceItem & OfCoin>;
  },
): Simulation {
  const { seed, windowMs, latency, volatilityPerSqrtSecond } = options;
  const { scheduler, clock, reference$ } = world;
  const chance = random(seed).fork("venue");
  const faults = faultDraws(options.faults, chance.fork("faults"), scheduler);

  const { feeRateBp = 0 } = options;
  const fee = feeRateBp > 0 ? { rateBp: feeRateBp, exponent: 1 } : null;
  const { cash } = options.account;
  const accounts = new Map(TRADERS).set(OUR_ACCOUNT, { cash, keepsClosed: true, beatAt: null });
  const store = exchangeStore(emptyExchange(accounts), clock, {
    audit: options.audit ?? (() => undefined),
    policy: { ...PLAIN_POLICY, fee, autoRedeems: options.autoRedeems ?? true },
    settlement: faults.withTradeFaults(seededSettlement(chance.fork("settlement"))),
    mining: faults.withMiningFaults(seededMining(chance.fork("mining"))),
    series: [windowMs].flat().map((lengthMs, at) => {
      const name = at === 0 ? "sim-up-or-down" : `sim-up-or-down-${at + 1}`;
      const settledBy = settledByOf(lengthMs);
      return {
        name,
        settledBy,
        window: (opensAt, strike) =>
          windowMarket(seed, name, { opensAt, lengthMs, strike, settledBy, fees: marketFees(fee) }),
      };
    }),
  });

  const our = { account: OUR_ACCOUNT, latency, faults };
  const { connections, loss$ } = simulatedConnections(store, our, scheduler);
  const { activity$, hitOneOf } = marketActivity(
    store,
    {
      traders: options.traders ? PRESETS[options.traders] : PLAIN_TRADERS,
      reference$,
      volatilityPerSqrtSecond,
      partialEnd: faults.partialEnd,
      background$: loss$,
      clock,
      random: chance,
    },
    scheduler,
  );
  const venue = orderEntry(store, { ...our, hitOneOf }, scheduler);
  return {
    venue,
    wallet: simulatedWallet(store, our, { clock, scheduler }),
    connections,
    activity$,
    markets$: windows(store),
    truth: () => truth(store.state()),
    transfer: (change) => {
      const { cash: known } = balancesOf(store.state(), OUR_ACCOUNT, undefined);
      const next = larger(NO_USDC, plus(known, change));
      store.apply({ type: "fund", account: OUR_ACCOUNT, cash: next });
    },
    asked: {
      reference: (coin = COINS[0]) => priceOf(store.state(), { coin })?.reference ?? null,
      book: (id, token) => {
        const state = store.stateBefore(faults.bookAgeMs());
        return bookNow(faults.isBookGhost() ? withGhostBooks(state) : state, id, token);
      },
    },
  };
}

const windows = ({ state, fact$ }: ExchangeStore): Observable<Market> =>
  defer(() => {
    const running = runningMarkets(state());
    const last = currentMarket(state());
    const current = running.length === 0 && last ? [last] : running;
    const opened$ = fact$.pipe(
      filter((fact) => fact.type === "market.opened"),
      map((fact) => fact.market),
    );
    return opened$.pipe(startWith(...current.map(({ market }) => market)));
  });

function truth(state: ExchangeState): VenueTruth {
  const markets = [...state.markets.values()].map((known): MarketTruth => {
    const { market, winner, isResolved } = known;
    const trades = tradesOf(known, OUR_ACCOUNT, market.opensAt);
    return { market, winner, isResolved, trades, ...holdingsOf(known, OUR_ACCOUNT) };
  });
  const { cash } = balancesOf(state, OUR_ACCOUNT, undefined);
  const due = rebatesDue(state.rebates, OUR_ACCOUNT);
  return { cash, rebatesDue: due, orders: openOrders(state, OUR_ACCOUNT, null), markets };
}

function windowMarket(
  seed: number,
  series: string,
  {
    opensAt,
    lengthMs,
    strike,
    settledBy,
    fees,
  }: Pick<Market, "opensAt" | "strike" | "settledBy"> & { lengthMs: number; fees: MarketFees },
): Market {
  const slug = `${series}-${opensAt}`;
  const id = hashed(`${seed} ${slug}`);
  return {
    id: marketId(id),
    slug,
    tokenIds: { YES: tokenId(hashed(`${id} YES`)), NO: tokenId(hashed(`${id} NO`)) },
    opensAt,
    endsAt: after(opensAt, lengthMs),
    strike,
    settledBy,
    rules: RULES,
    fees,
  };
}
