/** What we did in one window, from the facts of the venue alone: nothing here is what the program believes. */
import type { ValuedFill } from "../../src/ledger/index.ts";
import {
  type LevelItem,
  type Order,
  type Trade,
  type VenueFact,
  isBid,
  priceIn,
  remaining,
} from "../../src/sim/exchange/index.ts";
import { type Rebates, withRebates } from "../../src/sim/exchange/rebates.ts";
import { SYNTHETIC_VOLATILITY } from "../../src/runtimes/inProcess.ts";
import { OUR_ACCOUNT } from "../../src/sim/index.ts";
import {
  DOLLAR_BP,
  type EpochMs,
  type Fill,
  MICRO,
  type Market,
  type OrderId,
  type Token,
  type TradeId,
} from "../../src/types/index.ts";
import { hedge } from "./hedge.ts";

/** Seconds from a fill to the middle of the book by which it is judged. */
export const MARKOUTS_S = [0, 1, 5, 15, 60] as const;

/** A fill that stands; `fairBp` is the middle of the others' book just before it. */
export interface RecordedFill extends ValuedFill {
  /** Milliseconds from the booking of the order. */
  readonly ageMs: number;
  /** One for each of `MARKOUTS_S`, in basis points of a YES: the middle of the others' book; null without one. */
  readonly laterBp: readonly (number | null)[];
}

export interface WindowRecord {
  readonly market: Market;
  readonly winner: Token;
  readonly fills: readonly RecordedFill[];
  /** Of the makers' part of the takers' fees, in micro-dollars. */
  readonly rebates: number;
  /** Orders that the venue booked or refused, and those it cancelled for us. */
  readonly orders: {
    readonly placed: number;
    readonly refused: number;
    readonly cancelled: number;
  };
  /** Milliseconds of the window with orders of ours on both sides, and on one alone. */
  readonly quotedMs: { readonly both: number; readonly one: number };
  /** |YES - NO| in shares: its largest, and its mean over the window. */
  readonly inventory: { readonly most: number; readonly mean: number };
  /** Of the prices of the reference in order, until the window was decided. */
  readonly referenceHash: number;
  /** Micro-dollars that the moves of the reference made of what was held. */
  readonly moved: number;
}

export interface Recorder {
  /** Each fact of the venue as it becomes true, and when. */
  readonly fact: (fact: VenueFact, now: EpochMs) => void;
  /** Null until the first market is resolved. */
  readonly record: () => WindowRecord | null;
}

interface OpenFill {
  readonly fill: Fill;
  readonly trade: TradeId;
  readonly matchedAt: EpochMs;
  readonly ageMs: number;
  readonly middleBp: number | null;
  readonly laterBp: (number | null)[];
}

interface Levels {
  /** Micro-shares at each price of YES, ours included. */
  readonly total: Map<number, number>;
  readonly ours: Map<number, number>;
}

/** Of the first market that opens; facts of later ones are left out. */
export function recorder(): Recorder {
  let market: Market | null = null;
  let winner: Token | null = null;
  const bids: Levels = { total: new Map(), ours: new Map() };
  const asks: Levels = { total: new Map(), ours: new Map() };
  const live = new Map<OrderId, Order>();
  const placedAt = new Map<OrderId, EpochMs>();
  /** Of our orders: the book changes after them, within the same step of the venue. */
  let changed: Order[] = [];
  const fills = new Map<TradeId, readonly OpenFill[]>();
  const trades = new Map<TradeId, Trade>();
  /** For each of `MARKOUTS_S`, the fills that wait for it, oldest first. */
  const waiting: OpenFill[][] = MARKOUTS_S.map(() => []);
  const orders = { placed: 0, refused: 0, cancelled: 0 };
  const quotedMs = { both: 0, one: 0 };
  let [net, most, shareMs] = [0, 0, 0];
  let since: EpochMs | null = null;
  let referenceHash = HASH_START;
  const hedged = hedge(SYNTHETIC_VOLATILITY);

  const middleBp = (): number | null => {
    const bid = best(bids, (price, than) => price > than);
    const ask = best(asks, (price, than) => price < than);
    // One side alone is empty where the window is all but decided.
    return bid === null && ask === null ? null : Math.round(((bid ?? 0) + (ask ?? DOLLAR_BP)) / 2);
  };

  /** Takes what is measured over time up to `now`, within the window. */
  const pass = (now: EpochMs): void => {
    if (market === null || since === null || now <= since) return;
    apply();
    for (const [index, queue] of waiting.entries()) {
      const dueMs = (MARKOUTS_S[index] ?? 0) * 1_000;
      for (let [first] = queue; first && first.matchedAt + dueMs < now; [first] = queue) {
        queue.shift();
        first.laterBp[index] = index === 0 ? first.middleBp : middleBp();
      }
    }
    const ms = Math.min(now, market.endsAt) - since;
    since = now;
    if (ms <= 0) return;
    shareMs += Math.abs(net) * ms;
    let [hasBid, hasAsk] = [false, false];
    for (const order of live.values()) {
      if (isBid(order)) hasBid = true;
      else hasAsk = true;
    }
    if (hasBid && hasAsk) quotedMs.both += ms;
    else if (hasBid || hasAsk) quotedMs.one += ms;
  };

  const apply = (): void => {
    for (const order of changed) {
      const before = live.get(order.id);
      if (before !== undefined) addTo(before, -remaining(before));
      if (order.status === "live") {
        live.set(order.id, order);
        addTo(order, remaining(order));
      } else {
        live.delete(order.id);
      }
    }
    changed = [];
  };
  const addTo = (order: Order, size: number): void => {
    const { ours } = isBid(order) ? bids : asks;
    const price = priceIn(order.token, order.price);
    ours.set(price, (ours.get(price) ?? 0) + size);
  };

  const traded = (trade: Trade, now: EpochMs): void => {
    const legs = trade.legs.filter(({ account }) => account === OUR_ACCOUNT);
    if (legs.length === 0) return;
    trades.set(trade.id, trade);
    const known = fills.get(trade.id);
    // A failure takes back what was matched, once.
    if (known !== undefined && (trade.status !== "failed" || known.length === 0)) return;
    const shares = legs.reduce((sum, { fill }) => sum + yesShares(fill), 0);
    net += known === undefined ? shares : -shares;
    most = Math.max(most, Math.abs(net));
    if (known !== undefined) return void fills.set(trade.id, []);
    const middle = middleBp();
    const opened = legs.map(({ fill }): OpenFill => ({
      fill,
      trade: trade.id,
      matchedAt: now,
      ageMs: now - (placedAt.get(fill.orderId) ?? now),
      middleBp: middle,
      laterBp: MARKOUTS_S.map(() => null),
    }));
    fills.set(trade.id, opened);
    for (const queue of waiting) queue.push(...opened);
  };

  const ordered = (order: Order, cause: string, now: EpochMs): void => {
    if (cause === "placed") {
      orders.placed += 1;
      placedAt.set(order.id, now);
    }
    if (cause === "cancelled") orders.cancelled += 1;
    changed.push(order);
  };

  const level = ({ token, side, level: { price, size } }: LevelItem): void => {
    if (token !== "YES") return;
    const { total } = side === "BUY" ? bids : asks;
    if (size === 0) total.delete(price);
    else total.set(price, size);
  };

  return {
    fact: (fact, now) => {
      pass(now);
      switch (fact.type) {
        case "market.opened":
          if (market !== null) return;
          market = fact.market;
          since = now;
          return;
        case "reference.moved":
          if (winner === null) referenceHash = hashed(referenceHash, fact.price);
          hedged.moves(market, fact.price, net, now);
          return;
        case "book.changed":
          if (fact.market !== market?.id) return;
          apply();
          level(fact.item);
          return;
        case "order.changed":
          if (fact.order.market === market?.id && fact.order.account === OUR_ACCOUNT)
            ordered(fact.order, fact.cause, now);
          return;
        case "order.refused":
          if (fact.account === OUR_ACCOUNT) orders.refused += 1;
          return;
        case "trade.changed":
          if (fact.trade.market === market?.id) traded(fact.trade, now);
          return;
        case "market.resolved":
          if (fact.market === market?.id) winner = fact.winner;
          return;
        case "market.tickChanged":
        case "transaction.changed":
        case "transaction.refused":
        case "cancel.refused":
        case "heartbeat.lapsed":
          return;
      }
    },
    record: () => {
      if (market === null || winner === null) return null;
      const { opensAt, endsAt } = market;
      const payoutBp = winner === "YES" ? DOLLAR_BP : 0;
      return {
        market,
        winner,
        fills: [...fills.values()].flat().map(({ trade: tradeId, middleBp: fairBp, ...known }) => ({
          ...known,
          tradeId,
          fairBp,
          laterBp: known.laterBp.map((bp, index) =>
            known.matchedAt + (MARKOUTS_S[index] ?? 0) * 1_000 < endsAt ? bp : payoutBp,
          ),
        })),
        rebates: rebatesOf([...trades.values()]),
        orders: { ...orders },
        quotedMs: { ...quotedMs },
        inventory: { most: most / MICRO, mean: shareMs / (endsAt - opensAt) / MICRO },
        referenceHash,
        moved: Math.round(hedged.earned()),
      };
    },
  };
}

/** The best price at which somebody else has an order; null for none. */
function best(
  { total, ours }: Levels,
  isBetter: (price: number, than: number) => boolean,
): number | null {
  let found: number | null = null;
  for (const [price, size] of total)
    if (size > (ours.get(price) ?? 0) && (found === null || isBetter(price, found))) found = price;
  return found;
}

/** A NO that is bought is a YES sold. */
const yesShares = ({ side, token, size }: Fill): number =>
  (side === "BUY") === (token === "YES") ? size : -size;

/** As the venue earns them; it pays once a day. */
function rebatesOf(trades: readonly Trade[]): number {
  const earned = trades
    .filter(({ status }) => status !== "failed")
    .reduce<Rebates>((known, trade) => withRebates(known, trade, trade.matchedAt), []);
  return earned
    .flatMap(({ earned: each }) => [...each.values()])
    .filter(({ account }) => account === OUR_ACCOUNT)
    .reduce((sum, { amount }) => sum + amount, 0);
}

/** FNV-1a over whole numbers: equal paths have equal hashes, and others hardly ever. */
const HASH_START = 0x81_1c_9d_c5;
const hashed = (hash: number, value: number): number => {
  const low = Math.imul(hash ^ (value >>> 0), 0x01_00_01_93);
  return Math.imul(low ^ Math.floor(value / 2 ** 32), 0x01_00_01_93) >>> 0;
};
