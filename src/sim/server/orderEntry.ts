/** How an order reaches the exchange: its origin noted, its balances checked, the taker's delay kept. */
import type { MarketId, OrderId } from "../../types/index.ts";
import { type Command, orderById, type VenueFact, withBalancesOf } from "../exchange/index.ts";
import type { Timers } from "./state/index.ts";
import { type ExchangeOp, withDelayedOrder, withOrderOrigin } from "./rest/index.ts";
import type { VenueParts } from "./exchangeSteps.ts";
import { withRegistry } from "./venueState.ts";

/** `then` is called once: at once, or after the taker's delay. */
type Submit = (
  operation: ExchangeOp,
  balanceAgeMs: number,
  then: (facts: readonly VenueFact[]) => void,
) => void;

export function orderEntry(
  { holder: { state, update }, store, rules }: Pick<VenueParts, "holder" | "store" | "rules">,
  apply: (command: Command) => readonly VenueFact[],
  timers: Timers,
): Submit {
  /** The refusal of an order that balances of so long ago do not cover. */
  const refusalByOldBalances = (command: Command, balanceAgeMs: number): readonly VenueFact[] =>
    command.type !== "place" || balanceAgeMs === 0
      ? []
      : store
          .tried(withBalancesOf(store.state(), store.stateBefore(balanceAgeMs)), command)
          .filter((fact) => fact.type === "order.refused")
          .filter(({ refusal }) => refusal.reason === "insufficientBalance");

  const isKnown =
    (market: MarketId) =>
    (id: OrderId): boolean => {
      const known = store.state().markets.get(market);
      return known !== undefined && orderById(known, id) !== undefined;
    };

  const execute = ({ command, origin }: ExchangeOp, balanceAgeMs: number): readonly VenueFact[] => {
    const refusals = refusalByOldBalances(command, balanceAgeMs);
    if (refusals.length > 0) return refusals;
    if (!origin) return apply(command);
    const { registry } = state();
    // The frames of the step name the order's origin, so it must be known before the step.
    update((known) =>
      withRegistry(known, withOrderOrigin(registry, origin, isKnown(origin.market))),
    );
    const facts = apply(command);
    if (facts.some(({ type }) => type === "order.refused"))
      update((known) => withRegistry(known, registry));
    return facts;
  };

  const wouldTake = (command: Extract<Command, { type: "place" }>): boolean =>
    store.tried(store.state(), command).some(({ type }) => type === "trade.changed");

  /** A marketable order waits for the taker's delay, and meets the book as it is after that. */
  return (operation, balanceAgeMs, then) => {
    const { command } = operation;
    const { takerDelayMs } = rules.policy;
    if (takerDelayMs === 0 || command.type !== "place" || !wouldTake(command)) {
      then(execute(operation, balanceAgeMs));
      return;
    }
    const { account, id, ticket } = command;
    const order = { account, ...ticket };
    update((known) => withRegistry(known, withDelayedOrder(known.registry, id, order)));
    timers.after(takerDelayMs, () => {
      update((known) => withRegistry(known, withDelayedOrder(known.registry, id, null)));
      then(execute(operation, balanceAgeMs));
    });
  };
}
