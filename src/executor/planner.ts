/**
 * Intent in YES-space to legal orders. Stock is given up before new stock is bought, and the
 * venue's minimum is one coupled decision over both parts of a leg.
 *
 * Plans with all our own orders credited back: the plan says what should rest, not what may be
 * sent now. What it cannot express is an explicit residual.
 */
import {
  DOLLAR_BP,
  type ExecutionPlan,
  type Intent,
  type Inventory,
  type LegPlan,
  type MarketRules,
  type MicroShares,
  NO_SHARES,
  type OrderKind,
  type PlannedOrder,
  type PriceBp,
  type QuoteLeg,
  type QuoteMode,
  type Residual,
  type Slot,
  type Token,
  type Touch,
  ceilTo,
  complement,
  floorTo,
  larger,
  lotsFloor,
  microShares,
  minus,
  netShares,
  notionalFloor,
  otherToken,
  plus,
  priceBp,
  smaller,
} from "../types/index.ts";
import type { MinSizePolicy } from "./state.ts";

export interface PlanInput {
  readonly intent: Intent;
  /** Settled stock that is ours to sell, our own replaceable SELLs included. */
  readonly sellable: Readonly<Record<Token, MicroShares>>;
  readonly inventory: Inventory;
  /** Per slot, what matched after the intent was made. */
  readonly matchedSince: Readonly<Record<Slot, MicroShares>>;
  readonly rules: MarketRules;
  readonly policy: MinSizePolicy;
  readonly netMax: MicroShares;
  /** Quote half of what was wished, as when re-entering after a stop. */
  readonly isCautious: boolean;
}

export function plan(input: PlanInput): ExecutionPlan {
  return { bid: planLeg(input, "bid"), ask: planLeg(input, "ask") };
}

export const EMPTY_PLAN: ExecutionPlan = { bid: emptyLeg("bid"), ask: emptyLeg("ask") };

function emptyLeg(slot: Slot, residuals: readonly Residual[] = []): LegPlan {
  return { slot, orders: [], residuals, aggregatedFrom: null };
}

function planLeg(input: PlanInput, slot: Slot): LegPlan {
  const { intent, rules } = input;
  const leg = intent[slot];
  if (leg === null || leg.size <= 0) return emptyLeg(slot);
  if (!allows(intent.mode, slot)) return emptyLeg(slot, [{ size: leg.size, reason: "mode" }]);

  const price = legalPrice(leg.price, slot, intent.touch, rules.tick);
  const wished = lotsFloor(wishedSize(leg, slot, input), rules.lot);
  if (price === null) return emptyLeg(slot, [{ size: wished, reason: "outOfBounds" }]);

  const reduceToken: Token = slot === "bid" ? "NO" : "YES";
  const stock = lotsFloor(larger(NO_SHARES, input.sellable[reduceToken]), rules.lot);
  const allowed = smaller(wished, room(input, slot));
  const reducible = smaller(stock, allowed);
  const mayRoundUp = input.policy === "aggregate" && room(input, slot) >= rules.orderSizeMin;
  const split = applyMinimum(
    reducible,
    minus(allowed, reducible),
    rules.orderSizeMin,
    mayRoundUp ? "aggregate" : "passiveFirst",
  );
  const orders = [
    order(slot, "reduceSell", reduceToken, price, split.sell),
    order(
      slot,
      slot === "bid" ? "openBuy" : "complementBuy",
      otherToken(reduceToken),
      price,
      split.buy,
    ),
  ].filter((planned) => planned.size > 0);
  const [legal, tooCheap] = partition(
    orders,
    (planned) => notionalFloor(planned.price, planned.size) >= rules.notionalMin,
  );
  return {
    slot,
    orders: legal,
    residuals: [
      ...residual(split.residual, "belowSizeMin"),
      ...residual(minus(wished, allowed), "netMax"),
      ...tooCheap.flatMap(({ size }) =>
        residual(smaller(size, minus(allowed, split.residual)), "belowNotionalMin"),
      ),
    ],
    aggregatedFrom: legal.length === orders.length ? split.aggregatedFrom : null,
  };
}

/**
 * `caution` is a size, not a side; the executor halves it, whoever asked for caution. What matched
 * unseen by the intent has fulfilled that much of it: the same wish must not be sold twice.
 */
function wishedSize(leg: QuoteLeg, slot: Slot, input: PlanInput): MicroShares {
  const isHalf = input.isCautious || input.intent.mode === "caution";
  const size = isHalf ? microShares(Math.floor(leg.size / 2)) : leg.size;
  return larger(NO_SHARES, minus(size, input.matchedSince[slot]));
}

function allows(mode: QuoteMode, slot: Slot): boolean {
  switch (mode) {
    case "normal":
    case "caution":
      return true;
    case "oneSidedBuy":
      return slot === "bid";
    case "oneSidedSell":
      return slot === "ask";
    case "stop":
      return false;
  }
}

/**
 * The YES price on the grid, within the venue's bounds and behind both touches, never better for
 * the other side than what was wished: bids go down, asks go up. Both tokens' grids mirror each
 * other, so rounding in YES-space is conservative in either book. Null when no such price exists.
 */
function legalPrice(
  wished: PriceBp,
  slot: Slot,
  touch: Readonly<Record<Token, Touch>>,
  tick: PriceBp,
): PriceBp | null {
  const { YES: yes, NO: no } = touch;
  if (slot === "bid") {
    const yesAsk = yes.ask ?? DOLLAR_BP;
    const yesAskByNo = no.bid === null ? DOLLAR_BP : DOLLAR_BP - no.bid;
    const behind = Math.min(wished, yesAsk - tick, yesAskByNo - tick, DOLLAR_BP - tick);
    const price = floorTo(behind, tick);
    return price >= tick ? priceBp(price) : null;
  }
  const yesBid = yes.bid ?? 0;
  const yesBidByNo = no.ask === null ? 0 : DOLLAR_BP - no.ask;
  const behind = Math.max(wished, yesBid + tick, yesBidByNo + tick, tick);
  const price = ceilTo(behind, tick);
  return price <= DOLLAR_BP - tick ? priceBp(price) : null;
}

/** How far this leg may move YES - NO before it passes its limit, whether by selling or buying. */
function room({ inventory, netMax, rules }: PlanInput, slot: Slot): MicroShares {
  const towards = slot === "bid" ? netShares(inventory) : -netShares(inventory);
  return lotsFloor(larger(NO_SHARES, microShares(netMax - towards)), rules.lot);
}

interface Split {
  readonly sell: MicroShares;
  readonly buy: MicroShares;
  readonly residual: MicroShares;
  readonly aggregatedFrom: MicroShares | null;
}

/**
 * The venue's minimum over a leg of `reducible` stock and `opening` new stock, as one decision.
 * A SELL is never rounded up: that would sell stock we do not have.
 */
export function applyMinimum(
  reducible: MicroShares,
  opening: MicroShares,
  minimum: MicroShares,
  policy: MinSizePolicy,
): Split {
  const wished = plus(reducible, opening);
  const none: Split = { sell: NO_SHARES, buy: NO_SHARES, residual: wished, aggregatedFrom: null };
  if (wished <= 0) return none;
  const sellsAlone = reducible >= minimum;
  const buysAlone = opening >= minimum;
  if (sellsAlone || buysAlone) {
    const sell = sellsAlone ? reducible : NO_SHARES;
    const buy = buysAlone ? opening : NO_SHARES;
    return { sell, buy, residual: minus(wished, plus(sell, buy)), aggregatedFrom: null };
  }
  if (policy === "passiveFirst" || opening <= 0) return none;
  return { ...none, buy: minimum, residual: reducible, aggregatedFrom: wished };
}

function order(
  slot: Slot,
  kind: OrderKind,
  token: Token,
  yesPrice: PriceBp,
  size: MicroShares,
): PlannedOrder {
  return {
    slot,
    kind,
    token,
    side: kind === "reduceSell" ? "SELL" : "BUY",
    price: token === "YES" ? yesPrice : complement(yesPrice),
    size,
  };
}

function residual(size: MicroShares, reason: Residual["reason"]): readonly Residual[] {
  return size > 0 ? [{ size, reason }] : [];
}

function partition<T>(
  values: readonly T[],
  predicate: (value: T) => boolean,
): readonly [readonly T[], readonly T[]] {
  return [values.filter(predicate), values.filter((value) => !predicate(value))];
}
