/** Ids of what we send, computed from session, step and leg, so that a replay makes the same. */
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import {
  type MarketId,
  type OrderId,
  type OrderTicket,
  type RequestId,
  requestId,
} from "../types/index.ts";

export interface Identity {
  /** Drawn once per market session; no two sessions may share one. */
  readonly nonce: string;
  /** The venue's id of an order: the hash that the venue computes itself. */
  readonly orderId: (ticket: OrderTicket) => OrderId;
}

/** 53 bits, because the venue's order carries the salt as a JSON number. */
export function saltOf(nonce: string, market: MarketId, step: number, leg: number): number {
  const hash = sha256(utf8ToBytes(`${nonce}/${market}/${step}/${leg}`));
  const view = new DataView(hash.buffer, hash.byteOffset);
  return view.getUint32(0) * 2 ** 21 + (view.getUint32(4) >>> 11);
}

export const requestIdOf = (market: MarketId, step: number, kind: string): RequestId =>
  requestId(`${market}/${step}/${kind}`);
