/** What both files of this folder draw with: a journal, and transitions in words. */
import { type Observable, type SchedulerLike, map, of, timer } from "rxjs";
import type { Transition } from "../../../src/executor/index.ts";
import type { Effect, Event, Journal, Stamped } from "../../../src/types/index.ts";
import { told } from "../../support/builders.ts";

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
