/**
 * A market channel that is open and answers our PINGs may have stopped telling the truth all the
 * same. What is suspected is held against the venue's own book, asked for over HTTP. [protocol 6.6]
 */
import {
  EMPTY,
  type Observable,
  concatMap,
  connect,
  defer,
  distinctUntilChanged,
  filter,
  ignoreElements,
  map,
  merge,
  of,
  share,
  startWith,
  switchMap,
  take,
  tap,
  throttleTime,
  timer,
} from "rxjs";
import type { Link, Market, MarketItem, Token } from "../../../types/index.ts";
import { type Time, broken } from "../../index.ts";
import { type DecodedMarketMessage, tokenOf } from "../decode/index.ts";
import {
  type Check,
  type HiddenFacts,
  type WireBook,
  withHiddenFacts,
  levelsOf,
  withMessage,
  emptyWireBook,
} from "./wireBook.ts";
import type { BookSummaryWire } from "../wire/index.ts";

export interface WatchdogTiming {
  /** Nothing heard of the market for so long is looked into, and again after as long. */
  readonly quietMs: number;
  /** A trade eats levels without a word, and the book after it repairs that: so long it may take. */
  readonly mismatchMs: number;
  /** No two looks begin within it; longer than a look takes, with its answer and what settles it. */
  readonly lookEveryMs: number;
  /** The channel may be so much later than what was read. */
  readonly settleMs: number;
}

/** Of a look: to be on the wire, and to be answered. After that it has told nothing. */
export const BOOK_REQUEST_MS = { leave: 1_000, answer: 2_000 };

/**
 * A channel that is open and silent ends within 10 s and what a look may take: 5 + 1 + 2 + 1. Where
 * no look is answered, within 33 s.
 */
export const WATCHDOG_TIMING: WatchdogTiming = {
  quietMs: 10_000,
  mismatchMs: 1_000,
  lookEveryMs: 5_000,
  settleMs: 1_000,
};

/** So many looks in a row that told nothing, and the channel is no longer believed. */
const UNCLEAR_MAX = 3;

/** What was noticed and ends nothing: for the reader to count. */
export interface WatchdogReport {
  readonly type: "wrong" | "unchecked" | "quiet" | "unclear";
  /** Whose check sum, or why we looked. */
  readonly about: string;
}

export interface WatchdogOptions {
  readonly market: Pick<Market, "id" | "tokenIds" | "endsAt">;
  readonly hidden: HiddenFacts;
  /** Both tokens' books as the venue has them now; null where it did not say. Always ends. */
  readonly look: () => Observable<readonly BookSummaryWire[] | null>;
  /** Reasons of others to think that the channel should have spoken. */
  readonly suspicion$: Observable<string>;
  readonly hear: (sighting: WatchdogReport) => void;
  readonly timing: WatchdogTiming;
}

interface Suspicion {
  /** What the link ends with if it is right. */
  readonly name: "frozen" | "gap";
  readonly why: string;
}

/**
 * Hands the link on as it comes, and ends it with its cause where the venue's own book is one that
 * the channel's was not, since we asked, nor becomes. A book that is merely quiet is the same.
 */
export function withBookWatchdog(
  link$: Observable<Link<DecodedMarketMessage>>,
  options: WatchdogOptions,
  time: Time,
): Observable<Link<MarketItem>> {
  return link$.pipe(
    connect((shared$) =>
      merge(
        // First: whoever trades on an item does not wait for its check sum.
        shared$.pipe(concatMap(itemsOf)),
        suspected(
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

const itemsOf = (link: Link<DecodedMarketMessage>): readonly Link<MarketItem>[] =>
  link.type === "opened" ? [link] : link.item.items.map((item) => ({ ...link, item }));

function suspected(
  message$: Observable<DecodedMarketMessage>,
  { market, hidden, look, suspicion$, hear, timing }: WatchdogOptions,
  { clock, scheduler }: Time,
): Observable<never> {
  const { quietMs, mismatchMs, lookEveryMs, settleMs } = timing;
  return defer(() => {
    let mirror: WireBook = emptyWireBook(hidden);
    let isWrong: Readonly<Record<Token, boolean>> = RIGHT;
    let unclear = 0;
    /** The levels that each token has had since a look began; null while there is none. */
    let levelsSinceRequest: Readonly<Record<Token, Set<string>>> | null = null;

    const keepLevels = (): void => {
      const { YES, NO } = mirror.books;
      if (YES) levelsSinceRequest?.YES.add(levelsOf(YES));
      if (NO) levelsSinceRequest?.NO.add(levelsOf(NO));
    };
    const weigh = ({ token, verdict }: Check): void => {
      if (verdict !== "right") hear({ type: verdict, about: token });
      if (verdict !== "unchecked") isWrong = { ...isWrong, [token]: verdict === "wrong" };
    };
    const follow = ({ wire }: DecodedMarketMessage): void => {
      if (wire === "unread") isWrong = { YES: true, NO: true };
      if (wire === null || wire === "unread") return;
      const next = withMessage(mirror, wire, market);
      ({ mirror } = next);
      for (const check of next.checks) weigh(check);
      if (!isAnyWrong()) unclear = 0;
      keepLevels();
    };
    const isAnyWrong = (): boolean => isWrong.YES || isWrong.NO;
    const isWatched = (): boolean =>
      mirror.books.YES !== null && mirror.books.NO !== null && clock.now().epochMs < market.endsAt;

    const followed$ = message$.pipe(tap(follow), share());

    const silence$ = followed$.pipe(
      switchMap(() => timer(quietMs, quietMs, scheduler)),
      map(() => frozen(`nothing heard of the market for ${quietMs} ms`)),
    );
    const mismatch$ = followed$.pipe(
      map(isAnyWrong),
      distinctUntilChanged(),
      switchMap((isSo) => (isSo ? timer(mismatchMs, lookEveryMs, scheduler) : EMPTY)),
      filter(isAnyWrong),
      map(() => gap(`a check sum wrong, or a message unread, for ${mismatchMs} ms`)),
    );

    const allSeen = (reads: readonly BookSummaryWire[]): boolean =>
      reads.every((read) => {
        const token = tokenOf(market.tokenIds, read.asset_id);
        return token !== null && levelsSinceRequest?.[token].has(levelsOf(read)) === true;
      });
    const looked = ({ name, why }: Suspicion): Observable<never> =>
      defer(() => {
        levelsSinceRequest = { YES: new Set(), NO: new Set() };
        keepLevels();
        const asked = mirror;
        return look().pipe(
          switchMap((reads) => {
            if (reads === null || isOlder(reads, asked, market)) return of("unclear" as const);
            const same$ = followed$.pipe(
              startWith(null),
              filter(() => allSeen(reads)),
              tap(() => {
                mirror = withHiddenFacts(mirror, reads, market);
              }),
              map(() => "quiet" as const),
            );
            const other$ = timer(settleMs, scheduler).pipe(map(() => "other" as const));
            return merge(same$, other$).pipe(take(1));
          }),
          concatMap((verdict) => {
            levelsSinceRequest = null;
            if (verdict === "other") {
              return broken(`${name}: ${why}, and the venue's own book is another`);
            }
            hear({ type: verdict, about: why });
            unclear = verdict === "quiet" ? 0 : unclear + 1;
            if (verdict === "quiet") isWrong = RIGHT;
            return unclear < UNCLEAR_MAX
              ? EMPTY
              : broken(`${name}: ${why}, and three looks at the venue's own book told nothing`);
          }),
        );
      });

    return merge(silence$, mismatch$, suspicion$.pipe(map(frozen))).pipe(
      filter(isWatched),
      throttleTime(lookEveryMs, scheduler, { leading: true, trailing: true }),
      concatMap(looked),
      ignoreElements(),
    );
  });
}

const RIGHT = { YES: false, NO: false };
const frozen = (why: string): Suspicion => ({ name: "frozen", why });
const gap = (why: string): Suspicion => ({ name: "gap", why });

/** A read comes from a replica that may lag: what is older than what we were told is no evidence. */
const isOlder = (
  reads: readonly BookSummaryWire[],
  { books }: WireBook,
  { tokenIds }: Pick<Market, "tokenIds">,
): boolean =>
  reads.some(({ asset_id, timestamp }) => {
    const token = tokenOf(tokenIds, asset_id);
    const book = token && books[token];
    return Number(timestamp) < Number(book ? book.timestamp : 0);
  });
