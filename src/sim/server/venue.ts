/** The served venue as three doors: the other traders', a request's and a control command's. */
import {
  type Command,
  type ExchangeState,
  type ExchangeStore,
  liveOrders,
  type Order,
  type VenueFact,
  withGhostBooks,
} from "../exchange/index.ts";
import type { Answer, Timers } from "./state/index.ts";
import { admits, type Control, controlled, modeAt, type RequestFaults } from "./control/index.ts";
import { type ClientRequest, routed, withKeysRotated } from "./rest/index.ts";
import { exchangeCommands } from "./controlCommands.ts";
import { exchangeSteps, type VenueParts } from "./exchangeSteps.ts";
import { orderEntry } from "./orderEntry.ts";
import { withHeartbeatsChecked, withRegistry } from "./venueState.ts";

export interface Venue {
  /** The exchange as the other traders reach it: mode, taker's delay and broadcasts included. */
  readonly exchange: ExchangeStore;
  /** Carries a request out. `then` is called once, later where an order waits for the taker's delay. */
  readonly answer: (
    request: ClientRequest,
    faults: ExecutionFaults,
    then: (answer: Answer) => void,
  ) => void;
  /** Carries a control command out; a text says why it could not be. */
  readonly control: (command: Control) => string | null;
}

/** The faults of a request that concern the way it is carried out. */
export interface ExecutionFaults extends Pick<
  RequestFaults,
  "balanceAgeMs" | "readAgeMs" | "bookAgeMs" | "isBookGhost" | "refusedFrom"
> {
  /** Called with the orders of each cancel before they are cancelled; null does nothing. */
  readonly beforeCancel: ((orders: readonly Order[]) => void) | null;
}

export function createVenue(parts: VenueParts, timers: Timers): Venue {
  const { holder, store, context, clients } = parts;
  const apply = exchangeSteps(parts);
  const submit = orderEntry(parts, apply, timers);

  const checkHeartbeats = (): void => {
    const { exchange, now } = context();
    const [next, cancels] = withHeartbeatsChecked(holder.state(), exchange, now);
    holder.update(() => next);
    for (const cancel of cancels) apply(cancel);
  };

  return {
    exchange: {
      ...store,
      apply: (command) => {
        const { conditions, now } = context();
        if (!admits(modeAt(conditions.mode, now), command)) return [];
        if (command.type === "tick") checkHeartbeats();
        if (command.type !== "place") return apply(command);
        // The other traders do not read the answers to their orders.
        submit({ command }, 0, () => undefined);
        return [];
      },
    },
    answer: (request, faults, then) => {
      const { readAgeMs, bookAgeMs, refusedFrom, beforeCancel } = faults;
      const { registry, now } = context();
      const balanceAgeMs = Math.min(faults.balanceAgeMs, now - registry.refreshedAt);
      const asOf = store.stateBefore(Math.max(readAgeMs, bookAgeMs));
      const outcome = routed(request, {
        ...context(),
        balances: store.stateBefore(balanceAgeMs),
        exchange: faults.isBookGhost ? withGhostBooks(asOf) : asOf,
      });
      holder.update((known) => withRegistry(known, outcome.registry));
      const collect = collected(outcome.operations.length, (facts) => then(outcome.answer(facts)));
      for (const [index, operation] of outcome.operations.entries()) {
        const { command } = operation;
        beforeCancel?.(ordersToCancel(store.state(), command));
        if (refusedFrom === index % 2 && command.type === "place")
          collect(index, [marketNotReady(command)]);
        else submit(operation, balanceAgeMs, (facts) => collect(index, facts));
      }
    },
    control: (command) => {
      const { now } = context();
      holder.update((known) => ({
        ...known,
        conditions: controlled(known.conditions, command, now),
      }));
      const commands = exchangeCommands(command, context());
      if (typeof commands !== "string") for (const one of commands) apply(one);
      if (command.do === "rotateKeys") {
        holder.update((known) => withRegistry(known, withKeysRotated(known.registry)));
        // Whoever is logged in with a forgotten key is not any more.
        clients.drop("user");
      }
      if (command.do === "drop") clients.drop(command.channel);
      if (command.do === "shutdown") clients.announceShutdown(command.forMs);
      clients.thaw();
      if (command.do === "freeze" && command.forMs !== undefined)
        timers.after(command.forMs + THAW_MARGIN_MS, clients.thaw);
      return typeof commands === "string" ? commands : null;
    },
  };
}

/** A timer may fire slightly before the clock reaches its time. */
const THAW_MARGIN_MS = 5;

/** Calls `then` with the facts of every operation, in the order of the operations, once all are in. */
function collected(
  count: number,
  then: (facts: readonly (readonly VenueFact[])[]) => void,
): (index: number, facts: readonly VenueFact[]) => void {
  const all: (readonly VenueFact[])[] = Array.from({ length: count }, () => []);
  let missing = count;
  if (missing === 0) then(all);
  return (index, facts) => {
    all[index] = facts;
    missing -= 1;
    if (missing === 0) then(all);
  };
}

function ordersToCancel({ markets }: ExchangeState, command: Command): readonly Order[] {
  if (command.type !== "cancel" && command.type !== "cancelAll") return [];
  return [...markets.values()]
    .flatMap((known) => liveOrders(known, command.account))
    .filter(({ id, market }) =>
      command.type === "cancel" ? command.ids.includes(id) : (command.market ?? market) === market,
    );
}

const marketNotReady = ({
  account,
  id,
}: Extract<Command, { type: "place" }>): Extract<VenueFact, { type: "order.refused" }> => {
  const text = "the market is not yet ready to process new orders";
  const why = { reason: "marketNotReady", text, retryAfterMs: null } as const;
  return { type: "order.refused", account, orderId: id, refusal: why };
};
