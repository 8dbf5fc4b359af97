/** Real frames and answers; skipped without the recordings, which are not in the repository. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  bookHash,
  decodeGammaMarkets,
  decodeMarketFrame,
  decodePlaceAnswer,
  decodeTradesPage,
  decodeUserFrame,
  wire,
} from "../../../src/venue/polymarket/index.ts";
import { bp, hasReal, marketOf, real, reply, shares } from "./support.ts";

const lines = (name: string): readonly string[] => {
  const file = readFileSync(new URL(name, real));
  const text = (name.endsWith(".gz") ? gunzipSync(file) : file).toString("utf8");
  return text.trimEnd().split("\n");
};

describe.skipIf(!hasReal)("real recordings (needs ../shared/data/real)", () => {
  const WINDOW = "1776081900";
  const BTC = marketOf(
    "0x932c58b829d0cbe337217355ed0b265d2507343d95bc640f066f33dcc8af35bc",
    "88938973645735442237523716844129690201699190400656620733962385103892810566216",
    "103039490360866794499740240035564768797648136338615466713316000114971464857907",
  );

  it("a whole window of books: each is decoded best level first and has the hash it carries", () => {
    // Fields that the hash covers and most frames leave out, found by the authors of the recording.
    const hidden = new Map(
      lines("pm-btc5m-book/derived.csv.gz")
        .map((line) => line.trim().split(","))
        .filter(([start]) => start === WINDOW)
        .map(([, receivedMs, eventMs, , , , , , tick, lastPrice]) => [
          `${receivedMs} ${eventMs}`,
          { tick, lastPrice },
        ]),
    );
    const recorded = lines(`pm-btc5m-book/btc-updown-5m-${WINDOW}.ndjson.gz`);
    expect(recorded).toHaveLength(2616);

    let hashed = 0;
    for (const line of recorded) {
      const { ts, frame } = z
        .object({ ts: z.number(), frame: wire.bookWire })
        .parse(JSON.parse(line));
      const { items, warnings } = decodeMarketFrame(JSON.stringify(frame), BTC);
      expect(warnings).toEqual([]);
      const book = items.find((item) => item.type === "book")?.book;
      const best = [frame.bids.at(-1), frame.asks.at(-1)].map((each) => each && bp(each.price));
      expect([book?.bids[0]?.price, book?.asks[0]?.price]).toEqual(best);

      const { tick = "", lastPrice = "" } = hidden.get(`${ts} ${frame.timestamp}`) ?? {};
      const facts = { min_order_size: "5", neg_risk: false, tick_size: tick };
      if (bookHash({ ...frame, ...facts, last_trade_price: lastPrice }) === frame.hash) hashed += 1;
    }
    expect(hashed).toBe(recorded.length);
  });

  it("[E] real trades: as maker our leg, as taker all legs at their mean price", () => {
    const us = { apiKey: "00000001-0000-4000-8000-000000000001", wallet: "", isOurs: () => false };
    const { body } = z
      .object({ body: wire.tradesPageWire })
      .parse(JSON.parse(lines("fixtures/pm_data_trades_captured.ndjson")[0] ?? ""));
    const fills = body.data.flatMap((trade) => {
      if (trade === null) return [];
      const others = trade.maker_orders?.map((leg) => leg.asset_id) ?? [];
      const other = others.find((id) => id !== trade.asset_id) ?? "";
      const [yes, no] = trade.outcome === "Yes" ? [trade.asset_id, other] : [other, trade.asset_id];
      const page = { ...body, data: [trade] };
      const { answer } = decodeTradesPage(reply(page), marketOf(trade.market ?? "", yes, no), us);
      if (answer.type !== "answered") throw new Error(answer.detail);
      return [
        answer.value.entries.flatMap((entry) =>
          entry.fills.map(({ token, side, size, price }) => [token, side, size, price]),
        ),
      ];
    });

    expect(fills).toEqual([
      [["YES", "SELL", shares("4.12"), bp("0.13")]],
      [["YES", "SELL", shares("15.88"), bp("0.13")]],
      // 0.25863…, of a leg at 0.748 and one at 0.7210000476613491 on the other token.
      [["YES", "BUY", shares("46.241898"), bp("0.2587")]],
      [["NO", "BUY", shares("2547.096773"), bp("0.011")]],
    ]);
  });

  it("real user frames, and the fills their authors state", () => {
    const market = marketOf(
      "0xdd22472e552920b8438158ea7238bfadfa4f736aa4cee91a6b86c39ead110917",
      "21742633143463906290569050155826241533067272736897614950488156847949938836455",
      "48331043336612883890938759509493159234755048973500640148014422747788308965732",
    );
    const account = {
      apiKey: "",
      wallet: "0xa3D82Ed56F4c68d2328Fb8c29e568Ba2cAF7d7c8",
      isOurs: () => false,
    };
    const read = lines("fixtures/pm_user_frames.lgpl.ndjson").map((line) => {
      const { frame } = z.object({ frame: z.unknown() }).parse(JSON.parse(line));
      const { items, warnings } = decodeUserFrame(JSON.stringify(frame), market, account);
      expect(warnings).toEqual([]);
      return items.map((item) =>
        item.type === "order"
          ? [item.report.status, item.report.side, item.report.sizeMatched]
          : item.report.fills.map(({ side, size, price }) => [side, size, price]),
      );
    });

    expect(read).toEqual([
      [["live", "BUY", 0]],
      [["cancelled", "SELL", shares("5")]],
      // A leg without a side, on the taker's token: so of the opposite side.
      [[[expect.stringMatching("BUY|SELL"), shares("5"), bp("0.518")]]],
      [[["BUY", shares("5"), bp("0.52")]]],
      [[["BUY", shares("5"), bp("0.513")]]],
      [
        [
          ["BUY", shares("5"), bp("0.4")],
          ["BUY", shares("5"), bp("0.3")],
        ],
      ],
    ]);
  });

  it("real answers to orders: accepted, refused or in doubt, none garbled", () => {
    const record = z.object({
      endpoint: z.string(),
      status: z.number().nullable(),
      body: z.unknown(),
    });
    const meanings = lines("fixtures/pm_rest_orders_errors.ndjson")
      .map((line) => record.parse(JSON.parse(line)))
      .filter(({ endpoint, status, body }) => endpoint === "POST /order" && status && body)
      .map(({ status, body }) => {
        const { answer, warnings } = decodePlaceAnswer(reply(body, status ?? 0), 1);
        expect(warnings).toEqual([]);
        const [leg] = answer.type === "answered" ? answer.legs : [];
        return leg?.type === "rejected" ? leg.refusal.reason : (leg?.type ?? "lost");
      });

    expect(meanings.join(" ")).toBe(
      [
        "acked acked acked acked insufficientBalance insufficientBalance orderSizeMin unmatched",
        "postOnlyCross unmatched unclassified unclassified signature orderVersion walletKind",
        "lost lost insufficientBalance postOnlyMode",
      ].join(" "),
    );
  });

  it("a real market without a version is not traded", () => {
    const [line = ""] = lines("fixtures/gamma_btc5m_twap.lgpl.ndjson");
    const { body } = z.object({ body: z.unknown() }).parse(JSON.parse(line));
    expect(decodeGammaMarkets(JSON.stringify([body])).answer.unlisted).toEqual([
      { slug: "btc-updown-5m-1787414400", why: "version missing" },
    ]);
  });
});
