/** A WebSocket server on loopback that handles each connection as the test says. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

export interface StubSocket {
  readonly url: string;
  /** Texts from all connections. */
  readonly received: readonly string[];
  /** The path of each connection. */
  readonly paths: readonly string[];
  /** Connections so far. */
  readonly opened: () => number;
  /** Connections that are open now. */
  readonly open: () => number;
  readonly close: () => Promise<void>;
}

export type SocketHandler = (socket: WebSocket, text: string) => void;

/** Calls `handle` with each text, and with "" once a connection opens. */
export async function stubSocket(handle: SocketHandler): Promise<StubSocket> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  const received: string[] = [];
  const paths: string[] = [];
  let opened = 0;
  server.on("connection", (socket, { url }) => {
    opened += 1;
    paths.push(url ?? "");
    socket.on("error", () => undefined);
    socket.on("message", (data: Buffer) => {
      const text = data.toString("utf8");
      received.push(text);
      handle(socket, text);
    });
    handle(socket, "");
  });
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    paths,
    opened: () => opened,
    open: () => server.clients.size,
    close: async () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
      await once(server, "close");
    },
  };
}
