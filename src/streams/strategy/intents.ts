import {
  EMPTY,
  type Observable,
  type ObservableInput,
  type SchedulerLike,
  defer,
  interval,
  isObservable,
  map,
  merge,
  of,
  startWith,
  switchMap,
  timer,
} from "rxjs";
import { debounceWithin, spread } from "../../operators/index.ts";
import {
  type Book,
  DOLLAR_BP,
  type Intent,
  type MonotonicMs,
  type QuoteLeg,
  type Token,
  type Touch,
  after,
  larger,
  smaller,
} from "../../types/index.ts";
import {
  type Fair,
  type QuoteTarget,
  type Strategy,
  type View,
  nothingShown,
  reactionOf,
  stopTarget,
} from "./defineStrategy.ts";
import { type Answer, type Guarded, guarded } from "./guard.ts";
import type { PaceParameters } from "./parameters.ts";

export interface IntentInputs {
  /** Something a quote depends on has changed. */
  readonly trigger$: Observable<unknown>;
  /** The reference or the settlement feed has ticked; not debounced. */
  readonly reference$: Observable<unknown>;
  readonly view: () => View;
  /** What our own bug in the view has thrown, in words, so that no strategy is asked with it; null without one. */
  readonly fault?: () => string | null;
}

/** A strategy, and what it is asked with. */
export interface Chosen<Parameters> {
  readonly strategy: Strategy<Parameters>;
  readonly parameters: Parameters & PaceParameters;
}

/** The intents of one strategy whose parameters never change. */
export const intents = <Parameters>(
  strategy: Strategy<Parameters>,
  inputs: IntentInputs,
  parameters: Parameters & PaceParameters,
  scheduler: SchedulerLike,
): Observable<Intent> => chosenIntents(of({ strategy, parameters }), inputs, scheduler);

/**
 * A strategy's targets, numbered and with a life. The strategy is evaluated when its inputs pause,
 * or at the ceiling of the debounce; a newer evaluation drops an older one that has not answered.
 * A jump of the reference pulls the standing quote at once, and so does a price that is held: while
 * that lasts nothing is shown, whatever the strategy. Equal targets are suppressed only while
 * the standing intent has more than half its life, and the strategy is evaluated every third of a
 * life, so silence on live sessions keeps quotes up and a dead strategy loses them. A newer choice,
 * of other parameters, is an input like the others, and no target made before it is a repeat.
 */
export function chosenIntents<Parameters>(
  chosen$: Observable<Chosen<Parameters>>,
  { trigger$, reference$, view, fault = noFault }: IntentInputs,
  scheduler: SchedulerLike,
): Observable<Intent> {
  const evaluatedBy = (guard: Guarded<Parameters>, parameters: Parameters) => {
    const asAnswer =
      (seen: View) =>
      (answer: Answer): Evaluation => ({ type: "answered", view: seen, ...answer });
    return (): ObservableInput<Evaluation> => {
      const seen = view();
      const problem = fault();
      if (problem !== null) {
        const target = stopTarget(problem);
        return [BEGUN, { type: "answered", view: seen, target, isFault: true }];
      }
      const reason = withheld(seen);
      if (reason !== null) return [{ type: "withheld", view: seen, reason }];
      const answer = guard.answer(seen, parameters);
      // An answer that is there already is an array: most are, and operators around it cost more.
      if (!isObservable(answer)) return [BEGUN, asAnswer(seen)(answer)];
      return answer.pipe(map(asAnswer(seen)), startWith(BEGUN));
    };
  };
  return defer(() => {
    let published = UNPUBLISHED;
    return chosen$.pipe(
      switchMap(({ strategy, parameters }, index) => {
        const { quietMs, maxWaitMs, intentLifeMs } = parameters;
        const guard = guarded(strategy, () => scheduler.now());
        const isChange = index > 0;
        if (isChange) published = { ...published, isOutdated: true };
        return merge(
          reference$.pipe(map((): Evaluation => ({ type: "ticked", view: view() }))),
          merge(
            // Not debounced: changes that come faster than the inputs pause would starve it.
            isChange ? timer(0, scheduler) : EMPTY,
            trigger$.pipe(debounceWithin({ quietMs, maxWaitMs }, scheduler)),
            interval(intentLifeMs / 3, scheduler),
          ).pipe(switchMap(evaluatedBy(guard, parameters))),
        ).pipe(
          spread((evaluation) => {
            published = evolve(published, evaluation, guard, parameters);
            return published.isNew && published.intent !== null ? [published.intent] : [];
          }),
        );
      }),
    );
  });
}

const noFault = (): null => null;

type Evaluation =
  | { readonly type: "begun" }
  | ({ readonly type: "answered"; readonly view: View } & Answer)
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
  /** The intent was made with other parameters than those of now. */
  readonly isOutdated: boolean;
  /** When the strategy last failed. */
  readonly faultAt: MonotonicMs | null;
}

const UNPUBLISHED: Published = {
  intent: null,
  isNew: false,
  tick: null,
  isOutdated: false,
  faultAt: null,
};

/**
 * For so many milliseconds after a fault nothing but a STOP is published: a strategy that fails now and then would
 * flap at every evaluation. The executor then carries the stop through, so the next good answer counts once it is proven.
 */
export const FAULT_HOLD_MS = 1_000;

const failed = (error: unknown): QuoteTarget => stopTarget(`the strategy threw: ${String(error)}`);

function evolve<Parameters>(
  published: Published,
  evaluation: Evaluation,
  guard: Guarded<Parameters>,
  parameters: Parameters & PaceParameters,
): Published {
  const { intent, tick } = published;
  const kept = { ...published, isNew: false };
  switch (evaluation.type) {
    case "begun":
      return { ...kept, tick: null };
    case "answered": {
      const { view } = evaluation;
      const outrun = tick && judged(tick, evaluation.target, guard, parameters);
      if (outrun !== null && !outrun.isFault) return kept;
      // What the next tick would pull is not shown before it.
      const verdict =
        outrun ?? judged(view, evaluation.target, guard, parameters, true) ?? evaluation;
      return withTarget(published, verdict, view, parameters);
    }
    case "withheld": {
      const { view, reason } = evaluation;
      const target = nothingShown(reason, intent?.fairBp ?? null);
      return withTarget({ ...published, tick: null }, { target, isFault: false }, view, parameters);
    }
    case "ticked": {
      const { view } = evaluation;
      const seen = { ...published, tick: view };
      const verdict = judged(view, intent, guard, parameters);
      return verdict === null
        ? { ...seen, isNew: false }
        : withTarget(seen, verdict, view, parameters);
    }
  }
}

/**
 * What `pull` says, or a STOP where the strategy's `fair` has failed it; null lets the quote stand. A quote that was made
 * of this very view has not been moved away from.
 */
function judged<Parameters>(
  view: View,
  quoted: QuoteTarget | null,
  { strategy, fault }: Guarded<Parameters>,
  parameters: Parameters & PaceParameters,
  isOfView = false,
): Answer | null {
  const target = pull(view, quoted, strategy, parameters, isOfView);
  const problem = fault();
  if (problem !== null) return { target: stopTarget(problem), isFault: true };
  return target && { target, isFault: target.mode === "stop" };
}

/** Published as a new intent, unless it repeats the standing one, or a fault is too recent. */
function withTarget(
  published: Published,
  { target, isFault }: Answer,
  view: View,
  parameters: PaceParameters,
): Published {
  const { intent, isOutdated } = published;
  const now = view.now.monotonicMs;
  const faultAt = isFault ? now : published.faultAt;
  const isOnHold = !isFault && faultAt !== null && now < after(faultAt, FAULT_HOLD_MS);
  const isRepeated = !isOutdated && isRepeat(intent, target, view, parameters);
  if (isOnHold || isRepeated) return { ...published, faultAt, isNew: false };
  const { tick } = published;
  return {
    intent: next(intent, target, view, parameters),
    isNew: true,
    tick,
    isOutdated: false,
    faultAt,
  };
}

function next(
  standing: Intent | null,
  target: QuoteTarget,
  view: View,
  { intentLifeMs }: PaceParameters,
): Intent {
  const now = view.now.monotonicMs;
  const inputs = [
    view.book?.receivedAt,
    view.reference.price?.receivedAt,
    view.settlement?.mean?.receivedAt,
  ].flatMap((at) => (at ? [at.monotonicMs] : []));
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
  isOfView: boolean,
): QuoteTarget | null {
  if (quoted === null || (quoted.bid === null && quoted.ask === null)) return null;
  try {
    const reason = withheld(view);
    if (reason !== null) return nothingShown(reason, quoted.fairBp);
    if (quoted.fairBp === null) return null;
    const priced = fair?.(view, parameters) ?? null;
    if (priced === null) return null;
    const fairBp = Math.round(priced.probability * DOLLAR_BP);
    const { model } = priced;
    const moved =
      model === undefined || quoted.modelBp === undefined
        ? fairBp - quoted.fairBp
        : Math.round(model * DOLLAR_BP) - quoted.modelBp;
    const { pullBp } = parameters;
    if (!isOfView && Math.abs(moved) >= pullBp) {
      return pulled(`${MOVED}${Math.abs(moved)} bp, pullBp ${pullBp}`, priced);
    }
    const why = whyTooFast(view, priced, quoted, parameters);
    return why === null ? null : pulled(why, priced);
  } catch (error) {
    return failed(error);
  }
}

/** Beginnings of the reasons for a pull; figures follow. */
const MOVED = "pulled: fair moved ";
const TOO_FAST = "pulled: fair moves ";

/** Null where the spread pays for it. Of a quote of both sides: what gives up what we own may be hit. */
function whyTooFast(
  view: View,
  { movePerSqrtSecond }: Fair,
  { bid, ask }: QuoteTarget,
  parameters: PaceParameters,
): string | null {
  if (bid === null || ask === null) return null;
  const halfBp = (ask.price - bid.price) / 2;
  const { pullMoves } = parameters;
  const ms = reactionOf(view, parameters);
  const moveBp = movePerSqrtSecond * Math.sqrt(ms / 1_000) * DOLLAR_BP;
  if (pullMoves * moveBp <= halfBp) return null;
  return `${TOO_FAST}${Math.round(moveBp)} bp in ${Math.round(ms)} ms, pullMoves ${pullMoves} of that is above the half-spread of ${halfBp} bp`;
}

/** Pulls for one cause are the same, whatever their figures. */
const isSameReason = (standing: string, reason: string): boolean =>
  standing === reason ||
  [MOVED, TOO_FAST].some((cause) => standing.startsWith(cause) && reason.startsWith(cause));

/** A strike further from the reference than this fraction of it is one that nobody could mean. */
const STRIKE_FAR = 0.2;

/** Why nothing is shown whatever the strategy; null where it decides. */
function withheld({ market: { strike }, reference: { price, isHeld } }: View): string | null {
  if (isHeld) return "held: the reference price is not confirmed yet";
  return price !== null && Math.abs(price.value - strike) > STRIKE_FAR * price.value
    ? "held: the strike is far from the reference"
    : null;
}

function pulled(why: string, { probability, standardError, model }: Fair): QuoteTarget {
  return {
    ...nothingShown(why, Math.round(probability * DOLLAR_BP)),
    fairErrorBp: Math.round(standardError * DOLLAR_BP),
    ...(model !== undefined && { modelBp: Math.round(model * DOLLAR_BP) }),
  };
}

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
    isSameReason(standing.reason, target.reason) &&
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
