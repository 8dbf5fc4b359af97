/** The wire book, checked against the venue's check sums message by message. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  type WireBook,
  learnRestFields,
  levelsOf,
  applyMessage,
  initialWireBook,
} from "../../../src/venue/polymarket/channels/wireBook.ts";
import { readMarketFrame } from "../../../src/venue/polymarket/decode/decodeMarket.ts";
import { wire } from "../../../src/venue/polymarket/index.ts";
import { DOWN, MARKET, UP, hasShared, marketOf, sharedFile } from "./support.ts";

const REST_ONLY = { min_order_size: "5", neg_risk: false };
const sha1 = (text: string): string => createHash("sha1").update(text).digest("hex");

/** The text that the venue hashes, written out independently of the code under test. */
const text = (token: string, at: string, bids: string, asks: string, last = "0.040"): string =>
  `{"market":"${MARKET.id}","asset_id":"${token}","timestamp":"${at}","hash":"","bids":[${bids}],` +
  `"asks":[${asks}],"min_order_size":"5","tick_size":"0.01","neg_risk":false,` +
  `"last_trade_price":"${last}"}`;
const level = (price: string, size: string): string => `{"price":"${price}","size":"${size}"}`;
const levels = (...all: readonly string[]): readonly unknown[] =>
  JSON.parse(`[${all.join(",")}]`) as unknown[];

const BIDS = [level("0.4", "10"), level("0.48", "30.5")];
const ASKS = [level("0.6", "7"), level("0.52", "25")];

const book = (more: object = {}): object => ({
  event_type: "book",
  market: MARKET.id,
  asset_id: UP,
  timestamp: "1",
  hash: sha1(text(UP, "1", BIDS.join(","), ASKS.join(","))),
  bids: levels(...BIDS),
  asks: levels(...ASKS),
  tick_size: "0.01",
  last_trade_price: "0.040",
  ...more,
});
const change = (at: string, ...price_changes: readonly object[]): object => ({
  event_type: "price_change",
  market: MARKET.id,
  timestamp: at,
  price_changes,
});
const entry = (side: string, price: string, size: string, hash: string, asset_id = UP): object => ({
  asset_id,
  price,
  size,
  side,
  hash,
});

/** The verdicts of each message in turn, as in "YES right". */
function followed(...messages: readonly object[]): readonly (readonly string[])[] {
  let wireBook: WireBook = initialWireBook(REST_ONLY);
  return messages.map((message) => {
    const { items, warnings } = readMarketFrame(JSON.stringify(message), MARKET);
    expect(warnings).toEqual([]);
    return items.flatMap((decoded) => {
      if (decoded.wire === null || decoded.wire === "unread") return [];
      const next = applyMessage(wireBook, decoded.wire, MARKET);
      ({ wireBook } = next);
      return next.checks.map(({ token, verdict }) => `${token} ${verdict}`);
    });
  });
}

describe("the wire book", () => {
  it("checks each book by its hash, and each change by the hash of its last entry", () => {
    const better = [...BIDS, level("0.49", "1")].join(",");
    const between = [level("0.6", "7"), level("0.55", "2"), level("0.52", "25")].join(",");
    const fewer = level("0.6", "7");
    expect(
      followed(
        book(),
        change("2", entry("BUY", "0.49", "1", sha1(text(UP, "2", better, ASKS.join(","))))),
        change("3", entry("SELL", "0.55", "2", sha1(text(UP, "3", better, between)))),
        change(
          "4",
          entry("SELL", "0.52", "0", "of the book half way"),
          entry("SELL", "0.55", "0", sha1(text(UP, "4", better, fewer))),
        ),
        change("5", entry("BUY", "0.49", "0", sha1(text(UP, "5", better, fewer)))),
      ),
    ).toEqual([["YES right"], ["YES right"], ["YES right"], ["YES right"], ["YES wrong"]]);
  });

  it("a replaced level keeps its place and takes the new spelling", () => {
    const replaced = [level("0.40", "11"), BIDS[1]].join(",");
    const hash = sha1(text(UP, "2", replaced, ASKS.join(",")));
    expect(followed(book(), change("2", entry("BUY", "0.40", "11", hash))).at(-1)).toEqual([
      "YES right",
    ]);
  });

  it("a lost change makes the check sum of the next one wrong", () => {
    const lost = [...BIDS, level("0.49", "1")];
    const hash = sha1(text(UP, "3", [...lost, level("0.5", "1")].join(","), ASKS.join(",")));
    expect(followed(book(), change("3", entry("BUY", "0.5", "1", hash))).at(-1)).toEqual([
      "YES wrong",
    ]);
  });

  it("the last trade and the tick are followed in their spelling, in both tokens' books", () => {
    const traded = { event_type: "last_trade_price", market: MARKET.id, asset_id: DOWN };
    const after = text(UP, "2", BIDS.join(","), level("0.6", "7"), "0.510");
    const finer = after.replace('"0.01"', '"0.001"').replace('"2"', '"3"');
    const tick = { event_type: "tick_size_change", market: MARKET.id, new_tick_size: "0.001" };
    expect(
      followed(
        book(),
        { ...traded, price: "0.510" },
        change("2", entry("SELL", "0.52", "0", sha1(after))),
        tick,
        change("3", entry("SELL", "0.52", "0", sha1(finer))),
      ),
    ).toEqual([["YES right"], [], ["YES right"], [], ["YES right"]]);
  });

  it("a book without the last trade and the tick keeps those known before", () => {
    const { last_trade_price: _, tick_size: __, ...bare } = book() as Record<string, unknown>;
    expect(followed(book(), bare)).toEqual([["YES right"], ["YES right"]]);
    expect(followed(bare)).toEqual([["YES unchecked"]]);
  });

  it("a crossed book is wrong, whatever its hash says", () => {
    const crossed = level("0.53", "1");
    const hash = sha1(text(UP, "2", [...BIDS, crossed].join(","), ASKS.join(",")));
    expect(followed(book(), change("2", entry("BUY", "0.53", "1", hash))).at(-1)).toEqual([
      "YES wrong",
    ]);
    expect(followed(book(), change("2", entry("BUY", "0.53", "1", "")))).toEqual([
      ["YES right"],
      ["YES wrong"],
    ]);
  });

  it("an empty last trade is a price that the hash covers; an empty hash is no hash", () => {
    const fresh = text(UP, "1", BIDS.join(","), ASKS.join(","), "");
    expect(followed(book({ last_trade_price: "", hash: sha1(fresh) }))).toEqual([["YES right"]]);
    expect(followed(book({ hash: "" }), book({ hash: 7 }))).toEqual([
      ["YES unchecked"],
      ["YES unchecked"],
    ]);
  });

  it("a change without a book before is not checked; each token is checked on its own", () => {
    const hash = sha1("x");
    expect(followed(change("2", entry("BUY", "0.5", "1", hash)))).toEqual([[]]);
    expect(
      followed(
        book(),
        book({ asset_id: DOWN, hash }),
        change("2", entry("SELL", "0.5", "1", hash, DOWN)),
      ),
    ).toEqual([["YES right"], ["NO wrong"], ["NO wrong"]]);
  });

  it("v2 markets hash their version", () => {
    const v2 = text(UP, "1", BIDS.join(","), ASKS.join(",")).replace(/}$/, ',"version":"v2"}');
    expect(followed(book({ version: "v2", hash: sha1(v2) }))).toEqual([["YES right"]]);
  });

  it("a read with the same levels gives the fields that only it carries; one with others nothing", () => {
    const unhashed = { ...book(), hash: "" };
    const [message] = readMarketFrame(JSON.stringify(unhashed), MARKET).items;
    if (!message?.wire || message.wire === "unread") return expect.unreachable("not read");
    const first = applyMessage(initialWireBook(REST_ONLY), message.wire, MARKET).wireBook;
    const read = wire.bookSummaryWire.parse({
      ...unhashed,
      min_order_size: "15",
      neg_risk: true,
      last_trade_price: "0.04",
    });

    const { restOnly, books } = learnRestFields(first, [read], MARKET);
    expect(restOnly).toEqual({ min_order_size: "15", neg_risk: true });
    expect(books.YES).toMatchObject({ min_order_size: "15", last_trade_price: "0.04" });
    expect(books.NO).toBeNull();
    expect(learnRestFields(first, [{ ...read, asks: [] }], MARKET)).toBe(first);
  });

  it("levelsOf is equal for equal books, however they are spelled", () => {
    const as = (...bids: readonly string[]) => ({
      bids: wire.bookWire.shape.bids.parse(levels(...bids)),
      asks: [],
    });
    expect(levelsOf(as(level("0.5", "1"), level("0.4", "2.0")))).toBe(
      levelsOf(as(level("0.40", "2"), level("0.3", "0"), level("0.5", "1"))),
    );
    expect(levelsOf(as(level("0.5", "1")))).not.toBe(levelsOf(as(level("0.5", "2"))));
  });

  it.skipIf(!hasShared)("a recorded burst of changes, both tokens (needs ../shared)", () => {
    const { vectors } = z
      .object({
        vectors: z.array(
          z.object({
            name: z.string(),
            expectedHash: z.string(),
            book: wire.bookSummaryWire.omit({ hash: true }),
            change: z.object({ price: z.string(), size: z.string(), side: z.string() }).optional(),
          }),
        ),
      })
      .parse(sharedFile("book-hash.json"));
    const burst = vectors.filter(({ name }) => name.startsWith("seq-"));
    const first = burst[0]?.book;
    const changes = burst.filter((one) => one.change && one.book.asset_id === first?.asset_id);
    expect(changes).toHaveLength(3);
    const market = marketOf(first?.market ?? "", first?.asset_id ?? "", "another");

    let wireBook = initialWireBook(REST_ONLY);
    const verdicts = burst
      .filter(({ book: { asset_id } }) => asset_id === first?.asset_id)
      .flatMap(({ book: after, change: one, expectedHash }) => {
        const message = one
          ? {
              ...change(after.timestamp, { ...one, asset_id: after.asset_id, hash: expectedHash }),
              market: after.market,
            }
          : { ...after, event_type: "book", hash: expectedHash };
        return readMarketFrame(JSON.stringify(message), market).items.flatMap((decoded) => {
          const next =
            decoded.wire &&
            decoded.wire !== "unread" &&
            applyMessage(wireBook, decoded.wire, market);
          if (!next) return [];
          ({ wireBook } = next);
          return next.checks.map(({ verdict }) => verdict);
        });
      });
    expect(verdicts).toEqual(["right", "right", "right", "right"]);
  });
});
