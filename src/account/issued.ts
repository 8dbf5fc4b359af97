/** What each market may do, as its executor hears it: numbered, and only where it has changed. */
import {
  type LimitAction,
  type LimitHit,
  type MarketId,
  type MarketLimits,
  OPERATOR_LEVELS,
  type OperatorLevel,
} from "../types/index.ts";
import { nextCash } from "./parts.ts";
import type { AccountConfig } from "./inputs.ts";
import type { AccountMarket, AccountState, AccountStep } from "./state.ts";
import { withMarket } from "./sums.ts";
import { entryOf } from "./table.ts";

/** Markets that a step looks at beside the one it is about, so that changes reach all of them in turn. */
const VISITS = 8;

type Allowed = Omit<MarketLimits, "seq" | "cash">;

/** Of all hits that act on the market, the strictest level. */
export function allowed(
  { hits: shared }: AccountState,
  { reference, hits: own }: Pick<AccountMarket, "reference" | "hits">,
  { widenBp }: AccountConfig,
): Allowed {
  const acting = shared.filter((each) => each.reference === null || each.reference === reference);
  const hits = [...acting.map(({ hit }) => hit), ...own];
  const levels = hits.map(({ action }) => levelOf(action));
  return {
    level: OPERATOR_LEVELS.findLast((level) => levels.includes(level)) ?? "normal",
    widenBp: hits.some(({ action }) => action === "widen") ? widenBp : 0,
    hits,
  };
}

const levelOf = (action: LimitAction): OperatorLevel => (action === "widen" ? "normal" : action);

/** `first` is looked at first; null where the input is about no market. */
export function issued(
  state: AccountState,
  first: MarketId | null,
  areAll: boolean,
  config: AccountConfig,
): Pick<AccountStep, "state" | "limits"> {
  const { ring, cursor } = state;
  const count = areAll ? ring.length : Math.min(VISITS, ring.length);
  const others = Array.from(
    { length: count },
    (_, at) => ring[(cursor + at) % ring.length] ?? null,
  );
  let next: AccountState = {
    ...state,
    cursor: ring.length === 0 ? 0 : (cursor + count) % ring.length,
  };
  const limits: { market: MarketId; limits: MarketLimits }[] = [];
  for (const id of new Set([first, ...others])) {
    const market = id === null ? undefined : entryOf(next.markets, id);
    if (market === undefined) continue;
    const changed = reissued(next, market, config);
    if (changed === market) continue;
    next = withMarket(next, market.id, changed);
    limits.push({ market: market.id, limits: changed.limits });
  }
  return { state: next, limits };
}

/** The same market where nothing has changed for it. */
function reissued(
  state: AccountState,
  market: AccountMarket,
  config: AccountConfig,
): AccountMarket {
  if (market.hasLeft) return market;
  const cash = nextCash(state, market, config);
  const next = allowed(state, market, config);
  const { limits } = market;
  return cash === limits.cash && areSame(next, limits)
    ? market
    : withLimits(market, { ...next, cash });
}

export function withLimits(market: AccountMarket, next: Omit<MarketLimits, "seq">): AccountMarket {
  const seq = market.limits.seq + 1;
  const { cash } = next;
  return {
    ...market,
    limits: { seq, ...next },
    sent: [...market.sent.filter((each) => each.cash > cash), { seq, cash }],
  };
}

const areSame = (a: Allowed, b: Allowed): boolean =>
  a.level === b.level &&
  a.widenBp === b.widenBp &&
  a.hits.length === b.hits.length &&
  a.hits.every((hit: LimitHit, at) => hit === b.hits[at]);
