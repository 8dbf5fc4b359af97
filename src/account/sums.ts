/**
 * One market is put in the place of another: every sum over all markets loses what the one before added to it and gains
 * what this one adds, so that a step costs the same however many there are.
 */
import { type MarketId, own } from "../types/index.ts";
import { heldCash, isEligible, isQuiet, moveOf, resultsIf, underWay } from "./market.ts";
import type {
  AccountMarket,
  AccountState,
  EndExposure,
  ReferenceExposure,
  SeriesSums,
  Sums,
} from "./state.ts";
import { type Table, entryOf, withEntry } from "./table.ts";
import { withMember } from "./worstLoss.ts";

/** Null removes it. */
export function withMarket(
  state: AccountState,
  id: MarketId,
  after: AccountMarket | null,
): AccountState {
  const before = entryOf(state.markets, id) ?? null;
  const markets = withEntry(state.markets, id, after);
  const changed = { ...state, markets };
  return [before, after].reduce<AccountState>(
    (acc, market, at) => (market === null ? acc : added(acc, market, at === 0 ? -1 : 1)),
    withGroup(changed, before, after),
  );
}

function added(state: AccountState, market: AccountMarket, sign: 1 | -1): AccountState {
  return {
    ...withExposure(state, market, sign),
    sums: plusEach(state.sums, sumsOf(market), sign),
    series: withSeries(state.series, market, sign),
  };
}

function sumsOf(market: AccountMarket): Omit<Sums, "worst"> {
  const held = heldCash(market);
  const { digest } = market;
  return {
    held,
    heldElse: isEligible(market) ? 0 : held,
    settledFlow: digest?.settledFlow ?? 0,
    underWay: underWay(market),
    incoming: digest?.incoming ?? 0,
    result: market.result,
    unquiet: isQuiet(market) ? 0 : 1,
  };
}

function withSeries(
  all: AccountState["series"],
  market: AccountMarket,
  sign: 1 | -1,
): AccountState["series"] {
  if (!isEligible(market)) return all;
  const { series, wants, limits } = market;
  const { [series]: _before, ...others } = all;
  const sums = plusEach(
    own(all, series) ?? NO_SERIES,
    { markets: 1, need: wants, seated: limits.cash > 0 ? 1 : 0 },
    sign,
  );
  return sums.markets === 0 ? others : { ...others, [series]: sums };
}

function withGroup(
  state: AccountState,
  before: AccountMarket | null,
  after: AccountMarket | null,
): AccountState {
  // A market keeps its group for life.
  const key = (after ?? before)?.group;
  if (key === undefined) return state;
  const id = (after ?? before)?.id ?? "";
  const group = entryOf(state.groups, key);
  const member = after === null ? null : { strike: after.strike, ...resultsIf(after) };
  const next = withMember(group ?? { members: {} }, id, member);
  const worst = state.sums.worst + (next?.worst ?? 0) - (group?.worst ?? 0);
  return {
    ...state,
    groups: withEntry(state.groups, key, next),
    sums: { ...state.sums, worst },
  };
}

/** Markets of one end are netted, and the ends of one reference are added up. */
function withExposure(state: AccountState, market: AccountMarket, sign: 1 | -1): AccountState {
  const { reference } = market;
  if (reference === null) return state;
  const key = `${reference} ${market.endsAt}`;
  const percent = moveOf(market, "deltaPerPercent");
  const sigma = moveOf(market, "deltaPerSigma");
  const end = entryOf(state.ends, key) ?? NO_END;
  const next = plusEach(
    end,
    {
      upPercent: percent.up,
      downPercent: percent.down,
      upSigma: sigma.up,
      downSigma: sigma.down,
      markets: 1,
    },
    sign,
  );
  const sums = plusEach(entryOf(state.references, reference) ?? NO_REFERENCE, {
    percent: largest(next.upPercent, next.downPercent) - largest(end.upPercent, end.downPercent),
    sigma: largest(next.upSigma, next.downSigma) - largest(end.upSigma, end.downSigma),
    markets: sign,
  });
  return {
    ...state,
    ends: withCounted(state.ends, key, next),
    references: withCounted(state.references, reference, sums),
  };
}

const largest = (up: number, down: number): number => Math.max(Math.abs(up), Math.abs(down));

const withCounted = <Value extends { readonly markets: number }>(
  table: Table<Value>,
  key: string,
  value: Value,
): Table<Value> => withEntry(table, key, value.markets === 0 ? null : value);

const NO_SERIES: SeriesSums = { markets: 0, need: 0, seated: 0 };
const NO_REFERENCE: ReferenceExposure = { percent: 0, sigma: 0, markets: 0 };
const NO_END: EndExposure = { upPercent: 0, downPercent: 0, upSigma: 0, downSigma: 0, markets: 0 };

/** Field by field; what `part` does not have stays. */
function plusEach<Sum extends Readonly<Record<keyof Sum, number>>>(
  sum: Sum,
  part: Readonly<Partial<Record<keyof Sum, number>>>,
  sign: 1 | -1 = 1,
): Sum {
  const next = { ...sum };
  let key: keyof Sum;
  for (key in part) Object.assign(next, { [key]: sum[key] + sign * (part[key] ?? 0) });
  return next;
}
