/**
 * The watchdog's fold, event by event; its timers are in `test/marbles/venue/bookWatchdog.test.ts`.
 */
import { describe, expect, it } from "vitest";
import type { Token } from "../../../src/types/index.ts";
import { bookHash, type wire } from "../../../src/venue/polymarket/index.ts";
import {
  type SuspicionEvent,
  evolveSuspicion,
  initialSuspicion,
} from "../../../src/venue/polymarket/channels/bookSuspicion.ts";
import { MARKET } from "./support.ts";

const REST_ONLY = { min_order_size: "5", neg_risk: false };

/** A token's book with one bid of this size. */
function read(token: Token, size: string, timestamp: string): wire.BookSummaryWire {
  const text = {
    market: MARKET.id,
    asset_id: MARKET.tokenIds[token],
    timestamp,
    bids: [{ price: "0.4", size }],
    asks: [],
    tick_size: "0.01",
    last_trade_price: "",
    ...REST_ONLY,
  };
  return { ...text, hash: bookHash(text) };
}

const book = (token: Token, size: string, at: string, hash?: string): SuspicionEvent => {
  const { min_order_size: _, neg_risk: __, ...fields } = read(token, size, at);
  return {
    type: "message",
    wire: { event_type: "book", ...fields, ...(hash !== undefined && { hash }) },
  };
};
const UNREAD: SuspicionEvent = { type: "message", wire: "unread" };
const REQUESTED: SuspicionEvent = {
  type: "requested",
  suspicion: { name: "frozen", why: "silence" },
};
const SETTLED: SuspicionEvent = { type: "settled" };
const answered = (yes: string | null, at = "9"): SuspicionEvent => ({
  type: "answered",
  reads: yes === null ? null : [read("YES", yes, at), read("NO", "1", at)],
});

/** The reports of all events after the first books, as "type", and the cause if the link ends. */
function outcome(...events: readonly SuspicionEvent[]): readonly string[] {
  let state = initialSuspicion(REST_ONLY);
  return [book("YES", "1", "1"), book("NO", "1", "1"), ...events].flatMap((event) => {
    const step = evolveSuspicion(state, event, MARKET);
    ({ state } = step);
    const types = step.reports.map(({ type }) => type);
    return step.cause === null ? types : [...types, step.cause];
  });
}

const DIFFERS = "frozen: silence, and the venue's own book differs";
const UNCLEAR = "frozen: silence, and 5 requests for the venue's own book gave no clear answer";
const unclear = [REQUESTED, answered(null)];
const three = [...unclear, ...unclear, ...unclear];
const THREE = ["unclear", "unclear", "unclear"];

describe("evolveSuspicion", () => {
  it("[K] a book shown since the request began is the same; one from before it is not", () => {
    const changed = book("YES", "2", "2");
    expect(outcome(REQUESTED, answered("1"), SETTLED)).toEqual(["quiet"]);
    expect(outcome(REQUESTED, changed, answered("1"), SETTLED)).toEqual(["quiet"]);
    expect(outcome(REQUESTED, answered("2"), changed, SETTLED)).toEqual(["quiet"]);
    expect(outcome(changed, REQUESTED, answered("1"), SETTLED)).toEqual([DIFFERS]);
    expect(outcome(REQUESTED, answered("2"), SETTLED)).toEqual([DIFFERS]);
  });

  it("[K] a read older than our book at the request is unclear, whatever its levels", () => {
    expect(outcome(book("YES", "2", "5"), REQUESTED, answered("2", "4"), SETTLED)).toEqual([
      "unclear",
    ]);
    expect(outcome(REQUESTED, book("YES", "2", "5"), answered("2", "4"), SETTLED)).toEqual([
      "quiet",
    ]);
  });

  it("[K] ends at the fifth unclear answer in a row", () => {
    const count = [...THREE, "unclear", "unclear"];
    expect(outcome(...three, ...unclear, ...unclear)).toEqual([...count, UNCLEAR]);
    expect(outcome(...three, ...unclear, book("NO", "1", "2"), ...unclear)).toEqual(count);
    const same = [REQUESTED, answered("1"), SETTLED];
    expect(outcome(...three, ...unclear, ...same, ...unclear)).toEqual([
      ...THREE,
      "unclear",
      "quiet",
      "unclear",
    ]);
  });

  it("[K] a wrong or unread message does not reset the count; one without a hash decides nothing", () => {
    const wrong = book("YES", "1", "2", "0".repeat(40));
    const unchecked = book("YES", "1", "3", "");
    expect(outcome(...three, wrong, ...unclear, unchecked, ...unclear)).toEqual([
      ...THREE,
      "wrong",
      "unclear",
      "unchecked",
      "unclear",
      UNCLEAR,
    ]);
    expect(outcome(...three, UNREAD, ...unclear, book("NO", "1", "2"), ...unclear)).toEqual([
      ...THREE,
      "unclear",
      "unclear",
      UNCLEAR,
    ]);
  });

  it("an answer or a timer without its request changes nothing", () => {
    expect(outcome(answered("2"), answered(null), SETTLED)).toEqual([]);
    expect(outcome(REQUESTED, SETTLED, answered("1"), SETTLED)).toEqual(["quiet"]);
  });
});
