/** What a client sends as an order: checked, recovered, hashed, and turned into the core's ticket. */
import { z } from "zod";
import {
  DOLLAR_BP,
  epochMs,
  formatPriceBp,
  lotsFloor,
  type Market,
  microShares,
  type PriceBp,
  priceBp,
  MICRO,
  tokenId,
  TOKENS,
} from "../../types/index.ts";
import {
  type Address,
  type Order as SignedOrder,
  orderHasher,
  ownerOf,
  parseAddress,
  SIGNATURE_TYPES,
  type Wallet,
} from "../../venue/polymarket/sign/index.ts";
import { postOrderWire } from "../../venue/polymarket/wire/index.ts";
import { closedMarket } from "../acceptance.ts";
import type { VenueTicket } from "../state.ts";
import type { Deed, Sight } from "./asked.ts";
import { bytesOf, wholeNumber } from "./auth.ts";
import type { Key, Note } from "./registry.ts";
import { listedMarkets } from "./listing.ts";
import { exchangeFor } from "./windows.ts";

/** An order to be tried, or why it is not even that. */
export type Intake =
  | { readonly type: "order"; readonly deed: Deed & { readonly note: Note } }
  | { readonly type: "refused"; readonly text: string };

type PostOrder = z.infer<typeof postOrderWire>;

export const BAD_PAYLOAD = "Invalid order payload";
const FOREIGN_OWNER = "the order owner has to be the owner of the API KEY";
const FOREIGN_SIGNER = "the order signer address has to be the address of the API KEY";
const OTHER_VERSION = "order_version_mismatch";
const UNREADY = "the market is not yet ready to process new orders";
const IMPRECISE =
  "the market buy orders maker amount supports a max accuracy of 2 decimals, " +
  "taker amount a max of 5 decimals";

/** A cent, and a hundred-thousandth of a share, in millionths. */
const CENT = 10_000;
const FINEST_TAKE = 10;
/** How far the shares of a market BUY may be from those of its price: half a lot of its grid. */
const ROUNDING = 100;

export function intake(body: unknown, key: Key, sight: Sight): Intake {
  const refuse = (text: string): Intake => ({ type: "refused", text });
  if (isRetired(body)) return refuse(OTHER_VERSION);
  const parsed = postOrderWire.safeParse(body).data;
  const order = parsed && signedOrder(parsed, sight);
  if (!parsed || !order) return refuse(BAD_PAYLOAD);
  if (parsed.owner !== key.credentials.apiKey) return refuse(FOREIGN_OWNER);
  if (!isOf(order, key.account, sight)) return refuse(FOREIGN_SIGNER);
  const market = marketOf(order, sight);
  if (!market) return refuse(closedMarket().text);
  const hasher = orderHasher(sight.rules.signer.keccak256, exchangeFor(sight.rules.generation));
  if (ownerOf(sight.rules.signer, hasher, order, parsed.order.signature) !== key.account)
    return refuse(
      isOfOtherVersion(parsed, order, key, sight) ? OTHER_VERSION : "invalid signature",
    );
  if (sight.now < market.opensAt) return refuse(UNREADY);
  const id = hasher.orderId(order);
  const ticket = ticketOf(parsed, order, market);
  if (typeof ticket === "string") return refuse(ticket.replace("{id}", id));
  const { account } = key;
  const note = {
    id,
    market: market.id,
    owner: parsed.owner,
    account,
    maker: order.maker,
    orderType: ticket.orderType,
    placedAt: sight.now,
  };
  return { type: "order", deed: { command: { type: "place", account, id, ticket }, note } };
}

/** The struct that is signed; null where one of its fields is not what it has to be. */
function signedOrder({ order }: PostOrder, { rules: { signer } }: Sight): SignedOrder | null {
  const address = (text: string): Address | null => parseAddress(text, signer.keccak256);
  const [maker, from] = [address(order.maker), address(order.signer)];
  const makerAmount = wholeNumber(order.makerAmount);
  const takerAmount = wholeNumber(order.takerAmount);
  const timestamp = wholeNumber(order.timestamp);
  const [metadata, builder] = [bytesOf(order.metadata), bytesOf(order.builder)];
  const wallet = WALLETS.find((name) => SIGNATURE_TYPES[name] === order.signatureType);
  if (!maker || !from || !makerAmount || !takerAmount || timestamp === null || !wallet) return null;
  if (metadata?.length !== WORD || builder?.length !== WORD || order.salt < 0) return null;
  return {
    salt: order.salt,
    maker,
    signer: from,
    tokenId: tokenId(order.tokenId),
    makerAmount: microShares(makerAmount),
    takerAmount: microShares(takerAmount),
    side: order.side,
    wallet,
    timestamp: epochMs(timestamp),
    metadata,
    builder,
  };
}

/** Whether the key may send it: a wallet belongs to whoever signed for it first. */
function isOf(order: SignedOrder, account: Address, { registry }: Sight): boolean {
  const { wallet, maker, signer } = order;
  const holder = registry.wallets.get(maker) ?? account;
  if (wallet === "key") return maker === account && signer === account;
  return holder === account && signer === (wallet === "depositWallet" ? maker : account);
}

function marketOf(order: SignedOrder, sight: Sight): Market | undefined {
  return listedMarkets(sight).find((market) =>
    TOKENS.some((token) => market.tokenIds[token] === order.tokenId),
  );
}

/** Nobody signs as before April 2026 any more, but old clients still try. */
const isRetired = (body: unknown): boolean => {
  const order = retiredOrderWire.safeParse(body).data?.order;
  return order !== undefined && !("timestamp" in order);
};

/** Signed by its owner, but for another generation of the exchange. */
function isOfOtherVersion(
  { order: { signature } }: PostOrder,
  order: SignedOrder,
  { account }: Key,
  { rules: { signer, generation } }: Sight,
): boolean {
  const other = exchangeFor(generation === "v1" ? "v2" : "v1");
  const hasher = orderHasher(signer.keccak256, other);
  return ownerOf(signer, hasher, order, signature) === account;
}

/** What the core is asked for, or why not; `{id}` stands for the order's. */
function ticketOf(
  { orderType, postOnly, order: { expiration } }: PostOrder,
  order: SignedOrder,
  market: Market,
): VenueTicket | string {
  const isMarketOrder = orderType === "FAK" || orderType === "FOK";
  if (postOnly && isMarketOrder) return BAD_PAYLOAD;
  const expires = wholeNumber(expiration);
  if (expires === null || expires > 0 !== (orderType === "GTD")) return "invalid expiration";
  const { side, makerAmount, takerAmount } = order;
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
    tokenId: order.tokenId,
    side,
    price,
    // A market BUY asks for dollars' worth; the core counts in lots.
    size: isMarketBuy ? lotsFloor(microShares(shares), market.rules.lot) : microShares(shares),
    salt: order.salt,
    createdAt: order.timestamp,
    expiresAt: expires === 0 ? null : epochMs(expires * 1_000),
    orderType,
    postOnly,
  };
}

/** The price the two amounts stand for; null unless it is whole basis points between the ends. */
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

const WORD = 32;
const WALLETS: readonly Wallet[] = ["key", "proxy", "safe", "depositWallet"];
const retiredOrderWire = z.object({
  order: z.looseObject({ nonce: z.unknown(), feeRateBps: z.unknown() }),
});
