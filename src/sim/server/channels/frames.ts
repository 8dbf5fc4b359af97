/** What the two channels say of one step of the exchange (protocol 6.2, 6.4). */
import {
  type Book,
  type BookLevel,
  complement,
  DOLLAR_BP,
  type EpochMs,
  formatMicro,
  formatPriceBp,
  type Market,
  type MarketId,
  minus,
  type Side,
  type Token,
  TOKENS,
} from "../../../types/index.ts";
import {
  hashed,
  type AccountId,
  EMPTY_BOOK,
  levels,
  type LevelItem,
  type Order,
  type Trade,
  type ExchangeState,
  type MarketState,
  type OrderCause,
  type VenueFact,
  REBATE_BP,
} from "../../exchange/index.ts";
import {
  bookSummary,
  emptyBookMeta,
  type BookMeta,
  withTrade,
  type MarketPolicy,
  RESULTS,
} from "../state/index.ts";
import { orderRecord, tradeRecord, type Registry } from "../rest/index.ts";

export interface MarketFrame {
  readonly channel: "market";
  readonly market: MarketId;
  /** Whoever follows one of these hears it; null is everybody. */
  readonly assets: readonly string[] | null;
  /** Only for whoever asked for more than the plain events. */
  readonly isExtended: boolean;
  readonly payload: unknown;
}

export interface UserFrame {
  readonly channel: "user";
  readonly account: AccountId;
  readonly market: MarketId;
  readonly payload: unknown;
}

export type Frame = MarketFrame | UserFrame;

export interface ExchangeStep {
  readonly before: ExchangeState;
  readonly after: ExchangeState;
  readonly facts: readonly VenueFact[];
  readonly bookMeta: ReadonlyMap<MarketId, BookMeta>;
  readonly registry: Registry;
  readonly now: EpochMs;
  readonly policy: MarketPolicy;
}

/** The lastTrades after the step, and its frames in the order in which they are sent. */
export function stepFrames(
  step: ExchangeStep,
): readonly [lastTrades: ReadonlyMap<MarketId, BookMeta>, frames: readonly Frame[]] {
  const touched = new Set(step.facts.map(marketOf).filter((id) => id !== null));
  const bookMeta = new Map([...step.bookMeta].filter(([id]) => step.after.markets.has(id)));
  const frames = [...touched].flatMap((id) => {
    const known = step.after.markets.get(id);
    if (!known) return [];
    const facts = step.facts.filter((fact) => marketOf(fact) === id);
    const meta = bookMetaAfter(step.bookMeta.get(id) ?? emptyBookMeta(step.now), facts, step.now);
    bookMeta.set(id, meta);
    return [...userFrames(facts, known, step), ...marketFrames(facts, known, meta, step)];
  });
  return [bookMeta, frames];
}

function marketOf(fact: VenueFact): MarketId | null {
  switch (fact.type) {
    case "market.opened":
      return fact.market.id;
    case "market.tickChanged":
    case "market.resolved":
    case "book.changed":
      return fact.market;
    case "order.changed":
      return fact.order.market;
    case "trade.changed":
      return fact.trade.market;
    case "order.refused":
      return fact.killed?.market ?? null;
    case "reference.moved":
    case "cancel.refused":
    case "heartbeat.lapsed":
      return null;
  }
}

const newTrades = (facts: readonly VenueFact[]): readonly Trade[] =>
  facts
    .filter((fact) => fact.type === "trade.changed")
    .map(({ trade }) => trade)
    .filter(({ status }) => status === "matched");

function bookMetaAfter(meta: BookMeta, facts: readonly VenueFact[], now: EpochMs): BookMeta {
  const next = newTrades(facts).reduce(withTrade, meta);
  const isChanged = facts.some(({ type }) => CHANGES_BOOK.has(type));
  return next === meta && !isChanged ? meta : { ...next, changedAt: now };
}

/** The hash covers the tick too. */
const CHANGES_BOOK: ReadonlySet<VenueFact["type"]> = new Set([
  "book.changed",
  "market.tickChanged",
]);

function marketFrames(
  facts: readonly VenueFact[],
  known: MarketState,
  meta: BookMeta,
  step: ExchangeStep,
): readonly Frame[] {
  const { market } = known;
  const frame = (
    assets: readonly string[] | null,
    payload: object,
    isExtended = false,
  ): MarketFrame => ({
    channel: "market",
    market: market.id,
    assets,
    isExtended,
    payload: { ...payload, timestamp: String(step.now) },
  });
  const both = TOKENS.map((token) => market.tokenIds[token]);
  const trades = newTrades(facts);
  const changes = priceChanges(facts, known, meta, step);
  const books = trades.length === 0 ? [] : TOKENS.map((token) => bookFrame(known, token, meta));
  return [
    ...facts
      .filter((fact) => fact.type === "market.opened")
      .map(() => frame(null, newMarketEvent(market, step.policy), true)),
    ...facts
      .filter((fact) => fact.type === "market.tickChanged")
      .flatMap(({ oldTick, tick }) =>
        both.map((asset) =>
          frame([asset], {
            event_type: "tick_size_change",
            market: market.id,
            asset_id: asset,
            old_tick_size: formatPriceBp(oldTick),
            new_tick_size: formatPriceBp(tick),
          }),
        ),
      ),
    ...trades
      .flatMap((trade) => lastTradeEvents(trade, known))
      .map((payload) => frame(both, payload)),
    ...changes.map((price_changes) =>
      frame(both, { market: market.id, price_changes, event_type: "price_change" }),
    ),
    ...TOKENS.flatMap((token) => bestBidAskEvents(known, token, step)).map((payload) =>
      frame([payload.asset_id], payload, true),
    ),
    ...books.map((payload) => frame([payload.asset_id], payload)),
    ...facts
      .filter((fact) => fact.type === "market.resolved")
      .map(({ winner }) => frame(both, resolvedEvent(market, winner), true)),
  ];
}

/** The whole book of one token; what the hash covers beside it is not said. */
export function bookFrame({ market, book }: MarketState, token: Token, meta: BookMeta) {
  const {
    min_order_size: _,
    neg_risk: __,
    ...shown
  } = bookSummary({ market, token, meta }, levels(book, token));
  return { ...shown, event_type: "book" };
}

interface Change {
  readonly side: Side;
  readonly level: BookLevel;
}

/**
 * One message per level, with what it has become, its mirror in the other token and both hashes as
 * of then. What goes comes first: no book on the way is crossed.
 */
function priceChanges(
  facts: readonly VenueFact[],
  { market }: MarketState,
  meta: BookMeta,
  { before }: ExchangeStep,
): readonly unknown[][] {
  const items = facts.filter((fact) => fact.type === "book.changed").map(({ item }) => item);
  const last = new Map(
    items
      .filter(({ token }) => token === "YES")
      .map((item) => [`${item.side} ${item.level.price}`, item]),
  );
  const changes = [...last.values()];
  const inOrder = [...changes.filter(isRemoval), ...changes.filter((item) => !isRemoval(item))];
  let yes = levels(before.markets.get(market.id)?.book ?? EMPTY_BOOK, "YES");
  return inOrder.map((change) => {
    yes = withBookLevel(yes, change);
    const books = { YES: yes, NO: mirrored(yes) };
    return TOKENS.map((token) => {
      const { side, level } = token === "YES" ? change : mirror(change);
      const { bids, asks } = books[token];
      return {
        asset_id: market.tokenIds[token],
        price: formatPriceBp(level.price),
        size: formatMicro(level.size),
        side,
        hash: bookSummary({ market, token, meta }, books[token]).hash,
        best_bid: priceText(bids[0]),
        best_ask: priceText(asks[0]),
      };
    });
  });
}

const isRemoval = ({ level }: LevelItem): boolean => level.size === 0;

function withBookLevel({ bids, asks }: Book, { side, level }: Change): Book {
  const placed = (old: readonly BookLevel[], isBetter: (a: number, b: number) => boolean) => {
    const others = old.filter(({ price }) => price !== level.price);
    if (level.size === 0) return others;
    const at = others.findIndex(({ price }) => isBetter(level.price, price));
    return others.toSpliced(at < 0 ? others.length : at, 0, level);
  };
  return side === "BUY"
    ? { bids: placed(bids, (a, b) => a > b), asks }
    : { bids, asks: placed(asks, (a, b) => a < b) };
}

const mirrored = ({ bids, asks }: Book): Book => ({ bids: asks.map(flip), asks: bids.map(flip) });
const flip = ({ price, size }: BookLevel): BookLevel => ({ price: complement(price), size });
const mirror = ({ side, level }: Change): Change => ({
  side: side === "BUY" ? "SELL" : "BUY",
  level: flip(level),
});

/** "" where a side is empty. */
const priceText = (level: BookLevel | undefined): string =>
  level ? formatPriceBp(level.price) : "";

function bestBidAskEvents({ market, book }: MarketState, token: Token, { before }: ExchangeStep) {
  const old = levels(before.markets.get(market.id)?.book ?? EMPTY_BOOK, token);
  const now = levels(book, token);
  const [bid, ask] = [now.bids[0], now.asks[0]];
  if (bid?.price === old.bids[0]?.price && ask?.price === old.asks[0]?.price) return [];
  return [
    {
      event_type: "best_bid_ask",
      market: market.id,
      asset_id: market.tokenIds[token],
      best_bid: priceText(bid),
      best_ask: priceText(ask),
      spread: bid && ask ? formatPriceBp(minus(ask.price, bid.price)) : "",
    },
  ];
}

function lastTradeEvents({ id, legs }: Trade, { market }: MarketState): readonly object[] {
  const taker = legs[0]?.fill;
  if (!taker) return [];
  return [
    {
      event_type: "last_trade_price",
      market: market.id,
      asset_id: market.tokenIds[taker.token],
      price: formatPriceBp(taker.price),
      size: formatMicro(taker.size),
      side: taker.side,
      fee_rate_bps: "0",
      transaction_hash: hashed(`transaction ${id}`),
    },
  ];
}

function newMarketEvent(market: Market, { fee }: MarketPolicy) {
  const tokens = TOKENS.map((token) => market.tokenIds[token]);
  return {
    event_type: "new_market",
    id: market.slug,
    question: "Bitcoin Up or Down (simulated)",
    market: market.id,
    slug: market.slug,
    description: "",
    assets_ids: tokens,
    outcomes: TOKENS.map((token) => RESULTS[token]),
    tags: [],
    condition_id: market.id,
    active: true,
    clob_token_ids: tokens,
    order_price_min_tick_size: formatPriceBp(market.rules.tick),
    fees_enabled: fee !== null,
    ...(fee && {
      taker_base_fee: "1000",
      fee_schedule: {
        exponent: String(fee.exponent),
        rate: String(fee.rateBp / DOLLAR_BP),
        taker_only: true,
        rebate_rate: String(REBATE_BP / DOLLAR_BP),
      },
    }),
  };
}

const resolvedEvent = (market: Market, winner: Token) => ({
  event_type: "market_resolved",
  id: market.slug,
  market: market.id,
  assets_ids: TOKENS.map((token) => market.tokenIds[token]),
  winning_asset_id: market.tokenIds[winner],
  winning_outcome: RESULTS[winner],
  tags: [],
});

/** To each account its own orders and trades, in the order of the facts. */
function userFrames(
  facts: readonly VenueFact[],
  known: MarketState,
  { registry, now, policy }: ExchangeStep,
): readonly Frame[] {
  const frame = (account: AccountId, payload: object): UserFrame => ({
    channel: "user",
    account,
    market: known.market.id,
    payload: { ...payload, timestamp: String(now) },
  });
  return facts.flatMap((fact) => {
    if (fact.type === "order.changed" && !policy.tellsRemovals && REMOVALS.has(fact.cause))
      return [];
    if (fact.type === "order.changed")
      return orderEvents(fact.order, fact.cause, known, registry).map((payload) =>
        frame(fact.order.account, payload),
      );
    if (fact.type === "order.refused")
      return fact.killed
        ? [frame(fact.account, killedEvent(fact.killed, fact.refusal.text, known, registry))]
        : [];
    if (fact.type !== "trade.changed") return [];
    const accounts = new Set(fact.trade.legs.map(({ account }) => account));
    return [...accounts].map((account) => {
      const record = tradeRecord(fact.trade, account, known, registry);
      return frame(account, {
        event_type: "trade",
        type: "TRADE",
        ...record,
        trade_owner: record?.owner,
      });
    });
  });
}

/** Protocol 6.4. Whether a FAK order that meets nothing is told of too is not documented: it is not. */
const killedEvent = (
  order: Order,
  text: string,
  known: MarketState,
  registry: Registry,
): object => ({
  ...orderEvent(order, known, registry),
  size_matched: "",
  outcome: "",
  created_at: "",
  type: "CANCELLATION",
  status: `CANCELED_${text}`,
});

/** Whether the venue tells of these is not documented. */
const REMOVALS: ReadonlySet<OrderCause> = new Set(["expired", "heartbeatLapsed"]);

/** One event, but of a FAK order that leaves something: what it took, and that the rest is gone. */
function orderEvents(
  order: Order,
  cause: OrderCause,
  known: MarketState,
  registry: Registry,
): readonly object[] {
  const record = orderEvent(order, known, registry);
  const event = (type: string, more: object = {}): object => ({ ...record, type, ...more });
  if (cause === "placed") return [event("PLACEMENT", { associate_trades: [] })];
  if (cause !== "matched") return [event("CANCELLATION")];
  return order.status === "cancelled"
    ? [event("UPDATE", { status: "LIVE" }), event("CANCELLATION")]
    : [event("UPDATE")];
}

function orderEvent(order: Order, known: MarketState, registry: Registry) {
  const record = orderRecord(order, known, registry);
  return {
    event_type: "order",
    ...record,
    order_owner: record.owner,
    created_at: String(record.created_at),
  };
}
