/** The price socket: its frames, and our own client reading them. */
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { priceOf } from "../../../src/sim/exchange/state.ts";
import { MICRO } from "../../../src/types/index.ts";
import { decodePriceFrame } from "../../../src/venue/polymarket/decode/decodePrice.ts";
import {
  client,
  type Client,
  connected,
  control,
  served,
  settled,
  type Served,
  type Socket,
} from "./served.ts";
import { until } from "../../support/patience.ts";

const PLAIN = { channel: "price.crypto", filter: { symbol: "btcusd" } };
const MEAN = { channel: "price.crypto.twap", filter: { symbol: "btcusd", window_seconds: 60 } };

const opened = (venue: Served): Promise<Socket> => connected(venue.at.priceSocket);

async function answered(socket: Socket, message: unknown): Promise<any[]> {
  const before = socket.events().length;
  socket.send(message);
  await until(() => socket.events().length > before);
  return socket.events().slice(before);
}

function proof({ credentials }: Client) {
  const { apiKey, secret, passphrase } = credentials;
  const auth = { apiKey, secret: secret.reveal(), passphrase: passphrase.reveal() };
  return { op: "auth", rid: "1", auth };
}

async function following(venue: Served, ...subscriptions: readonly unknown[]): Promise<Socket> {
  const socket = await opened(venue);
  expect(await answered(socket, proof(await client(venue)))).toEqual([{ op: "authed", rid: "1" }]);
  await answered(socket, { op: "subscribe", rid: "2", subscriptions });
  return socket;
}

describe("the price socket", () => {
  it("starts with a snapshot, then sends every second without a gap", async () => {
    const venue = await served();
    venue.run(5_000);
    const socket = await following(venue, PLAIN);
    const [subscribed, snapshot] = socket.events().slice(1);
    expect(subscribed).toEqual({ op: "subscribed", rid: "2", channel: "price.crypto" });
    expect(snapshot).toMatchObject({ v: 1, channel: "price.crypto", seq: 1, snapshot: true });
    const stamps = snapshot.payload.data.map(({ timestamp }: { timestamp: number }) => timestamp);
    const first = Math.floor(venue.now() / 1_000) * 1_000 - 5_000;
    expect(stamps).toEqual([0, 1, 2, 3, 4, 5].map((second) => first + second * 1_000));
    venue.run(3_000);
    await until(() => socket.events().length >= 6);
    const frames = socket.events().slice(3);
    expect(frames.map(({ seq }) => seq)).toEqual([2, 3, 4]);
    expect(frames.map(({ payload }) => payload.timestamp - first)).toEqual([6_000, 7_000, 8_000]);
    const now = (priceOf(venue.state(), {})?.reference ?? Number.NaN) / MICRO;
    expect(frames[2].payload.value).toBeCloseTo(now, -2);
    expect(Number(frames[2].payload.full_accuracy_value)).toBeCloseTo(frames[2].payload.value, 1);
  });

  it("sends the mean of a minute, which our client reads", async () => {
    const venue = await served();
    venue.run(70_000);
    const socket = await following(venue, PLAIN, MEAN);
    const { data } = socket.events().find(({ snapshot }) => snapshot).payload;
    expect(data).toHaveLength(60);
    venue.run(1_000);
    await until(() => socket.events().some(({ channel, seq }) => channel === MEAN.channel && seq));
    await until(() => socket.events().filter(({ seq }) => seq === 2).length === 1);
    const plain = socket.events().find(({ seq }) => seq === 2);
    const minute = [...data.slice(1), plain.payload];
    const sum = minute.reduce((total, it) => total + Number(it.full_accuracy_value), 0);
    const text = socket.texts.find((it) => it.includes('"window_seconds":60')) ?? "";
    expect(JSON.parse(text)).toMatchObject({ channel: MEAN.channel, seq: 1 });
    const frame = decodePriceFrame(text, "btcusd");
    if (frame.type !== "price") return expect.unreachable(frame.type);
    expect(frame.item.mean / MICRO).toBeCloseTo(sum / 60, 5);
    expect(frame.item.at).toBe(plain.payload.timestamp);
  });

  it("sends the twap that decides a five-minute window and is the next one's strike", async () => {
    const venue = await served({ windowMs: 300_000, traders: "empty" });
    const { market } = venue.market();
    const socket = await following(venue, MEAN);
    venue.run(301_000);
    const isLast = (event: any) => event.payload?.timestamp === market.endsAt;
    await until(() => socket.events().some(isLast));
    const mean = Number(socket.events().find(isLast).payload.full_accuracy_value);
    const [over, next] = [...venue.state().markets.values()];
    expect(next?.market.strike).toBe(Math.round(mean * MICRO));
    expect(over?.winner).toBe(mean >= market.strike / MICRO ? "YES" : "NO");
    expect(next?.market.strike).not.toBe(priceOf(venue.state(), {})?.reference);
  });

  it("sends each coin its own price, to those that follow it", async () => {
    const venue = await served({ coins: ["btc", "eth"], traders: "empty" });
    const both = await following(venue, MEAN, {
      ...MEAN,
      filter: { ...MEAN.filter, symbol: "ethusd" },
    });
    const one = await following(venue, MEAN);
    venue.run(3_000);
    await until(() => both.events().length >= 6 && one.events().length >= 3);
    const dollars = (events: any[], symbol: string): Set<number> =>
      new Set(
        events
          .filter(({ payload }) => payload?.symbol === symbol)
          .map(({ payload }) => Math.round(payload.value / 1_000)),
      );
    expect(dollars(both.events(), "btcusd")).toEqual(new Set([60]));
    expect(dollars(both.events(), "ethusd")).toEqual(new Set([6]));
    expect(dollars(one.events(), "ethusd")).toEqual(new Set());
    expect(both.events().flatMap(({ seq }) => seq ?? [])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("refuses unknown messages, and closes after a failed login", async () => {
    const venue = await served();
    const socket = await opened(venue);
    const refusal = async (message: unknown) => (await answered(socket, message))[0].code;
    const subscribe = (...subscriptions: readonly unknown[]) => ({
      op: "subscribe",
      rid: "2",
      subscriptions,
    });
    expect(await refusal(subscribe(PLAIN))).toBe("auth_required");
    expect(await refusal("nonsense")).toBe("bad_op");
    await answered(socket, proof(await client(venue)));
    expect(await refusal(subscribe({ ...PLAIN, channel: "price.equity" }))).toBe("bad_channel");
    expect(await refusal(subscribe({ ...PLAIN, filter: { symbol: "btc/usd" } }))).toBe(
      "bad_filter",
    );
    expect(
      await refusal(subscribe({ ...MEAN, filter: { symbol: "btcusd", window_seconds: 30 } })),
    ).toBe("bad_filter");
    expect(await refusal(subscribe(...Array.from({ length: 65 }, () => PLAIN)))).toBe("sub_limit");
    const stranger = await opened(venue);
    const ended = once(stranger.socket, "close");
    const { auth } = proof(await client(venue));
    stranger.send({ op: "auth", rid: "1", auth: { ...auth, secret: "c2VjcmV0" } });
    expect((await ended)[0]).toBe(4001);
  });

  it("is dropped and frozen with the reference channel", async () => {
    const venue = await served();
    const socket = await following(venue, MEAN);
    await control(venue, { do: "freeze", channel: "reference", forMs: 60_000 });
    const before = socket.events().length;
    venue.run(3_000);
    const market = await connected(venue.at.marketSocket);
    await settled(market);
    expect(socket.events()).toHaveLength(before);
    const ended = once(socket.socket, "close");
    await control(venue, { do: "drop", channel: "reference", forMs: 1_000 });
    await ended;
  });
});
