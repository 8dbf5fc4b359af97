/** Frames and answers beyond their bounds, over loopback, and what has room within. */
import { asyncScheduler, firstValueFrom, lastValueFrom, type Observable, toArray } from "rxjs";
import { afterEach, describe, expect, it } from "vitest";
import { ENTRIES_MAX, epochMs, type Lost } from "../../src/types/index.ts";
import { systemClock, systemScheduler } from "../../src/runtimes/system.ts";
import { klines, referenceStream, tickerPrice } from "../../src/venue/binance/index.ts";
import { FRAME_BYTES_MAX } from "../../src/venue/bytes.ts";
import { connectionPool } from "../../src/venue/polymarket/http/connectionPool.ts";
import { readMarketFrame } from "../../src/venue/polymarket/decode/index.ts";
import { Secret } from "../../src/venue/polymarket/sign/index.ts";
import { socket } from "../../src/venue/socket.ts";
import { respondWith, stubServer } from "./stubServer.ts";
import { stubSocket } from "./stubSocket.ts";
import { MARKET } from "./polymarket/support.ts";

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const time = { scheduler: systemScheduler, clock: systemClock };
const PATIENT = { pingEveryMs: 60_000, silentMs: 60_000, openMs: 60_000 };
const KIB = 1024;
/** A megabyte more than any kind may have. */
const FLOOD = "x".repeat(17 * KIB * KIB);

describe("a frame", () => {
  it.each(Object.entries(FRAME_BYTES_MAX))(
    "of the %s channel is read up to its bound, and ends the link beyond it, with the bound as the cause",
    async (_, frameBytesMax) => {
      expect(frameBytesMax).toBeLessThanOrEqual(KIB * KIB);
      const stub = await stubSocket((client, text) => {
        if (text !== "") return;
        client.send("x".repeat(frameBytesMax));
        client.send("x".repeat(frameBytesMax + 1));
      });
      open.push(stub);
      const lengths: number[] = [];
      const ended = new Promise<string>((resolve) => {
        socket(
          { url: stub.url, pingText: null, waitingMax: 10, frameBytesMax, timing: PATIENT },
          time,
        ).subscribe({
          next: (event) => {
            if (event.type === "text") lengths.push(event.text.length);
          },
          error: (error: Error) => resolve(error.message),
        });
      });
      expect(await ended).toBe(`a frame of more than ${frameBytesMax} bytes`);
      expect(lengths).toEqual([frameBytesMax]);
    },
  );

  it("of the reference's stream has the reference's bound", async () => {
    const stub = await stubSocket((client) =>
      client.send("x".repeat(FRAME_BYTES_MAX.reference + 1)),
    );
    open.push(stub);
    const options = { origin: stub.url, symbol: "btcusdt", timing: PATIENT };
    const link$ = referenceStream({ ...options, onDecodeWarning: () => undefined }, time);
    await expect(lastValueFrom(link$)).rejects.toThrow("a frame of more than 16384 bytes");
  });

  it("has room for both books in full, on the finest grid", () => {
    const level = (at: number) => ({ price: (at / 10_000).toFixed(4), size: "123456.789012" });
    const side = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, at) => level(from + at));
    const books = Object.values(MARKET.tokenIds).map((asset_id) => ({
      event_type: "book",
      market: MARKET.id,
      asset_id,
      timestamp: "1795305600123",
      hash: "b".repeat(40),
      bids: side(1, 5_000),
      asks: side(5_001, 10_000).toReversed(),
      tick_size: "0.0001",
      last_trade_price: "0.5",
    }));
    const text = JSON.stringify(books);
    expect(text.length).toBeLessThan(FRAME_BYTES_MAX.market);
    const read = readMarketFrame(text, MARKET).items.flatMap(({ items }) => items);
    expect(read.filter(({ type }) => type === "book")).toHaveLength(2);
  });

  it("of very many messages is one that is not understood", () => {
    const { items, warnings } = readMarketFrame(`[${"{},".repeat(ENTRIES_MAX)}{}]`, MARKET);
    expect(items).toEqual([]);
    expect(warnings.map(({ type }) => type)).toEqual(["garbled"]);
  });
});

describe("an answer", () => {
  it.each([
    ["/data/orders?next_cursor=MA==", 512],
    ["/data/trades?market=0x1", 1024],
    ["/data/order/0x1", 64],
    ["/order", 256],
    ["/orders", 256],
    ["/cancel-all", 256],
    ["/book?token_id=1", 512],
    ["/gamma/events?slug=one", 256],
    ["/gamma/events/keyset?limit=100", 1024],
    ["/balance-allowance", 64],
    ["/time", 64],
  ])("to %s is lost beyond %i KiB, with the bound as the cause", async (path, kib) => {
    let sent = "";
    const stub = await stubServer((_, response) => response.end(sent));
    open.push(stub);
    const options = { connectionsMax: 2, leaveMs: 60_000, answerMs: 60_000 };
    const pool = connectionPool({ origin: stub.origin, ...options }, asyncScheduler);
    const ask = () =>
      firstValueFrom(pool.send({ method: "GET", path, headers: new Secret({}), body: null }));
    sent = "x".repeat(kib * KIB);
    expect(await ask()).toMatchObject({ type: "answered", text: sent });
    const lost = { type: "lost", detail: `an answer of more than ${kib * KIB} bytes` };
    sent += "x";
    expect(await ask()).toEqual(lost);
    sent = FLOOD;
    expect(await ask()).toEqual(lost);
    sent = "[]";
    expect(await ask()).toMatchObject({ type: "answered", text: sent });
  });

  it("of Binance is lost beyond its own", async () => {
    const stub = await stubServer(respondWith(200, FLOOD));
    open.push(stub);
    const options = { origin: stub.origin, answerMs: 60_000 };
    const all = <Value>(answer$: Observable<Value>) => firstValueFrom(answer$.pipe(toArray()));
    const lost = (path: string, kib: number): readonly Lost[] => [
      { type: "lost", detail: `GET ${path}: an answer of more than ${kib * KIB} bytes` },
    ];
    const request = { symbol: "BTCUSDT", interval: "1h", since: epochMs(0), limit: 2 } as const;
    expect(await all(klines(options, asyncScheduler)(request))).toEqual(
      lost("/api/v3/klines", 256),
    );
    expect(await all(tickerPrice(options, asyncScheduler)("BTCUSDT"))).toEqual(
      lost("/api/v3/ticker/bookTicker", 64),
    );
  });
});
