/** Trading over sockets as a runtime: a venue's addresses in, everything `app` needs out. */
import { type Observable, map, of } from "rxjs";
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
  VENUE_TIMING,
  addressOf,
  discovery,
  entry,
  oddityCounts,
  parsePrivateKey,
  polymarketChannels,
  polymarketVenue,
  rollingSeries,
} from "../venue/polymarket/index.ts";
import { host } from "./host.ts";
import { type Runtime, systemClock, systemScheduler } from "./runtime.ts";
import { SIMULATED_CASH, SYNTHETIC_VOLATILITY } from "./simulated.ts";

const TIME = { clock: systemClock, scheduler: systemScheduler };

export interface WiredOptions {
  readonly endpoints: Endpoints;
  /** Of the rolling series that is traded. */
  readonly windowMs: number;
  readonly signer: Signer;
  /** Null keeps the journal in memory: enough for hours, not for days. */
  readonly journalDirectory: string | null;
}

/** Everybody knows it: it opens nothing but an account of a simulated venue. */
export function simulatedKey(): PrivateKey {
  const key = parsePrivateKey("1".padStart(64, "0"));
  assert(key !== null, "F", "the simulated key is no key");
  return key;
}

/** One runtime; errors with ConfigError if the venue does not take us in, or lives by another clock. */
export function wiredRuntime(options: WiredOptions, log: Log): Observable<Runtime> {
  const { endpoints, signer } = options;
  const key = simulatedKey();
  return entry({ origin: endpoints.rest, key, signer, answerMs: ENTRY_ANSWER_MS }, TIME).pipe(
    map((answer) => {
      const { credentials, skewMs } = accepted(answer, endpoints.rest);
      const tell = Math.abs(skewMs) > SKEW_NOTABLE_MS ? log.warn : log.debug;
      tell({ skewMs: Math.round(skewMs) }, "the venue's clock, ahead of ours");
      const owner = addressOf(signer, key);
      const account = { owner, wallet: "key", maker: owner } as const;
      return runtimeOf(options, { account, key, signer, credentials }, log);
    }),
  );
}

const ENTRY_ANSWER_MS = 5_000;
const SKEW_NOTABLE_MS = 1_500;
/** Far below the half minute that the venue allows a signature to be off. */
const SKEW_MAX_MS = 10_000;

function accepted(answer: Entered | Lost | NotSent, origin: string): Entered {
  if (answer.type !== "entered") {
    const why = answer.type === "lost" ? answer.detail : "it cannot be reached";
    throw new ConfigError([`the venue at ${origin} does not take us in: ${why}`]);
  }
  if (Math.abs(answer.skewMs) <= SKEW_MAX_MS) return answer;
  const seconds = Math.round(answer.skewMs / 1_000);
  throw new ConfigError([
    `the venue's clock is ${seconds} s ahead of this machine's: set the clock`,
  ]);
}

function runtimeOf(
  { endpoints, windowMs, journalDirectory }: WiredOptions,
  identity: Identity,
  log: Log,
): Runtime {
  const oddities = oddityCounts(log);
  let lastWaiting = "";
  const { market$, listings } = discovery(
    {
      gamma: endpoints.gamma,
      origin: endpoints.rest,
      series: rollingSeries(windowMs),
      strikeOf: () => of("what it has to beat is not known yet"),
      hearOddity: oddities.hear,
      hearWaiting: (slug, why) => {
        if (lastWaiting !== `${slug} ${why}`) log.info({ why }, `${slug} is not traded yet`);
        lastWaiting = `${slug} ${why}`;
      },
      timing: DISCOVERY_TIMING,
    },
    TIME,
  );
  const { venue, background$ } = polymarketVenue(
    {
      origin: endpoints.rest,
      identity,
      listings,
      hearOddity: oddities.hear,
      timing: VENUE_TIMING,
    },
    TIME,
  );
  const connections: Connections = {
    ...polymarketChannels(
      {
        marketUrl: endpoints.marketSocket,
        userUrl: endpoints.userSocket,
        credentials: identity.credentials,
        wallet: identity.account.maker,
        listings,
        hearOddity: oddities.hear,
        timing: CHANNEL_TIMING,
      },
      TIME,
    ),
    reference: () =>
      referenceStream(
        {
          origin: endpoints.binanceSocket,
          symbol: "btcusdt",
          hearOddity: (oddity) => oddities.hear("reference", oddity),
          timing: STREAM_TIMING,
        },
        TIME,
      ),
  };
  return { ...host(journalDirectory, log), mode: "sim", venue, connections, market$, background$ };
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
