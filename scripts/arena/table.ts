/** Figures as text: a table for each preset, a column for each contestant, and the pairs below it. */
import type { ArenaFigure } from "./arenaFigures.ts";

/** The figures of one preset, as lines. */
export const tableOf = (figures: readonly ArenaFigure[]): readonly string[] => [
  ...aligned(rowsOf(figures)),
  ...aligned(pairRowsOf(figures)),
];

/** A row for each figure, a column for each contestant; first a row with their names. */
export function rowsOf(figures: readonly ArenaFigure[]): readonly (readonly string[])[] {
  const own = figures.filter(({ minus }) => minus === undefined);
  const labels = [...new Set(own.map(({ contestant }) => contestant))];
  const names = [...new Set(own.map(({ figure }) => figure))];
  const rows = names.map((name) => {
    const of = own.filter(({ figure }) => figure === name);
    const cells = labels.map((label) => {
      const found = of.find(({ contestant }) => contestant === label);
      return found === undefined ? "" : valueText(found);
    });
    return [`${name}, ${of[0]?.unit}`, ...cells];
  });
  return [["", ...labels], ...rows];
}

/** A row for each figure of pairs: what, its value, how many pairs. */
export const pairRowsOf = (figures: readonly ArenaFigure[]): readonly (readonly string[])[] =>
  figures
    .filter(({ minus }) => minus !== undefined)
    .map((each) => [
      `${each.contestant} minus ${each.minus}: ${each.figure}, ${each.unit}`,
      valueText(each),
      `${each.n} pairs`,
    ]);

/** Three digits that count, and the interval. */
export function valueText({ value, low, high }: ArenaFigure): string {
  const places = digitsAfterPoint(value, low, high);
  const text = (each: number): string => {
    const shown = each.toFixed(places);
    return Number(shown) === 0 ? (0).toFixed(places) : shown;
  };
  return low === null || high === null
    ? text(value)
    : `${text(value)} (${text(low)} to ${text(high)})`;
}

function digitsAfterPoint(...values: readonly (number | null)[]): number {
  const largest = Math.max(...values.map((value) => Math.abs(value ?? 0)));
  return largest >= 100 ? 0 : largest >= 10 ? 1 : 2;
}

const aligned = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("   "),
  );
};

export interface Progress {
  readonly done: number;
  /** Of `done`: kept from an earlier call. */
  readonly kept: number;
  readonly failed: number;
  readonly all: number;
  readonly elapsedMs: number;
}

/** How far it is, how fast, and how long it will take. */
export function progressText({ done, kept, failed, all, elapsedMs }: Progress): string {
  const played = done - kept;
  const rate = elapsedMs > 0 ? (played * 1_000) / elapsedMs : 0;
  const left =
    rate > 0 ? `, ${rate.toFixed(2)} a second, ${timeText((all - done) / rate)} left` : "";
  const bad = failed > 0 ? `, ${failed} failed` : "";
  return `${done} of ${all} windows${bad}${left}`;
}

const timeText = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;

/** 300000 as "5 min", 15000 as "15 s". */
export const lengthText = (ms: number): string =>
  ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1_000} s`;
