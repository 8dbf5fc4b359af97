/** The connection pool against hostile servers, over loopback. */
import type { Socket } from "node:net";
import {
  asyncScheduler,
  concatMap,
  firstValueFrom,
  type Observable,
  startWith,
  toArray,
  VirtualTimeScheduler,
} from "rxjs";
import { afterEach, describe, expect, it } from "vitest";
import {
  type HttpAnswer,
  type HttpRequest,
  type ConnectionPool,
  connectionPool,
  type ConnectionPoolOptions,
} from "../../../src/venue/polymarket/http/connectionPool.ts";
import { Secret } from "../../../src/venue/polymarket/sign/index.ts";
import {
  type RequestHandler,
  closedPort,
  respondWith,
  type StubServer,
  stubServer,
  stubTcp,
} from "../stubServer.ts";
import { later, timeByTurns } from "../../support/patience.ts";

timeByTurns();

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function server(answer: RequestHandler): Promise<StubServer> {
  const it = await stubServer(answer);
  open.push(it);
  return it;
}

const poolTo = (origin: string, options: Partial<ConnectionPoolOptions> = {}): ConnectionPool =>
  connectionPool(
    { origin, connectionsMax: 4, leaveMs: 500, answerMs: 1_000, ...options },
    asyncScheduler,
  );

const GET: HttpRequest = { method: "GET", path: "/time?a=b", headers: new Secret({}), body: null };
const POST: HttpRequest = {
  method: "POST",
  path: "/orders",
  headers: new Secret({ "content-type": "application/json", "x-secret": "s3cret" }),
  body: "[1]",
};

/** Everything that a request emits: it must be one answer. */
const all = (answer$: Observable<HttpAnswer>): Promise<readonly HttpAnswer[]> =>
  firstValueFrom(answer$.pipe(toArray()));

const unreachable = (why: string) => ({
  type: "notSent",
  cause: "unreachable",
  retryAfterMs: null,
  detail: expect.stringContaining(why) as string,
});
const NOBODY = unreachable("ECONNREFUSED");
const FENCED = { type: "notSent", cause: "epoch", retryAfterMs: null };
const LOST = { type: "lost", detail: expect.any(String) as string };

describe("a request sent in the callback of one that failed", () => {
  it("takes another connection, and nothing is thrown", async () => {
    const origin = await closedPort();
    const asks = poolTo(origin);
    const answers = await all(
      asks.send(GET).pipe(concatMap((first) => asks.send(GET).pipe(startWith(first)))),
    );
    expect(answers).toEqual([NOBODY, NOBODY]);
  });
});

describe("connectionPool", () => {
  it("sends method, path, headers and the exact bytes of the body, and gives the answer", async () => {
    const stub = await server(respondWith(200, '{"a":"é"}'));

    expect(await all(poolTo(stub.origin).send(POST))).toMatchObject([
      { type: "answered", status: 200, text: '{"a":"é"}', retryAfter: null, rateLimit: null },
    ]);
    expect(stub.requests).toMatchObject([
      { method: "POST", path: "/orders", body: "[1]", headers: { "x-secret": "s3cret" } },
    ]);
  });

  it("gives an answer of any status, with Retry-After unparsed", async () => {
    const date = "Wed, 21 Oct 2026 07:28:00 GMT";
    const stub = await server(respondWith(429, "slow down", { "retry-after": "79", date }));

    expect(await all(poolTo(stub.origin).send(GET))).toEqual([
      { type: "answered", status: 429, text: "slow down", retryAfter: "79", rateLimit: null, date },
    ]);
  });

  it("does not follow a redirect", async () => {
    const stub = await server(respondWith(302, "", { location: "/elsewhere" }));

    expect(await all(poolTo(stub.origin).send(GET))).toMatchObject([{ status: 302 }]);
    expect(stub.requests).toHaveLength(1);
  });

  it("sends on subscription, one request for each", async () => {
    const stub = await server(respondWith(200, ""));
    const answer$ = poolTo(stub.origin).send(GET);
    await later(50);
    expect(stub.requests).toHaveLength(0);

    await all(answer$);
    await all(answer$);

    expect(stub.requests).toHaveLength(2);
  });

  it("reuses its connection for the next request", async () => {
    const stub = await server(respondWith(200, ""));
    const it = poolTo(stub.origin);

    for (let n = 0; n < 5; n += 1) await all(it.send(POST));

    expect(stub.connections()).toBe(1);
  });

  it("reuses it after a DELETE with a body, as a cancel is", async () => {
    const stub = await server(respondWith(200, ""));
    const it = poolTo(stub.origin);

    for (let n = 0; n < 3; n += 1) await all(it.send({ ...POST, method: "DELETE" }));

    expect(stub.connections()).toBe(1);
  });

  it("prefers an open connection to a closed one", async () => {
    const sockets: Socket[] = [];
    const stub = await server((asked, response, socket) => {
      sockets[asked.connection] = socket;
      setTimeout(() => respondWith(200, "")(asked, response, socket), 30);
    });
    const it = poolTo(stub.origin);
    await Promise.all([all(it.send(GET)), all(it.send(GET))]);
    sockets[0]?.destroy();
    await later(30);

    await all(it.send(POST));

    expect(stub.requests.map(({ connection }) => connection)).toEqual([0, 1, 1]);
  });
});

describe("[J] not sent is a proof", () => {
  it("nothing listens", async () => {
    expect(await all(poolTo(await closedPort()).send(POST))).toEqual([NOBODY]);
  });

  it("mayLeave says no: not a byte arrives, and the connection stays open", async () => {
    const stub = await server(respondWith(200, ""));
    const it = poolTo(stub.origin);
    await all(it.send(GET));

    expect(await all(it.send(POST, () => false))).toEqual([FENCED]);
    await all(it.send(GET));

    expect(stub.requests.map(({ method }) => method)).toEqual(["GET", "GET"]);
    expect(stub.connections()).toBe(1);
  });

  it("mayLeave turns false while the connection is being made", async () => {
    const stub = await server(respondWith(200, ""));
    let mayLeave = true;
    const answers = all(poolTo(stub.origin).send(POST, () => mayLeave));
    mayLeave = false;

    expect(await answers).toEqual([FENCED]);
    await later(50);
    expect(stub.requests).toHaveLength(0);
  });

  it("mayLeave turns false while undici checks an open connection", async () => {
    const stub = await server(respondWith(200, ""));
    const it = poolTo(stub.origin);
    await all(it.send(GET));
    let mayLeave = true;
    const answers = all(it.send(POST, () => mayLeave));
    mayLeave = false;

    expect(await answers).toEqual([FENCED]);
    await later(50);
    expect(stub.requests).toHaveLength(1);
  });

  it("mayLeave is called once, right before the write", async () => {
    const stub = await server(respondWith(200, ""));
    const it = poolTo(stub.origin);
    await all(it.send(GET));
    let asked = 0;

    const answers = await all(it.send(POST, () => (asked += 1) > 0));

    expect(answers).toMatchObject([{ type: "answered" }]);
    expect(asked).toBe(1);
  });

  it("no connection in time: the request does not leave later either", async () => {
    // Stands for an address that drops packets, where connecting never ends.
    const stub = await server(respondWith(200, ""));
    const it = poolTo(stub.origin, { leaveMs: 0 });
    const answers = all(it.send(POST));
    busy(50);

    expect(await answers).toEqual([unreachable("no connection in")]);
    await later(100);
    expect(stub.requests).toHaveLength(0);
    // The request that was given up does not delay the next.
    expect(await all(poolTo(stub.origin).send(GET))).toMatchObject([{ status: 200 }]);
  });

  it("all connections are busy: the request is not queued", async () => {
    const stub = await server(() => undefined);
    const it = poolTo(stub.origin, { connectionsMax: 2, answerMs: 400 });
    const hanging = [all(it.send(POST)), all(it.send(POST))];
    await later(50);

    expect(await all(it.send(POST))).toEqual([unreachable("all 2 connections are busy")]);
    expect(await Promise.all(hanging)).toEqual([[LOST], [LOST]]);
    expect(stub.requests).toHaveLength(2);
  });
});

describe("[J] lost is everything else", () => {
  it.each<[string, RequestHandler]>([
    ["a reset instead of an answer", (_asked, _response, socket) => socket.resetAndDestroy()],
    ["an end instead of an answer", (_asked, _response, socket) => socket.destroy()],
    [
      "half a body, then the end",
      (_asked, response, socket) => {
        response.writeHead(200, { "content-length": "100" }).write('{"half":');
        setTimeout(() => socket.destroy(), 20);
      },
    ],
    [
      "a chunked body without its end",
      (_asked, response, socket) => {
        response.writeHead(200).write("[");
        setTimeout(() => socket.destroy(), 20);
      },
    ],
    [
      "something that is not HTTP",
      (_asked, _response, socket) => socket.end("220 mail.example\r\n"),
    ],
  ])("%s", async (_name, answer) => {
    const stub = await server(answer);

    expect(await all(poolTo(stub.origin).send(POST))).toEqual([LOST]);
    expect(stub.requests).toHaveLength(1);
  });

  it.each<[string, RequestHandler]>([
    ["silence", () => undefined],
    [
      "headers, and then silence",
      (_asked, response) => void response.writeHead(200, { "content-length": "9" }).write("{"),
    ],
    [
      "a body that drips for ever",
      (_asked, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write(" "), 20);
        response.on("close", () => clearInterval(drip));
      },
    ],
  ])("%s, up to the deadline; the connection is closed", async (_name, answer) => {
    let isHostile = true;
    const stub = await server((asked, response, socket) =>
      (isHostile ? answer : respondWith(200, ""))(asked, response, socket),
    );
    const it = poolTo(stub.origin, { connectionsMax: 1, answerMs: 300 });

    const startedAt = performance.now();
    expect(await all(it.send(POST))).toEqual([LOST]);
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThan(290);
    expect(tookMs).toBeLessThan(900);

    isHostile = false;
    expect(await all(it.send(GET))).toMatchObject([{ status: 200 }]);
    expect(stub.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  it("the server closes the connection as it is used: the request is not sent again", async () => {
    let requests = 0;
    const tcp = await stubTcp((socket) => {
      requests += 1;
      if (requests > 1) socket.resetAndDestroy();
      else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    });
    open.push(tcp);
    const it = poolTo(tcp.origin);
    await all(it.send(GET));

    expect(await all(it.send(POST))).toEqual([LOST]);
    await later(100);
    expect(requests).toBe(2);
  });

  it("silence has its whole time from when the request left, however late it was", async () => {
    let arrived = (): void => undefined;
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    const stub = await server(() => arrived());
    const time = new VirtualTimeScheduler();
    const passes = (untilMs: number): void => {
      time.maxFrames = untilMs;
      time.schedule(() => undefined, untilMs - time.frame);
      time.flush();
    };
    const answers: HttpAnswer[] = [];
    const options = { connectionsMax: 1, leaveMs: 500, answerMs: 1_000 };
    connectionPool({ origin: stub.origin, ...options }, time)
      .send(POST)
      .subscribe((answer) => answers.push(answer));

    passes(400);
    await arrival;
    passes(1_399);
    expect(answers).toEqual([]);
    passes(1_400);
    expect(answers).toEqual([{ type: "lost", detail: "no answer in 1000 ms" }]);
  });

  it("an answer larger than 16 MiB", async () => {
    const stub = await server(respondWith(200, " ".repeat(17 * 1024 * 1024)));

    expect(await all(poolTo(stub.origin, { answerMs: 5_000 }).send(GET))).toEqual([LOST]);
  });

  it("quotes no secret", async () => {
    const stub = await server((_asked, _response, socket) => socket.resetAndDestroy());

    expect(JSON.stringify(await all(poolTo(stub.origin).send(POST)))).not.toContain("s3cret");
  });
});

describe("unsubscribing", () => {
  it("does not cancel the request, which arrives and is answered", async () => {
    const stub = await server(respondWith(200, ""));
    const it = poolTo(stub.origin);

    it.send(POST).subscribe().unsubscribe();
    await later(100);

    expect(stub.requests).toHaveLength(1);
    await all(it.send(GET));
    expect(stub.connections()).toBe(1);
  });
});

describe("keepWarm", () => {
  it("[C] always has an open connection free, even while one is used to keep it warm", async () => {
    // The first connection hangs from its second request on.
    const stub = await server((asked, response, socket) => {
      const isHanging = asked.connection === 0 && stub.requests.length > 2;
      if (!isHanging) respondWith(200, "")(asked, response, socket);
    });
    const it = poolTo(stub.origin, { answerMs: 5_000 });
    const warming = it.keepWarm(GET, { connections: 2, everyMs: 50 }).subscribe();
    await later(400);
    const before = stub.connections();

    const answer = await all(it.send({ ...POST, method: "DELETE" }));

    warming.unsubscribe();
    expect(answer).toMatchObject([{ status: 200 }]);
    expect(before).toBe(2);
    expect(stub.connections()).toBe(2);
  });

  it("reopens a connection that the server has closed", async () => {
    const stub = await server((asked, response, socket) => {
      respondWith(200, "")(asked, response, socket);
      setTimeout(() => socket.destroy(), 10);
    });
    const warming = poolTo(stub.origin).keepWarm(GET, { connections: 1, everyMs: 50 }).subscribe();
    await later(300);
    warming.unsubscribe();

    expect(stub.connections()).toBeGreaterThan(3);
  });

  it("goes on while nothing listens", async () => {
    const seen: unknown[] = [];
    const warming = poolTo(await closedPort())
      .keepWarm(GET, { connections: 1, everyMs: 20 })
      .subscribe({ error: (error) => seen.push(error), complete: () => seen.push("end") });
    await later(200);
    warming.unsubscribe();

    expect(seen).toEqual([]);
  });
});

/** Blocks the event loop, as a long garbage collection does. */
function busy(ms: number): void {
  const until = process.hrtime.bigint() + BigInt(ms) * 1_000_000n;
  while (process.hrtime.bigint() < until);
}
