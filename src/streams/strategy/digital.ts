/** Quotes around the probability of YES. Knows no minimum sizes and no complements. */
import type { z } from "zod";
import {
  AVERAGED_S,
  type Digital,
  type TrailingMean,
  VARIANCE_ERROR,
  halfSpread,
  rebate,
  settlingPrice,
  standardError,
  windowDigital,
} from "../../pricing/index.ts";
import { DOLLAR_BP, type MonotonicMs, after } from "../../types/index.ts";
import {
  type Fair,
  type QuoteTarget,
  type View,
  defineStrategy,
  nothingShown,
  reactionOf,
  stopTarget,
} from "./defineStrategy.ts";
import { type MarketOffset, inTime, shifted, withOffset } from "./marketOffset.ts";
import { othersMicroprice } from "./othersBook.ts";
import { strategyParameters } from "./parameters.ts";
import { leaning } from "./skew.ts";

export const digitalParameters = strategyParameters.pick({
  halfSpreadBp: true,
  spreadPerMove: true,
  reactionMs: true,
  maxWaitMs: true,
  marketWeight: true,
  sizeShares: true,
  skewPerShare: true,
  oneSidedAtShares: true,
  queueHorizonMs: true,
  replaceCostUsd: true,
});

export type DigitalParameters = Readonly<z.output<typeof digitalParameters>>;

/** Inputs that are missing, or whose connection is down, mean STOP; a mean that is, a pull. */
export function quote(view: View, parameters: DigitalParameters): QuoteTarget {
  if (view.book === null) return stopTarget("no book on the present market connection");
  if (view.reference.price === null) {
    return stopTarget("no price on the present reference connection");
  }
  const model = modelOf(view);
  if (model === null) return nothingShown("the mean that settles the market is not known yet");
  const { probability, standardError: error } = fairOf(view, model, parameters);
  const { halfSpreadBp, spreadPerMove } = parameters;
  const half = halfSpread(
    model,
    {
      // The planner moves a price that is too near to the grid away from fair.
      tick: 0,
      fixed: halfSpreadBp / DOLLAR_BP,
      perMove: spreadPerMove,
      reactionS: reactionOf(view, parameters) / 1_000,
    },
    earned(view, model),
  );
  return {
    ...leaning(view, { probability, halfBp: half * DOLLAR_BP }, parameters),
    fairErrorBp: Math.round(error * DOLLAR_BP),
    modelBp: Math.round(model.probability * DOLLAR_BP),
  };
}

/** What the venue gives back to makers, in dollars a share. */
const earned = ({ market: { fees } }: View, { probability }: Digital): number =>
  fees === undefined
    ? 0
    : rebate(probability, { feeRate: fees.takerRate, rebateRate: fees.rebateRate });

/** Null without a live reference, or without the mean that settles where that is needed. */
export function fair(view: View, parameters: DigitalParameters): Fair | null {
  const model = modelOf(view);
  return model && fairOf(view, model, parameters);
}

/** The model's value of a YES, by the rule of the market; null where an input is missing. */
export function modelOf({
  market,
  reference,
  settlement,
}: Pick<View, "market" | "reference" | "settlement">): Digital | null {
  const { strike, settledBy, endsAt } = market;
  const { price, variancePerSecond } = reference;
  if (price === null) return null;
  return windowDigital(settledBy, {
    strike,
    variancePerSecond,
    // Since then it may have moved unseen.
    secondsLeft: (endsAt - price.receivedAt.epochMs) / 1_000,
    price: settlement === null ? price.value : settlingPrice(settlement.basis, price.value),
    basisVariance: settlement?.basis.variance ?? 0,
    trailing: settlement && trailingMean(settlement, endsAt, price.value),
  });
}

/** Before its last minute nothing of the mean drops out. */
function trailingMean(
  { mean, leaving, basis }: NonNullable<View["settlement"]>,
  endsAt: number,
  price: number,
): TrailingMean | null {
  if (mean === null) return null;
  // The feed settles by whole seconds.
  const secondsLeft = Math.floor(endsAt / 1_000) - mean.value.at / 1_000;
  // One of after the end settles nothing here.
  if (secondsLeft < 0) return null;
  const dropped = secondsLeft >= AVERAGED_S || secondsLeft === 0 ? price : leaving;
  return {
    value: mean.value.mean,
    secondsLeft,
    leaving: dropped === null ? null : settlingPrice(basis, dropped),
  };
}

function fairOf(view: View, model: Digital, parameters: DigitalParameters): Fair {
  const { marketWeight } = parameters;
  const { now, reference, settlement } = view;
  const ageMs = reference.price === null ? 0 : now.epochMs - reference.price.receivedAt.epochMs;
  const basisVariance = settlement?.basis.variance ?? 0;
  const { variancePerSecond } = reference;
  const error = standardError(model, {
    varianceError: VARIANCE_ERROR,
    basisSqrtSeconds: variancePerSecond > 0 ? Math.sqrt(basisVariance / variancePerSecond) : 0,
    latencyS: (Math.max(0, ageMs) + reactionOf(view, parameters)) / 1_000,
  });
  const { probability, movePerSqrtSecond } = model;
  const offset = marketWeight > 0 ? seenOffset(view, model) : null;
  return {
    probability: offset === null ? probability : shifted(probability, offset, marketWeight),
    standardError: error,
    movePerSqrtSecond,
    model: probability,
  };
}

/**
 * The market's offset as it is now. Where others show no price just now it is the one of before: the bare model would be another
 * price. Null where there was none for too long.
 */
function seenOffset(view: View, { probability }: Digital): MarketOffset | null {
  const { now, book, bookSeenAt, marketOffset } = view;
  const isRecent = book !== null && !isOld(bookSeenAt ?? book.receivedAt.monotonicMs, now);
  const market = isRecent ? othersMicroprice(view) : null;
  return market === null
    ? inTime(marketOffset, now.monotonicMs)
    : withOffset(marketOffset, { market, model: probability }, now.monotonicMs);
}

/** The fold of `View.marketOffset`: without both prices, and while one of the reference is held, as it was. */
export function sampledOffset(before: MarketOffset | null, view: View): MarketOffset | null {
  const model = view.reference.isHeld ? null : modelOf(view);
  return model === null ? before : seenOffset({ ...view, marketOffset: before }, model);
}

/** A book that has not changed and was not confirmed for so long says nothing of now. */
const BOOK_AGE_MAX_MS = 5_000;

const isOld = (seenAt: MonotonicMs, { monotonicMs: now }: View["now"]): boolean =>
  now > after(seenAt, BOOK_AGE_MAX_MS);

export const digital = defineStrategy<DigitalParameters>({
  name: "digital",
  describe: "a spread around the probability of YES, leaning against what is held",
  parameters: digitalParameters,
  quote,
  fair,
});
