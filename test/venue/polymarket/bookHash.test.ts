import { describe, expect, it } from "vitest";
import { z } from "zod";
import { bookHash, isWhole, wire } from "../../../src/venue/polymarket/index.ts";
import { fixture, hasShared, sharedFile } from "./support.ts";

const { hash: _, ...BOOK } = wire.bookSummaryWire.parse(
  JSON.parse(fixture("rest", "book_summary.json")),
);
/** The fixture's hash, by `sha1sum` of the text that the protocol describes. */
const HASH = "712a416d463f416027c26ad26ad96f10363495e9";

describe("bookHash", () => {
  it("is the SHA-1 of the book as JSON", () => {
    expect(bookHash(BOOK)).toBe(HASH);
  });

  it("covers every field, the order of the levels and the version", () => {
    const changes = [
      { market: "0x1" },
      { asset_id: "1" },
      { timestamp: "1" },
      { bids: BOOK.bids.toReversed() },
      { asks: [] },
      { min_order_size: "15" },
      { tick_size: "0.001" },
      { neg_risk: true },
      { last_trade_price: "0.5" },
      { version: "v2" },
    ];
    const hashes = changes.map((change) => bookHash({ ...BOOK, ...change }));
    expect(new Set([HASH, ...hashes]).size).toBe(changes.length + 1);
  });

  it("isWhole checks a book, and is null where a field that the hash covers is missing", () => {
    expect(isWhole(BOOK, HASH)).toBe(true);
    expect(isWhole({ ...BOOK, asks: [] }, HASH)).toBe(false);
    expect(isWhole({ ...BOOK, neg_risk: true }, HASH)).toBe(false);
    expect(isWhole({ ...BOOK, tick_size: null }, HASH)).toBeNull();
    expect(isWhole({ ...BOOK, last_trade_price: null }, HASH)).toBeNull();
    expect(isWhole(BOOK, "")).toBeNull();
  });

  it.skipIf(!hasShared)("every recorded vector (needs ../shared)", () => {
    const vectors = z
      .object({
        vectors: z.array(
          z.object({
            name: z.string(),
            expectedHash: z.string(),
            book: wire.bookSummaryWire.omit({ hash: true }),
          }),
        ),
      })
      .parse(sharedFile("book-hash.json")).vectors;

    expect(vectors).toHaveLength(8);
    for (const { name, book, expectedHash } of vectors) {
      expect([name, bookHash(book)]).toEqual([name, expectedHash]);
    }
  });
});
