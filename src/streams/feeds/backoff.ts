import type { FeedOptions } from "./feed.ts";

/** How long every feed of ours waits before it connects again; `jitter` is in [0, 1). */
export const feedBackoff = (jitter: () => number): FeedOptions["reconnect"] => ({
  minMs: 250,
  maxMs: 30_000,
  jitter,
});
