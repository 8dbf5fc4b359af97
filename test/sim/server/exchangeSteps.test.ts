import { NEVER } from "rxjs";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../../src/sim/server/channels/frame.ts";
import { exchangeSteps } from "../../../src/sim/server/exchangeSteps.ts";
import { createStateHolder } from "../../../src/sim/server/stateHolder.ts";
import { requestContext } from "../../../src/sim/server/venueState.ts";
import { PLAIN_POLICY } from "../../../src/sim/exchange/state.ts";
import { after, microUsdc, orderId, priceBp, type Token } from "../../../src/types/index.ts";
import { exchangeHarness, shares } from "../exchange/exchangeHarness.ts";
import { signer } from "./served.ts";

/** A venue whose clock moves on by a millisecond with each reading, as a real one may. */
function venueInRealTime() {
  const exchange = exchangeHarness({ maker: 1_000, taker: 1_000 });
  const { market } = exchange.market();
  const holder = createStateHolder();
  const frames: Frame[] = [];
  const nothing = (): void => undefined;
  const rules = {
    seed: 1,
    generation: "v1",
    series: [],
    cash: microUsdc(0),
    signer,
    policy: { ...PLAIN_POLICY, takerDelayMs: 0, tellsRemovals: true },
    openedAt: exchange.now(),
  } as const;
  let readings = 0;
  const apply = exchangeSteps({
    holder,
    store: {
      state: exchange.state,
      stateBefore: exchange.state,
      apply: exchange.run,
      tried: () => [],
      fact$: NEVER,
    },
    context: () => {
      readings += 1;
      const now = after(exchange.now(), readings);
      return requestContext(holder.state(), exchange.state(), rules, now);
    },
    clients: {
      add: () => expect.unreachable("nobody connects"),
      subscribers: { watches: () => true, follows: () => true },
      broadcast: (frame) => frames.push(frame),
      broadcastReference: nothing,
      broadcastPrices: nothing,
      reply: nothing,
      thaw: nothing,
      drop: nothing,
      announceShutdown: nothing,
    },
    rules,
  });
  return {
    /** The time of the book that is hashed, and the times that the frames of the step carry. */
    placed: (account: "maker" | "taker", token: Token) => {
      frames.length = 0;
      const ticket = {
        market: market.id,
        tokenId: market.tokenIds[token],
        side: "BUY",
        price: priceBp(5_000),
        size: shares(10),
        salt: 0,
        createdAt: exchange.now(),
        expiresAt: null,
        orderType: "GTC",
        postOnly: false,
      } as const;
      apply({ type: "place", account, id: orderId(account), ticket });
      const times = frames
        .filter(({ channel }) => channel === "market")
        .map(({ payload }) => (payload as { readonly timestamp: string }).timestamp);
      return { times, hashed: String(holder.state().bookMeta.get(market.id)?.changedAt) };
    },
  };
}

describe("a step of the served exchange", () => {
  it("has one time: every frame carries the time that its hash covers", () => {
    const venue = venueInRealTime();
    // The second order is matched with the first: a YES and a NO are minted.
    for (const [account, token] of [
      ["maker", "YES"],
      ["taker", "NO"],
    ] as const) {
      const { times, hashed } = venue.placed(account, token);
      expect(times.length).toBeGreaterThan(0);
      expect([...new Set(times)]).toEqual([hashed]);
    }
  });
});
