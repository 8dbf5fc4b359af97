/** The client's shells against the simulated venue, over loopback in real time: nothing is stubbed. */
import { firstValueFrom, type Observable, Subscription, take } from "rxjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { syntheticReference } from "../../src/sim/index.ts";
import { type Endpoints, rollingWindows, venueServer } from "../../src/sim/server/index.ts";
import {
  after,
  type Connections,
  type Link,
  type Market,
  MICRO,
  microShares,
  microUsdc,
  orderId,
  type OrderTicket,
  type PlaceLeg,
  priceBp,
  referencePrice,
  type Venue,
} from "../../src/types/index.ts";
import { klines, referenceStream, STREAM_TIMING } from "../../src/venue/binance/index.ts";
import {
  addressOf,
  CHANNEL_TIMING,
  chooseSigner,
  decodeApiKey,
  decodeGammaEvents,
  l1Headers,
  type Listing,
  type DecodeWarning,
  fixedCredentials,
  parseCredentials,
  parsePrivateKey,
  polymarketChannels,
  polymarketVenue,
  type WatchdogReport,
  VENUE_TIMING,
  WATCHDOG_TIMING,
} from "../../src/venue/polymarket/index.ts";
import { systemClock, systemScheduler } from "../../src/runtimes/system.ts";
import { lastingWindowMs, later, timeByTurns, until } from "../support/patience.ts";

timeByTurns();

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const running = new Subscription();
const warnings: [string, DecodeWarning][] = [];
const sightings: WatchdogReport[] = [];
let at: Endpoints;
let market: Market;
let venue: Venue;
let channels: Pick<Connections, "market" | "user">;

beforeAll(async () => {
  const signer = await chooseSigner(silent);
  const server = venueServer(
    {
      port: 0,
      host: "127.0.0.1",
      isPublic: false,
      seed: 1,
      series: [rollingWindows(lastingWindowMs())],
      generation: "v1",
      cash: microUsdc(1_000 * MICRO),
      volatilityPerSqrtSecond: 8e-5,
    },
    {
      scheduler: systemScheduler,
      clock: systemClock,
      signer,
      log: silent,
      reference$: syntheticReference(
        {
          seed: 1,
          startPrice: referencePrice(60_000 * MICRO),
          volatilityPerSqrtSecond: 8e-5,
          tickMs: 80,
        },
        systemScheduler,
      ),
    },
  );
  at = await new Promise<Endpoints>((resolve) => {
    running.add(server.endpoints$.subscribe(resolve));
  });

  const key = parsePrivateKey("1".padStart(64, "0")) ?? expect.unreachable("no key");
  const owner = addressOf(signer, key);
  const now = systemClock.now().epochMs;
  const made = await fetch(`${at.rest}/auth/derive-api-key`, {
    headers: l1Headers(signer, key, { now, nonce: 0, chainId: 137 }).reveal(),
  });
  const { answer } = decodeApiKey({
    status: made.status,
    text: await made.text(),
    retryAfter: null,
  });
  const credentials =
    (answer.type === "answered" ? parseCredentials(answer.value) : null) ??
    expect.unreachable("no credentials");

  const events = await fetch(`${at.gamma}/events/keyset?closed=false&limit=100`);
  const { listed } = decodeGammaEvents(await events.text()).answer;
  const current =
    listed.find((one) => one.market.opensAt <= now && now < one.market.endsAt) ??
    expect.unreachable("no window");
  const strike = current.strike ?? referencePrice(60_000 * MICRO);
  market = { ...current.market, strike, settledBy: "twap60" };
  const listings = new Map<Market["id"], Listing>([[market.id, current]]);

  const onDecodeWarning = (source: string, warning: DecodeWarning): unknown =>
    warnings.push([source, warning]);
  const met = polymarketVenue(
    {
      origin: at.rest,
      identity: {
        account: { owner, wallet: "key", maker: owner },
        key,
        signer,
        credentials: fixedCredentials(credentials),
      },
      listings,
      onDecodeWarning,
      timing: VENUE_TIMING,
    },
    { clock: systemClock, scheduler: systemScheduler },
  );
  ({ venue } = met);
  running.add(met.background$.subscribe());
  channels = polymarketChannels(
    {
      marketUrl: at.marketSocket,
      userUrl: at.userSocket,
      origin: at.rest,
      credentials: fixedCredentials(credentials),
      wallet: owner,
      listings,
      onDecodeWarning,
      onWatchdogReport: (sighting) => sightings.push(sighting),
      timing: CHANNEL_TIMING,
      watchTiming: WATCHDOG_TIMING,
    },
    { clock: systemClock, scheduler: systemScheduler },
  );
});
afterAll(() => {
  running.unsubscribe();
});

const one = <T>(answer$: Observable<T>): Promise<T> => firstValueFrom(answer$);

function watch<Item>(link$: Observable<Link<Item>>): readonly unknown[] {
  const seen: unknown[] = [];
  running.add(
    link$.subscribe({
      next: (link) => seen.push(link.type === "item" ? link.item : link.type),
      error: (error: unknown) => seen.push(String(error)),
    }),
  );
  return seen;
}

let salts = 1;
function leg(price: number): PlaceLeg {
  const createdAt = systemClock.now().epochMs;
  const ticket: OrderTicket = {
    market: market.id,
    tokenId: market.tokenIds.YES,
    side: "BUY",
    price: priceBp(price),
    size: microShares(20 * MICRO),
    salt: (salts += 1),
    createdAt,
    expiresAt: after(createdAt, 300_000),
    orderType: "GTD",
    postOnly: true,
  };
  return {
    orderId: venue.orderId(ticket),
    ticket,
    epoch: { account: 0, market: 0 },
    liveAfter: 1,
  };
}

describe("the client over loopback", () => {
  it("[J] an order is acked by the id it had before, seen on both ways, and cancelled", async () => {
    const books = watch(channels.market(market));
    const own = watch(channels.user(market));
    await until(() => books.length > 2 && own.length > 0);
    expect(books[0]).toBe("opened");
    expect(own[0]).toBe("opened");

    const legs = [leg(100), leg(200)];
    const ids = legs.map(({ orderId: id }) => id);
    const [first] = ids;
    expect(await one(venue.place(legs, () => true))).toEqual({
      type: "answered",
      legs: ids.map((id) => ({ type: "acked", orderId: id })),
    });
    await until(() => own.length >= 3);
    expect(await one(venue.openOrders(market.id))).toMatchObject({
      type: "answered",
      value: expect.arrayContaining(
        ids.map((id) => expect.objectContaining({ orderId: id, status: "live" }) as unknown),
      ) as unknown,
    });
    expect(await one(venue.order(first ?? orderId("")))).toMatchObject({
      type: "answered",
      value: { orderId: first, size: 20_000_000 },
    });
    expect(await one(venue.order(orderId(`0x${"7".repeat(64)}`)))).toEqual({
      type: "answered",
      value: null,
    });
    expect(await one(venue.cancel([first ?? orderId("")]))).toMatchObject({ cancelled: [first] });
    expect(await one(venue.cancelAll(market.id))).toMatchObject({ cancelled: ids.slice(1) });
    expect(await one(venue.openOrders(null))).toEqual({ type: "answered", value: [] });
    await until(() => own.length >= 5);
    expect(warnings).toEqual([]);
    // Every check sum of the venue was right.
    expect(sightings).toEqual([]);
  });

  it("reads what it owns, its trades, and beats", async () => {
    expect(await one(venue.balances(market.id))).toMatchObject({
      type: "answered",
      value: { cash: 1_000 * MICRO, YES: 0, NO: 0 },
    });
    expect(await one(venue.trades(market.id, market.opensAt))).toEqual({
      type: "answered",
      value: [],
    });
    expect(await one(venue.heartbeat())).toEqual({ type: "answered", value: null });
    expect(await one(venue.heartbeat())).toEqual({ type: "answered", value: null });
  });

  it("does not leave where the fence says no", async () => {
    expect(await one(venue.place([leg(100)], () => false))).toMatchObject({ type: "notSent" });
    await later(50);
    expect(await one(venue.openOrders(null))).toEqual({ type: "answered", value: [] });
  });

  it("a refusal has its reason", async () => {
    const { ticket, ...rest } = leg(100);
    const small = { ...rest, ticket: { ...ticket, size: microShares(MICRO) } };
    expect(await one(venue.place([small], () => true))).toMatchObject({
      type: "answered",
      legs: [{ type: "rejected", refusal: { reason: "orderSizeMin" } }],
    });
  });

  it("Binance: prices stream, and candles are read", async () => {
    const prices = await one(
      referenceStream(
        {
          origin: new URL(at.binanceSocket).origin.replace("null", at.binanceSocket),
          symbol: "btcusdt",
          onDecodeWarning: (warning) => warnings.push(["binance", warning]),
          timing: STREAM_TIMING,
        },
        { clock: systemClock, scheduler: systemScheduler },
      ).pipe(take(1)),
    );
    expect(prices).toEqual({ type: "opened" });
    const ask = klines({ origin: at.binanceRest, answerMs: 1_000 }, systemScheduler);
    const answer = await one(
      ask({ symbol: "BTCUSDT", interval: "1m", since: market.opensAt, limit: 5 }),
    );
    expect(answer).toMatchObject({ type: "answered" });
  });
});
