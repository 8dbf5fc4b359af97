/** A WebSocket server on loopback that does to each connection what the test says. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

export interface StubSocket {
  readonly url: string;
  /** Texts heard, of all connections. */
  readonly heard: readonly string[];
  /** Of each connection. */
  readonly paths: readonly string[];
  /** Connections there ever were, and those that are open. */
  readonly opened: () => number;
  readonly open: () => number;
  readonly close: () => Promise<void>;
}

export type Manners = (socket: WebSocket, text: string) => void;

/** `answer` is called with each text, and with "" once a connection opens. */
export async function stubSocket(answer: Manners): Promise<StubSocket> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  const heard: string[] = [];
  const paths: string[] = [];
  let opened = 0;
  server.on("connection", (socket, { url }) => {
    opened += 1;
    paths.push(url ?? "");
    socket.on("error", () => undefined);
    socket.on("message", (data: Buffer) => {
      const text = data.toString("utf8");
      heard.push(text);
      answer(socket, text);
    });
    answer(socket, "");
  });
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
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
