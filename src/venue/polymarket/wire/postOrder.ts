import { z } from "zod";
import { sideWire } from "./level.ts";

/** The signed struct and its signature. Amounts are millionths. [protocol 4.4, 4.8] */
export const signedOrderWire = z.object({
  /** A JSON number, so at most 2^53 - 1. */
  salt: z.number().int(),
  maker: z.string(),
  signer: z.string(),
  tokenId: z.string(),
  makerAmount: z.string(),
  takerAmount: z.string(),
  side: sideWire,
  signatureType: z.number().int(),
  /** Milliseconds. */
  timestamp: z.string(),
  metadata: z.string(),
  builder: z.string(),
  signature: z.string(),
});

/** The body of POST /order. [protocol 4.8] */
export const postOrderWire = z.object({
  deferExec: z.boolean(),
  postOnly: z.boolean(),
  order: signedOrderWire.extend({
    /** Unix seconds, "0" for none; not signed. */
    expiration: z.string(),
  }),
  /** The API key. */
  owner: z.string(),
  orderType: z.enum(["GTC", "GTD", "FAK", "FOK"]),
});

/** The body of POST /orders: 1 to 15 orders. */
export const postOrdersWire = z.array(postOrderWire);

export type SignedOrderWire = z.infer<typeof signedOrderWire>;
export type PostOrderWire = z.infer<typeof postOrderWire>;
export type PostOrdersWire = z.infer<typeof postOrdersWire>;
