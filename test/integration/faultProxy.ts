/** What may stand between a client and its venue: HTTP and WebSockets passed on, or not, or half. */
import { Agent, createServer, type IncomingMessage, type ServerResponse, request } from "node:http";
import { type AddressInfo, type Socket, connect } from "node:net";
import type { Duplex } from "node:stream";
import { once } from "node:events";
import { type Endpoints, endpointsAt } from "../../src/sim/server/index.ts";

/** What becomes of a request. */
export type Fate =
  | "passed on"
  /** The connection is reset, and the venue never hears of it. */
  | "reset before"
  /** The venue does what it was asked; then the connection is reset. */
  | "reset after"
  /** The venue does what it was asked, and half of its answer arrives before the reset. */
  | "half answered"
  /** The venue does what it was asked, and says so when nobody waits any more. */
  | "answered late"
  /** The venue hears of it when nobody waits any more, and does what it was asked. */
  | "heard late"
  /** The venue never hears of it, and nobody says anything. */
  | "swallowed";

/** What becomes of connections that are open: all those of HTTP, or one WebSocket after the other. */
export type Deed =
  | "nothing"
  /** All those of HTTP are reset, busy or not. */
  | "dropped"
  | "cut"
  /** It stays open and says nothing ever again. */
  | "frozen"
  /** It says nothing for a moment, then everything that was to be said. */
  | "stalled";

export interface Mood {
  /** Asked of each request, as in "DELETE /orders". */
  readonly fate: (asked: string) => Fate;
  /** Asked every `DEED_EVERY_MS`. */
  readonly deed: () => Deed;
}

export interface Hostile {
  readonly endpoints: Endpoints;
  /** From now on; what was begun in another mood ends in it. */
  readonly turn: (mood: Mood) => void;
  /** How often each has happened to something. */
  readonly done: ReadonlyMap<Fate | Deed, number>;
  readonly close: () => void;
}

export interface HostileOptions {
  /** Of the venue, on loopback. */
  readonly port: number;
  readonly answeredLateMs: number;
  readonly heardLateMs: number;
}

export const KIND: Mood = { fate: () => "passed on", deed: () => "nothing" };
/** Nothing comes through, and nothing says so. */
export const DEAD: Mood = { fate: () => "swallowed", deed: () => "frozen" };

const DEED_EVERY_MS = 100;
const STALL_MS = 300;

interface Tunnel {
  readonly ends: readonly [Duplex, Socket];
  isFlowing: boolean;
}

export async function hostile({
  port,
  answeredLateMs,
  heardLateMs,
}: HostileOptions): Promise<Hostile> {
  let mood = KIND;
  let turns = 0;
  const done = new Map<Fate | Deed, number>();
  const connections = new Set<Socket>();
  const tunnels = new Set<Tunnel>();
  const timers = new Set<NodeJS.Timeout>();
  const agent = new Agent({ keepAlive: true });
  const count = (what: Fate | Deed): unknown => done.set(what, (done.get(what) ?? 0) + 1);
  const after = (ms: number, act: () => void): void => {
    const timeout = setTimeout(() => {
      timers.delete(timeout);
      act();
    }, ms);
    timers.add(timeout);
  };

  const meet = (fate: Fate, asked: Asked, response: ServerResponse): void => {
    const socket = asked.request.socket;
    const passOn = (then: (answer: Answer) => void): void => {
      ask({ agent, port }, asked, then, () => socket.destroy());
    };
    count(fate);
    switch (fate) {
      case "passed on":
        return passOn((answer) => tell(response, answer));
      case "reset before":
        return void socket.resetAndDestroy();
      case "reset after":
        return passOn(() => socket.resetAndDestroy());
      case "half answered":
        return passOn((answer) => {
          tellHead(response, answer);
          const half = answer.body.subarray(0, answer.body.length / 2);
          response.write(half, () => socket.resetAndDestroy());
        });
      case "answered late":
        return passOn((answer) => after(answeredLateMs, () => tell(response, answer)));
      case "heard late":
        return after(heardLateMs, () => passOn((answer) => tell(response, answer)));
      case "swallowed":
        return;
    }
  };

  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("error", () => undefined);
    response.on("error", () => undefined);
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const asked = { request: incoming, body: Buffer.concat(chunks) };
      meet(mood.fate(`${incoming.method ?? ""} ${incoming.url ?? ""}`), asked, response);
    });
  });
  server.on("connection", (socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
  });
  server.on("upgrade", (asked: IncomingMessage, client: Duplex, head: Buffer) => {
    connections.delete(asked.socket);
    const upstream = connect(port, "127.0.0.1");
    const tunnel: Tunnel = { ends: [client, upstream], isFlowing: false };
    tunnels.add(tunnel);
    for (const end of tunnel.ends) {
      end.on("error", () => undefined);
      end.on("close", () => {
        tunnels.delete(tunnel);
        for (const either of tunnel.ends) either.destroy();
      });
    }
    upstream.write(headOf(asked));
    upstream.write(head);
    flow(tunnel);
  });
  const deeds = setInterval(() => {
    const deed = mood.deed();
    if (deed === "dropped") {
      count(deed);
      for (const socket of connections) socket.resetAndDestroy();
      return;
    }
    const open = [...tunnels].filter(({ isFlowing }) => isFlowing);
    turns += 1;
    const tunnel = open[turns % open.length];
    if (tunnel === undefined || deed === "nothing") return;
    count(deed);
    if (deed === "cut") {
      for (const end of tunnel.ends) end.destroy();
      return;
    }
    halt(tunnel);
    if (deed === "stalled") after(STALL_MS, () => flow(tunnel));
  }, DEED_EVERY_MS);

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoints: endpointsAt(`127.0.0.1:${(server.address() as AddressInfo).port}`),
    turn: (next) => {
      mood = next;
    },
    done,
    close: () => {
      clearInterval(deeds);
      for (const timeout of timers) clearTimeout(timeout);
      for (const { ends } of tunnels) for (const end of ends) end.destroy();
      agent.destroy();
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Asked {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

function ask(
  to: { readonly agent: Agent; readonly port: number },
  { request: { method, url, headers }, body }: Asked,
  then: (answer: Answer) => void,
  failed: () => void,
): void {
  const asking = request(
    { ...to, host: "127.0.0.1", method, path: url, headers },
    (answer: IncomingMessage) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", failed);
      answer.on("end", () => {
        const { statusCode = 0, headers: told } = answer;
        then({ status: statusCode, headers: told, body: Buffer.concat(chunks) });
      });
    },
  );
  asking.on("error", failed);
  asking.end(body);
}

const tellHead = (response: ServerResponse, { status, headers }: Answer): unknown =>
  response.writeHead(status, { ...headers });

function tell(response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return;
  tellHead(response, answer);
  response.end(answer.body);
}

const headOf = ({ method, url, rawHeaders }: IncomingMessage): string => {
  const lines = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1] ?? ""}`] : [],
  );
  return [`${method ?? ""} ${url ?? ""} HTTP/1.1`, ...lines, "", ""].join("\r\n");
};

function flow(tunnel: Tunnel): void {
  const [client, upstream] = tunnel.ends;
  client.pipe(upstream);
  upstream.pipe(client);
  tunnel.isFlowing = true;
}

function halt(tunnel: Tunnel): void {
  tunnel.isFlowing = false;
  const [client, upstream] = tunnel.ends;
  client.unpipe(upstream);
  upstream.unpipe(client);
  for (const end of tunnel.ends) end.pause();
}
