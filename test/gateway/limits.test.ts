/** The venue's limits by signer and by address: which of them binds us, and that ours keep both. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  CANCEL_REQUESTS,
  IP_LIMITS,
  type IpLimit,
  PLACE_REQUESTS,
  READS,
  TIERS,
  type Tier,
} from "../../src/gateway/limits.ts";
import type { BucketSize } from "../../src/operators/index.ts";

const TEN_S = 10;
const TEN_MIN = 600;

/** The most that a bucket gives in so many seconds. */
const most = ({ perSecond, burst }: BucketSize, seconds: number): number =>
  burst + perSecond * seconds;

const keeps = (bucket: BucketSize, { per10s, per10min }: IpLimit): boolean =>
  most(bucket, TEN_S) <= per10s && (per10min === null || most(bucket, TEN_MIN) <= per10min);

const tiers = Object.entries<Tier>(TIERS);

describe("one address", () => {
  it("may make every request for orders that ours lets through, to either endpoint", () => {
    for (const endpoint of ["POST /order", "POST /orders"] as const) {
      expect(keeps(PLACE_REQUESTS, IP_LIMITS[endpoint])).toBe(true);
    }
    for (const endpoint of ["DELETE /order", "DELETE /orders"] as const) {
      expect(keeps(CANCEL_REQUESTS, IP_LIMITS[endpoint])).toBe(true);
    }
  });

  it("may make every read that ours lets through, were all of them of the narrowest kind", () => {
    for (const endpoint of [
      "GET /balance-allowance",
      "GET /data/orders",
      "GET /data/trades",
    ] as const) {
      expect(keeps(READS, IP_LIMITS[endpoint])).toBe(true);
    }
  });

  it("may ask for a cancel-all of every market, four times a second, with three markets at once", () => {
    const stops: BucketSize = { perSecond: 3 * 4, burst: 3 };
    expect(keeps(stops, IP_LIMITS["DELETE /cancel-market-orders"])).toBe(true);
  });
});

describe("of signer and address, the narrower", () => {
  const narrower = (endpoint: "POST /order" | "POST /orders", legs: number): readonly string[] =>
    tiers
      .filter(([, { orders }]) =>
        keeps(
          { perSecond: orders.perSecond / legs, burst: orders.burst / legs },
          IP_LIMITS[endpoint],
        ),
      )
      .map(([name]) => name);
  const all = tiers.map(([name]) => name);

  it("for places is the signer where the tier is small or the waves are large; else the address", () => {
    expect(narrower("POST /order", 1)).toEqual(all.slice(0, 3));
    expect(narrower("POST /orders", 2)).toEqual(["standard", "copper"]);
    expect(narrower("POST /orders", 15)).toEqual(all.slice(0, 6));
  });
});

const shared = new URL("../../../shared/fixtures/polymarket/rate-limits.json", import.meta.url);

describe.skipIf(!existsSync(shared))("the recorded table of limits (skipped without it)", () => {
  it("is the one that is kept here", () => {
    const recorded = JSON.parse(readFileSync(shared, "utf8")) as {
      readonly perSigner: { readonly tiers: readonly Record<string, unknown>[] };
    };
    expect(
      recorded.perSigner.tiers.map(({ name, orderRate, orderBurst, cancelRate, cancelBurst }) => [
        String(name).toLowerCase(),
        {
          orders: { perSecond: orderRate, burst: orderBurst },
          cancels: { perSecond: cancelRate, burst: cancelBurst },
        },
      ]),
    ).toEqual(tiers);
  });
});
