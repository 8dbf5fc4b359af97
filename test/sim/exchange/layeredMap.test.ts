import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type LayeredMap,
  entryCount,
  entryOf,
  withEntries,
  latestEntries,
} from "../../../src/sim/exchange/layeredMap.ts";
import { orderById } from "../../../src/sim/exchange/orders.ts";
import { ORDER_ORIGINS_MAX } from "../../../src/sim/server/state/bounds.ts";
import {
  EMPTY_REGISTRY,
  senderOf,
  withOrderOrigin,
} from "../../../src/sim/server/rest/registry.ts";
import { CLOSED_KEPT, TRADES_KEPT } from "../../../src/sim/exchange/state.ts";
import { epochMs, marketId, orderId } from "../../../src/types/index.ts";
import { address } from "../../../src/venue/polymarket/sign/address.ts";
import { exchangeHarness, only } from "./exchangeHarness.ts";

const one = (key: number, value = key): ReadonlyMap<number, number> => new Map([[key, value]]);

describe("a layered map", () => {
  it("is a map, and older versions stay as they were", () => {
    const more = fc.array(fc.tuple(fc.nat(200), fc.nat()), { maxLength: 5 });
    fc.assert(
      fc.property(fc.array(more, { maxLength: 60 }), (all) => {
        const reached: [LayeredMap<number, number>, ReadonlyMap<number, number>][] = [
          [[], new Map()],
        ];
        for (const entries of all) {
          const [kept, plain] = reached.at(-1) ?? expect.unreachable("there is a first");
          const next = new Map([...plain, ...entries]);
          reached.push([withEntries(kept, new Map(entries)), next]);
        }
        for (const [kept, plain] of reached)
          for (let key = 0; key <= 200; key += 1)
            // Half a million times: `expect` costs more than what it compares.
            if (entryOf(kept, key) !== plain.get(key))
              expect(entryOf(kept, key)).toBe(plain.get(key));
      }),
    );
  });

  it("copies each entry about ten times, however many there are", () => {
    let kept: LayeredMap<number, number> = [];
    let copied = 0;
    for (let key = 0; key < 50_000; key += 1) {
      const next = withEntries(kept, one(key));
      const old = new Set(kept);
      copied += entryCount(next.filter((layer) => !old.has(layer)));
      kept = next;
    }
    expect(entryCount(kept)).toBe(50_000);
    expect(copied / 50_000).toBeLessThan(12);
    expect(kept.length).toBeLessThan(64);
  });

  it("drops the oldest entries first, a layer at a time", () => {
    let kept: LayeredMap<number, number> = [];
    let least = Infinity;
    let most = 0;
    for (let key = 0; key < 30_000; key += 1) {
      kept = latestEntries(withEntries(kept, one(key)), 10_000);
      if (key >= 10_000) least = Math.min(least, entryCount(kept));
      most = Math.max(most, entryCount(kept));
    }
    expect(most).toBeLessThanOrEqual(10_000);
    expect(least).toBeGreaterThan(8_500);
    const firstKept = 30_000 - entryCount(kept);
    expect([firstKept - 1, firstKept, 29_999].map((key) => entryOf(kept, key))).toEqual([
      undefined,
      firstKept,
      29_999,
    ]);
  });

  it("never drops its last layer, however large it is", () => {
    const all = new Map(Array.from({ length: 50 }, (_, key) => [key, key]));
    expect(entryCount(latestEntries(withEntries([one(100)], all), 10))).toBe(51);
    const full = new Map(Array.from({ length: 2_000 }, (_, key) => [key, key]));
    expect(latestEntries(withEntries([full], all), 10)).toEqual([all]);
  });
});

describe("closed orders", () => {
  it("are dropped when there are too many: a cancel then finds no such order", () => {
    const venue = exchangeHarness({ a: 1_000 });
    const low = { account: "a", token: "YES", side: "BUY", price: 100, size: 5 } as const;
    for (let index = 0; index < CLOSED_KEPT + 2_000; index += 1) {
      venue.place({ ...low, id: `${index}` });
      venue.cancel("a", `${index}`);
    }
    const { closed } = venue.market();
    expect(entryCount(closed)).toBeLessThanOrEqual(CLOSED_KEPT);
    const [gone, last] = ["0", `${CLOSED_KEPT + 1_999}`];
    expect(orderById(venue.market(), orderId(gone))).toBeUndefined();
    expect(
      only(venue.cancel("a", gone, last), "cancel.refused").map(({ refusal }) => refusal.text),
    ).toEqual([
      "order can't be found - already canceled or matched",
      "the order is already canceled",
    ]);
  });
});

describe("finished trades", () => {
  it("are dropped when there are too many, the oldest first", () => {
    const venue = exchangeHarness({ a: 1_000_000, b: 1_000_000 }, { windowMs: 86_400_000 });
    const bid = { side: "BUY", price: 5000 } as const;
    for (let count = 0; count < TRADES_KEPT + 50; count += 50) {
      venue.place({ ...bid, account: "a", token: "YES", id: `a${count}`, size: 250 });
      for (let index = count; index < count + 50; index += 1)
        venue.place({ ...bid, account: "b", token: "NO", id: `b${index}`, size: 5 });
      for (const _ of ["mined", "confirmed"]) venue.wait(4_000);
    }
    const { finished } = venue.market();
    const ids = [finished[0], finished.at(-1)].map((trade) => trade?.legs[0]?.fill.orderId);
    expect([finished.length, ...ids]).toEqual([TRADES_KEPT, "b50", `b${TRADES_KEPT + 49}`]);
  });
});

describe("the server's note of an order", () => {
  it("is dropped with the order, and not while the order is live", () => {
    const [market, maker] = [marketId("m"), address(`0x${"1".repeat(40)}`)];
    const note = (id: string) => ({
      id: orderId(id),
      market,
      owner: `key ${id}`,
      account: maker,
      maker,
      orderType: "GTC" as const,
      placedAt: epochMs(1),
    });
    const isLive = (id: string): boolean => id === "0";
    let registry = EMPTY_REGISTRY;
    for (let index = 0; index <= ORDER_ORIGINS_MAX; index += 1)
      registry = withOrderOrigin(registry, note(`${index}`), isLive);
    expect(entryCount(registry.orderOrigins.get(market) ?? [])).toBe(2);
    const owner = (id: string): string =>
      senderOf(registry, { id: orderId(id), market, account: "a" }).owner;
    expect([owner("0"), owner(`${ORDER_ORIGINS_MAX}`)]).toEqual([
      "key 0",
      `key ${ORDER_ORIGINS_MAX}`,
    ]);
    expect(owner("1")).not.toBe("key 1");
  });
});
