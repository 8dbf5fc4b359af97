/** What one market may use of the account's cash, has come to, and may still come to. */
import {
  type MicroUsdc,
  type Token,
  microShares,
  microUsdc,
  notionalFloor,
  smaller,
} from "../types/index.ts";
import type { MarketDigest } from "./inputs.ts";
import type { AccountMarket, GroupMember } from "./state.ts";

/** Neither its executor nor a trade of it will use cash or bring some in any more. */
export const isReturned = ({ digest, isRead, hasLeft }: AccountMarket): boolean =>
  digest !== null && isRead && digest.isQuiet && !digest.mayRest && (digest.isOver || hasLeft);

/** Cash may be given to it. */
export const isEligible = ({ digest, isRead, hasLeft }: AccountMarket): boolean =>
  digest !== null && isRead && !digest.isOver && !hasLeft;

/** Nothing of it is under way. */
export const isQuiet = ({ digest, isRead }: AccountMarket): boolean =>
  isRead && digest?.isQuiet === true;

/**
 * What it may use of the cash, counted from before its first trade: the most that any limits allow which its
 * executor may still act on, or what it uses already. Of one that has returned its part, what it has taken for good.
 */
export function heldCash(market: AccountMarket): number {
  const { digest, sent } = market;
  if (digest !== null && isReturned(market)) return -digest.settledFlow;
  const used = digest === null ? 0 : digest.spent + digest.reserved;
  return sent.reduce((most, { cash }) => Math.max(most, cash), used);
}

/** What its trades under way may still take. */
export const underWay = ({ digest }: AccountMarket): number =>
  digest === null ? 0 : Math.max(0, digest.spent + digest.settledFlow);

/**
 * The result so far: exact for pairs, which are a dollar, and once there is a winner; else what is not paired counts at
 * its best bid. Without a fresh bid it stays what it was before, but is never more than all shares could still bring.
 */
export function resultOf(digest: MarketDigest, before: MicroUsdc, isFresh: boolean): MicroUsdc {
  const { stock, flow, mark, winner } = digest;
  if (winner !== null) return resultIf(digest, winner);
  const unpaired: Token = stock.YES > stock.NO ? "YES" : "NO";
  const single = microShares(Math.abs(stock.YES - stock.NO));
  const sure = flow + smaller(stock.YES, stock.NO);
  if (single === 0) return microUsdc(sure);
  const bid = mark[unpaired];
  if (bid !== null && isFresh) return microUsdc(sure + notionalFloor(bid, single));
  return smaller(before, microUsdc(sure + single));
}

/** Of a market whose executor is gone: at the last bid, however old, and at nothing where there was none. */
export function finalResult({ digest, result }: AccountMarket): MicroUsdc {
  if (digest === null) return result;
  const worthless = microUsdc(digest.flow + smaller(digest.stock.YES, digest.stock.NO));
  return resultOf(digest, worthless, true);
}

/** The result at either end, with every live order filled that makes it worse. */
export function resultsIf({ digest }: AccountMarket): Omit<GroupMember, "strike"> {
  if (digest === null) return { ifYes: 0, ifNo: 0 };
  if (digest.winner !== null) {
    const result = resultIf(digest, digest.winner);
    return { ifYes: result, ifNo: result };
  }
  return {
    ifYes: resultIf(digest, "YES") - digest.lostIf.YES,
    ifNo: resultIf(digest, "NO") - digest.lostIf.NO,
  };
}

/** A share of the winner is a dollar. */
const resultIf = ({ flow, stock }: MarketDigest, winner: Token): MicroUsdc =>
  microUsdc(flow + stock[winner]);

/** Most that may be won and lost in micro-dollars when the reference moves up by one unit, with live orders filled. */
export interface Move {
  readonly up: number;
  readonly down: number;
}

const NO_MOVE: Move = { up: 0, down: 0 };

/** `delta`: dollars of a YES for that unit; null where there is no model, and then all of it may be won or lost. */
export function moveOf(
  { digest }: AccountMarket,
  delta: "deltaPerPercent" | "deltaPerSigma",
): Move {
  if (digest === null || digest.isOver || digest.winner !== null) return NO_MOVE;
  const { worstUp, worstDown } = digest;
  const perShare = digest[delta];
  if (perShare === null || !Number.isFinite(perShare)) {
    const whole = Math.max(Math.abs(worstUp), Math.abs(worstDown));
    return { up: whole, down: -whole };
  }
  // No share is worth more than a dollar, however steep the model is.
  const bounded = Math.max(-1, Math.min(1, perShare));
  const ends = [worstUp * bounded, worstDown * bounded];
  return { up: Math.ceil(Math.max(...ends)), down: Math.floor(Math.min(...ends)) };
}
