/** Trades: our own fills only, each from the view of our own order. */
import {
  DOLLAR_BP,
  FILLS_MAX,
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
  isOrderSize,
  microShares,
  microUsdc,
  orderId,
  otherSide,
  parseEpochMs,
  parseMicroShares,
  priceBp,
  tradeId,
} from "../../../types/index.ts";
import { isSameAddress, isSameMarket, microPrice, tokenOf } from "./decodeUnits.ts";
import type { MakerOrderWire, TradeWire } from "../wire/index.ts";

/** How a fill is recognised as ours: by API key, wallet or order id. */
export interface OwnAccount {
  /** The API key, which the venue calls the owner. */
  readonly apiKey: string;
  /** The wallet that holds the funds, which the venue calls the maker address. */
  readonly wallet: string;
  readonly isOurs: (id: OrderId) => boolean;
}

export interface TradedMarket extends Pick<Market, "id" | "tokenIds"> {
  /** Taker fee of one share in dollars before the factor p(1-p). [protocol 7.8] */
  readonly feeRate: MicroUsdc;
}

/** The fields that are read, of those that a read and the user channel share. */
export type TradeFieldsWire = Pick<
  TradeWire,
  | "id"
  | "taker_order_id"
  | "market"
  | "asset_id"
  | "side"
  | "size"
  | "price"
  | "status"
  | "maker_orders"
  | "trader_side"
>;

/** `elsewhere`: a trade in another market. */
export type TradeReading = TradeReport | "elsewhere" | "garbled" | "unknown";

const NOT_OURS = null;
const UNREAD_ID = orderId("?");

/** The part of a fill that was matched with one other order. */
interface Part {
  readonly size: MicroShares;
  /** Dollars per share. */
  readonly price: MicroUsdc;
}

export function tradeReport(
  wire: TradeFieldsWire,
  matchTime: string | number | null,
  market: TradedMarket,
  account: OwnAccount,
): TradeReading {
  if (!isSameMarket(wire.market, market.id)) return "elsewhere";
  const status = tradeStatus(wire.status);
  if (status === null) return "unknown";
  const matchedAt = parseEpochMs(matchTime ?? "");
  const fills = [takerFill(wire, market, account), ...makerFills(wire, market, account)].filter(
    (fill) => fill !== NOT_OURS,
  );
  const unreadable = fills.filter((fill) => typeof fill === "string");
  // A fill of ours without its order.
  if (wire.trader_side === "TAKER" && wire.taker_order_id === "") return "garbled";
  // The venue sends us only our own trades: without a fill of ours one was not recognised.
  if (matchedAt === null || fills.length === 0 || fills.length > FILLS_MAX) return "garbled";
  const found = fills.filter((fill) => typeof fill !== "string");
  const report = { id: tradeId(wire.id), status, matchedAt, fills: found };
  return unreadable.length === 0 ? report : { ...report, unreadable };
}

/** Reads write a prefix and have one more status. Null for an unknown one. [protocol 3.5] */
export function tradeStatus(text: string): TradeStatus | null {
  switch (text.toUpperCase().replace(/^TRADE_STATUS_/, "")) {
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
 * Priced by the maker legs: whether the trade's own price is the last or the mean of a sweep is
 * uncertain. A leg on the other token was matched at the complement of its price. [protocol 6.5]
 */
function takerFill(
  wire: TradeFieldsWire,
  market: TradedMarket,
  { isOurs }: OwnAccount,
): Fill | typeof NOT_OURS | OrderId {
  const id = orderId(wire.taker_order_id);
  if (wire.trader_side !== "TAKER" && !isOurs(id)) return NOT_OURS;
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
  return fillOf({ orderId: id, token, side: wire.side }, parts, market.feeRate) ?? id;
}

/** One fill per order. Several legs may be ours, even beside our own taker order. */
function makerFills(
  wire: TradeFieldsWire,
  market: TradedMarket,
  account: OwnAccount,
): readonly (Fill | OrderId)[] {
  const mayBeMaker = wire.trader_side !== "TAKER";
  const own = (wire.maker_orders ?? []).filter(
    (leg) => isOwnLeg(leg, account) || (mayBeMaker && isAnyones(leg)),
  );
  const ids = [...new Set(own.map((leg) => leg.order_id))];
  return ids.map((text) => {
    if (text === "") return UNREAD_ID;
    const id = orderId(text);
    const legs = own.filter((leg) => leg.order_id === text);
    const sides = new Set(legs.map((leg) => leg.side ?? sideAgainst(wire, leg)));
    const assets = new Set(legs.map((leg) => leg.asset_id));
    const [side] = sides;
    const [asset = ""] = assets;
    if (side == null || sides.size > 1 || assets.size > 1) return id;
    const token = tokenOf(market.tokenIds, asset);
    const parts = legs.map((leg) => part(leg.matched_amount, leg.price));
    return fillOf({ orderId: id, token, side }, parts, NO_USDC) ?? id;
  });
}

/** By the leg alone: the fields of the trade itself name the taker. */
const isOwnLeg = (leg: MakerOrderWire, { apiKey, wallet, isOurs }: OwnAccount): boolean =>
  isOurs(orderId(leg.order_id)) ||
  (apiKey !== "" && leg.owner === apiKey) ||
  isSameAddress(leg.maker_address, wallet);

/** Nothing of it tells whose it is, so a fill of ours may be hidden in it. */
const isAnyones = ({ order_id, owner, maker_address }: MakerOrderWire): boolean =>
  order_id === "" && owner === "" && maker_address === "";

/** The maker's side: opposite on the same token, the same on the other (both buy, or both sell). */
const sideAgainst = ({ asset_id, side }: TradeFieldsWire, leg: MakerOrderWire): Side | null => {
  if (asset_id === "" || side === null) return null;
  return leg.asset_id === asset_id ? otherSide(side) : side;
};

function part(sizeText: string, priceText: string): Part | null {
  const size = parseMicroShares(sizeText);
  const price = microPrice(priceText);
  return size === null || price === null ? null : { size, price };
}

const otherPrice = (price: MicroUsdc): MicroUsdc => microUsdc(MICRO - price);

/** One fill from its parts; null where a part is malformed or the token is not of this market. */
function fillOf(
  order: { readonly orderId: OrderId; readonly token: Token | null; readonly side: Side | null },
  parts: readonly (Part | null)[],
  feeRate: MicroUsdc,
): Fill | null {
  const known = parts.filter((each) => each !== null);
  const { orderId: id, token, side } = order;
  const size = known.reduce((sum, each) => sum + each.size, 0);
  if (token === null || side === null || known.length < parts.length || !isOrderSize(size))
    return null;
  const cost = known.reduce((sum, each) => sum + BigInt(each.size) * BigInt(each.price), 0n);
  return {
    orderId: id,
    token,
    side,
    price: meanPrice(cost, size, side),
    size: microShares(size),
    // A maker pays none.
    fee: feeRate === NO_USDC ? NO_USDC : takerFee(cost, size, feeRate),
  };
}

/**
 * Mean price of a fill in whole basis points, rounded against us so that we never overstate a gain.
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
