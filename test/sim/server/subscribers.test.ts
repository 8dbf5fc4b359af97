/** No frame is made for nobody, and nobody misses one for that. */
import { expect, it } from "vitest";
import type { WebSocket } from "ws";
import { createClients } from "../../../src/sim/server/channels/clients.ts";
import type { Subscribers, ExchangeStep, Frame } from "../../../src/sim/server/channels/frame.ts";
import { stepFrames } from "../../../src/sim/server/channels/frames.ts";
import {
  type ChannelSubscription,
  NO_SUBSCRIPTION,
  wantsFrame,
} from "../../../src/sim/server/channels/subscriptions.ts";
import { EMPTY_REGISTRY } from "../../../src/sim/server/rest/registry.ts";
import { bookMetaAfter, type BookMetas } from "../../../src/sim/server/state/bookMeta.ts";
import { type Command, PLAIN_POLICY, type VenueFact } from "../../../src/sim/exchange/state.ts";
import { random } from "../../../src/sim/exchange/random.ts";
import { priceBp } from "../../../src/types/index.ts";
import { exchangeHarness, WINDOW_MS } from "../exchange/exchangeHarness.ts";

const EVERYBODY: Subscribers = { watches: () => true, follows: () => true };

/** As the connections of clients with these subscriptions make it. */
function subscribersOf(...subscriptions: readonly ChannelSubscription[]): Subscribers {
  const clients = createClients(() => expect.unreachable("nothing is sent"), {
    timers: { after: () => undefined, cancelAll: () => undefined },
    random: random(1),
  });
  const socket = { on: () => undefined } as unknown as WebSocket;
  for (const subscription of subscriptions) clients.add(socket, subscription);
  return clients.subscribers;
}

/** Orders that rest, match, are killed and cancelled; a finer tick; the end of the window, and the next. */
function steps() {
  const venue = exchangeHarness({ ann: 1_000, ben: 1_000 });
  const { market } = venue.market();
  let bookMeta: BookMetas = new Map();
  const all: ExchangeStep[] = [];
  const step = (act: () => readonly VenueFact[]): void => {
    const before = venue.state();
    const facts = act();
    bookMeta = bookMetaAfter(bookMeta, venue.state(), facts, venue.now());
    const policy = { ...PLAIN_POLICY, takerDelayMs: 0, tellsRemovals: true };
    const now = venue.now();
    all.push({
      before,
      after: venue.state(),
      facts,
      bookMeta,
      registry: EMPTY_REGISTRY,
      now,
      policy,
    });
  };
  const run = (command: Command): void => step(() => venue.run(command));
  const place = (account: string, token: "YES" | "NO", price: number, orderType?: "FOK"): void =>
    step(() =>
      venue.place({
        account,
        id: `${account} ${token} ${price}`,
        token,
        side: "BUY",
        price,
        size: 10,
        ...(orderType && { ticket: { orderType } }),
      }),
    );
  place("ann", "YES", 4_000);
  place("ann", "YES", 5_000);
  place("ben", "NO", 5_000);
  place("ben", "YES", 6_000, "FOK");
  step(() => venue.cancel("ann", "ann YES 4000"));
  run({ type: "changeTick", market: market.id, tick: priceBp(10) });
  step(() => venue.wait(WINDOW_MS));
  step(() => venue.wait(5_000));
  return { market, all };
}

it("a client gets the frames that it would get among everybody, and none is made for nobody", () => {
  const { market, all } = steps();
  const { YES, NO } = market.tokenIds;
  const wanted = (subscription: ChannelSubscription, subscribers: Subscribers): readonly Frame[] =>
    all
      .flatMap((one) => stepFrames(one, subscribers))
      .filter((frame) => wantsFrame(subscription, frame));
  const subscriptions: readonly ChannelSubscription[] = [
    { channel: "market", assets: new Set([YES]), isExtended: false },
    { channel: "market", assets: new Set([NO]), isExtended: true },
    { channel: "market", assets: new Set(), isExtended: true },
    { channel: "user", account: "ann", markets: null },
    { channel: "user", account: "ben", markets: new Set([market.id]) },
  ];
  for (const subscription of subscriptions) {
    const frames = wanted(subscription, EVERYBODY);
    expect(frames.length).toBeGreaterThan(0);
    expect(wanted(subscription, subscribersOf(NO_SUBSCRIPTION.user, subscription))).toEqual(frames);
  }
  const others: readonly ChannelSubscription[] = [
    NO_SUBSCRIPTION.market,
    NO_SUBSCRIPTION.user,
    { channel: "market", assets: new Set(["1"]), isExtended: false },
    { channel: "user", account: "eve", markets: null },
    { channel: "user", account: "ann", markets: new Set(["0x"]) },
  ];
  for (const subscribers of [subscribersOf(), subscribersOf(...others)])
    expect(all.flatMap((one) => stepFrames(one, subscribers))).toEqual([]);
});
