import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFence } from "../../src/gateway/index.ts";
import { type Epoch, marketId } from "../../src/types/index.ts";

const [ONE, OTHER] = [marketId("one"), marketId("other")];
const epoch = (account: number, market: number): Epoch => ({ account, market });

describe("fence", () => {
  it("[C] a stop keeps out what its market decided before it, and nothing else", () => {
    const fence = createFence();
    fence.raise(ONE, epoch(0, 1));
    expect(fence.admits(ONE, epoch(0, 0))).toBe(false);
    expect(fence.admits(ONE, epoch(0, 1))).toBe(true);
    expect(fence.admits(OTHER, epoch(0, 0))).toBe(true);
  });

  it("[C] a halt of the account keeps out what any market decided before it", () => {
    const fence = createFence();
    fence.raise(ONE, epoch(1, 0));
    expect(fence.admits(OTHER, epoch(0, 7))).toBe(false);
    expect(fence.admits(OTHER, epoch(1, 0))).toBe(true);
  });

  it("[C] it never sinks: it is the highest ever raised, in whatever order", () => {
    const epochs = fc.record({ account: fc.nat(3), market: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(epochs, { minLength: 1 }), epochs, (raised, leg) => {
        const fence = createFence();
        for (const each of raised) fence.raise(ONE, each);
        const isOld = raised.some(
          ({ account, market }) => leg.account < account || leg.market < market,
        );
        expect(fence.admits(ONE, leg)).toBe(!isOld);
      }),
    );
  });

  it("[C] closed, it lets nothing through, whatever is raised or ended after", () => {
    const fence = createFence();
    fence.close();
    fence.raise(ONE, epoch(9, 9));
    fence.end(ONE);
    expect(fence.admits(ONE, epoch(10, 10))).toBe(false);
    expect(fence.admits(OTHER, epoch(10, 10))).toBe(false);
  });

  it("[C] a market that has ended lets nothing through", () => {
    const fence = createFence();
    fence.raise(ONE, epoch(2, 5));
    fence.end(ONE);
    expect(fence.admits(ONE, epoch(1, 5))).toBe(false);
    expect(fence.admits(ONE, epoch(2, 4))).toBe(false);
    expect(fence.admits(ONE, epoch(2, 5))).toBe(false);
    expect(fence.admits(OTHER, epoch(2, 0))).toBe(true);
  });
});
