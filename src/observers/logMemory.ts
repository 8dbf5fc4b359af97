/** What the log has read so far, as far as later lines need it. */
import {
  type ExecutorConfig,
  type ExecutorState,
  type Transition,
  isPossiblyLive,
  workingOrders,
} from "../executor/index.ts";
import {
  type Coin,
  type Event,
  type FeedName,
  type Instant,
  type MarketId,
  type MonotonicMs,
  type OfCoin,
  type ReferencePrice,
  coinOf,
} from "../types/index.ts";
import { type LinkMemory, NEW_LINK, linkAfter } from "./linkLines.ts";
import { type MarketRecord, recorded } from "./marketRecord.ts";
import type { AppOutput, ReferenceDoubts } from "./output.ts";
import { NOTHING_TOLD, type Told, namesOf, toldAfter, toldOfStop } from "./quoting.ts";
import { NO_TOTALS, type Totals, totalsWith } from "./statusLine.ts";

export interface LogMemory {
  /** The markets that are traded. */
  readonly markets: ReadonlyMap<MarketId, MarketMemory>;
  /** Of the markets that were left. */
  readonly past: Totals;
  readonly prices: ReadonlyMap<Coin, PriceMemory>;
  /** After a trip the kill switch has seen the whole account empty. */
  readonly isProvenEmpty: boolean;
}

/** Of one coin. */
export interface PriceMemory {
  /** The last one that is believed; null while the reference feed is lost. */
  readonly reference: ReferencePrice | null;
  readonly doubts: ReferenceDoubts;
  readonly referenceLink: LinkMemory;
  /** The last one; null while the settlement feed is lost. */
  readonly mean: ReferencePrice | null;
  readonly settlementLink: LinkMemory;
}

export interface MarketMemory {
  readonly record: MarketRecord;
  readonly told: Told;
  readonly links: Readonly<Record<"market" | "user", LinkMemory>>;
  /** The last stop: when it began, and how many orders could be live then. */
  readonly stop: { readonly at: MonotonicMs; readonly orders: number } | null;
}

export const NEW_LINKS: MarketMemory["links"] = { market: NEW_LINK, user: NEW_LINK };

export const EMPTY_MEMORY: LogMemory = {
  markets: new Map(),
  past: NO_TOTALS,
  prices: new Map(),
  isProvenEmpty: false,
};

const NO_PRICES: PriceMemory = {
  reference: null,
  doubts: { isHeld: false, holds: 0, dropped: 0 },
  referenceLink: NEW_LINK,
  mean: null,
  settlementLink: NEW_LINK,
};

export const pricesOf = ({ prices }: Pick<LogMemory, "prices">, of: OfCoin): PriceMemory =>
  prices.get(coinOf(of)) ?? NO_PRICES;

const withPrices = (memory: LogMemory, of: OfCoin, news: Partial<PriceMemory>): LogMemory => ({
  ...memory,
  prices: new Map(memory.prices).set(coinOf(of), { ...pricesOf(memory, of), ...news }),
});

/** What the log remembers once it has read `output`. */
export function remembered(
  memory: LogMemory,
  output: AppOutput,
  executor: ExecutorConfig,
): LogMemory {
  switch (output.type) {
    case "transition.made": {
      const { market, transition } = output;
      const next = marketAfter(memory.markets.get(market), transition, executor);
      return { ...memory, markets: new Map(memory.markets).set(market, next) };
    }
    case "market.left": {
      const markets = new Map(memory.markets);
      const record = markets.get(output.market)?.record;
      markets.delete(output.market);
      const past = record === undefined ? memory.past : totalsWith(memory.past, record);
      return { ...memory, markets, past };
    }
    case "reference.updated": {
      const { event, believed, doubts } = output;
      const before = pricesOf(memory, output);
      const isLink = event.type === "lost" || event.type === "restored";
      const referenceLink = isLink
        ? linkAfter(before.referenceLink, event, event.at.monotonicMs)
        : before.referenceLink;
      return withPrices(memory, output, { reference: believed, doubts, referenceLink });
    }
    case "settlement.updated": {
      const { event } = output;
      if (event.type === "item") return withPrices(memory, output, { mean: event.item.mean });
      if (event.type !== "lost" && event.type !== "restored") return memory;
      const { settlementLink: known } = pricesOf(memory, output);
      const settlementLink = linkAfter(known, event, event.at.monotonicMs);
      return withPrices(memory, output, { mean: null, settlementLink });
    }
    case "killSwitch.verified":
      return { ...memory, isProvenEmpty: true };
    default:
      return memory;
  }
}

function marketAfter(
  before: MarketMemory | undefined,
  { input, state, effects }: Transition,
  config: ExecutorConfig,
): MarketMemory {
  const named = namesOf(state, config);
  const lastAt = (before?.record.state ?? state).now.monotonicMs;
  const told = toldAfter(before?.told ?? NOTHING_TOLD, state, named, lastAt);
  const isStopped = beginsStop(before, effects);
  return {
    record: recorded(before?.record, state),
    links: linksAfter(before?.links ?? NEW_LINKS, input.event, state.now),
    told: isStopped ? toldOfStop(told, state, named) : told,
    stop: isStopped ? stopOf(state) : (before?.stop ?? null),
  };
}

function linksAfter(
  links: MarketMemory["links"],
  event: Event,
  { monotonicMs }: Instant,
): MarketMemory["links"] {
  if (event.type !== "feed.lost" && event.type !== "feed.restored") return links;
  const { feed } = event;
  if (isOfAll(feed)) return links;
  return { ...links, [feed]: linkAfter(links[feed], event, monotonicMs) };
}

/** Said once for all markets of a coin, where the feed itself is read. */
export const isOfAll = (feed: FeedName): feed is "reference" | "settlement" =>
  feed === "reference" || feed === "settlement";

const stopOf = (state: ExecutorState): MarketMemory["stop"] => ({
  at: state.now.monotonicMs,
  orders: liveOrders(state),
});

export const liveOrders = (state: ExecutorState): number =>
  workingOrders(state).filter(isPossiblyLive).length;

/** Whether everything begins to be cancelled: a cancel-all is repeated until it is carried out. */
export const beginsStop = (
  memory: MarketMemory | undefined,
  effects: Transition["effects"],
): boolean =>
  effects.some(({ type }) => type === "cancelAll") &&
  (memory === undefined || ["running", "halted"].includes(memory.record.state.stop.state));
