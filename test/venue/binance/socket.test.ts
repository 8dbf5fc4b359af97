/** One stream against hostile servers: real clock, over loopback. */
import { afterEach, describe, expect, it } from "vitest";
import { formatMicro } from "../../../src/types/index.ts";
import {
  type BinanceDecodeWarning,
  referenceStream,
  STREAM_TIMING,
} from "../../../src/venue/binance/index.ts";
import { closedPort, stubTcp } from "../stubServer.ts";
import { type SocketHandler, type StubSocket, stubSocket } from "../stubSocket.ts";
import { systemClock, systemScheduler } from "../../../src/runtimes/system.ts";
import { PATIENT_SOCKETS, until } from "../../support/patience.ts";

const TICKER = JSON.stringify({
  stream: "btcusdt@bookTicker",
  data: { u: 1, s: "BTCUSDT", b: "64210.01", B: "1", a: "64210.03", A: "1" },
});
const TRADE = JSON.stringify({
  stream: "btcusdt@trade",
  data: { e: "trade", E: 1_700_000_000_223, s: "BTCUSDT", t: 1, p: "1.5", q: "1", T: 1, m: true },
});

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function server(answer: SocketHandler): Promise<StubSocket> {
  const it = await stubSocket(answer);
  open.push(it);
  return it;
}

function watch(
  url: string,
  timing: Partial<typeof STREAM_TIMING> = {},
): {
  readonly seen: readonly string[];
  readonly warnings: readonly BinanceDecodeWarning[];
} {
  const seen: string[] = [];
  const warnings: BinanceDecodeWarning[] = [];
  const subscription = referenceStream(
    {
      origin: url,
      symbol: "btcusdt",
      onDecodeWarning: (warning) => warnings.push(warning),
      timing: { ...PATIENT_SOCKETS, ...timing },
    },
    { clock: systemClock, scheduler: systemScheduler },
  ).subscribe({
    next: (link) => seen.push(link.type === "item" ? formatMicro(link.item.price) : link.type),
    error: (error: unknown) => seen.push(String(error)),
    complete: () => seen.push("complete"),
  });
  open.push({
    close: async () => {
      subscription.unsubscribe();
      return Promise.resolve();
    },
  });
  return { seen, warnings };
}

it("a price tells how late the trade before it came, once: a ticker has no time of its own", async () => {
  const stub = await server((socket) => {
    for (const text of [TICKER, TRADE, TICKER, TICKER]) socket.send(text);
  });
  const sent: boolean[] = [];
  const subscription = referenceStream(
    {
      origin: stub.url,
      symbol: "btcusdt",
      onDecodeWarning: () => undefined,
      timing: PATIENT_SOCKETS,
    },
    { clock: systemClock, scheduler: systemScheduler },
  ).subscribe((link) => {
    if (link.type !== "item") return;
    sent.push(link.sinceSentMs !== undefined);
  });
  await until(() => sent.length === 3);
  subscription.unsubscribe();
  expect(sent).toEqual([false, true, false]);
});

describe("the stream of a symbol", () => {
  it("subscribes to ticker and trades, opens, and emits the mid", async () => {
    const stub = await server((socket) => {
      socket.send(TICKER);
      socket.send(TRADE);
    });
    const { seen, warnings } = watch(stub.url);
    await until(() => seen.length === 2);

    expect(stub.paths).toEqual(["/stream?streams=btcusdt@bookTicker/btcusdt@trade"]);
    expect(seen).toEqual(["opened", "64210.02"]);
    expect(warnings).toEqual([]);
  });

  it("[K] stays open without data while pongs come", async () => {
    let pings = 0;
    const stub = await server((socket) => socket.on("ping", () => (pings += 1)));
    // Far apart, for a machine that is busy with other things.
    const { seen } = watch(stub.url, { pingEveryMs: 50, silentMs: 3_000 });
    await until(() => pings > 65);

    expect(seen).toEqual(["opened"]);
  });

  it("[K] ends where neither data nor pongs come", async () => {
    const stub = await server((socket) => {
      setTimeout(() => socket.pause(), 100);
    });
    const { seen } = watch(stub.url, { pingEveryMs: 100, silentMs: 400 });
    await until(() => seen.length === 2);

    expect(seen).toEqual(["opened", "Error: frozen: nothing heard for 400 ms"]);
  });

  it("ends when the venue closes it, as it does every day", async () => {
    const stub = await server((socket) => {
      socket.send(TICKER);
      socket.close(1001, "24h");
    });
    const { seen } = watch(stub.url);
    await until(() => seen.length === 3);

    expect(seen).toEqual(["opened", "64210.02", "Error: closed: 1001 24h"]);
  });

  it("reports garbled frames and goes on", async () => {
    const stub = await server((socket) => {
      socket.send("{");
      socket.send(Buffer.from([1, 2, 3]));
      socket.send(TICKER);
    });
    const { seen, warnings } = watch(stub.url);
    await until(() => seen.length === 2);

    expect(seen).toEqual(["opened", "64210.02"]);
    expect(warnings.map(({ type }) => type)).toEqual(["garbled", "garbled"]);
  });

  it("ends where nothing listens, and where the handshake is not answered", async () => {
    const tcp = await stubTcp(() => undefined);
    open.push(tcp);
    const refused = watch((await closedPort()).replace("http", "ws"));
    const hanging = watch(tcp.origin.replace("http", "ws"), { openMs: 600 });
    await until(() => refused.seen.length === 1 && hanging.seen.length === 1);

    expect(refused.seen).toEqual([expect.stringContaining("ECONNREFUSED")]);
    expect(hanging.seen).toEqual(["Error: no connection in 600 ms"]);
  });
});

it("a pong comes in time before silence ends the stream", () => {
  expect(STREAM_TIMING.silentMs).toBeGreaterThan(STREAM_TIMING.pingEveryMs);
});
