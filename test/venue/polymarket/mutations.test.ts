/**
 * Every field of every message is dropped, made null, given another type and another spelling. What is
 * needed is in the table; dropping one of those costs the message or the row, dropping any other nothing.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeBinance, decodeKlines } from "../../../src/venue/binance/index.ts";
import {
  decodeApiKey,
  decodeBalances,
  decodeBook,
  decodeCancelAnswer,
  decodeClobMarket,
  decodeFeeRate,
  decodeGammaEvents,
  decodeHeartbeat,
  decodeMarketFrame,
  decodeNegRisk,
  decodeOrder,
  decodeOrdersPage,
  decodePlaceAnswer,
  decodePriceFrame,
  decodeTickSize,
  decodeTradesPage,
  decodeUserFrame,
  decodeVersion,
} from "../../../src/venue/polymarket/index.ts";
import {
  ACCOUNT,
  A,
  type Folder,
  MARKET,
  fixture,
  hasShared,
  marketOf,
  reply,
  sharedFile,
} from "./support.ts";

type Decode = (text: string) => unknown;

interface Message {
  readonly text: string;
  readonly decode: Decode;
  readonly needed: string;
  /** Fields that may be missing or null; what else stands there has its meaning. */
  readonly ifThere: string;
}

const root = new URL("../../../", import.meta.url);
const binance = (name: string): string =>
  readFileSync(new URL(`test/fixtures/binance/${name}`, root), "utf8");

const market: Decode = (text) => decodeMarketFrame(text, MARKET).items;
/** By API key and wallet alone, as the program knows itself. */
const US = { ...ACCOUNT, isOurs: () => false };
const user: Decode = (text) => decodeUserFrame(text, MARKET, US).items;
const of = (
  folder: Folder,
  name: string,
  decode: Decode,
  needed: string,
  ifThere = "",
): Message => ({ text: fixture(folder, name), decode, needed, ifThere });
const rest = (
  name: string,
  decode: (from: ReturnType<typeof reply>) => { readonly answer: unknown },
  needed: string,
  ifThere = "",
) => of("rest", name, (text) => decode(reply(text)).answer, needed, ifThere);

const EVENT = "event_type";
const LEVELS = "bids bids[].price bids[].size asks asks[].price asks[].size";
const ORDER = "id asset_id side original_size size_matched price";
const TAKEN = "matched_amount price asset_id";
const LEG = `order_id ${TAKEN}`;
const under = (prefix: string, names: string): string =>
  names
    .split(" ")
    .map((name) => `${prefix}${name}`)
    .join(" ");
const GAMMA = `conditionId slug outcomes clobTokenIds version eventStartTime endDate active closed
  acceptingOrders enableOrderBook orderPriceMinTickSize orderMinSize negRisk feeSchedule
  feeSchedule.exponent feeSchedule.rate feeSchedule.takerOnly feeSchedule.rebateRate`.replaceAll(
  /\s+/g,
  " ",
);

/** Each message by its name in docs/venue-messages.md. */
const MESSAGES: Readonly<Record<string, Message>> = {
  "market `book`": of(
    "market",
    "book.json",
    market,
    `${EVENT} asset_id ${LEVELS}`,
    "market tick_size",
  ),
  "market `price_change`": of(
    "market",
    "price_change.json",
    market,
    `${EVENT} price_changes ${under("price_changes[].", "asset_id price size side")}`,
    "market",
  ),
  "market `tick_size_change`": of(
    "market",
    "tick_size_change.json",
    market,
    `${EVENT} new_tick_size`,
    "market",
  ),
  "market `market_resolved`": of(
    "market",
    "market_resolved.json",
    market,
    EVENT,
    "market winning_asset_id winning_outcome",
  ),
  "market `last_trade_price`": of(
    "market",
    "last_trade_price.json",
    market,
    `${EVENT} asset_id price size side`,
    "market",
  ),
  "market `best_bid_ask`": of("market", "best_bid_ask.json", warned, EVENT),
  "market `new_market`": of("market", "new_market.json", warned, EVENT),
  "user `order`": of(
    "user",
    "order_placement.json",
    user,
    `${EVENT} ${ORDER}`,
    "market type status",
  ),
  "user `trade`, ours the maker": of(
    "user",
    "trade_maker.json",
    user,
    `${EVENT} id status match_time maker_orders ${under("maker_orders[].", LEG)}`,
    "market",
  ),
  "user `trade`, ours the taker": of(
    "user",
    "trade_taker.json",
    user,
    `${EVENT} id taker_order_id asset_id side status match_time trader_side maker_orders ${under("maker_orders[].", TAKEN)}`,
    "market",
  ),
  "price `price.crypto.twap`": of(
    "price",
    "twap.json",
    (text) => ({ ...decodePriceFrame(text, "btcusd"), warning: undefined }),
    `channel payload ${under("payload.", "symbol timestamp value full_accuracy_value window_seconds")}`,
  ),
  "`POST /order`": rest(
    "order_answer.json",
    (from) => decodePlaceAnswer(from, 1),
    "success orderID status",
    "errorMsg",
  ),
  "`DELETE /orders`": rest(
    "cancel_answer.json",
    decodeCancelAnswer,
    "canceled not_canceled not_canceled.*",
  ),
  "a refusal": of(
    "rest",
    "failure.json",
    (text) => decodePlaceAnswer(reply(text, 400), 1).answer,
    "error",
  ),
  "`GET /data/order/{id}`": rest(
    "open_order.json",
    (from) => decodeOrder(from, A, MARKET),
    `${ORDER} status`,
  ),
  "`GET /data/orders`": rest(
    "open_orders_page.json",
    (from) => decodeOrdersPage(from, [MARKET]),
    `data ${under("data[].", `${ORDER} status`)} next_cursor`,
  ),
  "`GET /data/trades`": rest(
    "trades_page.json",
    (from) => decodeTradesPage(from, MARKET, US),
    `data data[].id data[].status data[].match_time data[].maker_orders ${under("data[].maker_orders[].", LEG)}`,
    "data[].market next_cursor",
  ),
  "`GET /balance-allowance`": rest(
    "balance.json",
    (from) => decodeBalances({ cash: from, YES: from, NO: from }),
    "balance",
  ),
  "`POST /auth/api-key`": rest("api_key.json", decodeApiKey, "apiKey secret passphrase"),
  "`POST /v1/heartbeats`": rest("heartbeat_answer.json", decodeHeartbeat, "heartbeat_id"),
  "`GET /book`": rest(
    "book_summary.json",
    (from) => decodeBook(from, MARKET),
    `asset_id ${LEVELS} min_order_size tick_size neg_risk`,
  ),
  "`GET /clob-markets`": rest(
    "clob_market.json",
    decodeClobMarket,
    "c t t[].t t[].o mos mts fd fd.r fd.e fd.to v itode ao",
    "nr",
  ),
  "`GET /tick-size`": rest("tick_size.json", decodeTickSize, "minimum_tick_size"),
  "`GET /neg-risk`": rest("neg_risk.json", decodeNegRisk, "neg_risk"),
  "`GET /fee-rate`": rest("fee_rate.json", decodeFeeRate, "base_fee"),
  "`GET /version`": rest("version.json", decodeVersion, "version"),
  "Gamma event": of(
    "gamma",
    "event.json",
    (text) => decodeGammaEvents(text).answer,
    `[].markets ${under("[].markets[].", GAMMA)} [].eventMetadata [].eventMetadata.priceToBeat`,
  ),
  "Binance `bookTicker`": {
    text: binance("book_ticker_combined.json"),
    decode: (text) => decodeBinance(text).items,
    needed: "stream data data.b data.a",
    ifThere: "",
  },
  "Binance `trade`": {
    text: binance("trade_combined.json"),
    decode: (text) => ({ ...decodeBinance(text), warning: null }),
    needed: "stream data data.E",
    ifThere: "",
  },
  "Binance `kline`": {
    text: binance("kline_combined.json"),
    decode: (text) => decodeBinance(text).warning?.type,
    needed: "stream",
    ifThere: "",
  },
  "Binance candles": {
    text: binance("klines.json"),
    decode: (text) => decodeKlines(text).klines,
    needed: "[][0] [][1] [][4] [][6]",
    ifThere: "",
  },
};

/** Of a message that gives no item: whether it was understood. */
function warned(text: string): unknown {
  return decodeMarketFrame(text, MARKET).warnings.map(({ type }) => type);
}

interface Mutation {
  /** Of the field, without the places in lists of objects. */
  readonly path: string;
  readonly kind: "dropped" | "null" | "replaced" | "respelled";
  readonly text: string;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** The same decimal, as another client would write it. */
function spellings(value: unknown): readonly unknown[] {
  if (typeof value === "number") return [String(value)];
  if (typeof value !== "string" || !/^\d{1,13}(\.\d+)?$/.test(value)) return [];
  return [Number(value), ...(/^0\.\d/.test(value) ? [value.slice(1)] : [])];
}

/** Every field of a message in turn, without it and with each other value. */
function mutations(text: string): readonly Mutation[] {
  const whole: unknown = JSON.parse(text);
  const found: Mutation[] = [];
  const note = (path: string, kind: Mutation["kind"]): void => {
    found.push({ path, kind, text: JSON.stringify(whole) });
  };
  const visit = (parent: unknown, at: string): void => {
    if (!isObject(parent)) return;
    const isList = Array.isArray(parent);
    for (const key of Object.keys(parent)) {
      const value = parent[key];
      const isEntry = isList && isObject(value);
      const name = key.startsWith("0x") ? "*" : key;
      const within = at === "" ? name : `${at}.${name}`;
      const path = isEntry ? `${at}[]` : isList ? `${at}[${key}]` : within;
      if (!isEntry && (!isList || at.endsWith("]"))) {
        for (const other of [null, { odd: 1 }, "?", true]) {
          parent[key] = other;
          note(path, other === null ? "null" : "replaced");
        }
        for (const other of /id$/i.test(key) ? [] : spellings(value)) {
          parent[key] = other;
          note(path, "respelled");
        }
        if (!isList) {
          Reflect.deleteProperty(parent, key);
          note(path, "dropped");
        }
        parent[key] = value;
      }
      visit(value, path);
    }
  };
  visit(whole, "");
  return found;
}

function check(
  text: string,
  decode: Decode,
  { needed, ifThere }: Pick<Message, "needed" | "ifThere">,
): void {
  const whole = decode(text);
  const [isNeeded, isReadIfThere] = [needed, ifThere].map((names) => new Set(names.split(" ")));
  for (const { path, kind, text: changed } of mutations(text)) {
    const value = decode(changed);
    const isFree = isNeeded?.has(path) || (kind === "replaced" && isReadIfThere?.has(path));
    if (kind === "respelled" || !isFree)
      expect([path, kind, changed, value]).toEqual([path, kind, changed, whole]);
    else if (kind === "dropped") expect([path, value]).not.toEqual([path, whole]);
  }
}

describe("a mutated message", () => {
  it.each(Object.entries(MESSAGES))("%s", (_name, message) => {
    const { text, decode, needed, ifThere } = message;
    const paths = new Set(["", ...mutations(text).map(({ path }) => path)]);
    const named = `${needed} ${ifThere}`.split(" ");
    expect(named.filter((field) => !paths.has(field))).toEqual([]);
    check(text, decode, message);
  });

  it("the venue's manual says the same", () => {
    const page = readFileSync(new URL("docs/venue-messages.md", root), "utf8");
    const rows = [...page.matchAll(/^\| (?!Message|-)(.+?) \| (.+?) \| ?(.*?) ?\|$/gm)];
    const written = rows.map(([, name = "", ...columns]) => [
      name,
      ...columns.map((fields) => fields.replaceAll("`", "")),
    ]);
    const tested = Object.entries(MESSAGES).map(([name, { needed, ifThere }]) => [
      name,
      needed,
      ifThere,
    ]);
    expect(written).toEqual(tested);
  });
});

describe.skipIf(!hasShared)("a mutated recorded frame (needs ../shared)", () => {
  const isText = (value: unknown): value is string => typeof value === "string";
  const frames = (name: string): readonly Record<string, unknown>[] =>
    (sharedFile(name) as { frames: readonly { frame: unknown }[] }).frames
      .flatMap(({ frame }): readonly unknown[] => (Array.isArray(frame) ? frame : [frame]))
      .filter(isObject)
      .filter((frame) => `market \`${String(frame["event_type"])}\`` in MESSAGES);

  it("of the market channel", () => {
    let count = 0;
    for (const frame of frames("ws-market.json")) {
      const changes = (frame["price_changes"] ?? []) as readonly Record<string, unknown>[];
      const assets = [frame, ...changes].map((each) => each["asset_id"]);
      const [yes = "1", no = "2"] = [
        ...new Set([...assets, ...((frame["assets_ids"] ?? []) as unknown[])]),
      ].filter(isText);
      const known = marketOf(String(frame["market"]), yes, no);
      const message = MESSAGES[`market \`${String(frame["event_type"])}\``];
      if (message === undefined) continue;
      check(
        JSON.stringify(frame),
        (text) => {
          const { items, warnings } = decodeMarketFrame(text, known);
          return [items, warnings.map(({ type }) => type)];
        },
        message,
      );
      count += 1;
    }
    expect(count).toBeGreaterThan(5);
  });
});
