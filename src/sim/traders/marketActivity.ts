/** What happens at the venue by itself: the reference moves, time passes, the other traders trade. */
import {
  catchError,
  defer,
  delay,
  filter,
  ignoreElements,
  interval,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  repeat,
  type SchedulerLike,
  tap,
  timer,
} from "rxjs";
import { observed, unobserved, type Volatility, VOLATILITY_DEFAULTS } from "../../pricing/index.ts";
import {
  type Clock,
  type Coin,
  coinOf,
  eachCoin,
  type Market,
  type MarketId,
  type OfCoin,
  type OrderTicket,
  type ReferenceItem,
} from "../../types/index.ts";
import {
  type EndCause,
  type ExchangeStore,
  type AccountId,
  type Order,
  type Random,
  type MarketState,
  priceOf,
  runningMarkets,
  venueOrderId,
} from "../exchange/index.ts";
import { TAKER, TRADERS } from "./presets.ts";
import { fairYesBp, type ReferenceView } from "./fair.ts";
import {
  hittingOrder,
  opinion,
  type Opinion,
  type Quoter,
  requote,
  type Taker,
  takerOrder,
  type Traders,
  type TraderOrder,
} from "./traders.ts";

export interface MarketActivityOptions {
  readonly traders: Traders;
  /** The prices of every coin that markets are of. */
  readonly reference$: Observable<ReferenceItem & OfCoin>;
  readonly random: Random;
  /** How far the traders expect the reference to move before they have seen it; then they estimate it. */
  readonly volatilityPerSqrtSecond: number;
  /** Drawn when an order of a client has matched in part: how the venue ends it; null where it does not. */
  readonly partialEnd?: () => EndCause | null;
  /** Whatever else must run while the venue does. */
  readonly background$: Observable<unknown>;
  readonly clock: Clock;
}

export interface MarketActivity {
  readonly activity$: Observable<never>;
  /** A taker fills a part or all of one of these orders. */
  readonly hitOneOf: (orders: readonly Order[]) => void;
}

type Terms = Pick<OrderTicket, "orderType" | "postOnly">;
const QUOTER_TERMS: Terms = { orderType: "GTC", postOnly: true };
const TAKER_TERMS: Terms = { orderType: "FAK", postOnly: false };

/** How often the exchange is told that time has passed. */
const TICK_MS = 50;

export function marketActivity(
  { state, apply, fact$ }: ExchangeStore,
  {
    traders,
    reference$,
    random,
    volatilityPerSqrtSecond,
    partialEnd = () => null,
    background$,
    clock,
  }: MarketActivityOptions,
  scheduler: SchedulerLike,
): MarketActivity {
  const hitRandom = random.fork("hit");
  let salt = 0;

  const place = (
    account: AccountId,
    { market }: MarketState,
    { token, side, price, size }: TraderOrder,
    { orderType, postOnly }: Terms,
  ): void => {
    const createdAt = clock.now().epochMs;
    const ticket = {
      market: market.id,
      tokenId: market.tokenIds[token],
      side,
      price,
      size,
      salt: salt++,
      createdAt,
      expiresAt: null,
      orderType,
      postOnly,
    };
    apply({ type: "place", account, id: venueOrderId(account, ticket), ticket });
  };

  const estimate = { ...VOLATILITY_DEFAULTS, prior: volatilityPerSqrtSecond };
  const volatilities = new Map<Coin, Volatility>();

  /** The reference at this moment; null before the first price. */
  const seen = (of: OfCoin): ReferenceView | null => {
    const price = priceOf(state(), of);
    if (price === null) return null;
    const { reference, seconds } = price;
    const { variancePerSecond } = volatilities.get(coinOf(of)) ?? unobserved(estimate);
    return { price: reference, seconds, at: clock.now().epochMs, variancePerSecond };
  };

  /** The windows that can be traded now: a window is decided only some time after its end. */
  const openMarkets = (): readonly MarketState[] => {
    const now = clock.now().epochMs;
    return runningMarkets(state()).filter(({ market }) => market.endsAt > now);
  };

  const quoterActivity = (quoter: Quoter): Observable<unknown> => {
    const { account, lagMs } = quoter;
    const draws = random.fork(account);
    /** Of the windows that were open at its last requote. */
    let opinions: ReadonlyMap<MarketId, Opinion> = new Map();
    return defer(() => {
      const views = eachCoin((coin) => seen({ coin }));
      const viewOf = (market: Market) => views.get(coinOf(market)) ?? null;
      return timer(draws.integer(lagMs.min, lagMs.max), scheduler).pipe(
        tap(() => {
          const next = new Map<MarketId, Opinion>();
          for (const market of openMarkets()) {
            const { id } = market.market;
            const view = viewOf(market.market);
            const fairBp = view && fairYesBp(market.market, view);
            if (fairBp === null) continue;
            const now = opinion(quoter, opinions.get(id) ?? null, fairBp);
            next.set(id, now);
            const { cancels, places } = requote(market, quoter, now.quotedBp, draws);
            if (cancels.length > 0) apply({ type: "cancel", account, ids: cancels });
            for (const order of places) place(account, market, order, QUOTER_TERMS);
          }
          opinions = next;
        }),
      );
    }).pipe(repeat());
  };

  const takerActivity = (taker: Taker): Observable<unknown> => {
    const { account, checkMs, arrives } = taker;
    const draws = random.fork(account);
    return interval(checkMs, scheduler).pipe(
      tap(() => {
        for (const market of openMarkets()) {
          if (!draws.chance(arrives)) continue;
          const view = seen(market.market);
          const fairBp = view && fairYesBp(market.market, view);
          const order = fairBp === null ? null : takerOrder(market, taker, fairBp, draws);
          if (order) place(account, market, order, TAKER_TERMS);
        }
      }),
    );
  };

  const moved$ = reference$.pipe(
    // If the reference fails, the venue stays at its last price.
    catchError(() => NEVER),
    tap((moved) => {
      const before = volatilities.get(coinOf(moved)) ?? unobserved(estimate);
      const next = observed(before, moved.price, clock.now().epochMs, estimate);
      volatilities.set(coinOf(moved), next);
      apply({ type: "reference", ...moved });
    }),
  );
  const endedPartly$ = fact$.pipe(
    filter((fact) => fact.type === "order.changed"),
    filter(({ cause, order: { status, account } }) => {
      const isPartly = cause === "matched" && status === "live";
      return isPartly && !TRADERS.has(account);
    }),
    mergeMap(({ order: { account, id } }) => {
      const cause = partialEnd();
      return cause === null ? [] : [{ type: "cancel", account, ids: [id], cause } as const];
    }),
    // Not within the step that has matched it.
    delay(0, scheduler),
    tap((command) => apply(command)),
  );
  const ticked$ = interval(TICK_MS, scheduler).pipe(tap(() => apply({ type: "tick" })));
  return {
    activity$: merge(
      moved$,
      ticked$,
      endedPartly$,
      background$,
      ...traders.quoters.map(quoterActivity),
      ...traders.takers.map(takerActivity),
    ).pipe(ignoreElements()),
    hitOneOf: ([first, ...others]) => {
      if (!first) return;
      const order = hitRandom.pick([first, ...others]);
      const market = state().markets.get(order.market);
      if (market) place(TAKER, market, hittingOrder(market, order, hitRandom), TAKER_TERMS);
    },
  };
}
