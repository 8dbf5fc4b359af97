/**
 * HTTP answers with errors in them. None makes a decoder throw, and what is decoded as accepted,
 * cancelled or existing is in the text by an independent reading. 100 answers for each of
 * TANDEM_RUNS.
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

/** What a decoder made of the answer that its text does not say; null if nothing. */
function misread(reply: Reply): string | null {
  const json = read(reply.text);
  const isSuccess = reply.status >= 200 && reply.status < 300;

  const placed = decodePlaceAnswer(reply, 2).answer;
  const legs = placed.type === "answered" ? placed.legs : [];
  if (legs.length > 2) return "more legs than were sent";
  const sent = Array.isArray(json) ? (json as readonly unknown[]) : [json];
  for (const [index, leg] of legs.entries()) {
    if (leg.type === "acked" && !(isSuccess && isIn(sent[index], leg.orderId))) {
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
  // Only numbers to get wrong, which other tests check: here these must not throw.
  decodeBalances({ cash: reply, YES: reply, NO: reply });
  decodeBook(reply, MARKET);
  decodeClobMarket(reply);
  decodeTime(reply);
  decodeGammaEvents(reply.text);
  return null;
}

describe("answers with errors in them", () => {
  it("[J] never decode to more than their text says, and never throw", () => {
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
