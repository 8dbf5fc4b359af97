/**
 * The default strategy, moved into the band in which the venue pays for resting orders. What the pool pays is not weighed against
 * adverse selection: it depends on what all others have in the band, of which the book shows a part.
 */
import { z } from "zod";
import { MICRO, type QuoteLeg } from "../../types/index.ts";
import { type QuoteTarget, type View, defineStrategy, nothingShown } from "./defineStrategy.ts";
import { digital, digitalParameters, quote as digitalQuote } from "./digital.ts";
import { askLeg, bidLeg } from "./leg.ts";
import { noMid } from "./mid.ts";
import { othersMid } from "./othersBook.ts";

const rewardsParameters = digitalParameters.extend({
  edgeMinBp: z
    .number()
    .int()
    .min(0)
    .max(4_000)
    .default(100)
    .describe("a leg is moved into the reward band only as far as it stays this far from fair"),
});

export type RewardsParameters = Readonly<z.output<typeof rewardsParameters>>;

function quote(view: View, parameters: RewardsParameters): QuoteTarget {
  const wanted = digitalQuote(view, parameters);
  const { rewards } = view.market;
  const mid = othersMid(view);
  if (wanted.mode === "stop" || wanted.fairBp === null) return wanted;
  // `digital` is the strategy for a market where nothing is paid.
  if (rewards === undefined) return nothingShown("this market has no reward pool");
  if (mid === null) return noMid;

  // No order of less is paid for.
  const shares = Math.max(parameters.sizeShares, rewards.sizeMin / MICRO);
  const lowest = mid - rewards.spreadMaxBp;
  const highest = mid + rewards.spreadMaxBp;
  const bidMax = wanted.fairBp - parameters.edgeMinBp;
  const askMin = wanted.fairBp + parameters.edgeMinBp;
  const raised = (leg: QuoteLeg | null): QuoteLeg | null =>
    // Rounded up, or a bid at the band's very edge would lie outside.
    leg && bidLeg(Math.max(leg.price, Math.min(Math.ceil(lowest), bidMax)), shares);
  const lowered = (leg: QuoteLeg | null): QuoteLeg | null =>
    leg && askLeg(Math.min(leg.price, Math.max(Math.floor(highest), askMin)), shares);
  const [bid, ask] = [raised(wanted.bid), lowered(wanted.ask)];
  // What is held pushes both legs to one side, where the band's edges may lie the wrong way round.
  if (bid !== null && ask !== null && bid.price >= ask.price) return wanted;
  return { ...wanted, bid, ask };
}

export const rewards = defineStrategy<RewardsParameters>({
  name: "rewards",
  describe:
    "as digital, within the venue's reward band; shows nothing in a market without a reward pool",
  parameters: rewardsParameters,
  quote,
  fair: (view, parameters) => digital.fair?.(view, parameters) ?? null,
});
