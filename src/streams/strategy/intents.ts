import {
  type Observable,
  type ObservableInput,
  type SchedulerLike,
  catchError,
  defer,
  interval,
  isObservable,
  map,
  merge,
  of,
  startWith,
  switchMap,
} from "rxjs";
import { debounceWithin, spread } from "../../operators/index.ts";
import {
  type Book,
  DOLLAR_BP,
  type Intent,
  type QuoteLeg,
  type Token,
  type Touch,
  after,
  larger,
  smaller,
} from "../../types/index.ts";
import { type QuoteTarget, type Strategy, type View, stopTarget } from "./defineStrategy.ts";
import type { PaceParameters } from "./parameters.ts";

export interface IntentInputs {
  /** Something a quote depends on has changed. */
  readonly trigger$: Observable<unknown>;
  /** The reference has ticked; not debounced. */
  readonly reference$: Observable<unknown>;
  readonly view: () => View;
}

/**
 * A strategy's targets, numbered and with a life. The strategy is evaluated when its inputs pause,
 * or at the ceiling of the debounce; a newer evaluation drops an older one that has not answered.
 * A jump of the reference pulls the standing quote at once, and so does a price that is held: while
 * that lasts nothing is shown, whatever the strategy. Equal targets are suppressed only while
 * the standing intent has more than half its life, and the strategy is evaluated every third of a
 * life, so silence on live sessions keeps quotes up and a dead strategy loses them.
 */
export function intents<Parameters>(
  strategy: Strategy<Parameters>,
  { trigger$, reference$, view }: IntentInputs,
  parameters: Parameters & PaceParameters,
  scheduler: SchedulerLike,
): Observable<Intent> {
  const { quietMs, maxWaitMs, intentLifeMs } = parameters;
  const evaluated = (): ObservableInput<Evaluation> => {
    const seen = view();
    const reason = withheld(seen);
    if (reason !== null) return [{ type: "withheld", view: seen, reason }];
    const asAnswer = (target: QuoteTarget): Evaluation => ({
      type: "answered",
      view: seen,
      target,
    });
    const answer = answered(strategy, seen, parameters);
    // An answer that is there already is an array: most are, and operators around it cost more.
    if (!isObservable(answer)) return [BEGUN, asAnswer(answer)];
    return answer.pipe(map(asAnswer), startWith(BEGUN));
  };
  return defer(() => {
    let published = UNPUBLISHED;
    return merge(
      reference$.pipe(map((): Evaluation => ({ type: "ticked", view: view() }))),
      merge(
        trigger$.pipe(debounceWithin({ quietMs, maxWaitMs }, scheduler)),
        interval(intentLifeMs / 3, scheduler),
      ).pipe(switchMap(evaluated)),
    ).pipe(
      spread((evaluation) => {
        published = evolve(published, evaluation, strategy, parameters);
        return published.isNew && published.intent !== null ? [published.intent] : [];
      }),
    );
  });
}

type Evaluation =
  | { readonly type: "begun" }
  | { readonly type: "answered"; readonly view: View; readonly target: QuoteTarget }
  /** The strategy is not asked. */
  | { readonly type: "withheld"; readonly view: View; readonly reason: string }
  /** The reference has ticked: may the standing quote stay? */
  | { readonly type: "ticked"; readonly view: View };

const BEGUN: Evaluation = { type: "begun" };

interface Published {
  readonly intent: Intent | null;
  readonly isNew: boolean;
  /** The newest tick of the reference since the evaluation began: a slow answer has not seen it. */
  readonly tick: View | null;
}

const UNPUBLISHED: Published = { intent: null, isNew: false, tick: null };

/** An exception in the strategy is a STOP. */
function answered<Parameters>(
  { quote }: Strategy<Parameters>,
  view: View,
  parameters: Parameters,
): QuoteTarget | Observable<QuoteTarget> {
  try {
    const answer = quote(view, parameters);
    return isObservable(answer)
      ? answer.pipe(catchError((error: unknown) => of(failed(error))))
      : answer;
  } catch (error) {
    return failed(error);
  }
}

const failed = (error: unknown): QuoteTarget => stopTarget(`the strategy threw: ${String(error)}`);

function evolve<Parameters>(
  published: Published,
  evaluation: Evaluation,
  strategy: Strategy<Parameters>,
  parameters: Parameters & PaceParameters,
): Published {
  const { intent, tick } = published;
  const kept = { ...published, isNew: false };
  switch (evaluation.type) {
    case "begun":
      return { ...kept, tick: null };
    case "answered": {
      const { view, target } = evaluation;
      const isOutrun = tick !== null && pull(tick, target, strategy, parameters) !== null;
      if (isOutrun || isRepeat(intent, target, view, parameters)) return kept;
      return { intent: next(intent, target, view, parameters), isNew: true, tick };
    }
    case "withheld": {
      const { view, reason } = evaluation;
      const target = nothingShown(reason, intent?.fairBp ?? null);
      if (isRepeat(intent, target, view, parameters)) return { ...kept, tick: null };
      return { intent: next(intent, target, view, parameters), isNew: true, tick: null };
    }
    case "ticked": {
      const { view } = evaluation;
      const target = pull(view, intent, strategy, parameters);
      if (target === null || isRepeat(intent, target, view, parameters)) {
        return { ...kept, tick: view };
      }
      return { intent: next(intent, target, view, parameters), isNew: true, tick: view };
    }
  }
}

function next(
  standing: Intent | null,
  target: QuoteTarget,
  view: View,
  { intentLifeMs }: PaceParameters,
): Intent {
  const now = view.now.monotonicMs;
  const inputs = [view.book?.receivedAt, view.reference.price?.receivedAt].flatMap((at) =>
    at ? [at.monotonicMs] : [],
  );
  return {
    ...target,
    seq: (standing?.seq ?? 0) + 1,
    inventoryStep: view.inventoryStep,
    touch: touchOf(view.book),
    inputsAt: inputs.reduce((oldest, at) => (at < oldest ? at : oldest), now),
    triggeredAt: inputs.reduce((newest, at) => (at > newest ? at : newest), inputs[0] ?? now),
    publishedAt: now,
    expiresAt: after(now, intentLifeMs),
  };
}

/** Null lets the quote stand; otherwise an empty target, until the next evaluation. */
function pull<Parameters>(
  view: View,
  quoted: QuoteTarget | null,
  { fair }: Strategy<Parameters>,
  parameters: Parameters & PaceParameters,
): QuoteTarget | null {
  if (quoted === null || (quoted.bid === null && quoted.ask === null)) return null;
  try {
    const reason = withheld(view);
    if (reason !== null) return nothingShown(reason, quoted.fairBp);
    if (quoted.fairBp === null) return null;
    const probability = fair?.(view, parameters) ?? null;
    if (probability === null) return null;
    const fairBp = Math.round(probability * DOLLAR_BP);
    return Math.abs(fairBp - quoted.fairBp) >= parameters.pullBp ? pullTarget(fairBp) : null;
  } catch (error) {
    return failed(error);
  }
}

/** A strike further from the reference than this fraction of it is one that nobody could mean. */
const STRIKE_FAR = 0.2;

/** Why nothing is shown whatever the strategy; null where it decides. */
function withheld({ market: { strike }, reference: { price, isHeld } }: View): string | null {
  if (isHeld) return "held: the reference price is not confirmed yet";
  return price !== null && Math.abs(price.value - strike) > STRIKE_FAR * price.value
    ? "held: the strike is far from the reference"
    : null;
}

/** Nothing shown, nothing stopped: orders are pulled by id until the next quote. */
const nothingShown = (reason: string, fairBp: number | null): QuoteTarget => ({
  mode: "normal",
  bid: null,
  ask: null,
  reason,
  fairBp,
});

export const pullTarget = (fairBp: number): QuoteTarget =>
  nothingShown("pulled: the reference moved", fairBp);

function isRepeat(
  standing: Intent | null,
  target: QuoteTarget,
  { now, inventoryStep, book }: View,
  { intentLifeMs, holdBp }: PaceParameters,
): boolean {
  const touch = touchOf(book);
  return (
    standing !== null &&
    now.monotonicMs < after(standing.publishedAt, intentLifeMs / 2) &&
    standing.inventoryStep === inventoryStep &&
    standing.mode === target.mode &&
    standing.reason === target.reason &&
    isHeld(shownBid(standing.bid, standing.touch), shownBid(target.bid, touch), holdBp) &&
    isHeld(shownAsk(standing.ask, standing.touch), shownAsk(target.ask, touch), holdBp)
  );
}

// A quote is shown behind the touch, so a touch that moves past it moves what is shown.
const shownBid = (leg: QuoteLeg | null, { YES }: Intent["touch"]): QuoteLeg | null =>
  leg === null || YES.ask === null ? leg : { ...leg, price: smaller(leg.price, YES.ask) };
const shownAsk = (leg: QuoteLeg | null, { YES }: Intent["touch"]): QuoteLeg | null =>
  leg === null || YES.bid === null ? leg : { ...leg, price: larger(leg.price, YES.bid) };

/** Saves an intent's step and its lines in the journal; whether an order stays, the executor decides. */
const isHeld = (standing: QuoteLeg | null, wanted: QuoteLeg | null, holdBp: number): boolean =>
  standing === wanted ||
  (standing !== null &&
    wanted !== null &&
    standing.size === wanted.size &&
    Math.abs(standing.price - wanted.price) < holdBp);

/** The best prices of both tokens; null where there are none. */
export function touchOf(book: View["book"]): Readonly<Record<Token, Touch>> {
  return { YES: touch(book?.value.YES), NO: touch(book?.value.NO) };
}

const touch = (book: Book | undefined): Touch => ({
  bid: book?.bids[0]?.price ?? null,
  ask: book?.asks[0]?.price ?? null,
});
