/**
 * The venue as a bot on loopback sees it, run as a process of its own: it sends a frame, takes the
 * time until an order comes, answers that, and sends the next. One trial at a time.
 */
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { type WebSocket, WebSocketServer } from "ws";
import { MARKET } from "./account.ts";
import { bookFrame, priceChangeFrame } from "./frames.ts";

/** What the stub is asked for: so many frames to the bot that is connected at this path. */
export interface Trial {
  readonly path: string;
  readonly frames: number;
}

export type StubSays =
  | { readonly type: "listening"; readonly port: number }
  /** From the frame's send to its order's headers, in milliseconds, frame by frame. */
  | { readonly type: "over"; readonly elapsedMs: readonly number[] }
  | { readonly type: "failed"; readonly why: string };

/** The best ask comes, and goes again; the order it must cause is 20 shares one tick below. */
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
/** Whoever has been answered gets this long to be done with it. */
const GAP_MS = 1;
/** Longer than the bench: that a connection is closed for being idle is not measured. */
const KEEP_ALIVE_MS = 120_000;

const bots = new Map<string, WebSocket>();
let running: { readonly trial: Trial; readonly elapsedMs: number[] } | null = null;
let sentAt: number | null = null;

const tell = (said: StubSays): void => void process.send?.(said);

function next(): void {
  if (running === null) return;
  const { trial, elapsedMs } = running;
  if (elapsedMs.length === trial.frames) {
    running = null;
    tell({ type: "over", elapsedMs });
    return;
  }
  sentAt = performance.now();
  bots.get(trial.path)?.send(frameOf(elapsedMs.length).text);
}

const frameOf = (index: number): (typeof FRAMES)[number] =>
  index % 2 === 0 ? FRAMES[0] : FRAMES[1];

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const cameAt = performance.now();
  if (request.method !== "POST") {
    response.end("1760000000");
    return;
  }
  heard(cameAt, await textOf(request));
  response.writeHead(200, { "content-type": "application/json" }).end(ACCEPTED);
  response.once("finish", () => setTimeout(next, GAP_MS));
}

function heard(cameAt: number, body: string): void {
  if (running === null) return; // what the books have caused
  const { makerAmount } = frameOf(running.elapsedMs.length);
  if (sentAt === null || !body.includes(`"makerAmount":"${makerAmount}"`)) {
    running = null;
    tell({ type: "failed", why: `not the order of this frame: ${body}` });
    return;
  }
  running.elapsedMs.push(cameAt - sentAt);
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
// Whoever has started it is gone.
process.on("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => {
  tell({ type: "listening", port: (server.address() as AddressInfo).port });
});
