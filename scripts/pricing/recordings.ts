/** Finds and reads recordings of settlement prices, windows, touches and outcomes, by what is in them. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";

/** A price of the settlement feed, of the second that begins at `at`. */
export interface Tick {
  readonly at: number;
  readonly price: number;
}

/** Times are seconds since the epoch. */
export interface RecordedWindow {
  readonly opensAt: number;
  readonly endsAt: number;
  /** Null where none was recorded. */
  readonly strike: number | null;
  /** 1 for YES (up); null where it is not resolved. */
  readonly result: 0 | 1 | null;
}

/** The best prices of one token, in dollars, after a frame; 0 or 1 for a side without an order. */
export interface RecordedTouch {
  readonly atMs: number;
  readonly bid: number;
  readonly ask: number;
  /** In shares; 0 where no size was recorded. */
  readonly bidSize: number;
  readonly askSize: number;
}

export interface RecordedBook {
  readonly opensAt: number;
  readonly touches: readonly RecordedTouch[];
  /** Whether the token that was recorded paid a dollar; null where the end is missing. */
  readonly result: 0 | 1 | null;
}

/** A window with the move of Binance over it, in dollars. */
export interface RecordedOutcome {
  readonly result: 0 | 1;
  readonly move: number;
}

export interface Recordings {
  readonly ticks: readonly Tick[];
  readonly windows: readonly RecordedWindow[];
  readonly books: readonly RecordedBook[];
  readonly outcomes: readonly RecordedOutcome[];
  readonly sources: readonly Source[];
  /** Files that hold none of these, lines that could not be read, by file, and files that are too many. */
  readonly skipped: readonly string[];
}

/** A file that something was read of. */
export interface Source {
  readonly file: string;
  readonly holds: string;
  readonly count: number;
}

const TEXT_BYTES_MAX = 512 * 1024 * 1024;
const FILES_MAX = 10_000;

/** Every recording under the folders. @throws what reading a folder throws. */
export function recordingsIn(dirs: readonly string[]): Recordings {
  const files = dirs.flatMap((dir) =>
    readdirSync(dir, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(csv|jsonl)(\.gz)?$/.test(name))
      .toSorted()
      .map((name) => join(dir, name)),
  );
  const found = files.slice(0, FILES_MAX).map((file) => ({ file, ...read(file) }));
  const ticks = found.flatMap(({ ticks: those = [] }) => those);
  const winners = new Map(found.flatMap(({ winners: those = [] }) => those));
  return {
    ticks: ticks.toSorted((a, b) => a.at - b.at),
    windows: found.flatMap(({ windows = [] }) => windows).toSorted((a, b) => a.opensAt - b.opensAt),
    books: found
      .flatMap(({ books = [] }) => books)
      .map((book) => ({ ...book, result: winners.get(book.opensAt) ?? null })),
    outcomes: found.flatMap(({ outcomes = [] }) => outcomes),
    sources: found.flatMap((each) => sourcesOf(each)),
    skipped: [
      ...found.flatMap(({ skipped }) => skipped ?? []),
      ...(files.length > FILES_MAX
        ? [`${files.length - FILES_MAX} files beyond ${FILES_MAX}`]
        : []),
    ],
  };
}

function sourcesOf({ file, ticks, windows, books, winners, outcomes }: Found & { file: string }) {
  const touches = books?.flatMap((book) => book.touches);
  return [
    { file, holds: "prices of the settlement feed", count: ticks?.length ?? 0 },
    { file, holds: "windows", count: windows?.length ?? 0 },
    { file, holds: `touches of ${books?.length} windows`, count: touches?.length ?? 0 },
    { file, holds: "winners of windows", count: winners?.length ?? 0 },
    { file, holds: "outcomes beside Binance's move", count: outcomes?.length ?? 0 },
  ].filter(({ count }) => count > 0);
}

interface Found {
  readonly ticks?: readonly Tick[];
  readonly windows?: readonly RecordedWindow[];
  readonly books?: readonly RecordedBook[];
  readonly winners?: readonly (readonly [number, 0 | 1])[];
  readonly outcomes?: readonly RecordedOutcome[];
  readonly skipped?: readonly string[];
}

function read(file: string): Found {
  const bytes = readFileSync(file);
  const text = file.endsWith(".gz")
    ? gunzipSync(bytes, { maxOutputLength: TEXT_BYTES_MAX }).toString("utf8")
    : bytes.toString("utf8");
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .filter((line) => line !== "");
  const [first = ""] = lines;
  if (first.startsWith("{")) return windowsOf(file, lines);
  const columns = first.split(",");
  const rows = lines.slice(1).map((line) => line.split(","));
  const column = (name: string) => {
    const index = columns.indexOf(name);
    return (row: readonly string[]): string => row[index] ?? "";
  };
  const has = (...names: readonly string[]): boolean => names.every((it) => columns.includes(it));
  if (has("feed_ts_ms", "value")) return ticksOf(file, rows, column);
  if (has("event_ms", "token", "best_bid", "best_ask")) return { books: booksOf(rows, column) };
  if (has("market_start", "winner_inferred")) return { winners: winnersOf(rows, column) };
  if (has("outcome", "btc_open", "btc_close")) return outcomesOf(file, rows, column);
  return { skipped: [`${file}: no recording that is known`] };
}

type Column = (name: string) => (row: readonly string[]) => string;
type Rows = readonly (readonly string[])[];

const skippedOf = (file: string, all: number, kept: number): readonly string[] =>
  all === kept ? [] : [`${file}: ${all - kept} lines that cannot be read`];

function ticksOf(file: string, rows: Rows, column: Column): Found {
  const [atMs, value] = [column("feed_ts_ms"), column("value")];
  const ticks = rows
    .map((row) => ({ at: Math.floor(Number(atMs(row)) / 1_000), price: Number(value(row)) }))
    .filter(({ at, price }) => Number.isFinite(at) && price > 0 && Number.isFinite(price));
  return { ticks, skipped: skippedOf(file, rows.length, ticks.length) };
}

const windowLine = z.object({
  start_sec: z.number(),
  end_sec: z.number(),
  outcome_prices: z.tuple([z.string(), z.string()]).nullish(),
  strike_value: z.string().nullish(),
});

/** Strikes are recorded in units of 10^-18. */
const STRIKE_UNIT = 1e18;

function windowsOf(file: string, lines: readonly string[]): Found {
  const windows = lines.flatMap((line): readonly RecordedWindow[] => {
    const { data } = windowLine.safeParse(parsed(line));
    if (data === undefined) return [];
    const [up] = data.outcome_prices ?? [];
    const strike = Number(data.strike_value ?? NaN) / STRIKE_UNIT;
    return [
      {
        opensAt: data.start_sec,
        endsAt: data.end_sec,
        strike: strike > 0 ? strike : null,
        result: up === "1" ? 1 : up === "0" ? 0 : null,
      },
    ];
  });
  return { windows, skipped: skippedOf(file, lines.length, windows.length) };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** Of the token that was recorded throughout: the other one mirrors it where it was recorded at all. */
function booksOf(rows: Rows, column: Column): readonly RecordedBook[] {
  const [start, event, token] = [column("market_start"), column("event_ms"), column("token")];
  const [bid, ask] = [column("best_bid"), column("best_ask")];
  const [bidSize, askSize] = [column("bid_size"), column("ask_size")];
  const books = new Map<number, RecordedTouch[]>();
  for (const row of rows) {
    if (token(row) !== "A") continue;
    const opensAt = Number(start(row));
    const touches = books.get(opensAt) ?? [];
    books.set(opensAt, touches);
    touches.push({
      atMs: Number(event(row)),
      bid: Number(bid(row)),
      ask: ask(row) === "" ? 1 : Number(ask(row)),
      bidSize: Number(bidSize(row)),
      askSize: Number(askSize(row)),
    });
  }
  return [...books].map(([opensAt, touches]) => ({ opensAt, touches, result: null }));
}

function winnersOf(rows: Rows, column: Column): readonly (readonly [number, 0 | 1])[] {
  const [start, winner] = [column("market_start"), column("winner_inferred")];
  return rows
    .filter((row) => winner(row) === "A" || winner(row) === "B")
    .map((row) => [Number(start(row)), winner(row) === "A" ? 1 : 0] as const);
}

function outcomesOf(file: string, rows: Rows, column: Column): Found {
  const [outcome, open, close] = [column("outcome"), column("btc_open"), column("btc_close")];
  const outcomes = rows
    .filter((row) => ["up", "down"].includes(outcome(row)) && Number(open(row)) > 0)
    .map((row) => ({
      result: outcome(row) === "up" ? (1 as const) : (0 as const),
      move: Number(close(row)) - Number(open(row)),
    }))
    .filter(({ move }) => Number.isFinite(move));
  return { outcomes, skipped: skippedOf(file, rows.length, outcomes.length) };
}
