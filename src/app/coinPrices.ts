/** The feeds and caches of one coin, which the markets of that coin share. */
import { NEVER, type Observable, map, merge, ignoreElements, share, shareReplay, tap } from "rxjs";
import type { AppOutput } from "../observers/index.ts";
import { spread } from "../operators/index.ts";
import {
  type ReferenceCache,
  type SettlementCache,
  referenceCache,
  settlementCache,
} from "../streams/caches/index.ts";
import { type LoadMeter, feed, feedBackoff, noteItem } from "../streams/feeds/index.ts";
import { volatilityOptions } from "../streams/strategy/index.ts";
import type { Coin, Continuity, Event, FeedName } from "../types/index.ts";
import type { AppConfig } from "./config.ts";
import type { Runtime } from "./runtime.ts";

export interface CoinPrices {
  readonly reference: ReferenceCache;
  /** Whether the reference feed is up; a subscriber gets the latest event first. */
  readonly referenceLink$: Observable<Event>;
  readonly settlement: SettlementCache;
  /** The same of the settlement feed, of interest where a mean settles the market. */
  readonly settlementLink$: Observable<Event>;
  /** Runs both feeds, and is what readers are told of them. */
  readonly output$: Observable<AppOutput>;
}

export function coinPrices(
  coin: Coin,
  { strategy }: Pick<AppConfig, "strategy">,
  { connections, chance, clock, scheduler }: Runtime,
  load: LoadMeter,
): CoinPrices {
  const reference = referenceCache(volatilityOptions(strategy));
  const settlement = settlementCache(() => reference.read().seconds);
  const isHeld$ = reference.snapshot$.pipe(map(({ filter: { held } }) => held !== null));
  const reference$ = feed(
    () => connections.reference(coin, isHeld$),
    { confirmedBy: "item", reconnect: feedBackoff(chance) },
    clock,
    scheduler,
  ).pipe(
    tap((event) => noteItem(load, "reference", coin, event, clock)),
    reference.keep,
    share(),
  );
  const referenceLink$ = reference$.pipe(
    spread((event) => linkEvents("reference", event)),
    shareReplay({ bufferSize: 1, refCount: true }),
  );
  const settlement$ = feed(
    () => connections.settlement?.(coin) ?? NEVER,
    { confirmedBy: "opened", reconnect: feedBackoff(chance) },
    clock,
    scheduler,
  ).pipe(
    tap((event) => noteItem(load, "settlement", coin, event, clock)),
    settlement.keep,
    share(),
  );
  const settlementLink$ = settlement$.pipe(
    spread((event) => linkEvents("settlement", event)),
    shareReplay({ bufferSize: 1, refCount: true }),
  );
  return {
    reference,
    referenceLink$,
    settlement,
    settlementLink$,
    output$: merge(
      referenceLink$.pipe(ignoreElements()),
      settlementLink$.pipe(ignoreElements()),
      settlement$.pipe(map((event): AppOutput => ({ type: "settlement.updated", coin, event }))),
      reference$.pipe(
        map((event): AppOutput => {
          const { price, filter: believing } = reference.read();
          const { held, holds, dropped } = believing;
          const believed = price && price.value;
          return {
            type: "reference.updated",
            coin,
            event,
            believed,
            doubts: { isHeld: held !== null, holds, dropped },
          };
        }),
      ),
    ),
  };
}

/** Items and confirmations reach the executor by the clock tick alone. */
export function linkEvents(feedName: FeedName, event: Continuity<unknown>): readonly Event[] {
  const { session } = event;
  switch (event.type) {
    case "restored":
      return [{ type: "feed.restored", feed: feedName, session }];
    case "lost":
      return [{ type: "feed.lost", feed: feedName, session, cause: event.cause }];
    case "failed":
      return [{ type: "feed.failed", feed: feedName, cause: event.cause, tries: event.tries }];
    case "item":
    case "confirmed":
      return [];
  }
}
