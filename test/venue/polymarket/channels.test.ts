/** Both channels with messages as the venue sends them, over loopback. */
import { Subject, type Observable, delay, of } from "rxjs";
import { afterEach, describe, expect, it } from "vitest";
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
  type DecodeWarning,
  type WatchdogReport,
  WATCHDOG_TIMING,
  bookHash,
  type Credentials,
  type CredentialsHolder,
  fixedCredentials,
  parseCredentials,
  polymarketChannels,
} from "../../../src/venue/polymarket/index.ts";
import { BOOK_REQUEST_MS } from "../../../src/venue/polymarket/channels/bookWatchdog.ts";
import {
  type RequestHandler,
  type StubServer,
  respondWith,
  stubServer,
  stubTcp,
} from "../stubServer.ts";
import { type SocketHandler, type StubSocket, stubSocket } from "../stubSocket.ts";
import { systemClock, systemScheduler } from "../../../src/runtimes/system.ts";
import { PATIENT_SOCKETS, later, timeByTurns, until } from "../../support/patience.ts";

timeByTurns();

/** Ten times as fast as in production. */
const WATCHING = { quietMs: 300, mismatchMs: 100, requestEveryMs: 500, settleMs: 100 };

const MARKET: Market = {
  id: marketId(`0x${"cd".repeat(32)}`),
  slug: "btc-updown-15m-1795305600",
  tokenIds: { YES: tokenId("111"), NO: tokenId("222") },
  opensAt: epochMs(0),
  endsAt: epochMs(4_000_000_000_000),
  strike: referencePrice(MICRO),
  settledBy: "spot",
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

/** `read` answers GET /book. */
async function meet(
  answer: SocketHandler,
  read: RequestHandler = respondWith(
    404,
    '{"error":"No orderbook exists for the requested token id"}',
  ),
  credentialsOf: (used: Credentials) => CredentialsHolder = fixedCredentials,
  userOrigin?: string,
): Promise<{
  readonly stub: StubSocket;
  readonly rest: StubServer;
  readonly warnings: readonly (readonly [string, DecodeWarning])[];
  readonly reports: readonly WatchdogReport[];
  readonly channels: ReturnType<typeof polymarketChannels>;
}> {
  const stub = await stubSocket(answer);
  const rest = await stubServer(read);
  open.push(stub, rest);
  const warnings: [string, DecodeWarning][] = [];
  const reports: WatchdogReport[] = [];
  const credentials = parseCredentials({ key: "the-key", secret: "c2VjcmV0", passphrase: "pass" });
  if (credentials === null) throw new Error("the test's own credentials are wrong");
  const channels = polymarketChannels(
    {
      marketUrl: `${stub.url}/ws/market`,
      userUrl: `${userOrigin ?? stub.url}/ws/user`,
      origin: rest.origin,
      credentials: credentialsOf(credentials),
      wallet: "0xwallet",
      listings: new Map([[MARKET.id, { feeRate: microUsdc(70_000), isNegRisk: false }]]),
      onDecodeWarning: (source, warning) => warnings.push([source, warning]),
      onWatchdogReport: (report) => reports.push(report),
      timing: PATIENT_SOCKETS,
      watchTiming: WATCHING,
    },
    { clock: systemClock, scheduler: systemScheduler },
  );
  return { stub, rest, warnings, reports, channels };
}

/** Everything that the link emits; unsubscribed when the test ends. */
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
  it("subscribes to both tokens, and opens with their books", async () => {
    const { stub, channels, warnings } = await meet((socket, text) => {
      if (!text.includes("assets_ids")) return;
      socket.send(JSON.stringify([book("111", "0.01"), book("222", "0.01")]));
    });
    const seen = watch(channels.market(MARKET));
    await until(() => seen.length === 3);

    expect(stub.paths).toEqual(["/ws/market"]);
    expect(JSON.parse(stub.received[0] ?? "")).toEqual({
      assets_ids: ["111", "222"],
      type: "market",
      custom_feature_enabled: true,
    });
    expect(seen).toMatchObject([
      "opened",
      { type: "book", token: "YES", book: { bids: [{ price: 4_800, size: 30_000_000 }] } },
      { type: "book", token: "NO" },
    ]);
    expect(warnings).toEqual([]);
  });

  it("[K] emits a tick change that happened between two connections, there and back", async () => {
    let tick = "0.001";
    const { channels } = await meet((socket, text) => {
      if (!text.includes("assets_ids")) return;
      for (const asset of ["111", "222"]) socket.send(JSON.stringify(book(asset, tick)));
      tick = "0.01";
      socket.close();
    });
    const first = watch(channels.market(MARKET));
    await until(() => first.length === 5);
    const second = watch(channels.market(MARKET));
    await until(() => second.length === 5);

    const changed = (to: number): object => ({ type: "rulesChanged", rules: { tick: to } });
    expect(first).toMatchObject([
      "opened",
      changed(10),
      { type: "book", token: "YES" },
      { type: "book", token: "NO" },
      expect.stringContaining("closed"),
    ]);
    expect(second).toMatchObject([
      "opened",
      changed(100),
      { type: "book", token: "YES" },
      { type: "book", token: "NO" },
      expect.stringContaining("closed"),
    ]);
  });

  it("reports a message that is not understood with the name of the channel", async () => {
    const { channels, warnings } = await meet((socket, text) => {
      if (text.includes("assets_ids")) socket.send('{"event_type":"surprise"}');
    });
    watch(channels.market(MARKET));
    await until(() => warnings.length === 1);

    expect(warnings).toMatchObject([["market", { type: "unknown" }]]);
  });
});

/** A token's book as the channel and GET /book write it, with its hash. */
function whole(asset: string, size: string, at = "1795305600000"): Record<string, unknown> {
  const text = {
    market: MARKET.id,
    asset_id: asset,
    timestamp: at,
    bids: [{ price: "0.48", size }],
    asks: [],
    min_order_size: "5",
    tick_size: "0.01",
    neg_risk: false,
    last_trade_price: "0.5",
  };
  return { ...text, hash: bookHash(text) };
}
const dump = (size: string): string =>
  JSON.stringify(["111", "222"].map((asset) => ({ ...whole(asset, size), event_type: "book" })));

/** A venue that sends its books and then only answers PINGs. */
const frozenAfter =
  (...texts: readonly string[]): SocketHandler =>
  (socket, text) => {
    if (text === "PING") socket.send("PONG");
    if (text.includes("assets_ids")) for (const each of texts) socket.send(each);
  };
const reads =
  (size: () => string, at?: string): RequestHandler =>
  ({ path, ...requests }, response, socket) =>
    respondWith(200, JSON.stringify(whole(path.split("=")[1] ?? "", size(), at)))(
      { path, ...requests },
      response,
      socket,
    );

describe("a market channel that is open and silent", () => {
  it("[K] ends within a bounded time once the venue's own book differs", async () => {
    let size = "30";
    const { channels, rest, reports } = await meet(
      frozenAfter(dump("30")),
      reads(() => size),
    );
    const seen = watch(channels.market(MARKET));
    await until(() => reports.length === 1 && seen.length === 4);
    expect(seen.at(-1)).toBe("confirmed");
    expect(rest.requests.map(({ path }) => path).toSorted()).toEqual([
      "/book?token_id=111",
      "/book?token_id=222",
    ]);

    size = "31";
    await until(() => seen.length === 5);
    expect(seen.at(-1)).toBe(
      "Error: frozen: nothing heard of the YES book for 300 ms, and the venue's own book differs",
    );
    const about = "nothing heard of the YES book for 300 ms";
    expect(reports).toEqual([
      { type: "quiet", about },
      { type: "unclear", about },
    ]);
  });

  it("[K] ends where the venue's own book cannot be read either", async () => {
    const { channels } = await meet(frozenAfter(dump("30")), respondWith(500, "{}"));
    const seen = watch(channels.market(MARKET));
    await until(() => seen.length === 4);
    expect(seen.at(-1)).toContain("5 requests for the venue's own book gave no clear answer");
  });

  it("leads to a book request at once on a suspicion from elsewhere", async () => {
    const suspicion$ = of("the reference has moved").pipe(delay(100));
    const { channels } = await meet(
      frozenAfter(dump("30")),
      reads(() => "31"),
    );
    const seen = watch(channels.market(MARKET, suspicion$));
    await until(() => seen.length === 4);
    expect(seen.at(-1)).toBe(
      "Error: frozen: the reference has moved, and the venue's own book differs",
    );
  });

  it("[K] ends with a gap where a check sum stays wrong and the book differs", async () => {
    const change = JSON.stringify({
      event_type: "price_change",
      market: MARKET.id,
      timestamp: "1795305600001",
      price_changes: [
        { asset_id: "111", price: "0.47", size: "1", side: "BUY", hash: "0".repeat(40) },
      ],
    });
    const { channels, reports } = await meet(
      frozenAfter(dump("30"), change),
      reads(() => "31", "1795305600002"),
    );
    const seen = watch(channels.market(MARKET));
    await until(() => seen.length === 5);
    expect(seen.at(-1)).toBe(
      "Error: gap: a check sum wrong, or a message unread, for 100 ms, and the venue's own book differs",
    );
    expect(reports).toEqual([{ type: "wrong", about: "YES" }]);
  });

  it("opens only with the books of both tokens", async () => {
    const one = JSON.stringify([{ ...whole("111", "30"), event_type: "book" }]);
    const other = JSON.stringify([{ ...whole("222", "30"), event_type: "book" }]);
    let sendOther: (() => void) | undefined;
    const { channels } = await meet((socket, text) => {
      if (text.includes("assets_ids")) socket.send(one);
      if (text === "PING") sendOther = () => socket.send(other);
    });
    const seen = watch(channels.market(MARKET));
    await until(() => sendOther);
    await later(100);
    expect(seen).toEqual([]);
    sendOther?.();
    await until(() => seen.length === 3);
    expect(seen).toMatchObject(["opened", { token: "YES" }, { token: "NO" }]);
  });
});

describe("the user channel", () => {
  it("authenticates, subscribes to every market, and opens with the first answer", async () => {
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
    expect(JSON.parse(stub.received[0] ?? "")).toEqual({
      auth: { apiKey: "the-key", secret: "c2VjcmV0", passphrase: "pass" },
      type: "user",
    });
    expect(seen).toMatchObject([
      "opened",
      { type: "order", report: { orderId: "0x1", token: "YES", status: "live" } },
    ]);
  });

  it("tells of a login that is refused, and not of a connection that ends later", async () => {
    const refused: string[] = [];
    const holder = (used: Credentials): CredentialsHolder => ({
      ...fixedCredentials(used),
      refuse: ({ apiKey }) => refused.push(apiKey),
    });
    const { channels } = await meet(
      (socket, text) => {
        if (text.includes("auth")) socket.close(1008);
      },
      undefined,
      holder,
    );
    const next = await meet(
      (socket, text) => {
        if (text !== "PING") return;
        socket.send("PONG");
        socket.close(1008);
      },
      undefined,
      holder,
    );
    const seen = watch(channels.user(MARKET));
    await until(() => seen.length === 1);
    expect([seen, refused]).toEqual([["Error: closed: 1008"], ["the-key"]]);
    const opened = watch(next.channels.user(MARKET));
    await until(() => opened.length === 2);
    expect([opened[0], refused]).toEqual(["opened", ["the-key"]]);
  });

  it("quotes nothing of its login, whoever shows it again", async () => {
    const { channels, warnings } = await meet((socket, text) => {
      if (!text.includes("auth")) return;
      socket.send(text);
      socket.close(1008, "bad secret c2VjcmV0");
    });
    const seen = watch(channels.user(MARKET));
    await until(() => seen.length === 1);

    expect(String(seen[0])).toContain("closed: 1008 bad secret");
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify([seen, warnings])).not.toContain("c2VjcmV0");
  });

  it("tells of a login that is refused at the handshake", async () => {
    const refused: string[] = [];
    const tcp = await stubTcp((socket) => {
      socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    });
    open.push(tcp);
    const { channels } = await meet(
      () => undefined,
      undefined,
      (used) => ({ ...fixedCredentials(used), refuse: ({ apiKey }) => refused.push(apiKey) }),
      tcp.origin.replace("http", "ws"),
    );
    const seen = watch(channels.user(MARKET));
    await until(() => seen.length === 1);
    expect([seen, refused]).toEqual([
      ["Error: HTTP 401 on the upgrade: Unauthorized"],
      ["the-key"],
    ]);
  });

  it("ends once other credentials are used, so that it logs in with those", async () => {
    const changed$ = new Subject<null>();
    const { channels } = await meet(
      (socket, text) => {
        if (text === "PING") socket.send("PONG");
      },
      undefined,
      (used) => ({ ...fixedCredentials(used), changed$ }),
    );
    const seen = watch(channels.user(MARKET));
    await until(() => seen.length === 1);
    changed$.next(null);
    expect(seen).toEqual(["opened", "Error: the API credentials have changed"]);
  });

  it("does not open for a market that is not listed: its fees would be unknown", async () => {
    const { stub, channels } = await meet(() => undefined);
    const seen = watch(channels.user({ ...MARKET, id: marketId("0x1"), slug: "unheard-of" }));
    await until(() => seen.length === 1);

    expect(seen).toEqual(["Error: unheard-of is not listed"]);
    expect(stub.opened()).toBe(0);
  });
});

it("a PONG comes in time before silence ends a channel", () => {
  expect(CHANNEL_TIMING.pingEveryMs).toBeLessThanOrEqual(10_000);
  expect(CHANNEL_TIMING.silentMs).toBeGreaterThan(CHANNEL_TIMING.pingEveryMs);
});

it("a book request is over before the next may begin", () => {
  expect(WATCHDOG_TIMING.requestEveryMs).toBeGreaterThan(
    BOOK_REQUEST_MS.leave + BOOK_REQUEST_MS.answer + WATCHDOG_TIMING.settleMs,
  );
});
