/**
 * A strategy is somebody else's code: what it throws, what it answers, and how long it takes, are checked before anything is
 * made of it. A fault is a value, and means STOP of its own market.
 */
import {
  Observable,
  Subscription,
  catchError,
  defaultIfEmpty,
  from,
  isObservable,
  map,
  of,
} from "rxjs";
import {
  DOLLAR_BP,
  ORDER_SIZE_MAX,
  type QuoteLeg,
  type QuoteMode,
  causeOf,
  isOrderSize,
  isRecord,
  microShares,
  priceBp,
} from "../../types/index.ts";
import {
  type Fair,
  type QuoteTarget,
  type Strategy,
  type View,
  stopTarget,
} from "./defineStrategy.ts";

/**
 * Milliseconds that one evaluation may take; half a second without a feed, a timer or a stop being heard. A loop that
 * never ends cannot be interrupted: then the venue's dead-man switch cancels everything.
 */
export const EVALUATION_MS_MAX = 500;

/** Characters of a reason. */
const REASON_LENGTH_MAX = 200;

export interface Answer {
  readonly target: QuoteTarget;
  /** The strategy has failed: the target is a STOP that says how. */
  readonly isFault: boolean;
}

export interface Guarded<Parameters> {
  /** Its own answers, checked. An Observable that errors, or ends without one, is a fault. */
  readonly answer: (view: View, parameters: Parameters) => Answer | Observable<Answer>;
  /** The strategy, whose `fair` throws nothing and is null where it has failed. */
  readonly strategy: Strategy<Parameters>;
  /** What `fair` has failed at since this was last asked; null where it has not. */
  readonly fault: () => string | null;
}

/** `nowMs` is monotonic. */
export function guarded<Parameters>(
  strategy: Strategy<Parameters>,
  nowMs: () => number,
): Guarded<Parameters> {
  const { name, fair } = strategy;
  const threw = (error: unknown): string => `${name} threw: ${textOf(error)}`;
  const failed = (problem: string): Answer => ({ target: stopTarget(problem), isFault: true });
  const checked = (given: unknown): Answer => {
    try {
      const target = targetOf(given);
      return typeof target === "string"
        ? failed(`${name} answered ${target}`)
        : { target, isFault: false };
    } catch (error) {
      // Of a getter in what it has answered.
      return failed(threw(error));
    }
  };
  let fault: string | null = null;

  return {
    answer: (view, parameters) => {
      const beganAt = nowMs();
      let given: unknown;
      try {
        given = strategy.quote(view, parameters);
      } catch (error) {
        return failed(threw(error));
      }
      const overrun = overrunOf(name, nowMs() - beganAt);
      if (overrun !== null) return failed(overrun);
      try {
        if (!isObservable(given)) return checked(given);
      } catch (error) {
        return failed(threw(error));
      }
      return contained(given).pipe(
        map(checked),
        defaultIfEmpty(failed(`${name} ended without an answer`)),
        catchError((error: unknown) => of(failed(threw(error)))),
      );
    },
    strategy:
      fair === undefined
        ? strategy
        : {
            ...strategy,
            fair: (view, parameters) => {
              const beganAt = nowMs();
              try {
                const priced: unknown = fair(view, parameters);
                const overrun = overrunOf(name, nowMs() - beganAt);
                if (overrun === null && isFairOrNull(priced)) return priced;
                fault = overrun ?? `${name} answered no fair value: ${shown(priced)}`;
              } catch (error) {
                fault = threw(error);
              }
              return null;
            },
          },
    fault: () => {
      const found = fault;
      fault = null;
      return found;
    },
  };
}

/** What a teardown throws would end the graph, and whoever unsubscribes can do nothing about it. */
const contained = (given$: Observable<unknown>): Observable<unknown> =>
  new Observable((subscriber) => {
    const running = new Subscription();
    const handed = {
      next: (answer: unknown) => subscriber.next(answer),
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    };
    try {
      running.add(from(given$).subscribe(handed)); // tidy-ok: kept apart from the graph, which nothing that it throws may reach
    } catch (error) {
      subscriber.error(error);
    }
    return () => {
      try {
        running.unsubscribe();
      } catch {
        // Its last answer counts no more.
      }
    };
  });

const overrunOf = (name: string, tookMs: number): string | null =>
  tookMs > EVALUATION_MS_MAX
    ? `${name} took ${Math.round(tookMs)} ms for one evaluation, and ${EVALUATION_MS_MAX} are allowed`
    : null;

const MODES = [
  "normal",
  "caution",
  "oneSidedBuy",
  "oneSidedSell",
  "stop",
] as const satisfies readonly QuoteMode[];

/**
 * A target of its own, with nothing but what is journalled: what was answered may change later, or hold what JSON cannot keep.
 * A text says why it is none.
 */
function targetOf(given: unknown): QuoteTarget | string {
  if (!isRecord(given)) return `no target: ${shown(given)}`;
  if (typeof given["then"] === "function") return "a promise: give an Observable, as from(promise)";
  const { bid: givenBid, ask: givenAsk, reason, fairBp, fairErrorBp, modelBp } = given;
  const mode = MODES.find((each) => each === given["mode"]);
  if (mode === undefined) return `mode ${shown(given["mode"])}, not one of ${MODES.join(", ")}`;
  const bid = legOf("bid", givenBid);
  if (typeof bid === "string") return bid;
  const ask = legOf("ask", givenAsk);
  if (typeof ask === "string") return ask;
  if (bid !== null && ask !== null && bid.price >= ask.price) {
    return `a bid at ${bid.price} bp, not below its ask at ${ask.price} bp`;
  }
  if (typeof reason !== "string") return `a reason that is no text: ${shown(reason)}`;
  if (fairBp !== null && !isWithinDollar(fairBp)) return `fairBp ${shown(fairBp)}`;
  if (fairErrorBp !== undefined && !isWithinDollar(fairErrorBp)) {
    return `fairErrorBp ${shown(fairErrorBp)}`;
  }
  if (modelBp !== undefined && !isWithinDollar(modelBp)) return `modelBp ${shown(modelBp)}`;
  return {
    mode,
    bid,
    ask,
    reason: isPlain(reason) ? reason : causeOf(reason),
    fairBp,
    ...(fairErrorBp !== undefined && { fairErrorBp }),
    ...(modelBp !== undefined && { modelBp }),
  };
}

function legOf(side: "bid" | "ask", given: unknown): QuoteLeg | null | string {
  if (given === null) return null;
  if (!isRecord(given)) return `${side} ${shown(given)}, neither a leg nor null`;
  const { price, size } = given;
  if (!Number.isInteger(price) || !isNumber(price) || price <= 0 || price >= DOLLAR_BP) {
    return `${side}.price ${shown(price)}, not a whole number from 1 to ${DOLLAR_BP - 1} bp`;
  }
  if (!isNumber(size) || !isOrderSize(size)) {
    return `${side}.size ${shown(size)}, not whole millionths of a share from 1 to ${ORDER_SIZE_MAX}`;
  }
  return { price: priceBp(price), size: microShares(size) };
}

const isNumber = (value: unknown): value is number => typeof value === "number";

const isWithinDollar = (value: unknown): value is number =>
  isNumber(value) && value >= 0 && value <= DOLLAR_BP;

const isFairOrNull = (value: unknown): value is Fair | null =>
  value === null ||
  (isRecord(value) &&
    isProbability(value["probability"]) &&
    isNotNegative(value["standardError"]) &&
    isNotNegative(value["movePerSqrtSecond"]) &&
    (value["model"] === undefined || isProbability(value["model"])));

const isProbability = (value: unknown): boolean => isNumber(value) && value >= 0 && value <= 1;

const isNotNegative = (value: unknown): boolean =>
  isNumber(value) && value >= 0 && Number.isFinite(value);

/** Short, and on one line, as nearly all reasons are. */
const isPlain = (reason: string): boolean =>
  reason.length <= REASON_LENGTH_MAX && !/[\p{C}<]/u.test(reason);

/** What is thrown need not have a text. */
function textOf(error: unknown): string {
  try {
    return causeOf(String(error));
  } catch {
    return "an error without a text";
  }
}

/** A value in a reason; of an object only that it is one. */
function shown(value: unknown): string {
  switch (typeof value) {
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "a list" : "an object";
    case "string":
      return JSON.stringify(causeOf(value).slice(0, SHOWN_LENGTH_MAX));
    case "function":
    case "symbol":
      return `a ${typeof value}`;
    default:
      return String(value);
  }
}

const SHOWN_LENGTH_MAX = 40;
