/** What happens as time passes: expiry, settlement, resolution, new windows, lapsed heartbeats. */
import {
  after,
  type EpochMs,
  type Market,
  microShares,
  microUsdc,
  NO_USDC,
  type ReferencePrice,
  type Token,
} from "../../types/index.ts";
import { GTD_REMOVED_EARLY_MS } from "./orderChecks.ts";
import {
  type ExchangeAccount,
  cashFlow,
  type Holdings,
  NO_HOLDINGS,
  shareFlow,
} from "./accounts.ts";
import { ordersExpiring, ordersIn } from "./matching.ts";
import type { AccountId } from "./order.ts";
import { cancelAll, removed, withoutUncovered } from "./orders.ts";
import { withRebates, withRebatesPaid } from "./rebates.ts";
import { twapAt, type WindowPrices, windowPricesAt } from "./referenceSeconds.ts";
import { dueAt, isFinal, settled, type Trade, type TradeLeg } from "./settlement.ts";
import {
  type CoinPrice,
  type StepInputs,
  type Command,
  stepEach,
  emptyMarket,
  hasBegun,
  type ExchangeState,
  finishedWith,
  type MarketState,
  NO_STRIKE,
  priceOf,
  type Series,
  type ExchangeStep,
  unsettledLegs,
  type VenuePolicy,
  withMarket,
} from "./state.ts";
import { firstDueAt } from "./unsettled.ts";
import { mine, paidOut } from "./wallet.ts";

export const HEARTBEAT_LIMIT_MS = 10_000;
export const HEARTBEAT_CHECK_MS = 5_000;
/** Ended windows of a series that can still be read; older ones are dropped. */
export const MARKETS_KEPT = 12;
/** Older windows of a series that have not been redeemed. */
export const UNREDEEMED_KEPT = 300;

export function timeStep(state: ExchangeState, inputs: StepInputs): ExchangeStep {
  const { now } = inputs;
  const everyMarket =
    (part: (state: ExchangeState, market: MarketState, inputs: StepInputs) => ExchangeStep) =>
    (reached: ExchangeState): ExchangeStep =>
      // Each market is read when its turn comes: a settlement in one can end orders in another.
      stepEach(reached, reached.markets.keys(), (one, id) => {
        const market = one.markets.get(id);
        return market ? part(one, market, inputs) : [one, []];
      });
  return stepEach(
    withRebatesPaid(state, now),
    [
      everyMarket(expire),
      everyMarket(settle),
      everyMarket(resolve),
      (reached: ExchangeState) =>
        stepEach(reached, inputs.series, (one, series) => rollWindow(one, series, inputs)),
      (reached: ExchangeState) => mine(reached, inputs),
      (reached: ExchangeState) => cancelLapsedHeartbeats(reached, now),
    ],
    (reached, part) => part(reached),
  );
}

const expire = (state: ExchangeState, market: MarketState, { now }: StepInputs): ExchangeStep =>
  removed(state, market, ordersExpiring(market.book, after(now, GTD_REMOVED_EARLY_MS)), "expired");

function settle(
  state: ExchangeState,
  market: MarketState,
  { now, policy }: StepInputs,
): ExchangeStep {
  if (firstDueAt(market.settling) > now) return [state, []];
  const due = market.settling.filter((trade) => dueAt(trade) <= now);
  let funds: SettledFunds = { ...state, holdings: market.holdings };
  const moved = new Map<Trade, Trade>();
  for (const trade of due) {
    const next = settled(trade, now);
    const paid = withTradeMoved(funds, trade, next, market, now);
    moved.set(trade, paid ? next : { ...next, status: UNPAID[trade.status] });
    funds = paid ?? funds;
  }
  const reached = market.settling.map((trade) => moved.get(trade) ?? trade);
  const { accounts, holdings, kept, rebates } = funds;
  const redemption = redeemed(
    { ...state, accounts, kept, rebates },
    {
      ...market,
      settling: reached.filter((trade) => !isFinal(trade)),
      ...finishedWith(state, market, reached.filter(isFinal)),
      holdings,
    },
    [...moved.values()].map((trade) => ({ type: "trade.changed", trade }) as const),
    policy,
  );
  const parties = new Set(due.flatMap(({ legs }) => legs).map(({ account }) => account));
  const [last, removals] = stepEach(redemption[0], parties, withoutUncovered);
  return [last, [...redemption[1], ...removals]];
}

interface SettledFunds extends Pick<ExchangeState, "accounts" | "kept" | "rebates"> {
  readonly holdings: MarketState["holdings"];
}

/** What becomes of a trade that cannot be paid, or cannot be paid back. */
const UNPAID = {
  matched: "failed",
  retrying: "failed",
  mined: "confirmed",
  confirmed: "confirmed",
  failed: "failed",
} as const satisfies Record<Trade["status"], Trade["status"]>;

/** The funds after a step of a trade; null where an account has spent what the step would take. */
function withTradeMoved(
  funds: SettledFunds,
  before: Trade,
  trade: Trade,
  market: MarketState,
  now: EpochMs,
): SettledFunds | null {
  if (trade.status === "mined") {
    const paid = withTradePaid(funds, trade, +1);
    return paid && { ...paid, rebates: withRebates(paid.rebates, trade, now) };
  }
  // Its rebate is earned all the same: the venue does not say.
  if (before.status !== "mined" || trade.status !== "failed") return funds;
  const back = withTradePaid(funds, trade, -1);
  return back && trade.legs.every((leg) => isLeft(back, leg, market)) ? back : null;
}

/** Whether the account still has the shares that it has sold, and that are not mined yet. */
function isLeft(
  { holdings }: SettledFunds,
  { account, fill: { token } }: TradeLeg,
  market: MarketState,
): boolean {
  const sold = unsettledLegs(market, account)
    .filter(({ fill }) => fill.side === "SELL" && fill.token === token)
    .reduce((sum, { fill }) => sum + fill.size, 0);
  return (holdings.get(account) ?? NO_HOLDINGS)[token] >= sold;
}

function withTradePaid(
  funds: SettledFunds,
  { type, legs }: Trade,
  sign: 1 | -1,
): SettledFunds | null {
  const accounts = withLegsCash(funds.accounts, legs, sign);
  const holdings = withLegsShares(funds.holdings, legs, sign);
  const isPaid = legs.every(({ account, fill }) =>
    (fill.side === "BUY") === (sign === 1)
      ? (accounts.get(account)?.cash ?? NO_USDC) >= 0
      : (holdings.get(account) ?? NO_HOLDINGS)[fill.token] >= 0,
  );
  if (!isPaid) return null;
  // The venue keeps what one side pays and the other does not get, except for the collateral.
  const flow = legs.reduce((sum, { fill }) => sum + cashFlow(fill), 0);
  const size = type === "complementary" ? 0 : (legs[0]?.fill.size ?? 0);
  const collateral = type === "mint" ? size : -size;
  const kept = microUsdc(funds.kept - sign * (flow + collateral));
  return { ...funds, accounts, holdings, kept };
}

function resolve(
  state: ExchangeState,
  market: MarketState,
  { now, policy }: StepInputs,
): ExchangeStep {
  const { winner, isResolved } = market;
  const { id, endsAt } = market.market;
  if (!winner || isResolved || now < after(endsAt, policy.resolvedAfterMs)) return [state, []];
  return redeemed(
    state,
    { ...market, isResolved: true },
    [{ type: "market.resolved", market: id, winner }],
    policy,
  );
}

/** Ends the window of a series whose time is over, and begins the next one. */
function rollWindow(
  state: ExchangeState,
  series: Series,
  { now, policy }: StepInputs,
): ExchangeStep {
  const price = priceOf(state, series);
  const ending = windowsOf(state, series).findLast(hasBegun);
  if (price === null || (ending && now < ending.market.endsAt)) return [state, []];
  const prices = ending
    ? windowPricesAt(series.settledBy, price, ending.market.endsAt, now)
    : { closes: price.reference, opens: firstStrike(series, price) ?? price.reference };
  if (prices === null) return [state, []];
  const [ended, facts] =
    ending?.winner === null
      ? end(state, ending, winnerOf(ending.market, prices))
      : ([state, []] as const);
  const next = windowsOf(ended, series).find((known) => !hasBegun(known));
  const [begun, opened] = next
    ? [withStrike(ended, next, prices.opens), []]
    : opening(ended, series, series.window(now, prices.opens));
  const ahead = Array.from({ length: policy.windowsAhead });
  const [last, more] = stepEach(begun, ahead, (reached) => {
    const waiting = windowsOf(reached, series).filter(({ winner }) => winner === null);
    const latest = waiting.at(-1);
    return !latest || waiting.length > policy.windowsAhead
      ? [reached, []]
      : opening(reached, series, series.window(latest.market.endsAt, NO_STRIKE));
  });
  return [withoutOld(last, series, policy), [...facts, ...opened, ...more]];
}

/** Drops the oldest windows; one that an account has still to redeem stays, up to a bound, and is then paid out. */
function withoutOld(state: ExchangeState, series: Series, policy: VenuePolicy): ExchangeState {
  const past = windowsOf(state, series).slice(0, -(MARKETS_KEPT + policy.windowsAhead));
  const unredeemed = policy.autoRedeems ? [] : past.filter(isUnredeemed);
  const staying = unredeemed.slice(-UNREDEEMED_KEPT);
  const old = past.filter((known) => !staying.includes(known));
  let reached = state;
  for (const { market, holdings } of old)
    if (!policy.autoRedeems) reached = paidOut(reached, market.id, holdings.keys());
  const dropped = new Set(old.map(({ market }) => market.id));
  const markets = [...reached.markets].filter(([id]) => !dropped.has(id));
  return { ...reached, markets: new Map(markets) };
}

const isUnredeemed = ({ holdings, winner }: MarketState): boolean =>
  winner !== null && [...holdings.values()].some((held) => held[winner] > 0);

const winnerOf = ({ strike }: Market, { closes }: WindowPrices): Token =>
  closes >= strike ? "YES" : "NO";

const windowsOf = ({ markets }: ExchangeState, { name }: Series): readonly MarketState[] =>
  [...markets.values()].filter(({ series }) => series === name);

/** The strike of the first window, which has begun before the exchange was started. */
const firstStrike = ({ settledBy }: Series, { seconds }: CoinPrice): ReferencePrice | null => {
  const last = seconds.at(-1);
  return settledBy === "twap60" && last ? twapAt(seconds, last.at) : null;
};

const opening = (state: ExchangeState, { name }: Series, market: Market): ExchangeStep => [
  { ...state, markets: new Map(state.markets).set(market.id, emptyMarket(market, name)) },
  [{ type: "market.opened", market }],
];

function withStrike(
  state: ExchangeState,
  known: MarketState,
  strike: ReferencePrice,
): ExchangeState {
  const market = { ...known.market, strike };
  return { ...state, markets: new Map(state.markets).set(market.id, { ...known, market }) };
}

/** Ends and resolves a window at once; an ended window stays as it is. */
export function resolvedEarly(
  state: ExchangeState,
  { market: id, winner }: Extract<Command, { type: "resolve" }>,
  { policy }: StepInputs,
): ExchangeStep {
  const market = state.markets.get(id);
  if (!market || market.winner) return [state, []];
  const [ended, facts] = end(state, market, winner);
  const known = ended.markets.get(id) ?? market;
  const [paid, more] = redeemed(
    ended,
    { ...known, isResolved: true },
    [{ type: "market.resolved", market: id, winner }],
    policy,
  );
  return [paid, [...facts, ...more]];
}

function end(state: ExchangeState, market: MarketState, winner: Token): ExchangeStep {
  const ended = { ...market, winner };
  const [reached] = withMarket(state, ended, []);
  return removed(reached, ended, ordersIn(market.book), "marketEnded");
}

function cancelLapsedHeartbeats(state: ExchangeState, now: EpochMs): ExchangeStep {
  const { heartbeatsCheckedAt } = state;
  if (heartbeatsCheckedAt !== null && now < after(heartbeatsCheckedAt, HEARTBEAT_CHECK_MS))
    return [state, []];
  const lapsed = [...state.accounts].filter(
    ([, { beatAt }]) => beatAt !== null && after(beatAt, HEARTBEAT_LIMIT_MS) <= now,
  );
  return stepEach({ ...state, heartbeatsCheckedAt: now }, lapsed, (reached, [id, account]) => {
    const accounts = new Map(reached.accounts).set(id, { ...account, beatAt: null });
    const [next, facts] = cancelAll({ ...reached, accounts }, id, null, "heartbeatLapsed");
    return [next, [{ type: "heartbeat.lapsed", account: id }, ...facts]];
  });
}

/** The state with the market in it, paid out where it is resolved, to those whom nobody has to ask for it. */
function redeemed(
  state: ExchangeState,
  market: MarketState,
  facts: ExchangeStep[1],
  { autoRedeems }: VenuePolicy,
): ExchangeStep {
  const [reached, all] = withMarket(state, market, facts);
  if (!market.isResolved) return [reached, all];
  const paid = [...market.holdings.keys()].filter(
    (account) => autoRedeems || !redeemsItself(state, account),
  );
  return [paidOut(reached, market.market.id, paid), all];
}

const redeemsItself = ({ accounts }: ExchangeState, account: AccountId): boolean =>
  accounts.get(account)?.keepsClosed === true;

function withLegsShares(
  holdings: ReadonlyMap<AccountId, Holdings>,
  legs: readonly TradeLeg[],
  sign: 1 | -1,
): ReadonlyMap<AccountId, Holdings> {
  const moved = new Map(holdings);
  for (const { account, fill } of legs) {
    const held = moved.get(account) ?? NO_HOLDINGS;
    const shares = microShares(held[fill.token] + sign * shareFlow(fill));
    moved.set(account, { ...held, [fill.token]: shares });
  }
  return moved;
}

function withLegsCash(
  accounts: ReadonlyMap<AccountId, ExchangeAccount>,
  legs: readonly TradeLeg[],
  sign: 1 | -1,
): ReadonlyMap<AccountId, ExchangeAccount> {
  const moved = new Map(accounts);
  for (const { account, fill } of legs) {
    const known = moved.get(account);
    if (known)
      moved.set(account, { ...known, cash: microUsdc(known.cash + sign * cashFlow(fill)) });
  }
  return moved;
}
