/**
 * A small market maker that uses nothing of tandem. Start `npx tandem-mm venue --port 8080`, and beside it
 * `npx tsx bot.ts http://127.0.0.1:8080 60`. It quotes both sides for 60 seconds, or until Ctrl-C.
 */
import { WebSocket } from "ws";
import { json, login } from "./polymarket.ts";

const [venue = "http://127.0.0.1:8080", seconds = "60"] = process.argv.slice(2);
const ORDER_SHARES = 20;
const EDGE_CENTS = 2;
const REQUOTE_MS = 1_000;

// Any private key has an account here, with dollars in it.
const privateKey = "7".padStart(64, "0");
const { request, credentials, buyOrder } = await login(venue, privateKey);

let isStopping = false;
const stop = (): void => {
  isStopping = true;
};
process.once("SIGINT", stop);
setTimeout(stop, Number(seconds) * 1_000).unref();

let fills = 0;
const userChannel = new WebSocket(`${venue.replace("http", "ws")}/ws/user`);
userChannel.on("open", () => userChannel.send(JSON.stringify({ type: "user", auth: credentials })));
userChannel.on("message", (message: Buffer) => {
  for (const { event_type, status } of [JSON.parse(message.toString("utf8"))].flat())
    if (event_type === "trade" && status === "MATCHED") fills += 1;
});

let placed = 0;
while (!isStopping) {
  // Without `end_date_min` a window that has ended would be listed until it is resolved.
  const now = new Date().toISOString();
  const [market] = await json(`${venue}/gamma/markets?closed=false&end_date_min=${now}&limit=1`);
  const [upToken, downToken] = JSON.parse(market.clobTokenIds);
  const { mid = 0 } = await json(`${venue}/midpoint?token_id=${upToken}`);
  await request("DELETE", "/cancel-all");
  const bidCents = Math.floor(100 * mid) - EDGE_CENTS;
  const askCents = Math.ceil(100 * mid) + EDGE_CENTS;
  if (bidCents > 0 && askCents < 100) {
    // Buying Down at the rest of a dollar offers Up at `askCents`, without owning any Up.
    const orders = [
      buyOrder(upToken, bidCents, ORDER_SHARES),
      buyOrder(downToken, 100 - askCents, ORDER_SHARES),
    ];
    for (const order of orders)
      if ((await request("POST", "/order", order)).success === true) placed += 1;
  }
  await new Promise((resolve) => setTimeout(resolve, REQUOTE_MS));
}

await request("DELETE", "/cancel-all");
const { count: open } = await request("GET", "/data/orders");
userChannel.close();
console.log(JSON.stringify({ placed, fills, open }));
process.exitCode = open === 0 ? 0 : 1;
