/** Everything the venue knows, as plain values, and the facts it tells about a change. */
import {
  type CancelRefusalReason,
  type EpochMs,
  type Market,
  type MarketId,
  type MarketRules,
  type MicroUsdc,
  NO_USDC,
  type OrderId,
  type OrderTicket,
  type PriceBp,
  type ReferencePrice,
  referencePrice,
  type Refusal,
  type RefusalReason,
  type Token,
} from "../../types/index.ts";
import type { FeeSchedule } from "./fees.ts";
import { type Account, type Holdings, NO_HOLDINGS } from "./accounts.ts";
import { type LayeredMap, entryOf, withEntry, latestEntries } from "./layeredMap.ts";
import {
  type AccountId,
  EMPTY_BOOK,
  type EndCause,
  levelChanges,
  type LevelItem,
  type Order,
  type OrderBook,
  ordersIn,
  type SelfTrade,
} from "./matching.ts";
import type { Rebates } from "./rebates.ts";
import type { ReferenceSeconds, SettledBy } from "./referenceSeconds.ts";
import { isUnsettled, type Settlement, type Trade, type TradeLeg } from "./settlement.ts";

export interface ExchangeState {
  readonly accounts: ReadonlyMap<AccountId, Account>;
  /** Oldest first: those that have ended, the one that runs, and those that have not begun. */
  readonly markets: ReadonlyMap<MarketId, MarketState>;
  readonly reference: ReferencePrice | null;
  /** The last minute of it. */
  readonly seconds: ReferenceSeconds;
  readonly heartbeatsCheckedAt: EpochMs | null;
  /** Fees, and what rounding left of trades that are mined. */
  readonly kept: MicroUsdc;
  /** What of the fees is its makers'. */
  readonly rebates: Rebates;
}

export interface MarketState {
  readonly market: Market;
  /** The name of the series that it is a window of. */
  readonly series: string;
  readonly book: OrderBook;
  /** Matched and cancelled orders of the accounts that keep them. */
  readonly closed: LayeredMap<OrderId, Order>;
  readonly holdings: ReadonlyMap<AccountId, Holdings>;
  readonly settling: readonly Trade[];
  /** Trades, confirmed or failed, of the accounts that keep what is closed. */
  readonly finished: readonly Trade[];
  /** Of each second of the epoch with trades that have finished, whosever, the last. */
  readonly prints: LayeredMap<number, Print>;
  /** From its end on. */
  readonly winner: Token | null;
  readonly isResolved: boolean;
}

/** All that is told of trades of the past, but to those who made them. */
export interface Print extends Pick<Trade, "matchedAt"> {
  readonly token: Token;
  /** Of that token. */
  readonly price: PriceBp;
}

/** What the venue takes: our tickets, and FOK, which we never send. */
export interface VenueTicket extends Omit<OrderTicket, "orderType"> {
  /** `FOK` takes all of its size at once or nothing. */
  readonly orderType: OrderTicket["orderType"] | "FOK";
  /** Of a market BUY over the wire: the dollars it spends; `size` is then what it expects for them. */
  readonly budget?: MicroUsdc;
}

export type Command =
  | { readonly type: "reference"; readonly price: ReferencePrice }
  | { readonly type: "tick" }
  /** Ends a window before its time; it is resolved at once. */
  | { readonly type: "resolve"; readonly market: MarketId; readonly winner: Token }
  | {
      readonly type: "place";
      readonly account: AccountId;
      readonly id: OrderId;
      readonly ticket: VenueTicket;
    }
  | {
      readonly type: "cancel";
      readonly account: AccountId;
      readonly ids: readonly OrderId[];
      /** Absent where the owner wants it. */
      readonly cause?: EndCause;
    }
  | { readonly type: "cancelAll"; readonly account: AccountId; readonly market: MarketId | null }
  | { readonly type: "heartbeat"; readonly account: AccountId }
  /** Opens an account; one that is open already stays as it is. */
  | { readonly type: "join"; readonly account: AccountId; readonly cash: MicroUsdc }
  /** Dollars come or go, or the exchange may take fewer of them, without any trade. */
  | {
      readonly type: "fund";
      readonly account: AccountId;
      readonly cash?: MicroUsdc;
      readonly allowance?: NonNullable<Account["allowance"]>;
    }
  | { readonly type: "changeTick"; readonly market: MarketId; readonly tick: MarketRules["tick"] };

export type OrderCause = "placed" | "matched" | EndCause;

export type VenueFact =
  | { readonly type: "reference.moved"; readonly price: ReferencePrice }
  | { readonly type: "market.opened"; readonly market: Market }
  | {
      readonly type: "market.tickChanged";
      readonly market: MarketId;
      readonly oldTick: MarketRules["tick"];
      readonly tick: MarketRules["tick"];
    }
  | { readonly type: "market.resolved"; readonly market: MarketId; readonly winner: Token }
  | { readonly type: "book.changed"; readonly market: MarketId; readonly item: LevelItem }
  | { readonly type: "order.changed"; readonly cause: OrderCause; readonly order: Order }
  | {
      readonly type: "order.refused";
      readonly account: AccountId;
      readonly orderId: OrderId;
      readonly refusal: Refusal<RefusalReason>;
      /** A FOK order that could not be filled at once: its owner's channel tells of it too. */
      readonly killed?: Order;
    }
  | {
      readonly type: "cancel.refused";
      readonly account: AccountId;
      readonly orderId: OrderId;
      readonly refusal: Refusal<CancelRefusalReason>;
    }
  | { readonly type: "trade.changed"; readonly trade: Trade }
  | { readonly type: "heartbeat.lapsed"; readonly account: AccountId };

/** How the venue does what differs between markets, or is not documented. */
export interface VenuePolicy {
  /** Null is none. */
  readonly fee: FeeSchedule | null;
  readonly selfTrade: SelfTrade;
  /** How many windows of each series trade before they begin. */
  readonly windowsAhead: number;
  /** From a window's end to the answer who won. */
  readonly resolvedAfterMs: number;
}

export const PLAIN_POLICY: VenuePolicy = {
  fee: null,
  selfTrade: "allow",
  windowsAhead: 0,
  resolvedAfterMs: 2_000,
};

/** Windows of which each begins where the one before ends. */
export interface Series {
  readonly name: string;
  readonly settledBy: SettledBy;
  /** The window that is open at `now`. */
  readonly window: (now: EpochMs, strike: ReferencePrice) => Market;
}

/** What has to be reached is not known before a window begins; nothing is decided by this. */
export const NO_STRIKE: ReferencePrice = referencePrice(1);

/** What a step needs from outside: the time, and what only a seed or a setting can decide. */
export interface StepInputs {
  readonly now: EpochMs;
  readonly settlement: Settlement;
  readonly practice: VenuePolicy;
  readonly series: readonly Series[];
}

export type Step = readonly [ExchangeState, readonly VenueFact[]];

export const emptyExchange = (accounts: ReadonlyMap<AccountId, Account>): ExchangeState => ({
  accounts,
  markets: new Map(),
  reference: null,
  seconds: [],
  heartbeatsCheckedAt: null,
  kept: NO_USDC,
  rebates: [],
});

export const emptyMarket = (market: Market, series: string): MarketState => ({
  market,
  series,
  book: EMPTY_BOOK,
  closed: [],
  holdings: new Map(),
  settling: [],
  finished: [],
  prints: [],
  winner: null,
  isResolved: false,
});

/** The state with `next` in it, and the facts with what that did to the market's book. */
export function withMarket(
  state: ExchangeState,
  next: MarketState,
  facts: readonly VenueFact[],
): Step {
  const { id } = next.market;
  const before = state.markets.get(id)?.book ?? EMPTY_BOOK;
  return [
    { ...state, markets: new Map(state.markets).set(id, next) },
    [
      ...facts,
      ...levelChanges(before, next.book).map(
        (item) => ({ type: "book.changed", market: id, item }) as const,
      ),
    ],
  ];
}

/** One step after the other, their facts in a row. */
export const each = <Item>(
  state: ExchangeState,
  items: Iterable<Item>,
  step: (state: ExchangeState, item: Item) => Step,
): Step =>
  [...items].reduce<Step>(
    ([reached, facts], item) => {
      const [next, more] = step(reached, item);
      return [next, [...facts, ...more]];
    },
    [state, []],
  );

/** Only from then on is it known what it has to beat. */
export const hasBegun = ({ market }: MarketState): boolean => market.strike !== NO_STRIKE;

/** The window of each series that runs: it has begun, and not ended. */
export function runningMarkets({ markets }: ExchangeState): readonly MarketState[] {
  return [...markets.values()].filter((known) => known.winner === null && hasBegun(known));
}

/** The window of the only series that runs, or the first of several; the last, where all have ended. */
export const currentMarket = (state: ExchangeState): MarketState | undefined =>
  runningMarkets(state)[0] ?? [...state.markets.values()].at(-1);

export const holdingsOf = (market: MarketState, account: AccountId): Holdings =>
  market.holdings.get(account) ?? NO_HOLDINGS;

export const liveOrders = (market: MarketState, account: AccountId): readonly Order[] =>
  ordersIn(market.book).filter((order) => order.account === account);

/** What was matched for the account and has not moved yet. */
export function unsettledLegs(market: MarketState, account: AccountId): readonly TradeLeg[] {
  const legs: TradeLeg[] = [];
  // Asked of every market for each order that is placed: no list is made on the way.
  for (const trade of market.settling)
    if (isUnsettled(trade))
      for (const leg of trade.legs) if (leg.account === account) legs.push(leg);
  return legs;
}

/** The state as whoever sees it who knows the orders of now and the settled balances of `past`. */
export const withBalancesOf = (state: ExchangeState, past: ExchangeState): ExchangeState => ({
  ...state,
  accounts: past.accounts,
  markets: new Map(
    [...state.markets].map(([id, market]) => {
      const holdings = past.markets.get(id)?.holdings ?? new Map<AccountId, Holdings>();
      return [id, { ...market, holdings }];
    }),
  ),
});

/** Closed orders of a window that can still be asked for; older ones are unknown, as if never placed. */
export const CLOSED_KEPT = 20_000;

/** Finished trades of a window that are told to who made them; older ones are not told any more. */
export const TRADES_KEPT = 20_000;
/** Seconds of a window with a trade: a day has no more. */
export const PRINTS_KEPT = 86_400;

/** Adds closed orders of accounts that may ask for them again. */
export function closedWith(
  state: ExchangeState,
  market: MarketState,
  orders: readonly Order[],
): LayeredMap<OrderId, Order> {
  const kept = orders.filter(
    ({ status, account }) => status !== "live" && state.accounts.get(account)?.keepsClosed,
  );
  if (kept.length === 0) return market.closed;
  const more = new Map(kept.map((order) => [order.id, order]));
  return latestEntries(withEntry(market.closed, more), CLOSED_KEPT);
}

/** Whatever the number of trades of the others, only their prices are kept, and of a second the last. */
export function finishedWith(
  state: ExchangeState,
  market: MarketState,
  trades: readonly Trade[],
): Pick<MarketState, "finished" | "prints"> {
  const isKept = ({ account }: TradeLeg) => state.accounts.get(account)?.keepsClosed;
  const kept = trades.filter(({ legs }) => legs.some(isKept));
  const prints = new Map<number, Print>();
  for (const print of trades.flatMap(printsOf)) {
    const second = Math.floor(print.matchedAt / 1_000);
    const last = prints.get(second) ?? entryOf(market.prints, second);
    if (!last || last.matchedAt <= print.matchedAt) prints.set(second, print);
  }
  return {
    finished: [...market.finished, ...kept].slice(-TRADES_KEPT),
    prints: latestEntries(withEntry(market.prints, prints), PRINTS_KEPT),
  };
}

/** One, in the token that the taker traded. */
export const printsOf = ({ matchedAt, legs }: Trade): readonly Print[] =>
  legs.slice(0, 1).map(({ fill: { token, price } }) => ({ matchedAt, token, price }));
