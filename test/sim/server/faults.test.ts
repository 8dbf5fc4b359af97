import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { FROZEN_FRAMES_MAX } from "../../../src/sim/server/state/bounds.ts";
import { levels, ordersIn } from "../../../src/sim/exchange/matching.ts";
import { ConfigError, TOKENS } from "../../../src/types/index.ts";
import { decodeBinance } from "../../../src/venue/binance/index.ts";
import {
  client,
  type Client,
  connected,
  control,
  following,
  get,
  served,
  settled,
} from "./served.ts";
import { until } from "../../support/patience.ts";

const LOW = ["BUY", "YES", 100, 20] as const;
const lost = (answer: Promise<unknown>) => expect(answer).rejects.toThrow("fetch failed");
const statusOf = async (us: Client, id: string): Promise<unknown> =>
  (await us.ask("GET", `/data/order/${id}`)).body.status;
/** Long enough for frames and answers on loopback to arrive, where any come. */
const soon = () => new Promise((resolve) => setTimeout(resolve, 30));

describe("a request", () => {
  it("that is lost is not carried out; a request whose answer is lost is", async () => {
    const venue = await served();
    const us = await client(venue);
    const [gone, there] = [us.signed(LOW), us.signed(LOW)];
    await control(venue, { do: "loseRequest", ratio: 1, of: "orders" });
    await lost(us.ask("POST", "/order", gone.body));
    await control(venue, { do: "clear" });
    await control(venue, { do: "loseAnswer", ratio: 1, of: "orders" });
    await lost(us.ask("POST", "/order", there.body));
    expect((await us.ask("GET", `/data/order/${gone.id}`)).status).toBe(404);
    expect(await statusOf(us, there.id)).toBe("LIVE");
  });

  it("is answered late, after it has been carried out", async () => {
    const venue = await served();
    const us = await client(venue);
    await control(venue, { do: "delay", ratio: 1, minMs: 700, maxMs: 700, of: "orders" });
    const { body, id } = us.signed(LOW);
    let isAnswered = false;
    const answer = us.ask("POST", "/order", body).finally(() => (isAnswered = true));
    await until(() => ordersIn(venue.market().book).some((order) => order.id === id), "it rests");
    venue.run(650);
    await soon();
    expect(isAnswered).toBe(false);
    venue.run(50);
    expect((await answer).body.orderID).toBe(id);
  });

  it("fails in the venue's words", async () => {
    const venue = await served();
    const us = await client(venue);
    for (const [status, error] of [
      [425, "service not ready"],
      [429, "Too Many Requests"],
      [500, "Internal server error"],
      [503, "Trading is currently disabled. Check polymarket.com for updates"],
    ] as const) {
      await control(venue, { do: "fail", ratio: 1, status, of: "cancels" });
      const answer = await us.heard("DELETE", "/cancel-all");
      expect(answer).toMatchObject({ status, body: { error } });
      const hasWait = answer.headers.get("retry-after") !== null;
      expect(hasWait).toBe(status === 425 || status === 429);
    }
  });

  it("may be booked after everything was cancelled", async () => {
    const venue = await served();
    const us = await client(venue);
    await control(venue, { do: "bookLate", ratio: 1, minMs: 3_000, maxMs: 3_000 });
    const orders = Array.from({ length: 8 }, () => us.signed(LOW));
    const before = venue.requestCount();
    const ends = orders.map(({ body }) =>
      us.ask("POST", "/order", body).then(
        ({ body: { status } }) => String(status),
        () => "reset",
      ),
    );
    await until(() => venue.requestCount() === before + orders.length);
    expect((await us.ask("DELETE", "/cancel-all")).body.canceled).toEqual([]);
    let isOver = false;
    const all = Promise.all(ends).finally(() => (isOver = true));
    await until(() => {
      venue.run(100);
      return isOver;
    }, "all of them have ended");
    expect(new Set(await all)).toEqual(new Set(["live", "reset"]));
    for (const { id } of orders) expect(await statusOf(us, id)).toBe("LIVE");
  });

  it("with several orders is carried out in part (`splitBatches`)", async () => {
    const venue = await served();
    const us = await client(venue);
    await control(venue, { do: "splitBatches", ratio: 1 });
    const firstRefused = new Set<boolean>();
    for (let batch = 0; batch < 12; batch += 1) {
      const orders = Array.from({ length: 4 }, () => us.signed(LOW));
      const bodies = orders.map(({ body: sent }) => sent).join(",");
      const { body } = await us.ask("POST", "/orders", `[${bodies}]`);
      const legs = body.map(({ errorMsg }: { errorMsg: string }) => errorMsg);
      const refused = "the market is not yet ready to process new orders";
      expect([
        ["", refused, "", refused],
        [refused, "", refused, ""],
      ]).toContainEqual(legs);
      firstRefused.add(legs[0] === refused);
      for (const [at, { id }] of orders.entries()) {
        const { status } = await us.ask("GET", `/data/order/${id}`);
        expect(status).toBe(legs[at] === "" ? 200 : 404);
      }
    }
    expect(firstRefused.size).toBe(2);
    expect((await us.place(LOW)).body.errorMsg).toBe("");
  });

  it("to cancel comes after a taker has hit one of its orders", async () => {
    const venue = await served({ traders: "empty" });
    const us = await client(venue);
    await control(venue, { do: "fillCancels", ratio: 1 });
    const matched = async (cancel: () => Promise<unknown>) => {
      const id = (await us.place(["BUY", "YES", 5000, 20])).body.orderID;
      await cancel();
      return Number((await us.ask("GET", `/data/order/${id}`)).body.size_matched);
    };
    expect(await matched(() => us.ask("DELETE", "/cancel-all"))).toBeGreaterThan(0);
    const other = await client(venue, 2);
    const spared = (await other.place(["BUY", "YES", 4000, 20])).body.orderID;
    const byId = async () => {
      const [{ id }] = (await us.ask("GET", "/data/orders")).body.data;
      await us.ask("DELETE", "/order", { orderID: id });
    };
    expect(await matched(byId)).toBeGreaterThan(0);
    expect((await other.ask("GET", `/data/order/${spared}`)).body.size_matched).toBe("0");
  });

  it.each([false, true])(
    "checks old balances, and reads them (refreshed: %s)",
    async (isRefreshed) => {
      const venue = await served();
      venue.run(2_000);
      const us = await client(venue);
      const bought = await us.place(["BUY", "YES", 9000, 10], { orderType: "FOK" });
      const shares = String(Math.round(Number(bought.body.takingAmount) * 1_000_000));
      const token = venue.market().market.tokenIds.YES;
      const path = `/balance-allowance?asset_type=CONDITIONAL&token_id=${token}`;
      const held = async () => (await us.ask("GET", path)).body.balance;
      for (let waited = 0; (await held()) === "0" && waited < 5_000; waited += 50) venue.run(50);
      expect(await held()).toBe(shares);
      await control(venue, { do: "lagBalances", ratio: 1, minMs: 1_000, maxMs: 1_000 });
      expect(await held()).toBe("0");
      const sell = await us.place(["SELL", "YES", 9800, 10], { postOnly: true });
      expect(sell.body.error).toContain("not enough balance / allowance");
      if (isRefreshed) await us.ask("GET", path.replace("?", "/update?"));
      else venue.run(1_000);
      expect(await held()).toBe(shares);
      expect((await us.place(["SELL", "YES", 9800, 10], { postOnly: true })).status).toBe(200);
    },
  );

  it("reads orders from a replica that is behind; a cancel uses the current state", async () => {
    const venue = await served();
    const us = await client(venue);
    await control(venue, { do: "lagReads", ratio: 1, minMs: 1_000, maxMs: 1_000 });
    const id = (await us.place(LOW)).body.orderID;
    const listed = async () => (await us.ask("GET", "/data/orders")).body.count;
    expect((await us.ask("GET", `/data/order/${id}`)).status).toBe(404);
    expect(await listed()).toBe(0);
    venue.run(1_000);
    expect([await statusOf(us, id), await listed()]).toEqual(["LIVE", 1]);
    expect((await us.ask("DELETE", "/cancel-all")).body.canceled).toEqual([id]);
    expect([await statusOf(us, id), await listed()]).toEqual(["LIVE", 1]);
    venue.run(1_000);
    expect([await statusOf(us, id), await listed()]).toEqual(["CANCELED", 0]);
  });

  it("is checked against a clock that is off, and `/time` tells another", async () => {
    const venue = await served();
    const us = await client(venue);
    const now = Math.floor(venue.now() / 1_000);
    await control(venue, { do: "skew", tellsMs: 7_000, checksMs: -40_000, forMs: 10_000 });
    expect((await get(venue, "/time")).body).toBe(now + 7);
    expect((await us.ask("GET", "/data/orders")).status).toBe(401);
    venue.run(10_000);
    expect((await get(venue, "/time")).body).toBe(now + 10);
    expect((await us.ask("GET", "/data/orders")).status).toBe(200);
  });
});

describe("a channel", () => {
  it("that is frozen answers PING and nothing else; then every frame follows in order", async () => {
    const venue = await served();
    const us = await client(venue);
    const user = await following(venue, us);
    await control(venue, { do: "freeze", channel: "user", forMs: 8_000 });
    const ids = [(await us.place(LOW)).body.orderID, (await us.place(LOW)).body.orderID];
    await us.ask("DELETE", "/cancel-all");
    venue.run(7_900);
    await settled(user);
    expect(user.events()).toEqual([]);
    venue.run(200);
    await until(() => user.events().length === 4);
    expect(user.events().map(({ type, id }) => [type, id])).toEqual([
      ["PLACEMENT", ids[0]],
      ["PLACEMENT", ids[1]],
      ["CANCELLATION", ids[0]],
      ["CANCELLATION", ids[1]],
    ]);
  });

  it("thaws when all is cleared, and sends its first books only then", async () => {
    const venue = await served();
    await control(venue, { do: "freeze", channel: "market" });
    const market = await connected(venue.at.marketSocket);
    const { tokenIds } = venue.market().market;
    market.send({ type: "market", assets_ids: TOKENS.map((token) => tokenIds[token]) });
    await settled(market);
    venue.run(60_000);
    await settled(market);
    expect(market.events()).toEqual([]);
    await control(venue, { do: "clear" });
    await until(() => market.events().length > 2);
    expect(market.events()[0]?.event_type).toBe("book");
  });

  it("drops, and refuses connections until the time is over", async () => {
    const venue = await served();
    const us = await client(venue);
    const [user, market] = [await following(venue, us), await connected(venue.at.marketSocket)];
    await control(venue, { do: "drop", channel: "user", forMs: 2_000 });
    await until(() => user.socket.readyState === user.socket.CLOSED);
    expect(market.socket.readyState).toBe(market.socket.OPEN);
    await expect(connected(venue.at.userSocket)).rejects.toThrow("503");
    venue.run(2_000);
    const again = await following(venue, us);
    expect(again.socket.readyState).toBe(user.socket.OPEN);
    await control(venue, { do: "drop", channel: "user" });
    await until(() => again.socket.readyState === user.socket.CLOSED);
    expect((await following(venue, us)).socket.readyState).toBe(user.socket.OPEN);
  });

  it("loses frames, duplicates them, or sends them late, so that others overtake them", async () => {
    const venue = await served();
    const us = await client(venue);
    const user = await following(venue, us);
    const heard = (id: string) => user.events().filter((event) => event.id === id).length;
    const placed = async () => {
      const id = String((await us.place(LOW)).body.orderID);
      await settled(user);
      return id;
    };
    await control(venue, { do: "loseFrames", channel: "user", ratio: 1 });
    expect(heard(await placed())).toBe(0);
    await control(venue, { do: "clear" });
    const copy = { channel: "user", ratio: 1, minMs: 500, maxMs: 500 } as const;
    await control(venue, { do: "duplicateFrames", ...copy });
    const twice = await placed();
    expect(heard(twice)).toBe(1);
    venue.run(500);
    await settled(user);
    expect(heard(twice)).toBe(2);
    await control(venue, { do: "clear" });
    await control(venue, { do: "delayFrames", ...copy });
    const late = await placed();
    await control(venue, { do: "clear" });
    const early = await placed();
    venue.run(500);
    await settled(user);
    expect(
      user
        .events()
        .slice(-2)
        .map(({ id }) => id),
    ).toEqual([early, late]);
  });

  it("that is frozen for too long is disconnected", async () => {
    const venue = await served();
    const names = ["bookTicker", "trade", "kline_1m", "kline_1h"].map((name) => `btcusdt@${name}`);
    const url = `${venue.at.binanceSocket}/stream?streams=${names.join("/")}`;
    const reference = await connected(url);
    await control(venue, { do: "freeze", channel: "reference" });
    // Four frames every 80 ms.
    venue.run((FROZEN_FRAMES_MAX / 4) * 80 - 1_000);
    await soon();
    expect(reference.socket.readyState).toBe(reference.socket.OPEN);
    venue.run(2_000);
    await until(() => reference.socket.readyState === reference.socket.CLOSED);
  });

  it("of the reference announces a shutdown, and closes what has heard it, nothing else", async () => {
    const venue = await served();
    const told = await connected(`${venue.at.binanceSocket}/ws/btcusdt@bookTicker`);
    const user = await following(venue, await client(venue));
    await control(venue, { do: "shutdown", forMs: 2_000 });
    await until(() => told.texts.some((text) => decodeBinance(text).isLeaving === true));
    const next = await connected(`${venue.at.binanceSocket}/stream?streams=btcusdt@bookTicker`);
    venue.run(1_900);
    await soon();
    expect(told.socket.readyState).toBe(told.socket.OPEN);
    const ended = once(told.socket, "close");
    venue.run(200);
    expect((await ended)[0]).toBe(1001);
    expect(next.socket.readyState).toBe(next.socket.OPEN);
    expect(user.socket.readyState).toBe(user.socket.OPEN);
  });

  it("of the reference has faults of its own", async () => {
    const venue = await served();
    const reference = await connected(`${venue.at.binanceSocket}/ws/btcusdt@bookTicker`);
    await control(venue, { do: "loseFrames", channel: "reference", ratio: 1 });
    venue.run(1_000);
    await soon();
    expect(reference.texts).toEqual([]);
    await control(venue, { do: "clear" });
    venue.run(1_000);
    await until(() => reference.texts.length > 5);
  });
});

describe("a script", () => {
  it("gives its commands at their times, as `POST /control` would", async () => {
    const venue = await served({
      scenario: {
        script: ["at 5s: mode cancelOnly for 10s", "at 20s: loseRequest 100% of orders"],
      },
    });
    const us = await client(venue);
    expect((await us.place(LOW)).status).toBe(200);
    venue.run(5_000);
    expect((await us.place(LOW)).status).toBe(503);
    venue.run(10_000);
    expect((await us.place(LOW)).status).toBe(200);
    venue.run(5_000);
    await lost(us.place(LOW));
  });

  it("is refused before anything listens", async () => {
    await expect(served({ scenario: { script: ["at once: clear"] } })).rejects.toThrow(ConfigError);
  });
});

describe("the same seed", () => {
  it("gives the same faults", async () => {
    const day = async (seed: number) => {
      const venue = await served({
        seed,
        scenario: { script: ["at 0s: loseAnswer 50%", "at 0s: loseRequest 30%"] },
      });
      const ends: string[] = [];
      for (let at = 0; at < 30; at += 1)
        ends.push(
          await get(venue, "/time").then(
            () => "answered",
            () => "lost",
          ),
        );
      return { ends, bids: levels(venue.market().book, "YES").bids };
    };
    const [one, again, other] = [await day(7), await day(7), await day(8)];
    expect(again).toEqual(one);
    expect(new Set(one.ends)).toEqual(new Set(["answered", "lost"]));
    expect(other.ends).not.toEqual(one.ends);
  });
});

describe("a venue that refuses everything, or shows the past", () => {
  it("refuses every order for one reason, and cancels go on", async () => {
    const venue = await served();
    const us = await client(venue);
    await control(venue, { do: "refuseAll", reason: "signature" });
    const { body, id } = us.signed(LOW);
    const refused = await us.heard("POST", "/order", body);
    expect(refused).toMatchObject({ status: 400, body: { error: "invalid signature" } });
    expect((await us.ask("GET", `/data/order/${id}`)).status).toBe(404);
    expect((await us.heard("DELETE", "/cancel-all")).status).toBe(200);
  });

  it("answers a read of the book from the past, with the present time on it", async () => {
    const venue = await served();
    const us = await client(venue);
    const token = venue.market().market.tokenIds.YES;
    const seen = async () => (await get(venue, `/book?token_id=${token}`)).body;
    venue.run(3_000);
    const before = await seen();
    const { body } = us.signed(LOW);
    await us.ask("POST", "/order", body);
    const now = await seen();
    expect(now.bids).not.toEqual(before.bids);
    await control(venue, { do: "lagBooks", ratio: 1, minMs: 2_000, maxMs: 2_000 });
    const stale = await seen();
    expect(stale.bids).not.toEqual(now.bids);
    expect(stale.timestamp).toBe(now.timestamp);
  });

  it("answers a read of the book with its two ends only, while the channel shows it all", async () => {
    const venue = await served();
    venue.run(3_000);
    const { tokenIds } = venue.market().market;
    await control(venue, { do: "ghostBooks", ratio: 1 });
    for (const token of TOKENS) {
      const { bids, asks } = (await get(venue, `/book?token_id=${tokenIds[token]}`)).body;
      expect(bids).toEqual([{ price: "0.01", size: "1000" }]);
      expect(asks).toEqual([{ price: "0.99", size: "1000" }]);
    }
    const channel = await connected(venue.at.marketSocket);
    channel.send({ type: "market", assets_ids: [tokenIds.YES] });
    await settled(channel);
    expect(channel.events()[0].bids.at(-1).price).not.toBe("0.01");
  });

  it("does not know the key of some requests, and knows it again", async () => {
    const venue = await served();
    const us = await client(venue);
    await control(venue, { do: "fail", ratio: 0.5, status: 401 });
    const answers = [];
    for (let count = 0; count < 20; count += 1) answers.push(await us.ask("GET", "/data/orders"));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 401]));
    expect(answers.find(({ status }) => status === 401)?.body).toEqual({
      error: "Unauthorized/Invalid api key",
    });
    for (let count = 0; count < 20; count += 1)
      expect((await get(venue, "/time")).status).toBe(200);
  });
});

describe("an order that has matched in part", () => {
  it("can be over and be called matched, in reads and on the channel", async () => {
    const venue = await served({ traders: "empty" });
    const [us, other] = [await client(venue), await client(venue, 2)];
    const channel = await following(venue, us);
    await control(venue, { do: "endAsMatched", ratio: 1 });
    const { id } = { id: (await us.place(["BUY", "YES", 5000, 20])).body.orderID };
    // Two buyers, for whom shares are minted.
    expect((await other.place(["BUY", "NO", 5000, 8])).body.status).toBe("matched");
    venue.run(100);
    const partial = { id, status: "MATCHED", original_size: "20", size_matched: "8" };
    expect((await us.ask("GET", `/data/order/${id}`)).body).toMatchObject(partial);
    expect((await us.ask("GET", "/data/orders")).body.data).toEqual([]);
    await settled(channel);
    const told = channel
      .events()
      .filter((event) => event.event_type === "order")
      .at(-1);
    expect(told).toMatchObject({ ...partial, type: "UPDATE" });
    expect((await us.ask("DELETE", "/order", { orderID: id })).body.not_canceled).toEqual({
      [id]: "matched orders can't be canceled",
    });
  });
});

describe("fields that nobody needs", () => {
  it("drift in answers, and every other field is what it was", async () => {
    const venue = await served();
    const us = await client(venue);
    await us.place(LOW);
    const orders = async () => (await us.ask("GET", "/data/orders")).body;
    const before = await orders();
    await control(venue, { do: "driftFields", ratio: 1 });
    const { data, next_cursor, sinceYesterday } = await orders();
    expect({ next_cursor, sinceYesterday }).toEqual({ next_cursor: "LTE=", sinceYesterday: [1] });
    const { associate_trades: _, created_at: __, ...needed } = before.data[0];
    expect(data[0]).toMatchObject(needed);
    const seen = [];
    for (let count = 0; count < 12; count += 1) seen.push((await orders()).data[0].created_at);
    expect(new Set(seen.map((value) => typeof value)).size).toBeGreaterThan(1);
    expect(seen).not.toContain(before.data[0].created_at);
  });
});
