/** Where the result of a market comes from: quoting, or what happened to what was owned. */
import { DOLLAR_BP, type Fill, type MicroUsdc } from "../types/index.ts";
import {
  type LedgerFill,
  type Mark,
  type Profit,
  floorDivided,
  inYes,
  profit,
  usdc,
} from "./profit.ts";

export interface ValuedFill extends LedgerFill {
  /** Fair value of a YES as the fill was heard of; null where there was none. */
  readonly fairBp: number | null;
}

/** spread + directional = realised + unrealised, exactly; fees are apart. */
export interface Attribution {
  /** What the fills were better than the fair value of their moment. */
  readonly spread: MicroUsdc;
  readonly directional: MicroUsdc;
}

export const attribution = (fills: readonly ValuedFill[], mark: Mark): Attribution =>
  attributed(earned(fills), profit(fills, mark));

/** What one share of a fill is better than a value of YES, both in basis points of a dollar. */
export function edgeBp(
  { token, side, price }: Pick<Fill, "token" | "side" | "price">,
  yesBp: number,
): number {
  // Compared in the token that was traded: a NO is worth a dollar less a YES.
  const worthBp = token === "YES" ? yesBp : DOLLAR_BP - yesBp;
  return side === "BUY" ? worthBp - price : price - worthBp;
}

/** What the fills were better than the fair value of their moment. */
export function earned(fills: readonly ValuedFill[]): bigint {
  const dollar = BigInt(DOLLAR_BP);
  const sum = fills.reduce((total, { fill, fairBp }) => {
    if (fairBp === null) return total;
    const { shares, cash } = inYes(fill);
    return total + shares * BigInt(fairBp) + cash * dollar;
  }, 0n);
  return floorDivided(sum, dollar);
}

/** A result that is known already, by where it came from. */
export const attributed = (spread: bigint, { realised, unrealised }: Profit): Attribution => ({
  spread: usdc(spread),
  directional: usdc(BigInt(realised) + BigInt(unrealised) - spread),
});
