/** How often the log may say the same: what repeats is counted, and does not bury the rest. */
import type { LogLine } from "./logLine.ts";

/** Lines of one text in a minute; more than an ordinary run has of any. */
export const LINES_MAX = 1_000;
const MINUTE_MS = 60_000;
/** Texts counted one by one, because an alert may name an order; the others share one count. */
const TEXTS_MAX = 100;

/** Hands on what may be written at this moment. */
export function lineBudget(): (line: LogLine, nowMs: number) => readonly LogLine[] {
  let since = -Infinity;
  const counts = new Map<string, number>();
  return (line, nowMs) => {
    if (nowMs - since >= MINUTE_MS) {
      since = nowMs;
      counts.clear();
    }
    const isKnown = counts.has(line.text) || counts.size < TEXTS_MAX;
    const text = isKnown ? line.text : "other lines";
    const count = (counts.get(text) ?? 0) + 1;
    counts.set(text, count);
    if (count <= LINES_MAX) return [line];
    const leftOut: LogLine = {
      level: "warn",
      facts: { line: text },
      text: "more lines of one text are left out for a minute",
    };
    return count === LINES_MAX + 1 ? [leftOut] : [];
  };
}
