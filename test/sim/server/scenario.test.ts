import { describe, expect, it } from "vitest";
import { remaining } from "../../../src/sim/exchange/order.ts";
import { MICRO, type PriceBp } from "../../../src/types/index.ts";
import {
  client,
  type Client,
  connected,
  control,
  following,
  get,
  inMinutes,
  request,
  served,
  type Served,
  settled,
} from "./served.ts";

const LOW = ["BUY", "YES", 100, 20] as const;
const FEE = { fee: { rateBp: 700, exponent: 1 } };

const cashOf = async (us: Client): Promise<number> =>
  Number((await us.ask("GET", "/balance-allowance?asset_type=COLLATERAL")).body.balance);
const sharesOf = async (us: Client, token: string): Promise<number> => {
  const path = `/balance-allowance?asset_type=CONDITIONAL&token_id=${token}`;
  return Number((await us.ask("GET", path)).body.balance);
};
const statusOf = async (us: Client, id: string): Promise<unknown> =>
  (await us.ask("GET", `/data/order/${id}`)).body.status;
/** The best offer of YES, which may be another trader's bid for NO. */
const bestOffer = (venue: Served): { readonly price: PriceBp; readonly size: number } => {
  const best = venue.market().book.asks[0]?.orders[0];
  if (!best) return expect.unreachable("no offer");
  const price = best.token === "YES" ? best.price : 10_000 - best.price;
  return { price: price as PriceBp, size: remaining(best) / MICRO };
};

const ON_HOLD = "the order is delayed and can't be canceled yet";

/** Waits until the venue holds the order, and checks that it cannot be cancelled. */
async function isHeld(us: Client, id: string): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const refused = await us.ask("DELETE", "/order", { orderID: id });
    if (refused.body.not_canceled[id] === ON_HOLD) return;
  }
  expect.unreachable("it is not on hold");
}

describe("fees", () => {
  it("are listed at every address that shows them", async () => {
    const venue = await served({ scenario: FEE });
    const { market } = venue.market();
    const [listed] = (await get(venue, `/gamma/markets?slug=${market.slug}`)).body;
    expect(listed).toMatchObject({
      feesEnabled: true,
      feeSchedule: { rate: 0.07, exponent: 1, takerOnly: true, rebateRate: 0.2 },
      takerBaseFee: 1_000,
    });
    expect((await get(venue, `/clob-markets/${market.id}`)).body).toMatchObject({
      fd: { r: 0.07, e: 1, to: true },
      tbf: 1_000,
    });
    expect((await get(venue, `/fee-rate?token_id=${market.tokenIds.YES}`)).body).toEqual({
      base_fee: 1_000,
    });
    const socket = await connected(venue.at.marketSocket);
    socket.send({ type: "market", assets_ids: ["1"], custom_feature_enabled: true });
    await settled(socket);
    venue.run(300_000);
    await settled(socket);
    expect(socket.events().find((one) => one.event_type === "new_market")).toMatchObject({
      fees_enabled: true,
      taker_base_fee: "1000",
      fee_schedule: { exponent: "1", rate: "0.07", taker_only: true, rebate_rate: "0.2" },
    });
    const plain = await served();
    expect((await get(plain, `/gamma/markets`)).body[0]).toMatchObject({ feesEnabled: false });
  });

  it("are paid by the taker", async () => {
    const venue = await served({ scenario: FEE });
    venue.run(2_000);
    const us = await client(venue);
    const { price } = bestOffer(venue);
    const answer = await us.place(["BUY", "YES", price, 5]);
    expect(answer.body).toMatchObject({ status: "matched", takingAmount: "5" });
    venue.run(12_000);
    const p = price / 10_000;
    const fee = Math.floor(5 * 0.07 * p * (1 - p) * 1e5 + 1e-9) / 1e5;
    expect(fee).toBeGreaterThan(0);
    expect(await cashOf(us)).toBe(Math.round((1_000 - 5 * p - fee) * MICRO));
  });
});

describe("a market with a taker delay", () => {
  const delayed = { scenario: { takerDelayMs: 150 } };

  it("lists the delay, holds a marketable order, and answers when it has matched", async () => {
    const venue = await served(delayed);
    venue.run(2_000);
    const us = await client(venue);
    const { market } = venue.market();
    expect((await get(venue, `/clob-markets/${market.id}`)).body.itode).toBe(true);
    const [listed] = (await get(venue, `/gamma/markets?slug=${market.slug}`)).body;
    expect(listed.takerDelayMs).toBe(150);
    const { body, id } = us.signed(["BUY", "YES", 9000, 5]);
    let isAnswered = false;
    const answer = us.ask("POST", "/order", body).finally(() => (isAnswered = true));
    await isHeld(us, id);
    await control(venue, { do: "limits", enforcement: "enforced" });
    const everything = await us.heard("DELETE", "/cancel-all");
    expect(everything.body).toEqual({ canceled: [], not_canceled: { [id]: ON_HOLD } });
    // One token for the request, and none for the order it could not cancel.
    expect(everything.headers.get("poly-ratelimit-remaining")).toBe("119");
    expect((await us.ask("POST", "/order", body)).body.error).toBe(
      `order ${id} is invalid. Duplicated.`,
    );
    expect((await us.ask("GET", `/data/order/${id}`)).status).toBe(404);
    venue.run(149);
    expect(isAnswered).toBe(false);
    venue.run(1);
    expect((await answer).body).toMatchObject({ status: "matched", orderID: id });
  });

  it("holds neither post-only orders nor resting ones, and refuses at once", async () => {
    const venue = await served(delayed);
    venue.run(2_000);
    const us = await client(venue);
    expect((await us.place(LOW)).body.status).toBe("live");
    expect((await us.place(["BUY", "YES", 9900, 20], { postOnly: true })).status).toBe(400);
    expect((await us.place(["BUY", "YES", 9000, 20_000])).body.error).toContain("not enough");
  });

  it("lets a maker cancel before the held order, which then rests", async () => {
    const venue = await served(delayed);
    // No other trader has an order yet.
    const [maker, taker] = [await client(venue), await client(venue, 2)];
    const bid = (await maker.place(["BUY", "NO", 5000, 20], { postOnly: true })).body.orderID;
    const { body, id } = taker.signed(["BUY", "YES", 5000, 5]);
    const answer = taker.ask("POST", "/order", body);
    await isHeld(taker, id);
    expect((await maker.ask("DELETE", "/cancel-all")).body.canceled).toEqual([bid]);
    venue.run(150);
    expect((await answer).body).toMatchObject({ status: "live", orderID: id });
    expect(await statusOf(taker, id)).toBe("LIVE");
  });
});

describe("what is not documented", () => {
  it("`tellsRemovals` off: no frame reports an expired or lapsed order", async () => {
    for (const tellsRemovals of [true, false]) {
      const venue = await served({ scenario: { tellsRemovals } });
      const us = await client(venue);
      const user = await following(venue, us);
      const expiresAt = inMinutes(venue, 4);
      const expiring = await us.place(LOW, { orderType: "GTD", expiresAt });
      const lapsing = await us.place(LOW);
      await us.ask("POST", "/heartbeats");
      venue.run(16_000);
      expect(await statusOf(us, lapsing.body.orderID)).toBe("CANCELED");
      const again = await us.place(LOW, { orderType: "GTD", expiresAt });
      venue.run(200_000);
      for (const { body } of [expiring, again])
        expect(await statusOf(us, body.orderID)).toBe("CANCELED");
      await settled(user);
      const told = user.events().filter(({ type }) => type === "CANCELLATION");
      expect(told).toHaveLength(tellsRemovals ? 3 : 0);
    }
  });

  it("`selfTrade` decides when an account would trade with itself", async () => {
    const meet = async (selfTrade: "allow" | "rejectTaker" | "cancelMaker") => {
      const venue = await served({ scenario: { selfTrade } });
      // No other orders: the traders have not seen a reference yet.
      const us = await client(venue);
      const maker = (await us.place(["BUY", "YES", 5000, 20])).body.orderID;
      const taker = await us.place(["BUY", "NO", 5000, 20]);
      return [taker.status, await statusOf(us, maker)];
    };
    expect(await meet("allow")).toEqual([200, "MATCHED"]);
    expect(await meet("rejectTaker")).toEqual([400, "LIVE"]);
    expect(await meet("cancelMaker")).toEqual([200, "CANCELED"]);
  });
});

describe("windows that trade before they begin", () => {
  it("are listed as accepting orders, accept them, and have a strike once they have begun", async () => {
    const venue = await served({ windowMs: 60_000, scenario: { windowsAhead: 2 } });
    const us = await client(venue);
    const listed = async () => (await get(venue, "/gamma/events?closed=false")).body;
    const seen = (await listed()).map((event: any) => [
      event.markets[0].acceptingOrders,
      event.eventMetadata !== undefined,
    ]);
    expect(seen.slice(0, 4)).toEqual([
      [true, true],
      [true, false],
      [true, false],
      [false, false],
    ]);
    const tokens = (await listed()).map(
      (event: any) => JSON.parse(event.markets[0].clobTokenIds)[0] as string,
    );
    const placed = async (at: number) => {
      const { body, id } = us.signed(LOW, { token: tokens[at] });
      return { id, ...(await us.ask("POST", "/order", body)) };
    };
    const next = await placed(1);
    expect(next).toMatchObject({ status: 200, body: { status: "live" } });
    expect(await placed(3)).toMatchObject({
      status: 400,
      body: { error: "the market is not yet ready to process new orders" },
    });
    expect((await get(venue, `/book?token_id=${tokens[1]}`)).body.bids).toEqual([
      { price: "0.01", size: "20" },
    ]);
    expect((await get(venue, `/book?token_id=${tokens[3]}`)).status).toBe(404);
    venue.run(60_000);
    expect(await statusOf(us, next.id)).toBe("LIVE");
    const strikes = (await listed()).map((event: any) => event.eventMetadata?.priceToBeat);
    expect(strikes.filter((one: unknown) => one !== undefined)).toHaveLength(2);
    venue.run(60_000);
    expect(await statusOf(us, next.id)).toBe("CANCELED_MARKET_RESOLVED");
  });
});

describe("a series that goes over to the second generation", () => {
  it("does so with the next window that opens; open windows keep theirs", async () => {
    const venue = await served({ windowMs: 60_000, scenario: { windowsAhead: 1 } });
    const us = await client(venue);
    await control(venue, { do: "generation", generation: "v2" });
    expect((await get(venue, "/version")).body).toEqual({ version: 3 });
    venue.run(60_000);
    const open = (await get(venue, "/gamma/markets?closed=false")).body.filter(
      (one: any) => one.acceptingOrders,
    );
    expect(open.map((one: any) => one.version)).toEqual(["v1", "v2"]);
    const [[old], [young]] = [JSON.parse(open[0].clobTokenIds), open[1].positionIds];
    const answers = async (generation: "v1" | "v2") => {
      const sent = [old, young].map((token) => us.signed(LOW, { token, generation }).body);
      const said = [];
      for (const body of sent) said.push((await us.ask("POST", "/order", body)).body);
      return said.map(({ error, status }) => error ?? status);
    };
    expect(await answers("v1")).toEqual(["live", "order_version_mismatch"]);
    expect(await answers("v2")).toEqual(["order_version_mismatch", "live"]);
    const book = async (token: string) => (await get(venue, `/book?token_id=${token}`)).body;
    expect([(await book(old)).version, (await book(young)).version]).toEqual([undefined, "v2"]);
    await control(venue, { do: "clear" });
    expect((await get(venue, "/version")).body).toEqual({ version: 3 });
  });
});

describe("a window that is resolved before its time", () => {
  it("is over, pays, and is followed by the next one when that begins", async () => {
    const venue = await served({ traders: "empty", scenario: { windowsAhead: 1 } });
    const us = await client(venue);
    const other = await client(venue, 2);
    const { market } = venue.market();
    const first = [...venue.state().markets.values()][0]?.market ?? expect.unreachable("none");
    const token = first.tokenIds;
    const buys = async (who: typeof us, one: "YES" | "NO") => {
      const { body, id } = who.signed(["BUY", one, 5000, 20], { token: token[one] });
      expect((await who.ask("POST", "/order", body)).status).toBe(200);
      return id;
    };
    await buys(us, "YES");
    await buys(other, "NO");
    venue.run(10_000);
    const rests = await buys(us, "YES");
    const before = await cashOf(us);
    await control(venue, { do: "resolve", winner: "YES" });
    expect((await cashOf(us)) - before).toBe(20_000_000);
    expect(await statusOf(us, rests)).toBe("CANCELED_MARKET_RESOLVED");
    expect((await get(venue, `/book?token_id=${token.YES}`)).status).toBe(404);
    const [listed] = (await get(venue, `/gamma/markets?slug=${first.slug}`)).body;
    expect(listed).toMatchObject({ closed: true, outcomePrices: '["1","0"]' });
    const { body } = us.signed(["BUY", "YES", 5000, 20], { token: token.YES });
    // As after any resolution.
    const error = "No orderbook exists for the requested token id";
    expect(await us.ask("POST", "/order", body)).toEqual({ status: 404, body: { error } });
    // No window runs that could be resolved again.
    await expect(control(venue, { do: "resolve", winner: "NO" })).rejects.toThrow("404");
    venue.run(first.endsAt - venue.now() + 1_000);
    const next = [...venue.state().markets.values()].find((one) => one.market.id === market.id);
    expect(next?.market.strike).toBeGreaterThan(1_000_000);
    expect(next?.winner).toBeNull();
  });
});

describe("a wallet", () => {
  it("that is emptied loses its orders as INVALID, on the channel and in reads", async () => {
    const venue = await served();
    const us = await client(venue);
    const user = await following(venue, us);
    const id = (await us.place(LOW)).body.orderID;
    await control(venue, { do: "wallet", account: us.owner, cash: "0.19" });
    expect(await cashOf(us)).toBe(190_000);
    expect(await statusOf(us, id)).toBe("INVALID");
    await settled(user);
    expect(user.events().at(-1)).toMatchObject({ id, type: "CANCELLATION", status: "INVALID" });
  });

  it("with too small an allowance is refused in the venue's words", async () => {
    const venue = await served();
    const us = await client(venue);
    await control(venue, { do: "wallet", account: us.owner, allowance: "0.1" });
    const read = await us.ask("GET", "/balance-allowance?asset_type=COLLATERAL");
    const spender = "0xE111180000d2663C0091e4f400237545B87B996B";
    // The exchanges of both generations share the allowance.
    const { allowances, balance } = read.body;
    expect(balance).toBe("1000000000");
    expect(Object.values(allowances)).toEqual(["100000", "100000"]);
    expect(allowances[spender]).toBe("100000");
    expect((await us.place(LOW)).body.error).toBe(
      "not enough balance / allowance: the allowance is not enough -> " +
        `spender: ${spender}, allowance: 100000, sum of matched orders: 0, ` +
        "order amount (inc. fees): 200000",
    );
  });

  it("that has never signed is unknown", async () => {
    const venue = await served();
    const body = JSON.stringify({ do: "wallet", account: `0x${"12".repeat(20)}`, cash: "1" });
    expect((await request(venue, "POST", "/control", { body })).status).toBe(404);
  });
});

describe("settlement", () => {
  const traded = async (venue: Served, us: Client) => {
    const answer = await us.place(["BUY", "YES", bestOffer(venue).price, 5]);
    expect(answer.body.status).toBe("matched");
    return answer;
  };

  it("that fails is reported, and frees everything it had reserved", async () => {
    const venue = await served();
    venue.run(2_000);
    const us = await client(venue);
    const user = await following(venue, us);
    await control(venue, { do: "failTrades", ratio: 1 });
    await traded(venue, us);
    expect(await cashOf(us)).toBe(1_000 * MICRO);
    venue.run(5_000);
    await settled(user);
    const trades = user.events().filter(({ event_type }) => event_type === "trade");
    expect(trades.map(({ status }) => status)).toEqual(["MATCHED", "FAILED"]);
    expect(trades.at(-1)?.transaction_hash).toBe("");
    const [read] = (await us.ask("GET", "/data/trades")).body.data;
    expect(read.status).toBe("TRADE_STATUS_FAILED");
    expect(await cashOf(us)).toBe(1_000 * MICRO);
    expect(await sharesOf(us, venue.market().market.tokenIds.YES)).toBe(0);
    // The reserved dollars are free again.
    expect((await us.place(["BUY", "YES", 100, 99_900])).status).toBe(200);
  });

  it("that is retried is reported as RETRYING, and mined in the end", async () => {
    const venue = await served();
    venue.run(2_000);
    const us = await client(venue);
    const user = await following(venue, us);
    await control(venue, { do: "retryTrades", ratio: 1 });
    await traded(venue, us);
    await control(venue, { do: "clear" });
    venue.run(20_000);
    await settled(user);
    const trades = user.events().filter(({ event_type }) => event_type === "trade");
    expect(trades.map(({ status }) => status)).toEqual([
      "MATCHED",
      "RETRYING",
      "MINED",
      "CONFIRMED",
    ]);
    expect(await sharesOf(us, venue.market().market.tokenIds.YES)).toBe(5 * MICRO);
  });
});

describe("the tick", () => {
  it("changes on command, for all clients and for the next order", async () => {
    const venue = await served();
    const us = await client(venue);
    const market = await connected(venue.at.marketSocket);
    const { tokenIds, id } = venue.market().market;
    market.send({ type: "market", assets_ids: [tokenIds.YES] });
    await settled(market);
    expect((await us.place(["BUY", "YES", 105, 20])).status).toBe(400);
    await control(venue, { do: "tick", tick: "0.001" });
    await settled(market);
    expect(market.events().at(-1)).toMatchObject({
      event_type: "tick_size_change",
      market: id,
      asset_id: tokenIds.YES,
      old_tick_size: "0.01",
      new_tick_size: "0.001",
    });
    expect((await get(venue, `/tick-size?token_id=${tokenIds.YES}`)).body).toEqual({
      minimum_tick_size: 0.001,
    });
    expect((await us.place(["BUY", "YES", 110, 20])).status).toBe(200);
    expect((await us.place(["BUY", "YES", 105, 20])).status).toBe(400);
  });
});
