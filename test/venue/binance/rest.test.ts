/** Candles over HTTP from hostile servers: real clock, over loopback. */
import { asyncScheduler, firstValueFrom, toArray } from "rxjs";
import { afterEach, describe, expect, it } from "vitest";
import { epochMs, formatMicro, type ReadAnswer } from "../../../src/types/index.ts";
import { klines, type Kline } from "../../../src/venue/binance/index.ts";
import {
  type RequestHandler,
  closedPort,
  respondWith,
  stubServer,
  type StubServer,
} from "../stubServer.ts";

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
    ["a price that is a number", respondWith(200, TEXT.replace('"64210.00000000"', "64210"))],
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
