/** HTTP: a request becomes plain data within its bounds, and an answer becomes JSON. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  type Answer,
  BODY_BYTES_MAX,
  CONNECTIONS_MAX,
  failure,
  HEADER_BYTES_MAX,
  REQUEST_MS_MAX,
} from "./state/index.ts";
import type { ClientRequest } from "./rest/index.ts";
import type { Reply } from "./requestPipeline.ts";

type RequestHandler = (request: ClientRequest, reply: Reply) => void;

export function httpServer(handle: RequestHandler): Server {
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: REQUEST_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      keepAliveTimeout: 60_000,
    },
    (incoming, response) => receive(incoming, response, handle),
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.on("clientError", (_, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  });
  return server;
}

function receive(
  incoming: IncomingMessage,
  response: ServerResponse,
  handle: RequestHandler,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  incoming.on("error", () => undefined);
  response.on("error", () => undefined);
  incoming.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= BODY_BYTES_MAX) chunks.push(chunk);
    else if (!response.headersSent) {
      response.setHeader("connection", "close");
      respond(response, failure(413, "Request body too large"));
    }
  });
  incoming.on("end", () => {
    if (response.headersSent) return;
    const request = requestOf(incoming, Buffer.concat(chunks).toString("utf8"));
    if (!request) {
      respond(response, failure(400, "Bad request"));
      return;
    }
    handle(request, (answer) => {
      if (answer) respond(response, answer);
      else incoming.socket.resetAndDestroy();
    });
  });
}

function respond(response: ServerResponse, { status, body, headers }: Answer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** Null where the address is not a valid one. */
function requestOf(
  { method = "", url = "", headers, socket }: IncomingMessage,
  body: string,
): ClientRequest | null {
  const address = requestUrl(url);
  if (!address) return null;
  const texts = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : [],
  );
  return {
    method,
    path: address.pathname,
    query: queryOf(address.searchParams),
    headers: new Map(texts),
    body,
    // Undefined once the client has disconnected.
    from: socket.remoteAddress ?? "",
  };
}

/** A repeated parameter becomes a list with commas. */
function queryOf(params: URLSearchParams): ReadonlyMap<string, string> {
  return new Map([...params.keys()].map((name) => [name, params.getAll(name).join(",")]));
}

/** Null where the request line holds no absolute path. */
export function requestUrl(url: string): URL | null {
  const text = `http://venue${url}`;
  return url.startsWith("/") && URL.canParse(text) ? new URL(text) : null;
}
