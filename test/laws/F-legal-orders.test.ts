/**
 * F. Minimum size is planning, and so are grid, bounds, notional minimum and post-only: no order
 * leaves that the venue would refuse for its form, whatever is wanted and however the rules change;
 * what cannot be expressed is a residual with a reason.
 *
 * Break that turns this red: `planner.ts`, in `legalPrice`, round with `Math.round(behind / tick) *
 * tick`; or `splitter.ts`, in `isLegal`, leave out `sell >= sellMin`.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Intent,
  type MarketRules,
  type OrderTicket,
  complement,
  notionalFloor,
  priceBp,
} from "../../src/types/index.ts";
import { FOREVER, RUNS, config, dollars, rules, shares, trading } from "../support/builders.ts";
import { legsOf } from "./adversary.ts";
import { heldAtEveryStep } from "./everyStep.ts";

const anyPrice = fc.integer({ min: 1, max: 9_999 }).map(priceBp);
const anyLeg = fc.option(
  fc.record({
    price: anyPrice,
    size: fc.integer({ min: 0, max: 4_000 }).map((it) => shares(it / 100)),
  }),
);
const anyTouch = fc.record({ bid: fc.option(anyPrice), ask: fc.option(anyPrice) });
const anyRules: fc.Arbitrary<MarketRules> = fc
  .record({
    tick: fc.constantFrom(1, 10, 100, 1_000).map(priceBp),
    orderSizeMin: fc.constantFrom(1, 5, 15).map(shares),
    lot: fc.constantFrom(0.01, 1).map(shares),
    notionalMin: fc.constantFrom(0, 1).map(dollars),
  })
  .map(rules);

const anyTurn = fc.record({
  rules: fc.option(anyRules),
  bid: anyLeg,
  ask: anyLeg,
  touch: fc.record({ YES: anyTouch, NO: anyTouch }),
  isAccepted: fc.boolean(),
});

type Touches = Intent["touch"];

const isLegal = (
  { price, size }: OrderTicket,
  { tick, lot, orderSizeMin, notionalMin }: MarketRules,
): boolean =>
  price % tick === 0 &&
  price >= tick &&
  price <= 10_000 - tick &&
  size % lot === 0 &&
  size >= orderSizeMin &&
  notionalFloor(price, size) >= notionalMin;

/** It would rest on its own book, as the intent has seen that. */
const isBehind = ({ tokenId, side, price }: OrderTicket, touch: Touches): boolean => {
  const { bid, ask } = touch[tokenId === "yes" ? "YES" : "NO"];
  return side === "BUY" ? price < (ask ?? Infinity) : price > (bid ?? 0);
};

/** Rounded to the grid, it is no better for the other side than the intent. */
const isPublished = ({ tokenId, side, price }: OrderTicket, intent: Intent | null): boolean => {
  const yes = tokenId === "yes" ? price : complement(price);
  return (tokenId === "yes") === (side === "BUY")
    ? yes <= (intent?.bid?.price ?? 0)
    : yes >= (intent?.ask?.price ?? Infinity);
};

describe("[F] legal orders", () => {
  heldAtEveryStep("F");

  it("whatever is wanted, and however the rules change, the venue could take every order", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("passiveFirst" as const, "aggregate" as const, "complete" as const),
        fc.array(anyTurn, { minLength: 1, maxLength: 8 }),
        (minSizePolicy, turns) => {
          const day = trading({ YES: 30, NO: 12 }, { config: config({ minSizePolicy }) });
          let seen = day.effects().length;
          const isEachLegal = (touch: Touches): void => {
            const { rules: present } = day.state().market;
            for (const { ticket } of legsOf(day.effects().slice(seen))) {
              const verdict = {
                ticket,
                isLegal: isLegal(ticket, present),
                isBehind: isBehind(ticket, touch),
                isPublished: isPublished(ticket, day.state().intent),
              };
              expect(verdict).toMatchObject({ isLegal: true, isBehind: true, isPublished: true });
              expect(ticket.postOnly).toBe(true);
            }
            seen = day.effects().length;
          };
          for (const { rules: changed, bid, ask, touch, isAccepted } of turns) {
            day.intends({ bid, ask, touch, expiresAt: FOREVER });
            for (const [order, phase] of Object.entries(day.phases())) {
              if (phase === "cancelling") day.reports(order, "cancelled");
              else if (phase !== "placing") continue;
              else if (isAccepted) day.acks(order);
              else day.rejects(order);
            }
            isEachLegal(touch);
            if (changed) day.hears({ type: "market.rulesChanged", rules: changed });
            isEachLegal(touch);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });
});
