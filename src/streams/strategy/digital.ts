/** Quotes around a digital's fair value. Knows no orders, minimum sizes or complements. */
import type { z } from "zod";
import { spotDigital } from "../../pricing/index.ts";
import {
  DOLLAR_BP,
  MICRO,
  type MicroShares,
  type QuoteLeg,
  microShares,
  netShares,
  priceBp,
} from "../../types/index.ts";
import {
  type Fair,
  type QuoteTarget,
  type View,
  defineStrategy,
  stopTarget,
} from "./defineStrategy.ts";
import { strategyParameters } from "./parameters.ts";
import { reservationPrice } from "./skew.ts";

export const digitalParameters = strategyParameters.pick({
  halfSpreadBp: true,
  sizeShares: true,
  skewPerShare: true,
  oneSidedAtShares: true,
  volatilityFloor: true,
});

export type DigitalParameters = Readonly<z.output<typeof digitalParameters>>;

/** Inputs that are missing, or whose connection is down, mean STOP. */
export function quote(view: View, parameters: DigitalParameters): QuoteTarget {
  if (view.book === null) return stopTarget("no book on the present market connection");
  const priced = fair(view, parameters);
  if (priced === null) return stopTarget("no price on the present reference connection");
  const { probability } = priced;

  const net = netShares(view.inventory) / MICRO;
  const centre = reservationPrice(probability, net, parameters.skewPerShare) * DOLLAR_BP;
  const size = microShares(Math.round(parameters.sizeShares * MICRO));
  const bid = leg(Math.floor(centre - parameters.halfSpreadBp), size);
  const ask = leg(Math.ceil(centre + parameters.halfSpreadBp), size);
  const fairBp = Math.round(probability * DOLLAR_BP);
  const limit = parameters.oneSidedAtShares;
  if (net >= limit) return { mode: "oneSidedSell", bid: null, ask, reason: "long", fairBp };
  if (net <= -limit) return { mode: "oneSidedBuy", bid, ask: null, reason: "short", fairBp };
  return { mode: "normal", bid, ask, reason: "quoting", fairBp };
}

/** Null without a live reference. */
export function fair(
  { now, market, reference }: View,
  { volatilityFloor }: DigitalParameters,
): Fair | null {
  if (reference.price === null) return null;
  const priced = spotDigital({
    price: reference.price.value,
    strike: market.strike,
    variancePerSecond: Math.max(reference.variancePerSecond, volatilityFloor ** 2),
    secondsLeft: (market.endsAt - now.epochMs) / 1_000,
  });
  if (priced === null) return null;
  const { probability, movePerSqrtSecond } = priced;
  return { probability, standardError: 0, movePerSqrtSecond };
}

/** A quote beyond a price's range is no quote. */
function leg(price: number, size: MicroShares): QuoteLeg | null {
  return price > 0 && price < DOLLAR_BP ? { price: priceBp(price), size } : null;
}

export const digital = defineStrategy<DigitalParameters>({
  name: "digital",
  describe: "a spread around the probability of YES, leaning against what is held",
  parameters: digitalParameters,
  quote,
  fair,
});
