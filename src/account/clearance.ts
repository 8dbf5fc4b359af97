/** What the operator says to a limit that is hit: it is over, for a reason, and counts anew from here. */
import {
  excusedUpTo,
  hitsOf,
  marketOf,
  scopesHit,
  usd,
  valueOf,
  withoutExcuse,
  withoutHit,
} from "./limits.ts";
import { totalResult } from "./results.ts";
import {
  type AccountInput,
  LIMIT_NAMES,
  RATE_LIMITS,
  type LimitName,
  type Notice,
  type Scope,
} from "./inputs.ts";
import type { AccountState, RememberedMarket, Taken } from "./state.ts";
import { withMarket } from "./sums.ts";

type Clearance = Extract<AccountInput, { readonly type: "limit.cleared" }>;

/** In every place where it is hit. */
export function cleared(state: AccountState, clearance: Clearance): Taken {
  const { limit, reason } = clearance;
  const name = LIMIT_NAMES.find((each) => each === limit);
  const refused = (why: string): Taken => ({
    state,
    notices: [{ type: "limit.notCleared", limit, why }],
  });
  if (name === undefined) return refused("no limit has this name");
  if (reason.trim() === "") return refused("a reason is needed");
  const remembered = rememberedCleared(state.remembered, name, clearance);
  let acc: Taken = {
    state: { ...state, remembered: remembered.markets },
    notices: remembered.notices,
  };
  for (const scope of scopesHit(state, name)) {
    const next = clearedIn(acc.state, name, scope, clearance);
    acc = { state: next.state, notices: [...acc.notices, ...next.notices] };
  }
  return acc.notices.length === 0 ? refused("it is not hit") : acc;
}

function clearedIn(
  state: AccountState,
  limit: LimitName,
  scope: Scope,
  { reason, who }: Clearance,
): Taken {
  const hit = hitsOf(state, scope).find((each) => each.limit === limit);
  if (hit === undefined) return { state, notices: [] };
  const { state: moved, base } = withBase(state, limit, scope);
  return {
    state: withoutHit(moved, scope, hit),
    notices: [{ type: "limit.cleared", scope, hit, reason, who, base }],
  };
}

/** Without this the limit would be hit again at once. */
function withBase(
  state: AccountState,
  limit: LimitName,
  scope: Scope,
): { readonly state: AccountState; readonly base: { from: number; to: number } } {
  const { results } = state;
  const total = totalResult(state);
  const value = valueOf(state, limit, scope);
  switch (limit) {
    case "lossPerWindowUsd": {
      const market = marketOf(state, scope);
      if (market === undefined) return { state, base: { from: 0, to: 0 } };
      const { id, lossBase, result } = market;
      return {
        state: withMarket(state, id, { ...market, lossBase: result }),
        base: { from: usd(lossBase), to: usd(result) },
      };
    }
    case "lossPerDayUsd":
      return {
        state: { ...state, results: { ...results, dayBase: total } },
        base: { from: usd(results.dayBase), to: usd(total) },
      };
    case "drawdownUsd":
      return {
        state: { ...state, results: { ...results, peak: total } },
        base: { from: usd(results.peak), to: usd(total) },
      };
    case "worstLossUsd":
    case "exposurePerPercentUsd":
    case "exposurePerSigmaUsd": {
      const others = withoutExcuse(state, limit, scope).excuses;
      return {
        state: { ...state, excuses: [...others, { limit, scope, value }] },
        base: { from: excusedUpTo(state, limit, scope) ?? 0, to: value },
      };
    }
    case "refusalsPerMinute":
    case "failedTradesPerMinute":
    case "differencesPerMinute":
      return {
        state: { ...state, rates: { ...state.rates, [RATE_LIMITS[limit]]: [] } },
        base: { from: value, to: 0 },
      };
  }
}

/** Those of the markets that are not open again since the restart. */
function rememberedCleared(
  markets: readonly RememberedMarket[],
  limit: LimitName,
  { reason, who }: Clearance,
): { readonly markets: readonly RememberedMarket[]; readonly notices: readonly Notice[] } {
  const notices = markets.flatMap(({ market, hits, lossBase, result }) =>
    hits
      .filter((hit) => hit.limit === limit)
      .map((hit): Notice => {
        const base = { from: usd(lossBase), to: usd(result) };
        return { type: "limit.cleared", scope: { type: "market", market }, hit, reason, who, base };
      }),
  );
  const next = markets.map((market) => {
    const hits = market.hits.filter((hit) => hit.limit !== limit);
    return hits.length === market.hits.length
      ? market
      : { ...market, hits, lossBase: market.result };
  });
  return { markets: next, notices };
}
