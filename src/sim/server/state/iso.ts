import type { EpochMs } from "../../../types/index.ts";

/** In UTC, without milliseconds where they are 0. */
export const iso = (at: EpochMs): string => new Date(at).toISOString().replace(".000Z", "Z"); // tidy-ok: formats a given time, reads no clock
