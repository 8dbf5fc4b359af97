import { isLoopbackHost } from "../../../src/types/index.ts";
import { connect } from "node:net";
import { NEVER } from "rxjs";
import { describe, expect, it } from "vitest";
import { virtualClock, virtualScheduler } from "../../../src/sim/index.ts";
import { bodyBytesMax, FRAME_BYTES_MAX } from "../../../src/sim/server/state/bounds.ts";
import { rollingWindows, venueServer } from "../../../src/sim/server/index.ts";
import { windowAt } from "../../../src/sim/server/state/windows.ts";
import { NO_STRIKE, priceOf } from "../../../src/sim/exchange/state.ts";
import { ConfigError, epochMs, NO_USDC } from "../../../src/types/index.ts";
import { decodeBinance } from "../../../src/venue/binance/index.ts";
import {
  bookSummariesWire,
  bookSummaryWire,
  clobMarketWire,
  gammaEventsPageWire,
  gammaEventWire,
  gammaMarketWire,
} from "../../../src/venue/polymarket/wire/index.ts";
import { client, connected, get, request, served, settled, signer, START } from "./served.ts";
import { servedSeries } from "../../support/series.ts";
import { until } from "../../support/patience.ts";

const LOST = { status: 404, body: { error: "No orderbook exists for the requested token id" } };

describe("the market", () => {
  it("can be read by token and by condition", async () => {
    const venue = await served();
    venue.run(2_000);
    const { market } = venue.market();
    const { YES, NO } = market.tokenIds;
    const of = (path: string, more = ""): string => `${path}?token_id=${YES}${more}`;
    expect((await get(venue, "/time")).body).toBe(Math.floor(venue.now() / 1_000));
    expect((await get(venue, "/")).body).toBe("OK");
    expect((await get(venue, "/ok")).body).toBe("OK");
    expect((await get(venue, "/version")).body).toEqual({ version: 2 });
    const book = await get(venue, of("/book"));
    const { bids, asks } = bookSummaryWire.parse(book.body);
    const [bid, ask] = [bids.at(-1)?.price, asks.at(-1)?.price];
    expect(Number(bid)).toBeLessThan(Number(ask));
    const both = JSON.stringify([{ token_id: NO }, { token_id: "1" }, { token_id: YES }]);
    const books = await request(venue, "POST", "/books", { body: both });
    expect(bookSummariesWire.parse(books.body).map(({ asset_id }) => asset_id)).toEqual([NO, YES]);
    expect(books.body[1]).toEqual(book.body);
    expect((await get(venue, of("/price", "&side=BUY"))).body).toEqual({ price: bid });
    expect((await get(venue, of("/price", "&side=SELL"))).body).toEqual({ price: ask });
    const mid = Number(((Number(bid) + Number(ask)) / 2).toFixed(5));
    expect((await get(venue, of("/midpoint"))).body).toEqual({ mid: String(mid) });
    expect((await get(venue, of("/tick-size"))).body).toEqual({ minimum_tick_size: 0.01 });
    expect((await get(venue, of("/neg-risk"))).body).toEqual({ neg_risk: false });
    expect((await get(venue, of("/fee-rate"))).body).toEqual({ base_fee: 0 });
    expect((await get(venue, of("/last-trade-price"))).body.price).toMatch(/^0\.\d+$/);
    const compact = clobMarketWire.parse((await get(venue, `/clob-markets/${market.id}`)).body);
    expect(compact).toMatchObject({
      c: market.id,
      t: [
        { t: YES, o: "Up" },
        { t: NO, o: "Down" },
      ],
      mos: 5,
      mts: 0.01,
      ao: true,
      v: "v1",
    });
    expect((await get(venue, `/markets/${market.id}`)).body.condition_id).toBe(market.id);
    expect((await get(venue, "/markets")).body.count).toBe(1);
    expect((await get(venue, `/markets-by-token/${NO}`)).body.condition_id).toBe(market.id);
    expect(await get(venue, "/book?token_id=1")).toEqual(LOST);
    expect(await get(venue, "/book")).toEqual(LOST);
    expect(await get(venue, "/clob-markets/0x12")).toEqual({
      status: 404,
      body: { error: "market not found" },
    });
  });

  it("is listed on Gamma with the next windows", async () => {
    const venue = await served({ windowMs: 300_000 });
    venue.run(1_000);
    const { market } = venue.market();
    expect(market.slug).toBe("btc-updown-5m-1795305600");
    const found = await get(venue, `/gamma/markets?slug=${market.slug}`);
    expect(gammaMarketWire.parse(found.body[0])).toMatchObject({
      conditionId: market.id,
      slug: market.slug,
      outcomes: '["Up","Down"]',
      clobTokenIds: JSON.stringify([market.tokenIds.YES, market.tokenIds.NO]),
      version: "v1",
      eventStartTime: "2026-11-22T00:00:00Z",
      endDate: "2026-11-22T00:05:00Z",
      acceptingOrders: true,
      closed: false,
      orderPriceMinTickSize: 0.01,
      orderMinSize: 5,
    });
    // In the venue's own spelling of a window of five minutes.
    expect(found.body[0].cryptoMarketConfig).toEqual({
      id: "btc-5m-twap-60",
      asset: "btc",
      duration: "5m",
      twapEnabled: true,
      twapLookbackSeconds: 60,
    });
    const first = gammaEventsPageWire.parse(
      (await get(venue, "/gamma/events/keyset?series_slug=btc-up-or-down-5m&closed=false&limit=2"))
        .body,
    );
    const events = first.events.map((event) => gammaEventWire.parse(event));
    expect(events.map(({ slug }) => slug)).toEqual([market.slug, "btc-updown-5m-1795305900"]);
    expect(events[0]?.eventMetadata?.priceToBeat).toBe(market.strike / 1_000_000);
    expect(events[1]?.eventMetadata).toBeUndefined();
    const after = `after_cursor=${first.next_cursor}`;
    const rest = await get(venue, `/gamma/events/keyset?closed=false&limit=100&${after}`);
    expect(rest.body.events).toHaveLength(3);
    expect(rest.body.next_cursor).toBeUndefined();
    expect((await get(venue, "/gamma/events/keyset?offset=2")).status).toBe(422);
    expect((await get(venue, `/gamma/events?slug=${market.slug}`)).body).toHaveLength(1);
    expect((await get(venue, `/gamma/events/slug/${market.slug}`)).body.slug).toBe(market.slug);
    expect((await get(venue, "/gamma/events/slug/none")).status).toBe(404);
  });

  it("belongs to its series, and several series run at once", async () => {
    const names = ["btc-updown-5m", "btc-updown-15m", "btc-updown-1h"] as const;
    const venue = await served({ series: names.map(servedSeries), traders: "empty" });
    venue.run(1_000);
    const listed = async (query: string) => {
      const { events } = (await get(venue, `/gamma/events/keyset?closed=false&${query}`)).body;
      for (const event of events) gammaEventWire.parse(event);
      return events;
    };
    const slugs = async (query: string) =>
      (await listed(query)).map(({ slug }: { slug: string }) => slug);
    // The fifteen-minute series has its number from the real venue.
    expect(await slugs("series_id=10192&limit=2")).toEqual([
      "btc-updown-15m-1795305600",
      "btc-updown-15m-1795306500",
    ]);
    expect(await slugs("series_slug=btc-up-or-down-hourly&limit=1")).toEqual([
      "bitcoin-up-or-down-november-21-2026-7pm-et",
    ]);
    expect(await slugs("series_id=1")).toEqual([]);
    const two = await slugs("series_id=10192&series_id=1&slug=btc-updown-15m-1795306500");
    expect(two).toEqual(["btc-updown-15m-1795306500"]);
    const all = await listed("limit=100");
    expect(new Set(all.map(({ seriesSlug }: any) => seriesSlug)).size).toBe(3);
    const ends = all.map(({ endDate }: any) => endDate);
    expect(ends).toEqual(ends.toSorted());
    venue.run(900_000);
    const open = [...venue.state().markets.values()].filter(({ winner }) => winner === null);
    expect(open.map(({ market }) => market.slug)).toEqual([
      "bitcoin-up-or-down-november-21-2026-7pm-et",
      "btc-updown-5m-1795306500",
      "btc-updown-15m-1795306500",
    ]);
  });

  it("of an hour has a slug in New York time, and is settled by the candle", async () => {
    const venue = await served({ series: [servedSeries("btc-updown-1h")], traders: "empty" });
    venue.run(1_000);
    const { market } = venue.market();
    // The slug that the protocol document gives for midnight UTC of 22 November.
    expect(market.slug).toBe("bitcoin-up-or-down-november-21-2026-7pm-et");
    const { events } = (await get(venue, "/gamma/events/keyset?closed=false&limit=3")).body;
    expect(events.map(({ slug }: { slug: string }) => slug)).toEqual([
      market.slug,
      "bitcoin-up-or-down-november-21-2026-8pm-et",
      "bitcoin-up-or-down-november-21-2026-9pm-et",
    ]);
    expect(events[0]).toMatchObject({ seriesSlug: "btc-up-or-down-hourly" });
    const candle = async () =>
      (await get(venue, "/api/v3/klines?symbol=BTCUSDT&interval=1h")).body[0];
    expect(events[0].eventMetadata.priceToBeat).toBeCloseTo(Number((await candle())[1]), 6);
    venue.run(3_598_900);
    const [, open, , , close] = await candle();
    venue.run(120_000);
    const [over] = (await get(venue, `/gamma/markets?slug=${market.slug}`)).body;
    expect(over).toMatchObject({ closed: true });
    expect(over.outcomePrices).toBe(Number(close) >= Number(open) ? '["1","0"]' : '["0","1"]');
  });

  it.each([
    ["2026-11-01T05:00:00Z", "november-1-2026-1am"],
    ["2026-11-01T06:00:00Z", "november-1-2026-1am"],
    ["2026-07-04T16:00:00Z", "july-4-2026-12pm"],
    ["2026-07-05T04:00:00Z", "july-5-2026-12am"],
  ])("of an hour at %s has the slug %s", (text, name) => {
    const windowOf = (opensAt: number) =>
      windowAt(
        { seed: 1, generation: "v1" },
        servedSeries("btc-updown-1h"),
        epochMs(opensAt),
        NO_STRIKE,
      );
    const opensAt = Date.parse(text);
    expect(windowOf(opensAt).slug).toBe(`bitcoin-up-or-down-${name}-et`);
    expect(windowOf(opensAt + 3_600_000).id).not.toBe(windowOf(opensAt).id);
  });

  it("that is resolved is still found by slug, but has no book", async () => {
    const venue = await served({ windowMs: 10_000 });
    const { market } = venue.market();
    venue.run(13_000);
    const closed = await get(venue, "/gamma/markets?closed=true");
    expect(closed.body).toMatchObject([
      { slug: market.slug, closed: true, acceptingOrders: false },
    ]);
    expect(['["1","0"]', '["0","1"]']).toContain(closed.body[0].outcomePrices);
    const { YES } = market.tokenIds;
    expect(await get(venue, `/book?token_id=${YES}`)).toEqual(LOST);
  });

  it("of generation v2 has its ids and its version everywhere", async () => {
    const venue = await served({ generation: "v2" });
    const { market } = venue.market();
    const [found] = (await get(venue, `/gamma/markets?slug=${market.slug}`)).body;
    expect(found.version).toBe("v2");
    expect(found.clobTokenIds).toBeNull();
    expect(found.positionIds).toEqual([market.tokenIds.YES, market.tokenIds.NO]);
    expect(`${found.conditionId}00`).toBe(market.id);
    expect(BigInt(market.tokenIds.NO)).toBe(BigInt(market.tokenIds.YES) + 1n);
    expect(`0x${(BigInt(market.tokenIds.YES) >> 8n).toString(16).padStart(62, "0")}`).toBe(
      found.conditionId,
    );
    const book = await get(venue, `/book?token_id=${market.tokenIds.YES}`);
    expect(Object.keys(book.body).at(-1)).toBe("version");
    expect((await get(venue, `/clob-markets/${market.id}`)).body.v).toBe("v2");
  });
});

describe("the reference", () => {
  it("of each coin has its own quotes, candles and windows", async () => {
    const venue = await served({
      coins: ["btc", "xrp"],
      series: [servedSeries("btc-updown-5m"), servedSeries("xrp-updown-1h")],
      traders: "empty",
    });
    const quotes = await connected(
      `${venue.at.binanceSocket}/stream?streams=btcusdt@bookTicker/xrpusdt@bookTicker`,
    );
    venue.run(1_000);
    await until(() => new Set(quotes.events().map(({ data }) => data.s)).size === 2);
    const asked = async (symbol: string) =>
      (await get(venue, `/api/v3/klines?symbol=${symbol}&interval=1h`)).body[0];
    for (const { stream, data } of quotes.events())
      expect(`${data.s.toLowerCase()}@bookTicker`).toBe(stream);
    for (const { data } of quotes.events())
      expect(Math.round(Number(data.b) / 1_000)).toBe(data.s === "BTCUSDT" ? 60 : 6);
    expect(Math.round(Number((await asked("BTCUSDT"))[1]) / 1_000)).toBe(60);
    expect(Math.round(Number((await asked("XRPUSDT"))[1]) / 1_000)).toBe(6);
    const { events } = (await get(venue, "/gamma/events/keyset?closed=false&limit=100")).body;
    const hourly = events.find(({ slug }: { slug: string }) => slug.startsWith("xrp-up-or-down"));
    expect(hourly).toMatchObject({
      title: "XRP Up or Down (simulated)",
      seriesSlug: "xrp-up-or-down-hourly",
    });
    expect(hourly.eventMetadata.priceToBeat).toBeCloseTo(Number((await asked("XRPUSDT"))[1]), 6);
  });

  it("is streamed and kept in candles as on Binance", async () => {
    const venue = await served();
    const raw = await connected(`${venue.at.binanceSocket}/ws/btcusdt@bookTicker`);
    const combined = await connected(
      `${venue.at.binanceSocket}/stream?streams=btcusdt@bookTicker/btcusdt@trade`,
    );
    combined.send({ method: "SUBSCRIBE", params: ["btcusdt@kline_1m"], id: 7 });
    await until(() => combined.events().some((event) => event.id === 7));
    venue.run(200);
    const price = priceOf(venue.state(), {})?.reference;
    await until(() => raw.events().length >= 2 && combined.events().length >= 7);
    expect(decodeBinance(raw.texts.at(-1) ?? "")).toEqual({ items: [{ price }], warning: null });
    expect(
      combined
        .events()
        .slice(-3)
        .map(({ stream }) => stream),
    ).toEqual(["btcusdt@bookTicker", "btcusdt@trade", "btcusdt@kline_1m"]);
    expect(decodeBinance(combined.texts.at(-2) ?? "").warning).toBeNull();
    combined.send({ method: "SUBSCRIBE", params: ["dogeusdt@trade"], id: 8 });
    await until(() => combined.events().at(-1).error !== undefined);
    venue.run(130_000);
    const minutes = await get(venue, "/api/v3/klines?symbol=BTCUSDT&interval=1m");
    expect(minutes.body.map(([at]: [number]) => at)).toEqual([
      START,
      START + 60_000,
      START + 120_000,
    ]);
    const hours = await get(venue, "/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=2");
    expect(hours.body).toHaveLength(1);
    expect(hours.body[0][1]).toBe(minutes.body[0][1]);
    expect(hours.body[0][4]).toBe(minutes.body[2][4]);
    expect((await get(venue, "/api/v3/time")).body).toEqual({ serverTime: venue.now() });
    expect((await get(venue, "/api/v3/ticker/bookTicker?symbol=BTCUSDT")).body.symbol).toBe(
      "BTCUSDT",
    );
    expect((await get(venue, "/api/v3/trades?symbol=BTCUSDT")).body).toHaveLength(1);
    expect((await get(venue, "/api/v3/klines?symbol=ETHUSDT&interval=1h")).status).toBe(400);
    expect((await get(venue, "/api/v3/klines?symbol=BTCUSDT&interval=2y")).status).toBe(400);
  });
});

/** Everything that a plain TCP socket receives until it closes. */
const rawAnswer = (port: number, text: string): Promise<string> =>
  new Promise((resolve) => {
    let received = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (chunk) => (received += String(chunk)));
    socket.on("error", () => resolve(received));
    socket.on("close", () => resolve(received));
  });

describe("malformed input", () => {
  it("over HTTP is answered, and the venue goes on", async () => {
    const venue = await served();
    const us = await client(venue);
    expect(await rawAnswer(venue.at.port, "nonsense\r\n\r\n")).toContain("400 Bad Request");
    expect(
      await rawAnswer(
        venue.at.port,
        "GET http:// HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      ),
    ).toContain("400");
    expect(
      await rawAnswer(
        venue.at.port,
        "GET /ws/%zz HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
      ),
    ).toContain("404");
    expect(await get(venue, "/nowhere")).toEqual({ status: 404, body: { error: "not found" } });
    expect(await request(venue, "DELETE", "/time")).toMatchObject({ status: 405 });
    expect(await get(venue, "/%zz")).toMatchObject({ status: 404 });
    const malformed = { status: 400, body: { error: "Invalid order payload" } };
    for (const body of ["{", "null", "[]", '"text"', '{"order":{}}', "7"])
      expect(await us.ask("POST", "/order", body)).toEqual(malformed);
    const { body } = us.signed(["BUY", "YES", 100, 20]);
    const broken = [
      body.replace('"makerAmount":"200000"', '"makerAmount":"1e9"'),
      body.replace('"makerAmount":"200000"', '"makerAmount":"0"'),
      body.replace('"takerAmount":"20000000"', `"takerAmount":"${"9".repeat(40)}"`),
      body.replace('"signatureType":0', '"signatureType":9'),
      body.replace('"BUY"', '"HOLD"'),
      body.replace(/"metadata":"0x00/, '"metadata":"0x'),
      body.replace(us.owner, "0x12"),
    ];
    for (const one of broken) {
      expect(one).not.toBe(body);
      expect(await us.ask("POST", "/order", one)).toEqual(malformed);
    }
    const unsigned = { status: 400, body: { error: "invalid signature" } };
    expect(
      await us.ask("POST", "/order", body.replace(/"signature":"0x../, '"signature":"0x')),
    ).toEqual(unsigned);
    expect(await us.ask("POST", "/order", body.replace(/"salt":\d+/, '"salt":987654321'))).toEqual(
      unsigned,
    );
    for (const path of ["/order", "/orders", "/books", "/control"]) {
      const [bytesMax, text] = [bodyBytesMax(path), "x".repeat(bodyBytesMax(path) - 2)];
      expect((await us.ask("POST", path, `"${text}"`)).status).toBe(400);
      const error = `Request body of more than ${bytesMax} bytes`;
      expect(await us.ask("POST", path, `"${text}x"`)).toEqual({ status: 413, body: { error } });
    }
    expect((await us.ask("POST", "/order", body)).status).toBe(200);
  });

  it("over a channel is answered or cut off, and the venue goes on", async () => {
    const venue = await served();
    const binance = `${venue.at.binanceSocket}/ws/btcusdt@trade`;
    for (const [url, bytesMax] of [
      [venue.at.marketSocket, FRAME_BYTES_MAX.market],
      [binance, FRAME_BYTES_MAX.binance],
    ] as const) {
      const socket = await connected(url);
      for (const text of ["{", "[]", "null", "7", '{"type":"market"}', '{"assets_ids":7}', ""])
        socket.send(text);
      socket.socket.send(Buffer.from([1, 2, 3]));
      await until(() => socket.texts.length >= 8);
      expect(new Set(socket.texts).size).toBeLessThanOrEqual(2);
      let code = 0;
      socket.socket.on("close", (value) => (code = value));
      const known = socket.texts.length;
      socket.send("x".repeat(bytesMax));
      await until(() => socket.texts.length > known);
      socket.send("x".repeat(bytesMax + 1));
      await until(() => code !== 0);
      expect(code).toBe(1009);
    }
    const socket = await connected(venue.at.marketSocket);
    socket.send({ assets_ids: Array.from({ length: 501 }, (_, at) => String(at)), type: "market" });
    await settled(socket);
    expect(socket.texts).toEqual(["INVALID OPERATION", "PONG"]);
    await expect(connected(`${venue.at.binanceSocket}/ws/dogeusdt@trade`)).rejects.toThrow("404");
  });
});

describe("the host", () => {
  it("must be loopback unless isPublic is set", () => {
    expect(["127.0.0.1", "127.1.2.3", "::1", "localhost"].every(isLoopbackHost)).toBe(true);
    expect(["0.0.0.0", "::", "192.168.1.1", "127.evil.example", ""].some(isLoopbackHost)).toBe(
      false,
    );
    const scheduler = virtualScheduler();
    const made = (isPublic: boolean) =>
      venueServer(
        {
          port: 0,
          host: "0.0.0.0",
          isPublic,
          seed: 1,
          series: [rollingWindows(60_000)],
          generation: "v1",
          cash: NO_USDC,
          volatilityPerSqrtSecond: 1e-4,
        },
        {
          scheduler,
          clock: virtualClock(scheduler, START),
          reference$: NEVER,
          signer,
          log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
        },
      );
    expect(() => made(false)).toThrow(ConfigError);
    expect(() => made(true)).not.toThrow();
  });
});
