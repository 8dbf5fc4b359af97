/** Both channels in the venue's own words, over loopback. */
import type { Observable } from "rxjs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { systemClock, systemScheduler } from "../../../src/app/runtime.ts";
import {
  epochMs,
  type Link,
  type Market,
  marketId,
  MICRO,
  microShares,
  microUsdc,
  priceBp,
  referencePrice,
  tokenId,
} from "../../../src/types/index.ts";
import {
  CHANNEL_TIMING,
  type Oddity,
  parseCredentials,
  polymarketChannels,
} from "../../../src/venue/polymarket/index.ts";
import { type Manners, type StubSocket, stubSocket } from "../stubSocket.ts";

const MARKET: Market = {
  id: marketId(`0x${"cd".repeat(32)}`),
  slug: "btc-updown-15m-1795305600",
  tokenIds: { YES: tokenId("111"), NO: tokenId("222") },
  opensAt: epochMs(0),
  endsAt: epochMs(900_000),
  strike: referencePrice(MICRO),
  rules: {
    tick: priceBp(100),
    orderSizeMin: microShares(5 * MICRO),
    lot: microShares(10_000),
    notionalMin: microUsdc(0),
  },
};

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const until = (isSo: () => boolean): Promise<boolean> =>
  vi.waitUntil(isSo, { timeout: 5_000, interval: 5 });

async function meet(answer: Manners): Promise<{
  readonly stub: StubSocket;
  readonly oddities: readonly (readonly [string, Oddity])[];
  readonly channels: ReturnType<typeof polymarketChannels>;
}> {
  const stub = await stubSocket(answer);
  open.push(stub);
  const oddities: [string, Oddity][] = [];
  const credentials = parseCredentials({ key: "the-key", secret: "c2VjcmV0", passphrase: "pass" });
  if (credentials === null) throw new Error("the test's own credentials are wrong");
  const channels = polymarketChannels(
    {
      marketUrl: `${stub.url}/ws/market`,
      userUrl: `${stub.url}/ws/user`,
      credentials,
      wallet: "0xwallet",
      listings: new Map([[MARKET.id, { feeRate: microUsdc(70_000) }]]),
      hearOddity: (source, oddity) => oddities.push([source, oddity]),
      timing: CHANNEL_TIMING,
    },
    { clock: systemClock, scheduler: systemScheduler },
  );
  return { stub, oddities, channels };
}

/** What the link says, as it says it; left when the test is over. */
function watch<Item>(link$: Observable<Link<Item>>): readonly unknown[] {
  const seen: unknown[] = [];
  const subscription = link$.subscribe({
    next: (link) => seen.push(link.type === "item" ? link.item : link.type),
    error: (error: unknown) => seen.push(String(error)),
  });
  open.unshift({
    close: () => {
      subscription.unsubscribe();
      return Promise.resolve();
    },
  });
  return seen;
}

const book = (asset: string, tick: string): object => ({
  event_type: "book",
  market: MARKET.id,
  asset_id: asset,
  timestamp: "1795305600000",
  hash: "",
  bids: [{ price: "0.48", size: "30" }],
  asks: [{ price: "0.52", size: "25" }],
  tick_size: tick,
  last_trade_price: "0.5",
});

describe("the market channel", () => {
  it("asks for both tokens, and opens with their books", async () => {
    const { stub, channels, oddities } = await meet((socket, text) => {
      if (!text.includes("assets_ids")) return;
      socket.send(JSON.stringify([book("111", "0.01"), book("222", "0.01")]));
    });
    const seen = watch(channels.market(MARKET));
    await until(() => seen.length === 3);

    expect(stub.paths).toEqual(["/ws/market"]);
    expect(JSON.parse(stub.heard[0] ?? "")).toEqual({
      assets_ids: ["111", "222"],
      type: "market",
      custom_feature_enabled: true,
    });
    expect(seen).toMatchObject([
      "opened",
      { type: "book", token: "YES", book: { bids: [{ price: 4_800, size: 30_000_000 }] } },
      { type: "book", token: "NO" },
    ]);
    expect(oddities).toEqual([]);
  });

  it("[K] hears of a tick that changed while it was away, there and back", async () => {
    let tick = "0.001";
    const { channels } = await meet((socket, text) => {
      if (!text.includes("assets_ids")) return;
      socket.send(JSON.stringify([book("111", tick)]));
      tick = "0.01";
      socket.close();
    });
    const first = watch(channels.market(MARKET));
    await until(() => first.length === 4);
    const second = watch(channels.market(MARKET));
    await until(() => second.length === 4);

    const changed = (to: number): object => ({ type: "rulesChanged", rules: { tick: to } });
    expect(first).toMatchObject([
      "opened",
      changed(10),
      { type: "book" },
      expect.stringContaining("closed"),
    ]);
    expect(second).toMatchObject([
      "opened",
      changed(100),
      { type: "book" },
      expect.stringContaining("closed"),
    ]);
  });

  it("counts what is odd by the name of the channel", async () => {
    const { channels, oddities } = await meet((socket, text) => {
      if (text.includes("assets_ids")) socket.send('{"event_type":"surprise"}');
    });
    watch(channels.market(MARKET));
    await until(() => oddities.length === 1);

    expect(oddities).toMatchObject([["market", { type: "unknown" }]]);
  });
});

describe("the user channel", () => {
  it("shows who it is, asks for every market, and opens with the first answer", async () => {
    const { stub, channels } = await meet((socket, text) => {
      if (text !== "PING") return;
      socket.send("PONG");
      for (const market of [MARKET.id, `0x${"ee".repeat(32)}`])
        socket.send(
          JSON.stringify({
            event_type: "order",
            id: "0x1",
            market,
            asset_id: "111",
            side: "BUY",
            original_size: "20",
            size_matched: "0",
            price: "0.49",
            type: "PLACEMENT",
            status: "LIVE",
          }),
        );
    });
    const seen = watch(channels.user(MARKET));
    await until(() => seen.length === 2);

    expect(stub.paths).toEqual(["/ws/user"]);
    expect(JSON.parse(stub.heard[0] ?? "")).toEqual({
      auth: { apiKey: "the-key", secret: "c2VjcmV0", passphrase: "pass" },
      type: "user",
    });
    expect(seen).toMatchObject([
      "opened",
      { type: "order", report: { orderId: "0x1", token: "YES", status: "live" } },
    ]);
  });

  it("does not open for a market that is not listed: its fees would be unknown", async () => {
    const { stub, channels } = await meet(() => undefined);
    const seen = watch(channels.user({ ...MARKET, id: marketId("0x1"), slug: "unheard-of" }));
    await until(() => seen.length === 1);

    expect(seen).toEqual(["Error: unheard-of is not listed"]);
    expect(stub.opened()).toBe(0);
  });
});

it("the venue is asked for a PONG often enough to be heard in time", () => {
  expect(CHANNEL_TIMING.pingEveryMs).toBeLessThanOrEqual(10_000);
  expect(CHANNEL_TIMING.silentMs).toBeGreaterThan(CHANNEL_TIMING.pingEveryMs);
});
