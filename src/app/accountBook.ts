/** The account while a run goes on: it hears every market, and says what each may do. */
import {
  type AccountConfig,
  type AccountInput,
  type AccountMemory,
  type AccountStep,
  type CashView,
  type Margin,
  type MarketDigest,
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

export interface AccountBook {
  /** A market opens with these; what changes for others is said with the next thing that is heard. */
  readonly opened: (market: Market, wants: MicroUsdc) => MarketLimits;
  readonly heard: (market: MarketId, digest: MarketDigest) => readonly AppOutput[];
  /** The venue's balance, as a survey that began then has read it. */
  readonly cashRead: (cash: MicroUsdc, beganAt: MonotonicMs) => readonly AppOutput[];
  readonly left: (market: MarketId) => readonly AppOutput[];
  readonly cleared: (limit: string, reason: string, who: string) => readonly AppOutput[];
  readonly margins: () => readonly Margin[];
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
      const own = limits.find((each) => each.market === id);
      assert(own !== undefined, "M", "a market without limits", { market: id });
      untold = say({ limits: limits.filter((each) => each !== own), notices });
      return own.limits;
    },
    heard: (market, digest) => told({ type: "market.changed", market, digest }),
    cashRead: (cash, beganAt) => told({ type: "cash.read", cash, beganAt }),
    left: (market) => told({ type: "market.left", market }),
    cleared: (limit, reason, who) => told({ type: "limit.cleared", limit, reason, who }),
    margins: () => margins(state, config),
    cash: () => cashView(state),
    memory: () => memory(state),
  };
}

type WithoutTime<Input> = Input extends unknown ? Omit<Input, "at"> : never;
