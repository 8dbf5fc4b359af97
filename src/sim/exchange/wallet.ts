/** Calls of wallets on the chain: a call moves shares and dollars when it is mined, not before. */
import {
  after,
  type CallTerms,
  type EpochMs,
  type FinalizedBlock,
  type MarketId,
  type MicroShares,
  microShares,
  microUsdc,
  type MicroUsdc,
  minus,
  plus,
  type Refusal,
  smaller,
  type SubmitRefusalReason,
  type Token,
  type TransactionId,
  transactionId,
  type WalletCall,
} from "../../types/index.ts";
import { freeOf, type Holdings, shareFunds } from "./accounts.ts";
import { hashed } from "./hash.ts";
import type { AccountId } from "./order.ts";
import { withoutUncovered } from "./orders.ts";
import {
  type ExchangeState,
  type ExchangeStep,
  holdingsOf,
  type MarketState,
  type StepInputs,
  stepEach,
  unsettledLegs,
  withMarket,
} from "./state.ts";
import {
  NO_CALLS,
  PLAIN_MINING,
  type Transaction,
  transactionDueAt,
  type WalletState,
} from "./transaction.ts";

/** Transactions of a wallet that can still be read, and mined: older ones are forgotten. */
export const TRANSACTIONS_KEPT = 200;
/** How far the newest block that cannot be undone is behind the newest. */
export const FINALIZED_AFTER_MS = 5_000;

export const walletOf = ({ wallets }: ExchangeState, account: AccountId): WalletState =>
  wallets.get(account) ?? NO_CALLS;

export const transactionOf = (
  state: ExchangeState,
  account: AccountId,
  id: TransactionId,
): Transaction | undefined => walletOf(state, account).transactions.find((one) => one.id === id);

export function finalizedBlock(
  state: ExchangeState,
  account: AccountId,
  now: EpochMs,
): FinalizedBlock {
  const at = after(now, -FINALIZED_AFTER_MS);
  return { at, nonce: nonceAt(state, account, at) };
}

/** The nonce as it was then, as far back as transactions are kept. */
export function nonceAt(state: ExchangeState, account: AccountId, at: EpochMs): number {
  const { nonce, transactions } = walletOf(state, account);
  return nonce - transactions.filter((one) => isMined(one) && one.minedAt > at).length;
}

/** Takes a call to be mined later; refuses one that the wallet's nonce or the time excludes already. */
export function submit(
  state: ExchangeState,
  { account, call, terms }: { account: AccountId; call: WalletCall; terms: CallTerms },
  { now, mining = () => PLAIN_MINING }: StepInputs,
): ExchangeStep {
  const wallet = walletOf(state, account);
  const refusal = submitRefusal(wallet, terms, now);
  if (refusal) return [state, [{ type: "transaction.refused", account, refusal }]];
  const submitted = wallet.submitted + 1;
  const id = transactionId(hashed(`${account} transaction ${submitted}`));
  const { minedAfterMs, confirmedAfterMs, fails, isLost } = mining(id);
  const minedAt = after(now, minedAfterMs);
  const transaction: Transaction = {
    ...terms,
    id,
    account,
    call,
    state: "waiting",
    minedAt,
    confirmedAt: after(minedAt, confirmedAfterMs),
    fails,
    isLost,
  };
  const transactions = [...wallet.transactions, transaction].slice(-TRANSACTIONS_KEPT);
  return [
    withWallet(state, account, { ...wallet, submitted, transactions }),
    [{ type: "transaction.changed", transaction }],
  ];
}

function submitRefusal(
  { nonce }: WalletState,
  terms: CallTerms,
  now: EpochMs,
): Refusal<SubmitRefusalReason> | null {
  if (terms.nonce !== nonce)
    return {
      reason: "nonce",
      text: `wallet nonce mismatch: expected ${nonce}, got ${terms.nonce}`,
      retryAfterMs: null,
    };
  return terms.deadline <= now
    ? { reason: "deadline", text: "deadline has passed", retryAfterMs: null }
    : null;
}

/** Mines and confirms what is due, wallet by wallet, each in the order of submission. */
export const mine = (state: ExchangeState, { now }: StepInputs): ExchangeStep =>
  stepEach(state, state.wallets, (reached, [account, { transactions }]) =>
    stepEach(
      reached,
      transactions.filter((one) => transactionDueAt(one) <= now),
      (one, transaction) => further(one, account, transaction, now),
    ),
  );

function further(
  state: ExchangeState,
  account: AccountId,
  transaction: Transaction,
  now: EpochMs,
): ExchangeStep {
  const { nonce, deadline, fails, call } = transaction;
  if (transaction.state === "mined") return changed(state, { ...transaction, state: "confirmed" });
  const wallet = walletOf(state, account);
  const isCurrent = nonce === wallet.nonce && now <= deadline && !fails;
  const carriedOut = isCurrent ? withCallDone(state, account, call) : null;
  if (!carriedOut) return changed(state, { ...transaction, state: "failed", minedAt: now });
  const counted = withWallet(carriedOut, account, { ...wallet, nonce: nonce + 1 });
  const [mined, facts] = changed(counted, { ...transaction, state: "mined", minedAt: now });
  const [last, removals] = withoutUncovered(mined, account);
  return [last, [...facts, ...removals]];
}

function changed(state: ExchangeState, transaction: Transaction): ExchangeStep {
  const wallet = walletOf(state, transaction.account);
  const transactions = wallet.transactions.map((one) =>
    one.id === transaction.id ? transaction : one,
  );
  return [
    withWallet(state, transaction.account, { ...wallet, transactions }),
    [{ type: "transaction.changed", transaction }],
  ];
}

const isMined = ({ state }: Transaction): boolean => state === "mined" || state === "confirmed";

const withWallet = (
  state: ExchangeState,
  account: AccountId,
  wallet: WalletState,
): ExchangeState => ({ ...state, wallets: new Map(state.wallets).set(account, wallet) });

/** The state after the call; null where the chain would revert it. */
function withCallDone(
  state: ExchangeState,
  account: AccountId,
  call: WalletCall,
): ExchangeState | null {
  const market = state.markets.get(call.market);
  if (!market) return null;
  if (call.type === "redeem")
    return market.isResolved ? paidOut(state, call.market, [account]) : null;
  const { size } = call;
  const pairs = smaller(freeShares(market, account, "YES"), freeShares(market, account, "NO"));
  if (size <= 0 || size > pairs) return null;
  const { YES, NO } = holdingsOf(market, account);
  const held = { YES: minus(YES, size), NO: minus(NO, size) };
  return withFlow(state, market, account, held, microUsdc(size));
}

/**
 * Pays these accounts a dollar for each winning share of a resolved market and removes the worthless
 * ones: a micro-share is worth a micro-dollar. Shares sold but not mined yet stay for their buyer.
 */
export function paidOut(
  state: ExchangeState,
  id: MarketId,
  accounts: Iterable<AccountId>,
): ExchangeState {
  let reached = state;
  for (const account of accounts) {
    const market = reached.markets.get(id);
    if (!market?.winner) continue;
    const free = {
      YES: freeShares(market, account, "YES"),
      NO: freeShares(market, account, "NO"),
    };
    if (free.YES === 0 && free.NO === 0) continue;
    const { YES, NO } = holdingsOf(market, account);
    const held = { YES: minus(YES, free.YES), NO: minus(NO, free.NO) };
    reached = withFlow(reached, market, account, held, microUsdc(free[market.winner]));
  }
  return reached;
}

function withFlow(
  state: ExchangeState,
  market: MarketState,
  account: AccountId,
  held: Holdings,
  dollars: MicroUsdc,
): ExchangeState {
  const known = state.accounts.get(account);
  const holdings = new Map(market.holdings).set(account, held);
  const [next] = withMarket(state, { ...market, holdings }, []);
  return known
    ? {
        ...next,
        accounts: new Map(next.accounts).set(account, {
          ...known,
          cash: plus(known.cash, dollars),
        }),
      }
    : next;
}

/** Held and not sold. Live orders do not hold shares back on the chain. */
const freeShares = (market: MarketState, account: AccountId, token: Token): MicroShares =>
  microShares(
    freeOf(shareFunds(token, holdingsOf(market, account), [], unsettledLegs(market, account))),
  );
