/** What a window is worth to the other traders: priced by its own rule, from what they see of the reference. */
import { AVERAGED_S, type TrailingMean, windowDigital } from "../../pricing/index.ts";
import {
  after,
  DOLLAR_BP,
  type EpochMs,
  epochMs,
  type Market,
  type ReferencePrice,
} from "../../types/index.ts";
import { NO_STRIKE, type ReferenceSeconds, twapAt } from "../exchange/index.ts";

/** The reference as one trader sees it, now or with a lag. */
export interface ReferenceView {
  readonly price: ReferencePrice;
  /** The last minute of it, which the mean that settles is made of. */
  readonly seconds: ReferenceSeconds;
  /** When it was seen: seconds are counted from here. */
  readonly at: EpochMs;
  /** Of the log return, as the traders estimate it. */
  readonly variancePerSecond: number;
}

/** Fair YES price in basis points of a dollar; null where the strike or the mean so far is not known. */
export function fairYesBp(market: Market, view: ReferenceView): number | null {
  const { strike, endsAt, settledBy } = market;
  if (strike === NO_STRIKE) return null;
  const { price, at, variancePerSecond } = view;
  const digital = windowDigital(settledBy, {
    price,
    strike,
    variancePerSecond,
    secondsLeft: (endsAt - at) / 1_000,
    trailing: settledBy === "twap60" ? trailingMean(view, endsAt) : null,
  });
  return digital && digital.probability * DOLLAR_BP;
}

/** The mean of the last minute, and of those of its seconds that will not count at `end`. */
function trailingMean({ price, seconds }: ReferenceView, endsAt: EpochMs): TrailingMean | null {
  const last = seconds.at(-1);
  if (!last) return null;
  // The exchange takes the mean at the second that the end is in.
  const end = epochMs(Math.floor(endsAt / 1_000) * 1_000);
  const secondsLeft = Math.max(0, (end - last.at) / 1_000);
  // Not read before the last minute, and dear to work out for every quote.
  if (secondsLeft >= AVERAGED_S) return { value: price, secondsLeft, leaving: price };
  const value = twapAt(seconds, last.at) ?? price;
  const minute = AVERAGED_S * 1_000;
  const leave = seconds.filter(
    (one) => one.at > after(last.at, -minute) && one.at <= after(end, -minute),
  );
  const leaving =
    leave.length === 0 ? price : leave.reduce((sum, { first }) => sum + first, 0) / leave.length;
  return { value, secondsLeft, leaving };
}
