/**
 * Intent in YES-space to legal orders. Stock is given up before new stock is bought, and the
 * venue's minimum is one coupled decision over both parts of a leg. A flatten ignores the intent's
 * quotes and offers what we own to the best bid.
 *
 * Our own orders are credited back: the plan says what should rest, not what may be placed now.
 * What no legal order can express is an explicit residual.
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
  NO_USDC,
  ORDER_SIZE_MAX,
  type OperatorLevel,
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
  otherToken,
  plus,
  priceBp,
  smaller,
} from "../types/index.ts";
import { grossShares } from "./admission.ts";
import { type Parts, leftOver, split } from "./splitter.ts";
import type { MinSizePolicy } from "./state.ts";

export interface PlanInput {
  readonly intent: Intent;
  /** Settled stock that is ours to sell, our own replaceable SELLs included. */
  readonly sellable: Readonly<Record<Token, MicroShares>>;
  readonly inventory: Inventory;
  /** Per slot, what matched after the intent was made. */
  readonly matchedSince: Readonly<Record<Slot, MicroShares>>;
  readonly rules: MarketRules;
  readonly level: OperatorLevel;
  readonly policy: MinSizePolicy;
  readonly netMax: MicroShares;
  readonly grossMax: MicroShares;
  readonly flattenSlippage: PriceBp;
  /** Quote half of the intended size, as after a stop. */
  readonly isCautious: boolean;
}

export function plan(input: PlanInput): ExecutionPlan {
  switch (input.level) {
    case "normal":
    case "reduceOnly":
      return { bid: quoteLeg(input, "bid"), ask: quoteLeg(input, "ask") };
    case "flatten":
      return { bid: closeLeg(input, "bid"), ask: closeLeg(input, "ask") };
    case "halt":
      return EMPTY_PLAN;
  }
}

export const EMPTY_PLAN: ExecutionPlan = { bid: emptyLeg("bid"), ask: emptyLeg("ask") };

function emptyLeg(slot: Slot, residuals: readonly Residual[] = []): LegPlan {
  return { slot, orders: [], residuals, aggregatedFrom: null };
}

/** The token whose stock a leg gives up. */
const REDUCED = { bid: "NO", ask: "YES" } as const satisfies Record<Slot, Token>;
const BOUGHT = { bid: "openBuy", ask: "complementBuy" } as const satisfies Record<Slot, OrderKind>;

function quoteLeg(input: PlanInput, slot: Slot): LegPlan {
  const { intent, rules } = input;
  const leg = intent[slot];
  if (leg === null || leg.size <= 0) return emptyLeg(slot);
  if (!allows(intent.mode, slot)) return emptyLeg(slot, [{ size: leg.size, reason: "mode" }]);

  const yesPrice = legalPrice(leg.price, slot, intent.touch, rules.tick);
  const intended = lotsFloor(intendedSize(leg, slot, input), rules.lot);
  if (yesPrice === null) return emptyLeg(slot, residual(intended, "outOfBounds"));

  const sold = REDUCED[slot];
  const sellPrice = sold === "YES" ? yesPrice : complement(yesPrice);
  const buyPrice = complement(sellPrice);
  const { cuts, ...limits } = withinLimits(input, slot, intended, buyPrice);
  const parts: Parts = {
    ...limits,
    sellMin: sizeMin(sellPrice, rules),
    buyMin: sizeMin(buyPrice, rules),
  };
  const chosen = split(parts, input.policy, rules.orderSizeMin);
  return {
    slot,
    orders: [
      order(slot, "reduceSell", sold, sellPrice, chosen.sell),
      order(slot, BOUGHT[slot], otherToken(sold), buyPrice, chosen.buy),
    ].filter(({ size }) => size > 0),
    residuals: [...tooSmall(leftOver(parts, chosen), rules), ...cuts],
    aggregatedFrom: chosen.aggregatedFrom,
  };
}

/** The intended size within our own limits: covered by stock, to be bought, cut. */
function withinLimits(
  input: PlanInput,
  slot: Slot,
  intended: MicroShares,
  buyPrice: PriceBp,
): Pick<Parts, "stock" | "opening" | "buyMax"> & { readonly cuts: readonly Residual[] } {
  const room = netRoom(input, slot);
  const allowed = smaller(intended, room);
  const stock = smaller(stockOf(input, REDUCED[slot]), allowed);
  const uncovered = minus(allowed, stock);
  const buyMax = smaller(room, smaller(grossRoom(input), affordable(input, buyPrice)));
  const opening = smaller(uncovered, buyMax);
  return {
    stock,
    opening,
    buyMax,
    cuts: [
      ...residual(minus(intended, allowed), "netMax"),
      ...residual(minus(uncovered, opening), cutBy(input, opening)),
    ],
  };
}

/** Which limit leaves no more to be bought than this. */
function cutBy(input: PlanInput, bought: MicroShares): Residual["reason"] {
  if (input.level === "reduceOnly") return "reduceOnly";
  return bought >= grossRoom(input) ? "grossMax" : "cash";
}

/** What our cash buys at this price, the cash that our own BUYs hold included. */
function affordable({ inventory: { cash }, rules }: PlanInput, price: PriceBp): MicroShares {
  const free = larger(NO_USDC, minus(cash.settled, cash.pendingOut));
  // In two products, because dollars times ten thousand leave the safe integers.
  const whole = Math.floor(free / price) * DOLLAR_BP;
  const rest = Math.floor(((free % price) * DOLLAR_BP) / price);
  return lotsFloor(microShares(Math.min(whole + rest, 2 * ORDER_SIZE_MAX)), rules.lot);
}

/** All that may be sold of a token, to whoever bids for it now. */
function closeLeg(input: PlanInput, slot: Slot): LegPlan {
  const { intent, rules, flattenSlippage } = input;
  const token = REDUCED[slot];
  const size = stockOf(input, token);
  const { bid } = intent.touch[token];
  if (bid === null) return emptyLeg(slot, residual(size, "noBid"));
  const price = priceBp(Math.max(rules.tick, floorTo(bid - flattenSlippage, rules.tick)));
  if (size < sizeMin(price, rules)) return emptyLeg(slot, tooSmall([size], rules));
  return { ...emptyLeg(slot), orders: [order(slot, "closeSell", token, price, size)] };
}

/**
 * Caution halves the size, whether the strategy or the end of a stop asks for it. Matches that the
 * intent had not seen are subtracted, so that the same quote is not filled twice.
 */
function intendedSize(leg: QuoteLeg, slot: Slot, input: PlanInput): MicroShares {
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
 * the other side than intended: bids go down, asks go up. Both tokens' grids mirror each
 * other, so rounding in YES-space is conservative in either book. Null when no such price exists.
 */
function legalPrice(
  intended: PriceBp,
  slot: Slot,
  touch: Readonly<Record<Token, Touch>>,
  tick: PriceBp,
): PriceBp | null {
  const { YES: yes, NO: no } = touch;
  if (slot === "bid") {
    const yesAsk = yes.ask ?? DOLLAR_BP;
    const yesAskByNo = no.bid === null ? DOLLAR_BP : DOLLAR_BP - no.bid;
    const behind = Math.min(intended, yesAsk - tick, yesAskByNo - tick, DOLLAR_BP - tick);
    const price = floorTo(behind, tick);
    return price >= tick ? priceBp(price) : null;
  }
  const yesBid = yes.bid ?? 0;
  const yesBidByNo = no.ask === null ? 0 : DOLLAR_BP - no.ask;
  const behind = Math.max(intended, yesBid + tick, yesBidByNo + tick, tick);
  const price = ceilTo(behind, tick);
  return price <= DOLLAR_BP - tick ? priceBp(price) : null;
}

/** How far this leg may move YES - NO before it passes its limit, whether by selling or buying. */
function netRoom({ inventory, netMax, rules }: PlanInput, slot: Slot): MicroShares {
  const towards = slot === "bid" ? netShares(inventory) : -netShares(inventory);
  return lotsFloor(larger(NO_SHARES, microShares(netMax - towards)), rules.lot);
}

/** How much may be bought of either token before YES + NO passes its limit. */
function grossRoom({ inventory, grossMax, rules, level }: PlanInput): MicroShares {
  if (level === "reduceOnly") return NO_SHARES;
  return lotsFloor(larger(NO_SHARES, microShares(grossMax - grossShares(inventory))), rules.lot);
}

const stockOf = ({ sellable, rules }: PlanInput, token: Token): MicroShares =>
  lotsFloor(larger(NO_SHARES, sellable[token]), rules.lot);

/** The smallest size that the venue takes at this price. */
export function sizeMin(
  price: PriceBp,
  { orderSizeMin, notionalMin, lot }: MarketRules,
): MicroShares {
  const worthIt = Math.ceil((notionalMin * DOLLAR_BP) / price);
  return microShares(ceilTo(Math.max(orderSizeMin, worthIt), lot));
}

/** In the token's own price. */
function order(
  slot: Slot,
  kind: OrderKind,
  token: Token,
  price: PriceBp,
  size: MicroShares,
): PlannedOrder {
  const side = kind === "reduceSell" || kind === "closeSell" ? "SELL" : "BUY";
  return { slot, kind, token, side, price, size };
}

/** Parts that the venue does not take: too few shares, or enough of them and too cheap. */
function tooSmall(
  parts: readonly MicroShares[],
  { orderSizeMin }: MarketRules,
): readonly Residual[] {
  const sum = (some: readonly MicroShares[]): MicroShares => some.reduce(plus, NO_SHARES);
  return [
    ...residual(sum(parts.filter((size) => size < orderSizeMin)), "belowSizeMin"),
    ...residual(sum(parts.filter((size) => size >= orderSizeMin)), "belowNotionalMin"),
  ];
}

function residual(size: MicroShares, reason: Residual["reason"]): readonly Residual[] {
  return size > 0 ? [{ size, reason }] : [];
}
