/** An order of the official client, made once more by `sign/`. */
import {
  type ClobClientOptions,
  Side as TheirSide,
  type SignedOrder,
} from "@polymarket/clob-client-v2";
import { expect } from "vitest";
import {
  epochMs,
  formatMicro,
  formatPriceBp,
  marketId,
  type MicroShares,
  type OrderId,
  type OrderTicket,
  type PriceBp,
  type Side,
  tokenId,
} from "../../src/types/index.ts";
import {
  addressOf,
  type Exchange,
  orderHasher,
  orderOf,
  parseAddress,
  parsePrivateKey,
  type PrivateKey,
  type SignedOrder as OurOrder,
  SIGNATURE_TYPES,
  signOrder,
  type Wallet,
} from "../../src/venue/polymarket/sign/index.ts";
import { signer } from "../sim/server/served.ts";
import { keyText } from "./official.ts";

/** An order that both are asked to sign. */
export interface OrderWanted {
  readonly side: Side;
  readonly tokenId: string;
  readonly price: PriceBp;
  /** Whole lots. */
  readonly size: MicroShares;
}

export const WALLETS: readonly Wallet[] = ["key", "proxy", "safe", "depositWallet"];

/** By which key, and where its funds are. */
export interface Holder {
  readonly key: number;
  readonly wallet: Wallet;
  /** Not looked at for `key`, which holds its own. */
  readonly funder: string;
}

/** An order as the client takes it, in floats. */
export const inTheirs = (wanted: OrderWanted) => ({
  tokenID: wanted.tokenId,
  price: Number(formatPriceBp(wanted.price)),
  size: Number(formatMicro(wanted.size)),
  side: TheirSide[wanted.side],
});

/** What tells the client where the funds are. */
export const fundsOf = ({
  wallet,
  funder,
}: Holder): Pick<ClobClientOptions, "signatureType" | "funderAddress"> => ({
  signatureType: SIGNATURE_TYPES[wallet],
  ...(wallet !== "key" && { funderAddress: funder }),
});

/** The client draws the salt and reads the clock; both are taken over from `theirs`. */
export function ours(
  theirs: SignedOrder,
  wanted: OrderWanted,
  { key: number, wallet, funder }: Holder,
  exchange: Exchange,
): { readonly id: OrderId; readonly order: OurOrder } {
  if (!("timestamp" in theirs)) return expect.unreachable("an order of the retired exchange");
  const key = privateKey(number);
  const owner = addressOf(signer, key);
  const maker = parseAddress(wallet === "key" ? owner : funder, signer.keccak256);
  const ticket: OrderTicket = {
    ...wanted,
    tokenId: tokenId(wanted.tokenId),
    salt: Number(theirs.salt),
    createdAt: epochMs(Number(theirs.timestamp)),
    // None of these is signed.
    market: marketId("0x"),
    expiresAt: null,
    orderType: "GTC",
    postOnly: false,
  };
  const account = { owner, wallet, maker: maker ?? expect.unreachable("no address") };
  const hasher = orderHasher(signer.keccak256, exchange);
  const order = signOrder(signer, hasher, key, orderOf(account, ticket));
  return { id: hasher.orderId(order), order };
}

export const privateKey = (key: number): PrivateKey =>
  parsePrivateKey(keyText(key)) ?? expect.unreachable("no key");
