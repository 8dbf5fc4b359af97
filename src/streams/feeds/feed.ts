import { type Observable, type SchedulerLike, defer, filter, share } from "rxjs";
import { type Loss, reconnecting, spread } from "../../operators/index.ts";
import {
  type Clock,
  type Continuity,
  type Link,
  NO_FAILURES,
  causeOf,
  withFailure,
} from "../../types/index.ts";

export interface FeedOptions {
  /**
   * What proves that the link carries the feed: the first item, where a subscription answers with a
   * snapshot; opening, where the feed may be silent.
   */
  readonly confirmedBy: "opened" | "item";
  readonly reconnect: {
    readonly minMs: number;
    readonly maxMs: number;
    readonly jitter: () => number;
  };
}

/**
 * A row of connections as one hot stream that never errors and never ends: a lost link is a value,
 * and so are its return, and a link that never came to carry the feed.
 */
export function feed<Item>(
  connect: () => Observable<Link<Item>>,
  { confirmedBy, reconnect }: FeedOptions,
  clock: Clock,
  scheduler: SchedulerLike,
): Observable<Continuity<Item>> {
  return defer(() => {
    let session = 0;
    let isProven = false;
    let failures = NO_FAILURES;
    const proven = (): readonly Continuity<Item>[] => {
      if (isProven) return [];
      isProven = true;
      failures = NO_FAILURES;
      session += 1;
      return [{ type: "restored", session, at: clock.now() }];
    };
    return defer(connect).pipe(
      // A value that proves nothing must not reset the backoff either.
      filter(({ type }) =>
        type === "confirmed" ? isProven : confirmedBy === "opened" || type === "item",
      ),
      reconnecting(
        reconnect,
        ({ cause }) => ({ type: "lost" as const, cause: textOf(cause) }),
        scheduler,
      ),
      spread((link): readonly Continuity<Item>[] => {
        switch (link.type) {
          case "opened":
            return proven();
          case "confirmed":
            return [{ type: "confirmed", session, at: clock.now() }];
          case "item":
            return [
              ...proven(),
              {
                type: "item",
                session,
                at: link.at ?? clock.now(),
                item: link.item,
                ...(link.sinceSentMs !== undefined && { sinceSentMs: link.sinceSentMs }),
              },
            ];
          case "lost": {
            const at = clock.now();
            if (isProven) {
              isProven = false;
              return [{ type: "lost", session, at, cause: link.cause }];
            }
            const before = failures.told;
            failures = withFailure(failures, link.cause, at.monotonicMs);
            const { told } = failures;
            return told === null || told === before
              ? []
              : [{ type: "failed", session, at, ...told }];
          }
        }
      }),
    );
  }).pipe(share());
}

/** A link that ends gives no reason; one that breaks gives its error. */
function textOf(cause: Loss["cause"]): string {
  return cause.kind === "completed" ? "the link ended" : causeOf(cause.error);
}
