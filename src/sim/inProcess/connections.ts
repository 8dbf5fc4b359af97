/** Our connections to the venue: the items of each, their delays, and how a connection is lost. */
import {
  concat,
  defer,
  delay,
  distinctUntilChanged,
  filter,
  from,
  map,
  merge,
  mergeMap,
  Observable,
  of,
  type OperatorFunction,
  type SchedulerLike,
  share,
  switchMap,
  takeUntil,
  tap,
  throwError,
  timer,
} from "rxjs";
import { delayedInOrder, spread } from "../../operators/index.ts";
import {
  type Book,
  COINS,
  coinOf,
  type Connections,
  type FeedName,
  type Link,
  type Market,
  type MarketId,
  type MarketItem,
  microShares,
  priceBp,
  type ReferenceItem,
  referencePrice,
  type SettlementMean,
  TOKENS,
  type Token,
  tradeId,
  type TradeReport,
  type UserItem,
} from "../../types/index.ts";
import {
  type ExchangeState,
  type ExchangeStore,
  type AccountId,
  levels,
  orderReport,
  priceOf,
  type ReferenceSeconds,
  tradeReport,
  twapAt,
  type MarketState,
  type VenueFact,
} from "../exchange/index.ts";
import type { FaultDraws, FeedLoss } from "./faultDraws.ts";
import type { Latencies, Latency } from "./latency.ts";

export interface ConnectionOptions {
  readonly account: AccountId;
  readonly latency: Latencies;
  readonly faults: Pick<
    FaultDraws,
    | "frameDelaysMs"
    | "feedLoss$"
    | "heldMs"
    | "isMuted"
    | "priceFactor"
    | "contradictsTrade"
    | "oddId"
    | "tellsOddTick"
  >;
}

export interface SimulatedConnections {
  readonly connections: Connections;
  /** Ends every connection of a feed, frames on their way included, and keeps it down. */
  readonly loss$: Observable<FeedLoss>;
}

export function simulatedConnections(
  { state, fact$ }: Pick<ExchangeStore, "state" | "fact$">,
  { account, latency, faults }: ConnectionOptions,
  scheduler: SchedulerLike,
): SimulatedConnections {
  const downUntil = new Map<FeedName, number>();
  const loss$ = faults.feedLoss$.pipe(
    tap(({ feed, durationMs }) => downUntil.set(feed, scheduler.now() + durationMs)),
    share(),
  );
  const lost = (feed: FeedName): Observable<FeedLoss> =>
    loss$.pipe(
      filter((loss) => loss.feed === feed),
      mergeMap((loss) =>
        loss.isError ? throwError(() => new Error("the connection was reset")) : of(loss),
      ),
    );

  const connection = <Item>(
    feed: FeedName,
    frameLatency: Latency,
    item$: Observable<Item>,
  ): Observable<Link<Item>> => framedConnection(feed, frameLatency, item$.pipe(map((it) => [it])));

  /** Of items that come in one frame: they are late together. */
  const framedConnection = <Item>(
    feed: FeedName,
    frameLatency: Latency,
    items$: Observable<readonly Item[]>,
  ): Observable<Link<Item>> => {
    const frame$ = items$.pipe(
      map((items) => items.map((item): Link<Item> => ({ type: "item", item }))),
    );
    const opened: readonly Link<Item>[] = [{ type: "opened" }];
    return defer(() => timer(latency.request(), scheduler)).pipe(
      switchMap(() =>
        scheduler.now() < (downUntil.get(feed) ?? 0)
          ? throwError(() => new Error("HTTP 503 on the upgrade: Service Unavailable"))
          : concat(of(opened), frame$).pipe(
              delayedInOrder(() => frameLatency() + faults.heldMs(feed), scheduler),
              spread((links) => links),
            ),
      ),
      takeUntil(lost(feed)),
    );
  };

  const sent = (item: UserItem): Observable<UserItem> =>
    merge(
      ...faults
        .frameDelaysMs()
        .map((laterMs) => (laterMs === 0 ? of(item) : of(item).pipe(delay(laterMs, scheduler)))),
    );

  const marketItems = ({ id }: Market): Observable<readonly MarketItem[]> =>
    defer(() => {
      let traded: readonly MarketItem[] = [];
      const known = state().markets.get(id);
      const books = TOKENS.map((token): MarketItem => {
        return { type: "book", token, book: bookNow(state(), id, token) };
      });
      // A connection opened after the resolution still reports it, because the fact comes only once.
      const end: readonly MarketItem[] =
        known?.isResolved && known.winner ? [{ type: "resolved", winner: known.winner }] : [];
      return concat(
        from([...books, ...end].map((item) => [item])),
        fact$.pipe(
          itemsOf((fact): readonly MarketItem[] | null => {
            const trade = tradedItem(fact, id);
            if (trade !== null) traded = [...traded, trade];
            const item = marketItem(fact, id);
            if (item === null) return null;
            // Every trade changes a level, and comes in the frame of that change, ahead of it.
            const frame = [...traded, item];
            traded = [];
            return frame;
          }),
          spread((frame) => (known && faults.tellsOddTick() ? [frame, [oddTick(known)]] : [frame])),
        ),
      );
    });

  return {
    connections: {
      market: (market) => framedConnection("market", latency.channel, marketItems(market)),
      user: (market) =>
        connection(
          "user",
          latency.channel,
          fact$.pipe(
            itemsOf((fact) => userItem(fact, market, account)),
            spread((item) => [item, ...oddItems(item, faults)]),
            mergeMap(sent),
          ),
        ),
      settlement: (coin = COINS[0]) =>
        connection(
          "settlement",
          latency.channel,
          fact$.pipe(
            filter((fact) => fact.type === "reference.moved" && coinOf(fact) === coin),
            map(() => priceOf(state(), { coin })?.seconds ?? []),
            distinctUntilChanged((before, after) => before.at(-1)?.at === after.at(-1)?.at),
            spread(newestMean),
          ),
        ),
      reference: (coin = COINS[0]) =>
        connection(
          "reference",
          latency.reference,
          fact$.pipe(
            filter((fact) => fact.type === "reference.moved" && coinOf(fact) === coin),
            itemsOf(referenceItem),
            filter(() => !faults.isMuted()),
            map(({ price }) => ({
              price: referencePrice(Math.ceil(price * faults.priceFactor())),
            })),
          ),
        ),
    },
    loss$,
  };
}

const NOTHING = { bids: [], asks: [] };

export function bookNow({ markets }: ExchangeState, market: MarketId, token: Token): Book {
  const known = markets.get(market);
  return known ? levels(known.book, token) : NOTHING;
}

const itemsOf =
  <Item>(toItem: (fact: VenueFact) => Item | null): OperatorFunction<VenueFact, Item> =>
  (source$) =>
    source$.pipe(
      spread((fact) => {
        const item = toItem(fact);
        return item === null ? [] : [item];
      }),
    );

function marketItem(fact: VenueFact, market: Market["id"]): MarketItem | null {
  if (fact.type === "book.changed" && fact.market === market) return fact.item;
  if (fact.type === "market.resolved" && fact.market === market)
    return { type: "resolved", winner: fact.winner };
  return null;
}

/** What everyone is told of a trade, once: how it settles is told to those it is of. */
function tradedItem(fact: VenueFact, market: Market["id"]): MarketItem | null {
  if (fact.type !== "trade.changed" || fact.trade.market !== market) return null;
  const { status, legs } = fact.trade;
  const taker = legs[0]?.fill;
  if (status !== "matched" || taker === undefined) return null;
  const { token, price, size, side } = taker;
  return { type: "traded", token, price, size, side };
}

function userItem(fact: VenueFact, { id }: Market, account: AccountId): UserItem | null {
  if (fact.type === "order.changed" && fact.order.market === id && fact.order.account === account)
    return { type: "order", report: orderReport(fact.order) };
  if (fact.type !== "trade.changed" || fact.trade.market !== id) return null;
  const report = tradeReport(fact.trade, account);
  return report && { type: "trade", report };
}

const newestMean = (seconds: ReferenceSeconds): readonly SettlementMean[] => {
  const last = seconds.at(-1);
  const mean = last ? twapAt(seconds, last.at) : null;
  return last && mean !== null ? [{ at: last.at, mean }] : [];
};

/** What follows a frame of the user channel, as the faults have it. */
function oddItems(
  item: UserItem,
  { contradictsTrade, oddId }: Pick<FaultDraws, "contradictsTrade" | "oddId">,
): readonly UserItem[] {
  if (item.type === "trade") return contradictsTrade() ? [contradiction(item.report)] : [];
  const id = oddId();
  return id === null ? [] : [{ ...item, report: { ...item.report, orderId: id } }];
}

/** Another trade of the same orders, the other way round and far beyond their sizes. */
const contradiction = ({ id, fills, ...report }: TradeReport): UserItem => ({
  type: "trade",
  report: {
    ...report,
    id: tradeId(`${id}-odd`),
    fills: fills.map((fill) => ({
      ...fill,
      side: fill.side === "BUY" ? "SELL" : "BUY",
      size: microShares(fill.size * 25),
    })),
  },
});

const oddTick = ({ market: { rules } }: MarketState): MarketItem => ({
  type: "rulesChanged",
  rules: { ...rules, tick: priceBp(300) },
});

const referenceItem = (fact: VenueFact): ReferenceItem | null =>
  fact.type === "reference.moved" ? { price: fact.price } : null;
