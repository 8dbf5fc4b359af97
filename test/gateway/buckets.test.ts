/** Our count against the venue's: what we believe is never more than what is there. */
import * as fc from "fast-check";
import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { bucket, buckets } from "../../src/gateway/buckets.ts";
import { TIERS } from "../../src/gateway/limits.ts";
import { permits } from "../../src/operators/index.ts";
import type { Allowance } from "../../src/types/index.ts";

const SIZE = { perSecond: 100, burst: 10 };
const allowance = (changed: Partial<Allowance>): Allowance => ({
  tier: null,
  remaining: null,
  isOver: false,
  retryAfterMs: null,
  ...changed,
});

describe("what the venue says is left", () => {
  it("is believed at once where it is less than we thought", () => {
    const tokens = bucket(SIZE, new VirtualTimeScheduler());
    tokens.begin(1)(allowance({ remaining: 3 }));
    expect(tokens.available()).toBe(3);
    tokens.begin(1)(allowance({ remaining: -2 }));
    expect(tokens.available()).toBe(-2);
  });

  it("is believed where it is more only if nothing else of ours can be missing from it", () => {
    const tokens = bucket(SIZE, new VirtualTimeScheduler());
    tokens.begin(1)(allowance({ remaining: 1 }));

    const first = tokens.begin(2);
    const second = tokens.begin(2);
    first(allowance({ remaining: 9 }));
    expect(tokens.available()).toBe(1);
    // The first has been answered, but may have been counted after the second.
    second(allowance({ remaining: 8 }));
    expect(tokens.available()).toBe(1);
    tokens.begin(1)(allowance({ remaining: 9 }));
    expect(tokens.available()).toBe(9);
  });

  it("is less what was on its way before, and what has left since", () => {
    const tokens = bucket(SIZE, new VirtualTimeScheduler());
    tokens.begin(2);
    const asked = tokens.begin(1);
    tokens.begin(3);
    asked(allowance({ remaining: 7 }));
    expect(tokens.available()).toBe(2);
  });

  it("counts once, however often a request ends, and not at all without an allowance", () => {
    const tokens = bucket(SIZE, new VirtualTimeScheduler());
    const end = tokens.begin(1);
    end();
    end(allowance({ remaining: 0 }));
    expect(tokens.available()).toBe(10);
  });

  it("never fills the bucket above its burst", () => {
    const tokens = bucket(SIZE, new VirtualTimeScheduler());
    tokens.begin(1)(allowance({ remaining: 500 }));
    expect(tokens.available()).toBe(10);
  });
});

describe("a venue that takes long to answer", () => {
  it("slows us down although it says that there is enough, until the time has passed", () => {
    const scheduler = new VirtualTimeScheduler();
    const tokens = bucket(SIZE, scheduler);
    tokens.took(1, 50);
    const end = tokens.begin(1);
    // Four times the usual: three more tokens, 30 ms at 100 a second.
    tokens.took(1, 200);
    end(allowance({ remaining: 10 }));
    expect(tokens.available()).toBe(7);

    scheduler.frame = 30;
    tokens.begin(1)(allowance({ remaining: 10 }));
    expect(tokens.available()).toBe(10);
  });
});

describe("over the limit, refused for it or only warned", () => {
  it("nothing is left, and nothing leaves before the venue says; a second if it says nothing", () => {
    const scheduler = new VirtualTimeScheduler();
    const dated = bucket(SIZE, scheduler);
    dated.begin(1)(allowance({ isOver: true, retryAfterMs: 7_000 }));
    const silent = bucket(SIZE, scheduler);
    silent.begin(1)(allowance({ isOver: true }));
    const absurd = bucket(SIZE, scheduler);
    absurd.begin(1)(allowance({ isOver: true, retryAfterMs: 86_400_000 }));

    expect([dated, silent, absurd].map(({ waitMs }) => waitMs(1))).toEqual([7_000, 1_000, 600_000]);
    expect([dated, silent, absurd].map(({ available }) => available())).toEqual([0, 0, 0]);
  });
});

describe("the tier", () => {
  it("is the smallest until the venue names another, by either bucket, for both", () => {
    const { orders, cancels } = buckets(new VirtualTimeScheduler());
    const sizes = () => [orders.available(), cancels.available()];
    expect(sizes()).toEqual([60, 120]);

    cancels.begin(1)(allowance({ tier: "gold" }));
    orders.begin(1)(allowance({ remaining: 10_000 }));
    cancels.begin(1)(allowance({ remaining: 10_000 }));
    expect(sizes()).toEqual([600, 1_200]);
    orders.begin(1)(allowance({ tier: "copper" }));
    expect(sizes()).toEqual([90, 180]);
    orders.begin(1)(allowance({ tier: "constructor" }));
    expect(sizes()).toEqual([90, 180]);
  });

  it("is refilled at its own rate", () => {
    const scheduler = new VirtualTimeScheduler();
    const { orders } = buckets(scheduler);
    orders.begin(1)(allowance({ tier: "elite", remaining: 0 }));
    scheduler.frame = 100;
    expect(orders.available()).toBe(TIERS.elite.orders.perSecond / 10);
  });
});

const anyRequest = fc.record({
  at: fc.nat(300),
  cost: fc.integer({ min: 1, max: 5 }),
  thereMs: fc.nat(60),
  backMs: fc.nat(60),
  /** A cancel-all: what it costs is known when it is answered. */
  isPostPaid: fc.boolean(),
  isAnswered: fc.boolean(),
});

describe("whatever the order in which requests are taken and answered", () => {
  it("once an answer is heard, we believe no more than is there for what is not counted yet", () => {
    let heard = 0;
    fc.assert(
      fc.property(fc.array(anyRequest, { maxLength: 25 }), fc.nat(25), (requests, gone) => {
        const scheduler = new VirtualTimeScheduler();
        const believed = bucket(SIZE, scheduler);
        const truth = permits(SIZE, scheduler);
        // Somebody before us has used it.
        truth.spend(gone);
        let uncounted = 0;
        let postPaid = 0;
        for (const { at, cost, thereMs, backMs, isPostPaid, isAnswered } of requests) {
          const send = (): void => {
            const end = believed.begin(isPostPaid ? 0 : cost);
            uncounted += isPostPaid ? 0 : cost;
            postPaid += isPostPaid ? 1 : 0;
            scheduler.schedule(() => {
              const isOver = !isPostPaid && truth.available() < cost;
              uncounted -= isPostPaid ? 0 : cost;
              if (!isOver) truth.spend(cost);
              const answer = allowance({ remaining: truth.available(), isOver, retryAfterMs: 5 });
              scheduler.schedule(() => {
                postPaid -= isPostPaid ? 1 : 0;
                if (isAnswered || isPostPaid) end(answer, isPostPaid ? cost : 0);
                else end();
                if (!isAnswered || postPaid > 0) return;
                heard += 1;
                expect(believed.available()).toBeLessThanOrEqual(truth.available() - uncounted);
              }, backMs);
            }, thereMs);
          };
          scheduler.schedule(() => {
            if (isPostPaid) send();
            else believed.next(cost).subscribe(send);
          }, at);
        }
        scheduler.flush();
      }),
      { numRuns: 1_000 },
    );
    expect(heard).toBeGreaterThan(1_000);
  });
});
