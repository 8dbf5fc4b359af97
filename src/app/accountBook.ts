/** The account while a run goes on: it hears every market, and says what each may do. */
import {
  type AccountConfig,
  type AccountInput,
  type AccountMemory,
  type AccountStep,
  type CashView,
  type MarketDigest,
  type Scope,
  cashView,
  initial,
  margins,
  memory,
  parseMemory,
  step,
} from "../account/index.ts";
import {
  type Clock,
  ConfigError,
  type Market,
  type MarketId,
  type MarketLimits,
  type MicroUsdc,
  type MonotonicMs,
  assert,
  coinOf,
} from "../types/index.ts";
import type { AppOutput } from "../observers/index.ts";

/** One limit, for people: both figures in the unit that its name ends with. */
export interface LimitReading {
  readonly limit: string;
  /** "account", the reference, or the market that it is counted over. */
  readonly of: string;
  readonly value: number;
  readonly max: number;
  readonly isHit: boolean;
}

export interface AccountBook {
  /** A market opens with these; what changes for others is said with the next thing that is heard. */
  readonly opened: (market: Market, wants: MicroUsdc) => MarketLimits;
  readonly heard: (market: MarketId, digest: MarketDigest) => readonly AppOutput[];
  /** The venue's balance, as a survey that began then has read it. */
  readonly cashRead: (cash: MicroUsdc, beganAt: MonotonicMs) => readonly AppOutput[];
  readonly left: (market: MarketId) => readonly AppOutput[];
  readonly cleared: (limit: string, reason: string, who: string) => readonly AppOutput[];
  readonly limits: () => readonly LimitReading[];
  readonly cash: () => CashView;
  readonly memory: () => AccountMemory;
}

/** What the run before has left. @throws ConfigError where it cannot be understood: no day begins anew by mistake. */
export function rememberedIn(record: unknown): AccountMemory | null {
  if (record === null) return null;
  const parsed = parseMemory(record);
  if (typeof parsed !== "string") return parsed;
  throw new ConfigError([`${parsed}: move the file away to begin anew, after a look at the venue`]);
}

export function accountBook(
  remembered: AccountMemory | null,
  config: AccountConfig,
  clock: Clock,
): AccountBook {
  let state = initial(remembered, clock.now());
  let untold: readonly AppOutput[] = [];
  const names = new Map<MarketId, string>();

  const take = (input: WithoutTime<AccountInput>): AccountStep => {
    const next = step(state, { ...input, at: clock.now() }, config);
    state = next.state;
    return next;
  };
  const say = ({ limits, notices }: Pick<AccountStep, "limits" | "notices">) => [
    ...untold,
    ...limits.map((each): AppOutput => ({ type: "account.limitsChanged", ...each })),
    ...notices.map((notice): AppOutput => ({ type: "account.noticed", notice })),
  ];
  const told = (input: WithoutTime<AccountInput>): readonly AppOutput[] => {
    const all = say(take(input));
    untold = [];
    return all;
  };

  return {
    opened: (market, wants) => {
      const { id, endsAt, settledBy, strike } = market;
      const { limits, notices } = take({
        type: "market.opened",
        market: id,
        series: market.series ?? null,
        reference: coinOf(market),
        endsAt,
        settledBy,
        strike,
        wants,
      });
      names.set(id, market.slug);
      const own = limits.find((each) => each.market === id);
      assert(own !== undefined, "M", "a market without limits", { market: id });
      untold = say({ limits: limits.filter((each) => each !== own), notices });
      return own.limits;
    },
    heard: (market, digest) => told({ type: "market.changed", market, digest }),
    cashRead: (cash, beganAt) => told({ type: "cash.read", cash, beganAt }),
    left: (market) => {
      const outputs = told({ type: "market.left", market });
      names.delete(market);
      return outputs;
    },
    cleared: (limit, reason, who) => told({ type: "limit.cleared", limit, reason, who }),
    limits: () => {
      // Rates and the day are those of now, also while no market is open.
      untold = say(take({ type: "clock" }));
      return margins(state, config).map(({ limit, scope, value, max, isHit }) => ({
        limit,
        of: scopeName(scope, names),
        value,
        max,
        isHit,
      }));
    },
    cash: () => cashView(state),
    memory: () => memory(state),
  };
}

function scopeName(scope: Scope, names: ReadonlyMap<MarketId, string>): string {
  switch (scope.type) {
    case "account":
      return "account";
    case "reference":
      return scope.reference;
    case "market":
      return names.get(scope.market) ?? scope.market;
  }
}

type WithoutTime<Input> = Input extends unknown ? Omit<Input, "at"> : never;
