/**
 * The watchdog's fold, event by event; its timers are in `test/marbles/venue/bookWatchdog.test.ts`.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Token } from "../../../src/types/index.ts";
import { bookHash, type wire } from "../../../src/venue/polymarket/index.ts";
import {
  type BookTrust,
  FULL_TRUST,
  type SuspicionEvent,
  evolveSuspicion,
  initialSuspicion,
} from "../../../src/venue/polymarket/channels/bookSuspicion.ts";
import { levelsText } from "../../../src/venue/polymarket/decode/bookHash.ts";
import { MARKET, level } from "./support.ts";

const REST_ONLY = { min_order_size: "5", neg_risk: false };

/** A time of the venue, by its last digits. */
const moment = (digits: string): string => `18000000${digits.padStart(5, "0")}`;

/** A token's book with one bid of this size. */
function read(token: Token, size: string, timestamp: string): wire.BookSummaryWire {
  const text = {
    market: MARKET.id,
    asset_id: MARKET.tokenIds[token],
    timestamp: moment(timestamp),
    bids: [{ price: "0.4", size }],
    asks: [],
    tick_size: "0.01",
    last_trade_price: "",
    ...REST_ONLY,
  };
  return { ...text, hash: bookHash(text) };
}

const book = (token: Token, size: string, at: string, hash?: string): SuspicionEvent => {
  const { min_order_size: _, neg_risk: __, bids, asks, ...fields } = read(token, size, at);
  return {
    type: "message",
    wire: {
      event_type: "book",
      ...fields,
      bids: levelsText(bids),
      asks: levelsText(asks),
      version: undefined,
      ...(hash !== undefined && { hash }),
    },
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
  reads: yes === null ? "GET /book: reset" : [read("YES", yes, at), read("NO", "1", at)],
});

const UNREAD_FIELDS = {
  market: MARKET.id,
  asset_id: "",
  size: "",
  side: null,
  fee_rate_bps: "",
  timestamp: "",
  transaction_hash: "",
  old_tick_size: "",
};

const CHECK_DUE: SuspicionEvent = { type: "checkDue" };

/** The reports of all events after the first books, as "type", and the cause where the link ends. */
const outcome = (...events: readonly SuspicionEvent[]): readonly string[] =>
  outcomeOf(FULL_TRUST, events).words;

/** Each message is checked before the next event. */
const outcomeOf = (trust: BookTrust, events: readonly SuspicionEvent[], firstYes = "1") =>
  putOffOutcomeOf(
    trust,
    events.flatMap((event) => [event, CHECK_DUE]),
    firstYes,
  );

function putOffOutcomeOf(
  trust: BookTrust,
  events: readonly SuspicionEvent[],
  firstYes = "1",
): { readonly words: readonly string[]; readonly trust: BookTrust } {
  let state = initialSuspicion(REST_ONLY, trust);
  const words: string[] = [];
  const first = [book("YES", firstYes, "1"), book("NO", "1", "1"), CHECK_DUE];
  for (const event of [...first, ...events]) {
    const step = evolveSuspicion(state, event, MARKET);
    ({ state } = step);
    words.push(...step.reports.map(({ type }) => type));
    if (step.cause === null) continue;
    words.push(step.cause);
    break;
  }
  return { words, trust: state.trust };
}

const contradicted = (yes: string, at = "9") => [REQUESTED, answered(yes, at), SETTLED];
const change = (token: Token, size: string, at: string, hash: string): SuspicionEvent => ({
  type: "message",
  wire: {
    event_type: "price_change",
    timestamp: moment(at),
    changes: [
      {
        item: { type: "level", token, side: "BUY", level: level("0.4", size) },
        spelled: { price: "0.4", size },
        hash,
      },
    ],
  },
});

const DIFFERS = "frozen: silence, and the venue's own book differs";
const LOST_TWICE = ["unclear", DIFFERS];
const UNCLEAR =
  "frozen: silence, and 5 requests for the venue's own book gave no clear answer: GET /book: reset";
const unclear = [REQUESTED, answered(null)];
const three = [...unclear, ...unclear, ...unclear];
const THREE = ["unclear", "unclear", "unclear"];

describe("evolveSuspicion", () => {
  it("[K] a book shown since the request began is the same; one from before it is not", () => {
    const changed = book("YES", "2", "2");
    expect(outcome(REQUESTED, answered("1"), SETTLED)).toEqual(["quiet"]);
    expect(outcome(REQUESTED, changed, answered("1"), SETTLED)).toEqual(["quiet"]);
    expect(outcome(REQUESTED, answered("2"), changed, SETTLED)).toEqual(["quiet"]);
    expect(outcome(changed, ...contradicted("1"), ...contradicted("1"))).toEqual(LOST_TWICE);
    expect(outcome(...contradicted("2"), ...contradicted("2"))).toEqual(LOST_TWICE);
  });

  it("[K] A4: a read is stale once the channel has a newer book that differs, whatever its own date", () => {
    // The venue's clock says "now", 9; the channel's own snapshot comes right after it.
    const newer = book("YES", "3", "10");
    expect(outcome(REQUESTED, answered("2"), newer, SETTLED)).toEqual(["stale"]);
    expect(outcome(...contradicted("2"), newer, ...contradicted("2", "11"))).toEqual([
      "unclear",
      "stale",
      "unclear",
    ]);
    // For ever: a channel that speaks is never ended by a read that lags.
    const round = (at: number) => [
      ...contradicted("2", String(at)),
      book("YES", "3", String(at + 1)),
    ];
    expect(outcome(...round(20), ...round(30), ...round(40), ...round(50))).toEqual(
      [20, 30, 40, 50].flatMap(() => ["unclear", "stale"]),
    );
  });

  it("[K] an older message, or one that proves nothing, leaves the contradiction standing", () => {
    const twice = (between: SuspicionEvent): readonly string[] =>
      outcome(...contradicted("2"), between, ...contradicted("2"));
    expect(twice(book("YES", "3", "8"))).toEqual(LOST_TWICE);
    expect(twice(book("NO", "1", "9"))).toEqual(LOST_TWICE);
    const unproven = change("YES", "3", "10", "");
    expect(outcome(...contradicted("2"), unproven, ...contradicted("2", "12"))).toEqual([
      "unclear",
      "unchecked",
      DIFFERS,
    ]);
  });

  it("[K] a wrong check sum is one of the two: a lost change ends the link at the first read", () => {
    const wrong = book("YES", "1", "2", "0".repeat(40));
    expect(outcome(wrong, ...contradicted("2"))).toEqual(["wrong", DIFFERS]);
  });

  it("[K] a link that was ended for nothing doubles what the next one needs, until a read agrees", () => {
    const links: readonly (readonly string[])[] = [1, 2, 3, 4, 5].map((_, index) => {
      const count = 2 * 2 ** Math.min(index, 3);
      return [
        ...(index === 0 ? [] : ["stale"]),
        ...Array.from({ length: count - 1 }, () => "unclear"),
        DIFFERS,
      ];
    });
    let trust = FULL_TRUST;
    for (const expected of links) {
      const found = outcomeOf(trust, Array.from({ length: 16 }, () => contradicted("2")).flat());
      expect(found.words).toEqual(expected);
      ({ trust } = found);
    }
    expect(trust.wrongEnds).toBe(4);
    // The new link shows another book than the one that was distrusted: it had been lost indeed.
    const right = outcomeOf(trust, [book("YES", "2", "12")], "2");
    expect(right.trust).toEqual({ ...trust, endedWith: { YES: null, NO: null } });
    expect(outcomeOf(right.trust, [REQUESTED, answered("1"), SETTLED]).trust).toEqual(FULL_TRUST);
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

  it.each<[string, wire.LastTradePriceWire | wire.TickSizeChangeWire]>([
    ["a trade", { ...UNREAD_FIELDS, event_type: "last_trade_price", price: "0.4" }],
    ["a new tick", { ...UNREAD_FIELDS, event_type: "tick_size_change", new_tick_size: "0.001" }],
  ])("a right check sum that is put off is right although %s comes before the check", (_, told) => {
    const event: SuspicionEvent = { type: "message", wire: told };
    const events = [book("YES", "2", "2", read("YES", "2", "2").hash), event, CHECK_DUE];

    expect(putOffOutcomeOf(FULL_TRUST, events).words).toEqual([]);
  });

  it("a check sum that is due is compared before a message without one", () => {
    const right = read("YES", "2", "2").hash;
    const bare = [change("YES", "3", "3", ""), CHECK_DUE];
    const putOff = (...events: readonly SuspicionEvent[]): readonly string[] =>
      putOffOutcomeOf(FULL_TRUST, events).words;

    expect(putOff(change("YES", "2", "2", "f".repeat(40)), ...bare)).toEqual([
      "wrong",
      "unchecked",
    ]);
    expect(putOff(book("YES", "2", "2", right), ...bare)).toEqual(["unchecked"]);
  });

  it("[K] a check that is put off until a verdict needs it changes no verdict, only what is counted", () => {
    const right = (token: Token, size: string, at: string): SuspicionEvent =>
      change(token, size, at, read(token, size, at).hash);
    const events: readonly (readonly SuspicionEvent[])[] = [
      [book("YES", "2", "2")],
      [book("YES", "2", "3", "0".repeat(40))],
      [book("NO", "1", "4", "")],
      [right("YES", "2", "5")],
      [right("YES", "3", "6")],
      [change("YES", "2", "7", "0".repeat(40))],
      [change("NO", "1", "8", "")],
      [UNREAD],
      [REQUESTED],
      [SETTLED],
      contradicted("2"),
      contradicted("3", "12"),
    ];
    const counted = (word: string): boolean => word === "wrong" || word === "unchecked";
    let ended = 0;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 12 }), (groups) => {
        const some = groups.flat();
        const checked = outcomeOf(FULL_TRUST, some);
        const putOff = putOffOutcomeOf(FULL_TRUST, some);
        expect(putOff.words.filter((word) => !counted(word))).toEqual(
          checked.words.filter((word) => !counted(word)),
        );
        expect(putOff.trust).toEqual(checked.trust);
        if (checked.words.some((word) => word.includes("differs"))) ended += 1;
      }),
      { numRuns: 500 },
    );
    expect(ended).toBeGreaterThan(20);
  });
});
