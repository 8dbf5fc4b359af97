/** The state of the exchange as plain values, its commands, and the facts that report a change. */
import {
  type CallTerms,
  type CancelRefusalReason,
  type Coin,
  coinOf,
  type EpochMs,
  type Market,
  type MarketId,
  type MarketRules,
  type MicroUsdc,
  NO_USDC,
  type OfCoin,
  type OrderId,
  type OrderTicket,
  type PriceBp,
  type ReferencePrice,
  referencePrice,
  type Refusal,
  type RefusalReason,
  type SettlementRule,
  type SubmitRefusalReason,
  type Token,
  type WalletCall,
} from "../../types/index.ts";
import type { FeeSchedule } from "./fees.ts";
import { type ExchangeAccount, type Holdings, NO_HOLDINGS } from "./accounts.ts";
import { type LayeredMap, entryOf, withEntries, latestEntries } from "./layeredMap.ts";
import {
  EMPTY_BOOK,
  levelChanges,
  type LevelItem,
  type OrderBook,
  ordersBy,
  type SelfTrade,
} from "./matching.ts";
import type { AccountId, EndCause, Order } from "./order.ts";
import type { Rebates } from "./rebates.ts";
import type { ReferenceSeconds } from "./referenceSeconds.ts";
import type { Settlement, Trade, TradeLeg } from "./settlement.ts";
import type { Mining, Transaction, WalletState } from "./transaction.ts";
import { unsettledOf } from "./unsettled.ts";

export interface ExchangeState {
  readonly accounts: ReadonlyMap<AccountId, ExchangeAccount>;
  /** Oldest first: ended windows, the running one, and those that have not begun. */
  readonly markets: ReadonlyMap<MarketId, MarketState>;
  /** A coin is absent before its first price. */
  readonly prices: ReadonlyMap<Coin, CoinPrice>;
  readonly heartbeatsCheckedAt: EpochMs | null;
  /** What the venue has earned: fees, and what rounding left of mined trades. */
  readonly kept: MicroUsdc;
  /** What has come from outside by `fund`, less what has gone there. */
  readonly outside: MicroUsdc;
  /** The makers' part of the fees. */
  readonly rebates: Rebates;
  /** Of the accounts that have submitted a call. */
  readonly wallets: ReadonlyMap<AccountId, WalletState>;
}

export interface CoinPrice {
  readonly reference: ReferencePrice;
  /** Its last minute. */
  readonly seconds: ReferenceSeconds;
}

export interface MarketState {
  readonly market: Market;
  /** The name of the series the window belongs to. */
  readonly series: string;
  readonly book: OrderBook;
  /** Matched and cancelled orders of the accounts that keep closed ones. */
  readonly closed: LayeredMap<OrderId, Order>;
  readonly holdings: ReadonlyMap<AccountId, Holdings>;
  readonly settling: readonly Trade[];
  /** Confirmed and failed trades of the accounts that keep closed orders. */
  readonly finished: readonly Trade[];
  /** The last finished trade of each second of the epoch, of any account. */
  readonly prints: LayeredMap<number, Print>;
  /** Null until the window has ended. */
  readonly winner: Token | null;
  readonly isResolved: boolean;
}

/** What anybody can read of a past trade. */
export interface Print extends Pick<Trade, "matchedAt"> {
  readonly token: Token;
  /** The price of that token. */
  readonly price: PriceBp;
}

/** An order as the venue accepts it: our tickets, and FOK, which we never send. */
export interface VenueTicket extends Omit<OrderTicket, "orderType"> {
  /** `FOK` fills completely at once or not at all. */
  readonly orderType: OrderTicket["orderType"] | "FOK";
  /** The dollars a market BUY spends; `size` is then the number of shares it expects for them. */
  readonly budget?: MicroUsdc;
}

export type Command =
  | ({ readonly type: "reference"; readonly price: ReferencePrice } & OfCoin)
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
      /** Absent: the owner cancels. */
      readonly cause?: EndCause;
    }
  | { readonly type: "cancelAll"; readonly account: AccountId; readonly market: MarketId | null }
  | { readonly type: "heartbeat"; readonly account: AccountId }
  /** Opens an account; an open one stays as it is. */
  | { readonly type: "join"; readonly account: AccountId; readonly cash: MicroUsdc }
  /** Sets an account's dollars, or how many of them the exchange may take, without a trade. */
  | {
      readonly type: "fund";
      readonly account: AccountId;
      readonly cash?: MicroUsdc;
      readonly allowance?: NonNullable<ExchangeAccount["allowance"]>;
    }
  /** Hands a call of the account's wallet to the chain. */
  | {
      readonly type: "submit";
      readonly account: AccountId;
      readonly call: WalletCall;
      readonly terms: CallTerms;
    }
  | { readonly type: "changeTick"; readonly market: MarketId; readonly tick: MarketRules["tick"] };

export type OrderCause = "placed" | "matched" | EndCause;

export type VenueFact =
  | ({ readonly type: "reference.moved"; readonly price: ReferencePrice } & OfCoin)
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
      /** A FOK order that could not be filled at once; the user channel reports it too. */
      readonly killed?: Order;
    }
  | {
      readonly type: "cancel.refused";
      readonly account: AccountId;
      readonly orderId: OrderId;
      readonly refusal: Refusal<CancelRefusalReason>;
    }
  | { readonly type: "trade.changed"; readonly trade: Trade }
  | { readonly type: "transaction.changed"; readonly transaction: Transaction }
  | {
      readonly type: "transaction.refused";
      readonly account: AccountId;
      readonly refusal: Refusal<SubmitRefusalReason>;
    }
  | { readonly type: "heartbeat.lapsed"; readonly account: AccountId };

/** The venue's choices that differ between markets or are not documented. */
export interface VenuePolicy {
  /** Null: no fee. */
  readonly fee: FeeSchedule | null;
  readonly selfTrade: SelfTrade;
  /** How many windows of each series trade before they begin. */
  readonly windowsAhead: number;
  /** From a window's end to its resolution. */
  readonly resolvedAfterMs: number;
  /** Whether what a resolved market pays comes unasked; the other traders are paid in any case. */
  readonly autoRedeems: boolean;
}

export const PLAIN_POLICY: VenuePolicy = {
  fee: null,
  selfTrade: "allow",
  windowsAhead: 0,
  resolvedAfterMs: 2_000,
  autoRedeems: true,
};

/** Windows, each of which begins when the one before ends. */
export interface Series extends OfCoin {
  readonly name: string;
  readonly settledBy: SettlementRule;
  /** The window that is open at `now`. */
  readonly window: (now: EpochMs, strike: ReferencePrice) => Market;
}

/** Stands for the strike of a window that has not begun; nothing is decided by it. */
export const NO_STRIKE: ReferencePrice = referencePrice(1);

/** What a step gets from outside: the time, and what a seed or a setting decides. */
export interface StepInputs {
  readonly now: EpochMs;
  readonly settlement: Settlement;
  readonly policy: VenuePolicy;
  readonly series: readonly Series[];
  /** Absent: `PLAIN_MINING`. */
  readonly mining?: Mining;
}

export type ExchangeStep = readonly [ExchangeState, readonly VenueFact[]];

export const emptyExchange = (
  accounts: ReadonlyMap<AccountId, ExchangeAccount>,
): ExchangeState => ({
  accounts,
  markets: new Map(),
  prices: new Map(),
  heartbeatsCheckedAt: null,
  kept: NO_USDC,
  outside: NO_USDC,
  rebates: [],
  wallets: new Map(),
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

/** The state with `next` in it, and the facts together with the changes of the market's book. */
export function withMarket(
  state: ExchangeState,
  next: MarketState,
  facts: readonly VenueFact[],
): ExchangeStep {
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

/** Runs one step for each item, and joins their facts. */
export const stepEach = <Item>(
  state: ExchangeState,
  items: Iterable<Item>,
  step: (state: ExchangeState, item: Item) => ExchangeStep,
): ExchangeStep => {
  let reached = state;
  const facts: VenueFact[] = [];
  for (const item of items) {
    const [next, more] = step(reached, item);
    reached = next;
    for (const fact of more) facts.push(fact);
  }
  return [reached, facts];
};

/** Null before the first price of the coin. */
export const priceOf = ({ prices }: Pick<ExchangeState, "prices">, of: OfCoin): CoinPrice | null =>
  prices.get(coinOf(of)) ?? null;

/** A window has its strike from its beginning on. */
export const hasBegun = ({ market }: MarketState): boolean => market.strike !== NO_STRIKE;

/** The running window of each series: begun, and not ended. */
export function runningMarkets({ markets }: ExchangeState): readonly MarketState[] {
  return [...markets.values()].filter((known) => known.winner === null && hasBegun(known));
}

/** The first running window, or the last window if all have ended. */
export const currentMarket = (state: ExchangeState): MarketState | undefined =>
  runningMarkets(state)[0] ?? [...state.markets.values()].at(-1);

export const holdingsOf = (market: MarketState, account: AccountId): Holdings =>
  market.holdings.get(account) ?? NO_HOLDINGS;

export const liveOrders = (market: MarketState, account: AccountId): readonly Order[] =>
  ordersBy(market.book, account);

/** The account's legs of trades that are matched and not mined. */
export const unsettledLegs = ({ settling }: MarketState, account: AccountId): readonly TradeLeg[] =>
  unsettledOf(settling, account).legs;

/** The orders of `state` with the settled balances of `past`: a venue whose balances lag. */
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

/** Closed orders of a window that can still be read; older ones are as if never placed. */
export const CLOSED_KEPT = 20_000;

/** Finished trades of a window that their accounts can still read. */
export const TRADES_KEPT = 20_000;
/** Seconds with a trade for which a window keeps the last price: those of a day. */
export const PRINTS_KEPT = 86_400;

/** Adds the closed ones of `orders` whose accounts keep closed orders. */
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
  return latestEntries(withEntries(market.closed, more), CLOSED_KEPT);
}

/** Adds finished trades; for accounts that keep none only the last price of each second is kept. */
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
    finished:
      kept.length === 0 ? market.finished : [...market.finished, ...kept].slice(-TRADES_KEPT),
    prints: latestEntries(withEntries(market.prints, prints), PRINTS_KEPT),
  };
}

/** One print for each trade, in the token the taker traded. */
export const printsOf = ({ matchedAt, legs }: Trade): readonly Print[] =>
  legs.slice(0, 1).map(({ fill: { token, price } }) => ({ matchedAt, token, price }));
