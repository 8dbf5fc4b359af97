/** Any input, over HTTP or WebSocket, is answered or cut off, and never ends in an internal error. */
import { connect } from "node:net";
import fc from "fast-check";
import { expect, it } from "vitest";
import { client, connected, get, request, served, settled } from "./served.ts";

const anything = fc.oneof(
  fc.json(),
  fc.string(),
  fc.constantFrom("", "null", "[]", "{}", "-0", '"', "[[[[[[[[", "1e999", '{"__proto__":{}}'),
);

/** A document with one value, at any depth, replaced or removed. */
function broken(document: unknown, path: number, value: unknown): unknown {
  if (typeof document !== "object" || document === null) return value;
  const entries: [string, unknown][] = Object.entries(document);
  const [name, inner] = entries[path % entries.length] ?? ["", undefined];
  const isInner = typeof inner === "object" && inner !== null && path % 3 > 0;
  const next = isInner ? broken(inner, Math.floor(path / entries.length), value) : value;
  return Object.fromEntries(
    entries
      .filter(([key]) => key !== name || next !== undefined)
      .map(([key, old]) => [key, key === name ? next : old]),
  );
}

const isAnswered = (status: number): boolean => status >= 200 && status < 500;

it("an order with any one field broken is refused", async () => {
  const venue = await served({ scenario: { takerDelayMs: 0, fee: { rateBp: 700, exponent: 1 } } });
  venue.run(2_000);
  const us = await client(venue);
  const values = fc.oneof(
    fc.jsonValue(),
    fc.constant(undefined),
    fc.constantFrom("0", "-1", "1", "9".repeat(40), "0x", 1e21, -1, 2 ** 53, "NaN", "1.5"),
  );
  const statuses = new Set<number>();
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      values,
      fc.constantFrom("GTC", "FAK", "FOK"),
      async (path, value, orderType) => {
        const { body } = us.signed(["BUY", "YES", 5000, 20], { orderType: orderType as "GTC" });
        const text = JSON.stringify(broken(JSON.parse(body), path, value));
        for (const [address, sent] of [
          ["/order", text],
          ["/orders", `[${text},${text}]`],
        ] as const) {
          const { status } = await us.ask("POST", address, sent);
          expect(isAnswered(status)).toBe(true);
          statuses.add(status);
        }
      },
    ),
    { numRuns: 150 },
  );
  // A batch of refused legs is answered 200.
  expect(statuses.size).toBeGreaterThan(1);
  expect(venue.bugs).toEqual([]);
  expect((await us.place(["BUY", "YES", 100, 20])).status).toBe(200);
});

it("any body and any query at any address is answered", async () => {
  const venue = await served();
  const us = await client(venue);
  const token = venue.market().market.tokenIds.YES;
  const addresses = [
    "POST /order, POST /orders, DELETE /order, DELETE /orders, POST /books, POST /v1/heartbeats",
    "DELETE /cancel-market-orders, DELETE /cancel-all, POST /control, GET /data/orders",
    "GET /data/order/x, GET /data/trades, GET /balance-allowance, GET /book, GET /price",
    "GET /gamma/markets, GET /gamma/events/keyset, GET /markets/x, GET /api/v3/klines",
  ].flatMap((line) => line.split(", "));
  const names = ["token_id", "side", "limit", "next_cursor", "after", "end_date_min", "symbol"];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...addresses),
      anything,
      fc.array(fc.tuple(fc.constantFrom(...names), fc.oneof(anything, fc.constant(token)))),
      async (address, body, queries) => {
        const [method = "", path = ""] = address.split(" ");
        const query = new URLSearchParams(queries).toString();
        const sent = method === "GET" || body === "" ? undefined : body;
        const { status } = await us.ask(method, `${path}?${query}`, sent);
        expect(isAnswered(status)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
  expect(venue.bugs).toEqual([]);
  await request(venue, "POST", "/control", { body: '{"do":"clear"}' });
  expect((await get(venue, "/time")).status).toBe(200);
});

it("bytes that are not HTTP are cut off", async () => {
  const venue = await served();
  const sent = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(venue.at.port, "127.0.0.1", () => socket.end(bytes));
      socket.on("error", () => resolve());
      socket.on("close", () => resolve());
      socket.resume();
    });
  const line = fc
    .tuple(fc.constantFrom("GET", "POST", "DELETE", "WHAT"), fc.string(), fc.string())
    .map(([method, path, header]) =>
      Buffer.from(`${method} /${path} HTTP/1.1\r\nHost: x\r\n${header}: 1\r\n\r\n`, "latin1"),
    );
  const upgrade = fc
    .tuple(fc.string(), fc.constantFrom("websocket", "h2c"))
    .map(([path, to]) =>
      Buffer.from(
        `GET /ws/${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${to}\r\n\r\n`,
        "latin1",
      ),
    );
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), line, upgrade), sent),
    { numRuns: 200 },
  );
  expect(venue.bugs).toEqual([]);
  expect((await get(venue, "/time")).status).toBe(200);
});

it("any frame on any channel is answered or ends the connection", async () => {
  const venue = await served();
  const token = venue.market().market.tokenIds.YES;
  const message = fc.oneof(
    anything,
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
    fc
      .record({
        type: fc.constantFrom("market", "user", "MARKET", 7),
        operation: fc.constantFrom("subscribe", "unsubscribe", undefined),
        assets_ids: fc.oneof(fc.jsonValue(), fc.constant([token]), fc.array(fc.string())),
        markets: fc.oneof(fc.jsonValue(), fc.array(fc.string())),
        auth: fc.oneof(fc.jsonValue(), fc.record({ apiKey: fc.string(), secret: fc.string() })),
        method: fc.constantFrom("SUBSCRIBE", "UNSUBSCRIBE", undefined),
        params: fc.oneof(fc.jsonValue(), fc.constant(["btcusdt@kline_1m"])),
      })
      .map((one) => JSON.stringify(one)),
  );
  const urls = [
    venue.at.marketSocket,
    venue.at.userSocket,
    `${venue.at.binanceSocket}/ws/btcusdt@trade`,
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...urls),
      fc.array(message, { minLength: 1, maxLength: 15 }),
      async (url, messages) => {
        const socket = await connected(url);
        for (const one of messages) socket.socket.send(one);
        venue.run(50);
        socket.socket.close();
        await new Promise((resolve) => socket.socket.once("close", resolve));
      },
    ),
    { numRuns: 100 },
  );
  const market = await connected(venue.at.marketSocket);
  market.send({ type: "market", assets_ids: [token] });
  await settled(market);
  expect(market.events()[0]).toMatchObject({ event_type: "book", asset_id: token });
});
