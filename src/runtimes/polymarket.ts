/** A runtime over sockets: the addresses of a Polymarket in, everything `app` needs out. */
import {
  EMPTY,
  type Observable,
  filter,
  ignoreElements,
  map,
  merge,
  share,
  shareReplay,
  tap,
  throwError,
} from "rxjs";
import { rotating } from "../operators/index.ts";
import { isNear } from "../streams/caches/index.ts";
import {
  type FreshnessTiming,
  type SecondOpinion,
  type SecondSourceOptions,
  type SecondSourceTiming,
  withFreshness,
  withSecondSource,
} from "../streams/feeds/index.ts";
import {
  COINS,
  ConfigError,
  type Connections,
  type Log,
  type ReferenceItem,
  type RunMode,
  whyNot,
  SKEW_MAX_MS,
} from "../types/index.ts";
import { STREAM_TIMING, referenceStream, tickerPrice } from "../venue/binance/index.ts";
import { broken } from "../venue/index.ts";
import {
  CHANNEL_TIMING,
  namesOf,
  type Credentials,
  type CredentialsNews,
  DISCOVERY_TIMING,
  type Identity,
  type Series,
  VENUE_TIMING,
  WATCHDOG_TIMING,
  coinsOf,
  discovery,
  credentialsHolder,
  deriveCredentials,
  acceptedLogin,
  login,
  decodeWarnings,
  polymarketChannels,
  polymarketVenue,
  skews,
  whileClocksAgree,
  type Addresses,
  areLoopbackAddresses,
} from "../venue/polymarket/index.ts";
import { dryRun } from "./dryRun.ts";
import { type HostOptions, host } from "./host.ts";
import type { Runtime } from "../app/index.ts";
import { reports } from "./sources.ts";
import { strikes } from "./strikes.ts";
import { systemChance, systemClock, systemScheduler } from "./system.ts";

const TIME = { clock: systemClock, scheduler: systemScheduler };

export interface PolymarketRuntimeOptions extends HostOptions {
  readonly mode: RunMode;
  readonly addresses: Addresses;
  /** Each of them is traded, all on one account. */
  readonly series: readonly Series[];
  readonly identity: Omit<Identity, "credentials">;
  /** Null derives them from the key. */
  readonly credentials: Credentials | null;
  /** Which run of a simulated venue answers, since its orders end with it; null for any other. */
  readonly venueRun?: string | null;
  readonly timing?: typeof POLYMARKET_TIMING;
}

/** How long each kind of answer and silence is waited for, in milliseconds. */
export const POLYMARKET_TIMING = {
  entryMs: 5_000,
  /** Between two readings of the venue's clock. */
  skewEveryMs: 60_000,
  discovery: DISCOVERY_TIMING,
  venue: VENUE_TIMING,
  channels: CHANNEL_TIMING,
  watch: WATCHDOG_TIMING,
  reference: STREAM_TIMING,
  /** The reference ticks many times a second; a quiet one is compared with Binance's REST. */
  freshness: { quietMs: 1_000, answerMs: 1_000, frozenMs: 8_000 } satisfies FreshnessTiming,
  /** What is held is compared with the same REST. */
  held: { askEveryMs: 1_000, heldMs: 5_000 } satisfies SecondSourceTiming,
};

/**
 * Emits one runtime; errors with ConfigError where the login fails, the clocks differ too much, or
 * the journal of an earlier run cannot be read.
 */
export function polymarketRuntime(
  options: PolymarketRuntimeOptions,
  log: Log,
): Observable<Runtime> {
  const { mode, addresses, identity, credentials, timing = POLYMARKET_TIMING } = options;
  const { key, signer } = identity;
  // The command line refuses this too; a program that embeds us may not.
  if (mode === "sim" && !areLoopbackAddresses(addresses)) {
    return throwError(() => new ConfigError(["a simulation takes loopback addresses only"]));
  }
  const origin = addresses.rest;
  const entry = { origin, key, signer, isReadOnly: mode === "dryRun", answerMs: timing.entryMs };
  return login({ ...entry, credentials, skewMaxMs: SKEW_MAX_MS }, TIME).pipe(
    map((answer) => {
      const entered = acceptedLogin(answer, origin);
      logSkew(entered.skewMs, log);
      const { background$, ...holder } = credentialsHolder(
        {
          credentials: entered.credentials,
          derive$: credentials === null ? deriveCredentials(entry, TIME) : null,
          onNews: (news) => logCredentials(news, log),
        },
        TIME,
      );
      const runtime = runtimeOf(options, { ...identity, credentials: holder }, log);
      const whole = { ...runtime, background$: merge(runtime.background$, background$) };
      return mode === "dryRun" ? dryRun(whole) : whole;
    }),
  );
}

function logCredentials(news: CredentialsNews, log: Log): void {
  switch (news.type) {
    case "notAccepted": {
      const { isGiven } = news;
      log.error({ areGiven: isGiven, areDerived: !isGiven }, "API credentials not accepted");
      return;
    }
    case "derived":
      log.warn({}, "API credentials derived again");
      return;
    case "notDerived":
      log.error({ detail: news.detail }, "API credentials could not be derived again");
  }
}

export const SKEW_NOTABLE_MS = 1_500;

function logSkew(skewMs: number, log: Log): void {
  const write = Math.abs(skewMs) > SKEW_NOTABLE_MS ? log.warn : log.debug;
  write({ skewMs: Math.round(skewMs) }, "venue clock ahead of ours");
}

const HOUR_MS = 3_600_000;
/** Binance ends a connection after 24 hours. Random, so that several programs do not leave together. */
const ROTATION = { everyMs: () => (23 + systemChance() / 2) * HOUR_MS, retryMs: 2_000 };

function runtimeOf(options: PolymarketRuntimeOptions, identity: Identity, log: Log): Runtime {
  const { mode, addresses, series, venueRun = null, timing = POLYMARKET_TIMING } = options;
  const warnings = decodeWarnings(log);
  const venueName = [addresses.rest, ...(venueRun === null ? [] : [venueRun])].join(" ");
  const ours = host(options, { venue: venueName, account: identity.account.maker }, log);
  const { strikeOf, settlement } = strikes(
    {
      series,
      addresses,
      credentials: identity.credentials,
      onDecodeWarning: (warning) => warnings.onDecodeWarning("prices", warning),
    },
    ours,
  );
  const { market$, attempt$, listings } = discovery(
    {
      gamma: addresses.gamma,
      origin: addresses.rest,
      series,
      strikeOf,
      onDecodeWarning: warnings.onDecodeWarning,
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
  const measured$ = skews(
    { origin: addresses.rest, answerMs: timing.entryMs, everyMs: timing.skewEveryMs },
    TIME,
  ).pipe(share());
  const skew$ = measured$.pipe(
    filter((skewMs) => typeof skewMs === "number"),
    tap((skewMs) => logSkew(skewMs, log)),
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
      onWatchdogReport: (report) => warnings.onWatchdogReport("market", report),
      timing: timing.channels,
      watchTiming: timing.watch,
    },
    TIME,
  );
  const restPrice = tickerPrice(
    { origin: addresses.binanceRest, answerMs: timing.freshness.answerMs },
    systemScheduler,
  );
  const comparedWithRest = (symbol: string) => {
    const comparison = ({ price }: ReferenceItem): Observable<SecondOpinion> =>
      restPrice(symbol).pipe(
        map((answer): SecondOpinion => {
          if (answer.type === "answered") return answer.value === price ? "same" : "different";
          return { unanswered: whyNot(answer) };
        }),
      );
    const agreement: SecondSourceOptions<ReferenceItem>["ask"] = () =>
      restPrice(symbol).pipe(
        map((answer) =>
          answer.type === "answered"
            ? ({ price }) => isNear(price, answer.value)
            : { unanswered: whyNot(answer) },
        ),
      );
    return { comparison, agreement };
  };
  const reference: Connections["reference"] = (coin = COINS[0], isHeld$ = EMPTY) => {
    const symbol = namesOf(coin).binance;
    const { comparison, agreement } = comparedWithRest(symbol);
    return referenceStream(
      {
        origin: addresses.binanceSocket,
        symbol: symbol.toLowerCase(),
        onDecodeWarning: (warning) => warnings.onDecodeWarning("reference", warning),
        timing: timing.reference,
      },
      TIME,
    ).pipe(
      tap(({ type }) => {
        if (type === "leaving") {
          log.info({ coin }, "reference server is leaving: connecting anew");
        }
      }),
      rotating(
        {
          ...ROTATION,
          isProof: ({ type }) => type === "item",
          isLeaving: ({ type }) => type === "leaving",
        },
        systemScheduler,
      ),
      filter((link) => link.type !== "leaving"),
      withFreshness({ ...timing.freshness, ask: comparison, broken }, systemScheduler),
      withSecondSource({ ...timing.held, isHeld$, ask: agreement, broken }, systemScheduler),
    );
  };
  const connections: Connections = {
    market: channels.market,
    // A clock too far off gets our signatures refused. The user feed is lost before that, so that we
    // stop while the venue still takes our cancels.
    user: (market) => channels.user(market).pipe(whileClocksAgree(skew$, SKEW_MAX_MS)),
    settlement,
    reference,
  };
  return {
    ...ours,
    mode,
    venue,
    connections,
    coins: coinsOf(series),
    market$,
    background$: merge(
      background$,
      skew$.pipe(ignoreElements()),
      ...series.map(({ name }) =>
        attempt$.pipe(
          filter((attempt) => attempt.series === name),
          map(({ why }) => why),
          reports({ source: "discovery", series: name }, systemClock),
        ),
      ),
      measured$.pipe(
        map((skewMs) => (typeof skewMs === "string" ? skewMs : null)),
        reports({ source: "clock" }, systemClock),
      ),
    ),
  };
}
