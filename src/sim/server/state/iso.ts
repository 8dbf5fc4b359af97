import type { EpochMs } from "../../../types/index.ts";

/** A moment in UTC, without the milliseconds where there are none. */
export const iso = (at: EpochMs): string => new Date(at).toISOString().replace(".000Z", "Z"); // tidy-ok: writes a moment it is given, asks no clock
