import { describe, expect, it } from "vitest";
import { l2Headers, marketBuyAmounts } from "../../../src/venue/polymarket/sign/index.ts";
import { MICRO, microUsdc, priceBp } from "../../../src/types/index.ts";
import { openOrdersPageWire, tradesPageWire } from "../../../src/venue/polymarket/wire/index.ts";
import { client, get, inMinutes, request, served, type Reply } from "./served.ts";

/** A bid far below the market. */
const LOW = ["BUY", "YES", 100, 20] as const;
const refusal = (status: number, error: string): Reply => ({ status, body: { error } });

describe("an order", () => {
  it("rests under the id that is its hash, and can be read", async () => {
    const venue = await served();
    const us = await client(venue);
    const { body, id } = us.signed(LOW, { postOnly: true });
    const answer = await us.ask("POST", "/order", body);
    expect(answer).toMatchObject({
      status: 200,
      body: { success: true, errorMsg: "", orderID: id, status: "live", makingAmount: "" },
    });
    const read = await us.ask("GET", `/data/order/${id}`);
    expect(read.body).toMatchObject({
      id,
      status: "LIVE",
      owner: us.credentials.apiKey,
      maker_address: us.owner,
      market: venue.market().market.id,
      asset_id: venue.market().market.tokenIds.YES,
      side: "BUY",
      original_size: "20",
      size_matched: "0",
      price: "0.01",
      outcome: "Up",
      expiration: "0",
      order_type: "GTC",
      associate_trades: [],
      created_at: Math.floor(venue.now() / 1_000),
    });
  });

  it("takes the resting ask, and the trade is mined", async () => {
    const venue = await served();
    venue.run(2_000);
    const us = await client(venue);
    const answer = await us.place(["BUY", "YES", 9000, 10], { orderType: "FOK" });
    expect(answer.body).toMatchObject({ status: "matched", success: true });
    // Nine dollars buy more than ten shares; a rest below a millionth of a share stays unspent.
    expect(Number(answer.body.makingAmount)).toBeGreaterThan(8.99999);
    expect(Number(answer.body.makingAmount)).toBeLessThanOrEqual(9);
    expect(Number(answer.body.takingAmount)).toBeGreaterThan(10);
    expect(answer.body.tradeIDs.length).toBeGreaterThan(0);
    const before = await us.ask("GET", "/data/trades");
    expect(tradesPageWire.safeParse(before.body).success).toBe(true);
    expect(before.body.data.length).toBe(answer.body.tradeIDs.length);
    expect(before.body.data[0]).toMatchObject({
      taker_order_id: answer.body.orderID,
      status: "TRADE_STATUS_MATCHED",
      trader_side: "TAKER",
      transaction_hash: "",
    });
    venue.run(12_000);
    const mined = await us.ask("GET", "/data/trades");
    expect(mined.body.data[0]).toMatchObject({ status: "TRADE_STATUS_CONFIRMED" });
    const token = venue.market().market.tokenIds.YES;
    const shares = await us.ask(
      "GET",
      `/balance-allowance?asset_type=CONDITIONAL&token_id=${token}`,
    );
    expect(Number(shares.body.balance)).toBe(Math.round(Number(answer.body.takingAmount) * MICRO));
    const cash = await us.ask("GET", "/balance-allowance?asset_type=COLLATERAL&signature_type=0");
    const paid = Math.round(Number(answer.body.makingAmount) * MICRO);
    expect(Number(cash.body.balance)).toBe(1_000 * MICRO - paid);
  });

  it("is refused with the venue's text for each reason", async () => {
    const venue = await served();
    venue.run(2_000);
    const us = await client(venue);
    const other = await client(venue, 2);
    const postedAt = async (what: Parameters<typeof us.signed>[0], terms = {}) => {
      const { body, id } = us.signed(what, terms);
      return { id, answer: await us.ask("POST", "/order", body) };
    };
    const offGrid = await postedAt(["BUY", "YES", 105, 20]);
    expect(offGrid.answer).toEqual(
      refusal(
        400,
        `order ${offGrid.id} is invalid. Price (0.0105) breaks minimum tick size rule: 0.01`,
      ),
    );
    const tooSmall = await postedAt(["BUY", "YES", 100, 3]);
    expect(tooSmall.answer).toEqual(
      refusal(400, `order ${tooSmall.id} is invalid. Size (3) lower than the minimum: 5`),
    );
    expect((await postedAt(["BUY", "YES", 9900, 20], { postOnly: true })).answer).toEqual(
      refusal(400, "invalid post-only order: order crosses book"),
    );
    const tooDear = await postedAt(["BUY", "YES", 100, 200_000]);
    expect(tooDear.answer).toEqual(
      refusal(
        400,
        "not enough balance / allowance: the balance is not enough -> balance: 1000000000, " +
          "sum of active orders: 0, sum of matched orders: 0, order amount (inc. fees): 2000000000",
      ),
    );
    const expiresAt = inMinutes(venue, 2);
    expect((await postedAt(LOW, { orderType: "GTD", expiresAt })).answer).toEqual(
      refusal(400, "invalid expiration"),
    );
    expect((await postedAt(LOW, { expiresAt: inMinutes(venue, 9) })).answer).toEqual(
      refusal(400, "invalid expiration"),
    );
    expect((await postedAt(["BUY", "YES", 9000, 900], { orderType: "FOK" })).answer).toEqual(
      refusal(400, "order couldn't be fully filled. FOK orders are fully filled or killed."),
    );
    expect((await postedAt(LOW, { orderType: "FAK" })).answer).toEqual(
      refusal(
        400,
        "no orders found to match with FAK order. " +
          "FAK orders are partially filled or killed if no match is found.",
      ),
    );
    // Dollars with four decimals; shares with five, as they come of 9.98 dollars on a grid of 0.001.
    for (const amounts of [
      { makerAmount: "5050500", takerAmount: "5550000" },
      { makerAmount: "9980000", takerAmount: "10131970" },
      { makerAmount: "9980000", takerAmount: "10131980" },
    ])
      expect((await postedAt(LOW, { orderType: "FAK", amounts })).answer).toEqual(
        refusal(
          400,
          "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, " +
            "taker amount a max of 4 decimals",
        ),
      );
    expect((await postedAt(LOW, { apiKey: other.credentials.apiKey })).answer).toEqual(
      refusal(400, "the order owner has to be the owner of the API KEY"),
    );
    expect((await postedAt(LOW, { by: other.key })).answer).toEqual(
      refusal(400, "invalid signature"),
    );
    expect(
      (await postedAt(LOW, { account: { owner: other.owner, maker: other.owner } })).answer,
    ).toEqual(refusal(400, "the order signer address has to be the address of the API KEY"));
    const twice = us.signed(LOW);
    expect((await us.ask("POST", "/order", twice.body)).status).toBe(200);
    expect(await us.ask("POST", "/order", twice.body)).toEqual(
      refusal(400, `order ${twice.id} is invalid. Duplicated.`),
    );
    const { tokenIds } = venue.market().market;
    const unknown = twice.body.replace(tokenIds.YES, "123456789");
    expect(await us.ask("POST", "/order", unknown)).toEqual(
      refusal(404, "No orderbook exists for the requested token id"),
    );
  });

  it("of a market that has not opened, or has ended, is refused", async () => {
    const venue = await served({ windowMs: 10_000 });
    const us = await client(venue);
    const early = us.signed(LOW);
    venue.run(10_500);
    expect(await us.ask("POST", "/order", early.body)).toEqual(
      refusal(404, "No orderbook exists for the requested token id"),
    );
    const listed = await get(venue, "/gamma/markets?closed=false");
    const next = listed.body.find(
      (one: { acceptingOrders: boolean; endDate: string }) =>
        !one.acceptingOrders && Date.parse(one.endDate) > venue.now(),
    );
    const [token] = JSON.parse(next.clobTokenIds);
    expect(await us.ask("POST", "/order", us.signed(LOW, { token }).body)).toEqual(
      refusal(400, "the market is not yet ready to process new orders"),
    );
  });

  it("signed for the other generation of the exchange is refused with a version mismatch", async () => {
    const venue = await served({ generation: "v2" });
    const us = await client(venue);
    expect(await us.place(LOW)).toEqual(refusal(400, "order_version_mismatch"));
    const { body } = us.signed(LOW);
    const { order, ...terms } = JSON.parse(body);
    const { timestamp: _, metadata: __, builder: ___, ...v1 } = order;
    const retired = { ...terms, order: { ...v1, nonce: "0", feeRateBps: "0", taker: us.owner } };
    expect(await us.ask("POST", "/order", retired)).toEqual(refusal(400, "order_version_mismatch"));
  });

  it("of a deposit wallet belongs to the account that signed for the wallet first", async () => {
    const venue = await served();
    const [us, other] = [await client(venue), await client(venue, 2)];
    const wallet = { wallet: "depositWallet", maker: other.owner } as const;
    const ours = us.signed(LOW, { account: wallet });
    expect(await us.ask("POST", "/order", ours.body)).toMatchObject({
      status: 200,
      body: { orderID: ours.id },
    });
    const theirs = other.signed(LOW, { account: wallet });
    expect(await other.ask("POST", "/order", theirs.body)).toEqual(
      refusal(400, "the order signer address has to be the address of the API KEY"),
    );
  });

  it("of a batch fails without the other orders", async () => {
    const venue = await served();
    venue.run(2_000);
    const us = await client(venue);
    const legs = [
      us.signed(LOW),
      us.signed(["BUY", "NO", 100, 3]),
      us.signed(["BUY", "YES", 9900, 20], { postOnly: true }),
      us.signed(["BUY", "NO", 200, 20]),
    ];
    const bodies = legs.map(({ body }) => body);
    const answer = await us.ask("POST", "/orders", `[${[...bodies, "{}"].join(",")}]`);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject([
      { success: true, errorMsg: "", orderID: legs[0]?.id, status: "live" },
      {
        success: false,
        orderID: "",
        errorMsg: expect.stringContaining("lower than the minimum: 5"),
      },
      { success: false, orderID: "", errorMsg: "invalid post-only order: order crosses book" },
      { success: true, orderID: legs[3]?.id, status: "live" },
      { success: false, orderID: "", errorMsg: "Invalid order payload" },
    ]);
    const many = `[${Array.from({ length: 20 }, () => bodies[0]).join(",")}]`;
    expect(await us.ask("POST", "/orders", many)).toEqual(
      refusal(400, "Too many orders in payload: 20, max allowed: 15"),
    );
    expect(await us.ask("POST", "/orders", "[]")).toEqual(refusal(400, "Invalid order payload"));
  });

  it("to BUY at market may have the share precision that is documented", async () => {
    const venue = await served();
    venue.run(2_000);
    const us = await client(venue);
    const { takerAmount } = marketBuyAmounts(priceBp(9500), microUsdc(10 * MICRO), priceBp(100));
    expect(takerAmount).toBe(10_526_300);
    const answer = await us.place(["BUY", "YES", 9500, 20], { orderType: "FAK" });
    expect(answer.body).toMatchObject({ success: true, status: "matched" });
  });
});

describe("a cancel", () => {
  it("ends one order, several, those of a token, of a market, and all", async () => {
    const venue = await served();
    const [us, other] = [await client(venue), await client(venue, 2)];
    const { id: market, tokenIds } = venue.market().market;
    const placed = async (token: "YES" | "NO"): Promise<string> =>
      (await us.place(["BUY", token, 100, 20])).body.orderID;
    const [a, b, c, d, e, f] = [
      await placed("YES"),
      await placed("YES"),
      await placed("YES"),
      await placed("NO"),
      await placed("YES"),
      await placed("NO"),
    ];
    const gone = (...ids: unknown[]): Reply => ({
      status: 200,
      body: { canceled: ids, not_canceled: {} },
    });
    const lost = (id: string | undefined, text: string): Reply => ({
      status: 200,
      body: { canceled: [], not_canceled: { [String(id)]: text } },
    });
    const missing = "order can't be found - already canceled or matched";
    expect(await other.ask("DELETE", "/order", { orderID: a })).toEqual(lost(a, missing));
    expect(await us.ask("DELETE", "/order", { orderID: a })).toEqual(gone(a));
    expect(await us.ask("DELETE", "/order", { orderID: a })).toEqual(
      lost(a, "the order is already canceled"),
    );
    expect(await us.ask("DELETE", "/orders", [b, c, b])).toEqual(gone(b, c));
    expect(
      await us.ask("DELETE", "/cancel-market-orders", { market, asset_id: tokenIds.NO }),
    ).toEqual(gone(d, f));
    expect(await us.ask("DELETE", "/cancel-market-orders", { market: "0x12" })).toEqual(gone());
    expect(await us.ask("DELETE", "/cancel-market-orders", {})).toMatchObject({ status: 400 });
    expect(await us.ask("DELETE", "/cancel-all")).toEqual(gone(e));
    expect(await us.ask("DELETE", "/cancel-all")).toEqual(gone());
    expect((await us.ask("GET", `/data/order/${e}`)).body.status).toBe("CANCELED");
    expect(await us.ask("DELETE", "/order", { id: a })).toMatchObject({ status: 400 });
    const thousand = Array.from({ length: 1_001 }, () => a);
    expect(await us.ask("DELETE", "/orders", thousand)).toMatchObject({ status: 400 });
  });
});

describe("reads", () => {
  it("come in pages of a hundred", async () => {
    const venue = await served();
    const us = await client(venue);
    const ids: string[] = [];
    for (let at = 0; at < 230; at += 10) {
      const legs = Array.from({ length: 10 }, () => us.signed(["BUY", "YES", 100, 5]));
      ids.push(...legs.map(({ id }) => id));
      const answer = await us.ask("POST", "/orders", `[${legs.map(({ body }) => body).join(",")}]`);
      expect(answer.body.every((leg: { success: boolean }) => leg.success)).toBe(true);
    }
    const found: string[] = [];
    const lengths: number[] = [];
    let cursor = "MA==";
    while (cursor !== "LTE=") {
      const page = await us.ask("GET", `/data/orders?next_cursor=${cursor}`);
      expect(openOrdersPageWire.safeParse(page.body).success).toBe(true);
      expect(page.body).toMatchObject({ limit: 100, count: page.body.data.length });
      lengths.push(page.body.count);
      found.push(...page.body.data.map((one: { id: string }) => one.id));
      cursor = page.body.next_cursor;
    }
    expect(lengths).toEqual([100, 100, 30]);
    expect(new Set(found)).toEqual(new Set(ids));
    expect(await us.ask("GET", "/data/orders?next_cursor=nonsense")).toMatchObject({ status: 400 });
    expect((await us.ask("GET", "/data/orders?next_cursor=LTE=")).body.data).toEqual([]);
    const one = await us.ask("GET", `/data/orders?id=${ids[7]}`);
    expect(one.body.data).toMatchObject([{ id: ids[7] }]);
    expect((await us.ask("GET", "/data/orders?market=0x1")).body.count).toBe(0);
  });

  it("show an account only its own orders", async () => {
    const venue = await served();
    const [us, other] = [await client(venue), await client(venue, 2)];
    const id = (await us.place(LOW)).body.orderID;
    expect((await other.ask("GET", "/data/orders")).body.data).toEqual([]);
    expect(await other.ask("GET", `/data/order/${id}`)).toEqual(refusal(404, "Order not found"));
  });
});

describe("a heartbeat", () => {
  it("takes the id of the last answer, and its lapse cancels the orders of its key", async () => {
    const venue = await served();
    const [us, other] = [await client(venue), await client(venue, 2)];
    const id = (await us.place(LOW)).body.orderID;
    const theirs = (await other.place(LOW)).body.orderID;
    const beat = (heartbeat_id: string | null) =>
      us.ask("POST", "/v1/heartbeats", { heartbeat_id });
    const first = await beat("");
    const second = await beat(first.body.heartbeat_id);
    expect(second.status).toBe(200);
    expect(second.body.heartbeat_id).not.toBe(first.body.heartbeat_id);
    expect(await beat("wrong")).toEqual({
      status: 400,
      body: { error_msg: "Invalid Heartbeat ID", heartbeat_id: second.body.heartbeat_id },
    });
    venue.run(9_000);
    expect((await beat(second.body.heartbeat_id)).status).toBe(200);
    venue.run(9_000);
    expect((await us.ask("GET", `/data/order/${id}`)).body.status).toBe("LIVE");
    venue.run(7_000);
    expect((await us.ask("GET", `/data/order/${id}`)).body.status).toBe("CANCELED");
    expect((await other.ask("GET", `/data/order/${theirs}`)).body.status).toBe("LIVE");
    const expected = await beat(second.body.heartbeat_id);
    expect(expected.status).toBe(400);
    expect((await beat(expected.body.heartbeat_id)).status).toBe(200);
    expect((await beat(null)).status).toBe(200);
    expect((await us.ask("POST", "/heartbeats")).body).toEqual({ status: "ok" });
  });

  it("without an id begins the chain of ids anew", async () => {
    const venue = await served();
    const us = await client(venue);
    const beat = (heartbeat_id: string) => us.ask("POST", "/v1/heartbeats", { heartbeat_id });
    const { heartbeat_id: next } = (await beat("")).body;
    await us.ask("POST", "/heartbeats");
    const refused = { error_msg: "Invalid Heartbeat ID", heartbeat_id: "" };
    expect(await beat(next)).toEqual({ status: 400, body: refused });
    expect((await beat("")).status).toBe(200);
  });

  it("belongs to one key: another key of the same wallet keeps its orders", async () => {
    const venue = await served();
    const us = await client(venue);
    const second = await client(venue, 1, 7);
    expect(second.owner).toBe(us.owner);
    const ours = (await us.place(LOW)).body.orderID;
    const theirs = (await second.place(LOW)).body.orderID;
    await us.ask("POST", "/heartbeats");
    const first = await second.ask("POST", "/v1/heartbeats", { heartbeat_id: "" });
    venue.run(9_000);
    await second.ask("POST", "/v1/heartbeats", { heartbeat_id: first.body.heartbeat_id });
    venue.run(6_100);
    expect((await us.ask("GET", `/data/order/${ours}`)).body.status).toBe("CANCELED");
    expect((await us.ask("GET", `/data/order/${theirs}`)).body.status).toBe("LIVE");
  });

  it("is not armed by a wrong id", async () => {
    const venue = await served();
    const us = await client(venue);
    const id = (await us.place(LOW)).body.orderID;
    expect((await us.ask("POST", "/v1/heartbeats", { heartbeat_id: "wrong" })).status).toBe(400);
    venue.run(30_000);
    expect((await us.ask("GET", `/data/order/${id}`)).body.status).toBe("LIVE");
  });
});

describe("authentication", () => {
  const UNAUTHORIZED = refusal(401, "Unauthorized/Invalid api key");

  it("covers every byte of the request", async () => {
    const venue = await served();
    const [us, other] = [await client(venue), await client(venue, 2)];
    const facts = { method: "GET", path: "/data/orders", body: null };
    const headers = l2Headers(us.owner, us.credentials, facts, venue.now()).reveal();
    const ask = (more: Record<string, string>, method = "GET", path = "/data/orders") =>
      request(venue, method, path, { headers: { ...headers, ...more } });
    expect((await ask({})).status).toBe(200);
    expect((await ask({}, "GET", "/data/orders?market=0x1")).status).toBe(200);
    expect(await ask({ POLY_SIGNATURE: "AAAA" })).toEqual(UNAUTHORIZED);
    expect(await ask({ POLY_PASSPHRASE: "wrong" })).toEqual(UNAUTHORIZED);
    expect(await ask({ POLY_API_KEY: other.credentials.apiKey })).toEqual(UNAUTHORIZED);
    expect(await ask({ POLY_ADDRESS: other.owner })).toEqual(UNAUTHORIZED);
    expect(await ask({ POLY_TIMESTAMP: "1795305000" })).toEqual(UNAUTHORIZED);
    expect(await ask({}, "DELETE", "/cancel-all")).toEqual(UNAUTHORIZED);
    expect(await ask({}, "GET", "/data/trades")).toEqual(UNAUTHORIZED);
    expect(await get(venue, "/data/orders")).toEqual(UNAUTHORIZED);
    const { body } = us.signed(LOW);
    const post = { method: "POST", path: "/order", body };
    const signed = l2Headers(us.owner, us.credentials, post, venue.now()).reveal();
    const changed = await request(venue, "POST", "/order", { body: `${body} `, headers: signed });
    expect(changed).toEqual(UNAUTHORIZED);
    venue.run(60_000);
    expect(await ask({})).toEqual(UNAUTHORIZED);
  });

  it("derives the same key every time, from a signature of the wallet", async () => {
    const venue = await served();
    const [us, again, other] = [await client(venue), await client(venue), await client(venue, 2)];
    expect(again.credentials.apiKey).toBe(us.credentials.apiKey);
    expect(again.credentials.secret.reveal()).toBe(us.credentials.secret.reveal());
    expect(other.credentials.apiKey).not.toBe(us.credentials.apiKey);
    expect((await us.ask("GET", "/auth/api-keys")).body).toEqual({
      apiKeys: [us.credentials.apiKey],
    });
    const bad = refusal(401, "Invalid L1 Request headers");
    expect(await request(venue, "POST", "/auth/api-key")).toEqual(bad);
    const headers = {
      POLY_ADDRESS: us.owner,
      POLY_SIGNATURE: `0x${"11".repeat(65)}`,
      POLY_TIMESTAMP: String(Math.floor(venue.now() / 1_000)),
      POLY_NONCE: "0",
    };
    expect(await request(venue, "POST", "/auth/api-key", { headers })).toEqual(bad);
  });
});
