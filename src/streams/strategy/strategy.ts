import {
  type Observable,
  type SchedulerLike,
  defer,
  filter,
  interval,
  map,
  merge,
  of,
  scan,
  switchMap,
} from "rxjs";
import { debounceWithin } from "../../operators/index.ts";
import {
  DOLLAR_BP,
  type Intent,
  type QuoteLeg,
  after,
  larger,
  smaller,
} from "../../types/index.ts";
import type { StrategyParameters } from "./parameters.ts";
import {
  type View,
  type QuoteTarget,
  fairNow,
  pullTarget,
  quote,
  stopTarget,
  touchOf,
} from "./quote.ts";

export interface StrategyInputs {
  /** Something a quote depends on has changed. */
  readonly trigger$: Observable<unknown>;
  /** The reference has ticked; heard without a debounce. */
  readonly reference$: Observable<unknown>;
  readonly view: () => View;
}

/**
 * What we would like to be quoting. A quote is recomputed when its inputs pause, or at the ceiling
 * of the debounce; a jump of the reference pulls the standing one at once. Equal wishes are
 * suppressed only while the standing intent has more than half its life, and the strategy re-runs
 * every third of a life, so silence on live sessions keeps quotes up and a dead strategy loses
 * them.
 */
export function strategy(
  { trigger$, reference$, view }: StrategyInputs,
  parameters: StrategyParameters,
  scheduler: SchedulerLike,
): Observable<Intent> {
  const { quietMs, maxWaitMs, intentLifeMs } = parameters;
  const evaluated = (kind: Evaluation["kind"]): Observable<Evaluation> =>
    defer(() => of({ kind, view: view() }));
  return merge(
    reference$.pipe(switchMap(() => evaluated("pull"))),
    merge(
      trigger$.pipe(debounceWithin({ quietMs, maxWaitMs }, scheduler)),
      interval(intentLifeMs / 3, scheduler),
    ).pipe(switchMap(() => evaluated("quote"))),
  ).pipe(
    scan(
      (standing: Published, look: Evaluation) => published(standing, look, parameters),
      UNPUBLISHED,
    ),
    filter(({ isNew }) => isNew),
    map(({ intent }) => intent),
    filter((intent) => intent !== null),
  );
}

/** A glance at everything: may the standing quote stay, or what should be quoted instead? */
interface Evaluation {
  readonly kind: "pull" | "quote";
  readonly view: View;
}

interface Published {
  readonly intent: Intent | null;
  readonly isNew: boolean;
}

const UNPUBLISHED: Published = { intent: null, isNew: false };

function published(
  { intent: standing }: Published,
  { kind, view }: Evaluation,
  parameters: StrategyParameters,
): Published {
  const wish = targetOf(kind, view, standing, parameters);
  const now = view.now.monotonicMs;
  const { intentLifeMs } = parameters;
  if (wish === null || isRepeat(standing, wish, view, parameters)) {
    return { intent: standing, isNew: false };
  }
  const inputs = [view.book?.receivedAt, view.reference.price?.receivedAt].flatMap((at) =>
    at ? [at.monotonicMs] : [],
  );
  const intent: Intent = {
    ...wish,
    seq: (standing?.seq ?? 0) + 1,
    inventoryStep: view.inventoryStep,
    touch: touchOf(view.book),
    inputsAt: inputs.reduce((oldest, at) => (at < oldest ? at : oldest), now),
    triggeredAt: inputs.reduce((newest, at) => (at > newest ? at : newest), inputs[0] ?? now),
    publishedAt: now,
    expiresAt: after(now, intentLifeMs),
  };
  return { intent, isNew: true };
}

/** Null leaves the standing intent alone. A strategy that throws is blind, and blind means STOP. */
function targetOf(
  kind: Evaluation["kind"],
  view: View,
  standing: Intent | null,
  parameters: StrategyParameters,
): QuoteTarget | null {
  try {
    return kind === "quote" ? quote(view, parameters) : pull(view, standing, parameters);
  } catch (error) {
    return stopTarget(`the strategy threw: ${String(error)}`);
  }
}

/** The standing quote was made for another price: show nothing until there is a new one. */
function pull(
  view: View,
  standing: Intent | null,
  parameters: StrategyParameters,
): QuoteTarget | null {
  if (standing?.fairBp == null || (standing.bid === null && standing.ask === null)) return null;
  const fair = fairNow(view, parameters);
  if (fair === null) return null;
  const fairBp = Math.round(fair * DOLLAR_BP);
  return Math.abs(fairBp - standing.fairBp) >= parameters.pullBp ? pullTarget(fairBp) : null;
}

function isRepeat(
  standing: Intent | null,
  wish: QuoteTarget,
  { now, inventoryStep, book }: View,
  { intentLifeMs, holdBp }: StrategyParameters,
): boolean {
  const touch = touchOf(book);
  return (
    standing !== null &&
    now.monotonicMs < after(standing.publishedAt, intentLifeMs / 2) &&
    standing.inventoryStep === inventoryStep &&
    standing.mode === wish.mode &&
    standing.reason === wish.reason &&
    isHeld(shownBid(standing.bid, standing.touch), shownBid(wish.bid, touch), holdBp) &&
    isHeld(shownAsk(standing.ask, standing.touch), shownAsk(wish.ask, touch), holdBp)
  );
}

// A quote is shown behind the touch, so a touch that moves past it moves what is shown.
const shownBid = (leg: QuoteLeg | null, { YES }: Intent["touch"]): QuoteLeg | null =>
  leg === null || YES.ask === null ? leg : { ...leg, price: smaller(leg.price, YES.ask) };
const shownAsk = (leg: QuoteLeg | null, { YES }: Intent["touch"]): QuoteLeg | null =>
  leg === null || YES.bid === null ? leg : { ...leg, price: larger(leg.price, YES.bid) };

/** A place in a queue is worth more than a price that is a little better. */
const isHeld = (
  standing: QuoteTarget["bid"],
  wished: QuoteTarget["bid"],
  holdBp: number,
): boolean =>
  standing === wished ||
  (standing !== null &&
    wished !== null &&
    standing.size === wished.size &&
    Math.abs(standing.price - wished.price) < holdBp);
