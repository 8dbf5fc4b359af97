/** What the venue does without being asked: the reference moves, time passes, others trade. */
import {
  catchError,
  defer,
  ignoreElements,
  interval,
  merge,
  NEVER,
  type Observable,
  repeat,
  type SchedulerLike,
  tap,
  timer,
} from "rxjs";
import type { Clock, OrderTicket, ReferenceItem, ReferencePrice } from "../../types/index.ts";
import {
  type ExchangeStore,
  type AccountId,
  type Order,
  type Random,
  type MarketState,
  runningMarkets,
  venueOrderId,
} from "../exchange/index.ts";
import { TAKER } from "./presets.ts";
import {
  fairYesBp,
  hit,
  type Quoter,
  requote,
  type Taker,
  takerOrder,
  type Traders,
  type TraderOrder,
} from "./traders.ts";

export interface MarketActivityOptions {
  readonly traders: Traders;
  readonly reference$: Observable<ReferenceItem>;
  readonly random: Random;
  /** How far the traders expect the reference to move. */
  readonly volatilityPerSqrtSecond: number;
  /** What else must run for the venue to live. */
  readonly background$: Observable<unknown>;
  readonly clock: Clock;
}

export interface MarketActivity {
  readonly activity$: Observable<never>;
  /** A taker hits one of these orders, for a part or all of it. */
  readonly hits: (orders: readonly Order[]) => void;
}

type How = Pick<OrderTicket, "orderType" | "postOnly">;
const QUOTING: How = { orderType: "GTC", postOnly: true };
const TAKING: How = { orderType: "FAK", postOnly: false };

/** How finely the venue notices that time has passed. */
const TICK_MS = 50;

export function marketActivity(
  { state, apply }: ExchangeStore,
  {
    traders,
    reference$,
    random,
    volatilityPerSqrtSecond,
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
    wish: TraderOrder,
    how: How,
  ): void => {
    const { token, ...order } = wish;
    const createdAt = clock.now().epochMs;
    const ticket = {
      ...order,
      market: market.id,
      tokenId: market.tokenIds[token],
      salt: salt++,
      createdAt,
      expiresAt: null,
      ...how,
    };
    apply({ type: "place", account, id: venueOrderId(account, ticket), ticket });
  };

  const fairBp = ({ market }: MarketState, price: ReferencePrice): number =>
    fairYesBp(market, { price, now: clock.now().epochMs, volatilityPerSqrtSecond });

  const quoterActivity = (quoter: Quoter): Observable<unknown> => {
    const { account, lagMs } = quoter;
    const draws = random.fork(account);
    return defer(() => {
      const price = state().reference;
      return timer(draws.integer(lagMs.min, lagMs.max), scheduler).pipe(
        tap(() => {
          if (price === null) return;
          for (const market of runningMarkets(state())) {
            const { cancels, places } = requote(market, quoter, fairBp(market, price), draws);
            if (cancels.length > 0) apply({ type: "cancel", account, ids: cancels });
            for (const wish of places) place(account, market, wish, QUOTING);
          }
        }),
      );
    }).pipe(repeat());
  };

  const takerActivity = (taker: Taker): Observable<unknown> => {
    const { account, checkMs, arrives } = taker;
    const draws = random.fork(account);
    return interval(checkMs, scheduler).pipe(
      tap(() => {
        const price = state().reference;
        if (price === null) return;
        for (const market of runningMarkets(state())) {
          if (!draws.chance(arrives)) continue;
          const wish = takerOrder(market, taker, fairBp(market, price), draws);
          if (wish) place(account, market, wish, TAKING);
        }
      }),
    );
  };

  const moved$ = reference$.pipe(
    // A reference that ends leaves the venue at its last price.
    catchError(() => NEVER),
    tap(({ price }) => apply({ type: "reference", price })),
  );
  const ticked$ = interval(TICK_MS, scheduler).pipe(tap(() => apply({ type: "tick" })));
  return {
    activity$: merge(
      moved$,
      ticked$,
      background$,
      ...traders.quoters.map(quoterActivity),
      ...traders.takers.map(takerActivity),
    ).pipe(ignoreElements()),
    hits: ([first, ...others]) => {
      if (!first) return;
      const order = hitRandom.pick([first, ...others]);
      const market = state().markets.get(order.market);
      if (market) place(TAKER, market, hit(market, order, hitRandom), TAKING);
    },
  };
}
