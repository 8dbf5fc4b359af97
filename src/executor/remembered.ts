/**
 * What a step asks for again and again, worked out once and kept beside the state, by the identity of
 * what it is made from. Never of what reads the time, and not for the laws, which would compare a
 * memory with itself.
 */
import type { WorkingOrder } from "../types/index.ts";
import type { ExecutorState } from "./state.ts";

/** Of the last one asked about alone: a step asks about one state at a time, and then of the next. */
export function remembered<Part extends object, Value>(
  make: (part: Part) => Value,
): (part: Part) => Value {
  let last: { readonly part: Part; readonly value: Value } | null = null;
  return (part) => {
    last = last?.part === part ? last : { part, value: make(part) };
    return last.value;
  };
}

const listed = remembered((working: ExecutorState["working"]): readonly WorkingOrder[] =>
  Object.values(working),
);

/** The working orders in the order of their keys. */
export const ordersOf = ({ working }: ExecutorState): readonly WorkingOrder[] => listed(working);
