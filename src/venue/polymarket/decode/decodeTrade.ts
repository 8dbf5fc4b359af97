/** A trade in our words: our fills only, each from the view of our own order. */
import {
  DOLLAR_BP,
  type Fill,
  MICRO,
  type Market,
  type MicroShares,
  type MicroUsdc,
  NO_USDC,
  type OrderId,
  type Side,
  type Token,
  type TradeReport,
  type TradeStatus,
  microShares,
  microUsdc,
  orderId,
  otherSide,
  parseMicroShares,
  priceBp,
  tradeId,
} from "../../../types/index.ts";
import { isSameAddress, isSameMarket, microPrice, seconds, tokenOf } from "./decodeUnits.ts";
import type { MakerOrderWire, TradeWire } from "../wire/index.ts";

/** By what a fill is known to be ours. */
export interface Account {
  /** The API key, which the venue calls the owner. */
  readonly apiKey: string;
  /** The wallet that holds the funds, which the venue calls the maker address. */
  readonly wallet: string;
  readonly isOurs: (id: OrderId) => boolean;
}

export interface TradedMarket extends Pick<Market, "id" | "tokenIds"> {
  /** Taker fee of one share in dollars, to be multiplied by p(1-p). [protocol 7.8] */
  readonly feeRate: MicroUsdc;
}

/** What a read and the user channel both say. */
export type TradeFieldsWire = Omit<TradeWire, "match_time" | "match_time_nano" | "err_msg">;

/** `elsewhere`: in a market that was not asked about. */
export type TradeReading = TradeReport | "elsewhere" | "garbled" | "unknown";

/** A part of one order's fill: it met one other order. */
interface Part {
  readonly size: MicroShares;
  /** Dollars per share. */
  readonly price: MicroUsdc;
}

export function tradeReport(
  wire: TradeFieldsWire,
  matchTime: string | undefined,
  market: TradedMarket,
  account: Account,
): TradeReading {
  if (!isSameMarket(wire.market, market.id)) return "elsewhere";
  const status = tradeStatus(wire.status);
  if (status === null) return "unknown";
  const matchedAt = seconds(matchTime ?? "");
  const fills = [takerFill(wire, market, account), ...makerFills(wire, market, account)].filter(
    (fill) => fill !== "notOurs",
  );
  // A trade we are told of has a part that is ours: if none is found, one was lost.
  if (matchedAt === null || fills.length === 0) return "garbled";
  const found = fills.filter((fill) => fill !== null);
  return found.length < fills.length
    ? "garbled"
    : { id: tradeId(wire.id), status, matchedAt, fills: found };
}

/** A read writes a prefix, and knows a word more. [protocol 3.5] */
export function tradeStatus(text: string): TradeStatus | null {
  switch (text.replace(/^TRADE_STATUS_/, "")) {
    case "MATCHED":
    case "MATCHED_NOT_BROADCASTED":
      return "matched";
    case "MINED":
      return "mined";
    case "CONFIRMED":
      return "confirmed";
    case "RETRYING":
      return "retrying";
    case "FAILED":
      return "failed";
    default:
      return null;
  }
}

/**
 * The legs say what was paid: whether the price of a sweep is its last or its mean is uncertain.
 * A leg on the other token was met at the complement of its price. [protocol 6.5]
 */
function takerFill(
  wire: TradeFieldsWire,
  market: TradedMarket,
  { isOurs }: Account,
): Fill | "notOurs" | null {
  const id = orderId(wire.taker_order_id);
  if (wire.trader_side !== "TAKER" && !isOurs(id)) return "notOurs";
  const token = tokenOf(market.tokenIds, wire.asset_id);
  const legs = wire.maker_orders ?? [];
  const parts =
    legs.length === 0
      ? [part(wire.size, wire.price)]
      : legs.map((leg) => {
          const met = tokenOf(market.tokenIds, leg.asset_id);
          const own = part(leg.matched_amount, leg.price);
          return met && own && (met === token ? own : { ...own, price: otherPrice(own.price) });
        });
  return fillOf({ orderId: id, token, side: wire.side }, parts, market.feeRate);
}

/** Several legs may be ours, also beside our own taker order; one order may have several. */
function makerFills(
  wire: TradeFieldsWire,
  market: TradedMarket,
  account: Account,
): readonly (Fill | null)[] {
  const own = (wire.maker_orders ?? []).filter((leg) => isOwnLeg(leg, account));
  const ids = [...new Set(own.map((leg) => leg.order_id))];
  return ids.map((id) => {
    const legs = own.filter((leg) => leg.order_id === id);
    const sides = new Set(legs.map((leg) => leg.side ?? sideAgainst(wire, leg)));
    const assets = new Set(legs.map((leg) => leg.asset_id));
    const [side] = sides;
    const [asset = ""] = assets;
    if (side === undefined || sides.size > 1 || assets.size > 1) return null;
    const token = tokenOf(market.tokenIds, asset);
    const parts = legs.map((leg) => part(leg.matched_amount, leg.price));
    return fillOf({ orderId: orderId(id), token, side }, parts, NO_USDC);
  });
}

/** What stands at the top of a trade we were the maker of names the taker, so only legs are asked. */
const isOwnLeg = (leg: MakerOrderWire, { apiKey, wallet, isOurs }: Account): boolean =>
  isOurs(orderId(leg.order_id)) ||
  (apiKey !== "" && leg.owner === apiKey) ||
  isSameAddress(leg.maker_address, wallet);

/** Of one token the sides are opposite; of two tokens both buy, or both sell. */
const sideAgainst = (wire: TradeFieldsWire, leg: MakerOrderWire): Side =>
  leg.asset_id === wire.asset_id ? otherSide(wire.side) : wire.side;

function part(sizeText: string, priceText: string): Part | null {
  const size = parseMicroShares(sizeText);
  const price = microPrice(priceText);
  return size === null || price === null ? null : { size, price };
}

const otherPrice = (price: MicroUsdc): MicroUsdc => microUsdc(MICRO - price);

/** One fill out of its parts; null where one of them, or the token, makes no sense. */
function fillOf(
  order: { readonly orderId: OrderId; readonly token: Token | null; readonly side: Side },
  parts: readonly (Part | null)[],
  feeRate: MicroUsdc,
): Fill | null {
  const known = parts.filter((each) => each !== null);
  const { orderId: id, token, side } = order;
  const size = known.reduce((sum, each) => sum + each.size, 0);
  if (token === null || known.length < parts.length || size <= 0) return null;
  if (!Number.isSafeInteger(size)) return null;
  const cost = known.reduce((sum, each) => sum + BigInt(each.size) * BigInt(each.price), 0n);
  return {
    orderId: id,
    token,
    side,
    price: meanPrice(cost, size, side),
    size: microShares(size),
    fee: takerFee(cost, size, feeRate),
  };
}

/**
 * Mean price of a fill in whole basis points. Between two of them it is the one that is worse for
 * us, so that we never think ourselves richer than we are.
 */
function meanPrice(cost: bigint, size: number, side: Side): Fill["price"] {
  const unit = BigInt(size) * BigInt(MICRO / DOLLAR_BP);
  const up = side === "BUY" ? unit - 1n : 0n;
  const bp = Number((cost + up) / unit);
  return priceBp(Math.min(DOLLAR_BP - 1, Math.max(1, bp)));
}

/**
 * shares × rate × p(1-p), rounded down to five decimals of a dollar: 19 of 19 samples on chain.
 * `cost` is in millionths of micro-dollars, so p is cost / (size × a million). [protocol 7.8]
 */
export function takerFee(cost: bigint, size: number, feeRate: MicroUsdc): MicroUsdc {
  const whole = BigInt(size) * BigInt(MICRO);
  const micro = (BigInt(feeRate) * cost * (whole - cost)) / (BigInt(size) * 10n ** 18n);
  return microUsdc(Number(micro - (micro % 10n)));
}
