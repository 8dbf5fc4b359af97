/** One step of the account: an input to new state, limits that have changed, and what there is to say. */
import { NO_USDC, assert } from "../types/index.ts";
import { freeCash, withReading } from "./cash.ts";
import { cleared } from "./clearance.ts";
import { allowed, issued } from "./issued.ts";
import { checked } from "./limits.ts";
import { changed, left, opened } from "./markets.ts";
import { withDay, withPeak } from "./results.ts";
import type { AccountConfig, AccountInput } from "./inputs.ts";
import type { AccountState, AccountStep, Taken } from "./state.ts";
import { entryOf } from "./table.ts";

/**
 * Costs the same however many markets there are, but for steps in which a limit of more than one market is hit or ends, which
 * reach all of them at once.
 *
 * @throws LawBroken where limits were raised beyond the cash, which is a bug.
 */
export function step(state: AccountState, input: AccountInput, config: AccountConfig): AccountStep {
  const dated = withDay({ ...state, at: input.at }, input.at);
  const taken = takenIn(dated.state, input, config);
  const id = "market" in input ? input.market : null;
  const market =
    id === null ? null : (entryOf(state.markets, id) ?? entryOf(taken.state.markets, id) ?? null);
  const measured = checked(withPeak(taken.state), market, config);
  // A hit of all of them acts in this step; a clearance may be of some that are not looked at in turn.
  const areAll = measured.state.hits !== state.hits || input.type === "limit.cleared";
  const given = issued(measured.state, id, areAll, config);
  assertRaised(state, given, config);
  return {
    state: given.state,
    limits: input.type === "market.opened" ? withFirst(given, input, config) : given.limits,
    notices: [...dated.notices, ...taken.notices, ...measured.notices],
  };
}

function takenIn(state: AccountState, input: AccountInput, config: AccountConfig): Taken {
  switch (input.type) {
    case "market.opened":
      return opened(state, input, config);
    case "market.changed":
      return changed(state, input, config);
    case "market.left":
      return left(state, input);
    case "cash.read":
      return withReading(state, input);
    case "limit.cleared":
      return cleared(state, input);
    case "clock":
      return { state, notices: [] };
  }
}

/** A market that is opened begins with its limits, also one that there is no room for. */
function withFirst(
  { state, limits }: Pick<AccountStep, "state" | "limits">,
  { market, reference }: Extract<AccountInput, { readonly type: "market.opened" }>,
  config: AccountConfig,
): AccountStep["limits"] {
  if (limits.some((each) => each.market === market)) return limits;
  const first = entryOf(state.markets, market)?.limits ?? {
    seq: 1,
    cash: NO_USDC,
    ...allowed(state, { reference, hits: [] }, config),
  };
  return [{ market, limits: first }, ...limits];
}

/** [M] The act is ours, and so is the law on it: where cash has gone elsewhere, nothing is raised. */
function assertRaised(
  before: AccountState,
  { state, limits }: Pick<AccountStep, "state" | "limits">,
  config: AccountConfig,
): void {
  const isRaised = limits.some(
    ({ market, limits: { cash } }) =>
      cash > (entryOf(before.markets, market)?.limits.cash ?? NO_USDC),
  );
  const free = freeCash(state, config);
  assert(!isRaised || free >= 0, "M", "limits raised beyond the cash", { free });
}
