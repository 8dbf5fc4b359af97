/** Trading over sockets as a runtime: a venue's addresses in, everything `app` needs out. */
import { type Observable, map, merge, throwError } from "rxjs";
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
  type Credentials,
  DISCOVERY_TIMING,
  type Entered,
  type Identity,
  type PrivateKey,
  type Series,
  type Signer,
  VENUE_TIMING,
  addressOf,
  discovery,
  entry,
  oddityCounts,
  parsePrivateKey,
  polymarketChannels,
  polymarketVenue,
} from "../venue/polymarket/index.ts";
import { host } from "./host.ts";
import { type Addresses, isOfThisMachine } from "./live.ts";
import { type Mode, type Runtime, systemClock, systemScheduler } from "./runtime.ts";
import { SIMULATED_CASH, SYNTHETIC_VOLATILITY } from "./simulated.ts";
import { strikes } from "./strikes.ts";

const TIME = { clock: systemClock, scheduler: systemScheduler };

export interface WiredOptions {
  readonly mode: Mode;
  readonly addresses: Addresses;
  readonly series: Series;
  readonly identity: Omit<Identity, "credentials">;
  /** Null where the venue is to say them. */
  readonly credentials: Credentials | null;
  /** Null keeps the journal in memory: enough for hours, not for days. */
  readonly journalDirectory: string | null;
}

/** Everybody knows it: it opens nothing but an account of a simulated venue. */
export function simulatedKey(): PrivateKey {
  const key = parsePrivateKey("1".padStart(64, "0"));
  assert(key !== null, "F", "the simulated key is no key");
  return key;
}

/** Who trades with that key in a simulation. */
export function simulatedIdentity(signer: Signer): WiredOptions["identity"] {
  const key = simulatedKey();
  const owner = addressOf(signer, key);
  return { account: { owner, wallet: "key", maker: owner }, key, signer };
}

/** One runtime; errors with ConfigError if the venue does not take us in, or lives by another clock. */
export function wiredRuntime(options: WiredOptions, log: Log): Observable<Runtime> {
  const { mode, addresses, identity, credentials } = options;
  const { key, signer } = identity;
  // The configuration has seen to it; a program that embeds us may not have.
  if (mode === "sim" && !isOfThisMachine(addresses)) {
    return throwError(() => new ConfigError(["a simulation does not leave this machine"]));
  }
  const origin = addresses.rest;
  return entry({ origin, key, signer, credentials, answerMs: ENTRY_ANSWER_MS }, TIME).pipe(
    map((answer) => {
      const entered = accepted(answer, origin);
      const { skewMs } = entered;
      const tell = Math.abs(skewMs) > SKEW_NOTABLE_MS ? log.warn : log.debug;
      tell({ skewMs: Math.round(skewMs) }, "the venue's clock, ahead of ours");
      return runtimeOf(options, { ...identity, credentials: entered.credentials }, log);
    }),
  );
}

const ENTRY_ANSWER_MS = 5_000;
export const SKEW_NOTABLE_MS = 1_500;
/** How far signatures may be off is not documented; the simulated venue takes half a minute. */
export const SKEW_MAX_MS = 10_000;

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
  { mode, addresses, series, journalDirectory }: WiredOptions,
  identity: Identity,
  log: Log,
): Runtime {
  const oddities = oddityCounts(log);
  const ours = host(journalDirectory, log);
  const { strikeOf, background$: strikes$ } = strikes(
    {
      series,
      addresses,
      credentials: identity.credentials,
      hearOddity: (oddity) => oddities.hear("prices", oddity),
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
      origin: addresses.rest,
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
        marketUrl: addresses.marketSocket,
        userUrl: addresses.userSocket,
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
          origin: addresses.binanceSocket,
          symbol: "btcusdt",
          hearOddity: (oddity) => oddities.hear("reference", oddity),
          timing: STREAM_TIMING,
        },
        TIME,
      ),
  };
  return {
    ...ours,
    mode,
    venue,
    connections,
    market$,
    background$: merge(background$, strikes$),
  };
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
