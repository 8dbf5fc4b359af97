/** Holds the exchange's state between steps, and lets others hear the facts of each step. */
import { Observable } from "rxjs";
import type { Clock } from "../types/index.ts";
import { step } from "./exchange.ts";
import type { Circumstances, Command, ExchangeState, VenueFact } from "./state.ts";

type Listener = (fact: VenueFact) => void;

export interface Core {
  readonly state: () => ExchangeState;
  readonly apply: (command: Command) => readonly VenueFact[];
  /** Every fact from the subscription on. */
  readonly fact$: Observable<VenueFact>;
}

export function core(
  initial: ExchangeState,
  clock: Clock,
  { audit, ...given }: Omit<Circumstances, "now"> & { readonly audit: Listener },
): Core {
  let state = initial;
  const listeners = new Set<Listener>([audit]);
  return {
    state: () => state,
    apply: (command) => {
      const [next, facts] = step(state, command, { ...given, now: clock.now().epochMs });
      state = next;
      for (const fact of facts) for (const listener of listeners) listener(fact);
      return facts;
    },
    fact$: new Observable((subscriber) => {
      const listener: Listener = (fact) => subscriber.next(fact);
      listeners.add(listener);
      return () => listeners.delete(listener);
    }),
  };
}
