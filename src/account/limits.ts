/**
 * What each limit measures, when it is hit, and how that ends: by a clearance with a reason, which moves what the limit
 * counts from. Only a limit that widens ends by itself, once its value is well within it.
 */
import { type LimitHit, MICRO, NO_USDC } from "../types/index.ts";
import { moveOf } from "./market.ts";
import { lossDown, perMinute, totalResult } from "./results.ts";
import {
  type AccountConfig,
  EXTENTS,
  LIMIT_NAMES,
  type LimitName,
  type LimitSetting,
  RATE_LIMITS,
  type Scope,
} from "./inputs.ts";
import type { AccountMarket, AccountState, Taken } from "./state.ts";
import { withMarket } from "./sums.ts";
import { entriesOf, entryOf } from "./table.ts";

/** A limit that widens ends at this part of it. */
const WIDEN_ENDS_AT = 0.8;

export const ACCOUNT: Scope = { type: "account" };

/** Where a limit counts a market; null of a limit of markets where there is none. */
export function scopeOf(
  limit: LimitName,
  market: Pick<AccountMarket, "id" | "reference"> | null,
): Scope | null {
  if (EXTENTS[limit] === "account") return ACCOUNT;
  if (market === null) return null;
  const { id, reference } = market;
  return EXTENTS[limit] === "market" || reference === null
    ? { type: "market", market: id }
    : { type: "reference", reference };
}

/** In the unit of the limit's name. */
export function valueOf(state: AccountState, limit: LimitName, scope: Scope): number {
  switch (limit) {
    case "lossPerWindowUsd": {
      const market = marketOf(state, scope);
      return usd(market === undefined ? 0 : lossDown(market.lossBase, market.result));
    }
    case "lossPerDayUsd":
      return usd(lossDown(state.results.dayBase, totalResult(state)));
    case "drawdownUsd":
      return usd(lossDown(state.results.peak, totalResult(state)));
    case "worstLossUsd":
      return usd(Math.max(NO_USDC, -state.sums.worst));
    case "exposurePerPercentUsd":
      return usd(exposureOf(state, scope, "deltaPerPercent"));
    case "exposurePerSigmaUsd":
      return usd(exposureOf(state, scope, "deltaPerSigma"));
    case "refusalsPerMinute":
    case "failedTradesPerMinute":
    case "differencesPerMinute":
      return perMinute(state, RATE_LIMITS[limit]);
  }
}

function exposureOf(
  state: AccountState,
  scope: Scope,
  delta: "deltaPerPercent" | "deltaPerSigma",
): number {
  if (scope.type === "reference") {
    const sums = entryOf(state.references, scope.reference);
    return (delta === "deltaPerPercent" ? sums?.percent : sums?.sigma) ?? 0;
  }
  const market = marketOf(state, scope);
  if (market === undefined) return 0;
  const { up, down } = moveOf(market, delta);
  return Math.max(Math.abs(up), Math.abs(down));
}

export const usd = (micro: number): number => micro / MICRO;

export const marketOf = (state: AccountState, scope: Scope): AccountMarket | undefined =>
  scope.type === "market" ? entryOf(state.markets, scope.market) : undefined;

/** Every limit that this market may have moved, or for null those of the whole account. */
export function checked(
  state: AccountState,
  market: Pick<AccountMarket, "id" | "reference"> | null,
  { limits }: AccountConfig,
): Taken {
  let acc: Taken = { state, notices: [] };
  for (const limit of LIMIT_NAMES) {
    const setting = limits[limit];
    const scope = scopeOf(limit, market);
    if (setting === undefined || scope === null) continue;
    const next = checkedOne(acc.state, limit, setting, scope);
    acc = { state: next.state, notices: [...acc.notices, ...next.notices] };
  }
  return acc;
}

function checkedOne(
  state: AccountState,
  limit: LimitName,
  { max, action }: LimitSetting,
  scope: Scope,
): Taken {
  // A market that has closed is not measured any more.
  if (scope.type === "market" && marketOf(state, scope) === undefined)
    return { state, notices: [] };
  const value = valueOf(state, limit, scope);
  const hit = hitsOf(state, scope).find((each) => each.limit === limit);
  if (hit !== undefined) {
    if (hit.action !== "widen" || value > hit.max * WIDEN_ENDS_AT) return { state, notices: [] };
    return {
      state: withoutHit(state, scope, hit),
      notices: [{ type: "limit.ended", scope, hit, value }],
    };
  }
  if (value <= max) return { state: withoutExcuse(state, limit, scope), notices: [] };
  const excused = excusedUpTo(state, limit, scope);
  if (excused !== null && value <= excused) return { state, notices: [] };
  const begun: LimitHit = { limit, action, value, max, since: state.at.epochMs };
  return {
    state: withHit(state, scope, begun),
    notices: [{ type: "limit.hit", scope, hit: begun }],
  };
}

/** Everywhere that a limit is hit. */
export function scopesHit({ hits, markets }: AccountState, limit: LimitName): readonly Scope[] {
  const shared = hits
    .filter(({ hit }) => hit.limit === limit)
    .map(({ reference }): Scope =>
      reference === null ? ACCOUNT : { type: "reference", reference },
    );
  const own = entriesOf(markets)
    .filter((market) => market.hits.some((hit) => hit.limit === limit))
    .map(({ id }): Scope => ({ type: "market", market: id }));
  return [...shared, ...own];
}

/** Those that are counted in just this scope. */
export function hitsOf(state: AccountState, scope: Scope): readonly LimitHit[] {
  if (scope.type === "market") return marketOf(state, scope)?.hits ?? [];
  return state.hits
    .filter(({ reference }) => reference === referenceOf(scope))
    .map(({ hit }) => hit);
}

function withHit(state: AccountState, scope: Scope, hit: LimitHit): AccountState {
  const market = marketOf(state, scope);
  return market === undefined
    ? { ...state, hits: [...state.hits, { reference: referenceOf(scope), hit }] }
    : withMarket(state, market.id, { ...market, hits: [...market.hits, hit] });
}

export function withoutHit(state: AccountState, scope: Scope, hit: LimitHit): AccountState {
  const market = marketOf(state, scope);
  if (market !== undefined) {
    const hits = market.hits.filter((each) => each !== hit);
    return withMarket(state, market.id, { ...market, hits });
  }
  return { ...state, hits: state.hits.filter((each) => each.hit !== hit) };
}

const referenceOf = (scope: Scope): string | null =>
  scope.type === "reference" ? scope.reference : null;

export const excusedUpTo = (
  { excuses }: AccountState,
  limit: LimitName,
  scope: Scope,
): number | null =>
  excuses.find((each) => each.limit === limit && isSame(each.scope, scope))?.value ?? null;

export const withoutExcuse = (state: AccountState, limit: LimitName, scope: Scope): AccountState =>
  state.excuses.length === 0
    ? state
    : {
        ...state,
        excuses: state.excuses.filter((each) => each.limit !== limit || !isSame(each.scope, scope)),
      };

export const isSame = (a: Scope, b: Scope): boolean => {
  if (a.type === "reference") return b.type === "reference" && a.reference === b.reference;
  return a.type === "market" ? b.type === "market" && a.market === b.market : b.type === a.type;
};
