import { describe, expect, it } from "vitest";
import { NO_USDC, epochMs, microShares, microUsdc, priceBp } from "../../../src/types/index.ts";
import {
  type Read,
  decodeApiKey,
  decodeBalances,
  decodeBook,
  decodeBooks,
  decodeClobMarket,
  decodeFeeRate,
  decodeHeartbeat,
  decodeNegRisk,
  decodeOrder,
  decodeOrdersPage,
  decodeTickSize,
  decodeTime,
  decodeTradesPage,
  decodeVersion,
} from "../../../src/venue/polymarket/index.ts";
import { A, ACCOUNT, B, DOWN, MARKET, UP, bp, fixture, level, reply, shares } from "./support.ts";

const rest = (name: string) => reply(fixture("rest", name));
const json = (name: string) => JSON.parse(fixture("rest", name)) as Record<string, unknown>;
const answered = <Value>(value: Value) => ({
  answer: { type: "answered", value },
  warnings: [],
});
const isGarbled = (read: Read<unknown>): void => {
  expect(read).toMatchObject({ answer: { type: "lost" }, warnings: [{ type: "garbled" }] });
};

const report = {
  orderId: A,
  token: "YES",
  side: "BUY",
  price: bp("0.48"),
  size: shares("20"),
  sizeMatched: shares("5.25"),
  status: "live",
};

describe("orders", () => {
  it("a page and the cursor of the next", () => {
    expect(decodeOrdersPage(rest("open_orders_page.json"), [MARKET])).toEqual(
      answered({
        entries: [
          report,
          { ...report, orderId: B, token: "NO", sizeMatched: shares("20"), status: "matched" },
        ],
        next: "MTAw",
      }),
    );
    const last = { ...json("open_orders_page.json"), next_cursor: "LTE=" };
    expect(decodeOrdersPage(reply(last), [MARKET]).answer).toMatchObject({ value: { next: null } });
  });

  it("a page with an order that cannot be read is lost: it would prove the absence of that order", () => {
    const order = json("open_order.json");
    const page = (data: unknown, cursor: unknown = "LTE=") =>
      decodeOrdersPage(reply({ limit: 100, count: 1, next_cursor: cursor, data }), [MARKET]);

    for (const change of [{ asset_id: "4" }, { id: "" }]) {
      isGarbled(page([order, { ...order, ...change }]));
    }
    // Of these the id is known, and that is enough for the list to be complete.
    for (const change of [{ price: "0.48005" }, { status: "PONDERING" }, { original_size: "" }]) {
      expect(page([order, { ...order, ...change }]).answer).toMatchObject({
        value: { entries: [{ status: "live" }, { status: "unreadable" }] },
      });
    }
    isGarbled(page(null));
    for (const end of ["", null, undefined, "LTE="]) {
      expect(page([order], end).answer).toMatchObject({ value: { next: null } });
    }
    expect(page([]).answer).toEqual({ type: "answered", value: { entries: [], next: null } });
  });

  it.each([
    ["LIVE", "live"],
    ["ORDER_STATUS_LIVE", "live"],
    ["MATCHED", "matched"],
    ["CANCELED", "cancelled"],
    ["ORDER_STATUS_CANCELED", "cancelled"],
    ["CANCELED_MARKET_RESOLVED", "cancelled"],
    ["INVALID", "cancelled"],
  ])("status %s is %s", (status, expected) => {
    const read = decodeOrder(reply({ ...json("open_order.json"), status }), A, MARKET);
    expect(read.answer).toMatchObject({ value: { status: expected } });
  });

  it("one by its id: found, null for an unknown id, lost for anything else", () => {
    const none = answered(null);
    expect(decodeOrder(rest("open_order.json"), A, MARKET)).toEqual(answered(report));
    expect(decodeOrder(reply({ error: "Order not found" }, 404), A, MARKET)).toEqual(none);
    expect(decodeOrder(reply("", 404), A, MARKET)).toEqual(none);
    expect(decodeOrder(reply(""), A, MARKET)).toEqual(none);
    expect(decodeOrder(reply("null"), A, MARKET)).toEqual(none);
    expect(decodeOrder(reply("404 page not found", 404), A, MARKET).answer.type).toBe("lost");
    expect(decodeOrder(reply({ error: "Order not found" }, 500), A, MARKET).answer.type).toBe(
      "lost",
    );
    isGarbled(decodeOrder(reply("{}"), A, MARKET));
    isGarbled(decodeOrder(rest("open_order.json"), B, MARKET));
  });
});

describe("trades", () => {
  const trade = {
    id: "trade-1",
    status: "confirmed",
    matchedAt: epochMs(1_800_000_001_000),
    fills: [
      {
        orderId: A,
        token: "YES",
        side: "BUY",
        price: bp("0.48"),
        size: shares("5"),
        fee: NO_USDC,
      },
    ],
  };
  const page = json("trades_page.json") as { data: readonly Record<string, unknown>[] };
  const [wire] = page.data;

  it("a page of our fills", () => {
    expect(decodeTradesPage(reply(page), MARKET, ACCOUNT)).toEqual(
      answered({ entries: [trade], next: null }),
    );
  });

  it("a trade in another market is skipped; one that is malformed costs itself", () => {
    const elsewhere = { ...wire, market: `0x${"77".repeat(32)}` };
    expect(
      decodeTradesPage(reply({ ...page, data: [elsewhere, wire] }), MARKET, ACCOUNT).answer,
    ).toMatchObject({ value: { entries: [{ id: "trade-1" }] } });
    for (const change of [{ status: "?" }, { maker_orders: [] }, { match_time: "" }]) {
      const odd = reply({ ...page, data: [{ ...wire, ...change }, wire] });
      expect(decodeTradesPage(odd, MARKET, ACCOUNT)).toMatchObject({
        answer: { value: { entries: [{ id: "trade-1" }], isPartial: true } },
        warnings: [{ type: "garbled" }],
      });
    }
  });
});

describe("a leg of a trade of which the order id cannot be read", () => {
  const us = { ...ACCOUNT, isOurs: () => false };
  const ours = {
    order_id: A,
    owner: us.apiKey,
    maker_address: us.wallet,
    matched_amount: "5",
    price: "0.49",
    asset_id: UP,
    side: "BUY",
  };
  const theirs = { ...ours, order_id: B, owner: "theirs", maker_address: "0xtheirs" };
  const read = (legs: readonly unknown[]) =>
    decodeTradesPage(
      reply({
        next_cursor: "LTE=",
        data: [
          {
            id: "t",
            taker_order_id: "0xtaker",
            market: MARKET.id,
            asset_id: UP,
            side: "SELL",
            size: "10",
            price: "0.49",
            status: "MATCHED",
            match_time: "1800000001",
            trader_side: "MAKER",
            maker_orders: legs,
          },
        ],
      }),
      MARKET,
      us,
    ).answer;
  const both = { fills: [{ orderId: A, size: shares("5") }], unreadable: ["?"] };

  it.each([
    ["of ours, by its owner", { ...ours, order_id: null }],
    ["of ours, by its wallet", { ...ours, order_id: undefined, owner: null }],
    ["of which nothing can be read", null],
  ])("is not hidden by another one: %s", (_, leg) => {
    expect(read([ours, leg])).toMatchObject({ value: { entries: [both] } });
  });

  it("costs nothing where it is another's", () => {
    const entry = (legs: readonly unknown[]) => {
      const answer = read(legs);
      return answer.type === "answered" ? answer.value.entries[0] : null;
    };
    expect(entry([ours, { ...theirs, order_id: null }])).toEqual(entry([ours, theirs]));
  });
});

describe("balances", () => {
  const good = rest("balance.json");
  const of = (balance: string) => reply({ balance, allowances: {} });

  it("three integers of millionths, all or nothing", () => {
    expect(decodeBalances({ cash: good, YES: of("0"), NO: of("5000000") })).toEqual(
      answered({
        cash: microUsdc(12_500_001),
        YES: microShares(0),
        NO: microShares(5_000_000),
      }),
    );
    expect(decodeBalances({ cash: good, YES: good, NO: reply("", 500) }).answer.type).toBe("lost");
  });

  it.each(["12.5", "-1", "", "1e6", "9007199254740992"])("%s is garbled", (balance) => {
    isGarbled(decodeBalances({ cash: of(balance), YES: good, NO: good }));
    isGarbled(decodeBalances({ cash: good, YES: of(balance), NO: good }));
    isGarbled(decodeBalances({ cash: good, YES: good, NO: of(balance) }));
  });
});

describe("heartbeat", () => {
  it("gives the next id, or the one that was expected", () => {
    expect(decodeHeartbeat(rest("heartbeat_answer.json"))).toEqual(
      answered({ type: "beaten", id: "beat-2" }),
    );
    for (const name of ["heartbeat_wrong.json", "heartbeat_wrong_openapi.json"]) {
      expect(decodeHeartbeat(reply(fixture("rest", name), 400))).toEqual(
        answered({ type: "wrongId", id: "beat-7" }),
      );
    }
    expect(decodeHeartbeat(reply({ error: "Invalid order payload" }, 400)).answer.type).toBe(
      "lost",
    );
    isGarbled(decodeHeartbeat(rest("heartbeat.json")));
  });
});

describe("the API key", () => {
  it("is decoded, and never quoted", () => {
    expect(decodeApiKey(rest("api_key.json"))).toEqual(
      answered({
        key: ACCOUNT.apiKey,
        secret: "bm90IGEgc2VjcmV0",
        passphrase: "not a passphrase",
      }),
    );
    const broken = { ...json("api_key.json"), apiKey: "" };
    for (const status of [200, 400, 500]) {
      const read = decodeApiKey(reply(broken, status));
      expect(read.answer.type).toBe("lost");
      expect(JSON.stringify(read)).not.toContain("bm90IGEgc2VjcmV0");
      expect(JSON.stringify(read)).not.toContain("not a passphrase");
    }
  });

  it("that is refused has the venue's words", () => {
    expect(decodeApiKey(reply({ error: "Invalid L1 Request headers" }, 401)).answer).toMatchObject({
      detail: "HTTP 401: Invalid L1 Request headers",
    });
  });
});

describe("public reads", () => {
  const book = {
    token: "YES",
    book: {
      bids: [level("0.48", "30.5"), level("0.01", "100")],
      asks: [level("0.52", "7.000001"), level("0.99", "100")],
    },
    tick: priceBp(100),
    orderSizeMin: shares("5"),
    isNegRisk: false,
  };

  it("books", () => {
    expect(decodeBook(rest("book_summary.json"), MARKET)).toEqual(answered(book));
    expect(decodeBooks(rest("book_summaries.json"), MARKET)).toEqual(
      answered([book, { ...book, token: "NO" }]),
    );
    isGarbled(decodeBook(reply({ ...json("book_summary.json"), asset_id: "4" }), MARKET));
    isGarbled(decodeBook(reply({ ...json("book_summary.json"), tick_size: "1" }), MARKET));
    isGarbled(
      decodeBooks(
        reply([json("book_summary.json"), { ...json("book_summary.json"), asset_id: "4" }]),
        MARKET,
      ),
    );
    expect(
      decodeBook(reply({ error: "No orderbook exists for the requested token id" }, 404), MARKET)
        .answer,
    ).toMatchObject({ type: "lost", detail: expect.stringContaining("No orderbook") });
  });

  it("single facts", () => {
    expect(decodeTickSize(rest("tick_size.json"))).toEqual(answered(priceBp(25)));
    expect(decodeNegRisk(rest("neg_risk.json"))).toEqual(answered(true));
    expect(decodeFeeRate(rest("fee_rate.json"))).toEqual(answered(1000));
    expect(decodeVersion(rest("version.json"))).toEqual(answered(2));
    expect(decodeTime(rest("time.json"))).toEqual(answered(epochMs(1_800_000_000_000)));
  });

  it.each([0.1, 0.01, 0.005, 0.0025, 0.001, 0.0001])("tick %f is exact", (tick) => {
    expect(decodeTickSize(reply({ minimum_tick_size: tick })).answer).toMatchObject({
      value: Math.round(tick * 10_000),
    });
  });

  it("a tick or a time out of range is garbled", () => {
    isGarbled(decodeTickSize(reply({ minimum_tick_size: 0.00001 })));
    isGarbled(decodeTickSize(reply({ minimum_tick_size: 1 })));
    for (const time of ["1800000000", "1800000000000", '"1800000000"']) {
      expect(decodeTime(reply(time)).answer).toMatchObject({ value: 1_800_000_000_000 });
    }
    isGarbled(decodeTime(reply("18000000")));
  });

  it("a market of the order book, its tokens by name", () => {
    expect(decodeClobMarket(rest("clob_market.json"))).toEqual(
      answered({
        id: MARKET.id,
        tokenIds: { YES: UP, NO: DOWN },
        exchange: "2",
        isNegRisk: false,
        tick: priceBp(100),
        orderSizeMin: shares("5"),
        feeRate: microUsdc(70_000),
        hasTakerDelay: true,
        acceptsOrders: true,
      }),
    );
    expect(decodeClobMarket(reply({ error: "market not found" }, 404))).toEqual(answered(null));
    expect(decodeClobMarket(reply("not found", 404)).answer.type).toBe("lost");
    isGarbled(decodeClobMarket(reply({ ...json("clob_market.json"), t: [] })));
  });
});
