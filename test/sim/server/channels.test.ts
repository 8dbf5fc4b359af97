import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { levels } from "../../../src/sim/exchange/matching.ts";
import { bookHash } from "../../../src/sim/server/state/books.ts";
import {
  type BookLevel,
  formatMicro,
  formatPriceBp,
  type Token,
  TOKENS,
} from "../../../src/types/index.ts";
import {
  bookWire,
  lastTradePriceWire,
  marketResolvedWire,
  newMarketWire,
  priceChangeWire,
  userOrderWire,
  userTradeWire,
} from "../../../src/venue/polymarket/wire/index.ts";
import bookHashes from "./bookHash.json" with { type: "json" };
import { client, type Client, connected, get, served, type Served, settled } from "./served.ts";
import { until } from "../../support/patience.ts";

const LOW = ["BUY", "YES", 100, 20] as const;

type Levels = Map<string, string>;
interface Kept {
  bids: Levels;
  asks: Levels;
  timestamp: string;
  hash: string;
}

const numeric = ([a]: [string, string], [b]: [string, string]): number => Number(a) - Number(b);
const wire = (side: Levels) =>
  [...side].toSorted(numeric).map(([price, size]) => ({ price, size }));

/** A client's own book, with the hash that a client would compute from it. */
function hashOf(venue: Served, token: Token, kept: Kept, lastTradePrice: string): string {
  const { market } = venue.market();
  const text = JSON.stringify({
    market: market.id,
    asset_id: market.tokenIds[token],
    timestamp: kept.timestamp,
    hash: "",
    bids: wire(kept.bids),
    asks: wire(kept.asks).toReversed(),
    min_order_size: "5",
    tick_size: "0.01",
    neg_risk: false,
    last_trade_price: lastTradePrice,
  });
  return createHash("sha1").update(text).digest("hex");
}

describe("the hash of a book", () => {
  it.each(bookHashes.vectors)("is the venue's: $name", ({ book, expectedHash }) => {
    const { version, ...rest } = { version: undefined, ...book };
    expect(bookHash({ ...orderedFirst(rest), ...(version && { version }) })).toBe(expectedHash);
  });
});

/** With the keys in the venue's order: the hash is the fourth. */
const orderedFirst = <Book extends { market: string; asset_id: string; timestamp: string }>({
  market,
  asset_id,
  timestamp,
  ...rest
}: Book) => ({ market, asset_id, timestamp, hash: "", ...rest });

describe("the market channel", () => {
  it("sends the book, then every change of it, with a hash that a client can verify", async () => {
    const venue = await served();
    venue.run(2_000);
    const us = await client(venue);
    const socket = await connected(venue.at.marketSocket);
    const { market } = venue.market();
    const ids = TOKENS.map((token) => market.tokenIds[token]);
    socket.send({ assets_ids: ids, type: "market" });
    await settled(socket);
    expect(socket.texts[0]?.endsWith("\n")).toBe(true);
    for (let round = 0; round < 12; round += 1) {
      venue.run(1_500);
      await us.place(round % 2 === 0 ? ["BUY", "YES", 300, 7] : ["BUY", "NO", 9000, 6]);
    }
    // Two orders of one level end together, so the level changes twice in one step.
    await us.ask("DELETE", "/cancel-all");
    await settled(socket);

    const kept = new Map<string, Kept>();
    let lastTradePrice = "";
    let checked = 0;
    for (const event of socket.events()) {
      if (event.event_type === "book") {
        const { asset_id, bids, asks, timestamp, hash, last_trade_price } = bookWire.parse(event);
        lastTradePrice = last_trade_price ?? "";
        const side = (all: readonly { price: string; size: string }[]): Levels =>
          new Map(all.map((level) => [level.price, level.size]));
        const book = { bids: side(bids), asks: side(asks), timestamp, hash };
        const old = kept.get(asset_id);
        // After a trade the whole book is sent again; the changes must have led to the same book.
        if (old)
          expect([wire(book.bids), wire(book.asks)]).toEqual([wire(old.bids), wire(old.asks)]);
        kept.set(asset_id, book);
        const token = TOKENS.find((one) => market.tokenIds[one] === asset_id) ?? "YES";
        expect(hashOf(venue, token, book, lastTradePrice)).toBe(hash);
      } else if (event.event_type === "last_trade_price") {
        lastTradePrice = lastTradePriceWire.parse(event).price ?? "";
      } else if (event.event_type === "price_change") {
        const { price_changes, timestamp } = priceChangeWire.parse(event);
        expect(price_changes.map(({ asset_id }) => asset_id)).toEqual(ids);
        for (const change of price_changes) {
          const book = kept.get(change.asset_id) ?? expect.unreachable("no book before a change");
          const side = change.side === "BUY" ? book.bids : book.asks;
          if (change.size === "0") side.delete(change.price);
          else side.set(change.price, change.size);
          book.timestamp = timestamp;
          book.hash = change.hash;
          const token = TOKENS.find((one) => market.tokenIds[one] === change.asset_id) ?? "YES";
          expect(hashOf(venue, token, book, lastTradePrice)).toBe(change.hash);
          const [bid, ask] = [wire(book.bids).at(-1), wire(book.asks)[0]];
          expect([change.best_bid, change.best_ask]).toEqual([bid?.price ?? "", ask?.price ?? ""]);
          expect(Number(bid?.price ?? 0)).toBeLessThan(Number(ask?.price ?? 1));
          checked += 1;
        }
      }
    }
    expect(checked).toBeGreaterThan(40);
    for (const token of TOKENS) {
      const book = kept.get(market.tokenIds[token]) ?? expect.unreachable("no book");
      const truth = levels(venue.market().book, token);
      const plain = (all: readonly BookLevel[]) =>
        all.map(({ price, size }) => ({ price: formatPriceBp(price), size: formatMicro(size) }));
      expect(wire(book.bids)).toEqual(plain(truth.bids).toReversed());
      expect(wire(book.asks)).toEqual(plain(truth.asks));
      const read = await get(venue, `/book?token_id=${market.tokenIds[token]}`);
      expect(read.body.hash).toBe(book.hash);
    }
  });

  it("sends only frames of the subscription", async () => {
    const venue = await served({ windowMs: 10_000 });
    venue.run(1_000);
    const { market } = venue.market();
    const [plain, custom] = [
      await connected(venue.at.marketSocket),
      await connected(venue.at.marketSocket),
    ];
    plain.send({ assets_ids: [market.tokenIds.YES], type: "market", initial_dump: false });
    custom.send({
      assets_ids: [market.tokenIds.NO],
      type: "market",
      custom_feature_enabled: true,
    });
    plain.send({ operation: "subscribe", assets_ids: [market.tokenIds.YES] });
    await settled(plain);
    await settled(custom);
    expect(plain.texts).toEqual(["NO NEW ASSETS", "PONG"]);
    venue.run(12_000);
    await settled(plain);
    await settled(custom);
    const types = (events: readonly { event_type: string }[]) =>
      new Set(events.map(({ event_type }) => event_type));
    expect(types(plain.events())).not.toContain("best_bid_ask");
    expect(types(plain.events())).not.toContain("market_resolved");
    const wanted = custom.events();
    expect(types(wanted)).toContain("best_bid_ask");
    const opened = wanted.find((event) => event.event_type === "new_market");
    expect(newMarketWire.parse(opened).market).toBe(venue.market().market.id);
    const resolved = wanted.find((event) => event.event_type === "market_resolved");
    expect(marketResolvedWire.parse(resolved).market).toBe(market.id);
    custom.send({ operation: "unsubscribe", assets_ids: [market.tokenIds.NO] });
    await settled(custom);
    const known = custom.events().length;
    venue.run(2_000);
    await settled(custom);
    expect(custom.events().length).toBe(known);
  });

  it("announces a finer tick, and reads show it too", async () => {
    const venue = await served();
    const [us, other] = [await client(venue), await client(venue, 2)];
    const { tokenIds } = venue.market().market;
    const socket = await connected(venue.at.marketSocket);
    socket.send({ assets_ids: [tokenIds.YES], type: "market" });
    await settled(socket);
    expect((await us.place(["BUY", "YES", 9700, 50])).body.status).toBe("live");
    expect((await other.place(["BUY", "NO", 300, 50])).body.status).toBe("matched");
    await settled(socket);
    expect(
      socket.events().filter(({ event_type }) => event_type === "tick_size_change"),
    ).toMatchObject([{ asset_id: tokenIds.YES, old_tick_size: "0.01", new_tick_size: "0.001" }]);
    expect((await get(venue, `/tick-size?token_id=${tokenIds.YES}`)).body).toEqual({
      minimum_tick_size: 0.001,
    });
    expect((await us.place(["BUY", "YES", 110, 10])).body.status).toBe("live");
  });
});

const subscribed = async (venue: Served, { credentials }: Client, markets?: readonly string[]) => {
  const socket = await connected(venue.at.userSocket);
  const { apiKey, secret, passphrase } = credentials;
  socket.send({
    auth: { apiKey, secret: secret.reveal(), passphrase: passphrase.reveal() },
    type: "user",
    ...(markets && { markets }),
  });
  await settled(socket);
  return socket;
};

describe("the user channel", () => {
  it("sends an account its own orders and trades, in their order", async () => {
    const venue = await served();
    const [us, other, third] = [
      await client(venue),
      await client(venue, 2),
      await client(venue, 3),
    ];
    const ours = await subscribed(venue, us);
    const theirs = await subscribed(venue, other, [venue.market().market.id]);
    const elsewhere = await subscribed(venue, us, ["0x12"]);
    const stranger = await subscribed(venue, third);

    const rests = (await us.place(["BUY", "YES", 5000, 20])).body.orderID;
    const takes = (await other.place(["BUY", "NO", 5000, 8])).body.orderID;
    await us.ask("DELETE", "/order", { orderID: rests });
    venue.run(12_000);
    await Promise.all([ours, theirs, elsewhere, stranger].map(settled));

    const story = (events: readonly Record<string, string>[]): unknown =>
      events.map((event) =>
        event["event_type"] === "order"
          ? [event["type"], event["id"], event["status"], event["size_matched"]]
          : [event["type"], event["taker_order_id"], event["status"], event["trader_side"]],
      );
    expect(story(ours.events())).toEqual([
      ["PLACEMENT", rests, "LIVE", "0"],
      ["UPDATE", rests, "LIVE", "8"],
      ["TRADE", takes, "MATCHED", "MAKER"],
      ["CANCELLATION", rests, "CANCELED", "8"],
      ["TRADE", takes, "MINED", "MAKER"],
      ["TRADE", takes, "CONFIRMED", "MAKER"],
    ]);
    expect(story(theirs.events())).toEqual([
      ["PLACEMENT", takes, "LIVE", "0"],
      ["UPDATE", takes, "MATCHED", "8"],
      ["TRADE", takes, "MATCHED", "TAKER"],
      ["TRADE", takes, "MINED", "TAKER"],
      ["TRADE", takes, "CONFIRMED", "TAKER"],
    ]);
    expect(elsewhere.events()).toEqual([]);
    expect(stranger.events()).toEqual([]);
    for (const event of [...ours.events(), ...theirs.events()])
      expect(
        (event.event_type === "order" ? userOrderWire : userTradeWire).safeParse(event).success,
      ).toBe(true);
    const trade = userTradeWire.parse(ours.events()[2]);
    const { tokenIds } = venue.market().market;
    expect(trade).toMatchObject({
      asset_id: tokenIds.NO,
      side: "BUY",
      size: "8",
      price: "0.5",
      outcome: "Down",
      owner: other.credentials.apiKey,
      maker_orders: [
        {
          order_id: rests,
          owner: us.credentials.apiKey,
          maker_address: us.owner,
          matched_amount: "8",
          price: "0.5",
          asset_id: tokenIds.YES,
          outcome: "Up",
          side: "BUY",
        },
      ],
    });
  });

  it("announces the fill of a FAK order, and the cancel of the rest", async () => {
    const venue = await served();
    const [us, other] = [await client(venue), await client(venue, 2)];
    const ours = await subscribed(venue, us);
    await other.place(["BUY", "NO", 5000, 8]);
    await us.place(["BUY", "YES", 5000, 20], { orderType: "FAK" });
    await settled(ours);
    expect(
      ours.events().map(({ type, status, size_matched }) => [type, status, size_matched]),
    ).toEqual([
      ["PLACEMENT", "LIVE", "0"],
      ["UPDATE", "LIVE", "8"],
      ["CANCELLATION", "CANCELED", "8"],
      ["TRADE", "MATCHED", undefined],
    ]);
  });

  it("announces a FOK order that was killed, but not a FAK order that met nothing", async () => {
    const venue = await served();
    const [us, other] = [await client(venue), await client(venue, 2)];
    const [ours, theirs] = [await subscribed(venue, us), await subscribed(venue, other)];
    await us.place(["BUY", "YES", 6000, 12], { orderType: "FAK" });
    const { id, body } = us.signed(["BUY", "YES", 6000, 12], { orderType: "FOK" });
    expect((await us.ask("POST", "/order", body)).status).toBe(400);
    await settled(ours);
    await settled(theirs);
    const { market } = venue.market();
    expect(theirs.events()).toEqual([]);
    expect(ours.events()).toEqual([
      {
        event_type: "order",
        id,
        owner: us.credentials.apiKey,
        market: market.id,
        asset_id: market.tokenIds.YES,
        side: "BUY",
        order_owner: us.credentials.apiKey,
        original_size: "12",
        size_matched: "",
        price: "0.6",
        associate_trades: [],
        outcome: "",
        type: "CANCELLATION",
        created_at: "",
        expiration: "0",
        order_type: "FOK",
        status: "CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed.",
        maker_address: us.owner,
        timestamp: String(venue.now()),
      },
    ]);
    expect((await us.ask("GET", `/data/order/${id}`)).status).toBe(404);
  });

  it("announces the end of orders when their market ends", async () => {
    const venue = await served({ windowMs: 10_000 });
    const us = await client(venue);
    const ours = await subscribed(venue, us);
    const id = (await us.place(LOW)).body.orderID;
    venue.run(11_000);
    await settled(ours);
    expect(ours.events().at(-1)).toMatchObject({
      id,
      type: "CANCELLATION",
      status: "CANCELED_MARKET_RESOLVED",
    });
    expect((await us.ask("GET", `/data/order/${id}`)).body.status).toBe("CANCELED_MARKET_RESOLVED");
  });

  it("closes a connection that fails to authenticate", async () => {
    const venue = await served();
    const us = await client(venue);
    const { apiKey } = us.credentials;
    const closed = async (message: unknown): Promise<number> => {
      const socket = await connected(venue.at.userSocket);
      let code = 0;
      socket.socket.on("close", (value) => (code = value));
      socket.send(message);
      await until(() => code !== 0);
      return code;
    };
    expect(await closed({ auth: { apiKey, secret: "AAAA", passphrase: "x" }, type: "user" })).toBe(
      1008,
    );
    expect(await closed({ operation: "subscribe", markets: [] })).toBe(1008);
    expect(await closed("nonsense")).toBe(1008);
  });
});
