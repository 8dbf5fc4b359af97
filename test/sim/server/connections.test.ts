import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { httpServer } from "../../../src/sim/server/httpServer.ts";
import { HELLO_MS_MAX, HTTP_LIMITS } from "../../../src/sim/server/state/bounds.ts";
import { client, connected, following, get, served, settled } from "./served.ts";
import { until } from "../../support/patience.ts";

/** A TCP socket that has sent this text, and nothing more. */
async function sent(port: number, text: string): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(text);
  return socket;
}

/** Everything that a socket receives until its other side has ended. */
async function received(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk) => (text += String(chunk)));
  await once(socket, "end");
  return text;
}

const HALF = "POST /order HTTP/1.1\r\nHost: localhost\r\n";

describe("half-open requests", () => {
  it.each([
    ["without the end of their headers", HALF],
    ["without their body", `${HALF}Content-Length: 100\r\n\r\n{`],
    ["of which nothing came", ""],
  ])(
    "%s: as many as there may be do not lock others out",
    async (_, text) => {
      const venue = await served();
      const us = await client(venue);
      for (let count = 0; count < HTTP_LIMITS.connections; count += 1)
        await sent(venue.at.port, text);
      expect((await get(venue, "/time")).status).toBe(200);
      expect((await us.place(["BUY", "YES", 100, 20])).status).toBe(200);
      const socket = await following(venue, us);
      expect(socket.socket.readyState).toBe(WebSocket.OPEN);
    },
    60_000,
  );

  it("end before the channels of others do", async () => {
    const venue = await served();
    const channel = await connected(venue.at.marketSocket);
    for (let count = 0; count < HTTP_LIMITS.connections; count += 1)
      await sent(venue.at.port, HALF);
    await settled(channel);
  }, 60_000);

  it("end by themselves, and so does a connection that asks for nothing more", async () => {
    const limits = { connections: 8, requestMs: 60, idleMs: 60, checkMs: 20 };
    const server = httpServer((_, reply) => reply({ status: 200, body: 1 }), false, limits);
    onTestFinished(() => void server.close());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    expect(await received(await sent(port, HALF))).toContain("400");
    const whole = "GET /time HTTP/1.1\r\nHost: localhost\r\n\r\n";
    expect(await received(await sent(port, whole))).toContain("200 OK");
  });
});

describe("what is no request", () => {
  it.each([
    ["no HTTP", "nonsense\r\n\r\n", "400"],
    [
      "a channel that is not there",
      "GET /nowhere HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
      "404",
    ],
  ])("%s: its connection is gone, though its client keeps its own side open", async (...row) => {
    const [, text, status] = row;
    const venue = await served();
    const socket = await sent(venue.at.port, text);
    expect(await received(socket)).toContain(status);
    const errors: Error[] = [];
    socket.on("error", (error) => errors.push(error));
    // What is only half closed would take this for ever.
    await until(() => {
      socket.write("x");
      return errors.length > 0;
    }, "the connection is gone");
    expect(errors[0]?.message).toMatch(/EPIPE|ECONNRESET/);
  });
});

describe("a channel without a subscription", () => {
  it.each(["userSocket", "marketSocket", "priceSocket"] as const)(
    "%s closes after its time, with PINGs as well",
    async (name) => {
      const venue = await served();
      const { socket, send } = await connected(venue.at[name]);
      const codes: number[] = [];
      socket.on("close", (code) => codes.push(code));
      send("PING");
      venue.run(HELLO_MS_MAX);
      await until(() => codes.length > 0);
      expect(codes).toEqual([1008]);
    },
  );

  it("stays where one has come", async () => {
    const venue = await served();
    const us = await client(venue);
    const user = await following(venue, us);
    const market = await connected(venue.at.marketSocket);
    market.send({ type: "market", assets_ids: [] });
    await settled(market);
    const reference = await connected(`${venue.at.binanceSocket}/ws/btcusdt@trade`);
    venue.run(HELLO_MS_MAX + 1_000);
    await settled(user);
    await settled(market);
    expect(reference.socket.readyState).toBe(WebSocket.OPEN);
  });
});

describe("a page of another site", () => {
  const asked = async (
    port: number,
    headers: Record<string, string>,
    line = "POST /control HTTP/1.1",
  ): Promise<string> => {
    const body = '{"do":"clear"}';
    const all = { Host: `127.0.0.1:${port}`, "Content-Length": "14", Connection: "close" };
    const lines = Object.entries({ ...all, ...headers }).map(([name, text]) => `${name}: ${text}`);
    const socket = await sent(port, `${line}\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
    return (await received(socket)).split("\r\n")[0] ?? "";
  };

  it("can ask nothing, by its origin or by a name that points here", async () => {
    const venue = await served();
    const { port } = venue.at;
    const ours = { Origin: `http://127.0.0.1:${port}` };
    for (const headers of [{}, ours, { Host: `localhost:${port}` }, { Host: "[::1]" }])
      expect(await asked(port, headers)).toContain("200");
    for (const headers of [
      { Origin: "https://evil.example" },
      { Origin: "null" },
      { Origin: "http://127.0.0.1:1" },
      { Host: `evil.example:${port}` },
      { Host: `evil.example:${port}`, Origin: `http://evil.example:${port}` },
      { Host: "127.0.0.1.evil.example" },
    ])
      expect(await asked(port, headers)).toContain("403");
  });

  it("can open no channel", async () => {
    const venue = await served();
    const opened = (options: object): Promise<unknown> => {
      const socket = new WebSocket(venue.at.marketSocket, options);
      onTestFinished(() => socket.terminate());
      return once(socket, "open");
    };
    await expect(opened({ origin: "https://evil.example" })).rejects.toThrow("403");
    await expect(opened({ headers: { Host: "evil.example" } })).rejects.toThrow("403");
    await expect(opened({ origin: venue.at.rest })).resolves.toBeDefined();
  });
});
