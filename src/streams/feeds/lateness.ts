/** How far even the quickest messages of each market have fallen behind those of the last minute. */
import type { FeedName } from "../../types/index.ts";

export type ArrivalSource = `${FeedName} feed arrives late`;

/**
 * The least from the venue's time to ours in one slice, by source and market; an unknown constant
 * too much.
 */
export type Arrivals = ReadonlyMap<ArrivalSource, ReadonlyMap<string, number>>;

export interface Lateness {
  readonly source: ArrivalSource;
  readonly ms: number;
}

interface Least {
  readonly slice: number;
  readonly ms: number;
}

/** One market's messages, the oldest slice first. */
interface Channel {
  readonly recent: readonly Least[];
  /** The least of a minute, then the least of what has come after that one, and so on. */
  readonly minima: readonly Least[];
}

/** Costs what the last slices hold, however long the minute. */
export interface Arrived {
  readonly slice: number;
  readonly channels: ReadonlyMap<ArrivalSource, ReadonlyMap<string, Channel>>;
}

/** Slices that are judged together. */
export const WINDOW_SLICES = 4;
/** A venue's clock differs from ours by the least of a minute. */
export const MINUTE_SLICES = 240;

export const NOTHING_ARRIVED: Arrived = { slice: 0, channels: new Map() };
const NO_CHANNEL: Channel = { recent: [], minima: [] };

export function withArrivals(arrived: Arrived, arrivals: Arrivals): Arrived {
  const slice = arrived.slice + 1;
  const channels = new Map<ArrivalSource, ReadonlyMap<string, Channel>>();
  for (const source of new Set([...arrived.channels.keys(), ...arrivals.keys()])) {
    const known = arrived.channels.get(source) ?? new Map<string, Channel>();
    const later = new Map<string, Channel>();
    for (const [market, channel] of known) {
      const kept = withoutOld(channel, slice);
      if (kept.minima.length > 0) later.set(market, kept);
    }
    for (const [market, ms] of arrivals.get(source) ?? []) {
      later.set(market, withLeast(later.get(market) ?? NO_CHANNEL, { slice, ms }));
    }
    channels.set(source, later);
  }
  return { slice, channels };
}

/** Of the last slices, where at least `slicesMin` of them brought something. */
export const recentLateness = (arrived: Arrived, slicesMin: number): readonly Lateness[] =>
  latenesses(arrived, ({ recent }) => (recent.length < slicesMin ? [] : recent));

/** Of the newest slice alone. */
export const newestLateness = (arrived: Arrived): readonly Lateness[] =>
  latenesses(arrived, ({ recent }) => recent.filter(({ slice }) => slice === arrived.slice));

function latenesses(
  { channels }: Arrived,
  judged: (channel: Channel) => readonly Least[],
): readonly Lateness[] {
  return [...channels].flatMap(([source, markets]) =>
    [...markets.values()].flatMap((channel): readonly Lateness[] => {
      const [first, ...others] = judged(channel);
      const [least] = channel.minima;
      if (first === undefined || least === undefined) return [];
      return [{ source, ms: Math.min(first.ms, ...others.map(({ ms }) => ms)) - least.ms }];
    }),
  );
}

/** The same object where nothing is old, as mostly. */
function withoutOld(channel: Channel, now: number): Channel {
  const { recent, minima } = channel;
  const isRecentOld = recent[0] !== undefined && recent[0].slice <= now - WINDOW_SLICES;
  const isLeastOld = minima[0] !== undefined && minima[0].slice <= now - MINUTE_SLICES;
  if (!isRecentOld && !isLeastOld) return channel;
  return {
    recent: isRecentOld ? recent.filter(({ slice }) => slice > now - WINDOW_SLICES) : recent,
    minima: isLeastOld ? minima.filter(({ slice }) => slice > now - MINUTE_SLICES) : minima,
  };
}

/** What was more than the newest can never be the least again. */
const withLeast = ({ recent, minima }: Channel, newest: Least): Channel => ({
  recent: [...recent, newest],
  minima: [...minima.filter(({ ms }) => ms < newest.ms), newest],
});
