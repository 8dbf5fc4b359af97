/**
 * Watchdog of a market channel: a channel that is open and answers our PINGs may still be silent or
 * have lost a change, so a suspect book is compared with the venue's own, requested over HTTP. When
 * to request is decided here, what follows from the answer in `bookSuspicion.ts`. [protocol 6.6]
 */
import {
  EMPTY,
  type Observable,
  auditTime,
  concatMap,
  concatWith,
  connect,
  defer,
  distinctUntilChanged,
  exhaustMap,
  filter,
  map,
  merge,
  of,
  repeat,
  share,
  startWith,
  switchMap,
  take,
  tap,
  throttleTime,
  timer,
} from "rxjs";
import {
  type EpochMs,
  type Link,
  type Market,
  type MarketItem,
  TOKENS,
  type Token,
  parseEpochMs,
} from "../../../types/index.ts";
import { type Time, broken } from "../../index.ts";
import type { DecodedMarketMessage } from "../decode/index.ts";
import {
  type BookTrust,
  type BooksRead,
  type Suspicion,
  type SuspicionEvent,
  type SuspicionStep,
  type WatchdogReport,
  evolveSuspicion,
  hasBothBooks,
  initialSuspicion,
  isAnswerSeen,
  isAnyWrong,
} from "./bookSuspicion.ts";
import type { RestOnlyFields } from "./wireBook.ts";

export interface WatchdogTiming {
  /** The books are requested whenever either has been silent for so long. */
  readonly quietMs: number;
  /** A trade removes levels without a message; the next `book` message corrects that within this time. */
  readonly mismatchMs: number;
  /** The least time between two requests; longer than a request with its answer and `settleMs`. */
  readonly requestEveryMs: number;
  /** How far the channel may lag behind the book that was read. */
  readonly settleMs: number;
}

/** How long a check sum may wait: a check costs the whole book, and one is as good as many. */
export const CHECK_MS = 100;

/** Deadlines of a book request: to be on the wire, and to be answered. */
export const BOOK_REQUEST_MS = { leave: 1_000, answer: 2_000 };

/**
 * A channel that is open and silent ends within 28 s: 5 s of silence, 5 s until a request may begin,
 * twice 4 s for a request, with 5 s between; the gate pulls the quotes after 20 s. A wrong check sum
 * needs one request: 10 s. Where none is answered clearly it ends within 33 s; where GET /book has ended
 * links for nothing, three in a row, within 160 s.
 */
export const WATCHDOG_TIMING: WatchdogTiming = {
  quietMs: 5_000,
  mismatchMs: 1_000,
  requestEveryMs: 5_000,
  settleMs: 1_000,
};

export interface WatchdogOptions {
  readonly market: Pick<Market, "id" | "tokenIds" | "endsAt">;
  readonly restOnly: RestOnlyFields;
  /** Requests both tokens' books as the venue has them now. Always ends. */
  readonly readBooks: () => Observable<BooksRead>;
  /** Reasons from elsewhere to believe that the channel should have sent something. */
  readonly suspicion$: Observable<string>;
  /** How far the read is believed, kept from one connection of the market to the next. */
  readonly trust: { readonly read: () => BookTrust; readonly keep: (trust: BookTrust) => void };
  readonly onReport: (report: WatchdogReport) => void;
  readonly timing: WatchdogTiming;
  readonly checkMs: number;
}

/**
 * Hands the link on as it comes, and confirms it where the venue's own book is the channel's. Ends it with its cause where the venue's own book matches no book that
 * the channel showed between the request and `settleMs` after its answer.
 */
export function withBookWatchdog(
  link$: Observable<Link<DecodedMarketMessage>>,
  options: WatchdogOptions,
  time: Time,
): Observable<Link<MarketItem>> {
  return link$.pipe(
    connect((shared$) =>
      merge(
        // Items first: trading does not wait for a check sum.
        shared$.pipe(concatMap(itemsOf)),
        watched(
          shared$.pipe(
            filter((link) => link.type === "item"),
            map(({ item }) => item),
          ),
          options,
          time,
        ),
      ),
    ),
  );
}

// Written out: spreads of each link cost more than its decoding.
function itemsOf(link: Link<DecodedMarketMessage>): readonly Link<MarketItem>[] {
  if (link.type !== "item") return [link];
  const { at, item: message } = link;
  if (at === undefined) return message.items.map((item) => ({ type: "item", item }));
  const sentAt = sentAtOf(message);
  if (sentAt === null) return message.items.map((item) => ({ type: "item", item, at }));
  const sinceSentMs = at.monotonicMs - sentAt;
  return message.items.map((item) => ({ type: "item", item, at, sinceSentMs }));
}

/** A change was sent when it happened; a book may tell when it last changed. */
function sentAtOf({ wire }: DecodedMarketMessage): EpochMs | null {
  if (wire === null || wire === "unread" || wire.event_type !== "price_change") return null;
  return parseEpochMs(wire.timestamp);
}

/** Confirms both books; errors with the cause once the channel is found wrong. */
function watched(
  message$: Observable<DecodedMarketMessage>,
  { market, restOnly, readBooks, suspicion$, trust, onReport, timing, checkMs }: WatchdogOptions,
  { clock, scheduler }: Time,
): Observable<Link<MarketItem>> {
  const { quietMs, mismatchMs, requestEveryMs, settleMs } = timing;
  return defer(() => {
    // Messages lead to requests, and answers to how the next message is checked: a circle that no
    // `scan` can close. `evolve` alone writes the state.
    let state = initialSuspicion(restOnly, trust.read());
    const evolve = (event: SuspicionEvent): SuspicionStep => {
      const step = evolveSuspicion(state, event, market);
      ({ state } = step);
      trust.keep(state.trust);
      for (const report of step.reports) onReport(report);
      return step;
    };

    const followed$ = message$.pipe(
      tap(({ wire }) => evolve({ type: "message", wire })),
      share(),
    );

    // What is heard of one token, or of the market, says nothing of the other token's book.
    const silenceOf = (token: Token): Observable<Suspicion> =>
      followed$.pipe(
        filter(({ items }) => items.some((item) => "token" in item && item.token === token)),
        silence(quietMs, { clock, scheduler }),
        map(() => frozen(`nothing heard of the ${token} book for ${quietMs} ms`)),
      );
    // A request is about both tokens, so the second of two silences needs none of its own.
    const silence$ = merge(...TOKENS.map(silenceOf)).pipe(throttleTime(requestEveryMs, scheduler));
    // Off the path of a frame. What needs a verdict before asks `evolve`, which checks first.
    const checked$ = followed$.pipe(
      auditTime(checkMs, scheduler),
      tap(() => evolve({ type: "checkDue" })),
    );
    const mismatch$ = merge(followed$, checked$).pipe(
      map(() => isAnyWrong(state)),
      distinctUntilChanged(),
      switchMap((isWrong) => (isWrong ? timer(mismatchMs, requestEveryMs, scheduler) : EMPTY)),
      filter(() => isAnyWrong(evolve({ type: "checkDue" }).state)),
      map(() => gap(`a check sum wrong, or a message unread, for ${mismatchMs} ms`)),
    );

    const compared = (suspicion: Suspicion): Observable<Link<MarketItem>> =>
      defer(() => {
        evolve({ type: "requested", suspicion });
        return readBooks().pipe(
          switchMap((reads) => {
            const answered = evolve({ type: "answered", reads });
            if (answered.state.request === null) return endOf(answered);
            const seen$ = followed$.pipe(
              startWith(null),
              filter(() => isAnswerSeen(state, market)),
            );
            return merge(seen$, timer(settleMs, scheduler)).pipe(
              take(1),
              concatMap(() => endOf(evolve({ type: "settled" }))),
            );
          }),
        );
      }).pipe(concatWith(defer(() => again(suspicion))));

    /** Asks again for as long as reads contradict the channel, and the channel has shown nothing newer. */
    const again = (suspicion: Suspicion): Observable<Link<MarketItem>> =>
      state.contradiction === null
        ? EMPTY
        : timer(requestEveryMs, scheduler).pipe(
            concatMap(() => (isToAsk() && state.contradiction ? compared(suspicion) : EMPTY)),
          );
    const isToAsk = (): boolean => hasBothBooks(state) && clock.now().epochMs < market.endsAt;

    return merge(silence$, mismatch$, suspicion$.pipe(map(frozen))).pipe(
      filter(isToAsk),
      throttleTime(requestEveryMs, scheduler, { leading: true, trailing: true }),
      filter(() => state.contradiction === null),
      concatMap(compared),
    );
  });
}

/** Emits whenever nothing has come for `quietMs`. One timer runs at a time: values come by the thousand. */
const silence =
  (quietMs: number, { clock, scheduler }: Time) =>
  (value$: Observable<unknown>): Observable<unknown> =>
    defer(() => {
      let since = 0;
      const nowMs = (): number => clock.now().monotonicMs;
      const wait$ = defer(() => timer(Math.ceil(since + quietMs - nowMs()), scheduler));
      return value$.pipe(
        tap(() => {
          since = nowMs();
        }),
        exhaustMap(() =>
          wait$.pipe(
            filter(() => nowMs() - since >= quietMs),
            tap(() => {
              since = nowMs();
            }),
            repeat(),
          ),
        ),
      );
    });

const frozen = (why: string): Suspicion => ({ name: "frozen", why });
const gap = (why: string): Suspicion => ({ name: "gap", why });

const endOf = ({ cause, reports }: SuspicionStep): Observable<Link<MarketItem>> => {
  if (cause !== null) return broken(cause);
  return reports.some(({ type }) => type === "quiet") ? of({ type: "confirmed" }) : EMPTY;
};
