import {
  EMPTY,
  type Observable,
  Subject,
  catchError,
  concatMap,
  connect,
  delay,
  dematerialize,
  endWith,
  filter,
  ignoreElements,
  interval,
  map,
  materialize,
  merge,
  mergeMap,
  observeOn,
  shareReplay,
  startWith,
  takeLast,
  takeUntil,
  tap,
  throwError,
  timer,
  config as rxjsConfig,
} from "rxjs";
import type { CashView } from "../account/index.ts";
import type { ExecutorState, Transition } from "../executor/index.ts";
import {
  type Receipt,
  buckets,
  createFence,
  heartbeat,
  rateLimitWarning,
} from "../gateway/index.ts";
import { spread } from "../operators/index.ts";
import { loadChanges, loadMeter } from "../streams/feeds/index.ts";
import {
  COINS,
  type Continuity,
  type Effect,
  type Intent,
  type Market,
  type MarketId,
  type MonotonicMs,
  type OfCoin,
  type OperatorCommand,
  type PlaceLeg,
  type ReferenceItem,
  assert,
  causeOf,
  coinOf,
} from "../types/index.ts";
import { type AppOutput, type Summary, readersOf } from "../observers/index.ts";
import { type LimitReading, accountBook, rememberedIn } from "./accountBook.ts";
import { accountRecorder } from "./accountRecorder.ts";
import { coinPrices } from "./coinPrices.ts";
import type { AppConfig } from "./config.ts";
import { killSwitch } from "./killSwitch.ts";
import { createOperator } from "./operator.ts";
import { reading } from "./reading.ts";
import type { Runtime } from "./runtime.ts";
import { strategyWarnings } from "./parameterWarnings.ts";
import { type SetAnswer, type SettingsResult, createSettings } from "./strategies.ts";
import { type AccountContext, loopOf, marketSession } from "./marketSession.ts";

/** A running market maker: public streams, and what its host can call. */
export interface App {
  readonly market$: Observable<Market>;
  /** Of every coin that is traded. */
  readonly reference$: Observable<Continuity<ReferenceItem> & OfCoin>;
  readonly intent$: Observable<Intent>;
  readonly transition$: Observable<Transition>;
  readonly state$: Observable<ExecutorState>;
  readonly effect$: Observable<Effect>;
  readonly receipt$: Observable<Receipt>;
  /** What the summary's reader has counted so far. */
  readonly summary: () => Summary;
  readonly command: (command: OperatorCommand, reason: string) => void;
  /**
   * Changes parameters of the strategy, by full names, as in "strategy.halfSpreadBp": all of them or none, at the next
   * evaluation and for later markets, until the run ends.
   */
  readonly set: (
    changes: Readonly<Record<string, unknown>>,
    reason: string,
    who: string,
  ) => SetAnswer;
  /** Takes the last change back. */
  readonly undo: (reason: string, who: string) => SetAnswer;
  /** Clears a limit of the account that was hit, which counts anew from here; null, or why not. */
  readonly clear: (limit: string, reason: string, who: string) => string | null;
  /** How far each limit of the account is from being hit, of whatever it is counted over. */
  readonly limits: () => readonly LimitReading[];
  /** What the account believes to have. */
  readonly cash: () => CashView;
  /**
   * Starts the run; a second call is the same run. Resolves at its end, rejects after the kill
   * switch has tripped; either way every reader and every stream has then had the last output.
   */
  readonly start: () => Promise<Summary>;
  /** Halts every market, verifies that nothing rests, then ends the run; within `shutdownMs`. */
  readonly stop: (reason: string) => void;
  /** Logs at once which orders may rest, for a host that exits without waiting for `stop`. */
  readonly abandon: () => Summary;
  /** Trips the kill switch. */
  readonly fail: (cause: unknown) => void;
}

/** The streams are hot and silent before `start`; they are copies, so a subscriber holds nothing up. */
export function app(config: AppConfig, runtime: Runtime, observe = readersOf): App {
  const { scheduler, macrotask, clock, venue, log } = runtime;
  // The loop is tied here: the graph hears its own outputs, and readers and streams get copies.
  const output$ = new Subject<AppOutput>();
  const readers = observe({
    nowMs: () => clock.now().monotonicMs,
    mode: runtime.mode,
    log,
    executor: config.executor,
  });
  const accountFence = createFence();
  const operator = createOperator(runtime.level.read());
  const settings = createSettings(config.strategies, (each) =>
    strategyWarnings(each, config.executor),
  );
  const book = accountBook(rememberedIn(runtime.account.read()), config.account, clock);
  let ended: Promise<Summary> | null = null;
  let failure: { readonly cause: unknown } | null = null;
  const tickedAt = new Map<MarketId, MonotonicMs>();

  const load = loadMeter(scheduler);
  const loadChange$ = loadChanges(load.measured$).pipe(
    shareReplay({ bufferSize: 1, refCount: true }),
  );
  const prices = new Map(
    (runtime.coins ?? COINS.slice(0, 1)).map((coin) => [
      coin,
      coinPrices(coin, config, runtime, load),
    ]),
  );
  const isAlive = (): boolean =>
    [...tickedAt.values()].every((at) => clock.now().monotonicMs - at <= ALIVE_MS);
  const heartbeat$ = heartbeat(venue, isAlive, config.deadlines.heartbeatMs, scheduler).pipe(
    shareReplay({ bufferSize: 1, refCount: true }),
  );
  const permits = buckets(scheduler);
  const rateLimitWarning$ = rateLimitWarning(permits.orders, scheduler).pipe(
    shareReplay({ bufferSize: 1, refCount: true }),
  );
  const account: AccountContext = {
    loop: loopOf(output$),
    operator: operator.read,
    book,
    settings: settings.read,
    pricesOf: (market) => {
      const found = prices.get(coinOf(market));
      assert(found !== undefined, "K", `no prices of ${coinOf(market)} for ${market.slug}`);
      return found;
    },
    heartbeat$,
    rateLimitWarning$,
    load,
    loadChange$,
    tickedAt,
    gateway: {
      venue,
      fence: accountFence,
      permits,
      deadlines: config.deadlines,
      onWaveSent: waveSent,
    },
  };

  const shutdown$ = output$.pipe(filter(({ type }) => type === "shutdown.begun"));
  const sessions$ = runtime.market$.pipe(
    takeUntil(shutdown$),
    mergeMap((market) =>
      marketSession(market, account, config, runtime).pipe(
        startWith<AppOutput>({ type: "market.opened", market }),
      ),
    ),
    takeUntil(shutdown$.pipe(delay(config.shutdownMs, scheduler))),
  );
  const run$ = sessions$.pipe(
    connect((session$) =>
      merge(
        runtime.background$,
        heartbeat$.pipe(ignoreElements()),
        rateLimitWarning$.pipe(ignoreElements()),
        loadChange$.pipe(ignoreElements()),
        load.measured$.pipe(
          map(({ eventLoopMs, feedMs }): AppOutput => ({
            type: "load.measured",
            eventLoopMs,
            feedMs,
          })),
        ),
        ...[...prices.values()].map((each) => each.output$),
        interval(config.statusEveryMs, scheduler).pipe(
          map((): AppOutput => ({ type: "status.due" })),
        ),
        config.forMs === null
          ? EMPTY
          : timer(config.forMs, scheduler).pipe(
              concatMap(() => operator.shutdown("the time is over")),
            ),
        output$.pipe(
          filter((output) => output.type === "failure.reported"),
          mergeMap(({ cause }) => throwError(() => cause)),
        ),
        session$,
      ).pipe(takeUntil(session$.pipe(ignoreElements(), endWith(null)))),
    ),
  );

  const copied = <T>(pick: (output: AppOutput) => readonly T[]): Observable<T> =>
    output$.pipe(spread(pick), observeOn(macrotask));

  return {
    market$: copied((output) => (output.type === "market.opened" ? [output.market] : [])),
    reference$: copied((output) => {
      if (output.type !== "reference.updated") return [];
      const { coin, event } = output;
      return [{ ...event, ...(coin && { coin }) }];
    }),
    intent$: copied((output) => (output.type === "intent.published" ? [output.intent] : [])),
    transition$: copied((output) => (output.type === "transition.made" ? [output.transition] : [])),
    state$: copied((output) =>
      output.type === "transition.made" ? [output.transition.state] : [],
    ),
    effect$: copied((output) =>
      output.type === "transition.made" ? output.transition.effects : [],
    ),
    receipt$: copied((output) => (output.type === "receipt.received" ? [output.receipt] : [])),
    summary: readers.summary,
    command: (command, reason) => {
      for (const output of operator.command(command, reason)) output$.next(output);
      if (command !== "resync") recordLevel();
    },
    set: (changes, reason, who) => settled(() => settings.set(changes, reason, who)),
    undo: (reason, who) => settled(() => settings.undo(reason, who)),
    clear: (limit, reason, who) => {
      const outputs = book.cleared(limit, reason, who);
      for (const output of outputs) output$.next(output);
      const notices = outputs.flatMap((output) =>
        output.type === "account.noticed" ? [output.notice] : [],
      );
      const refused = notices.find((notice) => notice.type === "limit.notCleared");
      return refused === undefined ? null : `${limit}: ${refused.why}`;
    },
    limits: book.limits,
    cash: book.cash,
    stop: (reason) => {
      for (const output of operator.shutdown(reason)) output$.next(output);
    },
    abandon: () => {
      output$.next({ type: "run.abandoned" });
      return readers.summary();
    },
    fail: (cause) => {
      failure ??= { cause };
      output$.next({ type: "failure.reported", cause });
    },
    start: () => (ended ??= run()),
  };

  function settled(change: () => SettingsResult): SetAnswer {
    if (operator.read().isShuttingDown) return { type: "refused", problems: ["the run is ending"] };
    const { answer, changed } = change();
    if (changed !== null) output$.next({ type: "parameters.changed", ...changed });
    if (answer.type === "set") {
      for (const warning of answer.warnings) log.warn({}, `configuration: ${warning}`);
    }
    return answer;
  }

  function recordLevel(): void {
    const { level, reason, isShuttingDown } = operator.read();
    // A shutdown's halt is for this run only.
    if (isShuttingDown) return;
    try {
      runtime.level.write({ level, reason });
    } catch (cause) {
      log.error(
        { cause: causeOf(cause), level },
        "operator level not recorded: it will not outlive this run",
      );
    }
  }

  /** Called between an order's signature and the socket, so it only hands on. */
  function waveSent([first]: readonly PlaceLeg[]): void {
    if (first === undefined) return;
    const { orderId, ticket } = first;
    const at = clock.now().monotonicMs;
    output$.next({ type: "wave.sent", market: ticket.market, orderId, at });
  }

  function run(): Promise<Summary> {
    const { level, reason } = operator.read();
    if (level !== "normal") log.warn({ level, reason }, "operator level restored");
    // By default rxjs rethrows what a subscriber's callback throws, and the process ends. A host
    // that has set its own way keeps it.
    rxjsConfig.onUnhandledError ??= (cause) => {
      log.error({ cause: causeOf(cause) }, "subscriber of a public stream failed");
    };
    const { placeDeadlineMs, lateBookingMs } = config.executor;
    const graph$ = begun(failure, operator.read().isShuttingDown).pipe(
      startWith<AppOutput>({ type: "run.started", at: clock.now().monotonicMs }),
      catchError((cause: unknown) =>
        killSwitch(
          cause,
          { venue, fence: accountFence, placeDeadlineMs, lateBookingMs },
          scheduler,
        ),
      ),
      tap((output) => output$.next(output)),
      ignoreElements(),
      // The end waits as a value until every reader has read the last output.
      materialize(),
      tap(() => output$.complete()),
    );
    const all = [...readers.all, accountRecorder(book.memory, runtime.account, log)];
    const read$ = merge(...all.map((reader) => reading(reader, output$, log, macrotask)));
    return new Promise((resolve, reject) => {
      // Readers first, or they would miss what the graph says as it starts.
      merge(read$, graph$)
        .pipe(
          takeLast(1),
          dematerialize(),
          // After the last copies of the public streams, too.
          observeOn(macrotask),
          endWith(null),
          // A summary that cannot be made rejects, like every other failure.
          map(() => readers.summary()),
        )
        .subscribe({ next: resolve, error: reject });
    });
  }

  /** A stop before the start leaves nothing to run; a failure before it is its end. */
  function begun(
    failed: { readonly cause: unknown } | null,
    isShuttingDown: boolean,
  ): Observable<AppOutput> {
    if (failed !== null) return throwError(() => failed.cause);
    return isShuttingDown ? EMPTY : run$;
  }
}

/** Milliseconds without a clock tick taken after which an executor counts as dead. */
const ALIVE_MS = 2_000;
