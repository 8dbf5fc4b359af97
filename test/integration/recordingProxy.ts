/** A proxy on loopback that records every byte its clients send, and can tamper with what it passes on. */
import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";

export interface RecordingProxy {
  readonly port: number;
  /** How many connections were ever opened. */
  readonly connectionCount: () => number;
  /** What clients have sent: one text for each connection. */
  readonly sent: () => readonly string[];
  /** From now on, what is done with each piece that a client sends. */
  readonly tamper: (tampering: Tampering) => void;
  readonly close: () => void;
}

/** Passed on to the server, answered with this text instead, or the connection reset. */
export type Tampering = (text: string) => "pass" | "reset" | { readonly answer: string };

export async function openRecordingProxy(target: number): Promise<RecordingProxy> {
  const sockets = new Set<Socket>();
  const sent: string[] = [];
  let tampering: Tampering = () => "pass";
  const server = createServer((client) => {
    const at = sent.push("") - 1;
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
      sent[at] += unmasked(bytes);
      const fate = tampering(bytes.toString("latin1"));
      if (fate === "pass") upstream.write(bytes);
      else if (fate === "reset") client.resetAndDestroy();
      else client.write(fate.answer);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connectionCount: () => sent.length,
    sent: () => sent,
    tamper: (next) => {
      tampering = next;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** The text of a WebSocket frame, which a client masks; other bytes as they are. */
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
