/** HTTP and TCP servers on loopback that handle each request or connection as the test says. */
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type AddressInfo, type Server, type Socket, createServer as createTcp } from "node:net";
import { once } from "node:events";

export interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Index of the connection that carried it, from 0. */
  readonly connection: number;
}

export interface StubServer {
  readonly origin: string;
  readonly port: number;
  readonly requests: readonly StubRequest[];
  /** Connections so far, closed ones too. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

export type RequestHandler = (
  request: StubRequest,
  response: ServerResponse,
  socket: Socket,
) => void;

export async function stubServer(handle: RequestHandler): Promise<StubServer> {
  const requests: StubRequest[] = [];
  const sockets: Socket[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one: StubRequest = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString("utf8"),
        connection: sockets.indexOf(request.socket),
      };
      requests.push(one);
      handle(one, response, request.socket);
    });
  });
  server.on("connection", (socket) => sockets.push(socket));
  const port = await listening(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    requests,
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

/** Plain TCP; `onChunk` gets the bytes as they come. */
export async function stubTcp(onChunk: (socket: Socket, chunk: Buffer) => void): Promise<StubTcp> {
  const sockets: Socket[] = [];
  const server = createTcp((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => onChunk(socket, chunk));
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

/** The origin of a port on which nothing listens. */
export async function closedPort(): Promise<string> {
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

/** Gives every request this answer. */
export const respondWith =
  (status: number, body: string, headers: Record<string, string> = {}): RequestHandler =>
  (_request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  };
