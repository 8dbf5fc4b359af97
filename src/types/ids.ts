import type { Brand } from "./brand.ts";

/** The venue's order id: the hash of the order, known before it is sent. */
export type OrderId = Brand<string, "OrderId">;
export type TradeId = Brand<string, "TradeId">;
/** The venue's id of one outcome token. */
export type TokenId = Brand<string, "TokenId">;
/** The venue's condition id: one YES/NO market, for us one window. */
export type MarketId = Brand<string, "MarketId">;
/** A call of a wallet, as the one who submits it names it. */
export type TransactionId = Brand<string, "TransactionId">;
/** Names one cancel-all or read of ours, so that its answer finds it again. */
export type RequestId = Brand<string, "RequestId">;

export const orderId = (text: string): OrderId => text as OrderId;
export const tradeId = (text: string): TradeId => text as TradeId;
export const tokenId = (text: string): TokenId => text as TokenId;
export const marketId = (text: string): MarketId => text as MarketId;
export const requestId = (text: string): RequestId => text as RequestId;
export const transactionId = (text: string): TransactionId => text as TransactionId;
