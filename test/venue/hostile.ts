/**
 * A venue that says anything: its texts pass through the decoders and the receipts into the reducer,
 * as they do in production. Nothing that it says may throw, a broken law least of all.
 */
import { reducer } from "../../src/executor/index.ts";
import type { ExecutorState } from "../../src/executor/state.ts";
import { cancelReceipts, lateAnswers, placeReceipts } from "../../src/gateway/receipts.ts";
import type { Random } from "../../src/sim/index.ts";
import {
  type Effect,
  type Event,
  type Market,
  type MarketItem,
  type Survey,
  type UserItem,
  FEEDS,
  after,
  epochMs,
  monotonicMs,
  priceBp,
} from "../../src/types/index.ts";
import {
  decodeBalances,
  decodeCancelAnswer,
  decodeOrder,
  decodeOrdersPage,
  decodePlaceAnswer,
  decodeTradesPage,
  decodeUserFrame,
} from "../../src/venue/polymarket/index.ts";
import { decodeMarketFrame } from "../../src/venue/polymarket/decode/decodeMarket.ts";
import { IDENTITY, config, intent, shares, trading } from "../support/builders.ts";
import { mutated, textsOf } from "./mutated.ts";
import { A, ACCOUNT, B, C, DOWN, MARKET, UP } from "./polymarket/support.ts";

/** The bench has waited for its first survey by then. */
const OPENED_MS = 60_000;
/** Of one market, before the next begins: one that was resolved hears little, one that is stopped places nothing. */
const EPISODE = 100;

const USER = textsOf("polymarket/user");
const CHANNEL = textsOf("polymarket/market");
const REST = textsOf("polymarket/rest");

type Words = readonly [string, ...string[]];
const ODD_IDS = ["constructor", "__proto__", "toString", "hasOwnProperty", "a:b", "0", A, B, C];
const SIZES: Words = [
  "0",
  "",
  "5",
  "20",
  "0.000001",
  "35",
  "500",
  "250000",
  "250000.000001",
  "5000000000",
  "9007199254.740991",
  "-1",
  "1e9",
  "NaN",
];
const PRICES: Words = [
  "0.01",
  "0.5",
  "0.55",
  "0.9999",
  "0.0001",
  "0",
  "1",
  "0.33333333333333",
  "9",
];
const TICKS: Words = ["0.01", "0.001", "0.03", "0.5", "0.9999", "0", "1"];
const BALANCES: Words = [
  "0",
  "20000000",
  "500000000",
  "5000000000000000",
  "1000000000000000",
  "9007199254740991",
  "-5",
  "1e30",
];
const ORDER_WORDS: Words = ["LIVE", "MATCHED", "CANCELED", "INVALID", "DELAYED", "ODD"];
const TRADE_WORDS: Words = ["MATCHED", "MINED", "CONFIRMED", "RETRYING", "FAILED"];
const TIMES: Words = ["1800000000", "1800000100", "0", "4000000000", "1800000000000", ""];

export interface Found {
  readonly message: number;
  readonly text: string;
  readonly error: string;
}

export interface HostileRun {
  readonly found: readonly Found[];
  /** What the messages became, so that a run in which all was refused proves nothing. */
  readonly events: ReadonlyMap<string, number>;
  readonly stops: number;
}

export function hostileRun(chance: Random, messages: number): HostileRun {
  const found: Found[] = [];
  const events = new Map<string, number>();
  let stops = 0;
  for (let message = 0; message < messages && found.length < 5;) {
    const episode = new Episode(chance, events);
    for (let each = 0; each < EPISODE && message < messages; each += 1) {
      message += 1;
      try {
        episode.next();
      } catch (error) {
        found.push({ message, text: episode.text, error: String(error) });
        break;
      }
    }
    stops += episode.stops;
  }
  return { found, events, stops };
}

class Episode {
  text = "";
  stops = 0;
  private state: ExecutorState;
  private readonly market: Market;
  private readonly reduce = reducer(config(), IDENTITY);
  private elapsedMs = 0;
  private intents = 1_000;
  private asked: Effect[] = [];
  private ids: string[] = [...ODD_IDS];

  private readonly chance: Random;
  private readonly events: Map<string, number>;
  /** In a hundred values: a venue that only lies is stopped at once, and nothing rests any more. */
  private readonly lies: number;

  constructor(chance: Random, events: Map<string, number>) {
    this.chance = chance;
    this.events = events;
    this.lies = chance.pick([2, 10, 100]);
    const opened = trading().state().market;
    this.market = {
      ...opened,
      id: MARKET.id,
      tokenIds: MARKET.tokenIds,
      endsAt: after(opened.opensAt, 36_000_000),
    };
    this.state = trading({ YES: 30, NO: 10, cash: 500 }, { market: this.market }).state();
  }

  next(): void {
    this.elapsedMs += this.chance.integer(0, 400);
    this.text = "";
    for (const event of this.heard()) this.take(event);
  }

  private take(event: Event): void {
    const at = {
      epochMs: epochMs(this.market.opensAt + 60_000 + this.elapsedMs),
      monotonicMs: monotonicMs(OPENED_MS + this.elapsedMs),
    };
    const [next, effects] = this.reduce(this.state, { seq: this.state.step + 1, at, event });
    this.events.set(event.type, (this.events.get(event.type) ?? 0) + 1);
    if (next.why.gate.includes("the venue keeps contradicting itself")) this.stops += 1;
    this.state = next;
    this.asked = [...this.asked, ...effects].slice(-20);
    const placed = effects.flatMap((effect) => (effect.type === "place" ? effect.legs : []));
    this.ids = [...this.ids, ...placed.map(({ orderId }) => orderId)].slice(-60);
  }

  private heard(): readonly Event[] {
    const { chance } = this;
    switch (chance.integer(0, 9)) {
      case 0:
      case 1:
        return this.ours();
      case 2:
      case 3:
      case 4:
      case 5:
        return this.answered();
      case 6:
        return this.channel();
      default:
        return this.user();
    }
  }

  /** Intents and clock ticks, so that there are orders for the venue to talk about. */
  private ours(): readonly Event[] {
    const { chance } = this;
    const at = this.state.now;
    const seen = { reference: at.monotonicMs, YES: at.monotonicMs, NO: at.monotonicMs };
    if (chance.integer(0, 3) === 0) return [{ type: "clock.ticked", seen }];
    if (chance.integer(0, 20) === 0) {
      const feed = FEEDS[chance.integer(0, 2)] ?? "user";
      const session = this.state.feeds[feed].session + 1;
      return [{ type: "feed.restored", feed, session }];
    }
    this.intents += 1;
    const made = { seq: this.intents, inventoryStep: this.state.inventoryStep };
    const bid = { price: priceBp(100 * chance.integer(20, 50)), size: shares(20) };
    const ask = { price: priceBp(100 * chance.integer(51, 80)), size: shares(20) };
    return [{ type: "intent.published", intent: intent({ ...made, bid, ask }, at) }];
  }

  private user(): readonly Event[] {
    const { chance } = this;
    const made =
      chance.integer(0, 2) === 0
        ? this.renamed(chance.pick(USER))
        : JSON.stringify(chance.integer(0, 1) === 0 ? this.order("user") : this.trade("user"));
    this.text = this.bent(made);
    const known = new Set(this.ids);
    const us = { ...ACCOUNT, isOurs: (id: string) => known.has(id) };
    const { items } = decodeUserFrame(this.text, this.traded(), us);
    return items.map(userEvent);
  }

  private channel(): readonly Event[] {
    const { chance } = this;
    const tick = {
      event_type: "tick_size_change",
      market: MARKET.id,
      asset_id: UP,
      old_tick_size: "0.01",
      new_tick_size: this.any(TICKS, "0.01"),
      timestamp: "1",
    };
    const isMade = !this.isLie() || chance.integer(0, 1) === 0;
    this.text = isMade ? JSON.stringify(tick) : this.bent(chance.pick(CHANNEL));
    const { items } = decodeMarketFrame(this.text, this.state.market);
    // A resolved market hears little else, so it comes late in a few.
    return items
      .flatMap(marketEvent)
      .filter(({ type }) => type !== "market.resolved" || chance.integer(0, 20) === 0);
  }

  /** An answer to what was asked, right or not, twice or never. */
  private answered(): readonly Event[] {
    const { chance } = this;
    const effect = this.asked[chance.integer(0, Math.max(0, this.asked.length - 1))];
    const mayCome = chance.integer(0, 9) > 0;
    if (effect === undefined) return [];
    if (mayCome) this.asked = this.asked.filter((other) => other !== effect);
    switch (effect.type) {
      case "place": {
        const legs = effect.legs.map(({ orderId }) =>
          chance.integer(0, 2) > 0
            ? {
                success: true,
                errorMsg: "",
                orderID: this.isLie() ? this.id() : orderId,
                status: "live",
              }
            : {
                success: false,
                errorMsg: chance.pick(["crosses the book", "no", "not enough balance / allowance"]),
                orderID: "",
                status: "",
              },
        );
        const receipts = placeReceipts(
          effect,
          decodePlaceAnswer(this.reply(legs), legs.length).answer,
        );
        return chance.integer(0, 9) === 0 ? lateAnswers(receipts) : receipts;
      }
      case "cancel": {
        const ids = effect.orderIds.filter(() => chance.integer(0, 1) === 0);
        const body = {
          canceled: [...ids, ...this.some(() => this.id())],
          not_canceled: Object.fromEntries(
            this.some(() => [this.id(), "order not found"] as const),
          ),
        };
        return cancelReceipts(effect, decodeCancelAnswer(this.reply(body)).answer);
      }
      case "cancelAll": {
        const body = {
          canceled: this.some(() => this.id()),
          not_canceled: Object.fromEntries(this.some(() => [this.id(), "delayed"] as const)),
        };
        const { answer } = decodeCancelAnswer(this.reply(body));
        return [{ type: "cancelAll.answered", requestId: effect.requestId, answer }];
      }
      case "survey":
        return this.survey(effect);
      case "alert":
        return [];
    }
  }

  private survey({ requestId, orderIds }: Extract<Effect, { type: "survey" }>): readonly Event[] {
    const page = (data: readonly unknown[]) =>
      this.reply({ limit: 100, count: 1, next_cursor: "LTE=", data });
    const open = decodeOrdersPage(page(this.some(() => this.order("rest"))), [this.market]).answer;
    const byId = orderIds.map(
      (id) => decodeOrder(this.reply({ ...this.order("rest"), id }), id, this.market).answer,
    );
    const trades = decodeTradesPage(
      page(this.some(() => this.trade("rest"))),
      this.traded(),
      ACCOUNT,
    ).answer;
    const balance = () => this.reply({ balance: this.any(BALANCES, "500000000") });
    const balances = decodeBalances({ cash: balance(), YES: balance(), NO: balance() }).answer;
    if (open.type === "lost" || trades.type === "lost" || balances.type === "lost") {
      return [{ type: "survey.failed", requestId, detail: "a read was not answered" }];
    }
    const survey: Survey = {
      openOrders: open.value.entries,
      byId: byId.flatMap((each) => (each.type === "answered" && each.value ? [each.value] : [])),
      trades: trades.value.entries,
      balances: balances.value,
    };
    return [{ type: "survey.answered", requestId, survey }];
  }

  private order(
    door: "user" | "rest",
  ): Readonly<Record<string, unknown>> & { readonly id: string } {
    const { chance } = this;
    return {
      ...(door === "user" && {
        event_type: "order",
        type: this.any(["PLACEMENT", "UPDATE", "CANCELLATION"], "UPDATE"),
      }),
      id: this.id(),
      market: MARKET.id,
      asset_id: chance.pick([UP, DOWN]),
      side: chance.pick(["BUY", "SELL"]),
      original_size: this.any(SIZES, "20"),
      size_matched: this.any(SIZES, "0"),
      price: this.any(PRICES, "0.45"),
      status: this.any(ORDER_WORDS, "LIVE"),
    };
  }

  private trade(door: "user" | "rest"): Readonly<Record<string, unknown>> {
    const { chance } = this;
    const leg = () => ({
      order_id: this.id(),
      owner: chance.pick([ACCOUNT.apiKey, "another"]),
      maker_address: chance.pick([ACCOUNT.wallet, "0x1"]),
      matched_amount: this.any(SIZES, "5"),
      price: this.any(PRICES, "0.45"),
      asset_id: chance.pick([UP, DOWN]),
      side: chance.pick(["BUY", "SELL"]),
    });
    return {
      ...(door === "user" && { event_type: "trade" }),
      id: chance.integer(0, 1) === 0 ? this.id() : `t${chance.integer(0, 100_000)}`,
      taker_order_id: this.id(),
      market: MARKET.id,
      asset_id: chance.pick([UP, DOWN]),
      side: chance.pick(["BUY", "SELL"]),
      size: this.any(SIZES, "5"),
      price: this.any(PRICES, "0.45"),
      status: chance.pick(TRADE_WORDS),
      match_time: this.any(TIMES, "1800000000"),
      trader_side: chance.pick(["MAKER", "TAKER"]),
      maker_orders: this.some(leg),
    };
  }

  private reply(body: unknown) {
    const { chance } = this;
    const isRest = this.isLie() && chance.integer(0, 14) === 0;
    const text = isRest ? this.renamed(chance.pick(REST)) : JSON.stringify(body);
    this.text = this.bent(text);
    const status =
      !this.isLie() || chance.integer(0, 6) > 0 ? 200 : chance.pick([400, 425, 429, 500, 503]);
    return { status, text: this.text, retryAfter: chance.pick([null, "2", "999999"]) };
  }

  private readonly isLie = (): boolean => this.chance.integer(0, 99) < this.lies;
  private readonly any = <Value>(
    values: readonly [Value, ...Value[]],
    sane: NoInfer<Value>,
  ): Value => (this.isLie() ? this.chance.pick(values) : sane);
  private readonly traded = () => ({ ...this.market, feeRate: MARKET.feeRate });
  private readonly bent = (text: string): string =>
    this.isLie() && this.chance.integer(0, 2) === 0 ? mutated(text, this.chance) : text;
  private readonly id = (): string => {
    const ids = this.isLie() ? this.ids : Object.keys(this.state.working);
    return ids[this.chance.integer(0, Math.max(0, ids.length - 1))] ?? A;
  };
  private readonly renamed = (text: string): string =>
    [A, B, C].reduce((acc, id) => acc.replaceAll(id, this.id()), text);
  private readonly some = <Value>(one: () => Value): readonly Value[] =>
    Array.from(
      {
        length: this.isLie()
          ? this.chance.integer(0, this.chance.integer(0, 9) === 0 ? 150 : 4)
          : 0,
      },
      one,
    );
}

const userEvent = (item: UserItem): Event =>
  item.type === "order"
    ? { type: "order.reported", report: item.report }
    : { type: "trade.reported", report: item.report };

function marketEvent(item: MarketItem): readonly Event[] {
  switch (item.type) {
    case "book":
    case "level":
    case "traded":
      return [];
    case "rulesChanged":
      return [{ type: "market.rulesChanged", rules: item.rules }];
    case "resolved":
      return [{ type: "market.resolved", winner: item.winner }];
  }
}
