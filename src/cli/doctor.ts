/** A look at everything a live run needs, before there is one. Sends no order and cancels none. */
import {
  EMPTY,
  type Observable,
  catchError,
  concat,
  concatMap,
  defer,
  filter,
  from,
  map,
  of,
  take,
  timeout,
} from "rxjs";
import type { Link, Lost, NotSent, ReadAnswer } from "../types/index.ts";
import { MICRO, epochMs, formatMicro, referencePrice } from "../types/index.ts";
import { STREAM_TIMING, klines, referenceStream } from "../venue/binance/index.ts";
import {
  CHANNEL_TIMING,
  type Credentials,
  FIRST_CURSOR,
  type Identity,
  type Listing,
  PRICES_TIMING,
  type Read,
  type Reply,
  SERIES,
  SIGNATURE_TYPES,
  type HttpRequest,
  Secret,
  type Series,
  type Signer,
  type VenueRequest,
  WATCHDOG_TIMING,
  addressOf,
  balanceRequest,
  closedOnlyRequest,
  decodeClosedOnly,
  decodeFunds,
  decodeGammaEvents,
  decodeHeartbeat,
  decodeOrderCount,
  decodeRateTier,
  login,
  exchangeOf,
  gammaEventRequest,
  heartbeatRequest,
  l2Headers,
  connectionPool,
  outgoing,
  ordersRequest,
  polymarketChannels,
  priceStream,
  rateTierRequest,
  type Addresses,
} from "../venue/polymarket/index.ts";
import { endpointsAt } from "../sim/server/index.ts";
import type { Runtime } from "../app/index.ts";
import { liveIdentity } from "./liveGuards.ts";
import { SKEW_MAX_MS, SKEW_NOTABLE_MS, simulatedIdentity } from "../runtimes/index.ts";
import type { DoctorConfig } from "./flags.ts";

export const VERDICTS = ["ok", "warn", "fail"] as const;

export interface Finding {
  readonly name: string;
  readonly verdict: (typeof VERDICTS)[number];
  readonly text: string;
  /** What to do about it; null where nothing is to be done. */
  readonly fix: string | null;
}

export interface DoctorInput {
  readonly nodeVersion: string;
  readonly signer: Signer;
  /** Of the configuration. */
  readonly problems: readonly string[];
  /** Null where they could not be read, and nothing is asked. */
  readonly addresses: Addresses | null;
  readonly series: Series;
  /** Null where there is no key, or no word of its wallet. */
  readonly identity: Omit<Identity, "credentials"> | null;
  /** Null has them derived. */
  readonly credentials: Credentials | null;
}

/** Whoever is asked about: a simulated venue of this machine, or what the configuration says. */
export function doctorInputOf(
  config: DoctorConfig,
  signer: Signer,
  nodeVersion: string,
): DoctorInput {
  const { venue, account, secrets, problems } = config;
  const series = SERIES[config.series ?? "btc-updown-5m"];
  if (venue !== null) {
    const addresses = { ...endpointsAt(venue.host), priceSocket: null };
    const identity = simulatedIdentity(signer);
    return { nodeVersion, signer, problems, addresses, series, identity, credentials: null };
  }
  const { key, credentials } = secrets;
  const identity =
    key === null || account === null
      ? null
      : liveIdentity({ key, wallet: account.wallet, maker: account.maker ?? null }, signer);
  const { addresses } = config;
  return { nodeVersion, signer, problems, addresses, series, identity, credentials };
}

type Time = Pick<Runtime, "clock" | "scheduler">;

/** Nothing is decided by it here. */
const NO_STRIKE = referencePrice(1);
const HOUR_MS = 3_600_000;
const NODE_MIN = [20, 19] as const;
const ANSWER_MS = 5_000;
const OPEN_MS = 10_000;

/** One finding after the other, each as soon as it is known; ends by itself. */
export function doctor(patient: DoctorInput, time: Time): Observable<Finding> {
  const { addresses } = patient;
  return concat(
    from(localChecks(patient)),
    addresses === null ? EMPTY : venueChecks(patient, addresses, time),
    addresses === null ? EMPTY : binanceChecks(addresses, time),
  );
}

/** What is known without asking anybody. */
function localChecks({ nodeVersion, signer, problems, identity }: DoctorInput): readonly Finding[] {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, "").split(".").map(Number);
  const isNew = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  return [
    isNew
      ? ok("node", nodeVersion)
      : fail("node", nodeVersion, `use Node ${NODE_MIN.join(".")} or newer`),
    signer.name === "pure"
      ? warn("signer", "pure: slow", "npm install without --omit=optional, for another curve")
      : ok("signer", signer.name),
    ...problems.map((problem) => fail("configuration", problem, "see docs/live.md")),
    ...(identity === null ? [] : [ok("key", `of ${addressOf(signer, identity.key)}`)]),
    ...(identity === null ? [] : [walletFinding(identity.account)]),
  ];
}

function walletFinding({ wallet, maker }: Identity["account"]): Finding {
  return wallet === "key"
    ? ok("wallet", "the key itself holds the funds")
    : ok("wallet", `${wallet} ${maker}; whether it is the key's is not asked of the chain`);
}

/** What later questions need of the answers to earlier ones. */
interface Known {
  credentials: Credentials | null;
  listing: Listing | null;
}

function venueChecks(patient: DoctorInput, addresses: Addresses, time: Time): Observable<Finding> {
  const { identity } = patient;
  const known: Known = { credentials: null, listing: null };
  return concat(
    gammaFinding(patient, addresses, time, known),
    identity === null ? EMPTY : entryFindings(patient, identity, addresses, time, known),
    defer(() =>
      identity === null || known.credentials === null
        ? EMPTY
        : accountFindings(identity, known.credentials, known.listing, addresses, time),
    ),
    defer(() => socketFindings(identity, known, addresses, time)),
  );
}

function gammaFinding(
  { series }: DoctorInput,
  { gamma }: Addresses,
  time: Time,
  known: Known,
): Observable<Finding> {
  const { origin, pathname } = new URL(gamma);
  const ask = asking(origin, time);
  const now = time.clock.now().epochMs;
  return from(series.windowsAt(now)).pipe(
    concatMap(({ slug, opensAt }) =>
      ask(outgoing(gammaEventRequest(slug), undefined, pathname.replace(/\/$/, ""))).pipe(
        map(({ answer, tookMs }): Finding => {
          const { listed } = decodeGammaEvents(
            answer.type === "answered" ? answer.text : "",
          ).answer;
          const listing = listed.find(({ market }) => market.opensAt === opensAt);
          known.listing ??= listing ?? null;
          if (answer.type !== "answered") return unreached("gamma", gamma, answer);
          if (answer.status !== 200) return fail("gamma", `HTTP ${answer.status}`, OUTAGE);
          return listing === undefined
            ? warn("gamma", `${tookMs} ms; does not list ${slug}`, "give the --series it lists")
            : ok("gamma", `${tookMs} ms; lists ${slug}, version ${listing.exchange}`);
        }),
      ),
    ),
    // One of two names is enough.
    filter(({ verdict }) => verdict !== "warn" || known.listing === null),
  );
}

/** Clock and credentials: the same questions that a run begins with. */
function entryFindings(
  { credentials }: DoctorInput,
  { key, signer }: Omit<Identity, "credentials">,
  { rest }: Addresses,
  time: Time,
  known: Known,
): Observable<Finding> {
  const asked = { origin: rest, key, signer, credentials, answerMs: ANSWER_MS };
  return timed(login({ ...asked, skewMaxMs: SKEW_MAX_MS }, time), time).pipe(
    concatMap(({ answer, tookMs }): readonly Finding[] => {
      if (answer.type === "skewed") return [clockFinding(answer.skewMs)];
      if (answer.type !== "loggedIn") {
        const text = answer.type === "lost" ? answer.detail : "it cannot be reached";
        return [fail("rest", `${rest}: ${text}`, OUTAGE)];
      }
      known.credentials = answer.credentials;
      const how = credentials === null ? "derived from the key" : "given";
      return [
        ok("rest", `${rest}, ${tookMs} ms until we were in`),
        clockFinding(answer.skewMs),
        ok("credentials", `${how}: API key ${answer.credentials.apiKey}`),
      ];
    }),
  );
}

function clockFinding(skewMs: number): Finding {
  const text = `the venue is ${(skewMs / 1_000).toFixed(1)} s ahead of us`;
  if (Math.abs(skewMs) > SKEW_MAX_MS) return fail("clock", text, SET_CLOCK);
  return Math.abs(skewMs) > SKEW_NOTABLE_MS ? warn("clock", text, SET_CLOCK) : ok("clock", text);
}

function accountFindings(
  { account }: Omit<Identity, "credentials">,
  credentials: Credentials,
  listing: Listing | null,
  { rest }: Addresses,
  time: Time,
): Observable<Finding> {
  const ask = asking(rest, time);
  const read = <Value>(
    request: VenueRequest,
    decode: (reply: Reply) => Read<Value>,
  ): Observable<ReadAnswer<Value>> =>
    defer(() => {
      const proof = l2Headers(account.owner, credentials, request, time.clock.now().epochMs);
      const headers = { ...proof.reveal(), "content-type": "application/json" };
      return ask(outgoing(request, new Secret(headers)));
    }).pipe(map(({ answer }) => (answer.type === "answered" ? decode(answer).answer : answer)));
  const signatureType = SIGNATURE_TYPES[account.wallet];

  const funds$ = read(balanceRequest(null, "2", signatureType), decodeFunds).pipe(
    concatMap((answer): readonly Finding[] => {
      if (answer.type !== "answered") return [fail("balance", whyNot(answer), CREDENTIALS)];
      const { cash, allowances } = answer.value;
      const text = `${formatMicro(cash)} USDC`;
      const balance =
        cash > 0 ? ok("balance", text) : fail("balance", text, "fund the maker address with pUSD");
      return [balance, ...allowanceFindings(listing, allowances, cash)];
    }),
  );
  const standing$ = read(closedOnlyRequest, decodeClosedOnly).pipe(
    map((answer) => {
      if (answer.type !== "answered") return warn("standing", whyNot(answer), OUTAGE);
      return answer.value
        ? fail("standing", "the venue lets this account only close", "ask the venue why")
        : ok("standing", "may trade");
    }),
  );
  const tier$ = read(rateTierRequest, decodeRateTier).pipe(
    map((answer) =>
      answer.type === "answered" && answer.value !== null
        ? ok("rate tier", answer.value)
        : ok("rate tier", "not told; limits are those of the lowest"),
    ),
  );
  const beat$ = read(heartbeatRequest(""), decodeHeartbeat).pipe(
    map((answer) => {
      if (answer.type !== "answered") return fail("heartbeat", whyNot(answer), OUTAGE);
      return answer.value.type === "beaten"
        ? ok("heartbeat", "taken")
        : ok("heartbeat", "answered: somebody else is beating for this account");
    }),
  );
  const orders$ = read(ordersRequest(null, FIRST_CURSOR), decodeOrderCount).pipe(
    concatMap((answer): Observable<Finding> => {
      if (answer.type !== "answered") return of(fail("orders", whyNot(answer), OUTAGE));
      if (answer.value === 0) return concat(of(ok("orders", "none rest")), beat$);
      // A beat would arm the switch that takes them, ten seconds after we have gone.
      return of(
        warn("orders", `${answer.value} or more rest; no heartbeat tried`, "cancel them first"),
      );
    }),
  );
  return concat(funds$, standing$, tier$, orders$);
}

/** By the contract that the series' orders are for; purchases are paid through it. */
function allowanceFindings(
  listing: Listing | null,
  allowances: ReadonlyMap<string, bigint>,
  cash: number,
): readonly Finding[] {
  if (listing === null) return [];
  const { address } = exchangeOf(listing.exchange, listing.isNegRisk);
  const allowed = allowances.get(address.toLowerCase()) ?? 0n;
  return [
    allowed >= BigInt(cash) && allowed > 0n
      ? ok("allowance", `${address} may spend the balance`)
      : fail(
          "allowance",
          `${address} may spend ${allowed / BigInt(MICRO)} USDC`,
          "approve it for pUSD, and for the tokens that are to be sold",
        ),
  ];
}

function socketFindings(
  identity: Omit<Identity, "credentials"> | null,
  { credentials, listing }: Known,
  { rest, marketSocket, userSocket, priceSocket }: Addresses,
  time: Time,
): Observable<Finding> {
  if (identity === null || credentials === null) return EMPTY;
  const onDecodeWarning = (): void => undefined;
  const prices$ =
    priceSocket === null
      ? EMPTY
      : reached(
          "price socket",
          priceSocket,
          priceStream(
            { url: priceSocket, credentials, onDecodeWarning, timing: PRICES_TIMING },
            time,
          ),
          time,
        );
  if (listing === null) return prices$;
  const market = { ...listing.market, strike: listing.strike ?? NO_STRIKE };
  const channels = polymarketChannels(
    {
      marketUrl: marketSocket,
      userUrl: userSocket,
      credentials,
      wallet: identity.account.maker,
      listings: new Map([[market.id, listing]]),
      origin: rest,
      onDecodeWarning,
      onWatchdogReport: () => undefined,
      timing: CHANNEL_TIMING,
      watchTiming: WATCHDOG_TIMING,
    },
    time,
  );
  return concat(
    reached("market socket", marketSocket, channels.market(market), time),
    reached("user socket", userSocket, channels.user(market), time),
    prices$,
  );
}

function binanceChecks({ binanceRest, binanceSocket }: Addresses, time: Time): Observable<Finding> {
  const ask = klines({ origin: binanceRest, answerMs: ANSWER_MS }, time.scheduler);
  const hour$ = defer(() => {
    const since = epochMs(Math.floor(time.clock.now().epochMs / HOUR_MS) * HOUR_MS);
    return ask({ symbol: "BTCUSDT", interval: "1h", since, limit: 1 });
  });
  const stream$ = referenceStream(
    {
      origin: binanceSocket,
      symbol: "btcusdt",
      onDecodeWarning: () => undefined,
      timing: STREAM_TIMING,
    },
    time,
  );
  return concat(
    timed(hour$, time).pipe(
      map(({ answer, tookMs }) =>
        answer.type === "answered"
          ? ok("binance", `${binanceRest}, ${tookMs} ms`)
          : fail("binance", `${binanceRest}: ${whyNot(answer)}`, BINANCE),
      ),
    ),
    reached("binance socket", binanceSocket, stream$, time, BINANCE),
  );
}

/** Opened, and how long that took; or why not. */
function reached(
  name: string,
  url: string,
  link$: Observable<Link<unknown>>,
  time: Time,
  fix = OUTAGE,
): Observable<Finding> {
  return timed(link$.pipe(filter(({ type }) => type === "opened")), time).pipe(
    map(({ tookMs }) => ok(name, `${url}, ${tookMs} ms`)),
    timeout({
      first: OPEN_MS,
      with: () => of(fail(name, `${url}: not open in ${OPEN_MS} ms`, fix)),
      scheduler: time.scheduler,
    }),
    catchError((cause: unknown) => of(fail(name, `${url}: ${String(cause)}`, fix))),
  );
}

interface Timed<Answer> {
  readonly answer: Answer;
  readonly tookMs: number;
}

const timed = <Answer>(
  answer$: Observable<Answer>,
  { scheduler }: Time,
): Observable<Timed<Answer>> =>
  defer(() => {
    const beganAt = scheduler.now();
    return answer$.pipe(
      take(1),
      map((answer) => ({ answer, tookMs: Math.round(scheduler.now() - beganAt) })),
    );
  });

function asking(origin: string, time: Time) {
  const at = connectionPool(
    { origin, connectionsMax: 2, leaveMs: ANSWER_MS, answerMs: ANSWER_MS },
    time.scheduler,
  );
  return (request: HttpRequest) => timed(at.send(request), time);
}

const OUTAGE = "look at the network, the address, and the venue's status page";
const BINANCE = "look at the network; where HTTP says 451, the .binance.vision hosts are open";
const CREDENTIALS = "give other API credentials, or none to have them derived";
const SET_CLOCK = "set this machine's clock, by NTP";

const ok = (name: string, text: string): Finding => ({ name, verdict: "ok", text, fix: null });
const warn = (name: string, text: string, fix: string): Finding => ({
  name,
  verdict: "warn",
  text,
  fix,
});
const fail = (name: string, text: string, fix: string): Finding => ({
  name,
  verdict: "fail",
  text,
  fix,
});

const whyNot = (answer: Lost | NotSent): string =>
  answer.type === "lost" ? answer.detail : "it cannot be reached";
const unreached = (name: string, url: string, answer: Lost | NotSent): Finding =>
  fail(name, `${url}: ${whyNot(answer)}`, OUTAGE);
