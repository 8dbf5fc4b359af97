/**
 * Answers over HTTP that are not quite what the venue writes. None is a crash, and none is believed
 * for more than it says: what counts as taken, cancelled or there stands in the text, by a plain
 * reading of it. 100,000 answers, one TANDEM_RUNS for each hundred of them.
 */
import { describe, expect, it } from "vitest";
import { random } from "../../src/sim/index.ts";
import {
  type Reply,
  decodeBalances,
  decodeBook,
  decodeCancelAnswer,
  decodeClobMarket,
  decodeGammaEvents,
  decodeHeartbeat,
  decodeOrder,
  decodeOrdersPage,
  decodePlaceAnswer,
  decodeTime,
  decodeTradesPage,
} from "../../src/venue/polymarket/index.ts";
import { RUNS } from "../support/builders.ts";
import { mutated, textsOf } from "./mutated.ts";
import { A, ACCOUNT, MARKET } from "./polymarket/support.ts";

const ANSWERS = RUNS * 100;
const TEXTS = textsOf("polymarket/rest");
const STATUSES = [200, 200, 200, 201, 400, 404, 425, 429, 500, 503] as const;

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isIn = (json: unknown, id: string): boolean =>
  JSON.stringify(json)?.toLowerCase().includes(JSON.stringify(id).slice(1, -1).toLowerCase()) ??
  false;

/** What is wrong with how it was read; null where nothing is. */
function misread(reply: Reply): string | null {
  const json = read(reply.text);
  const isSuccess = reply.status >= 200 && reply.status < 300;

  const placed = decodePlaceAnswer(reply, 2).answer;
  const legs = placed.type === "answered" ? placed.legs : [];
  if (legs.length > 2) return "more legs than were sent";
  const said = Array.isArray(json) ? (json as readonly unknown[]) : [json];
  for (const [index, leg] of legs.entries()) {
    if (leg.type === "acked" && !(isSuccess && isIn(said[index], leg.orderId))) {
      return "acked without its id";
    }
  }
  const cancelled = decodeCancelAnswer(reply).answer;
  if (cancelled.type === "answered") {
    const { canceled } = json as { readonly canceled?: unknown };
    const isListed = cancelled.cancelled.every((id) => isIn(canceled, id));
    if (!isSuccess || !isListed) return "cancelled without its id";
  }
  const orders = decodeOrdersPage(reply, [MARKET]).answer;
  if (orders.type === "answered") {
    const isThere = orders.value.entries.every(({ orderId }) => isIn(json, orderId));
    if (!isSuccess || !isThere) return "an order out of nothing";
    const { data } = json as { readonly data?: unknown };
    if (!Array.isArray(data)) return "a list out of nothing";
  }
  const order = decodeOrder(reply, A, MARKET).answer;
  if (order.type === "answered" && order.value !== null && !isIn(json, A)) return "another order";
  const trades = decodeTradesPage(reply, MARKET, ACCOUNT).answer;
  if (trades.type === "answered" && !trades.value.entries.every(({ id }) => isIn(json, id))) {
    return "a trade out of nothing";
  }
  const beat = decodeHeartbeat(reply).answer;
  if (beat.type === "answered" && !isIn(json, beat.value.id)) return "a beat out of nothing";
  // These have nothing to be believed wrongly that is not a number; they must not throw.
  decodeBalances({ cash: reply, YES: reply, NO: reply });
  decodeBook(reply, MARKET);
  decodeClobMarket(reply);
  decodeTime(reply);
  decodeGammaEvents(reply.text);
  return null;
}

describe("answers that are not quite the venue's", () => {
  it("[J] are never believed for more than they say, and never a crash", () => {
    const chance = random(7).fork("answers");
    for (let run = 0; run < ANSWERS; run += 1) {
      const text = mutated(chance.pick(TEXTS), chance);
      const reply = { status: chance.pick(STATUSES), text, retryAfter: null };
      const problem = misread(reply);
      if (problem !== null) expect.unreachable(`${problem}: ${reply.status} ${text}`);
    }
    expect(misread({ status: 200, text: "", retryAfter: null })).toBeNull();
  });
});
