/**
 * One order, signed and posted. Start `npx tandem-mm venue --port 8080`, and beside it
 * `npx tsx order.ts http://127.0.0.1:8080`. A second argument is the private key.
 */
import { firstValueFrom } from "rxjs";
import { systemTime } from "tandem-mm";
import { clobClient } from "tandem-mm/polymarket";

// Any private key has an account on the simulated venue, with dollars in it.
const [host = "http://127.0.0.1:8080", privateKey = "8".padStart(64, "0")] = process.argv.slice(2);
const client = await firstValueFrom(clobClient({ host, privateKey, signatureType: 0 }, systemTime));

// Where markets are listed differs: the real venue has a host for it, gamma-api.polymarket.com.
const listed = await fetch(`${host}/gamma/markets?closed=false&limit=1`);
const [market] = (await listed.json()) as readonly { readonly clobTokenIds: string }[];
const [tokenID] = JSON.parse(market?.clobTokenIds ?? "[]") as readonly string[];
if (tokenID === undefined) throw new Error("no market is open");

const order = client.createOrder(
  { tokenID, price: 0.05, size: 20, side: "BUY" },
  { tickSize: "0.01", negRisk: false, orderType: "GTC", postOnly: true },
);
const answer = await firstValueFrom(client.postOrder(order));
// An answer of the type "unknown" leaves open whether the order of this id rests.
console.log(JSON.stringify({ orderID: order.orderID, ...answer }));
process.exitCode = answer.type === "accepted" ? 0 : 1;
