/**
 * The letters of the drawings of one market's life: what comes in above, what goes out below. An
 * order has one letter everywhere. Above, small means that the venue has taken it, capital that its
 * cancel was carried out; below, small means that it is placed, capital that it is cancelled. What
 * else comes in is listed in `EVENTS`. One frame is one millisecond.
 */
import {
  BehaviorSubject,
  EMPTY,
  type Observable,
  type SchedulerLike,
  defer,
  filter,
  interval,
  map,
  merge,
  mergeMap,
  of,
  switchMap,
  takeUntil,
  tap,
  timer,
} from "rxjs";
import {
  type ExecutorConfig,
  type ExecutorState,
  type Transition,
  executor,
  nextDeadline,
  reducer,
} from "../../../src/executor/index.ts";
import { cancelAllUnderWay } from "../../../src/executor/stop.ts";
import {
  type CancelAnswer,
  type Effect,
  type Event,
  type Intent,
  type Journal,
  type MarketLimits,
  NO_SHARES,
  type OrderReport,
  type RefusalReason,
  type Stamped,
  UNLIMITED,
  type WorkingOrder,
  epochMs,
} from "../../../src/types/index.ts";
import {
  FOREVER,
  IDENTITY,
  type Stock,
  config,
  dollars,
  instant,
  intent,
  quote,
  told,
  trading,
} from "../../support/builders.ts";

/** The orders, by their letter. */
const ORDERS = {
  p: "BUY YES 20 @ 0.45",
  q: "BUY YES 20 @ 0.44",
  r: "BUY YES 20 @ 0.43",
  z: "BUY YES 8 @ 0.45",
  // Half of the first two, as after a stop.
  h: "BUY YES 10 @ 0.45",
  g: "BUY YES 10 @ 0.44",
  s: "SELL YES 10 @ 0.55",
  t: "SELL YES 10 @ 0.57",
  w: "SELL YES 10 @ 0.58",
  // To buy NO at 45 is to sell YES at 55.
  m: "BUY NO 10 @ 0.45",
  n: "BUY NO 10 @ 0.43",
} as const;
type OrderLetter = keyof typeof ORDERS;

/** What happens is an event once it is known which order, or which request, it is about. */
type Happening = (state: ExecutorState) => Event;

const HIT = { limit: "lossPerDayUsd", value: 52, max: 50, since: epochMs(0) } as const;

/** What comes in. */
export const EVENTS = {
  // The strategy wants a bid of 20 at 45, 44, 43, or of 8 at 45,
  i: target({ bid: quote(20, 45) }),
  j: target({ bid: quote(20, 44) }),
  k: target({ bid: quote(20, 43) }),
  8: target({ bid: quote(8, 45) }),
  // an ask of 10 at 55, 57, 58, which is a SELL; of 20 at 55, 57, half of which is a BUY;
  u: target({ ask: quote(10, 55) }),
  v: target({ ask: quote(10, 57) }),
  y: target({ ask: quote(10, 58) }),
  a: target({ ask: quote(20, 55) }),
  b: target({ ask: quote(20, 57) }),
  // nothing; or a stop.
  o: target({}),
  Z: target({ mode: "stop", reason: "blind" }),

  // The operator halts, and lets go; a feed is lost, and is back.
  X: commanded("halt"),
  N: commanded("normal"),
  f: ({ feeds }) => {
    const { session } = feeds.reference;
    return { type: "feed.lost", feed: "reference", session, cause: "the line is dead" };
  },
  F: ({ feeds }) => {
    const session = feeds.reference.session + 1;
    return { type: "feed.restored", feed: "reference", session };
  },

  // Permits to place run short, and are ample again.
  D: () => ({ type: "permits.changed", areShort: true }),
  A: () => ({ type: "permits.changed", areShort: false }),

  // The account lets this market use $4.50, which pays for half of `p`; halts it; lets go again.
  H: limited({ cash: dollars(4.5) }),
  W: limited({ level: "halt", hits: [{ ...HIT, action: "halt" }] }),
  G: limited({}),

  // The venue has taken the order.
  p: taken("p"),
  q: taken("q"),
  h: taken("h"),
  g: taken("g"),
  s: taken("s"),
  t: taken("t"),
  m: taken("m"),
  // It refuses `p`: for one reason, for another; and asks to wait 900 ms, 100 ms.
  4: refused("postOnlyCross"),
  5: refused("tickSize"),
  6: refused("rateLimited", 900),
  7: refused("rateLimited", 100),
  // It restarts, and takes nothing; it takes cancels only, for 2 s.
  9: refused("restarting"),
  K: refused("cancelOnly", 2_000),
  // `p` is unknown: its deadline has passed, or a stop gave up on it. Or it has never left.
  c: unanswered("p", "deadline"),
  C: unanswered("p", "stopped"),
  d: displaced("p"),

  // The cancel was carried out; that of `s` was not answered; `s` is not there, says the venue.
  P: cancelled("p"),
  Q: cancelled("q"),
  S: cancelled("s"),
  e: (state) => ({ type: "cancel.unknown", orderId: latest(state, "s").id }),
  E: (state) => ({ type: "cancel.refused", orderId: latest(state, "s").id, isGone: true }),
  // The cancel-all took everything that rested with it; it was not answered.
  x: answeredAll((resting) => ({
    type: "answered",
    cancelled: resting.map(({ id }) => id),
    refused: [],
  })),
  0: answeredAll(() => ({ type: "lost", detail: "no answer in time" })),

  // The socket says that `p` rests; that `p`, `s` is over, with nothing matched.
  1: reported("p", "live"),
  2: reported("p", "cancelled"),
  3: reported("s", "cancelled"),
  // The survey shows nothing; nothing but that `s` is over.
  l: looked(() => []),
  L: looked((state) => [reportOn(latest(state, "s"), "cancelled")]),
} satisfies Record<string, Happening>;

/** What goes out: an order is placed, or cancelled; everything is cancelled; a survey; an alert. */
export const EFFECTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(ORDERS).flatMap(([letter, order]) => [
      [letter, `place ${order}`],
      [letter.toUpperCase(), `cancel ${order}`],
    ]),
  ),
  X: "cancel all",
  l: "survey",
  "*": "alert",
};

/** Quoting has begun; so long after the opening is frame 0. */
const STARTED_MS = 1_000;
const TICK: Happening = () => ({ type: "clock.ticked" });

/**
 * The executor with the real reducer, on a market where we own so much. For so long its clock
 * ticks as the app's does: whenever something is due, and every 250 ms.
 */
export const drawn =
  (
    scheduler: SchedulerLike,
    durationMs = 1_000,
    stock: Stock = { YES: 10 },
    executorConfig: ExecutorConfig = config(),
  ) =>
  (happening$: Observable<Happening>): Observable<string> =>
    defer(() => {
      const state$ = new BehaviorSubject(trading(stock).state());
      const due$ = state$.pipe(
        switchMap((state) => {
          const dueAt = nextDeadline(state, executorConfig);
          return dueAt === null ? EMPTY : timer(dueAt - state.now.monotonicMs, scheduler);
        }),
      );
      const tick$ = merge(interval(250, scheduler), due$).pipe(
        takeUntil(timer(durationMs, scheduler)),
        map(() => TICK),
      );
      return merge(happening$, tick$).pipe(
        map((happens) => ({
          at: instant(STARTED_MS + scheduler.now()),
          event: happens(state$.value),
        })),
        executor(state$.value, reducer(executorConfig, IDENTITY), JOURNAL, scheduler),
        tap(({ state }) => {
          state$.next(state);
        }),
        askedFor,
        filter((words) => words !== ""),
        mergeMap((words) => words.split(", ")),
        map((words) => (words.startsWith("alert: ") ? "alert" : words)),
      );
    });

// ---- how a letter becomes an event ------------------------------------------------------------

/** The newest order that is called so, whatever has become of it. */
function latest({ working, closed }: ExecutorState, letter: OrderLetter): WorkingOrder {
  const isMeant = (order: WorkingOrder): boolean => told(order) === ORDERS[letter];
  const found = Object.values(working).findLast(isMeant) ?? closed.findLast(isMeant);
  if (!found) throw new Error(`no order was ever placed as: ${ORDERS[letter]}`);
  return found;
}

function target(legs: Partial<Intent>): Happening {
  return ({ intent: standing, inventoryStep }) => ({
    type: "intent.published",
    intent: intent({
      seq: (standing?.seq ?? 0) + 1,
      inventoryStep,
      expiresAt: FOREVER,
      ...legs,
    }),
  });
}

function commanded(command: "halt" | "normal"): Happening {
  return ({ epoch }) => ({
    type: "operator.commanded",
    command,
    reason: "said so",
    accountEpoch: epoch.account + 1,
  });
}

function limited(limits: Partial<MarketLimits>): Happening {
  return ({ limits: { seq } }) => ({
    type: "account.limitsChanged",
    limits: { ...UNLIMITED, seq: seq + 1, ...limits },
  });
}

function taken(letter: OrderLetter): Happening {
  return (state) => {
    const { id } = latest(state, letter);
    return { type: "order.acked", orderId: id, venueId: id };
  };
}

function cancelled(letter: OrderLetter): Happening {
  return (state) => ({ type: "cancel.acked", orderId: latest(state, letter).id });
}

function unanswered(letter: OrderLetter, cause: "deadline" | "stopped"): Happening {
  return (state) => ({ type: "order.unknown", orderId: latest(state, letter).id, cause });
}

function displaced(letter: OrderLetter): Happening {
  return (state) => ({
    type: "order.notSent",
    orderId: latest(state, letter).id,
    answer: { type: "notSent", cause: "displaced", retryAfterMs: null },
  });
}

function refused(reason: RefusalReason, retryAfterMs: number | null = null): Happening {
  return (state) => ({
    type: "order.rejected",
    orderId: latest(state, "p").id,
    refusal: { reason, text: "no", retryAfterMs },
  });
}

function reportOn(order: WorkingOrder, status: OrderReport["status"]): OrderReport {
  const { id: orderId, token, side, price, size } = order;
  return { orderId, token, side, price, size, sizeMatched: NO_SHARES, status };
}

function reported(letter: OrderLetter, status: OrderReport["status"]): Happening {
  return (state) => ({ type: "order.reported", report: reportOn(latest(state, letter), status) });
}

/** An answer to nothing is a mistake in the drawing. */
function asked<Request>(pending: Request | null | undefined): Request {
  if (pending == null) throw new Error("nothing of the kind is under way");
  return pending;
}

function answeredAll(answer: (resting: readonly WorkingOrder[]) => CancelAnswer): Happening {
  return (state) => ({
    type: "cancelAll.answered",
    requestId: asked(cancelAllUnderWay(state)).requestId,
    answer: answer(Object.values(state.working).filter(({ phase }) => phase === "cancelling")),
  });
}

function looked(shown: (state: ExecutorState) => readonly OrderReport[]): Happening {
  return (state) => {
    const { YES, NO, cash } = state.inventory;
    const balances = { YES: YES.settled, NO: NO.settled, cash: cash.settled };
    return {
      type: "survey.answered",
      requestId: asked(state.survey.pending).requestId,
      survey: { openOrders: [], byId: shown(state), trades: [], balances },
    };
  };
}

// ---- journals, and transitions in words ----------------------------------------------------------

/** Writes at once, as the real one does. */
export const JOURNAL: Journal = {
  append: (input) => of(input),
  decided: () => undefined,
  close: () => undefined,
};

/** A journal that takes its time, so that a queue can be seen. */
export const slowJournal = (writeMs: number, scheduler: SchedulerLike): Journal => ({
  ...JOURNAL,
  append: (input) => timer(writeMs, scheduler).pipe(map((): Stamped => input)),
});

/** What was asked for, transition by transition; nothing where nothing was. */
export const askedFor = (transition$: Observable<Transition>): Observable<string> =>
  transition$.pipe(
    map(({ effects, state }) =>
      effects.flatMap((effect) => inWords(effect, state.working)).join(", "),
    ),
  );

function inWords(effect: Effect, working: Transition["state"]["working"]): readonly string[] {
  const name = (id: keyof typeof working): string => {
    const order = working[id];
    return order ? told(order) : id;
  };
  switch (effect.type) {
    case "place":
      return effect.legs.map(({ orderId }) => `place ${name(orderId)}`);
    case "cancel":
      return effect.orderIds.map((orderId) => `cancel ${name(orderId)}`);
    case "cancelAll":
      return ["cancel all"];
    case "survey":
      return ["survey"];
    case "alert":
      return [`alert: ${effect.text}`];
  }
}

/** One letter for an event of the toy executor, and back. */
export const letterOf = (event: Event): string => {
  switch (event.type) {
    case "cancel.acked":
      return event.orderId;
    case "intent.published":
    case "operator.commanded":
      return event.type === "intent.published" ? event.intent.reason : event.reason;
    default:
      return event.type;
  }
};
