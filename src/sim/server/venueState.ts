/** The one place where the venue's state changes: every step of the core, and what is told of it. */
import {
  after,
  type Clock,
  type EpochMs,
  epochMs,
  type MarketId,
  type OrderId,
  parseMicroUsdc,
  parsePriceBp,
  type ReferencePrice,
  type Token,
} from "../../types/index.ts";
import { parseAddress } from "../../venue/polymarket/sign/index.ts";
import {
  HEARTBEAT_CHECK_MS,
  type ExchangeStore,
  type Order,
  priceIn,
  orderById,
  type Command,
  type ExchangeState,
  liveOrders,
  runningMarkets,
  type VenueFact,
  withBalancesOf,
} from "../exchange/index.ts";
import {
  type Answer,
  type Candles,
  withPrice,
  type Timers,
  type BookMeta,
  exchangeFor,
  FINE_ABOVE,
  FINE_BELOW,
  FINE_TICK,
} from "./state/index.ts";
import {
  type ClientRequest,
  type ExchangeOp,
  type RequestContext,
  type VenueRules,
  currentWindowOptions,
  withoutLapsedHeartbeats,
  EMPTY_REGISTRY,
  withDelayedOrder,
  withOrderOrigin,
  withoutMarkets,
  routed,
} from "./rest/index.ts";
import {
  CALM,
  type Control,
  controlled,
  type RequestFaults,
  skewsOf,
  admits,
  modeAt,
} from "./control/index.ts";
import { type Frame, stepFrames } from "./channels/index.ts";

export interface VenueState {
  /** The core, whose every step is told. */
  readonly core: ExchangeStore;
  readonly context: () => RequestContext;
  /** Carries a request out; what it takes from the book may have to wait. */
  readonly answer: (
    asked: ClientRequest,
    fate: CarryOutFaults,
    then: (answer: Answer) => void,
  ) => void;
  /** Does what whoever runs the venue asks of it, or says why there is nothing to do it to. */
  readonly control: (command: Control) => string | null;
}

type CarryOutFaults = Pick<
  RequestFaults,
  "balanceAgeMs" | "readAgeMs" | "refusedFrom" | "isFilledFirst"
>;

export interface Public {
  readonly frame: (frame: Frame) => void;
  readonly price: (price: ReferencePrice) => void;
  /** A second of the reference has begun. */
  readonly second: () => void;
  readonly opened: () => void;
}

export function venueState(
  inner: ExchangeStore,
  {
    clock,
    later,
    rules,
    hits,
  }: {
    readonly clock: Clock;
    readonly later: Timers;
    readonly rules: VenueRules;
    /** A taker hits one of these orders. */
    readonly hits: (orders: readonly Order[]) => void;
  },
  hears: Public,
): VenueState {
  let registry = EMPTY_REGISTRY;
  let bookMeta: ReadonlyMap<MarketId, BookMeta> = new Map();
  let candles: Candles = [];
  let conditions = CALM;
  let heartbeatsCheckedAt: EpochMs | null = null;

  const now = () => epochMs(Math.floor(clock.now().epochMs));
  const context = (): RequestContext => {
    const [exchange, at] = [inner.state(), now()];
    const { tellsMs, checksMs } = skewsOf(conditions, at);
    return {
      exchange,
      balances: exchange,
      registry,
      bookMeta,
      candles,
      now: at,
      statedTime: after(at, tellsMs),
      verificationTime: after(at, checksMs),
      rules,
      conditions,
    };
  };

  const tell = (before: ExchangeState, facts: readonly VenueFact[]): void => {
    const reached = inner.state();
    const { policy } = rules;
    const at = now();
    const [next, frames] = stepFrames({
      before,
      after: reached,
      facts,
      bookMeta,
      registry,
      now: at,
      policy,
    });
    bookMeta = next;
    for (const frame of frames) hears.frame(frame);
    for (const fact of facts) {
      if (fact.type === "reference.moved") {
        candles = withPrice(candles, fact.price, at);
        hears.price(fact.price);
        if (reached.seconds.at(-1)?.at !== before.seconds.at(-1)?.at) hears.second();
      } else if (fact.type === "market.opened") {
        registry = withoutMarkets(registry, (id) => reached.markets.has(id));
        hears.opened();
      }
    }
  };

  const apply = (command: Command): readonly VenueFact[] => {
    const before = inner.state();
    const facts = inner.apply(command);
    tell(before, facts);
    for (const market of nearTheEnds(facts)) apply({ type: "changeTick", market, tick: FINE_TICK });
    return facts;
  };

  /** An order that the venue's own balances, which lag, do not cover. */
  const uncovered = (command: Command, balanceAgeMs: number): readonly VenueFact[] =>
    command.type !== "place" || balanceAgeMs === 0
      ? []
      : inner
          .tried(withBalancesOf(inner.state(), inner.stateBefore(balanceAgeMs)), command)
          .filter((fact) => fact.type === "order.refused")
          .filter(({ refusal }) => refusal.reason === "insufficientBalance");

  const isKnown =
    (market: MarketId) =>
    (id: OrderId): boolean => {
      const known = inner.state().markets.get(market);
      return known !== undefined && orderById(known, id) !== undefined;
    };

  /** The note is there before the frames that need it, and gone again if the order is refused. */
  const done = ({ command, origin }: ExchangeOp, balanceAgeMs: number): readonly VenueFact[] => {
    const refused = uncovered(command, balanceAgeMs);
    if (refused.length > 0) return refused;
    const without = registry;
    if (origin && command.type === "place")
      registry = withOrderOrigin(registry, origin, isKnown(origin.market));
    const facts = apply(command);
    if (origin && facts.some(({ type }) => type === "order.refused")) registry = without;
    return facts;
  };

  /** A marketable order waits, and is then looked at anew: its makers may have gone meanwhile. */
  const submitted = (
    operation: ExchangeOp,
    balanceAgeMs: number,
    then: (facts: readonly VenueFact[]) => void,
  ): void => {
    const { command } = operation;
    const { takerDelayMs } = rules.policy;
    if (takerDelayMs === 0 || command.type !== "place" || !wouldTake(command)) {
      then(done(operation, balanceAgeMs));
      return;
    }
    const { account, id, ticket } = command;
    registry = withDelayedOrder(registry, id, { account, ...ticket });
    later.after(takerDelayMs, () => {
      registry = withDelayedOrder(registry, id, null);
      then(done(operation, balanceAgeMs));
    });
  };

  const wouldTake = (command: Extract<Command, { type: "place" }>): boolean =>
    inner.tried(inner.state(), command).some(({ type }) => type === "trade.changed");

  /** The dead men, whose orders go; looked for as seldom as the venue does. */
  const checkHeartbeats = (): void => {
    const at = now();
    if (heartbeatsCheckedAt !== null && at < after(heartbeatsCheckedAt, HEARTBEAT_CHECK_MS)) return;
    heartbeatsCheckedAt = at;
    const [left, dead] = withoutLapsedHeartbeats(registry, at);
    registry = left;
    for (const [account, noted] of dead) {
      const live = [...inner.state().markets.values()].flatMap((one) => liveOrders(one, account));
      const ids = live.map(({ id }) => id).filter((id) => noted.has(id));
      apply({ type: "cancel", account, ids, cause: "heartbeatLapsed" });
    }
  };

  /** The live orders that a cancel is about to end. */
  const reachedBy = (command: Command): readonly Order[] => {
    if (command.type !== "cancel" && command.type !== "cancelAll") return [];
    return [...inner.state().markets.values()]
      .flatMap((known) => liveOrders(known, command.account))
      .filter(({ id, market }) =>
        command.type === "cancel"
          ? command.ids.includes(id)
          : (command.market ?? market) === market,
      );
  };

  const resolve = (winner: Token): string | null => {
    const running = runningMarkets(inner.state());
    for (const { market } of running) apply({ type: "resolve", market: market.id, winner });
    return running.length === 0 ? "no market is open" : null;
  };

  const changeTick = (text: string): string | null => {
    const running = runningMarkets(inner.state());
    const tick = parsePriceBp(text);
    if (running.length === 0 || !tick) return "no market is open";
    for (const { market } of running) apply({ type: "changeTick", market: market.id, tick });
    return null;
  };

  const fund = ({ account, ...given }: Extract<Control, { do: "wallet" }>): string | null => {
    const owner = parseAddress(account, rules.signer.keccak256);
    if (!owner || !inner.state().accounts.has(owner)) return `nobody has signed as ${account}`;
    const cash = parseMicroUsdc(given.cash ?? "");
    const amount = parseMicroUsdc(given.allowance ?? "");
    const spender = exchangeFor(currentWindowOptions(rules, conditions).generation).address;
    apply({
      type: "fund",
      account: owner,
      ...(cash !== null && { cash }),
      ...(amount !== null && { allowance: { spender, amount } }),
    });
    return null;
  };

  return {
    core: {
      ...inner,
      apply: (command) => {
        if (!admits(modeAt(conditions.mode, now()), command)) return [];
        if (command.type === "tick") checkHeartbeats();
        if (command.type !== "place") return apply(command);
        // The others at the venue do not ask what became of their orders.
        submitted({ command }, 0, () => undefined);
        return [];
      },
    },
    context,
    control: (command) => {
      conditions = controlled(conditions, command, now());
      if (command.do === "mode" && command.wipes)
        for (const account of inner.state().accounts.keys())
          apply({ type: "cancelAll", account, market: null });
      if (command.do === "tick") return changeTick(command.tick);
      if (command.do === "resolve") return resolve(command.winner);
      return command.do === "wallet" ? fund(command) : null;
    },
    answer: (asked, { balanceAgeMs, readAgeMs, refusedFrom, isFilledFirst }, then) => {
      const act = routed(asked, {
        ...context(),
        balances: inner.stateBefore(balanceAgeMs),
        ...(readAgeMs > 0 && { exchange: inner.stateBefore(readAgeMs) }),
      });
      registry = act.registry;
      const facts: (readonly VenueFact[])[] = act.operations.map(() => []);
      let left = act.operations.length;
      if (left === 0) then(act.answer(facts));
      for (const [index, operation] of act.operations.entries()) {
        const ended = (its: readonly VenueFact[]): void => {
          facts[index] = its;
          left -= 1;
          if (left === 0) then(act.answer(facts));
        };
        if (isFilledFirst) hits(reachedBy(operation.command));
        if (refusedFrom === index % 2 && operation.command.type === "place")
          ended([refusal(operation.command)]);
        else submitted(operation, balanceAgeMs, ended);
      }
    },
  };
}

const refusal = ({
  account,
  id,
}: Extract<Command, { type: "place" }>): Extract<VenueFact, { type: "order.refused" }> => {
  const text = "the market is not yet ready to process new orders";
  const why = { reason: "marketNotReady", text, retryAfterMs: null } as const;
  return { type: "order.refused", account, orderId: id, refusal: why };
};

/** Markets in which a trade came so near to an end that they go on with the finer tick. */
const nearTheEnds = (facts: readonly VenueFact[]): readonly MarketId[] =>
  facts
    .filter((fact) => fact.type === "trade.changed")
    .map(({ trade }) => trade)
    .filter(({ status, legs }) => {
      const taker = legs[0]?.fill;
      const yes = taker && priceIn(taker.token, taker.price);
      return status === "matched" && yes !== undefined && (yes > FINE_ABOVE || yes < FINE_BELOW);
    })
    .map(({ market }) => market);
