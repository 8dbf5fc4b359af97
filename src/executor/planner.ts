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
  type MicroUsdc,
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
  type Side,
  type Slot,
  type Token,
  type Touch,
  ceilTo,
  complement,
  floorTo,
  larger,
  lotsFloor,
  microShares,
  microUsdc,
  minus,
  netShares,
  notionalCeil,
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
  /** Both quotes stand this much further from the middle than intended. */
  readonly widenBp: number;
  /** Quote half of the intended size, as after a stop. */
  readonly isCautious: boolean;
}

export function plan(input: PlanInput): ExecutionPlan {
  switch (input.level) {
    case "normal":
    case "reduceOnly":
      return quoteLegs(input);
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

/** What may be bought: shares before YES + NO passes its limit, and the cash to pay for them. */
interface Room {
  readonly gross: MicroShares;
  readonly cash: MicroUsdc;
}

/**
 * Room that is too small for what both legs would buy is shared: half each, and what one of them
 * leaves the other may use. The leg that brings YES - NO back towards zero has what it needs for
 * that first, and neither has less than the venue's minimum where there is room for two of those.
 */
function quoteLegs(input: PlanInput): ExecutionPlan {
  const room = wholeRoom(input);
  const [first, second]: readonly [Slot, Slot] =
    netShares(input.inventory) > 0 ? ["ask", "bid"] : ["bid", "ask"];
  const [wanted, wantedNext] = [quoteLeg(input, first, room), quoteLeg(input, second, room)];
  const [buy, buyNext] = [buyOf(wanted), buyOf(wantedNext)];
  if (
    buy === undefined ||
    buyNext === undefined ||
    isWithin(plusRoom(costOf(buy), costOf(buyNext)), room)
  ) {
    return inSlots(wanted, wantedNext);
  }
  const share = shareOf(input, room, wanted, buy, buyNext);
  const rest = roomLeft(room, takenOf(share, quoteLeg(input, first, share), input.rules));
  const following = quoteLeg(input, second, rest);
  const leading = quoteLeg(input, first, roomLeft(room, takenOf(rest, following, input.rules)));
  return inSlots(leading, following);
}

const inSlots = (one: LegPlan, other: LegPlan): ExecutionPlan =>
  one.slot === "bid" ? { bid: one, ask: other } : { bid: other, ask: one };

const NO_ROOM: Room = { gross: NO_SHARES, cash: NO_USDC };

type Buy = Pick<PlannedOrder, "price" | "size">;

const buyOf = ({ orders }: LegPlan): Buy | undefined => orders.find(({ side }) => side === "BUY");

const costOf = ({ price, size }: Buy): Room => ({ gross: size, cash: notionalCeil(price, size) });

/** What a leg takes of its room. Less than a lot is not left: a re-price would move the other leg. */
function takenOf(room: Room, leg: LegPlan, { lot }: MarketRules): Room {
  const buy = buyOf(leg);
  if (buy === undefined) return NO_ROOM;
  const taken = costOf(buy);
  const ofLot = costOf({ ...buy, size: lot });
  return {
    gross: room.gross - taken.gross < ofLot.gross ? room.gross : taken.gross,
    cash: room.cash - taken.cash < ofLot.cash ? room.cash : taken.cash,
  };
}

/**
 * The share of the leg that is asked first: half, or what is needed; room for both minimums is left
 * as far as the need allows. Of a room that is large enough for both nothing is halved.
 */
function shareOf(
  { rules, inventory }: PlanInput,
  room: Room,
  { orders }: LegPlan,
  buy: Buy,
  buyNext: Buy,
): Room {
  const least = costOf({ ...buy, size: sizeMin(buy.price, rules) });
  const leastNext = costOf({ ...buyNext, size: sizeMin(buyNext.price, rules) });
  if (!isWithin(plusRoom(least, leastNext), room)) return room;
  const sold = orders.find(({ side }) => side === "SELL")?.size ?? NO_SHARES;
  const reducing = minus(microShares(Math.abs(netShares(inventory))), sold);
  const needed = costOf({ ...buy, size: smaller(buy.size, larger(NO_SHARES, reducing)) });
  const both = plusRoom(costOf(buy), costOf(buyNext));
  const shareIn = (of: keyof Room): number =>
    both[of] <= room[of]
      ? room[of]
      : Math.min(
          room[of],
          Math.max(
            needed[of],
            least[of],
            Math.min(Math.floor(room[of] / 2), room[of] - leastNext[of]),
          ),
        );
  return { gross: microShares(shareIn("gross")), cash: microUsdc(shareIn("cash")) };
}

function quoteLeg(input: PlanInput, slot: Slot, room: Room): LegPlan {
  const { intent, rules } = input;
  const leg = intent[slot];
  if (leg === null || leg.size <= 0) return emptyLeg(slot);
  if (!allows(intent.mode, slot)) return emptyLeg(slot, [{ size: leg.size, reason: "mode" }]);

  const wanted = slot === "bid" ? leg.price - input.widenBp : leg.price + input.widenBp;
  const yesPrice = legalPrice(wanted, slot, intent.touch, rules.tick);
  const intended = lotsFloor(intendedSize(leg, slot, input), rules.lot);
  if (yesPrice === null) return emptyLeg(slot, residual(intended, "outOfBounds"));

  const sold = REDUCED[slot];
  const sellPrice = sold === "YES" ? yesPrice : complement(yesPrice);
  const buyPrice = complement(sellPrice);
  const { cuts, ...limits } = withinLimits(input, slot, intended, buyPrice, room);
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
  { gross, cash }: Room,
): Pick<Parts, "stock" | "opening" | "buyMax"> & { readonly cuts: readonly Residual[] } {
  const net = netRoom(input, slot);
  const allowed = smaller(intended, net);
  const stock = smaller(stockOf(input, REDUCED[slot]), allowed);
  const uncovered = minus(allowed, stock);
  const grossMax = lotsFloor(gross, input.rules.lot);
  const buyMax = smaller(net, smaller(grossMax, affordable(cash, buyPrice, input.rules)));
  const opening = smaller(uncovered, buyMax);
  return {
    stock,
    opening,
    buyMax,
    cuts: [
      ...residual(minus(intended, allowed), "netMax"),
      ...residual(minus(uncovered, opening), cutBy(input, opening >= grossMax)),
    ],
  };
}

/** Which limit leaves no more to be bought. */
function cutBy({ level }: PlanInput, isGrossFull: boolean): Residual["reason"] {
  if (level === "reduceOnly") return "reduceOnly";
  return isGrossFull ? "grossMax" : "cash";
}

/** What the cash buys at this price. */
function affordable(cash: MicroUsdc, price: PriceBp, { lot }: MarketRules): MicroShares {
  // In two products, because dollars times ten thousand leave the safe integers.
  const whole = Math.floor(cash / price) * DOLLAR_BP;
  const rest = Math.floor(((cash % price) * DOLLAR_BP) / price);
  return lotsFloor(microShares(Math.min(whole + rest, 2 * ORDER_SIZE_MAX)), lot);
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
  intended: number,
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
function netRoom(
  { inventory, netMax, rules }: Pick<PlanInput, "inventory" | "netMax" | "rules">,
  slot: Slot,
): MicroShares {
  const towards = slot === "bid" ? netShares(inventory) : -netShares(inventory);
  return lotsFloor(larger(NO_SHARES, microShares(netMax - towards)), rules.lot);
}

/** How many more shares than a leg of the plan asks for or offers its limits would allow. */
export function roomBeyond(
  input: Pick<PlanInput, "inventory" | "netMax" | "grossMax" | "rules" | "level">,
  { bid, ask }: ExecutionPlan,
  slot: Slot,
): Readonly<Record<Side, number>> {
  const isBuy = ({ side }: PlannedOrder): boolean => side === "BUY";
  const taken = [...bid.orders, ...ask.orders]
    .filter(isBuy)
    .map(costOf)
    .reduce(plusRoom, { gross: NO_SHARES, cash: NO_USDC });
  const whole = wholeRoom(input);
  const own = (slot === "bid" ? bid : ask).orders.reduce((sum, { size }) => sum + size, 0);
  const net = netRoom(input, slot) - own;
  // A share costs less than a dollar.
  return { SELL: net, BUY: Math.min(net, whole.gross - taken.gross, whole.cash - taken.cash) };
}

/** For both legs together; what our own BUYs hold included. */
function wholeRoom({
  inventory,
  grossMax,
  level,
}: Pick<PlanInput, "inventory" | "grossMax" | "level">): Room {
  const { settled, pendingOut } = inventory.cash;
  const gross = minus(grossMax, microShares(grossShares(inventory)));
  return {
    gross: level === "reduceOnly" ? NO_SHARES : larger(NO_SHARES, gross),
    cash: larger(NO_USDC, minus(settled, pendingOut)),
  };
}

const plusRoom = (a: Room, b: Room): Room => ({
  gross: plus(a.gross, b.gross),
  cash: plus(a.cash, b.cash),
});

const roomLeft = (room: Room, taken: Room): Room => ({
  gross: minus(room.gross, taken.gross),
  cash: minus(room.cash, taken.cash),
});

const isWithin = (some: Room, room: Room): boolean =>
  some.gross <= room.gross && some.cash <= room.cash;

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
