/** Short forms for the tests of what a wallet converts: markets, stocks, and one step after the other. */
import {
  CONVERSIONS,
  type ConversionConfig,
  type ConversionEffect,
  type ConversionInput,
  type ConversionState,
  type MarketStock,
  NO_CONVERSIONS,
  conversionStep,
} from "../../src/account/index.ts";
import {
  type Balances,
  type MarketId,
  MICRO,
  type MicroShares,
  NO_USDC,
  epochMs,
  marketId,
  microShares,
  monotonicMs,
} from "../../src/types/index.ts";

export const START = epochMs(1_760_000_000_000);
export const ONE = marketId("0x01");
export const TWO = marketId("0x02");

export const shares = (count: number): MicroShares => microShares(Math.round(count * MICRO));
export const stockOf = (yes: number, no: number, more: Partial<MarketStock> = {}): MarketStock => ({
  settled: { YES: shares(yes), NO: shares(no) },
  selling: { YES: shares(0), NO: shares(0) },
  reserved: shares(0),
  isQuiet: true,
  winner: null,
  isFinal: false,
  ...more,
});
export const balancesOf = (yes: number, no: number): Balances => ({
  cash: NO_USDC,
  YES: shares(yes),
  NO: shares(no),
});

type Of<Union, Type> = Extract<Union, { readonly type: Type }>;

/** Without its time; the number is that of the last effect that it can answer, unless it is given. */
type WithoutId<Input> = Input extends unknown
  ? Omit<Input, "at" | "id"> & { readonly id?: number }
  : never;
export type Heard = WithoutId<ConversionInput>;

export interface Wallet {
  readonly state: () => ConversionState;
  readonly stocks: Map<MarketId, MarketStock>;
  /** The effects of an input at this many milliseconds. */
  readonly hear: (ms: number, input: Heard) => readonly ConversionEffect[];
  readonly last: <Type extends ConversionEffect["type"]>(type: Type) => Of<ConversionEffect, Type>;
}

export function wallet(config: ConversionConfig = CONVERSIONS): Wallet {
  let state: ConversionState = NO_CONVERSIONS;
  const stocks = new Map<MarketId, MarketStock>();
  const said: ConversionEffect[] = [];
  const last: Wallet["last"] = (type) => {
    const found = said.findLast((effect) => effect.type === type);
    if (!found) throw new Error(`nothing of type ${type} was said`);
    return found as Of<ConversionEffect, typeof type>;
  };
  return {
    state: () => state,
    stocks,
    last,
    hear: (ms, input) => {
      const at = { epochMs: epochMs(START + ms), monotonicMs: monotonicMs(ms) };
      const heard: ConversionInput =
        input.type === "clock"
          ? { ...input, at }
          : { id: last(input.type === "submitted" ? "submit" : "ask").id, ...input, at };
      const [next, effects] = conversionStep(state, heard, stocks, config);
      state = next;
      said.push(...effects);
      return effects;
    },
  };
}
