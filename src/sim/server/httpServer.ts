/** HTTP: a request becomes plain data within its bounds, and an answer becomes JSON. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { isLoopbackHost } from "../../types/index.ts";
import { type Answer, bodyBytesMax, failure, HEADER_BYTES_MAX } from "./state/index.ts";
import type { ClientRequest } from "./rest/index.ts";
import { endWith, limitConnections } from "./connections.ts";
import type { Reply } from "./requestPipeline.ts";

type RequestHandler = (request: ClientRequest, reply: Reply) => void;

export interface HttpLimits {
  readonly connections: number;
  /** By when a whole request must have arrived. */
  readonly requestMs: number;
  /** How long a connection is kept open between two requests. */
  readonly idleMs: number;
  /** How often both are looked at. */
  readonly checkMs: number;
}

export function httpServer(
  handle: RequestHandler,
  isPublic: boolean,
  { connections, requestMs, idleMs, checkMs }: HttpLimits,
): Server {
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: requestMs,
      requestTimeout: requestMs,
      keepAliveTimeout: idleMs,
      connectionsCheckingInterval: checkMs,
    },
    (incoming, response) => {
      if (isForeign(incoming.headers, isPublic)) {
        response.setHeader("connection", "close");
        respond(response, failure(403, FOREIGN));
      } else receive(incoming, response, handle);
    },
  );
  limitConnections(server, connections);
  server.on("clientError", (_, socket) => endWith(socket, "400 Bad Request"));
  return server;
}

const FOREIGN = "Host or Origin is not of this venue";

/**
 * Whether a page of another site may have sent this: a browser names that site as the origin, or,
 * where the site's name was made to point here, as the host. Other clients send no origin.
 */
export function isForeign({ host = "", origin }: IncomingHttpHeaders, isPublic: boolean): boolean {
  const isOurs = isPublic || isLoopbackHost(host.replace(/:\d+$/, ""));
  return !isOurs || (origin !== undefined && origin !== `http://${host}`);
}

function receive(
  incoming: IncomingMessage,
  response: ServerResponse,
  handle: RequestHandler,
): void {
  const address = addressOf(incoming.url ?? "");
  const bytesMax = bodyBytesMax(address?.path ?? "");
  const chunks: Buffer[] = [];
  let length = 0;
  incoming.on("error", () => undefined);
  response.on("error", () => undefined);
  incoming.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= bytesMax) chunks.push(chunk);
    else if (!response.headersSent) {
      response.setHeader("connection", "close");
      respond(response, failure(413, `Request body of more than ${bytesMax} bytes`));
    }
  });
  incoming.on("end", () => {
    if (response.headersSent) return;
    if (!address) {
      respond(response, failure(400, "Bad request"));
      return;
    }
    const body = Buffer.concat(chunks).toString("utf8");
    handle(requestOf(incoming, address, body), (answer) => {
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

function requestOf(
  { method = "", headers, socket }: IncomingMessage,
  address: RequestAddress,
  body: string,
): ClientRequest {
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(headers))
    if (typeof value === "string") texts.set(name, value);
  return {
    method,
    ...address,
    headers: texts,
    body,
    // Undefined once the client has disconnected.
    from: socket.remoteAddress ?? "",
  };
}

type RequestAddress = Pick<ClientRequest, "path" | "query">;

/** Null where the request line holds no absolute path. */
function addressOf(url: string): RequestAddress | null {
  // Nothing to decode, as in most requests: spares parsing.
  if (PLAIN.test(url)) return { path: url, query: NO_QUERY };
  const address = requestUrl(url);
  return address && { path: address.pathname, query: queryOf(address.searchParams) };
}

const PLAIN = /^(?:\/[\w-]+)+$/;
const NO_QUERY: ReadonlyMap<string, string> = new Map();

/** A repeated parameter becomes a list with commas. */
function queryOf(params: URLSearchParams): ReadonlyMap<string, string> {
  return new Map([...params.keys()].map((name) => [name, params.getAll(name).join(",")]));
}

/** Null where the request line holds no absolute path. */
export function requestUrl(url: string): URL | null {
  const text = `http://venue${url}`;
  return url.startsWith("/") && URL.canParse(text) ? new URL(text) : null;
}
