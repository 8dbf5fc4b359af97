/** Reads the recordings of the venue, as far as they are compared. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { recording } from "../../src/record/index.ts";
import { wire } from "../../src/venue/polymarket/index.ts";
import type { Frame, Level } from "./tally.ts";

const BOOKS = "real/pm-btc5m-book";
const SPORTS = "real/pm-deltas-sports";
const WALLET = "real/pm-wallet-trades";
const WINDOW_MS = 300_000;
/** The busiest window has seven thousand. */
const FRAMES_MAX = 100_000;
const TEXT_BYTES_MAX = 256 * 1024 * 1024;

/** Books of BTC up or down, five minutes, while their windows run. @throws what reading a file throws. */
export function* recordedFrames(dir: string): Generator<Frame> {
  for (const name of filesIn(dir, BOOKS, ".ndjson.gz")) {
    const startMs = Number(/-(\d+)\.ndjson/.exec(name)?.[1]) * 1_000;
    const { values } = recording(name, decodeBook, { valuesMax: FRAMES_MAX });
    for (const { value } of values)
      if (value.atMs >= startMs && value.atMs < startMs + WINDOW_MS) yield value;
  }
}

function decodeBook(text: string): readonly Frame[] {
  const { asset_id: book, timestamp, bids, asks } = wire.bookWire.parse(JSON.parse(text));
  // Both sides end with the best level.
  const levels = (side: typeof bids): readonly Level[] =>
    side
      .map(({ price, size }): Level => [Math.round(Number(price) * 10_000), Number(size)])
      .toReversed();
  return [{ book, atMs: Number(timestamp), bids: levels(bids), asks: levels(asks) }];
}

export interface Sports {
  /** In shares, each trade once. */
  readonly tradeSizes: readonly number[];
  /** For each market, of one of its tokens. */
  readonly changesPerSecond: readonly number[];
}

export function recordedSports(dir: string): Sports {
  const rows = linesOf(filesIn(dir, SPORTS, ".csv.gz"))
    .slice(1)
    .map((line) => line.split(","));
  const [first, last] = [rows[0]?.[0], rows.at(-1)?.[0]];
  const seconds = (Number(last) - Number(first)) / 1_000;
  const changes = new Map<string, number>();
  for (const [, type, asset = ""] of rows)
    if (type === "price_change") changes.set(asset, (changes.get(asset) ?? 0) + 1);
  return {
    tradeSizes: rows
      .filter(([, type]) => type === "last_trade")
      .map(([, , , , , size]) => Number(size)),
    // Every change is recorded for both tokens of its market; each token is counted by itself.
    changesPerSecond: [...changes.values()].map((count) => count / seconds),
  };
}

const walletTrade = z.object({ slug: z.string(), size: z.number() });

/** Trade sizes, in shares, of one wallet in BTC up or down, five minutes, as taker or maker. */
export const recordedWallet = (dir: string): readonly number[] =>
  linesOf(filesIn(dir, WALLET, ".ndjson.gz"))
    .map((line) => walletTrade.parse(JSON.parse(line)))
    .filter(({ slug }) => slug.startsWith("btc-updown-5m"))
    .map(({ size }) => size);

const filesIn = (dir: string, folder: string, ending: string): readonly string[] =>
  readdirSync(join(dir, folder))
    .filter((name) => name.endsWith(ending) && name !== "derived.csv.gz")
    .toSorted()
    .map((name) => join(dir, folder, name));

const linesOf = (files: readonly string[]): readonly string[] =>
  files.flatMap((file) =>
    gunzipSync(readFileSync(file), { maxOutputLength: TEXT_BYTES_MAX })
      .toString("utf8")
      .trimEnd()
      .split("\n"),
  );
