/** How large what the venues send us may be. */

const KIB = 1024;

// No text holds the loop for more than 250 ms of one core, whatever is in it: 1 MiB, the largest bound
// here, is parsed in 140 ms at the worst (half a million brackets in each other) and decoded in 40
// (both books in full). Twice the size takes four times as long.

/**
 * By channel. A market's first frame has both books: 2 x 9,998 levels of 42 bytes on the finest grid are
 * 820 KiB. A trade on the user channel has 380 bytes for each maker: 670 of them, where some
 * dozens fit into one transaction. A quote of the reference has 250, a price with its snapshot a few
 * thousand: each many times over.
 */
export const FRAME_BYTES_MAX = {
  market: 1024 * KIB,
  user: 256 * KIB,
  reference: 16 * KIB,
  prices: 64 * KIB,
} as const;

/**
 * By path. A page has 100 entries: orders of 540 bytes and 38 for each trade (100 of them: 430 KiB),
 * trades of 800 and 380 for each maker (25 of them: 1,005 KiB). A book is 410 KiB on the finest grid.
 * Fifteen orders are answered with 500 bytes and 110 for each of their trades, a thousand cancels with
 * 140 each. One name finds a few windows of 10 KiB at Gamma, a page of a series 100. A thousand
 * candles are 170 KiB.
 */
const ANSWERS: readonly (readonly [path: RegExp, bytes: number])[] = [
  [/\/data\/orders$/, 512 * KIB],
  [/\/data\/trades$/, 1024 * KIB],
  [/\/orders?$/, 256 * KIB],
  [/\/cancel-all$|\/cancel-market-orders$/, 256 * KIB],
  [/\/book$/, 512 * KIB],
  [/\/books$/, 1024 * KIB],
  [/\/events\/keyset$/, 1024 * KIB],
  [/\/events$|\/markets$/, 256 * KIB],
  [/\/klines$/, 256 * KIB],
];
/** Everything else is below 4 KiB; but what stands before a venue may answer with a page of its own. */
const OTHER_ANSWER = 64 * KIB;

/** `path` with or without its query. */
export function answerBytesMax(path: string): number {
  const [bare = ""] = path.split("?", 1);
  return ANSWERS.find(([pattern]) => pattern.test(bare))?.[1] ?? OTHER_ANSWER;
}

/** Why a text was not read to its end, which would have taken too long. */
export const tooLong = (what: "a frame" | "an answer", bytesMax: number): string =>
  `${what} of more than ${bytesMax} bytes`;
