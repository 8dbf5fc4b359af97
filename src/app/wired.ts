/** Trading over sockets as a runtime: a venue's addresses in, everything `app` needs out. */
import { type Observable, map } from "rxjs";
import { rotating } from "../operators/index.ts";
import { type Endpoints, venueServer } from "../sim/server/index.ts";
import {
  ConfigError,
  type Connections,
  type Log,
  type Lost,
  type NotSent,
  type ReferenceItem,
  assert,
} from "../types/index.ts";
import { STREAM_TIMING, referenceStream } from "../venue/binance/index.ts";
import {
  CHANNEL_TIMING,
  DISCOVERY_TIMING,
  type Entered,
  type Identity,
  type PrivateKey,
  type Signer,
  type Skewed,
  VENUE_TIMING,
  WATCH_TIMING,
  addressOf,
  discovery,
  entry,
  oddityCounts,
  parsePrivateKey,
  polymarketChannels,
  polymarketVenue,
} from "../venue/polymarket/index.ts";
import { host } from "./host.ts";
import { type Runtime, systemChance, systemClock, systemScheduler } from "./runtime.ts";
import { SIMULATED_CASH, SYNTHETIC_VOLATILITY } from "./simulated.ts";

const TIME = { clock: systemClock, scheduler: systemScheduler };

export interface WiredOptions {
  readonly endpoints: Endpoints;
  /** Of the rolling series that is traded. */
  readonly windowMs: number;
  readonly signer: Signer;
  /** Null keeps the journal in memory: enough for hours, not for days. */
  readonly journalDirectory: string | null;
  readonly timing?: typeof WIRED_TIMING;
}

/** How long each kind of answer and silence is borne. */
export const WIRED_TIMING = {
  entryMs: 5_000,
  discovery: DISCOVERY_TIMING,
  venue: VENUE_TIMING,
  channels: CHANNEL_TIMING,
  watch: WATCH_TIMING,
  reference: STREAM_TIMING,
};

/** Everybody knows it: it opens nothing but an account of a simulated venue. */
export function simulatedKey(): PrivateKey {
  const key = parsePrivateKey("1".padStart(64, "0"));
  assert(key !== null, "F", "the simulated key is no key");
  return key;
}

/** One runtime; errors with ConfigError if the venue does not take us in, or lives by another clock. */
export function wiredRuntime(options: WiredOptions, log: Log): Observable<Runtime> {
  const { endpoints, signer, timing = WIRED_TIMING } = options;
  const key = simulatedKey();
  const { rest: origin } = endpoints;
  return entry(
    { origin, key, signer, answerMs: timing.entryMs, skewMaxMs: SKEW_MAX_MS },
    TIME,
  ).pipe(
    map((answer) => {
      const { credentials, skewMs } = accepted(answer, origin);
      const tell = Math.abs(skewMs) > SKEW_NOTABLE_MS ? log.warn : log.debug;
      tell({ skewMs: Math.round(skewMs) }, "the venue's clock, ahead of ours");
      const owner = addressOf(signer, key);
      const account = { owner, wallet: "key", maker: owner } as const;
      return runtimeOf(options, { account, key, signer, credentials }, log);
    }),
  );
}

const SKEW_NOTABLE_MS = 1_500;
/** Far below the half minute that the venue allows a signature to be off. */
const SKEW_MAX_MS = 10_000;

function accepted(answer: Entered | Skewed | Lost | NotSent, origin: string): Entered {
  switch (answer.type) {
    case "entered":
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
  { endpoints, windowMs, journalDirectory, timing = WIRED_TIMING }: WiredOptions,
  identity: Identity,
  log: Log,
): Runtime {
  const oddities = oddityCounts(log);
  let lastWaiting = "";
  const { market$, listings } = discovery(
    {
      gamma: endpoints.gamma,
      origin: endpoints.rest,
      windowMs,
      hearOddity: oddities.hear,
      hearWaiting: (slug, why) => {
        if (lastWaiting !== `${slug} ${why}`) log.info({ why }, `${slug} is not traded yet`);
        lastWaiting = `${slug} ${why}`;
      },
      timing: timing.discovery,
    },
    TIME,
  );
  const { venue, background$ } = polymarketVenue(
    {
      origin: endpoints.rest,
      identity,
      listings,
      hearOddity: oddities.hear,
      timing: timing.venue,
    },
    TIME,
  );
  const connections: Connections = {
    ...polymarketChannels(
      {
        marketUrl: endpoints.marketSocket,
        userUrl: endpoints.userSocket,
        origin: endpoints.rest,
        credentials: identity.credentials,
        wallet: identity.account.maker,
        listings,
        hearOddity: oddities.hear,
        hearSighting: (sighting) => oddities.see("market", sighting),
        timing: timing.channels,
        watchTiming: timing.watch,
      },
      TIME,
    ),
    reference: () =>
      referenceStream(
        {
          origin: endpoints.binanceSocket,
          symbol: "btcusdt",
          hearOddity: (oddity) => oddities.hear("reference", oddity),
          timing: timing.reference,
        },
        TIME,
      ).pipe(rotating({ ...ROTATION, isProof: ({ type }) => type === "item" }, systemScheduler)),
  };
  return { ...host(journalDirectory, log), venue, connections, market$, background$ };
}

export interface ServedOptions {
  readonly seed: number;
  readonly windowMs: number;
  readonly reference$: Observable<ReferenceItem>;
}

/** The simulated venue on a free port of loopback, for as long as it is subscribed to. */
export function servedVenue(
  { seed, windowMs, reference$ }: ServedOptions,
  signer: Signer,
  log: Log,
): Observable<Endpoints> {
  const options = {
    seed,
    windowMs,
    port: 0,
    host: "127.0.0.1",
    isPublic: false,
    generation: "v1",
    cash: SIMULATED_CASH,
    volatilityPerSqrtSecond: SYNTHETIC_VOLATILITY,
  } as const;
  return venueServer(options, { ...TIME, reference$, signer, log }).endpoints$;
}
