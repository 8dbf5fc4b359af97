/**
 * Holds the venue's state, and is the one place that changes it: commands go to the exchange, the facts
 * of each step are folded into the state, and the clients are sent the frames.
 */
import { type MarketId, type OrderId } from "../../types/index.ts";
import {
  type Command,
  type ExchangeState,
  type ExchangeStore,
  liveOrders,
  type Order,
  orderById,
  priceIn,
  type VenueFact,
  withBalancesOf,
} from "../exchange/index.ts";
import {
  type Answer,
  FINE_ABOVE,
  FINE_BELOW,
  FINE_TICK,
  newTrades,
  type Timers,
} from "./state/index.ts";
import { admits, type Control, controlled, modeAt, type RequestFaults } from "./control/index.ts";
import {
  type ClientRequest,
  type ExchangeOp,
  type RequestContext,
  routed,
  type VenueRules,
  withDelayedOrder,
  withOrderOrigin,
} from "./rest/index.ts";
import { type Clients, stepFrames } from "./channels/index.ts";
import { exchangeCommands } from "./controlCommands.ts";
import {
  INITIAL_VENUE_STATE,
  type VenueState,
  withFacts,
  withHeartbeatsChecked,
  withRegistry,
} from "./venueState.ts";

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
  "balanceAgeMs" | "readAgeMs" | "refusedFrom"
> {
  /** Called with the orders of each cancel before they are cancelled; null calls nobody. */
  readonly beforeCancel: ((orders: readonly Order[]) => void) | null;
}

export interface StateHolder {
  readonly state: () => VenueState;
  readonly update: (change: (state: VenueState) => VenueState) => void;
}

export function createStateHolder(): StateHolder {
  let state = INITIAL_VENUE_STATE;
  return {
    state: () => state,
    update: (change) => {
      state = change(state);
    },
  };
}

export function createVenue({
  holder: { state, update },
  store,
  context,
  clients,
  timers,
  rules,
}: {
  readonly holder: StateHolder;
  readonly store: ExchangeStore;
  readonly context: () => RequestContext;
  readonly clients: Clients;
  readonly timers: Timers;
  readonly rules: VenueRules;
}): Venue {
  const broadcast = (before: ExchangeState, facts: readonly VenueFact[]): void => {
    const { exchange, registry, bookMeta, candles, now } = context();
    const { policy } = rules;
    const step = { before, after: exchange, facts, bookMeta, registry, now, policy };
    for (const frame of stepFrames(step)) clients.broadcast(frame);
    for (const fact of facts) {
      if (fact.type !== "reference.moved") continue;
      const updates = state().referenceMoves;
      clients.broadcastReference({ price: fact.price, now, updates, candles });
      if (exchange.seconds.at(-1)?.at !== before.seconds.at(-1)?.at) clients.broadcastPrices();
    }
  };

  const apply = (command: Command): readonly VenueFact[] => {
    const before = store.state();
    const facts = store.apply(command);
    const { exchange, now } = context();
    update((known) => withFacts(known, exchange, facts, now));
    broadcast(before, facts);
    for (const market of nearTheEnds(facts)) apply({ type: "changeTick", market, tick: FINE_TICK });
    return facts;
  };

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
  const submit = (
    operation: ExchangeOp,
    balanceAgeMs: number,
    then: (facts: readonly VenueFact[]) => void,
  ): void => {
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

  const checkHeartbeats = (): void => {
    const { exchange, now } = context();
    const [next, cancels] = withHeartbeatsChecked(state(), exchange, now);
    update(() => next);
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
    answer: (request, { balanceAgeMs, readAgeMs, refusedFrom, beforeCancel }, then) => {
      const outcome = routed(request, {
        ...context(),
        balances: store.stateBefore(balanceAgeMs),
        ...(readAgeMs > 0 && { exchange: store.stateBefore(readAgeMs) }),
      });
      update((known) => withRegistry(known, outcome.registry));
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
      update((known) => ({ ...known, conditions: controlled(known.conditions, command, now) }));
      const commands = exchangeCommands(command, context());
      if (typeof commands !== "string") for (const one of commands) apply(one);
      if (command.do === "drop") clients.drop(command.channel);
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

/** Markets with a new trade so near an end of the price range that they go on with the finer tick. */
const nearTheEnds = (facts: readonly VenueFact[]): readonly MarketId[] =>
  newTrades(facts)
    .filter(({ legs }) => {
      const taker = legs[0]?.fill;
      const yes = taker && priceIn(taker.token, taker.price);
      return yes !== undefined && (yes > FINE_ABOVE || yes < FINE_BELOW);
    })
    .map(({ market }) => market);
