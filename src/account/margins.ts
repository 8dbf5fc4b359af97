/** How far each limit is from being hit, for people. */
import { marketId } from "../types/index.ts";
import { ACCOUNT, hitsOf, isSame, scopesHit, valueOf } from "./limits.ts";
import { type AccountConfig, EXTENTS, LIMIT_NAMES, type LimitName, type Scope } from "./inputs.ts";
import { type AccountState } from "./state.ts";
import { entriesOf, keysOf } from "./table.ts";

/** All in the unit of the limit's name. */
export interface Margin {
  readonly limit: LimitName;
  readonly scope: Scope;
  readonly value: number;
  readonly max: number;
  /** Below 0 where it is exceeded. */
  readonly margin: number;
  readonly isHit: boolean;
}

/** Of each limit that is configured wherever it is counted, and of others where they are still hit. */
export function margins(state: AccountState, { limits }: AccountConfig): readonly Margin[] {
  return LIMIT_NAMES.flatMap((limit) => {
    const setting = limits[limit];
    const counted = setting === undefined ? [] : scopesOf(state, limit);
    const others = scopesHit(state, limit).filter(
      (scope) => !counted.some((each) => isSame(each, scope)),
    );
    return [...counted, ...others].map((scope): Margin => {
      const hit = hitsOf(state, scope).find((each) => each.limit === limit);
      const value = valueOf(state, limit, scope);
      const max = setting?.max ?? hit?.max ?? 0;
      return { limit, scope, value, max, margin: max - value, isHit: hit !== undefined };
    });
  });
}

function scopesOf({ markets, references }: AccountState, limit: LimitName): readonly Scope[] {
  switch (EXTENTS[limit]) {
    case "account":
      return [ACCOUNT];
    case "market":
      return keysOf(markets).map((id): Scope => ({ type: "market", market: marketId(id) }));
    case "reference": {
      const alone = entriesOf(markets).filter(({ reference }) => reference === null);
      return [
        ...keysOf(references).map((reference): Scope => ({ type: "reference", reference })),
        ...alone.map(({ id }): Scope => ({ type: "market", market: id })),
      ];
    }
  }
}
