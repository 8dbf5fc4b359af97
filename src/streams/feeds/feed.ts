import {
  type Observable,
  type SchedulerLike,
  concatMap,
  defer,
  filter,
  map,
  of,
  share,
} from "rxjs";
import { type Loss, reconnecting } from "../../operators/index.ts";
import type { Clock, Continuity, Link } from "../../types/index.ts";

export interface FeedOptions {
  /**
   * What proves that the link carries the feed: a subscription that answers with a snapshot is
   * confirmed by its first item, one that may be silent only by having opened.
   */
  readonly confirmedBy: "opened" | "item";
  readonly reconnect: {
    readonly minMs: number;
    readonly maxMs: number;
    readonly jitter: () => number;
  };
}

/**
 * The outside as a hot stream of values. It reconnects inside and never errors or ends: a lost
 * link is a value, and so is its return. Not a decision in it.
 */
export function feed<Item>(
  connect: () => Observable<Link<Item>>,
  { confirmedBy, reconnect }: FeedOptions,
  clock: Clock,
  scheduler: SchedulerLike,
): Observable<Continuity<Item>> {
  return defer(() => {
    let session = 0;
    let isConfirmed = false;
    const confirmed = (): readonly Continuity<Item>[] => {
      if (isConfirmed) return [];
      isConfirmed = true;
      session += 1;
      return [{ type: "restored", session, at: clock.now() }];
    };
    return defer(connect).pipe(
      // What proves nothing must not reset the backoff either.
      filter(({ type }) => confirmedBy === "opened" || type === "item"),
      reconnecting(
        reconnect,
        ({ cause }) => ({ type: "lost" as const, cause: textOf(cause) }),
        scheduler,
      ),
      map((link): readonly Continuity<Item>[] => {
        switch (link.type) {
          case "opened":
            return confirmed();
          case "item":
            return [
              ...confirmed(),
              { type: "item", session, at: link.at ?? clock.now(), item: link.item },
            ];
          case "lost": {
            if (!isConfirmed) return [];
            isConfirmed = false;
            return [{ type: "lost", session, at: clock.now(), cause: link.cause }];
          }
        }
      }),
      concatMap((values) => of(...values)),
    );
  }).pipe(share());
}

/** A link that ends says nothing; one that breaks says why. */
function textOf(cause: Loss["cause"]): string {
  return cause.kind === "completed" ? "the link ended" : String(cause.error);
}
