/** Login: compares the clocks, then derives or creates API credentials. Later only the clocks. */
import {
  EMPTY,
  type MonoTypeOperatorFunction,
  type Observable,
  concatMap,
  defer,
  map,
  merge,
  of,
  timer,
} from "rxjs";
import { ConfigError, type Lost, type NotSent, causeOf, whyNot } from "../../../types/index.ts";
import { type Time, broken } from "../../index.ts";
import { type Reply, lost, decodeTime, type Read, decodeApiKey } from "../decode/index.ts";
import {
  type VenueRequest,
  createApiKeyRequest,
  deriveApiKeyRequest,
  timeRequest,
} from "./encode.ts";
import { type HttpRequest, connectionPool, outgoing } from "./connectionPool.ts";
import {
  type Credentials,
  POLYGON,
  type PrivateKey,
  type Signer,
  l1Headers,
  parseCredentials,
} from "../sign/index.ts";

export interface LoginOptions {
  /** Origin (scheme, host, port) of the order book's API. */
  readonly origin: string;
  readonly key: PrivateKey;
  readonly signer: Signer;
  /** Null derives or creates them at the venue. */
  readonly credentials: Credentials | null;
  /** Creates no credentials: the login of a key without any fails. */
  readonly isReadOnly?: boolean;
  readonly answerMs: number;
  /** If the clocks differ by more, nothing is signed: the venue would refuse the signatures. */
  readonly skewMaxMs: number;
}

export interface LoggedIn {
  readonly type: "loggedIn";
  readonly credentials: Credentials;
  /** Ms that the venue's clock is ahead of ours, within half a second: it answers whole seconds. */
  readonly skewMs: number;
}

/** The clocks differ by more than `skewMaxMs`: nothing but the time was requested. */
export interface Skewed {
  readonly type: "skewed";
  /** As in `LoggedIn`. */
  readonly skewMs: number;
}

/** Derived, or created where the key has none yet. */
export function deriveCredentials(
  {
    origin,
    key,
    signer,
    answerMs,
    isReadOnly = false,
  }: Omit<LoginOptions, "credentials" | "skewMaxMs">,
  { clock, scheduler }: Time,
): Observable<Credentials | Lost | NotSent> {
  const ask = requestsOn({ origin, answerMs }, scheduler);
  const credentialsBy = (request: VenueRequest): Observable<Credentials | Lost | NotSent> =>
    defer(() => {
      const now = clock.now().epochMs;
      const headers = l1Headers(signer, key, { now, nonce: 0, chainId: POLYGON });
      return ask(outgoing(request, headers), decodeApiKey);
    }).pipe(
      map((answer) => {
        if (answer.type !== "answered") return answer;
        return parseCredentials(answer.value) ?? lost("the credentials could not be read");
      }),
    );

  return credentialsBy(deriveApiKeyRequest()).pipe(
    concatMap((found) =>
      "type" in found && !isReadOnly
        ? credentialsBy(createApiKeyRequest()).pipe(
            // A key that could not be derived may be why none is created.
            map((made) => ("type" in made ? lost(causeOf(whyNot(found), whyNot(made))) : made)),
          )
        : of(found),
    ),
  );
}

/** Credentials that are not given are derived. */
export function login(
  options: LoginOptions,
  time: Time,
): Observable<LoggedIn | Skewed | Lost | NotSent> {
  const { credentials, skewMaxMs } = options;
  return measureSkew(requestsOn(options, time.scheduler), time.clock).pipe(
    concatMap((measured): Observable<LoggedIn | Skewed | Lost | NotSent> => {
      if (measured.type !== "measured") return of(measured);
      const { skewMs } = measured;
      if (Math.abs(skewMs) > skewMaxMs) return of({ type: "skewed", skewMs });
      return (credentials === null ? deriveCredentials(options, time) : of(credentials)).pipe(
        map((found): LoggedIn | Lost | NotSent =>
          "type" in found ? found : { type: "loggedIn", credentials: found, skewMs },
        ),
      );
    }),
  );
}

/** @throws ConfigError with the reason why nobody is logged in. */
export function acceptedLogin(
  answer: LoggedIn | Skewed | Lost | NotSent,
  origin: string,
): LoggedIn {
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
    case "notSent":
      throw new ConfigError([`login at ${origin} failed: ${whyNot(answer)}`]);
  }
}

type Ask = ReturnType<typeof requestsOn>;

function requestsOn(
  { origin, answerMs }: Pick<LoginOptions, "origin" | "answerMs">,
  scheduler: Time["scheduler"],
) {
  const pool = connectionPool(
    { origin, connectionsMax: 2, leaveMs: answerMs, answerMs },
    scheduler,
  );
  return <Value>(request: HttpRequest, decode: (reply: Reply) => Read<Value>) =>
    pool.send(request).pipe(
      map((reply) => {
        const answer = reply.type === "answered" ? decode(reply).answer : reply;
        const { method, path } = request;
        return answer.type === "lost"
          ? { ...answer, detail: causeOf(`${method} ${path}`, answer.detail) }
          : answer;
      }),
    );
}

interface MeasuredSkew {
  readonly type: "measured";
  readonly skewMs: number;
  /** Ms that the answer took; the skew may be wrong by half of that, and half a second more. */
  readonly tookMs: number;
}

/** The venue rounds its time down to a second, on average by half of one. */
const HALF_SECOND_MS = 500;

const measureSkew = (ask: Ask, clock: Time["clock"]): Observable<MeasuredSkew | Lost | NotSent> =>
  defer(() => {
    const sentAt = clock.now();
    return ask(outgoing(timeRequest()), decodeTime).pipe(
      map((answer): MeasuredSkew | Lost | NotSent => {
        if (answer.type !== "answered") return answer;
        const now = clock.now();
        const midMs = (sentAt.epochMs + now.epochMs) / 2;
        return {
          type: "measured",
          skewMs: answer.value + HALF_SECOND_MS - midMs,
          tookMs: now.monotonicMs - sentAt.monotonicMs,
        };
      }),
    );
  });

/** A slower answer measures the time too badly to act on. */
const TOOK_MAX_MS = 1_000;

/**
 * The skew in ms as in `LoggedIn`, measured every `everyMs`, or why it was not. Never errors or
 * completes.
 */
export function skews(
  { origin, answerMs, everyMs }: Pick<LoginOptions, "origin" | "answerMs"> & { everyMs: number },
  { clock, scheduler }: Time,
): Observable<number | string> {
  return defer(() => {
    const ask = requestsOn({ origin, answerMs }, scheduler);
    return timer(everyMs, everyMs, scheduler).pipe(
      concatMap(() => measureSkew(ask, clock)),
      map((answer) => {
        if (answer.type !== "measured") return whyNot(answer);
        return answer.tookMs <= TOOK_MAX_MS
          ? answer.skewMs
          : `GET /time: no answer within ${TOOK_MAX_MS} ms`;
      }),
    );
  });
}

/**
 * Ends a link with its cause once the clocks differ by more than `maxMs`. On the user channel that
 * stops quoting while the venue still accepts our cancels. A new link ends at the next such skew.
 */
export const whileClocksAgree =
  <T>(skew$: Observable<number>, maxMs: number): MonoTypeOperatorFunction<T> =>
  (link$) =>
    merge(
      link$,
      skew$.pipe(
        concatMap((skewMs) =>
          Math.abs(skewMs) <= maxMs
            ? EMPTY
            : broken(
                `the venue's clock is ${Math.round(Math.abs(skewMs) / 1_000)} s ${skewMs > 0 ? "ahead of" : "behind"} ours: set the clock`,
              ),
        ),
      ),
    );
