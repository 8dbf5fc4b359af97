/** How many connections there may be: a new one takes the place of the one that has waited longest. */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * Whoever opens connections and sends no whole request on them must not lock out those who would. So
 * beyond `max` the oldest of them ends; then the oldest that is kept open between two requests. Only
 * where all others are channels, or wait for an answer, the new one ends.
 */
export function limitConnections(server: Server, max: number): void {
  const open = new Set<Socket>();
  /** No whole request is known of these; each in the order in which it began to wait. */
  const unproven = new Set<Socket>();
  const kept = new Set<Socket>();
  const isWaiting = (socket: Socket, among: Set<Socket> | null): void => {
    unproven.delete(socket);
    kept.delete(socket);
    if (open.has(socket)) among?.add(socket);
  };

  server.on("connection", (socket) => {
    const [oldest = socket] = [...unproven, ...kept];
    open.add(socket);
    isWaiting(socket, unproven);
    socket.on("close", () => {
      open.delete(socket);
      isWaiting(socket, null);
    });
    if (open.size > max) oldest.destroy();
  });
  server.on("request", (incoming, response) => {
    const { socket } = incoming;
    isWaiting(socket, unproven);
    incoming.on("end", () => isWaiting(socket, null));
    response.on("close", () => isWaiting(socket, kept));
  });
  server.on("upgrade", ({ socket }) => isWaiting(socket, null));
}

/** An answer to what is no request of ours; whatever its client does, its connection is gone then. */
export function endWith(socket: Duplex, status: string): void {
  socket.on("error", () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  );
}
