/** The used part of the venue's own client and of viem, which signs for it. */
declare module "@polymarket/clob-client-v2" {
  import type { WalletClient } from "viem";

  export enum Side {
    BUY = "BUY",
    SELL = "SELL",
  }
  export enum OrderType {
    GTC = "GTC",
  }
  export interface SignedOrder {
    readonly salt: string;
    readonly maker: string;
    readonly signer: string;
    readonly tokenId: string;
    readonly makerAmount: string;
    readonly takerAmount: string;
    readonly side: Side;
    readonly signatureType: number;
    readonly timestamp: string;
    readonly metadata: string;
    readonly builder: string;
    readonly signature: string;
  }
  export interface UserOrder {
    readonly tokenID: string;
    /** Dollars, and shares. */
    readonly price: number;
    readonly size: number;
    readonly side: Side;
  }
  export interface Options {
    readonly tickSize: string;
    readonly negRisk: boolean;
    readonly version: 2;
  }
  export interface Posted {
    readonly headers: Readonly<Record<string, string>>;
    readonly data: unknown;
  }
  export class ClobClient {
    constructor(options: {
      readonly host: string;
      readonly chain: number;
      readonly signer: WalletClient;
      readonly creds: {
        readonly key: string;
        readonly secret: string;
        readonly passphrase: string;
      };
    });
    /** By token; the client requests missing ones over the network. */
    readonly tickSizes: Record<string, string>;
    createOrder(order: UserOrder, options: Options): Promise<SignedOrder>;
    postOrder(order: SignedOrder, type: OrderType, postOnly: boolean): Promise<unknown>;
    /** Called by `postOrder` with headers and body. */
    protected post(url: string, posted: Posted, skipThrow?: boolean): Promise<unknown>;
  }
}

declare module "viem" {
  export interface Account {
    readonly address: string;
  }
  export interface WalletClient {
    readonly account: Account;
  }
  export function createWalletClient(options: {
    readonly account: Account;
    readonly transport: unknown;
  }): WalletClient;
  /** Sends nothing until it is used. */
  export function http(url: string): unknown;
}

declare module "viem/accounts" {
  import type { Account } from "viem";
  export function privateKeyToAccount(key: `0x${string}`): Account;
}
