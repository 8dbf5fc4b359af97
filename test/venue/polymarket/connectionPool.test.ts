/** The shell around HTTP against a server that does its worst; on a real clock, over loopback. */
import type { Socket } from "node:net";
import { setTimeout as later } from "node:timers/promises";
import {
  asyncScheduler,
  concatMap,
  firstValueFrom,
  type Observable,
  startWith,
  toArray,
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
import { type Answer, nobody, says, type StubServer, stubServer, stubTcp } from "../stubServer.ts";

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function server(answer: Answer): Promise<StubServer> {
  const it = await stubServer(answer);
  open.push(it);
  return it;
}

const lineTo = (origin: string, options: Partial<ConnectionPoolOptions> = {}): ConnectionPool =>
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

/** Everything a request ever says: it must be one answer. */
const all = (answer$: Observable<HttpAnswer>): Promise<readonly HttpAnswer[]> =>
  firstValueFrom(answer$.pipe(toArray()));

const UNREACHABLE = { type: "notSent", cause: "unreachable", retryAfterMs: null };
const FENCED = { type: "notSent", cause: "epoch", retryAfterMs: null };
const LOST = { type: "lost", detail: expect.any(String) as string };

describe("a request that is asked for in the moment another errs", () => {
  it("goes by a connection of its own, and nothing is thrown", async () => {
    const origin = await nobody();
    const asks = lineTo(origin);
    const answers = await all(
      asks.send(GET).pipe(concatMap((first) => asks.send(GET).pipe(startWith(first)))),
    );
    expect(answers).toEqual([UNREACHABLE, UNREACHABLE]);
  });
});

describe("a line", () => {
  it("carries method, path, headers and the exact bytes of the body, and their answer", async () => {
    const stub = await server(says(200, '{"a":"é"}'));

    expect(await all(lineTo(stub.origin).send(POST))).toEqual([
      { type: "answered", status: 200, text: '{"a":"é"}', retryAfter: null, rateLimit: null },
    ]);
    expect(stub.asked).toMatchObject([
      { method: "POST", path: "/orders", body: "[1]", headers: { "x-secret": "s3cret" } },
    ]);
  });

  it("answers with the status whatever it is, and with Retry-After as it was", async () => {
    const stub = await server(says(429, "slow down", { "retry-after": "79" }));

    expect(await all(lineTo(stub.origin).send(GET))).toEqual([
      { type: "answered", status: 429, text: "slow down", retryAfter: "79", rateLimit: null },
    ]);
  });

  it("does not follow a redirect", async () => {
    const stub = await server(says(302, "", { location: "/elsewhere" }));

    expect(await all(lineTo(stub.origin).send(GET))).toMatchObject([{ status: 302 }]);
    expect(stub.asked).toHaveLength(1);
  });

  it("begins with the subscription: each is a request, none is shared", async () => {
    const stub = await server(says(200, ""));
    const answer$ = lineTo(stub.origin).send(GET);
    await later(50);
    expect(stub.asked).toHaveLength(0);

    await all(answer$);
    await all(answer$);

    expect(stub.asked).toHaveLength(2);
  });

  it("keeps its connection from one request to the next", async () => {
    const stub = await server(says(200, ""));
    const it = lineTo(stub.origin);

    for (let n = 0; n < 5; n += 1) await all(it.send(POST));

    expect(stub.connections()).toBe(1);
  });

  it("keeps it after a cancel too, which is a DELETE with a body", async () => {
    const stub = await server(says(200, ""));
    const it = lineTo(stub.origin);

    for (let n = 0; n < 3; n += 1) await all(it.send({ ...POST, method: "DELETE" }));

    expect(stub.connections()).toBe(1);
  });

  it("takes a connection that is open before one that is not", async () => {
    const sockets: Socket[] = [];
    const stub = await server((asked, response, socket) => {
      sockets[asked.connection] = socket;
      setTimeout(() => says(200, "")(asked, response, socket), 30);
    });
    const it = lineTo(stub.origin);
    await Promise.all([all(it.send(GET)), all(it.send(GET))]);
    sockets[0]?.destroy();
    await later(30);

    await all(it.send(POST));

    expect(stub.asked.map(({ connection }) => connection)).toEqual([0, 1, 1]);
  });
});

describe("[J] not sent is a proof", () => {
  it("nobody listens", async () => {
    expect(await all(lineTo(await nobody()).send(POST))).toEqual([UNREACHABLE]);
  });

  it("the fence is down: not a byte arrives, and the connection is not lost over it", async () => {
    const stub = await server(says(200, ""));
    const it = lineTo(stub.origin);
    await all(it.send(GET));

    expect(await all(it.send(POST, () => false))).toEqual([FENCED]);
    await all(it.send(GET));

    expect(stub.asked.map(({ method }) => method)).toEqual(["GET", "GET"]);
    expect(stub.connections()).toBe(1);
  });

  it("the fence falls while the connection is being made", async () => {
    const stub = await server(says(200, ""));
    let lets = true;
    const answers = all(lineTo(stub.origin).send(POST, () => lets));
    lets = false;

    expect(await answers).toEqual([FENCED]);
    await later(50);
    expect(stub.asked).toHaveLength(0);
  });

  it("the fence falls while a warm connection is looked at", async () => {
    const stub = await server(says(200, ""));
    const it = lineTo(stub.origin);
    await all(it.send(GET));
    let lets = true;
    const answers = all(it.send(POST, () => lets));
    lets = false;

    expect(await answers).toEqual([FENCED]);
    await later(50);
    expect(stub.asked).toHaveLength(1);
  });

  it("asks the fence with nothing but the write between it and the socket", async () => {
    const stub = await server(says(200, ""));
    const it = lineTo(stub.origin);
    await all(it.send(GET));
    let asked = 0;

    const answers = await all(it.send(POST, () => (asked += 1) > 0));

    expect(answers).toMatchObject([{ type: "answered" }]);
    expect(asked).toBe(1);
  });

  it("no handshake in time: it does not leave later either", async () => {
    // A connect that never ends is what an address that swallows packets does.
    const stub = await server(says(200, ""));
    const it = lineTo(stub.origin, { leaveMs: 0 });
    const answers = all(it.send(POST));
    busy(50);

    expect(await answers).toEqual([UNREACHABLE]);
    await later(100);
    expect(stub.asked).toHaveLength(0);
    // What was withdrawn does not stand in the way of the next.
    expect(await all(lineTo(stub.origin).send(GET))).toMatchObject([{ status: 200 }]);
  });

  it("all connections are busy: it is not queued behind them", async () => {
    const stub = await server(() => undefined);
    const it = lineTo(stub.origin, { connectionsMax: 2, answerMs: 400 });
    const hanging = [all(it.send(POST)), all(it.send(POST))];
    await later(50);

    expect(await all(it.send(POST))).toEqual([UNREACHABLE]);
    expect(await Promise.all(hanging)).toEqual([[LOST], [LOST]]);
    expect(stub.asked).toHaveLength(2);
  });
});

describe("[J] lost is everything else", () => {
  it.each<[string, Answer]>([
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

    expect(await all(lineTo(stub.origin).send(POST))).toEqual([LOST]);
    expect(stub.asked).toHaveLength(1);
  });

  it.each<[string, Answer]>([
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
  ])("%s, up to the deadline; the connection is given up", async (_name, answer) => {
    let isHostile = true;
    const stub = await server((asked, response, socket) =>
      (isHostile ? answer : says(200, ""))(asked, response, socket),
    );
    const it = lineTo(stub.origin, { connectionsMax: 1, answerMs: 300 });

    const startedAt = performance.now();
    expect(await all(it.send(POST))).toEqual([LOST]);
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThan(290);
    expect(tookMs).toBeLessThan(900);

    isHostile = false;
    expect(await all(it.send(GET))).toMatchObject([{ status: 200 }]);
    expect(stub.asked.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  it("a connection that the server closed as it was used: said, and not sent again", async () => {
    let requests = 0;
    const tcp = await stubTcp((socket) => {
      requests += 1;
      if (requests > 1) socket.resetAndDestroy();
      else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    });
    open.push(tcp);
    const it = lineTo(tcp.origin);
    await all(it.send(GET));

    expect(await all(it.send(POST))).toEqual([LOST]);
    await later(100);
    expect(requests).toBe(2);
  });

  it("an answer beyond all bounds", async () => {
    const stub = await server(says(200, " ".repeat(17 * 1024 * 1024)));

    expect(await all(lineTo(stub.origin, { answerMs: 5_000 }).send(GET))).toEqual([LOST]);
  });

  it("does not repeat a secret", async () => {
    const stub = await server((_asked, _response, socket) => socket.resetAndDestroy());

    expect(JSON.stringify(await all(lineTo(stub.origin).send(POST)))).not.toContain("s3cret");
  });
});

describe("whoever leaves", () => {
  it("undoes nothing: the request arrives, and is answered to nobody", async () => {
    const stub = await server(says(200, ""));
    const it = lineTo(stub.origin);

    it.send(POST).subscribe().unsubscribe();
    await later(100);

    expect(stub.asked).toHaveLength(1);
    await all(it.send(GET));
    expect(stub.connections()).toBe(1);
  });
});

describe("a warm line", () => {
  it("[C] has an open connection for whoever comes, even while one of them is asked on", async () => {
    // The first connection hangs from its second request on.
    const stub = await server((asked, response, socket) => {
      const isHanging = asked.connection === 0 && stub.asked.length > 2;
      if (!isHanging) says(200, "")(asked, response, socket);
    });
    const it = lineTo(stub.origin, { answerMs: 5_000 });
    const warming = it.warm(GET, { connections: 2, everyMs: 50 }).subscribe();
    await later(400);
    const before = stub.connections();

    const answer = await all(it.send({ ...POST, method: "DELETE" }));

    warming.unsubscribe();
    expect(answer).toMatchObject([{ status: 200 }]);
    expect(before).toBe(2);
    expect(stub.connections()).toBe(2);
  });

  it("opens again what the server has closed", async () => {
    const stub = await server((asked, response, socket) => {
      says(200, "")(asked, response, socket);
      setTimeout(() => socket.destroy(), 10);
    });
    const warming = lineTo(stub.origin).warm(GET, { connections: 1, everyMs: 50 }).subscribe();
    await later(300);
    warming.unsubscribe();

    expect(stub.connections()).toBeGreaterThan(3);
  });

  it("goes on while nobody listens", async () => {
    const seen: unknown[] = [];
    const warming = lineTo(await nobody())
      .warm(GET, { connections: 1, everyMs: 20 })
      .subscribe({ error: (error) => seen.push(error), complete: () => seen.push("end") });
    await later(200);
    warming.unsubscribe();

    expect(seen).toEqual([]);
  });
});

/** The loop is held up, as by a long collection of garbage. */
function busy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
