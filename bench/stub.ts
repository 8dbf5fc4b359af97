/**
 * A stub of the venue in a process of its own: sends a frame, measures the time until the order or
 * the cancel arrives, answers it, and sends the next frame. One trial at a time.
 */
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { type WebSocket, WebSocketServer } from "ws";
import { MARKET, RESTING } from "./account.ts";
import { bookFrame, priceChangeFrame, tickerFrame } from "./frames.ts";

/** A request to the stub: send this many frames to the bot connected at this path. */
export interface Trial {
  readonly path: string;
  readonly causes: Caused;
  readonly frames: number;
}

/** What each frame must cause: an order at its price, or a cancel; a pull is a cancel that a tick causes. */
export type Caused = "place" | "cancel" | "pull";

export type StubMessage =
  | { readonly type: "listening"; readonly port: number }
  /** Milliseconds from the frame's send to the headers of what it caused, frame by frame. */
  | { readonly type: "over"; readonly elapsedMs: readonly number[] }
  | { readonly type: "failed"; readonly why: string };

/** The best ask is added, then removed; each may cause an order of 20 shares one tick below. */
const FRAMES = [
  { text: priceChangeFrame({ ask: "0.500", size: "30" }), makerAmount: "9980000" },
  { text: priceChangeFrame({ ask: "0.500", size: "0" }), makerAmount: "11980000" },
] as const;
/** Around the strike, and so near that each is believed at once. */
const TICKS = [tickerFrame(60_040), tickerFrame(59_960)] as const;
const BOOKS = `[${bookFrame(MARKET.tokenIds.YES, 100)},${bookFrame(MARKET.tokenIds.NO, 100)}]`;
const CANCELLED = JSON.stringify({ canceled: [RESTING], not_canceled: {} });
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
  const bot = bots.get(trial.path);
  if (bot === undefined) {
    failed(`no bot is connected at ${trial.path}`);
    return;
  }
  sentAt = performance.now();
  bot.send(sentText(trial.causes, elapsedMs.length));
}

const frameOf = (index: number): (typeof FRAMES)[number] =>
  index % 2 === 0 ? FRAMES[0] : FRAMES[1];

function sentText(causes: Caused, index: number): string {
  if (causes !== "pull") return frameOf(index).text;
  return index % 2 === 0 ? TICKS[0] : TICKS[1];
}

function failed(why: string): void {
  running = null;
  report({ type: "failed", why });
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const arrivedAt = performance.now();
  if (request.method === "GET") {
    response.end("1760000000");
    return;
  }
  arrived(arrivedAt, request.method, await textOf(request));
  const text = request.method === "POST" ? ACCEPTED : CANCELLED;
  response.writeHead(200, { "content-type": "application/json" }).end(text);
  response.once("finish", () => setTimeout(next, GAP_MS));
}

function arrived(arrivedAt: number, method: string | undefined, body: string): void {
  if (running === null) return; // caused by the first books
  const { trial, elapsedMs } = running;
  const { makerAmount } = frameOf(elapsedMs.length);
  const isCaused =
    trial.causes === "place"
      ? method === "POST" && body.includes(`"makerAmount":"${makerAmount}"`)
      : method === "DELETE" && body.includes(RESTING);
  if (sentAt === null || !isCaused) {
    failed(`not what this frame must cause: ${method} ${body}`);
    return;
  }
  elapsedMs.push(arrivedAt - sentAt);
  sentAt = null;
}

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
  void answer(request, response);
});
new WebSocketServer({ server }).on("connection", (socket, { url = "" }) => {
  const [, name = ""] = url.split("/");
  bots.set(`/${name}`, socket);
  socket.on("error", () => undefined);
  socket.on("message", (data: Buffer) => socket.send(String(data) === "PING" ? "PONG" : BOOKS));
  // A first price is believed once it is said twice.
  if (url.includes("/stream?")) for (const tick of [TICKS[1], TICKS[1]]) socket.send(tick);
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
