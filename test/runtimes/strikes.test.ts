/** Who knows what a window has to beat where the venue does not say it; over loopback. */
import { type Subscription, defer, firstValueFrom, repeat, retry } from "rxjs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Strikes, strikes } from "../../src/runtimes/strikes.ts";
import { type EpochMs, epochMs, parseReferencePrice } from "../../src/types/index.ts";
import {
  type Series,
  fixedCredentials,
  parseCredentials,
} from "../../src/venue/polymarket/index.ts";
import { type StubServer, respondWith, stubServer, stubTcp } from "../venue/stubServer.ts";
import { stubSocket } from "../venue/stubSocket.ts";
import { systemClock, systemScheduler } from "../../src/runtimes/system.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { seriesOf } from "../support/series.ts";

const OPENS_AT = epochMs(1_795_305_600_000);
const HOUR_MS = 3_600_000;
const HOURLY = seriesOf("btc-updown-1h");
const QUARTERLY = seriesOf("btc-updown-15m");

const running: Subscription[] = [];
const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) each.unsubscribe();
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const log: string[] = [];
interface Known extends Strikes {
  readonly series: Series;
}

function known(series: Series, binanceRest: string, priceSocket: string | null): Known {
  const note = (_: unknown, text: string): unknown => log.push(text);
  const found = strikes(
    {
      series: [series],
      addresses: { binanceRest, priceSocket },
      credentials: fixedCredentials(
        parseCredentials({ key: "id", secret: "c2VjcmV0", passphrase: "phrase" }) ??
          expect.unreachable("no credentials"),
      ),
      onDecodeWarning: () => undefined,
    },
    {
      clock: systemClock,
      scheduler: systemScheduler,
      log: { debug: note, info: note, warn: note, error: note },
    },
  );
  return { ...found, series };
}

/** As the graph listens: connecting anew until the end of the test. */
const listening = ({ settlement }: Strikes): Subscription =>
  defer(settlement ?? expect.unreachable("no settlement feed"))
    .pipe(retry({ delay: 10 }), repeat({ delay: 10 }))
    .subscribe();

const asked = ({ strikeOf, series }: Known, opensAt: EpochMs = OPENS_AT): Promise<unknown> =>
  firstValueFrom(strikeOf({ slug: "any", opensAt }, series));

async function binance(body: string, status = 200): Promise<StubServer> {
  const server = await stubServer(respondWith(status, body));
  open.push(server);
  return server;
}

const candle = (opensAt: number): string =>
  JSON.stringify([
    [
      opensAt,
      "64001.23",
      "65000",
      "63000",
      "64500.00",
      "1",
      opensAt + HOUR_MS - 1,
      "1",
      1,
      "1",
      "1",
      "0",
    ],
  ]);

describe("an hourly window has to beat", () => {
  it("what its candle opened at", async () => {
    const { origin, requests } = await binance(candle(OPENS_AT));

    expect(await asked(known(HOURLY, origin, null))).toBe(parseReferencePrice("64001.23"));
    expect(requests.map(({ path }) => path)).toEqual([
      `/api/v3/klines?symbol=BTCUSDT&interval=1h&startTime=${OPENS_AT}&limit=1`,
    ]);
  });

  it("what the candle of its own coin opened at", async () => {
    const { origin, requests } = await binance(candle(OPENS_AT));

    expect(await asked(known(seriesOf("sol-updown-1h"), origin, null))).not.toBeNull();
    expect(requests.map(({ path }) => path)).toEqual([
      `/api/v3/klines?symbol=SOLUSDT&interval=1h&startTime=${OPENS_AT}&limit=1`,
    ]);
  });

  it.each([
    ["there is none yet", "[]", 200, "Binance has no candle of it yet"],
    ["there is a later one", candle(OPENS_AT + HOUR_MS), 200, "Binance has no candle of it yet"],
    ["it is not told", '{"code":0}', 451, 'its candle: GET /api/v3/klines: HTTP 451: {"code":0}'],
  ])("nothing that is known where %s", async (_, body, status, why) => {
    const { origin } = await binance(body, status);
    expect(await asked(known(HOURLY, origin, null))).toBe(why);
  });
});

const mean = (at: number, value: string): string =>
  JSON.stringify({
    v: 1,
    channel: "price.crypto.twap",
    seq: 1,
    ts: at,
    payload: {
      symbol: "btcusd",
      timestamp: at,
      value: Number(value),
      full_accuracy_value: value,
      window_seconds: 60,
    },
  });

/** A price socket that sends these frames once a client has subscribed. */
async function prices(...frames: readonly string[]): Promise<Known> {
  const socket = await stubSocket((client, text) => {
    if (text.includes('"auth"')) client.send('{"op":"authed"}');
    if (!text.includes('"subscribe"')) return;
    client.send('{"op":"subscribed"}');
    for (const frame of frames) client.send(frame);
  });
  open.push(socket);
  const it = known(QUARTERLY, "http://127.0.0.1:9", socket.url);
  running.push(listening(it));
  return it;
}

const learnt = (it: Known, opensAt: EpochMs, value: string): Promise<void> =>
  vi.waitFor(async () => expect(await asked(it, opensAt)).toBe(parseReferencePrice(value)), {
    timeout: PATIENCE_MS,
    interval: 10,
  });

describe("a window that a mean decides has to beat", () => {
  it("the mean that ends where it begins, and no other, also after a lost connection", async () => {
    const frames = [mean(OPENS_AT - 1_000, "64000.1"), mean(OPENS_AT, "64000.2")];
    const socket = await stubSocket((client, text) => {
      if (text.includes('"auth"')) client.send('{"op":"authed"}');
      if (!text.includes('"subscribe"')) return;
      client.send('{"op":"subscribed"}');
      for (const frame of frames.splice(0)) client.send(frame);
      if (socket.opened() === 1) client.close();
      else client.send(mean(OPENS_AT + 1_000, "64000.3"));
    });
    open.push(socket);
    const it = known(QUARTERLY, "http://127.0.0.1:9", socket.url);
    expect(await asked(it)).toBe("its strike is not known yet");

    running.push(listening(it));
    await vi.waitFor(
      async () => {
        expect(await asked(it, epochMs(OPENS_AT + 1_000))).toBe(parseReferencePrice("64000.3"));
      },
      { timeout: PATIENCE_MS, interval: 10 },
    );
    expect(await asked(it)).toBe(parseReferencePrice("64000.2"));
    expect(await asked(it, epochMs(OPENS_AT + 500))).toBe("its strike is not known yet");
  });

  it("the mean of its own coin, not that of another", async () => {
    const texts: string[] = [];
    const socket = await stubSocket((client, text) => {
      texts.push(text);
      if (text.includes('"auth"')) client.send('{"op":"authed"}');
      if (!text.includes('"subscribe"')) return;
      client.send('{"op":"subscribed"}');
      client.send(mean(OPENS_AT, "64000.2"));
      for (const [index, value] of ["3000.1", "3000.2", "3000.3"].entries()) {
        const at = OPENS_AT + (index - 1) * 1_000;
        client.send(mean(at, value).replace("btcusd", "ethusd"));
      }
    });
    open.push(socket);
    const it = known(seriesOf("eth-updown-15m"), "http://127.0.0.1:9", socket.url);
    const settled$ = it.settlement?.("eth") ?? expect.unreachable("no settlement feed");
    running.push(settled$.subscribe());
    await learnt(it, OPENS_AT, "3000.2");
    expect(texts.filter((text) => text.includes("ethusd"))).toHaveLength(1);
    expect(texts.join()).not.toContain("btcusd");
  });

  it("no mean that nobody could mean: one that jumps is held, and is no strike", async () => {
    const it = await prices(
      ...["64000.1", "64000.2", "6400", "64000.3"].map((value, index) =>
        mean(OPENS_AT + (index - 2) * 1_000, value),
      ),
    );
    await learnt(it, epochMs(OPENS_AT + 1_000), "64000.3");
    expect(await asked(it, epochMs(OPENS_AT - 1_000))).toBe(parseReferencePrice("64000.2"));
    expect(await asked(it)).toBe("its strike is not known yet");
    expect(log).toContain("settlement mean held");
  });

  it("no mean from the future: it would be the last one of every window until then", async () => {
    const ahead = epochMs(Math.floor(Date.now() / 1_000) * 1_000 + 3_600_000);
    const it = await prices(
      mean(OPENS_AT, "64000.1"),
      mean(ahead, "64000.2"),
      mean(OPENS_AT + 1_000, "64000.3"),
    );
    await learnt(it, epochMs(OPENS_AT + 1_000), "64000.3");
    expect(await asked(it, ahead)).toBe("its strike is not known yet");
    expect(log).toContain("settlement mean from the future dropped");
  });

  it("nothing that is known while the price socket is refused, and why", async () => {
    const tcp = await stubTcp((client) => {
      client.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    open.push(tcp);
    const it = known(QUARTERLY, "http://127.0.0.1:9", tcp.origin.replace("http", "ws"));
    running.push(listening(it));
    await vi.waitFor(
      async () => {
        expect(await asked(it)).toBe(
          "its strike is not known yet: price socket: HTTP 403 on the upgrade: Forbidden",
        );
      },
      { timeout: 3_000, interval: 10 },
    );
  });

  it("nothing that is known, and asks no price socket, where the last price decides", async () => {
    const it = known({ ...QUARTERLY, settledBy: "spot" }, "http://127.0.0.1:9", "ws://127.0.0.1:9");
    expect(it.settlement).toBeNull();
    expect(await asked(it)).toBe("its strike is not known yet");
  });

  it("nothing that is known without a price socket", async () => {
    expect(await asked(known(QUARTERLY, "http://127.0.0.1:9", null))).toBe(
      "its strike is not known yet",
    );
  });
});
