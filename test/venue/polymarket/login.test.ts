/** Login and comparing the clocks, against a stub of the venue on loopback. */
import { type Observable, asyncScheduler, firstValueFrom, take, toArray } from "rxjs";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { POLYMARKET_TIMING } from "../../../src/runtimes/polymarket.ts";
import { endpointsAt } from "../../../src/sim/server/index.ts";
import { type Clock, ConfigError, epochMs, monotonicMs } from "../../../src/types/index.ts";
import {
  type LoggedIn,
  type PrivateKey,
  type Signer,
  addressOf,
  login,
  parsePrivateKey,
  skews,
} from "../../../src/venue/polymarket/index.ts";
import { wasmSigner } from "../../../src/venue/polymarket/sign/signers/wasm.ts";
import {
  type RequestHandler,
  type StubServer,
  closedPort,
  respondWith,
  stubServer,
} from "../stubServer.ts";
import { fixture } from "./support.ts";
import { systemClock } from "../../../src/runtimes/system.ts";
import { timeByTurns } from "../../support/patience.ts";
import { servedVenueOptions } from "../../../src/runtimes/served.ts";
import { polymarketRuntime } from "../../../src/runtimes/index.ts";

timeByTurns();
const NOW = 1_795_305_600_000;
const ANSWER_MS = 300;
const SKEW_MAX_MS = 10_000;
const KEY = fixture("rest", "api_key.json");

/** Stands still, so that the skew is exact. */
const clock: Clock = {
  now: () => ({ epochMs: epochMs(NOW), monotonicMs: monotonicMs(0) }),
};

let signer: Signer;
let key: PrivateKey;
beforeAll(async () => {
  signer = await wasmSigner();
  key = parsePrivateKey(`${"0".repeat(60)}beef`) ?? expect.unreachable("no key");
});

const open: StubServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

interface Answers {
  readonly time?: RequestHandler;
  readonly derive?: RequestHandler;
  readonly create?: RequestHandler;
}

const unanswered: RequestHandler = () => undefined;
const timeIs = (ms: number): RequestHandler => respondWith(200, String(Math.floor(ms / 1_000)));

async function venue({
  time = timeIs(NOW),
  derive = respondWith(200, KEY),
  create = respondWith(200, KEY),
}: Answers = {}): Promise<StubServer> {
  const answers: Readonly<Record<string, RequestHandler>> = {
    "GET /time": time,
    "GET /auth/derive-api-key": derive,
    "POST /auth/api-key": create,
  };
  const stub = await stubServer((asked, response, socket) => {
    (answers[`${asked.method} ${asked.path}`] ?? respondWith(404, ""))(asked, response, socket);
  });
  open.push(stub);
  return stub;
}

/** Everything that a login emits: it must be one answer. */
const loggedIn = (origin: string): Promise<readonly unknown[]> =>
  firstValueFrom(
    login(
      { origin, key, signer, credentials: null, answerMs: ANSWER_MS, skewMaxMs: SKEW_MAX_MS },
      { clock, scheduler: asyncScheduler },
    ).pipe(toArray()),
  );

const pathsOf = (stub: StubServer): readonly string[] => stub.requests.map(({ path }) => path);

describe("login", () => {
  it("derives the credentials of the key, signed by it, and creates none", async () => {
    const stub = await venue();

    const [answer, ...others] = await loggedIn(stub.origin);

    expect(others).toEqual([]);
    const { type, credentials } = answer as LoggedIn;
    expect(type).toBe("loggedIn");
    expect(credentials.apiKey).toBe("11111111-2222-4333-8444-555555555555");
    expect(credentials.secret.reveal()).toBe("bm90IGEgc2VjcmV0");
    expect(credentials.passphrase.reveal()).toBe("not a passphrase");
    expect(pathsOf(stub)).toEqual(["/time", "/auth/derive-api-key"]);
    expect(stub.requests[1]?.headers).toMatchObject({
      poly_address: addressOf(signer, key),
      poly_timestamp: String(NOW / 1_000),
      poly_nonce: "0",
    });
  });

  it.for([
    ["refused", respondWith(400, '{"error":"Could not derive api key!"}')],
    ["answered with another object", respondWith(200, "{}")],
    ["not answered", unanswered],
    ["cut off", (_asked, _response, socket) => void socket.destroy()],
  ] as const satisfies readonly (readonly [string, RequestHandler])[])(
    "creates credentials where deriving them fails: %s",
    async ([, derive]) => {
      const stub = await venue({ derive });

      expect(await loggedIn(stub.origin)).toMatchObject([
        { type: "loggedIn", credentials: { apiKey: "11111111-2222-4333-8444-555555555555" } },
      ]);
      expect(pathsOf(stub)).toEqual(["/time", "/auth/derive-api-key", "/auth/api-key"]);
      expect(stub.requests[2]).toMatchObject({ method: "POST", body: "" });
    },
  );

  it.for([
    ["refused", respondWith(401, '{"error":"Invalid L1 Request headers"}')],
    ["a malformed secret", respondWith(200, KEY.replace("bm90IGEgc2VjcmV0", "no base64!"))],
    ["not answered", unanswered],
  ] as const satisfies readonly (readonly [string, RequestHandler])[])(
    "is lost where creating fails too, and quotes no secret: %s",
    async ([, create]) => {
      const stub = await venue({ derive: respondWith(400, "{}"), create });

      const answer = await loggedIn(stub.origin);

      expect(answer).toEqual([{ type: "lost", detail: expect.any(String) as string }]);
      expect(JSON.stringify(answer)).not.toMatch(/passphrase|base64/);
    },
  );

  it("is not sent where nothing listens", async () => {
    expect(await loggedIn(await closedPort())).toMatchObject([
      { type: "notSent", cause: "unreachable" },
    ]);
  });

  it.for([
    ["is not answered", unanswered],
    ["is not a number", respondWith(200, '"noon"')],
    ["is refused", respondWith(503, "")],
  ] as const satisfies readonly (readonly [string, RequestHandler])[])(
    "signs nothing for a venue whose time %s",
    async ([, time]) => {
      const stub = await venue({ time });

      expect(await loggedIn(stub.origin)).toMatchObject([{ type: "lost" }]);
      expect(pathsOf(stub)).toEqual(["/time"]);
    },
  );

  it.for([0, 7_000, -7_000])(
    "gives the skew from the middle of the venue's second: %i ms",
    async (aheadMs) => {
      const stub = await venue({ time: timeIs(NOW + aheadMs) });

      expect(await loggedIn(stub.origin)).toMatchObject([{ skewMs: aheadMs + 500 }]);
    },
  );

  it.for([11_000, -11_000])(
    "signs nothing where the clocks differ by more than skewMaxMs: %i ms",
    async (aheadMs) => {
      const stub = await venue({ time: timeIs(NOW + aheadMs) });

      expect(await loggedIn(stub.origin)).toEqual([{ type: "skewed", skewMs: aheadMs + 500 }]);
      expect(pathsOf(stub)).toEqual(["/time"]);
    },
  );

  it("takes the venue's time as of the middle between request and answer", async () => {
    const late: Clock = {
      now: () => ({ ...clock.now(), epochMs: epochMs(NOW + (isAnswered ? 2_000 : 0)) }),
    };
    let isAnswered = false;
    const stub = await venue({
      time: (...args) => {
        isAnswered = true;
        timeIs(NOW)(...args);
      },
    });

    const options = {
      origin: stub.origin,
      key,
      signer,
      credentials: null,
      answerMs: ANSWER_MS,
      skewMaxMs: SKEW_MAX_MS,
    };
    const answer = await firstValueFrom(login(options, { clock: late, scheduler: asyncScheduler }));
    expect(answer).toMatchObject({ type: "loggedIn", skewMs: -500 });
  });
});

describe("a runtime over sockets", () => {
  const silent = (): void => undefined;
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  const timeApart =
    (seconds: number): RequestHandler =>
    (...args) =>
      timeIs(systemClock.now().epochMs + seconds * 1_000)(...args);
  const problemsAt = async (origin: string): Promise<readonly string[]> => {
    const options = {
      ...servedVenueOptions(endpointsAt(new URL(origin).host), 20_000, signer),
      journalDirectory: null,
      timing: { ...POLYMARKET_TIMING, entryMs: ANSWER_MS },
    };
    const problem: unknown = await firstValueFrom(polymarketRuntime(options, log)).then(
      () => null,
      (error: unknown) => error,
    );
    if (problem === null) return [];
    expect(problem).toBeInstanceOf(ConfigError);
    return (problem as ConfigError).problems;
  };

  it("starts where the clocks differ by a few seconds", async () => {
    const stub = await venue({
      time: timeApart(5),
    });

    expect(await problemsAt(stub.origin)).toEqual([]);
  });

  it.for([20, -20, 60, -60])(
    "does not start where the clocks differ by %i seconds, and says so",
    async (apart) => {
      const off = respondWith(401, '{"error":"Invalid L1 Request headers"}');
      const isBeyond = Math.abs(apart) > 30;
      const stub = await venue({
        time: timeApart(apart),
        // Beyond half a minute the venue refuses our signatures.
        ...(isBeyond ? { derive: off, create: off } : {}),
      });

      const [problem, ...others] = await problemsAt(stub.origin);

      expect(others).toEqual([]);
      expect(problem).toMatch(/set the clock/);
      expect(problem).toContain(apart > 0 ? "ahead of" : "behind");
    },
  );

  it("does not start where the venue cannot be reached or refuses the login", async () => {
    const refusing = respondWith(401, "{}");
    const stub = await venue({ time: timeApart(0), derive: refusing, create: refusing });

    expect(await problemsAt(await closedPort())).toEqual([
      expect.stringContaining("it cannot be reached") as string,
    ]);
    expect(await problemsAt(stub.origin)).toEqual([expect.stringContaining("HTTP 401") as string]);
  });
});

describe("skews", () => {
  const skewsOf = (stub: StubServer, of = clock): Observable<number | string> =>
    skews(
      { origin: stub.origin, answerMs: ANSWER_MS, everyMs: 50 },
      { clock: of, scheduler: asyncScheduler },
    );

  it("measures the skew every everyMs, and requests nothing else", async () => {
    let aheadMs = 0;
    const stub = await venue({
      time: (asking, response, socket) => {
        timeIs(NOW + aheadMs)(asking, response, socket);
        aheadMs += 7_000;
      },
    });

    expect(await firstValueFrom(skewsOf(stub).pipe(take(3), toArray()))).toEqual([
      500, 7_500, 14_500,
    ]);
    expect(new Set(pathsOf(stub))).toEqual(new Set(["/time"]));
  });

  it("says why a request has no usable answer, and goes on", async () => {
    const answers: readonly RequestHandler[] = [
      respondWith(500, '{"error":"overloaded"}'),
      respondWith(200, '"noon"'),
      unanswered,
    ];
    let asks = 0;
    const stub = await venue({
      time: (asking, response, socket) => {
        (answers[asks] ?? timeIs(NOW))(asking, response, socket);
        asks += 1;
      },
    });

    expect(await firstValueFrom(skewsOf(stub).pipe(take(4), toArray()))).toEqual([
      "GET /time: HTTP 500: overloaded",
      'GET /time: HTTP 200: not understood: "noon"',
      `GET /time: no answer in ${ANSWER_MS} ms`,
      500,
    ]);
  });

  it("measures nothing by an answer that took more than a second", async () => {
    const ticks = [0, 1_001];
    const slow: Clock = {
      now: () => ({ epochMs: epochMs(NOW), monotonicMs: monotonicMs(ticks.shift() ?? 2_000) }),
    };
    const stub = await venue();

    expect(await firstValueFrom(skewsOf(stub, slow).pipe(take(2), toArray()))).toEqual([
      "GET /time: no answer within 1000 ms",
      500,
    ]);
    expect(pathsOf(stub)).toEqual(["/time", "/time"]);
  });
});
