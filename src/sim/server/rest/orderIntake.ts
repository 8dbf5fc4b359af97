/** The body of an order: parsed, checked, its owner recovered, and turned into a ticket of the exchange. */
import { z } from "zod";
import {
  DOLLAR_BP,
  epochMs,
  formatPriceBp,
  type Market,
  microShares,
  microUsdc,
  type PriceBp,
  priceBp,
  MICRO,
  tokenId,
  TOKENS,
} from "../../../types/index.ts";
import {
  type Address,
  type Hex,
  type Order as SignedStruct,
  type OrderHasher,
  orderHasher,
  recoverOwner,
  SIGNATURE_TYPES,
  type SignatureType,
  type Signer,
} from "../../../venue/polymarket/sign/index.ts";
import { type PostOrderWire, postOrderWire } from "../../../venue/polymarket/wire/index.ts";
import { closedMarket, type VenueTicket } from "../../exchange/index.ts";
import type { ExchangeOp, RequestContext } from "./request.ts";
import { addressNamed, wholeNumber } from "./auth.ts";
import { type Generation, WALLETS_MAX, exchangeFor, generationOf } from "../state/index.ts";
import { modeAt, POST_ONLY } from "../control/index.ts";
import type { Key, OrderOrigin } from "./registry.ts";
import { type Listed, listedMarkets } from "./listedMarkets.ts";

/** An order for the exchange, or the refusal that keeps it from there. */
export type OrderIntake =
  | { readonly type: "order"; readonly operation: ExchangeOp & { readonly origin: OrderOrigin } }
  | { readonly type: "refused"; readonly text: string };

export const BAD_PAYLOAD = "Invalid order payload";
const FOREIGN_OWNER = "the order owner has to be the owner of the API KEY";
const FOREIGN_SIGNER = "the order signer address has to be the address of the API KEY";
/** The real venue has no such bound; its nearest text stands in. */
const NO_MORE_WALLETS = "maker address not allowed, please use the deposit wallet flow";
const OTHER_VERSION = "order_version_mismatch";
const UNREADY = "the market is not yet ready to process new orders";
const IMPRECISE =
  "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, " +
  "taker amount a max of 4 decimals";

/** The newer client leaves `postOnly` out where it is false. */
const orderWire = postOrderWire.extend({ postOnly: postOrderWire.shape.postOnly.default(false) });

/** A cent and a ten-thousandth of a share, in millionths: the finest amounts of a market BUY, on every grid. */
const CENT = 10_000;
const FINEST_TAKE = 100;
/** In millionths of a share: how far a market BUY's shares may be from its dollars over its price. */
const ROUNDING = 100;

export function orderIntake(body: unknown, key: Key, context: RequestContext): OrderIntake {
  const refuse = (text: string): OrderIntake => ({ type: "refused", text });
  const parsed = orderWire.safeParse(body).data;
  if (!parsed) return refuse(isRetiredFormat(body) ? OTHER_VERSION : BAD_PAYLOAD);
  const order = orderIn(parsed, key, context);
  if (!order) return refuse(BAD_PAYLOAD);
  const { mode } = modeAt(context.conditions.mode, context.now);
  if (mode === "postOnly" && !parsed.postOnly) return refuse(POST_ONLY);
  if (parsed.owner !== key.credentials.apiKey) return refuse(FOREIGN_OWNER);
  if (!maySend(order, key.account, context)) return refuse(FOREIGN_SIGNER);
  const { wallets } = context.registry;
  if (!wallets.has(order.maker) && wallets.size >= WALLETS_MAX) return refuse(NO_MORE_WALLETS);
  const market = marketOf(order, context);
  if (!market) return refuse(closedMarket().text);
  const hasher = hasherFor(context.rules.signer, generationOf(market));
  const signed = { ...order, signature: parsed.order.signature };
  if (recoverOwner(context.rules.signer, hasher, signed) !== key.account)
    return refuse(
      isOfOtherVersion(signed, market, key, context) ? OTHER_VERSION : "invalid signature",
    );
  if (!context.exchange.markets.has(market.id)) return refuse(UNREADY);
  const id = hasher.orderId(order);
  if (context.registry.delayedOrders.has(id)) return refuse(`order ${id} is invalid. Duplicated.`);
  const ticket = ticketOf(parsed, order, market);
  if (typeof ticket === "string") return refuse(ticket.replace("{id}", id));
  const { account } = key;
  const origin = {
    id,
    market: market.id,
    owner: parsed.owner,
    account,
    maker: order.maker,
    orderType: ticket.orderType,
    placedAt: context.now,
  };
  return { type: "order", operation: { command: { type: "place", account, id, ticket }, origin } };
}

/** The signed struct; null where a field is malformed. */
function orderIn(
  { order }: PostOrderWire,
  { account }: Key,
  { rules: { signer } }: RequestContext,
): SignedStruct | null {
  const { salt, makerAmount, takerAmount, side, timestamp, metadata, builder } = order;
  const maker = addressNamed(order.maker, account, signer.keccak256);
  const from = addressNamed(order.signer, account, signer.keccak256);
  const type = KNOWN_SIGNATURE_TYPES.find((one) => one === order.signatureType);
  const arePositive = [makerAmount, takerAmount].every((text) => (wholeNumber(text) ?? 0) > 0);
  if (!maker || !from || type === undefined || !arePositive || salt < 0) return null;
  if (wholeNumber(timestamp) === null || !isWord(metadata) || !isWord(builder)) return null;
  return {
    salt,
    maker,
    signer: from,
    tokenId: order.tokenId,
    makerAmount,
    takerAmount,
    side,
    signatureType: type,
    timestamp,
    metadata,
    builder,
  };
}

const isWord = (text: string): text is Hex => /^0x[0-9a-f]{64}$/i.test(text);

/** Whether the account may send the order: a wallet belongs to the first account that signed for it. */
function maySend(order: SignedStruct, account: Address, { registry }: RequestContext): boolean {
  const { signatureType, maker, signer } = order;
  const holder = registry.wallets.get(maker) ?? account;
  if (signatureType === SIGNATURE_TYPES.key) return maker === account && signer === account;
  const isSelfSigned = signatureType === SIGNATURE_TYPES.depositWallet;
  return holder === account && signer === (isSelfSigned ? maker : account);
}

function marketOf(order: SignedStruct, context: RequestContext): Market | undefined {
  const trades = ({ market }: Pick<Listed, "market">): boolean =>
    TOKENS.some((token) => market.tokenIds[token] === order.tokenId);
  // Most orders are for an open window; the others that are listed have to be worked out first.
  const known = [...context.exchange.markets.values()].find(trades);
  return (known ?? listedMarkets(context).find(trades))?.market;
}

/** The order format from before April 2026, which old clients still send. */
const isRetiredFormat = (body: unknown): boolean => {
  const order = retiredOrderWire.safeParse(body).data?.order;
  return order !== undefined && !("timestamp" in order);
};

/** Whether its owner signed it for the other generation of the exchange. */
function isOfOtherVersion(
  signed: SignedStruct & { readonly signature: string },
  market: Market,
  { account }: Key,
  { rules: { signer } }: RequestContext,
): boolean {
  const hasher = hasherFor(signer, generationOf(market) === "v1" ? "v2" : "v1");
  return recoverOwner(signer, hasher, signed) === account;
}

/** Remembered by signer, for making one hashes all that its orders have in common. */
const hashers = new WeakMap<Signer, Map<Generation, OrderHasher>>();

function hasherFor(signer: Signer, generation: Generation): OrderHasher {
  const known = hashers.get(signer) ?? new Map<Generation, OrderHasher>();
  const hasher = known.get(generation) ?? orderHasher(signer.keccak256, exchangeFor(generation));
  hashers.set(signer, known.set(generation, hasher));
  return hasher;
}

/** The ticket for the exchange, or a refusal in which `{id}` stands for the order's id. */
function ticketOf(
  { orderType, postOnly, order: { expiration } }: PostOrderWire,
  order: SignedStruct,
  market: Market,
): VenueTicket | string {
  const isMarketOrder = orderType === "FAK" || orderType === "FOK";
  if (postOnly && isMarketOrder) return BAD_PAYLOAD;
  const expires = wholeNumber(expiration);
  if (expires === null || expires > 0 !== (orderType === "GTD")) return "invalid expiration";
  const { side } = order;
  const [makerAmount, takerAmount] = [Number(order.makerAmount), Number(order.takerAmount)];
  const isMarketBuy = isMarketOrder && side === "BUY";
  if (isMarketBuy && (makerAmount % CENT !== 0 || takerAmount % FINEST_TAKE !== 0))
    return IMPRECISE;
  const [dollars, shares] =
    side === "BUY" ? [makerAmount, takerAmount] : [takerAmount, makerAmount];
  const price = priceOf(dollars, shares, isMarketBuy ? ROUNDING : 0);
  if (price === null)
    return (
      `order {id} is invalid. Price (${ratioText(dollars, shares)}) ` +
      `breaks minimum tick size rule: ${formatPriceBp(market.rules.tick)}`
    );
  return {
    market: market.id,
    tokenId: tokenId(order.tokenId),
    side,
    price,
    size: microShares(shares),
    ...(isMarketBuy && { budget: microUsdc(dollars) }),
    salt: order.salt,
    createdAt: epochMs(Number(order.timestamp)),
    expiresAt: expires === 0 ? null : epochMs(expires * 1_000),
    orderType,
    postOnly,
  };
}

/** Dollars over shares; null unless that is whole basis points above 0 and below 1 dollar. */
function priceOf(dollars: number, shares: number, rounding: number): PriceBp | null {
  const scaled = BigInt(dollars) * BigInt(DOLLAR_BP);
  const nearest = (scaled + BigInt(shares) / 2n) / BigInt(shares);
  if (nearest < 1n || nearest >= BigInt(DOLLAR_BP)) return null;
  const off = scaled - nearest * BigInt(shares);
  const isClose = (off < 0n ? -off : off) <= BigInt(rounding) * nearest;
  return isClose ? priceBp(Number(nearest)) : null;
}

function ratioText(dollars: number, shares: number): string {
  const micro = (BigInt(dollars) * BigInt(MICRO)) / BigInt(shares);
  const digits = micro.toString().padStart(7, "0");
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, "");
}

const KNOWN_SIGNATURE_TYPES: readonly SignatureType[] = Object.values(SIGNATURE_TYPES);
const retiredOrderWire = z.object({
  order: z.looseObject({ nonce: z.unknown(), feeRateBps: z.unknown() }),
});
