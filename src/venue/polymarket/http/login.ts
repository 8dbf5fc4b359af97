/** Whether the clocks agree, before the first order and ever after; and who we are to the venue. */
import {
  EMPTY,
  type MonoTypeOperatorFunction,
  type Observable,
  concatMap,
  defer,
  filter,
  map,
  merge,
  of,
  timer,
} from "rxjs";
import type { Lost, NotSent } from "../../../types/index.ts";
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
  /** Of the order book's API: scheme, host and port. */
  readonly origin: string;
  readonly key: PrivateKey;
  readonly signer: Signer;
  /** Null has the venue say them. */
  readonly credentials: Credentials | null;
  /** Makes no credentials: a key that has none is not taken in. */
  readonly isReadOnly?: boolean;
  readonly answerMs: number;
  /** Of clocks that are further apart nothing is signed: the venue would take it for forged. */
  readonly skewMaxMs: number;
}

export interface LoggedIn {
  readonly type: "entered";
  readonly credentials: Credentials;
  /** How far the venue's clock is ahead of ours, to half a second or so: it says whole seconds. */
  readonly skewMs: number;
}

/** As in `Entered`; too far, and nothing was asked of the venue but its time. */
export interface Skewed {
  readonly type: "skewed";
  readonly skewMs: number;
}

/** Credentials that are not given are derived where the key has some, and made where it has none. */
export function login(
  { origin, key, signer, credentials, answerMs, skewMaxMs, isReadOnly = false }: LoginOptions,
  { clock, scheduler }: Time,
): Observable<LoggedIn | Skewed | Lost | NotSent> {
  const ask = asking({ origin, answerMs }, scheduler);

  const credentialsBy = (request: VenueRequest): Observable<Credentials | Lost | NotSent> =>
    defer(() => {
      const now = clock.now().epochMs;
      const headers = l1Headers(signer, key, { now, nonce: 0, chainId: POLYGON });
      return ask(outgoing(request, headers), decodeApiKey);
    }).pipe(
      map((answer) => {
        if (answer.type !== "answered") return answer;
        return parseCredentials(answer.value) ?? lost("credentials that are none");
      }),
    );

  const theirs$ = credentialsBy(deriveApiKeyRequest()).pipe(
    concatMap((found) =>
      "type" in found && !isReadOnly ? credentialsBy(createApiKeyRequest()) : of(found),
    ),
  );

  return measured(ask, clock).pipe(
    concatMap((told): Observable<LoggedIn | Skewed | Lost | NotSent> => {
      if (told.type !== "told") return of(told);
      const { skewMs } = told;
      if (Math.abs(skewMs) > skewMaxMs) return of({ type: "skewed", skewMs });
      return (credentials === null ? theirs$ : of(credentials)).pipe(
        map((found): LoggedIn | Lost | NotSent =>
          "type" in found ? found : { type: "entered", credentials: found, skewMs },
        ),
      );
    }),
  );
}

type Ask = ReturnType<typeof asking>;

function asking(
  { origin, answerMs }: Pick<LoginOptions, "origin" | "answerMs">,
  scheduler: Time["scheduler"],
) {
  const asks = connectionPool(
    { origin, connectionsMax: 2, leaveMs: answerMs, answerMs },
    scheduler,
  );
  return <Value>(request: HttpRequest, decode: (reply: Reply) => Read<Value>) =>
    asks
      .send(request)
      .pipe(map((reply) => (reply.type === "answered" ? decode(reply).answer : reply)));
}

interface Measured {
  readonly type: "told";
  readonly skewMs: number;
  /** How long the answer took: half of it is how wrong the skew may be, beside half a second. */
  readonly tookMs: number;
}

const HALF_SECOND_MS = 500;

const measured = (ask: Ask, clock: Time["clock"]): Observable<Measured | Lost | NotSent> =>
  defer(() => {
    const asked = clock.now();
    return ask(outgoing(timeRequest()), decodeTime).pipe(
      map((answer): Measured | Lost | NotSent => {
        if (answer.type !== "answered") return answer;
        const now = clock.now();
        const midMs = (asked.epochMs + now.epochMs) / 2;
        return {
          type: "told",
          skewMs: answer.value + HALF_SECOND_MS - midMs,
          tookMs: now.monotonicMs - asked.monotonicMs,
        };
      }),
    );
  });

/** An answer that was longer on its way tells too little of the time. */
const TOOK_MAX_MS = 1_000;

/** How far the venue's clock is ahead of ours, every now and then, as in `Entered`; never ends. */
export function skews(
  { origin, answerMs, everyMs }: Pick<LoginOptions, "origin" | "answerMs"> & { everyMs: number },
  { clock, scheduler }: Time,
): Observable<number> {
  return defer(() => {
    const ask = asking({ origin, answerMs }, scheduler);
    return timer(everyMs, everyMs, scheduler).pipe(
      concatMap(() => measured(ask, clock)),
      filter((answer) => answer.type === "told"),
      filter(({ tookMs }) => tookMs <= TOOK_MAX_MS),
      map(({ skewMs }) => skewMs),
    );
  });
}

/**
 * Ends a link with its cause once the clocks are too far apart: cancels are still taken then. As
 * long as they are, a new link ends as soon as `skew$` says so again.
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
