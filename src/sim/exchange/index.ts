export { type ExchangeAccount, freeOf, shareFunds } from "./accounts.ts";
export { type ExchangeStore, exchangeStore } from "./exchangeStore.ts";
export { CRYPTO_FEE_BP, type FeeSchedule } from "./fees.ts";
export { withGhostBooks } from "./ghostBooks.ts";
export { hashed } from "./hash.ts";
export { type LayeredMap, entryCount, entryOf, latestEntries, withEntries } from "./layeredMap.ts";
export { bestAsk, EMPTY_BOOK, type LevelItem, levels, ordersIn } from "./matching.ts";
export { type AccountId, type EndCause, isBid, type Order, priceIn, remaining } from "./order.ts";
export { closedMarket } from "./orderChecks.ts";
export { orderById } from "./orders.ts";
export { type Random, type Ratio, random } from "./random.ts";
export { marketFees, REBATE_BP, rebatesDue } from "./rebates.ts";
export {
  type ReferenceSeconds,
  TWAP_S,
  twapAt,
  settledByOf,
  withPrice,
} from "./referenceSeconds.ts";
export { balancesOf, openOrders, orderOf, orderReport, tradeReport, tradesOf } from "./reports.ts";
export {
  type Settlement,
  type SettlementPlan,
  type Trade,
  type TradeLeg,
  seededSettlement,
} from "./settlement.ts";
export {
  CLOSED_KEPT,
  type CoinPrice,
  type Command,
  type ExchangeState,
  type MarketState,
  NO_STRIKE,
  type OrderCause,
  PLAIN_POLICY,
  type VenueFact,
  type VenuePolicy,
  type VenueTicket,
  currentMarket,
  emptyExchange,
  holdingsOf,
  liveOrders,
  priceOf,
  printsOf,
  runningMarkets,
  unsettledLegs,
  withBalancesOf,
} from "./state.ts";
export { HEARTBEAT_CHECK_MS, HEARTBEAT_LIMIT_MS } from "./timeStep.ts";
export { venueOrderId } from "./orderId.ts";
export { type Mining, type MiningPlan, seededMining, type Transaction } from "./transaction.ts";
export { FINALIZED_AFTER_MS, finalizedBlock, nonceAt, transactionOf, walletOf } from "./wallet.ts";
