/** What a strategy takes for the market must not be an order of ours that has just ended. */
import { expect, it } from "vitest";
import { appConfig } from "../../src/app/index.ts";
import { BUILT_IN, type View } from "../../src/streams/strategy/index.ts";
import { type OthersTouch, othersTouch } from "../../src/streams/strategy/othersBook.ts";
import { complement } from "../../src/types/index.ts";
import { FIXED_SPREAD } from "../support/quoting.ts";
import { rig } from "./rig.ts";

/** Longer than the book lags behind, in milliseconds. */
const REMEMBERED_MS = 300;

it("[B] a quote that was cancelled or filled is not the market's while the book has it still", async () => {
  const [digital] = BUILT_IN;
  /** Price and size of what was ours on each side, and when it last was. */
  const ours = new Map<string, number>();
  const counts = { evaluations: 0, mistaken: 0, ofOrdersAlone: 0 };
  const isOurs = ({ bid, ask }: OthersTouch, now: number): boolean =>
    [bid && `bid ${bid.price} ${bid.size}`, ask && `ask ${ask.price} ${ask.size}`].some(
      (text) => text !== null && now - (ours.get(text) ?? -Infinity) < REMEMBERED_MS,
    );
  const watch = (view: View): void => {
    const now = view.now.monotonicMs;
    for (const { token, side, price, size } of view.orders) {
      const isBid = (token === "YES") === (side === "BUY");
      const yesPrice = token === "YES" ? price : complement(price);
      ours.set(`${isBid ? "bid" : "ask"} ${yesPrice} ${size}`, now);
    }
    counts.evaluations += 1;
    if (isOurs(othersTouch(view), now)) counts.mistaken += 1;
    if (isOurs(othersTouch({ ...view, ended: [] }), now)) counts.ofOrdersAlone += 1;
  };
  const config = appConfig(
    { strategy: { ...FIXED_SPREAD, name: "watching", halfSpreadBp: 100, sizeShares: 7.31 } },
    null,
    undefined,
    [
      {
        ...digital,
        name: "watching",
        quote: (view, parameters) => {
          watch(view);
          return digital.quote(view, parameters);
        },
      },
    ],
  );
  const run = rig({ config });
  await run.runUntil(60_000);
  expect(counts.ofOrdersAlone).toBeGreaterThan(5);
  expect(counts.mistaken).toBe(0);
});
