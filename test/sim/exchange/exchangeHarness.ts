/** The pure exchange with a clock that tests move, and short forms of its commands. */
import type { ExchangeAccount } from "../../../src/sim/exchange/accounts.ts";
import { step } from "../../../src/sim/exchange/exchange.ts";
import type { AccountId } from "../../../src/sim/exchange/order.ts";
import type { Settlement } from "../../../src/sim/exchange/settlement.ts";
import type { Mining } from "../../../src/sim/exchange/transaction.ts";
import {
  type Command,
  currentMarket,
  emptyExchange,
  type ExchangeState,
  type MarketState,
  PLAIN_POLICY,
  type VenuePolicy,
  type Series,
  type VenueFact,
  type VenueTicket,
} from "../../../src/sim/exchange/state.ts";
import {
  after,
  epochMs,
  type EpochMs,
  type Market,
  marketId,
  MICRO,
  microShares,
  type MicroShares,
  microUsdc,
  NO_USDC,
  orderId,
  type OrderId,
  priceBp,
  referencePrice,
  type Side,
  type Token,
  tokenId,
  type TradeId,
} from "../../../src/types/index.ts";

export const START = epochMs(1_760_000_000_000);
export const STRIKE = referencePrice(60_000_000_000);
export const HIGHER = referencePrice(60_000_000_001);
export const LOWER = referencePrice(59_999_999_999);
export const WINDOW_MS = 600_000;

export const shares = (count: number): MicroShares => microShares(Math.round(count * MICRO));
export const dollars = (count: number): number => Math.round(count * MICRO);

export interface Terms {
  readonly account: AccountId;
  readonly id: string;
  readonly token: Token;
  readonly side: Side;
  /** In basis points. */
  readonly price: number;
  /** In shares. */
  readonly size: number;
  readonly ticket?: Partial<VenueTicket>;
}

export interface ExchangeHarness {
  readonly now: () => EpochMs;
  readonly state: () => ExchangeState;
  readonly market: () => MarketState;
  readonly run: (command: Command) => readonly VenueFact[];
  readonly place: (terms: Terms) => readonly VenueFact[];
  readonly cancel: (account: AccountId, ...ids: string[]) => readonly VenueFact[];
  /** Moves the clock and runs a tick. */
  readonly wait: (durationMs: number) => readonly VenueFact[];
}

/** An exchange with an open first window and these accounts, in dollars each. */
export function exchangeHarness(
  cash: Readonly<Record<AccountId, number>>,
  {
    windowMs = WINDOW_MS,
    policy = {},
    series = [{ name: "market", settledBy: "spot" }],
    settlement = () => ({}),
    mining,
  }: {
    readonly windowMs?: number;
    readonly policy?: Partial<VenuePolicy>;
    readonly series?: readonly Pick<Series, "name" | "settledBy">[];
    readonly settlement?: (trade: TradeId) => Partial<ReturnType<Settlement>>;
    readonly mining?: Mining;
  } = {},
): ExchangeHarness {
  const accounts = Object.entries(cash).map(([id, amount]) => {
    const account: ExchangeAccount = {
      cash: microUsdc(dollars(amount)),
      beatAt: null,
      keepsClosed: true,
    };
    return [id, account] as const;
  });
  let state = emptyExchange(new Map(accounts));
  let now = START;
  const run = (command: Command): readonly VenueFact[] => {
    const [next, facts] = step(state, command, {
      now,
      policy: { ...PLAIN_POLICY, ...policy },
      ...(mining && { mining }),
      settlement: (trade) => ({
        minedAfterMs: 3_000,
        confirmedAfterMs: 4_000,
        retriedAfterMs: null,
        fails: false,
        isReversed: false,
        ...settlement(trade),
      }),
      series: series.map(({ name, settledBy }) => ({
        name,
        settledBy,
        window: (opensAt, strike): Market => ({
          id: marketId(`${name} ${opensAt}`),
          slug: `slug ${opensAt}`,
          tokenIds: { YES: tokenId(`yes ${opensAt}`), NO: tokenId(`no ${opensAt}`) },
          opensAt,
          endsAt: after(opensAt, windowMs),
          strike,
          settledBy,
          rules: {
            tick: priceBp(100),
            orderSizeMin: shares(5),
            lot: shares(0.01),
            notionalMin: NO_USDC,
          },
        }),
      })),
    });
    state = next;
    return facts;
  };
  const market = (): MarketState => {
    const current = currentMarket(state);
    if (!current) throw new Error("no window is open");
    return current;
  };
  run({ type: "reference", price: STRIKE });
  run({ type: "tick" });
  return {
    now: () => now,
    state: () => state,
    market,
    run,
    place: ({ account, id, token, side, price, size, ticket }) => {
      const { id: marketOf, tokenIds } = market().market;
      return run({
        type: "place",
        account,
        id: orderId(id),
        ticket: {
          market: marketOf,
          tokenId: tokenIds[token],
          side,
          price: priceBp(price),
          size: shares(size),
          salt: 0,
          createdAt: now,
          expiresAt: null,
          orderType: "GTC",
          postOnly: false,
          ...ticket,
        },
      });
    },
    cancel: (account, ...ids) => run({ type: "cancel", account, ids: ids.map(orderId) }),
    wait: (durationMs) => {
      now = after(now, durationMs);
      return run({ type: "tick" });
    },
  };
}

/** The facts of one kind, in order. */
export const only = <Type extends VenueFact["type"]>(
  facts: readonly VenueFact[],
  type: Type,
): readonly Extract<VenueFact, { type: Type }>[] =>
  facts.filter((fact): fact is Extract<VenueFact, { type: Type }> => fact.type === type);

/** Why the only order of `facts` was refused; null when it was accepted. */
export const reasonOf = (facts: readonly VenueFact[]): string | null =>
  only(facts, "order.refused")[0]?.refusal.reason ?? null;

export type { OrderId };
