/** WebSockets on the HTTP server's port: upgrades, and each message of a client to its channel. */
import type { Server } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, WebSocketServer } from "ws";
import { FRAME_BYTES_MAX } from "./state/index.ts";
import { isSilenced } from "./control/index.ts";
import type { RequestContext } from "./rest/index.ts";
import {
  channelOf,
  type Client,
  type Clients,
  INVALID,
  PONG,
  send,
  subscriptionAfter,
  subscriptionAt,
} from "./channels/index.ts";
import { requestUrl } from "./httpServer.ts";

/** The returned server takes upgrades of `server` until both are closed. */
export function webSockets(
  server: Server,
  clients: Clients,
  context: () => RequestContext,
): WebSocketServer {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: FRAME_BYTES_MAX,
    perMessageDeflate: false,
  });
  server.on("upgrade", (request, socket, head) => {
    const url = requestUrl(request.url ?? "");
    const subscription = url && subscriptionAt(url.pathname, new Map(url.searchParams));
    if (!subscription) {
      refuseUpgrade(socket, "404 Not Found");
      return;
    }
    const { conditions, now } = context();
    if (isSilenced("drop", channelOf(subscription), conditions, now)) {
      refuseUpgrade(socket, "503 Service Unavailable");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      listen(clients.add(opened, subscription), clients, context);
    });
  });
  return sockets;
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on("error", () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
}

function listen(client: Client, clients: Clients, context: () => RequestContext): void {
  const { socket } = client;
  // A frame beyond the bounds is an error, after which the socket closes by itself.
  socket.on("error", () => undefined);
  socket.on("message", (message, isBinary) => {
    if (isBinary) {
      clients.reply(client, INVALID);
      return;
    }
    const result = subscriptionAfter(client.subscription, textOf(message), context());
    client.subscription = result.subscription;
    for (const reply of result.replies)
      // A frozen channel still answers PING.
      if (reply === PONG) send(socket, reply);
      else clients.reply(client, reply);
    if (result.closeCode !== null) socket.close(result.closeCode);
  });
}

const textOf = (message: RawData): string =>
  (Array.isArray(message) ? Buffer.concat(message) : Buffer.from(new Uint8Array(message))).toString(
    "utf8",
  );
