/**
 * One side of a book: its prices, and the orders of each. A change makes one rung anew and shares the
 * others with the ladder before it, so that an old book stays as it was, and two books differ where
 * their rungs do.
 */
import {
  type BookLevel,
  type EpochMs,
  minus,
  type MicroShares,
  NO_SHARES,
  plus,
  type PriceBp,
  smaller,
} from "../../types/index.ts";
import { isBid, type Order, remaining, yesPrice } from "./order.ts";

/** Best price first. */
export type Ladder = readonly Rung[];

export interface Rung {
  /** Of YES. */
  readonly price: PriceBp;
  /** What its orders have left together. */
  readonly size: MicroShares;
  /** The earliest expiry of its orders; null where none expires. */
  readonly expiresAt: EpochMs | null;
  /** Oldest first; never none. */
  readonly orders: readonly Order[];
}

/** With `order` behind every order at least as good. */
export function withOrder(ladder: Ladder, order: Order): Ladder {
  const at = rungAt(ladder, order);
  const known = ladder[at];
  const left = remaining(order);
  const { expiresAt } = order;
  return known?.price === yesPrice(order)
    ? ladder.with(at, {
        ...known,
        size: plus(known.size, left),
        expiresAt: earlier(known.expiresAt, expiresAt),
        orders: [...known.orders, order],
      })
    : ladder.toSpliced(at, 0, { price: yesPrice(order), size: left, expiresAt, orders: [order] });
}

/** With `next` in the place of the same order before; without a `next`, without the order. */
export function withChange(ladder: Ladder, order: Order, next: Order | null): Ladder {
  const at = rungAt(ladder, order);
  const known = ladder[at];
  const place = known?.orders.findIndex(({ id }) => id === order.id) ?? -1;
  const resting = known?.orders[place];
  if (known === undefined || resting === undefined) return ladder;
  if (next === null && known.orders.length === 1) return ladder.toSpliced(at, 1);
  const orders = next === null ? known.orders.toSpliced(place, 1) : known.orders.with(place, next);
  const left = next === null ? NO_SHARES : remaining(next);
  return ladder.with(at, {
    ...known,
    size: plus(minus(known.size, remaining(resting)), left),
    expiresAt: resting.expiresAt === null ? known.expiresAt : firstExpiry(orders),
    orders,
  });
}

/** Best price first, then oldest first. */
export function ordersOn(ladder: Ladder): readonly Order[] {
  const orders: Order[] = [];
  for (const rung of ladder) for (const order of rung.orders) orders.push(order);
  return orders;
}

/** The prices that show another size than before: those that are gone, then the others; best first. */
export function changesOf(
  before: Ladder,
  now: Ladder,
  isBetter: (price: PriceBp, other: PriceBp) => boolean,
): readonly BookLevel[] {
  if (before === now) return [];
  const gone: BookLevel[] = [];
  const shown: BookLevel[] = [];
  let at = 0;
  let reached = 0;
  while (at < before.length || reached < now.length) {
    const old = before[at];
    const next = now[reached];
    if (old === next) {
      at += 1;
      reached += 1;
      continue;
    }
    const isGone = old && (!next || isBetter(old.price, next.price));
    const isNew = next && (!old || isBetter(next.price, old.price));
    if (isGone) gone.push({ price: old.price, size: NO_SHARES });
    else if (next && (isNew || old?.size !== next.size))
      shown.push({ price: next.price, size: next.size });
    if (!isNew) at += 1;
    if (!isGone) reached += 1;
  }
  return [...gone, ...shown];
}

export const isHigher = (price: PriceBp, other: PriceBp): boolean => price > other;
export const isLower = (price: PriceBp, other: PriceBp): boolean => price < other;

/** Where the rung of the order's price is, or would be. */
function rungAt(ladder: Ladder, order: Order): number {
  const price = yesPrice(order);
  const isBetter = isBid(order) ? isHigher : isLower;
  let [from, to] = [0, ladder.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const rung = ladder[middle];
    if (rung && isBetter(rung.price, price)) from = middle + 1;
    else to = middle;
  }
  return from;
}

const earlier = (one: EpochMs | null, other: EpochMs | null): EpochMs | null =>
  one === null || other === null ? (one ?? other) : smaller(one, other);

const firstExpiry = (orders: readonly Order[]): EpochMs | null =>
  orders.reduce<EpochMs | null>((first, { expiresAt }) => earlier(first, expiresAt), null);
