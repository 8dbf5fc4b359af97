/** What a market's orders that may be live can still do to its account, and whether anything is under way. */
import {
  type MicroShares,
  type MicroUsdc,
  type Token,
  complement,
  microShares,
  microUsdc,
  netShares,
  notionalCeil,
} from "../types/index.ts";
import { type Exposure, exposuresOf } from "./admission.ts";
import { isInFlight } from "./orderTable.ts";
import { ordersOf } from "./remembered.ts";
import type { ExecutorState } from "./state.ts";
import { unfinishedSince } from "./trades.ts";

export interface WorstCase {
  /** What BUYs can still take. */
  readonly reserved: MicroUsdc;
  /** YES less NO if every bid fills, and if every ask does. */
  readonly worstUp: MicroShares;
  readonly worstDown: MicroShares;
  /** What orders can still cost if that token wins: the price of the other one that they buy, and what a sale of it forgoes. */
  readonly lostIf: Readonly<Record<Token, MicroUsdc>>;
}

export function worstCaseOf(state: ExecutorState): WorstCase {
  const net = netShares(state.inventory);
  let [reserved, up, down] = [0, net, net];
  const lost = { YES: 0, NO: 0 };
  for (const order of exposuresOf(state)) {
    const { token, side, size, cash } = order;
    reserved += cash;
    const isBid = (token === "YES") === (side === "BUY");
    if (isBid) up += size;
    else down -= size;
    lost[isBid ? "NO" : "YES"] += costOf(order);
  }
  return {
    reserved: microUsdc(reserved),
    worstUp: microShares(up),
    worstDown: microShares(down),
    lostIf: { YES: microUsdc(lost.YES), NO: microUsdc(lost.NO) },
  };
}

/** If it fills and then its token loses, or of a sale wins. */
const costOf = ({ side, price, size, cash }: Exposure): number =>
  side === "BUY" ? cash : notionalCeil(complement(price), size);

/** No trade is neither confirmed nor failed, no order unknown, no request under way. */
export const isAtRest = (state: ExecutorState): boolean =>
  unfinishedSince(state) === null &&
  ordersOf(state).every((order) => order.phase !== "unknown" && !isInFlight(order));
