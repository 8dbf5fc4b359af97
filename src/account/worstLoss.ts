/**
 * The worst result of markets that resolve by one price. Below all strikes every market resolves NO; each strike that
 * the price reaches turns its markets to YES. So there are no more cases than strikes, and one.
 */
import type { OpenedMarket } from "./inputs.ts";
import type { Group, GroupMember } from "./state.ts";
import type { AccountState } from "./state.ts";
import { entryOf } from "./table.ts";

/** More markets of one price make another group: each group counts at its worst, so the bound gets higher, not wrong. */
export const GROUP_MAX = 16;

export function worstOf(members: readonly GroupMember[]): number {
  const rising = members.toSorted((a, b) => a.strike - b.strike);
  let result = rising.reduce((sum, { ifNo }) => sum + ifNo, 0);
  let worst = result;
  for (const [at, { strike, ifYes, ifNo }] of rising.entries()) {
    result += ifYes - ifNo;
    // Markets of one strike turn together.
    if (rising[at + 1]?.strike !== strike) worst = Math.min(worst, result);
  }
  return worst;
}

export function withMember(
  { members }: Pick<Group, "members">,
  id: string,
  member: GroupMember | null,
): Group | null {
  const { [id]: _before, ...others } = members;
  const next = member === null ? others : { ...others, [id]: member };
  const values = Object.values(next);
  return values.length === 0 ? null : { members: next, worst: worstOf(values) };
}

/** The first group of its price with room; a market without a reference is alone. */
export function groupFor(
  { groups }: Pick<AccountState, "groups">,
  { market, reference, endsAt, settledBy }: OpenedMarket,
): string {
  if (reference === null) return `market ${market}`;
  for (let part = 0; ; part += 1) {
    const key = `${reference} ${endsAt} ${settledBy} ${part}`;
    if (Object.keys(entryOf(groups, key)?.members ?? {}).length < GROUP_MAX) return key;
  }
}
