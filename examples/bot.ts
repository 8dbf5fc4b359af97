/**
 * A small market maker that uses nothing of tandem. Start `npx tandem-mm venue --port 8080`, and beside it
 * `npx tsx bot.ts http://127.0.0.1:8080 60`. It quotes both sides for 60 seconds, or until Ctrl-C.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { json, login } from "./polymarket.ts";

const [venue = "http://127.0.0.1:8080", seconds = "60"] = process.argv.slice(2);
const ORDER_SHARES = 20;
const EDGE_CENTS = 2;
const REQUOTE_MS = 1_000;
const RETRY_MS = 500;
const TRIES_MAX = 60;

let isStopping = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => stop());
setTimeout(stop, Number(seconds) * 1_000).unref();
function stop(): void {
  isStopping = true;
}

/** Connections are reset and venues restart: what can be done twice is tried again. */
async function retried<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries === TRIES_MAX) throw error;
      await sleep(RETRY_MS);
    }
  }
}

// Any private key has an account here, with dollars in it.
const privateKey = "7".padStart(64, "0");
const { request, credentials, buyOrder } = await retried(() => {
  // Nothing rests yet.
  if (isStopping) process.exit();
  return login(venue, privateKey);
});

let fills = 0;
let userChannel = connected();
function connected(): WebSocket {
  const socket = new WebSocket(`${venue.replace("http", "ws")}/ws/user`);
  socket.on("open", () => socket.send(JSON.stringify({ type: "user", auth: credentials })));
  socket.on("message", (message: Buffer) => {
    for (const { event_type, status } of [JSON.parse(message.toString("utf8"))].flat())
      if (event_type === "trade" && status === "MATCHED") fills += 1;
  });
  socket.on("error", () => undefined); // its end follows
  socket.on("close", () => {
    if (!isStopping) setTimeout(() => (userChannel = connected()), RETRY_MS);
  });
  return socket;
}

let placed = 0;
async function quote(): Promise<void> {
  // Without `end_date_min` a window that has ended would be listed until it is resolved.
  const now = new Date().toISOString();
  const [market] = await json(`${venue}/gamma/markets?closed=false&end_date_min=${now}&limit=1`);
  const [upToken, downToken] = JSON.parse(market.clobTokenIds);
  const { mid = 0 } = await json(`${venue}/midpoint?token_id=${upToken}`);
  await request("DELETE", "/cancel-all");
  const bidCents = Math.floor(100 * mid) - EDGE_CENTS;
  const askCents = Math.ceil(100 * mid) + EDGE_CENTS;
  if (bidCents <= 0 || askCents >= 100) return;
  // Buying Down at the rest of a dollar offers Up at `askCents`, without owning any Up.
  const orders = [
    buyOrder(upToken, bidCents, ORDER_SHARES),
    buyOrder(downToken, 100 - askCents, ORDER_SHARES),
  ];
  for (const order of orders)
    if ((await request("POST", "/order", order)).success === true) placed += 1;
}

while (!isStopping) {
  // An order without an answer may rest: it is not sent again, and the next round cancels all of them.
  await quote().catch((error: unknown) => console.error(`not quoted: ${String(error)}`));
  await sleep(REQUOTE_MS);
}

// Until the venue shows that nothing is left, or for half a minute.
const open: unknown = await retried(async () => {
  await request("DELETE", "/cancel-all");
  const { count } = await request("GET", "/data/orders");
  if (count !== 0) throw new Error(`orders left: ${count}`);
  return count;
}).catch(String);
userChannel.close();
console.log(JSON.stringify({ placed, fills, open }));
process.exitCode = open === 0 ? 0 : 1;
