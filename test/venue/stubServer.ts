/** A server on loopback that does to each request, or each connection, what the test says. */
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type AddressInfo, type Server, type Socket, createServer as createTcp } from "node:net";
import { once } from "node:events";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Which of the connections it came on, from 0. */
  readonly connection: number;
}

export interface StubServer {
  readonly origin: string;
  readonly port: number;
  readonly asked: readonly Asked[];
  /** Connections there ever were. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

export type Answer = (asked: Asked, response: ServerResponse, socket: Socket) => void;

export async function stubServer(answer: Answer): Promise<StubServer> {
  const asked: Asked[] = [];
  const sockets: Socket[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one: Asked = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString("utf8"),
        connection: sockets.indexOf(request.socket),
      };
      asked.push(one);
      answer(one, response, request.socket);
    });
  });
  server.on("connection", (socket) => sockets.push(socket));
  const port = await listening(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    asked,
    connections: () => sockets.length,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

export interface StubTcp {
  readonly origin: string;
  readonly sockets: () => readonly Socket[];
  readonly close: () => Promise<void>;
}

/** Below HTTP: connections as such. */
export async function stubTcp(take: (socket: Socket, chunk: Buffer) => void): Promise<StubTcp> {
  const sockets: Socket[] = [];
  const server = createTcp((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => take(socket, chunk));
  });
  const port = await listening(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    sockets: () => sockets,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** A port where nobody listens. */
export async function nobody(): Promise<string> {
  const server = createTcp();
  const port = await listening(server);
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Answers with this. */
export const says =
  (status: number, body: string, headers: Record<string, string> = {}): Answer =>
  (_asked, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  };
