/**
 * A stub of the venue in a process of its own: sends a frame, measures the time until the order
 * arrives, answers the order, and sends the next frame. One trial at a time.
 */
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { type WebSocket, WebSocketServer } from "ws";
import { MARKET } from "./account.ts";
import { bookFrame, priceChangeFrame } from "./frames.ts";

/** A request to the stub: send this many frames to the bot connected at this path. */
export interface Trial {
  readonly path: string;
  readonly frames: number;
}

export type StubMessage =
  | { readonly type: "listening"; readonly port: number }
  /** Milliseconds from the frame's send to its order's headers, frame by frame. */
  | { readonly type: "over"; readonly elapsedMs: readonly number[] }
  | { readonly type: "failed"; readonly why: string };

/** The best ask is added, then removed; each must cause an order of 20 shares one tick below. */
const FRAMES = [
  { text: priceChangeFrame({ ask: "0.500", size: "30" }), makerAmount: "9980000" },
  { text: priceChangeFrame({ ask: "0.500", size: "0" }), makerAmount: "11980000" },
] as const;
const BOOKS = `[${bookFrame(MARKET.tokenIds.YES, 100)},${bookFrame(MARKET.tokenIds.NO, 100)}]`;
const ACCEPTED = JSON.stringify({
  success: true,
  errorMsg: "",
  orderID: `0x${"a1".repeat(32)}`,
  status: "live",
  makingAmount: "",
  takingAmount: "",
  transactionsHashes: [],
  tradeIDs: [],
});
/** Time for a bot to handle the answer before the next frame. */
const GAP_MS = 1;
/** Longer than the benchmark, so that no idle connection is closed during it. */
const KEEP_ALIVE_MS = 120_000;

const bots = new Map<string, WebSocket>();
let running: { readonly trial: Trial; readonly elapsedMs: number[] } | null = null;
let sentAt: number | null = null;

const report = (message: StubMessage): void => void process.send?.(message);

function next(): void {
  if (running === null) return;
  const { trial, elapsedMs } = running;
  if (elapsedMs.length === trial.frames) {
    running = null;
    report({ type: "over", elapsedMs });
    return;
  }
  sentAt = performance.now();
  bots.get(trial.path)?.send(frameOf(elapsedMs.length).text);
}

const frameOf = (index: number): (typeof FRAMES)[number] =>
  index % 2 === 0 ? FRAMES[0] : FRAMES[1];

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const arrivedAt = performance.now();
  if (request.method !== "POST") {
    response.end("1760000000");
    return;
  }
  orderArrived(arrivedAt, await textOf(request));
  response.writeHead(200, { "content-type": "application/json" }).end(ACCEPTED);
  response.once("finish", () => setTimeout(next, GAP_MS));
}

function orderArrived(arrivedAt: number, body: string): void {
  if (running === null) return; // an order caused by the first books
  const { makerAmount } = frameOf(running.elapsedMs.length);
  if (sentAt === null || !body.includes(`"makerAmount":"${makerAmount}"`)) {
    running = null;
    report({ type: "failed", why: `not the order that this frame must cause: ${body}` });
    return;
  }
  running.elapsedMs.push(arrivedAt - sentAt);
  sentAt = null;
}

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
  void answer(request, response);
});
new WebSocketServer({ server }).on("connection", (socket, { url = "" }) => {
  bots.set(url, socket);
  socket.on("error", () => undefined);
  socket.on("message", (data: Buffer) => socket.send(String(data) === "PING" ? "PONG" : BOOKS));
});
process.on("message", (trial: Trial) => {
  running = { trial, elapsedMs: [] };
  next();
});
// The parent process has ended.
process.on("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => {
  report({ type: "listening", port: (server.address() as AddressInfo).port });
});
