/** Stands between a client and a server of loopback: keeps every byte the client says, and can spoil it. */
import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";

export interface Proxy {
  readonly port: number;
  /** Connections there ever were. */
  readonly asked: () => number;
  /** What clients have said, one text for each connection. */
  readonly said: () => readonly string[];
  /** From now on, what is to become of what a client says. */
  readonly spoil: (spoiling: Spoiling) => void;
  readonly close: () => void;
}

/** Of each piece that a client says: passed on, answered with this instead, or cut off. */
export type Spoiling = (text: string) => "pass" | "reset" | { readonly answer: string };

export async function openProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const said: string[] = [];
  let spoiling: Spoiling = () => "pass";
  const server = createServer((client) => {
    const at = said.push("") - 1;
    const upstream = connect(target, "127.0.0.1");
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", cut);
      socket.on("close", cut);
    }
    upstream.on("data", (bytes) => client.write(bytes));
    client.on("data", (bytes) => {
      said[at] += unmasked(bytes);
      const fate = spoiling(bytes.toString("latin1"));
      if (fate === "pass") upstream.write(bytes);
      else if (fate === "reset") client.resetAndDestroy();
      else client.write(fate.answer);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    asked: () => said.length,
    said: () => said,
    spoil: (next) => {
      spoiling = next;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** A client masks its WebSocket frames; what they say is what matters here. */
function unmasked(bytes: Buffer): string {
  const [first = 0, second = 0] = bytes;
  if (first !== 0x81 || (second & 0x80) === 0) return bytes.toString("latin1");
  const short = second & 0x7f;
  const start = short === 126 ? 4 : 2;
  const length = short === 126 ? bytes.readUInt16BE(2) : short;
  const mask = bytes.subarray(start, start + 4);
  const body = bytes.subarray(start + 4, start + 4 + length);
  return Buffer.from(body.map((byte, index) => byte ^ (mask[index % 4] ?? 0))).toString("utf8");
}
