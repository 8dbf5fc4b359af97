import {
  EMPTY,
  type Observable,
  Subject,
  catchError,
  concatMap,
  connect,
  delay,
  endWith,
  filter,
  ignoreElements,
  interval,
  map,
  merge,
  mergeMap,
  observeOn,
  share,
  shareReplay,
  startWith,
  takeUntil,
  tap,
  throwError,
  timer,
  config as rxjsConfig,
} from "rxjs";
import type { ExecutorState, Transition } from "../executor/index.ts";
import { type Receipt, buckets, fence, heartbeat, rateLimitWarning } from "../gateway/index.ts";
import { referenceCache } from "../streams/caches/index.ts";
import { feed } from "../streams/feeds/index.ts";
import type {
  Continuity,
  Effect,
  Event,
  Intent,
  Market,
  MarketId,
  MonotonicMs,
  OperatorCommand,
  ReferenceItem,
} from "../types/index.ts";
import type { AppConfig } from "./config.ts";
import { killSwitch } from "./killSwitch.ts";
import { eventLog, type AppOutput, type Summary, summaryCounter } from "../observers/index.ts";
import { operator } from "./operator.ts";
import type { Runtime } from "./runtime.ts";
import { type AccountContext, linkEvent, reconnect, marketSession } from "./marketSession.ts";

/** A running market maker: streams to look at, and four things to say to it. */
export interface App {
  readonly market$: Observable<Market>;
  readonly reference$: Observable<Continuity<ReferenceItem>>;
  readonly intent$: Observable<Intent>;
  readonly transition$: Observable<Transition>;
  readonly state$: Observable<ExecutorState>;
  readonly effect$: Observable<Effect>;
  readonly receipt$: Observable<Receipt>;
  /** What has been counted so far. */
  readonly summary: () => Summary;
  readonly command: (command: OperatorCommand, reason: string) => void;
  /** Begins, once; resolves when all is over, rejects when the kill switch has tripped. */
  readonly start: () => Promise<Summary>;
  /** Halts every market, verifies that nothing rests, then ends `start`. Bounded. */
  readonly stop: (reason: string) => void;
  /** Names what may rest, for who ends without waiting for `stop`. */
  readonly abandon: () => Summary;
  /** Trips the kill switch. */
  readonly fail: (cause: unknown) => void;
}

/** The streams are hot and silent before `start`; they are copies, so a reader holds nothing up. */
export function app(config: AppConfig, runtime: Runtime): App {
  const { scheduler, macrotask, clock, venue, connections, log } = runtime;
  // The loop is tied here: what the graph says comes back to it, and to whoever looks on.
  const output$ = new Subject<AppOutput>();
  const counted = summaryCounter(() => clock.now().monotonicMs, runtime.mode);
  const narrate = eventLog(log, config.executor);
  const theFence = fence();
  const reference = referenceCache({
    prior: config.strategy.volatilityPrior,
    halfLifeMs: config.strategy.volatilityHalfLifeMs,
  });
  const theOperator = operator(runtime.level.read());
  let ended: Promise<Summary> | null = null;
  let failure: { readonly cause: unknown } | null = null;
  const tickedAt = new Map<MarketId, MonotonicMs>();

  const reference$ = feed(
    connections.reference,
    { confirmedBy: "item", reconnect: reconnect(runtime) },
    clock,
    scheduler,
  ).pipe(reference.keep, share());
  const referenceLink$ = reference$.pipe(
    concatMap((event): readonly Event[] =>
      event.type === "item" ? [] : [linkEvent("reference", event)],
    ),
    shareReplay({ bufferSize: 1, refCount: true }),
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
    output$,
    operator: theOperator.read,
    reference,
    referenceLink$,
    heartbeat$,
    rateLimitWarning$,
    tickedAt,
    gateway: {
      venue,
      fence: theFence,
      permits,
      deadlines: config.deadlines,
      onWaveSent: counted.leaving,
    },
  };

  const shutdown$ = output$.pipe(filter(({ type }) => type === "shutdown"));
  const sessions$ = runtime.market$.pipe(
    takeUntil(shutdown$),
    mergeMap((market) =>
      marketSession(market, account, config, runtime).pipe(
        startWith<AppOutput>({ type: "market", market }),
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
        referenceLink$.pipe(ignoreElements()),
        reference$.pipe(map((event): AppOutput => ({ type: "reference", event }))),
        interval(config.statusEveryMs, scheduler).pipe(
          tap(() => narrate.status(counted.read())),
          ignoreElements(),
        ),
        config.forMs === null
          ? EMPTY
          : timer(config.forMs, scheduler).pipe(
              concatMap(() => theOperator.shutdown("the time is over")),
            ),
        output$.pipe(
          filter((output) => output.type === "failed"),
          mergeMap(({ cause }) => throwError(() => cause)),
        ),
        session$,
      ).pipe(takeUntil(session$.pipe(ignoreElements(), endWith(null)))),
    ),
  );

  const copied = <T>(pick: (output: AppOutput) => readonly T[]): Observable<T> =>
    output$.pipe(concatMap(pick), observeOn(macrotask));

  return {
    market$: copied((output) => (output.type === "market" ? [output.market] : [])),
    reference$: copied((output) => (output.type === "reference" ? [output.event] : [])),
    intent$: copied((output) => (output.type === "intent" ? [output.intent] : [])),
    transition$: copied((output) => (output.type === "transition" ? [output.transition] : [])),
    state$: copied((output) => (output.type === "transition" ? [output.transition.state] : [])),
    effect$: copied((output) => (output.type === "transition" ? output.transition.effects : [])),
    receipt$: copied((output) => (output.type === "receipt" ? [output.receipt] : [])),
    summary: counted.read,
    command: (command, reason) => {
      for (const output of theOperator.command(command, reason)) output$.next(output);
      if (command !== "resync") recordLevel();
    },
    stop: (reason) => {
      for (const output of theOperator.shutdown(reason)) output$.next(output);
    },
    abandon: () => {
      narrate.ended();
      return counted.read();
    },
    fail: (cause) => {
      failure ??= { cause };
      output$.next({ type: "failed", cause });
    },
    start: () => (ended ??= run()),
  };

  function recordLevel(): void {
    const { level, reason, isShuttingDown } = theOperator.read();
    // The halt of a shutdown ends with the run.
    if (isShuttingDown) return;
    try {
      runtime.level.write({ level, reason });
    } catch (cause) {
      log.error({ cause: String(cause), level }, "the operator's level will not outlive this run");
    }
  }

  function run(): Promise<Summary> {
    counted.begin();
    const { level, reason } = theOperator.read();
    if (level !== "normal") log.warn({ reason }, `operator level: ${level}, until told otherwise`);
    // rxjs throws what a reader's callback throws where nobody can catch it, unless it is asked not
    // to; a host that has asked already keeps its own way.
    rxjsConfig.onUnhandledError ??= (cause) => {
      log.error({ cause: String(cause) }, "a reader of a public stream threw");
    };
    return new Promise((resolve, reject) => {
      // After the last copy: whoever awaits the end has then seen everything.
      const settle = (end: () => void): void => {
        narrate.ended();
        output$.complete();
        macrotask.schedule(end);
      };
      begun(failure, theOperator.read().isShuttingDown)
        .pipe(
          tap(counted.hear),
          tap(narrate.hear),
          catchError((cause: unknown) => {
            counted.lawBroken();
            const { placeDeadlineMs, lateBookingMs } = config.executor;
            return killSwitch(
              cause,
              { venue, fence: theFence, log, placeDeadlineMs, lateBookingMs },
              scheduler,
            );
          }),
        )
        .subscribe({
          next: (output) => output$.next(output),
          error: (cause: unknown) => settle(() => reject(cause)),
          complete: () => settle(() => resolve(counted.read())),
        });
    });
  }

  /** What it was told before it began, it was told: to stop is nothing to do, to fail is the end. */
  function begun(
    failed: { readonly cause: unknown } | null,
    isShuttingDown: boolean,
  ): Observable<AppOutput> {
    if (failed !== null) return throwError(() => failed.cause);
    return isShuttingDown ? EMPTY : run$;
  }
}

/** An executor that has not taken a tick for this long is not alive. */
const ALIVE_MS = 2_000;
