/** Before the first order: whether the clocks agree, and who we are to the venue. */
import { type Observable, concatMap, defer, map, of } from "rxjs";
import type { Lost, NotSent } from "../../types/index.ts";
import type { Time } from "../index.ts";
import type { Reply } from "./decode.ts";
import { decodeTime } from "./decodePublic.ts";
import { type Read, decodeApiKey } from "./decodeRead.ts";
import {
  type VenueRequest,
  createApiKeyRequest,
  deriveApiKeyRequest,
  timeRequest,
} from "./encode.ts";
import { line } from "./rest.ts";
import {
  type Credentials,
  POLYGON,
  type PrivateKey,
  Secret,
  type Signer,
  l1Headers,
  parseCredentials,
} from "./sign/index.ts";

export interface EntryOptions {
  /** Of the order book's API: scheme, host and port. */
  readonly origin: string;
  readonly key: PrivateKey;
  readonly signer: Signer;
  /** Null has the venue say them. */
  readonly credentials: Credentials | null;
  readonly answerMs: number;
  /** Of clocks that are further apart nothing is signed: the venue would take it for forged. */
  readonly skewMaxMs: number;
}

export interface Entered {
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
export function entry(
  { origin, key, signer, credentials, answerMs, skewMaxMs }: EntryOptions,
  { clock, scheduler }: Time,
): Observable<Entered | Skewed | Lost | NotSent> {
  const asks = line({ origin, connectionsMax: 1, leaveMs: answerMs, answerMs }, scheduler);
  const ask = <Value>(
    { method, path, body }: VenueRequest,
    headers: Secret<Readonly<Record<string, string>>>,
    decode: (reply: Reply) => Read<Value>,
  ) =>
    asks
      .send({ method, path, headers, body })
      .pipe(map((reply) => (reply.type === "answered" ? decode(reply).answer : reply)));

  const credentialsBy = (request: VenueRequest): Observable<Credentials | Lost | NotSent> =>
    defer(() => {
      const now = clock.now().epochMs;
      const headers = l1Headers(signer, key, { now, nonce: 0, chainId: POLYGON });
      return ask(request, headers, decodeApiKey);
    }).pipe(
      map((answer) => {
        if (answer.type !== "answered") return answer;
        return parseCredentials(answer.value) ?? lost("credentials that are none");
      }),
    );

  const theirs$ = credentialsBy(deriveApiKeyRequest()).pipe(
    concatMap((found) => ("type" in found ? credentialsBy(createApiKeyRequest()) : of(found))),
  );

  const clocks$ = defer(() => {
    const asked = clock.now().epochMs;
    return ask(timeRequest(), new Secret({}), decodeTime).pipe(
      map((answer) => {
        if (answer.type !== "answered") return answer;
        const midMs = (asked + clock.now().epochMs) / 2;
        return { type: "told" as const, skewMs: answer.value + HALF_SECOND_MS - midMs };
      }),
    );
  });

  return clocks$.pipe(
    concatMap((told): Observable<Entered | Skewed | Lost | NotSent> => {
      if (told.type !== "told") return of(told);
      const { skewMs } = told;
      if (Math.abs(skewMs) > skewMaxMs) return of({ type: "skewed", skewMs });
      return (credentials === null ? theirs$ : of(credentials)).pipe(
        map((found): Entered | Lost | NotSent =>
          "type" in found ? found : { type: "entered", credentials: found, skewMs },
        ),
      );
    }),
  );
}

const HALF_SECOND_MS = 500;

const lost = (detail: string): Lost => ({ type: "lost", detail });
