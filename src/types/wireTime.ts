/** Every time that an outside source writes is read here, whatever its unit or spelling. */
import { type EpochMs, epochMs } from "./units.ts";

/** Mid-2017 to 2096. */
const EPOCH_MS_MIN = 1_500_000_000_000;
const EPOCH_MS_MAX = 4_000_000_000_000;

/** Digits of milliseconds since 1970 in all those years. */
const MS_DIGITS = 13;

/**
 * Unix seconds, milliseconds, microseconds or nanoseconds, told apart by their digits, or a date with
 * its zone: `2026-11-29 14:10:00.5+00`. Cut to whole milliseconds; null for anything else.
 */
export function parseEpochMs(time: string | number): EpochMs | null {
  const text = String(time);
  const value = unixMs(text) ?? dateMs(text);
  return value !== null && value >= EPOCH_MS_MIN && value <= EPOCH_MS_MAX ? epochMs(value) : null;
}

function unixMs(text: string): number | null {
  const [, whole, fraction = ""] = /^(\d{10}|\d{13}|\d{16}|\d{19})(?:\.(\d*))?$/.exec(text) ?? [];
  return whole === undefined
    ? null
    : Number((whole + fraction).slice(0, MS_DIGITS).padEnd(MS_DIGITS, "0"));
}

const DATE = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?) ?(Z|[+-]\d\d)(?::?(\d\d))?$/;

function dateMs(text: string): number | null {
  const [, day, hour, zone, minutes = "00"] = DATE.exec(text) ?? [];
  if (zone === undefined) return null;
  const iso = `${day}T${hour}${zone === "Z" ? zone : `${zone}:${minutes}`}`;
  const value = Date.parse(iso); // tidy-ok: a pure function of the text, which reads no clock
  return Number.isFinite(value) ? Math.floor(value) : null;
}
