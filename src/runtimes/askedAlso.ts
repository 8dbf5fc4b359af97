/** Each quiet connection of the venue in process, compared with what the venue itself has. */
import {
  type MonoTypeOperatorFunction,
  type Observable,
  connect,
  defer,
  filter,
  map,
  merge,
  NEVER,
  of,
  take,
  takeLast,
  takeUntil,
  takeWhile,
  tap,
  throttleTime,
  timer,
} from "rxjs";
import type { Runtime } from "../app/index.ts";
import type { Simulation } from "../sim/index.ts";
import { bookCache, foldItem, isNear } from "../streams/caches/index.ts";
import {
  type FreshnessTiming,
  type SecondOpinion,
  type SecondSourceTiming,
  withFreshness,
  withSecondSource,
} from "../streams/feeds/index.ts";
import {
  COINS,
  type Connections,
  type Link,
  type Market,
  type MarketItem,
  TOKENS,
  type Token,
} from "../types/index.ts";
import { broken } from "../venue/index.ts";

/** As over sockets: `POLYMARKET_TIMING`, `WATCHDOG_TIMING`. */
const REFERENCE: FreshnessTiming = { quietMs: 1_000, answerMs: 1_000, frozenMs: 8_000 };
const HELD: SecondSourceTiming = { askEveryMs: 1_000, heldMs: 5_000 };
const BOOK: FreshnessTiming = { quietMs: 5_000, answerMs: 1_000, frozenMs: 25_000 };
/** What has changed at the venue may still be on its way here for a moment. */
const LOOKS = { count: 5, everyMs: 100 };

const HEARD_EVERY_MS = 500;

type Time = Pick<Runtime, "scheduler" | "clock">;

export function askedAlso(
  { connections, asked }: Pick<Simulation, "connections" | "asked">,
  time: Time,
): Connections {
  return {
    ...connections,
    reference: (coin = COINS[0], isHeld$ = NEVER) =>
      connections.reference(coin, isHeld$).pipe(
        withFreshness(
          {
            ...REFERENCE,
            ask: ({ price }) => looks(() => asked.reference(coin) === price, time),
            broken,
          },
          time.scheduler,
        ),
        withSecondSource(
          {
            ...HELD,
            isHeld$,
            ask: () => {
              const price = asked.reference(coin);
              return of((newest) => price !== null && isNear(price, newest.price));
            },
            broken,
          },
          time.scheduler,
        ),
      ),
    market: (market) => connections.market(market).pipe(withBooksAsked(market, asked, time)),
  };
}

/** Each token has its own silence; both books are compared, as the watchdog of the sockets does. */
function withBooksAsked(
  { id, endsAt }: Market,
  asked: Simulation["asked"],
  time: Time,
): MonoTypeOperatorFunction<Link<MarketItem>> {
  const { scheduler, clock } = time;
  return (source$) =>
    defer(() => {
      let shown = bookCache().read();
      const isShown = (): boolean =>
        TOKENS.every(
          (token) => JSON.stringify(shown[token]) === JSON.stringify(asked.book(id, token)),
        );
      const confirmed = (
        link$: Observable<Link<MarketItem>>,
        token: Token,
      ): Observable<Link<MarketItem>> =>
        link$.pipe(
          filter(
            // A trade says nothing of the book.
            (link) =>
              link.type === "item" &&
              (link.item.type === "book" || link.item.type === "level") &&
              link.item.token === token,
          ),
          // A timer for each of many items would cost more than the rest of a connection.
          throttleTime(HEARD_EVERY_MS, scheduler, { leading: true, trailing: true }),
          withFreshness({ ...BOOK, ask: () => looks(isShown, time), broken }, scheduler),
          filter(({ type }) => type === "confirmed"),
        );
      return source$.pipe(
        tap((link) => {
          if (link.type !== "item") return;
          shown = foldItem(shown, link.item, clock.now());
        }),
        connect((link$) =>
          merge(
            link$,
            // The venue may forget the book of a market that is over.
            merge(...TOKENS.map((token) => confirmed(link$, token))).pipe(
              takeUntil(timer(Math.max(0, endsAt - clock.now().epochMs), scheduler)),
            ),
          ),
        ),
      );
    });
}

const looks = (isSame: () => boolean, { scheduler }: Time): Observable<SecondOpinion> =>
  timer(0, LOOKS.everyMs, scheduler).pipe(
    take(LOOKS.count),
    map(isSame),
    takeWhile((isAgreed) => !isAgreed, true),
    takeLast(1),
    map((isAgreed) => (isAgreed ? "same" : "different")),
  );
