/**
 * A small market maker that owes nothing to tandem: `npx tandem-mm venue --port 8080`, and beside it
 * `npx tsx bot.ts http://127.0.0.1:8080 60`. It quotes both sides for so many seconds, or until Ctrl-C.
 */
import { WebSocket } from "ws";
import { account, json } from "./polymarket.ts";

const [rest = "http://127.0.0.1:8080", seconds = "60"] = process.argv.slice(2);
const SHARES = 20;
const EDGE_CENTS = 2;
const ROUND_MS = 1_000;

// Whoever signs has an account here, with dollars in it.
const { ask, auth, buy } = await account(rest, "7".padStart(64, "0"));

let isOver = false;
const stop = (): void => {
  isOver = true;
};
process.once("SIGINT", stop);
setTimeout(stop, Number(seconds) * 1_000).unref();

let fills = 0;
const socket = new WebSocket(`${rest.replace("http", "ws")}/ws/user`);
socket.on("open", () => socket.send(JSON.stringify({ type: "user", auth })));
socket.on("message", (frame: Buffer) => {
  for (const { event_type, status } of [JSON.parse(frame.toString("utf8"))].flat())
    if (event_type === "trade" && status === "MATCHED") fills += 1;
});

let placed = 0;
while (!isOver) {
  // A window that has ended stays open in this list until it is resolved.
  const now = new Date().toISOString();
  const [market] = await json(`${rest}/gamma/markets?closed=false&end_date_min=${now}&limit=1`);
  const [up, down] = JSON.parse(market.clobTokenIds);
  const { mid = 0 } = await json(`${rest}/midpoint?token_id=${up}`);
  await ask("DELETE", "/cancel-all");
  const bid = Math.floor(100 * mid) - EDGE_CENTS;
  const offer = Math.ceil(100 * mid) + EDGE_CENTS;
  // To offer Up is to bid the rest of a dollar for Down, which needs no stock.
  if (bid > 0 && offer < 100)
    for (const body of [buy(up, bid, SHARES), buy(down, 100 - offer, SHARES)])
      if ((await ask("POST", "/order", body)).success === true) placed += 1;
  await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
}

await ask("DELETE", "/cancel-all");
const { count: open } = await ask("GET", "/data/orders");
socket.close();
console.log(JSON.stringify({ placed, fills, open }));
process.exitCode = open === 0 ? 0 : 1;
