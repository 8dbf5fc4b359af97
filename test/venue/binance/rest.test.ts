/** Candles over HTTP from hostile servers: real clock, over loopback. */
import { asyncScheduler, firstValueFrom, toArray } from "rxjs";
import { afterEach, describe, expect, it } from "vitest";
import { epochMs, formatMicro, type ReadAnswer } from "../../../src/types/index.ts";
import { klines, type Kline, tickerPrice } from "../../../src/venue/binance/index.ts";
import {
  type RequestHandler,
  closedPort,
  respondWith,
  stubServer,
  type StubServer,
} from "../stubServer.ts";
import { timeByTurns } from "../../support/patience.ts";

timeByTurns();
const KLINE = [1795305600000, "64210.00000000", "64220.0", "64200.0", "64215.50000000", "12.5"];
const TEXT = JSON.stringify([[...KLINE, 1795309199999, "802650.0", 101, "6.0", "3.0", "0"]]);

const open: StubServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const ask = (origin: string): Promise<readonly ReadAnswer<readonly Kline[]>[]> =>
  firstValueFrom(
    klines(
      { origin, answerMs: 300 },
      asyncScheduler,
    )({
      symbol: "BTCUSDT",
      interval: "1h",
      since: epochMs(1795305600000),
      limit: 2,
    }).pipe(toArray()),
  );

async function answering(answer: RequestHandler): Promise<readonly ReadAnswer<readonly Kline[]>[]> {
  const stub = await stubServer(answer);
  open.push(stub);
  return ask(stub.origin);
}

describe("candles", () => {
  it("are requested by symbol, interval and time, and have exact prices", async () => {
    const [answer, ...others] = await answering(respondWith(200, TEXT));

    expect(others).toEqual([]);
    expect(open[0]?.requests[0]?.path).toBe(
      "/api/v3/klines?symbol=BTCUSDT&interval=1h&startTime=1795305600000&limit=2",
    );
    const [kline] = answer?.type === "answered" ? answer.value : [];
    expect(kline).toMatchObject({ opensAt: 1795305600000, endsAt: 1795309200000 });
    expect([kline && formatMicro(kline.open), kline && formatMicro(kline.close)]).toEqual([
      "64210",
      "64215.5",
    ]);
  });

  it.each<[string, RequestHandler]>([
    ["geo-blocked", respondWith(451, "restricted location")],
    ["banned", respondWith(418, "")],
    ["over the limit", respondWith(429, "", { "retry-after": "3" })],
    ["another object", respondWith(200, '{"code":-1121}')],
    ["no JSON", respondWith(200, "<html>")],
    ["a price of no number", respondWith(200, TEXT.replace('"64210.00000000"', "true"))],
    ["an end before the start", respondWith(200, TEXT.replace("1795309199999", "1"))],
    ["silence", () => undefined],
    ["a reset", (_request, _response, socket) => socket.resetAndDestroy()],
    [
      "half an answer",
      (_request, response) => void response.writeHead(200, { "content-length": "99" }).write("["),
    ],
  ])("%s: no candles", async (_name, answer) => {
    expect(await answering(answer)).toEqual([
      { type: "lost", detail: expect.any(String) as string },
    ]);
  });

  it("nothing listens: no candles", async () => {
    expect(await ask(await closedPort())).toMatchObject([{ type: "lost" }]);
  });
});

describe("the ticker", () => {
  const price = async (answer: RequestHandler) => {
    const stub = await stubServer(answer);
    open.push(stub);
    const { origin } = stub;
    return firstValueFrom(tickerPrice({ origin, answerMs: 300 }, asyncScheduler)("BTCUSDT"));
  };
  const body = (bidPrice: unknown, askPrice: unknown): string =>
    JSON.stringify({ symbol: "BTCUSDT", bidPrice, bidQty: "1", askPrice, askQty: "2" });

  it("is requested by symbol, and is the mid, exact to the micro-dollar", async () => {
    const answer = await price(respondWith(200, body("64210.01000000", "64210.02000000")));

    expect(open[0]?.requests[0]?.path).toBe("/api/v3/ticker/bookTicker?symbol=BTCUSDT");
    expect(answer).toEqual({ type: "answered", value: 64_210_015_000 });
  });

  it.each<[string, RequestHandler]>([
    ["geo-blocked", respondWith(451, "restricted location")],
    ["an error with a ticker in it", respondWith(500, body("64210", "64211"))],
    ["crossed", respondWith(200, body("64211", "64210"))],
    ["no number", respondWith(200, body(true, 64_211))],
    ["without a side", respondWith(200, '{"bidPrice":"64210"}')],
    ["no JSON", respondWith(200, "<html>")],
    ["silence", () => undefined],
  ])("that is %s is lost", async (_name, answer) => {
    expect(await price(answer)).toMatchObject({ type: "lost" });
  });
});
