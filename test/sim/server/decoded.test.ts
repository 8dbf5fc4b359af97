/** Our own decoders read everything the served venue sends, without a decode warning. */
import { expect, it } from "vitest";
import { type MarketItem, NO_USDC, type UserItem } from "../../../src/types/index.ts";
import {
  decodeCancelAnswer,
  decodeClobMarket,
  decodeGammaEvents,
  decodeHeartbeat,
  decodeMarketFrame,
  decodeOrdersPage,
  decodePlaceAnswer,
  decodeTradesPage,
  decodeUserFrame,
  disagreements,
  settlementConflict,
} from "../../../src/venue/polymarket/index.ts";
import { levels } from "../../../src/sim/exchange/matching.ts";
import {
  client,
  type Client,
  connected,
  control,
  get,
  type Reply,
  served,
  settled,
} from "./served.ts";

const LOW = ["BUY", "YES", 100, 20] as const;

const replied = ({ status, body }: Reply) => ({
  status,
  text: JSON.stringify(body),
  retryAfter: null,
});

it.each([
  ["v1", 300_000],
  ["v2", 300_000],
  ["v1", 60_000],
] as const)(
  "a window of %s and %i ms is listed, and both places agree on it",
  async (generation, windowMs) => {
    const venue = await served({ generation, windowMs });
    const { market } = venue.market();
    const { settledBy } = market;
    const events = await get(venue, `/gamma/events?slug=${market.slug}`);
    const { answer, warnings } = decodeGammaEvents(JSON.stringify(events.body));
    expect([warnings, answer.unlisted]).toEqual([[], []]);
    const listing = answer.listed[0] ?? expect.unreachable("not listed");
    expect(listing).toMatchObject({
      isTradeReady: true,
      strike: market.strike,
      exchange: generation === "v1" ? "2" : "3",
      market: {
        id: market.id,
        tokenIds: market.tokenIds,
        opensAt: market.opensAt,
        endsAt: market.endsAt,
      },
    });
    expect(listing.saidSettlement).toEqual({
      isByMean: settledBy === "twap60",
      meanS: settledBy === "twap60" ? 60 : null,
    });
    expect(settlementConflict(listing, settledBy)).toBeNull();
    const clob = decodeClobMarket(replied(await get(venue, `/clob-markets/${market.id}`)));
    expect(clob.warnings).toEqual([]);
    const read = clob.answer.type === "answered" ? clob.answer.value : null;
    expect(disagreements(listing, read ?? expect.unreachable("not read"))).toEqual([]);
  },
);

it("orders, trades and both channels decode", async () => {
  const venue = await served();
  const [us, other] = [await client(venue), await client(venue, 2)];
  const { market } = venue.market();
  const account = { apiKey: us.credentials.apiKey, wallet: us.owner, isOurs: () => false };
  const traded = { ...market, feeRate: NO_USDC };
  const [books, user] = [
    await connected(venue.at.marketSocket),
    await connected(venue.at.userSocket),
  ];
  const assets_ids = [market.tokenIds.YES, market.tokenIds.NO];
  books.send({ assets_ids, type: "market", custom_feature_enabled: true });
  const { apiKey, secret, passphrase } = us.credentials;
  user.send({
    auth: { apiKey, secret: secret.reveal(), passphrase: passphrase.reveal() },
    type: "user",
  });
  await settled(books);
  await settled(user);

  const placed = decodePlaceAnswer(replied(await us.place(["BUY", "YES", 5000, 20])), 1);
  expect(placed).toMatchObject({ answer: { legs: [{ type: "acked" }] }, warnings: [] });
  const refused = decodePlaceAnswer(replied(await us.place(["BUY", "YES", 5000, 3])), 1);
  expect(refused.answer).toMatchObject({ legs: [{ refusal: { reason: "orderSizeMin" } }] });
  await other.place(["BUY", "NO", 5000, 8]);
  venue.run(12_000);
  await us.ask("DELETE", "/cancel-all");
  await settled(books);
  await settled(user);

  const orders = decodeOrdersPage(replied(await other.ask("GET", "/data/orders")), [market]);
  expect(orders).toMatchObject({ answer: { type: "answered" }, warnings: [] });
  const trades = decodeTradesPage(replied(await us.ask("GET", "/data/trades")), traded, account);
  expect(trades).toMatchObject({ answer: { type: "answered" }, warnings: [] });
  expect(JSON.stringify(trades.answer)).toContain('"size":8000000');
  const beat = await us.ask("POST", "/v1/heartbeats", { heartbeat_id: "" });
  expect(decodeHeartbeat(replied(beat)).answer).toMatchObject({ value: { type: "beaten" } });

  const userItems: UserItem[] = user.texts.flatMap((text) => {
    const { items, warnings } = decodeUserFrame(text, traded, account);
    expect(warnings).toEqual([]);
    return items;
  });
  const statuses = userItems.map((item) => `${item.type} ${item.report.status}`);
  expect(statuses.slice(0, 3)).toEqual(["order live", "order live", "trade matched"]);
  expect(statuses).toContain("trade confirmed");

  const marketItems: MarketItem[] = books.texts.flatMap((text) => {
    const { items, warnings } = decodeMarketFrame(text, market);
    expect(warnings).toEqual([]);
    return items;
  });
  const shown = new Map<number, number>();
  for (const item of marketItems) {
    if (item.type === "book" && item.token === "YES") {
      shown.clear();
      for (const { price, size } of item.book.bids) shown.set(price, size);
    } else if (item.type === "level" && item.token === "YES" && item.side === "BUY") {
      const { price, size } = item.level;
      if (size === 0) shown.delete(price);
      else shown.set(price, size);
    }
  }
  const truth = levels(venue.market().book, "YES").bids;
  expect([...shown].toSorted(([a], [b]) => b - a)).toEqual(
    truth.map(({ price, size }) => [price, size]),
  );
});

/** As the decoder wants an answer, with the headers that a refusal may carry. */
const wireAnswer = ({ status, body, headers }: Awaited<ReturnType<Client["heard"]>>) => ({
  status,
  text: JSON.stringify(body),
  retryAfter: headers.get("retry-after"),
});

it("the refusal of each mode, limit and fault decodes to its reason", async () => {
  const venue = await served();
  const us = await client(venue);
  const placed = async () =>
    decodePlaceAnswer(wireAnswer(await us.heard("POST", "/order", us.signed(LOW).body)), 1).answer;
  const cancelled = async () =>
    decodeCancelAnswer(wireAnswer(await us.heard("DELETE", "/cancel-all"))).answer;
  const refused = (reason: string, retryAfterMs: number | null = null) => ({
    legs: [{ refusal: { reason, retryAfterMs } }],
  });
  const modes = [
    // A 425 does not prove that nothing was carried out.
    [
      "restarting",
      { type: "lost", refusal: { reason: "restarting", retryAfterMs: 30_000 } },
      { type: "lost", refusal: { reason: "restarting" } },
    ],
    ["postOnly", refused("postOnlyMode", 30_000), null],
    ["cancelOnly", refused("cancelOnly"), null],
    [
      "paused",
      refused("tradingDisabled"),
      { type: "refused", refusal: { reason: "tradingDisabled" } },
    ],
  ] as const;
  for (const [mode, place, cancel] of modes) {
    await control(venue, { do: "mode", mode, forMs: 30_000 });
    expect(await placed()).toMatchObject(place);
    expect(await cancelled()).toMatchObject(cancel ?? { type: "answered" });
  }
  await control(venue, { do: "clear" });
  await control(venue, { do: "limits", enforcement: "enforced" });
  const ids = Array.from({ length: 120 }, (_, at) => `0x${at}`);
  expect((await us.ask("DELETE", "/orders", ids)).status).toBe(200);
  expect(await cancelled()).toMatchObject({
    refusal: { reason: "rateLimited", retryAfterMs: 1_000 },
  });
  await control(venue, { do: "clear" });
  for (const [status, answer] of [
    [425, { type: "lost", refusal: { reason: "restarting", retryAfterMs: 1_000 } }],
    [429, { type: "lost", refusal: { reason: "rateLimited", retryAfterMs: 1_000 } }],
    [503, refused("tradingDisabled")],
    [500, { type: "lost" }],
    [502, { type: "lost" }],
  ] as const) {
    await control(venue, { do: "fail", ratio: 1, status });
    expect(await placed()).toMatchObject(answer);
  }
});

it("a bad day on both channels decodes without a warning", async () => {
  const venue = await served({
    scenario: { fee: { rateBp: 700, exponent: 1 }, selfTrade: "allow" },
  });
  venue.run(2_000);
  const us = await client(venue);
  const { market } = venue.market();
  const account = { apiKey: us.credentials.apiKey, wallet: us.owner, isOurs: () => false };
  const [books, user] = [
    await connected(venue.at.marketSocket),
    await connected(venue.at.userSocket),
  ];
  const assets_ids = [market.tokenIds.YES, market.tokenIds.NO];
  books.send({ assets_ids, type: "market", custom_feature_enabled: true });
  const { apiKey, secret, passphrase } = us.credentials;
  const auth = { apiKey, secret: secret.reveal(), passphrase: passphrase.reveal() };
  user.send({ auth, type: "user" });
  await settled(books);
  await settled(user);

  await us.place(["BUY", "YES", 9000, 900], { orderType: "FOK" });
  await control(venue, { do: "retryTrades", ratio: 1 });
  await us.place(["BUY", "YES", 9700, 10], { orderType: "FAK" });
  await control(venue, { do: "clear" });
  await control(venue, { do: "failTrades", ratio: 1 });
  await us.place(["BUY", "NO", 9700, 10], { orderType: "FOK" });
  await control(venue, { do: "clear" });
  await us.place(["BUY", "YES", 5500, 30]);
  await us.place(["BUY", "NO", 5500, 30]);
  await us.place(LOW);
  await control(venue, { do: "tick", tick: "0.001" });
  venue.run(20_000);
  await control(venue, { do: "wallet", account: us.owner, cash: "0.01" });
  venue.run(300_000);
  await settled(books);
  await settled(user);

  const { warnings: marketWarnings } = collected(
    books.texts.map((text) => decodeMarketFrame(text, market)),
  );
  expect(marketWarnings).toEqual([]);
  const traded = { ...market, feeRate: NO_USDC };
  const frames = user.texts.map((text) => decodeUserFrame(text, traded, account));
  const { warnings, items } = collected(frames);
  expect(warnings).toEqual([]);
  // A market BUY is counted in dollars: its shares are not known.
  expect(items[0]).toMatchObject({
    type: "order",
    report: { status: "cancelled", price: 9000, size: 0, sizeMatched: 0 },
  });
  const seen = new Set(items.map(({ type, report }) => `${type} ${report.status}`));
  for (const status of ["matched", "retrying", "mined", "confirmed", "failed"])
    expect(seen).toContain(`trade ${status}`);
  for (const status of ["live", "matched", "cancelled"]) expect(seen).toContain(`order ${status}`);
  const orders = decodeOrdersPage(replied(await us.ask("GET", "/data/orders")), [market]);
  expect(orders.warnings).toEqual([]);
  const trades = decodeTradesPage(replied(await us.ask("GET", "/data/trades")), traded, account);
  expect(trades.warnings).toEqual([]);
});

const collected = <Item>(
  frames: readonly { readonly items: readonly Item[]; readonly warnings: readonly unknown[] }[],
) => ({
  items: frames.flatMap(({ items }) => items),
  warnings: frames.flatMap(({ warnings }) => warnings),
});
