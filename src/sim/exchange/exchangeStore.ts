/** Holds the exchange's state between steps, and passes on the facts of each step. */
import { Observable } from "rxjs";
import { type Clock, after } from "../../types/index.ts";
import { step } from "./exchange.ts";
import type { StepInputs, Command, ExchangeState, VenueFact } from "./state.ts";

type Listener = (fact: VenueFact) => void;

export interface ExchangeStore {
  readonly state: () => ExchangeState;
  /** The state that long ago, for a replica that is behind; at most `REMEMBERED_MS`. */
  readonly stateBefore: (agoMs: number) => ExchangeState;
  readonly apply: (command: Command) => readonly VenueFact[];
  /** The facts `command` would lead to in another state; the state held here does not change. */
  readonly tried: (state: ExchangeState, command: Command) => readonly VenueFact[];
  /** Every fact from the subscription on. */
  readonly fact$: Observable<VenueFact>;
}

const REMEMBERED_MS = 5_000;

export function exchangeStore(
  initial: ExchangeState,
  clock: Clock,
  { audit, ...given }: Omit<StepInputs, "now"> & { readonly audit: Listener },
): ExchangeStore {
  let state = initial;
  const past = [{ state, since: clock.now().monotonicMs }];
  const listeners = new Set<Listener>([audit]);
  const stepped = (from: ExchangeState, command: Command): ReturnType<typeof step> =>
    step(from, command, { ...given, now: clock.now().epochMs });
  const remember = (): void => {
    const now = clock.now().monotonicMs;
    // Nobody can ask for a state that another has followed in the same moment.
    if (past.length > 1 && past.at(-1)?.since === now) past.pop();
    past.push({ state, since: now });
    // The first entry stays: it is the state at the beginning of the remembered time.
    while (past[1] && past[1].since <= after(now, -REMEMBERED_MS)) past.shift();
  };
  return {
    state: () => state,
    stateBefore: (agoMs) => {
      const at = after(clock.now().monotonicMs, -agoMs);
      return (past.findLast(({ since }) => since <= at) ?? past[0])?.state ?? state;
    },
    apply: (command) => {
      const [next, facts] = stepped(state, command);
      state = next;
      remember();
      for (const fact of facts) for (const listener of listeners) listener(fact);
      return facts;
    },
    tried: (from, command) => stepped(from, command)[1],
    fact$: new Observable((subscriber) => {
      const listener: Listener = (fact) => subscriber.next(fact);
      listeners.add(listener);
      return () => listeners.delete(listener);
    }),
  };
}
