/** The gateway against a venue that enforces its limits, over loopback in real time. */
import { Subject, Subscription, firstValueFrom, switchMap, tap } from "rxjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../src/app/runtime.ts";
import {
  type Buckets,
  DEADLINES,
  type Receipt,
  buckets,
  createFence,
  gateway,
} from "../../src/gateway/index.ts";
import { syntheticReference } from "../../src/sim/index.ts";
import type { Endpoints } from "../../src/sim/server/index.ts";
import {
  type Effect,
  MICRO,
  type Market,
  type PlaceLeg,
  after,
  microShares,
  priceBp,
  referencePrice,
} from "../../src/types/index.ts";
import { chooseSigner } from "../../src/venue/polymarket/index.ts";
import { systemClock, systemScheduler } from "../../src/runtimes/system.ts";
import { servedVenue, servedVenueOptions } from "../../src/runtimes/served.ts";
import { polymarketRuntime } from "../../src/runtimes/index.ts";
import { lastingWindowMs, later, timeByTurns } from "../support/patience.ts";

timeByTurns();

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const running = new Subscription();
let at: Endpoints;
let runtime: Runtime;
let market: Market;

const WINDOW_MS = lastingWindowMs();

beforeAll(async () => {
  const signer = await chooseSigner(silent);
  const reference$ = syntheticReference(
    {
      seed: 1,
      startPrice: referencePrice(60_000 * MICRO),
      volatilityPerSqrtSecond: 8e-5,
      tickMs: 80,
    },
    systemScheduler,
  );
  const started = new Promise<Runtime>((resolve) => {
    running.add(
      servedVenue({ seed: 1, windowMs: WINDOW_MS, reference$ }, signer, silent)
        .pipe(
          tap((endpoints) => (at = endpoints)),
          switchMap((endpoints) =>
            polymarketRuntime(
              { ...servedVenueOptions(endpoints, WINDOW_MS, signer), journalDirectory: null },
              silent,
            ),
          ),
        )
        .subscribe(resolve),
    );
  });
  runtime = await started;
  running.add(runtime.background$.subscribe());
  market = await firstValueFrom(runtime.market$);
});
afterAll(() => running.unsubscribe());

async function limits(enforcement: string, tier: string): Promise<void> {
  const answer = await fetch(`${at.rest}/control`, {
    method: "POST",
    body: JSON.stringify({ do: "limits", enforcement, tier }),
  });
  expect(answer.status).toBe(200);
}

let salt = 1;
function leg(): PlaceLeg {
  const createdAt = systemClock.now().epochMs;
  const ticket = {
    market: market.id,
    tokenId: market.tokenIds.YES,
    side: "BUY",
    price: priceBp(100),
    size: microShares(5 * MICRO),
    salt: (salt += 1),
    createdAt,
    expiresAt: after(createdAt, 300_000),
    orderType: "GTD",
    postOnly: true,
  } as const;
  const orderId = runtime.venue.orderId(ticket);
  return { orderId, ticket, epoch: { account: 0, market: 0 }, liveAfter: 1 };
}

interface Opened {
  readonly permits: Buckets;
  readonly place: () => void;
  readonly receipts: readonly Receipt[];
}

/** A gateway that knows nothing yet of the account it trades for. */
function opened(): Opened {
  const permits = buckets(systemScheduler);
  const effect$ = new Subject<Effect>();
  const receipts: Receipt[] = [];
  running.add(
    effect$
      .pipe(
        gateway(
          {
            venue: runtime.venue,
            fence: createFence(),
            permits,
            deadlines: DEADLINES,
            onWaveSent: () => undefined,
          },
          systemScheduler,
        ),
      )
      .subscribe((receipt) => receipts.push(receipt)),
  );
  const place = (): void => {
    effect$.next({ type: "place", market: market.id, slot: "bid", legs: [leg()] });
  };
  return { permits, place, receipts };
}

const reasons = (receipts: readonly Receipt[]): readonly string[] =>
  receipts.map((receipt) => {
    if (receipt.type === "order.rejected") return receipt.refusal.reason;
    return receipt.type === "order.notSent" ? receipt.answer.cause : receipt.type;
  });

describe("a venue that enforces", () => {
  it("refuses once at most, though others have emptied the bucket and we ask for more than it has", async () => {
    await limits("enforced", "standard");
    // Four full waves are the burst.
    for (let n = 0; n < 4; n += 1) {
      const legs = Array.from({ length: 15 }, leg);
      await firstValueFrom(runtime.venue.place(legs, () => true));
    }

    const { place, receipts } = opened();
    for (let n = 0; n < 150; n += 1) {
      place();
      await later(15);
    }
    await later(1_000);

    const told = reasons(receipts);
    const count = (reason: string): number => told.filter((each) => each === reason).length;
    expect(told).toHaveLength(150);
    expect(count("rateLimited")).toBeLessThanOrEqual(1);
    expect(count("order.acked")).toBeGreaterThan(20);
    expect(count("limited") + count("displaced")).toBeGreaterThan(0);
    const others = ["rateLimited", "order.acked", "limited", "displaced"];
    expect(told.filter((each) => !others.includes(each))).toEqual([]);
  });

  it("tells the tier with its first answer, and from then on all of it is used", async () => {
    await limits("enforced", "gold");
    const { permits, place, receipts } = opened();
    expect(permits.orders.available()).toBe(60);
    place();
    await later(300);
    expect(receipts).toHaveLength(1);
    // It regains 400 a second; more than 60 were never possible before.
    expect(permits.orders.available()).toBeGreaterThan(100);
  });
});
