/** Markets come, are heard of, and go; and what stays of one that has gone. */
import { type MarketId, NO_USDC, microUsdc } from "../types/index.ts";
import { withSettled } from "./cash.ts";
import { allowed, withLimits } from "./issued.ts";
import { finalResult, heldCash, isReturned, resultOf } from "./market.ts";
import { shareName } from "./parts.ts";
import { withCounts } from "./results.ts";
import type { AccountConfig, AccountInput, MarketDigest, Notice } from "./inputs.ts";
import {
  type AccountMarket,
  type AccountState,
  MARKETS_MAX,
  type RememberedMarket,
  type Taken,
} from "./state.ts";
import { withMarket } from "./sums.ts";
import { entryOf } from "./table.ts";
import { groupFor } from "./worstLoss.ts";

type Input<Type extends AccountInput["type"]> = Extract<AccountInput, { readonly type: Type }>;

/** It has no cash before its first survey is done, but hears of every hit at once. */
export function opened(
  state: AccountState,
  input: Input<"market.opened">,
  config: AccountConfig,
): Taken {
  const { market: id } = input;
  const known = entryOf(state.markets, id);
  if (known === undefined && state.ring.length >= MARKETS_MAX) {
    return { state, notices: [{ type: "market.refused", market: id, max: MARKETS_MAX }] };
  }
  const market = known ?? newMarket(state, input);
  const { cash } = market.limits;
  const limits = { ...allowed(state, market, config), cash };
  const next = withMarket(
    withoutRemembered(state, id),
    id,
    withLimits({ ...market, isRead: false, hasLeft: false }, limits),
  );
  const ring = known === undefined ? [...state.ring, id] : state.ring;
  return { state: { ...next, ring }, notices: [] };
}

function newMarket(state: AccountState, input: Input<"market.opened">): AccountMarket {
  const { market: id, series, reference, endsAt, strike, wants } = input;
  const remembered = state.remembered.find((each) => each.market === id);
  return {
    id,
    series: shareName(series),
    reference,
    group: groupFor(state, input),
    endsAt,
    strike,
    wants,
    isRead: false,
    hasLeft: false,
    digest: null,
    limits: { seq: 0, cash: NO_USDC, level: "normal", widenBp: 0, hits: [] },
    sent: [],
    result: remembered?.result ?? NO_USDC,
    lossBase: remembered?.lossBase ?? NO_USDC,
    hits: remembered?.hits ?? [],
  };
}

/** Its result was counted among those that are closed. */
function withoutRemembered(state: AccountState, id: MarketId): AccountState {
  const { results, remembered } = state;
  const result = remembered.find(({ market }) => market === id)?.result ?? NO_USDC;
  return {
    ...state,
    results: { ...results, closed: microUsdc(results.closed - result) },
    remembered: remembered.filter(({ market }) => market !== id),
  };
}

/** A market that is not known, or has not done its first survey, changes nothing. */
export function changed(
  state: AccountState,
  { market: id, digest, at }: Input<"market.changed">,
  { markAgeMaxMs }: AccountConfig,
): Taken {
  const market = entryOf(state.markets, id);
  if (market === undefined || !digest.isRead) return { state, notices: [] };
  const { digest: before, sent } = market;
  const isFresh = at.monotonicMs - digest.mark.at <= markAgeMaxMs;
  const next = withMarket(withCounts(state, before, digest, at), id, {
    ...market,
    isRead: true,
    digest: isFresh ? digest : { ...digest, mark: withBidsOf(digest.mark, before?.mark) },
    // Its executor acts on these or on newer ones.
    sent: sent.filter(({ seq }, index) => seq >= digest.limitsSeq || index === sent.length - 1),
    result: resultOf(digest, market.result, isFresh),
  });
  // What had settled before the account knew the market is in the cash that was read.
  const settled = before === null ? 0 : digest.settledFlow - before.settledFlow;
  const based = before === null ? withBaseLess(next, digest.settledFlow) : next;
  const heard = withSettled(based, settled, at);
  return market.hasLeft ? closed(heard, id, at, []) : { state: heard, notices: [] };
}

/** Without a book the bids are the last ones that were seen, for a market that ends so. */
const withBidsOf = (
  mark: MarketDigest["mark"],
  before: MarketDigest["mark"] | undefined,
): MarketDigest["mark"] => ({
  ...mark,
  YES: mark.YES ?? before?.YES ?? null,
  NO: mark.NO ?? before?.NO ?? null,
});

const withBaseLess = (state: AccountState, cash: number): AccountState =>
  state.cash.base === null
    ? state
    : { ...state, cash: { ...state.cash, base: microUsdc(state.cash.base - cash) } };

/** Its part returns once nothing of it may rest and no trade is unfinished; until then it is kept. */
export function left(state: AccountState, { market: id, at }: Input<"market.left">): Taken {
  const market = entryOf(state.markets, id);
  if (market === undefined) return { state, notices: [] };
  const next = withMarket(state, id, { ...market, hasLeft: true });
  const held = microUsdc(heldCash(market));
  return closed(next, id, at, [{ type: "market.kept", market: id, held }]);
}

/** `otherwise` is said where it has to be kept. */
function closed(
  state: AccountState,
  id: MarketId,
  at: AccountInput["at"],
  otherwise: readonly Notice[],
): Taken {
  const market = entryOf(state.markets, id);
  if (market === undefined) return { state, notices: [] };
  const { digest } = market;
  const isUnused = digest === null && heldCash(market) === 0;
  if (!isUnused && !isReturned(market)) return { state, notices: otherwise };
  const without = withMarket(withBaseLess(state, -(digest?.settledFlow ?? 0)), id, null);
  const result = finalResult(market);
  const { results, ring, excuses, remembered } = without;
  const next: AccountState = {
    ...without,
    ring: ring.filter((each) => each !== id),
    results: { ...results, closed: microUsdc(results.closed + result) },
    excuses: excuses.filter(({ scope }) => scope.type !== "market" || scope.market !== id),
    // Not heard of since the process before; or left before its end, and the next process may open it again.
    remembered:
      (digest === null && (result !== 0 || market.hits.length > 0)) || market.endsAt > at.epochMs
        ? [...remembered, { ...rememberedOf(market), result }]
        : remembered,
  };
  return {
    state: next,
    notices: [{ type: "market.closed", market: id, result }],
  };
}

/** What has to be known of it where it is opened again. */
export const rememberedOf = ({
  id,
  endsAt,
  result,
  lossBase,
  hits,
}: AccountMarket): RememberedMarket => ({ market: id, endsAt, result, lossBase, hits });
