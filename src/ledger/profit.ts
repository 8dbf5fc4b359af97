import {
  DOLLAR_BP,
  type EpochMs,
  type Fill,
  type MicroUsdc,
  type Token,
  type Touch,
  type TradeId,
  assert,
  microUsdc,
  notionalCeil,
  notionalFloor,
} from "../types/index.ts";

/** A fill that stands, of a trade that has not failed, and when the venue matched it. */
export interface LedgerFill {
  readonly fill: Fill;
  readonly matchedAt: EpochMs;
  readonly tradeId: TradeId;
}

/** What a YES and a NO are taken to be worth, 0 to 10000 bp; a pair of them is a dollar in any case. */
export interface Mark extends Readonly<Record<Token, number>> {
  readonly isResolved: boolean;
}

/** At the model's fair value of a YES. */
export const fairMark = (yesBp: number): Mark => ({
  YES: yesBp,
  NO: DOLLAR_BP - yesBp,
  isResolved: false,
});

/** At what could be sold at once: the best bid of each token, nothing where there is none. */
export const saleMark = ({ YES, NO }: Readonly<Record<Token, Touch>>): Mark => ({
  YES: YES.bid ?? 0,
  NO: NO.bid ?? 0,
  isResolved: false,
});

export const resolvedMark = (winner: Token): Mark => ({
  ...fairMark(winner === "YES" ? DOLLAR_BP : 0),
  isResolved: true,
});

/** realised + unrealised - fees = cash in - cash out + what is held at the mark, exactly. */
export interface Profit {
  readonly realised: MicroUsdc;
  readonly fees: MicroUsdc;
  readonly unrealised: MicroUsdc;
  /** What the stock is worth that is not paired, and not paid out. */
  readonly mark: MicroUsdc;
}

/**
 * The result of one market by average cost, from all its fills in any order.
 *
 * Stock is netted in YES: a NO bought at q is a YES sold at 1 - q, since both together are a
 * dollar. A buyer's cash is rounded up and a seller's down, to the micro-dollar.
 */
export function profit(fills: readonly LedgerFill[], mark: Mark): Profit {
  return valued(traded(fills), mark);
}

/** What the fills have come to, whatever it is worth; in BigInt throughout: shares times cost is no safe integer. */
export interface Traded {
  /** YES less NO, in micro-shares. */
  readonly net: bigint;
  /** What `net` has cost in YES; negative where `net` is, as that has brought cash in. */
  readonly cost: bigint;
  readonly realised: bigint;
  readonly fees: bigint;
}

const NOTHING: Traded = { net: 0n, cost: 0n, realised: 0n, fees: 0n };

export const traded = (fills: readonly LedgerFill[]): Traded =>
  fills.toSorted(inOrder).reduce(afterFill, NOTHING);

/** The result at one mark of what is worked out once for several. */
export function valued({ net, cost, realised, fees }: Traded, mark: Mark): Profit {
  const { YES, NO, isResolved } = mark;
  assert(
    [YES, NO].every((bp) => Number.isInteger(bp) && bp >= 0 && bp <= DOLLAR_BP) &&
      (!isResolved || (YES + NO === DOLLAR_BP && YES * NO === 0)),
    "F",
    "mark out of range",
    { ...mark },
  );
  const value = floorDivided(magnitude(net) * BigInt(net > 0n ? YES : NO), BigInt(DOLLAR_BP));
  // A NO that is held is a YES sold, and a dollar.
  const open = (net > 0n ? value : net + value) - cost;
  return {
    realised: usdc(isResolved ? realised + open : realised),
    fees: usdc(fees),
    unrealised: usdc(isResolved ? 0n : open),
    mark: usdc(isResolved ? 0n : value),
  };
}

/** `realised - cost` changes by the cash of the fill however the divisions round. */
function afterFill({ net, cost, realised, fees }: Traded, { fill }: LedgerFill): Traded {
  const { shares, cash } = inYes(fill);
  const isClosing = (net > 0n && shares < 0n) || (net < 0n && shares > 0n);
  const closed = smaller(magnitude(net), magnitude(shares));
  const costClosed = isClosing ? (cost * closed) / magnitude(net) : 0n;
  const cashClosed = isClosing ? (cash * closed) / magnitude(shares) : 0n;
  return {
    net: net + shares,
    cost: cost - costClosed - (cash - cashClosed),
    realised: realised + cashClosed - costClosed,
    fees: fees + BigInt(fill.fee),
  };
}

/** The fill as a trade in YES: signed shares, and the cash that came in for them. */
export function inYes({ token, side, price, size }: Fill): { shares: bigint; cash: bigint } {
  const isBuy = side === "BUY";
  const bought = BigInt(size) * (isBuy ? 1n : -1n);
  const cash = isBuy ? -BigInt(notionalCeil(price, size)) : BigInt(notionalFloor(price, size));
  return token === "YES" ? { shares: bought, cash } : { shares: -bought, cash: cash + bought };
}

function inOrder(a: LedgerFill, b: LedgerFill): number {
  if (a.matchedAt !== b.matchedAt) return a.matchedAt - b.matchedAt;
  const [keyA, keyB] = [keyOf(a), keyOf(b)];
  return keyA === keyB ? 0 : keyA < keyB ? -1 : 1;
}

/** Down to the last field, so that only fills that are the same may change places. */
const keyOf = ({ tradeId, fill: { orderId, token, side, price, size } }: LedgerFill): string =>
  [tradeId, orderId, token, side, price, size].join();

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const floorDivided = (value: bigint, by: bigint): bigint =>
  value / by - (value % by < 0n ? 1n : 0n);
export const usdc = (value: bigint): MicroUsdc => microUsdc(Number(value));
