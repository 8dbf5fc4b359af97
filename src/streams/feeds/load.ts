/**
 * Whether the program keeps up: how late timers are, how long frames and events wait for us, and how
 * late frames arrive. What follows from it is the gate's.
 */
import {
  type Observable,
  type SchedulerLike,
  concatMap,
  defer,
  interval,
  map,
  scan,
  share,
} from "rxjs";
import type { Clock, Continuity, FeedName, LoadEvent } from "../../types/index.ts";
import {
  type ArrivalSource,
  type Arrivals,
  type Arrived,
  NOTHING_ARRIVED,
  WINDOW_SLICES,
  newestLateness,
  recentLateness,
  withArrivals,
} from "./lateness.ts";

type WaitSource = "event loop" | "event queue" | `${FeedName} feed`;
export type LoadSource = WaitSource | ArrivalSource;

/** Measurements are summed up this often. */
const SLICE_MS = 250;
const BEHIND_MS = 1_000;
const CAUGHT_UP_MS = 250;
/** One message with an odd time is no proof that a feed is late. */
const LATE_SLICES_MIN = 2;

/** What was measured since the last slice. */
interface Slice {
  /** The longest wait of each source, in milliseconds. */
  readonly waits: ReadonlyMap<WaitSource, number>;
  readonly arrivals: Arrivals;
}

/** One slice, as readers see it. */
export interface Load {
  readonly behind: readonly LoadSource[];
  readonly eventLoopMs: number;
  /** The worst of all feeds, from the venue to the executor; null where nothing came. */
  readonly feedMs: number | null;
}

interface LoadState extends Load {
  /** Those that are judged, the oldest first. */
  readonly recent: readonly Slice[];
  readonly arrived: Arrived;
}

const UNMEASURED: LoadState = {
  recent: [],
  arrived: NOTHING_ARRIVED,
  behind: [],
  eventLoopMs: 0,
  feedMs: null,
};

export interface LoadMeter {
  readonly waited: (source: WaitSource, ms: number) => void;
  /** `sinceSentMs` is our monotonic time less the venue's: only its changes mean something. */
  readonly arrived: (source: ArrivalSource, market: string, sinceSentMs: number) => void;
  /** A slice after the other; subscribers share it. */
  readonly measured$: Observable<Load>;
}

export function loadMeter(scheduler: SchedulerLike): LoadMeter {
  let waits = new Map<WaitSource, number>();
  let arrivals = new Map<ArrivalSource, Map<string, number>>();
  const waited: LoadMeter["waited"] = (source, ms) => {
    if (ms > (waits.get(source) ?? -1)) waits.set(source, ms);
  };
  const taken = (): Slice => {
    const slice = { waits, arrivals };
    waits = new Map();
    arrivals = new Map();
    return slice;
  };
  return {
    waited,
    arrived: (source, market, ms) => {
      let markets = arrivals.get(source);
      if (markets === undefined) arrivals.set(source, (markets = new Map<string, number>()));
      if (ms < (markets.get(market) ?? Infinity)) markets.set(market, ms);
    },
    measured$: defer(() => {
      let dueAt = scheduler.now();
      return interval(SLICE_MS, scheduler).pipe(
        map(() => {
          dueAt += SLICE_MS;
          waited("event loop", Math.max(0, scheduler.now() - dueAt));
          dueAt = scheduler.now();
          return taken();
        }),
      );
    }).pipe(scan(withSlice, UNMEASURED), share()),
  };
}

function withSlice(state: LoadState, slice: Slice): LoadState {
  const recent = [...state.recent, slice].slice(-WINDOW_SLICES);
  const arrived = withArrivals(state.arrived, slice.arrivals);
  const lags = [...waitsOf(recent), ...recentLateness(arrived, LATE_SLICES_MIN)];
  const isBehind = ({ source, ms }: Lag): boolean =>
    state.behind.includes(source) ? ms >= CAUGHT_UP_MS : ms > BEHIND_MS;
  const feedMs = [...waitsOf([slice]), ...newestLateness(arrived)]
    .filter(({ source }) => source !== "event loop")
    .map(({ ms }) => ms);
  return {
    recent,
    arrived,
    behind: [...new Set(lags.filter(isBehind).map(({ source }) => source))].toSorted(),
    eventLoopMs: slice.waits.get("event loop") ?? 0,
    feedMs: feedMs.length === 0 ? null : Math.max(...feedMs),
  };
}

interface Lag {
  readonly source: LoadSource;
  readonly ms: number;
}

const waitsOf = (slices: readonly Slice[]): readonly Lag[] =>
  slices.flatMap(({ waits }) => [...waits].map(([source, ms]) => ({ source, ms })));

/** Emits when another source is behind than before. */
export const loadChanges = (load$: Observable<Load>): Observable<LoadEvent> =>
  load$.pipe(
    map(({ behind }) => behind.join(", ")),
    scan((told, detail) => ({ detail, isNews: detail !== told.detail }), {
      detail: "",
      isNews: false,
    }),
    concatMap(({ detail, isNews }): readonly LoadEvent[] =>
      isNews ? [{ type: "load.changed", isBehind: detail !== "", detail }] : [],
    ),
  );

/** Measures one item of a feed as it is handled. */
export function noteItem(
  meter: Pick<LoadMeter, "waited" | "arrived">,
  feed: FeedName,
  market: string,
  event: Continuity<unknown>,
  clock: Clock,
): void {
  if (event.type !== "item") return;
  const { waits, arrivals } = SOURCES[feed];
  meter.waited(waits, clock.now().monotonicMs - event.at.monotonicMs);
  if (event.sinceSentMs !== undefined) meter.arrived(arrivals, market, event.sinceSentMs);
}

/** Written out, since a text made for each item would be hashed for each item too. */
const SOURCES: Readonly<Record<FeedName, { waits: WaitSource; arrivals: ArrivalSource }>> = {
  market: { waits: "market feed", arrivals: "market feed arrives late" },
  user: { waits: "user feed", arrivals: "user feed arrives late" },
  reference: { waits: "reference feed", arrivals: "reference feed arrives late" },
  settlement: { waits: "settlement feed", arrivals: "settlement feed arrives late" },
};
