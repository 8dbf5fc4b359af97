import {
  EMPTY,
  type Observable,
  concatWith,
  connect,
  defer,
  distinctUntilChanged,
  distinctUntilKeyChanged,
  endWith,
  filter,
  finalize,
  ignoreElements,
  interval,
  map,
  merge,
  of,
  share,
  skip,
  startWith,
  switchMap,
  takeUntil,
  takeWhile,
  tap,
  timer,
} from "rxjs";
import {
  type ExecutorState,
  type Transition,
  executor,
  initialState,
  isOver,
  isPossiblyLive,
  nextDeadline,
  reducer,
  resumed,
  workingOrders,
} from "../executor/index.ts";
import { type GatewayDependencies, gateway } from "../gateway/index.ts";
import { routed, spread } from "../operators/index.ts";
import { AVERAGED_S, type PriceSeconds, meanOfSeconds } from "../pricing/index.ts";
import { type SettlementFeedView, bookCache, cache } from "../streams/caches/index.ts";
import {
  type LoadMeter,
  feed,
  feedBackoff,
  noteItem,
  silenceDetector,
} from "../streams/feeds/index.ts";
import {
  type MarketOffset,
  OFFSET_SAMPLE_MS,
  type SettlementView,
  type View,
  chosenIntents,
  sampledOffset,
} from "../streams/strategy/index.ts";
import {
  type Arrival,
  type Continuity,
  type Event,
  type Market,
  type MarketId,
  type MarketItem,
  type MonotonicMs,
  type UserItem,
  causeOf,
  referencePrice,
} from "../types/index.ts";
import type { AccountBook } from "./accountBook.ts";
import { accountNews } from "./accountDigest.ts";
import { type CoinPrices, linkEvents } from "./coinPrices.ts";
import type { AppConfig } from "./config.ts";
import type { OperatorState } from "./operator.ts";
import type { AppOutput } from "../observers/index.ts";
import type { Runtime } from "./runtime.ts";
import { type StrategySettings, chosenFor } from "./strategies.ts";
import { strategyKnowledge } from "./strategyKnowledge.ts";
import { VERSION } from "./version.ts";

/** What the outputs of the graph bring back into it. */
interface Loop {
  readonly receipts: (market: MarketId) => Observable<Event>;
  /** Every command of the operator, for every market. */
  readonly command$: Observable<Event>;
  /** Every change of the strategy's parameters, for every market. */
  readonly parameters$: Observable<Event>;
  /** What the account allows this market, whenever that changes. */
  readonly limits: (market: MarketId) => Observable<Event>;
}

/** What the market sessions of one coin share. */
type MarketPrices = Omit<CoinPrices, "output$">;

/** What the market sessions of one account share. */
export interface AccountContext {
  readonly loop: Loop;
  readonly operator: () => OperatorState;
  /** What all markets come to together. */
  readonly book: AccountBook;
  /** Which strategy trades what, with the parameters of now. */
  readonly settings: () => StrategySettings;
  /** Those of its coin; what becomes of another coin's does not reach it. */
  readonly pricesOf: (market: Market) => MarketPrices;
  readonly heartbeat$: Observable<Event>;
  /** Whether the account is near its rate limit; a subscriber gets the latest event first, if any. */
  readonly rateLimitWarning$: Observable<Event>;
  /** Where each market measures its lags. */
  readonly load: LoadMeter;
  /** Whether the program is behind; a subscriber gets the latest event first, if any. */
  readonly loadChange$: Observable<Event>;
  /** When each executor opened or last took a tick; the heartbeat beats only while all are recent. */
  readonly tickedAt: Map<MarketId, MonotonicMs>;
  readonly gateway: GatewayDependencies;
}

/** The executor gets a clock tick at its next deadline, and at least this often. */
const TICK_MS = 250;
/** The move is half of one that shifts a fair value by a cent; feeds may lie so far apart. */
const SILENCE = { moveBp: 5, withinMs: 2_000 };

/** One market: its feeds, caches, strategy, executor and gateway, until nothing of it can change any more. */
export function marketSession(
  market: Market,
  account: AccountContext,
  config: AppConfig,
  runtime: Runtime,
): Observable<AppOutput> {
  return defer(() => {
    const { clock, scheduler, macrotask, chance, venue, connections } = runtime;
    const prices = account.pricesOf(market);
    const book = bookCache();
    const offset = cache<View, MarketOffset | null>(sampledOffset, null);
    const chosen = () => chosenFor(account.settings(), market);
    const opened = initialState(
      market,
      clock.now(),
      account.operator(),
      account.book.opened(market, config.executor.budget),
    );
    const isByMean = market.settledBy === "twap60";
    const history = runtime.history(market);
    const isUnread = history === "unread";
    const initial =
      isUnread || history === null ? opened : resumed(opened, history, config.executor);
    // What wedges at its very first event, or has taken over orders, counts from its opening on.
    account.tickedAt.set(market.id, opened.now.monotonicMs);
    const noteLive = (next: ExecutorState): void => {
      const live = workingOrders(next).filter(isPossiblyLive).length;
      account.gateway.permits.reserve.note(market.id, live);
    };
    noteLive(initial);
    const knowledge = strategyKnowledge(initial, () => book.read().view);
    const state = cache<Transition, ExecutorState>((_, transition) => transition.state, initial);
    const deadline = cache<Transition, MonotonicMs | null>(
      (_, transition) => nextDeadline(transition.state, config.executor),
      null,
    );
    const journal = runtime.journal(
      {
        version: VERSION,
        market,
        config: { executor: config.executor, strategy: chosen().parameters },
        nonce: runtime.nonce,
        state: initial,
        step: initial.step,
      },
      state.read,
    );

    const silence$ = silenceDetector(
      {
        // A confirmation is no change.
        bookChanged$: book.snapshot$.pipe(distinctUntilKeyChanged("view")),
        price$: prices.reference.snapshot$.pipe(map(({ price }) => price && price.value)),
        trade$: state.snapshot$.pipe(distinctUntilKeyChanged("tradeCount"), skip(1)),
      },
      SILENCE,
      scheduler,
    );
    const marketFeed$ = feed(
      () => connections.market(market, silence$),
      { confirmedBy: "item", reconnect: feedBackoff(chance) },
      clock,
      scheduler,
    ).pipe(
      tap((event) => noteItem(account.load, "market", market.id, event, clock)),
      knowledge.keepMarket,
      book.keep,
    );
    const userFeed$ = feed(
      () => connections.user(market),
      { confirmedBy: "opened", reconnect: feedBackoff(chance) },
      clock,
      scheduler,
    ).pipe(tap((event) => noteItem(account.load, "user", market.id, event, clock)));
    const view = (): View => {
      const now = clock.now();
      const { price, volatility, seconds, filter: priceFilter } = prices.reference.read();
      const { view: bookNow, seenAt } = book.read();
      const known = state.read();
      const { inventory, inventoryStep } = known;
      return {
        now,
        market,
        book: bookNow,
        bookSeenAt: seenAt.YES,
        reference: {
          price,
          variancePerSecond: volatility.variancePerSecond,
          isHeld: priceFilter.held !== null,
        },
        settlement: isByMean ? settlementView(prices.settlement.read(), seconds, market) : null,
        marketOffset: offset.read(),
        inventory,
        inventoryStep,
        ...knowledge.read(known, now.monotonicMs),
      };
    };
    const offset$ = interval(OFFSET_SAMPLE_MS, scheduler).pipe(
      map(view),
      offset.keep,
      ignoreElements(),
    );
    const settlement$ = isByMean ? prices.settlement.snapshot$ : EMPTY;
    const inventory$ = state.snapshot$.pipe(distinctUntilKeyChanged("inventory"));
    const bookChange$ = book.snapshot$.pipe(
      distinctUntilChanged((before, { view: after }) => before.view?.value === after?.value),
    );
    const intent$ = chosenIntents(
      account.loop.parameters$.pipe(startWith(null), map(chosen), distinctUntilChanged()),
      {
        trigger$: merge(bookChange$, prices.reference.snapshot$, settlement$, inventory$),
        reference$: merge(prices.reference.snapshot$, settlement$),
        view,
        fault: knowledge.fault,
      },
      scheduler,
    ).pipe(share());
    const tick$ = merge(
      interval(TICK_MS, scheduler),
      deadline.snapshot$.pipe(
        distinctUntilChanged(),
        switchMap((at) =>
          at === null ? EMPTY : timer(Math.max(0, Math.ceil(at - scheduler.now())), scheduler),
        ),
      ),
    ).pipe(
      map((): Event => {
        const { seenAt: reference } = prices.reference.read();
        const { seenAt: settlement } = prices.settlement.read();
        const seen = { reference, settlement, ...book.read().seenAt };
        return { type: "clock.ticked", seen };
      }),
    );

    const event$ = merge(
      account.loop.receipts(market.id),
      account.loop.limits(market.id),
      account.loop.command$,
      account.loop.parameters$,
      marketFeed$.pipe(spread(marketEvents), distinctUntilChanged(isSaidAgain)),
      userFeed$.pipe(spread(userEvents)),
      prices.referenceLink$,
      isByMean ? prices.settlementLink$ : EMPTY,
      account.heartbeat$,
      account.rateLimitWarning$,
      account.loadChange$,
      tick$,
      offset$,
      intent$.pipe(map((intent): Event => ({ type: "intent.published", intent }))),
    );
    const newsOf = accountNews(initial);
    const accountOutputs = (transition: Transition): readonly AppOutput[] => {
      const { digest, reading } = newsOf(transition, view);
      return [
        ...(digest === null ? [] : account.book.heard(market.id, digest)),
        ...(reading === null ? [] : account.book.cashRead(reading.cash, reading.beganAt)),
      ];
    };
    const reduce = reducer(config.executor, { nonce: runtime.nonce, orderId: venue.orderId });
    const step$ = event$.pipe(
      map((event): Arrival => ({ at: clock.now(), event })),
      executor(initial, reduce, journal, macrotask),
      state.keep,
      deadline.keep,
      knowledge.keepSteps,
    );
    return step$.pipe(
      tap(({ input, state: next }) => {
        account.load.waited("event queue", clock.now().monotonicMs - input.at.monotonicMs);
        if (input.event.type === "clock.ticked") {
          account.tickedAt.set(market.id, input.at.monotonicMs);
        }
        noteLive(next);
      }),
      takeWhile((transition) => !isOver(transition.state, account.operator().isShuttingDown), true),
      connect((transition$) =>
        merge(
          // First, so that an effect leaves before anyone reads of it.
          transition$.pipe(
            spread(({ effects }) => effects),
            gateway(account.gateway, scheduler),
            map((receipt): AppOutput => ({ type: "receipt.received", market: market.id, receipt })),
            takeUntil(ended(transition$)),
          ),
          transition$.pipe(
            map((transition): AppOutput => ({
              type: "transition.made",
              market: market.id,
              transition,
            })),
          ),
          intent$.pipe(
            map((intent): AppOutput => ({ type: "intent.published", market: market.id, intent })),
            takeUntil(ended(transition$)),
          ),
          transition$.pipe(spread(accountOutputs)),
          isUnread ? of<AppOutput>({ type: "history.unread", market: market.id }) : EMPTY,
        ),
      ),
      concatWith(
        defer((): readonly AppOutput[] => [
          ...account.book.left(market.id),
          { type: "market.left", market: market.id },
        ]),
      ),
      finalize(() => {
        account.tickedAt.delete(market.id);
        account.gateway.fence.end(market.id);
        account.gateway.permits.reserve.forget(market.id);
        try {
          journal.close();
        } catch (cause) {
          // A throw here would replace the error that trips the kill switch. The journal's tail may be lost.
          runtime.log.error({ cause: causeOf(cause) }, "journal could not be closed");
        }
      }),
    );
  });
}

/** What drops out of the mean by the end is looked up inside the last minute alone. */
function settlementView(
  { mean, basis }: SettlementFeedView,
  seconds: PriceSeconds | null,
  { endsAt }: Market,
): SettlementView {
  if (mean === null) return { mean, basis, leaving: null };
  const from = mean.value.at / 1_000 - AVERAGED_S;
  const leaving = meanOfSeconds(seconds, from, endsAt / 1_000 - AVERAGED_S);
  return { mean, basis, leaving: leaving === null ? null : referencePrice(Math.round(leaving)) };
}

const ended = (stream$: Observable<unknown>): Observable<unknown> =>
  stream$.pipe(ignoreElements(), endWith(null));

/** One subscription for all markets: a receipt visits its own alone. */
export function loopOf(output$: Observable<AppOutput>): Loop {
  const received$ = output$.pipe(filter((output) => output.type === "receipt.received"));
  const receipts = routed(received$, ({ market }) => market);
  const limited$ = output$.pipe(filter((output) => output.type === "account.limitsChanged"));
  const limits = routed(limited$, ({ market }) => market);
  return {
    limits: (market) =>
      limits(market).pipe(
        map(({ limits: changed }): Event => ({ type: "account.limitsChanged", limits: changed })),
      ),
    receipts: (market) => receipts(market).pipe(map(({ receipt }) => receipt)),
    command$: output$.pipe(
      filter((output) => output.type === "operator.commanded"),
      map(({ command, reason, accountEpoch }): Event => ({
        type: "operator.commanded",
        command,
        reason,
        accountEpoch,
      })),
      share(),
    ),
    parameters$: output$.pipe(
      filter((output) => output.type === "parameters.changed"),
      share(),
    ),
  };
}

function marketEvents(event: Continuity<MarketItem>): readonly Event[] {
  if (event.type !== "item") return linkEvents("market", event);
  const { item } = event;
  switch (item.type) {
    case "book":
    case "level":
    case "traded":
      return []; // of the strategy alone
    case "rulesChanged":
      return [{ type: "market.rulesChanged", rules: item.rules }];
    case "resolved":
      return [{ type: "market.resolved", winner: item.winner }];
  }
}

/** The winner is known once; a venue may say it without end. */
const isSaidAgain = (before: Event, event: Event): boolean =>
  before.type === "market.resolved" &&
  event.type === "market.resolved" &&
  before.winner === event.winner;

function userEvents(event: Continuity<UserItem>): readonly Event[] {
  if (event.type !== "item") return linkEvents("user", event);
  return event.item.type === "order"
    ? [{ type: "order.reported", report: event.item.report }]
    : [{ type: "trade.reported", report: event.item.report }];
}
