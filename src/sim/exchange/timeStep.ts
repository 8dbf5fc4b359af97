/** What happens because time passes: expiry, settlement, resolution, new windows, dead men. */
import {
  after,
  type EpochMs,
  type Market,
  microShares,
  type MicroShares,
  microUsdc,
  minus,
  NO_USDC,
  plus,
  type ReferencePrice,
  type Token,
} from "../../types/index.ts";
import { GTD_REMOVED_EARLY_MS } from "./orderChecks.ts";
import {
  type Account,
  cashFlow,
  freeOf,
  type Holdings,
  NO_HOLDINGS,
  shareFlow,
  shareFunds,
} from "./accounts.ts";
import { type AccountId, ordersIn } from "./matching.ts";
import { cancelAll, removed, withoutUncovered } from "./orders.ts";
import { withRebates, withRebatesPaid } from "./rebates.ts";
import { meanAt, type Turn, turnAt } from "./referenceSeconds.ts";
import { isFinal, settled, type Trade, type TradeLeg } from "./settlement.ts";
import {
  type StepInputs,
  type Command,
  each,
  emptyMarket,
  hasBegun,
  type ExchangeState,
  finishedWith,
  holdingsOf,
  type MarketState,
  NO_STRIKE,
  type Series,
  type Step,
  unsettledLegs,
  withMarket,
} from "./state.ts";

export const HEARTBEAT_LIMIT_MS = 10_000;
export const HEARTBEAT_CHECK_MS = 5_000;
/** Windows of a series that can still be asked about; older ones are forgotten. */
export const MARKETS_KEPT = 12;

export function timeStep(state: ExchangeState, circumstances: StepInputs): Step {
  const { now } = circumstances;
  const everyMarket =
    (part: (state: ExchangeState, market: MarketState, circumstances: StepInputs) => Step) =>
    (reached: ExchangeState): Step =>
      // Looked up when its turn comes: what settles in one market can end orders in another.
      each(reached, reached.markets.keys(), (one, id) => {
        const market = one.markets.get(id);
        return market ? part(one, market, circumstances) : [one, []];
      });
  return each(
    withRebatesPaid(state, now),
    [
      everyMarket(expire),
      everyMarket(settle),
      everyMarket(resolve),
      (reached: ExchangeState) =>
        each(reached, circumstances.series, (one, series) =>
          turnWindow(one, series, circumstances),
        ),
      (reached: ExchangeState) => cancelLapsedHeartbeats(reached, now),
    ],
    (reached, part) => part(reached),
  );
}

const expire = (state: ExchangeState, market: MarketState, { now }: StepInputs): Step =>
  removed(
    state,
    market,
    ordersIn(market.book).filter(
      ({ expiresAt }) => expiresAt !== null && expiresAt - GTD_REMOVED_EARLY_MS <= now,
    ),
    "expired",
  );

function settle(state: ExchangeState, market: MarketState, { now }: StepInputs): Step {
  const due = market.settling.filter((trade) => settled(trade, now) !== trade);
  if (due.length === 0) return [state, []];
  let purses: Purses = { ...state, holdings: market.holdings };
  const moved = new Map<Trade, Trade>();
  for (const trade of due) {
    const next = settled(trade, now);
    const paid = next.status === "mined" ? paidOut(purses, next, now) : purses;
    moved.set(trade, paid ? next : { ...next, status: "failed" });
    purses = paid ?? purses;
  }
  const reached = market.settling.map((trade) => moved.get(trade) ?? trade);
  const { accounts, holdings, kept, rebates } = purses;
  const redemption = redeemed(
    { ...state, accounts, kept, rebates },
    {
      ...market,
      settling: reached.filter((trade) => !isFinal(trade)),
      ...finishedWith(state, market, reached.filter(isFinal)),
      holdings,
    },
    [...moved.values()].map((trade) => ({ type: "trade.changed", trade }) as const),
  );
  const parties = new Set(due.flatMap(({ legs }) => legs).map(({ account }) => account));
  const [last, removals] = each(redemption[0], parties, withoutUncovered);
  return [last, [...redemption[1], ...removals]];
}

interface Purses extends Pick<ExchangeState, "accounts" | "kept" | "rebates"> {
  readonly holdings: MarketState["holdings"];
}

/** As a mined trade leaves them; null where a wallet has been emptied since the match. */
function paidOut(
  { accounts, holdings, kept, rebates }: Purses,
  trade: Trade,
  now: EpochMs,
): Purses | null {
  const { type, legs } = trade;
  const paid = legs.reduce(withCash, accounts);
  const given = legs.reduce(withShares, holdings);
  const isPaid = legs.every(({ account, fill }) =>
    fill.side === "BUY"
      ? (paid.get(account)?.cash ?? NO_USDC) >= 0
      : (given.get(account) ?? NO_HOLDINGS)[fill.token] >= 0,
  );
  if (!isPaid) return null;
  // What the one pays and the other does not get, but for the collateral that comes or goes.
  const flow = legs.reduce((sum, { fill }) => plus(sum, cashFlow(fill)), NO_USDC);
  const size = type === "complementary" ? 0 : (legs[0]?.fill.size ?? 0);
  const collateral = microUsdc(type === "mint" ? size : -size);
  return {
    accounts: paid,
    holdings: given,
    kept: minus(minus(kept, flow), collateral),
    rebates: withRebates(rebates, trade, now),
  };
}

function resolve(state: ExchangeState, market: MarketState, { now, practice }: StepInputs): Step {
  const { winner, isResolved } = market;
  const { id, endsAt } = market.market;
  if (!winner || isResolved || now < after(endsAt, practice.resolvedAfterMs)) return [state, []];
  return redeemed(state, { ...market, isResolved: true }, [
    { type: "market.resolved", market: id, winner },
  ]);
}

/** Ends the window of a series that is over, and begins the next one. */
function turnWindow(state: ExchangeState, series: Series, { now, practice }: StepInputs): Step {
  const { reference, seconds } = state;
  const ending = windowsOf(state, series).findLast(hasBegun);
  if (reference === null || (ending && now < ending.market.endsAt)) return [state, []];
  const turn = ending
    ? turnAt(series.settledBy, { reference, seconds }, ending.market.endsAt, now)
    : { closes: reference, opens: firstStrike(series, state) ?? reference };
  if (turn === null) return [state, []];
  const [ended, facts] =
    ending?.winner === null
      ? end(state, ending, winnerOf(ending.market, turn))
      : ([state, []] as const);
  const next = windowsOf(ended, series).find((known) => !hasBegun(known));
  const [begun, opened] = next
    ? [withStrike(ended, next, turn.opens), []]
    : opening(ended, series, series.window(now, turn.opens));
  const ahead = Array.from({ length: practice.windowsAhead });
  const [last, more] = each(begun, ahead, (reached) => {
    const waiting = windowsOf(reached, series).filter(({ winner }) => winner === null);
    const latest = waiting.at(-1);
    return !latest || waiting.length > practice.windowsAhead
      ? [reached, []]
      : opening(reached, series, series.window(latest.market.endsAt, NO_STRIKE));
  });
  const old = windowsOf(last, series).slice(0, -(MARKETS_KEPT + practice.windowsAhead));
  const kept = [...last.markets].filter(([, known]) => !old.includes(known));
  return [{ ...last, markets: new Map(kept) }, [...facts, ...opened, ...more]];
}

const winnerOf = ({ strike }: Market, { closes }: Turn): Token => (closes >= strike ? "YES" : "NO");

const windowsOf = ({ markets }: ExchangeState, { name }: Series): readonly MarketState[] =>
  [...markets.values()].filter(({ series }) => series === name);

/** Of a window that had begun before anybody looked. */
const firstStrike = ({ settledBy }: Series, { seconds }: ExchangeState): ReferencePrice | null => {
  const last = seconds.at(-1);
  return settledBy === "mean" && last ? meanAt(seconds, last.at) : null;
};

const opening = (state: ExchangeState, { name }: Series, market: Market): Step => [
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

/** Nothing where it is over already. */
export function resolvedEarly(
  state: ExchangeState,
  { market: id, winner }: Extract<Command, { type: "resolve" }>,
): Step {
  const market = state.markets.get(id);
  if (!market || market.winner) return [state, []];
  const [ended, facts] = end(state, market, winner);
  const known = ended.markets.get(id) ?? market;
  const [paid, more] = redeemed(ended, { ...known, isResolved: true }, [
    { type: "market.resolved", market: id, winner },
  ]);
  return [paid, [...facts, ...more]];
}

function end(state: ExchangeState, market: MarketState, winner: Token): Step {
  const ended = { ...market, winner };
  const [reached] = withMarket(state, ended, []);
  return removed(reached, ended, ordersIn(market.book), "marketEnded");
}

function cancelLapsedHeartbeats(state: ExchangeState, now: EpochMs): Step {
  const { heartbeatsCheckedAt } = state;
  if (heartbeatsCheckedAt !== null && now < after(heartbeatsCheckedAt, HEARTBEAT_CHECK_MS))
    return [state, []];
  const lapsed = [...state.accounts].filter(
    ([, { beatAt }]) => beatAt !== null && after(beatAt, HEARTBEAT_LIMIT_MS) <= now,
  );
  return each({ ...state, heartbeatsCheckedAt: now }, lapsed, (reached, [id, account]) => {
    const accounts = new Map(reached.accounts).set(id, { ...account, beatAt: null });
    const [next, facts] = cancelAll({ ...reached, accounts }, id, null, "heartbeatLapsed");
    return [next, [{ type: "heartbeat.lapsed", account: id }, ...facts]];
  });
}

/**
 * Pays a dollar for each winning share of a resolved market and takes the worthless ones: a
 * micro-share is worth a micro-dollar. Shares sold but not mined yet wait for their buyer.
 */
function redeemed(state: ExchangeState, market: MarketState, facts: Step[1]): Step {
  if (!market.isResolved) return withMarket(state, market, facts);
  const free = (account: AccountId, token: Token): MicroShares => {
    const legs = unsettledLegs(market, account);
    return microShares(freeOf(shareFunds(token, holdingsOf(market, account), [], legs)));
  };
  const accounts = [...state.accounts].map(([id, account]) => {
    const won = market.winner ? microUsdc(free(id, market.winner)) : NO_USDC;
    return [id, { ...account, cash: plus(account.cash, won) }] as const;
  });
  const holdings = [...market.holdings].map(([id, { YES, NO }]) => {
    return [id, { YES: minus(YES, free(id, "YES")), NO: minus(NO, free(id, "NO")) }] as const;
  });
  return withMarket(
    { ...state, accounts: new Map(accounts) },
    { ...market, holdings: new Map(holdings) },
    facts,
  );
}

function withShares(
  holdings: ReadonlyMap<AccountId, Holdings>,
  { account, fill }: TradeLeg,
): ReadonlyMap<AccountId, Holdings> {
  const held = holdings.get(account) ?? NO_HOLDINGS;
  const shares = plus(held[fill.token], shareFlow(fill));
  return new Map(holdings).set(account, { ...held, [fill.token]: shares });
}

function withCash(
  accounts: ReadonlyMap<AccountId, Account>,
  { account, fill }: TradeLeg,
): ReadonlyMap<AccountId, Account> {
  const known = accounts.get(account);
  if (!known) return accounts;
  return new Map(accounts).set(account, { ...known, cash: plus(known.cash, cashFlow(fill)) });
}
