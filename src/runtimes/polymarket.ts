/** Trading over sockets as a runtime: a venue's addresses in, everything `app` needs out. */
import { type Observable, ignoreElements, map, merge, shareReplay, tap, throwError } from "rxjs";
import { rotating } from "../operators/index.ts";
import {
  ConfigError,
  type Connections,
  type Log,
  type Lost,
  type NotSent,
  type RunMode,
} from "../types/index.ts";
import { STREAM_TIMING, referenceStream } from "../venue/binance/index.ts";
import {
  CHANNEL_TIMING,
  type Credentials,
  DISCOVERY_TIMING,
  type LoggedIn,
  type Identity,
  type Series,
  type Skewed,
  VENUE_TIMING,
  WATCHDOG_TIMING,
  discovery,
  login,
  decodeWarnings,
  polymarketChannels,
  polymarketVenue,
  skews,
  whileClocksAgree,
  type Addresses,
  areLoopbackAddresses,
} from "../venue/polymarket/index.ts";
import { host } from "./host.ts";
import type { Runtime } from "../app/index.ts";
import { strikes } from "./strikes.ts";
import { systemChance, systemClock, systemScheduler } from "./system.ts";

const TIME = { clock: systemClock, scheduler: systemScheduler };

export interface PolymarketRuntimeOptions {
  readonly mode: RunMode;
  readonly addresses: Addresses;
  readonly series: Series;
  readonly identity: Omit<Identity, "credentials">;
  /** Null where the venue is to say them. */
  readonly credentials: Credentials | null;
  /** Null keeps the journal in memory: enough for hours, not for days. */
  readonly journalDirectory: string | null;
  readonly timing?: typeof POLYMARKET_TIMING;
}

/** How long each kind of answer and silence is borne. */
export const POLYMARKET_TIMING = {
  entryMs: 5_000,
  /** Between two looks at the venue's clock. */
  skewEveryMs: 60_000,
  discovery: DISCOVERY_TIMING,
  venue: VENUE_TIMING,
  channels: CHANNEL_TIMING,
  watch: WATCHDOG_TIMING,
  reference: STREAM_TIMING,
};

/** One runtime; errors with ConfigError if the venue does not take us in, or lives by another clock. */
export function polymarketRuntime(
  options: PolymarketRuntimeOptions,
  log: Log,
): Observable<Runtime> {
  const { mode, addresses, identity, credentials, timing = POLYMARKET_TIMING } = options;
  const { key, signer } = identity;
  // The configuration has seen to it; a program that embeds us may not have.
  if (mode === "sim" && !areLoopbackAddresses(addresses)) {
    return throwError(() => new ConfigError(["a simulation does not leave this machine"]));
  }
  const origin = addresses.rest;
  return login(
    {
      origin,
      key,
      signer,
      credentials,
      isReadOnly: mode === "dryRun",
      answerMs: timing.entryMs,
      skewMaxMs: SKEW_MAX_MS,
    },
    TIME,
  ).pipe(
    map((answer) => {
      const entered = accepted(answer, origin);
      tellSkew(entered.skewMs, log);
      return runtimeOf(options, { ...identity, credentials: entered.credentials }, log);
    }),
  );
}

export const SKEW_NOTABLE_MS = 1_500;
/** How far signatures may be off is not documented; the simulated venue takes half a minute. */
export const SKEW_MAX_MS = 10_000;

function tellSkew(skewMs: number, log: Log): void {
  const tell = Math.abs(skewMs) > SKEW_NOTABLE_MS ? log.warn : log.debug;
  tell({ skewMs: Math.round(skewMs) }, "the venue's clock, ahead of ours");
}

function accepted(answer: LoggedIn | Skewed | Lost | NotSent, origin: string): LoggedIn {
  switch (answer.type) {
    case "loggedIn":
      return answer;
    case "skewed": {
      const seconds = Math.round(Math.abs(answer.skewMs) / 1_000);
      const where = answer.skewMs > 0 ? "ahead of" : "behind";
      throw new ConfigError([
        `the venue's clock is ${seconds} s ${where} this machine's: set the clock`,
      ]);
    }
    case "lost":
      throw new ConfigError([`the venue at ${origin} does not take us in: ${answer.detail}`]);
    case "notSent":
      throw new ConfigError([`the venue at ${origin} does not take us in: it cannot be reached`]);
  }
}

const HOUR_MS = 3_600_000;
/** Binance ends a connection after 24 hours. Not all of us leave it at once. */
const ROTATION = { everyMs: () => (23 + systemChance() / 2) * HOUR_MS, retryMs: 10_000 };

function runtimeOf(
  {
    mode,
    addresses,
    series,
    journalDirectory,
    timing = POLYMARKET_TIMING,
  }: PolymarketRuntimeOptions,
  identity: Identity,
  log: Log,
): Runtime {
  const warnings = decodeWarnings(log);
  const ours = host(journalDirectory, log);
  const { strikeOf, background$: strikes$ } = strikes(
    {
      series,
      addresses,
      credentials: identity.credentials,
      onDecodeWarning: (warning) => warnings.onDecodeWarning("prices", warning),
    },
    ours,
  );
  let lastWaiting = "";
  const { market$, listings } = discovery(
    {
      gamma: addresses.gamma,
      origin: addresses.rest,
      series,
      strikeOf,
      onDecodeWarning: warnings.onDecodeWarning,
      onNotYetTraded: (slug, why) => {
        if (lastWaiting !== `${slug} ${why}`) log.info({ why }, `${slug} is not traded yet`);
        lastWaiting = `${slug} ${why}`;
      },
      timing: timing.discovery,
    },
    TIME,
  );
  const { venue, background$ } = polymarketVenue(
    {
      origin: addresses.rest,
      identity,
      listings,
      onDecodeWarning: warnings.onDecodeWarning,
      timing: timing.venue,
    },
    TIME,
  );
  const skew$ = skews(
    { origin: addresses.rest, answerMs: timing.entryMs, everyMs: timing.skewEveryMs },
    TIME,
  ).pipe(
    tap((skewMs) => tellSkew(skewMs, log)),
    shareReplay({ bufferSize: 1, refCount: true }),
  );
  const channels = polymarketChannels(
    {
      marketUrl: addresses.marketSocket,
      userUrl: addresses.userSocket,
      origin: addresses.rest,
      credentials: identity.credentials,
      wallet: identity.account.maker,
      listings,
      onDecodeWarning: warnings.onDecodeWarning,
      onWatchdogReport: (sighting) => warnings.onWatchdogReport("market", sighting),
      timing: timing.channels,
      watchTiming: timing.watch,
    },
    TIME,
  );
  const connections: Connections = {
    market: channels.market,
    // Whom the venue would soon not believe hears no more of his orders: a stop, while cancels are
    // still taken.
    user: (market) => channels.user(market).pipe(whileClocksAgree(skew$, SKEW_MAX_MS)),
    reference: () =>
      referenceStream(
        {
          origin: addresses.binanceSocket,
          symbol: "btcusdt",
          onDecodeWarning: (warning) => warnings.onDecodeWarning("reference", warning),
          timing: timing.reference,
        },
        TIME,
      ).pipe(rotating({ ...ROTATION, isProof: ({ type }) => type === "item" }, systemScheduler)),
  };
  return {
    ...ours,
    mode,
    venue,
    connections,
    market$,
    background$: merge(background$, skew$.pipe(ignoreElements()), strikes$),
  };
}
