/** A proxy between a client and its venue that injects faults into HTTP requests and WebSockets. */
import { Agent, createServer, type IncomingMessage, type ServerResponse, request } from "node:http";
import { type AddressInfo, type Socket, connect } from "node:net";
import type { Duplex } from "node:stream";
import { once } from "node:events";
import { type Endpoints, endpointsAt } from "../../src/sim/server/index.ts";

/** What is done with one request. */
export type RequestFault =
  | "passed on"
  /** The connection is reset, before the venue gets the request. */
  | "reset before"
  /** The venue carries the request out; then the connection is reset. */
  | "reset after"
  /** The venue carries the request out; half of its answer arrives before the reset. */
  | "half answered"
  /** The venue carries the request out; its answer arrives after the client has given up. */
  | "answered late"
  /** The venue gets the request after the client has given up, and carries it out. */
  | "heard late"
  /** The venue never gets the request, and the client never gets an answer. */
  | "swallowed";

/** What is done with open connections: with all of HTTP, or with one WebSocket after the other. */
export type ConnectionFault =
  | "nothing"
  /** Every HTTP connection is reset, busy or not. */
  | "dropped"
  | "cut"
  /** The WebSocket stays open and carries nothing any more. */
  | "frozen"
  /** The WebSocket carries nothing for a moment, then everything that was held up. */
  | "stalled";

export interface Faults {
  /** Called for each request with its method and path, as in "DELETE /orders". */
  readonly ofRequest: (asked: string) => RequestFault;
  /** Called every `CONNECTION_FAULT_EVERY_MS`. */
  readonly ofConnection: () => ConnectionFault;
}

export interface FaultProxy {
  readonly endpoints: Endpoints;
  /** From now on; a request that has begun keeps the fault it was given. */
  readonly inject: (faults: Faults) => void;
  /** How often each fault was injected. */
  readonly injected: ReadonlyMap<RequestFault | ConnectionFault, number>;
  readonly close: () => void;
}

export interface FaultProxyOptions {
  /** Of the venue, on loopback. */
  readonly port: number;
  readonly answeredLateMs: number;
  readonly heardLateMs: number;
}

export const NO_FAULTS: Faults = { ofRequest: () => "passed on", ofConnection: () => "nothing" };
/** Nothing passes, and nothing is refused either. */
export const UNREACHABLE: Faults = { ofRequest: () => "swallowed", ofConnection: () => "frozen" };

const CONNECTION_FAULT_EVERY_MS = 100;
const STALL_MS = 300;

interface Tunnel {
  readonly ends: readonly [Duplex, Socket];
  isFlowing: boolean;
}

export async function faultProxy({
  port,
  answeredLateMs,
  heardLateMs,
}: FaultProxyOptions): Promise<FaultProxy> {
  let faults = NO_FAULTS;
  let turns = 0;
  const injected = new Map<RequestFault | ConnectionFault, number>();
  const connections = new Set<Socket>();
  const tunnels = new Set<Tunnel>();
  const timers = new Set<NodeJS.Timeout>();
  const agent = new Agent({ keepAlive: true });
  const count = (what: RequestFault | ConnectionFault): unknown =>
    injected.set(what, (injected.get(what) ?? 0) + 1);
  const after = (ms: number, act: () => void): void => {
    const timeout = setTimeout(() => {
      timers.delete(timeout);
      act();
    }, ms);
    timers.add(timeout);
  };

  const answerWith = (fault: RequestFault, asked: Asked, response: ServerResponse): void => {
    const socket = asked.request.socket;
    const passOn = (then: (answer: Answer) => void): void => {
      ask({ agent, port }, asked, then, () => socket.destroy());
    };
    count(fault);
    switch (fault) {
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
      answerWith(
        faults.ofRequest(`${incoming.method ?? ""} ${incoming.url ?? ""}`),
        asked,
        response,
      );
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
  const interval = setInterval(() => {
    const fault = faults.ofConnection();
    if (fault === "dropped") {
      count(fault);
      for (const socket of connections) socket.resetAndDestroy();
      return;
    }
    const open = [...tunnels].filter(({ isFlowing }) => isFlowing);
    turns += 1;
    const tunnel = open[turns % open.length];
    if (tunnel === undefined || fault === "nothing") return;
    count(fault);
    if (fault === "cut") {
      for (const end of tunnel.ends) end.destroy();
      return;
    }
    halt(tunnel);
    if (fault === "stalled") after(STALL_MS, () => flow(tunnel));
  }, CONNECTION_FAULT_EVERY_MS);

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoints: endpointsAt(`127.0.0.1:${(server.address() as AddressInfo).port}`),
    inject: (next) => {
      faults = next;
    },
    injected,
    close: () => {
      clearInterval(interval);
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
