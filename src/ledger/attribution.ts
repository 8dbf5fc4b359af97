/** Where the result of a market comes from: quoting, or what happened to what was owned. */
import { DOLLAR_BP, type MicroUsdc } from "../types/index.ts";
import { type LedgerFill, type Mark, floorDivided, inYes, profit, usdc } from "./profit.ts";

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

export function attribution(fills: readonly ValuedFill[], mark: Mark): Attribution {
  const dollar = BigInt(DOLLAR_BP);
  const earned = fills.reduce((sum, { fill, fairBp }) => {
    if (fairBp === null) return sum;
    const { shares, cash } = inYes(fill);
    return sum + shares * BigInt(fairBp) + cash * dollar;
  }, 0n);
  const spread = floorDivided(earned, dollar);
  const { realised, unrealised } = profit(fills, mark);
  return {
    spread: usdc(spread),
    directional: usdc(BigInt(realised) + BigInt(unrealised) - spread),
  };
}
