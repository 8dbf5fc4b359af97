/** WebSockets on the HTTP server's port: upgrades, and each message of a client to its channel. */
import type { Server } from "node:http";
import { type RawData, WebSocketServer } from "ws";
import { CHANNEL_IDLE_MS_MAX, FRAME_BYTES_MAX, HELLO_MS_MAX, type Timers } from "./state/index.ts";
import { isSilenced } from "./control/index.ts";
import type { RequestContext } from "./rest/index.ts";
import {
  channelOf,
  type Client,
  type Clients,
  INVALID,
  needsHello,
  POLICY_VIOLATION,
  PONG,
  send,
  subscriptionAfter,
  subscriptionAt,
} from "./channels/index.ts";
import { endWith } from "./connections.ts";
import { isForeign, requestUrl } from "./httpServer.ts";

/** The returned server takes upgrades of `server` until both are closed. */
export function webSockets(
  server: Server,
  clients: Clients,
  context: () => RequestContext,
  { timers, isPublic }: { readonly timers: Timers; readonly isPublic: boolean },
): WebSocketServer {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: Math.max(...Object.values(FRAME_BYTES_MAX)),
    perMessageDeflate: false,
  });
  server.on("upgrade", (request, socket, head) => {
    if (isForeign(request.headers, isPublic)) {
      endWith(socket, "403 Forbidden");
      return;
    }
    const url = requestUrl(request.url ?? "");
    const subscription = url && subscriptionAt(url.pathname, new Map(url.searchParams));
    if (!subscription) {
      endWith(socket, "404 Not Found");
      return;
    }
    const { conditions, now } = context();
    if (isSilenced("drop", channelOf(subscription), conditions, now)) {
      endWith(socket, "503 Service Unavailable");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      // Its peer may have gone without a word: neither side has sent anything for so long.
      request.socket.setTimeout(CHANNEL_IDLE_MS_MAX, () => opened.terminate());
      const client = clients.add(opened, subscription);
      listen(client, clients, context);
      timers.after(HELLO_MS_MAX, () => {
        if (needsHello(client.subscription)) opened.close(POLICY_VIOLATION, "no subscription");
      });
    });
  });
  return sockets;
}

function listen(client: Client, clients: Clients, context: () => RequestContext): void {
  const { socket } = client;
  const bytesMax = FRAME_BYTES_MAX[client.subscription.channel];
  // A frame beyond the largest bound is an error, after which the socket closes by itself.
  socket.on("error", () => undefined);
  socket.on("message", (message, isBinary) => {
    if (isBinary) {
      clients.reply(client, INVALID);
      return;
    }
    const text = textOf(message);
    if (Buffer.byteLength(text) > bytesMax) {
      socket.close(TOO_LARGE, `a frame of more than ${bytesMax} bytes`);
      return;
    }
    const result = subscriptionAfter(client.subscription, text, context());
    client.subscription = result.subscription;
    for (const reply of result.replies)
      // A frozen channel still answers PING.
      if (reply === PONG) send(socket, reply);
      else clients.reply(client, reply);
    if (result.closeCode !== null) socket.close(result.closeCode);
  });
}

/** The close code of a message that is too large. */
const TOO_LARGE = 1009;

const textOf = (message: RawData): string =>
  (Array.isArray(message) ? Buffer.concat(message) : Buffer.from(new Uint8Array(message))).toString(
    "utf8",
  );
