/** How the windows of a recording settle, by their name: a live market is told by its series. */
import { type EpochMs, type SettlementRule, epochMs } from "../types/index.ts";

/** 14 August 2026: up-or-down windows that open from then on settle on the mean of a minute. [protocol 8.4] */
const TWAP60_SINCE = epochMs(1_786_665_600_000);
/** 7 August 2026: for a week from then the mean was that of half a minute: such windows are not priced. */
const TWAP30_SINCE = epochMs(1_786_060_800_000);

/**
 * The rule of a window by its slug: `btc-updown-5m-…`, `-15m-`, `-4h-`, and the hourly
 * `bitcoin-up-or-down-june-8-2026-7pm-et`, of any coin. Null where none is known, so that nobody
 * prices it by a guess.
 */
export function settlementRule(slug: string, opensAt: EpochMs): SettlementRule | null {
  if (/^[a-z]+-up-or-down-.*-\d{1,2}[ap]m-et$/.test(slug)) return "candle";
  if (!/^[a-z]+-updown-(5m|15m|4h)-\d+$/.test(slug)) return null;
  if (opensAt >= TWAP60_SINCE) return "twap60";
  return opensAt >= TWAP30_SINCE ? null : "spot";
}
