/**
 * Short ways to say what a market is, what happens in it, and what the executor asks for. Orders
 * are named by what one would say of them, "SELL YES 10 @ 0.55", so that a test reads as a day.
 */
import {
  type ExecutorConfig,
  type ExecutorState,
  type History,
  type Reduce,
  type ExecutorStep,
  initialState,
  nextDeadline,
  reducer,
  resumed,
} from "../../src/executor/index.ts";
import { cancelAllUnderWay } from "../../src/executor/stop.ts";
import { findOrder } from "../../src/executor/workingOrders.ts";
import {
  type Log,
  type CancelAnswer,
  type Effect,
  type Event,
  FEEDS,
  type FeedName,
  type Fill,
  type Holding,
  type InputTimes,
  type Instant,
  type Intent,
  type Inventory,
  MICRO,
  type Market,
  type MarketLimits,
  type MarketRules,
  type MicroShares,
  type MicroUsdc,
  NO_SHARES,
  NO_USDC,
  type NotSentCause,
  type OperatorCommand,
  type OrderId,
  type OrderPhase,
  type OrderReport,
  type OrderTicket,
  type PlaceLeg,
  type PlannedOrder,
  type PriceBp,
  type QuoteLeg,
  type RefusalReason,
  type Stamped,
  type Survey,
  type Token,
  type TradeReport,
  type TradeStatus,
  type VenueOrderStatus,
  type WorkingOrder,
  after,
  epochMs,
  formatMicro,
  formatPriceBp,
  marketId,
  microShares,
  microUsdc,
  monotonicMs,
  orderId,
  priceBp,
  referencePrice,
  tokenId,
  tradeId,
} from "../../src/types/index.ts";

/** Sequences per law; TANDEM_RUNS asks for more, or fewer. */
export const RUNS = Number(process.env["TANDEM_RUNS"] ?? 1_000);

/** The life of an intent that need not be renewed. */
export const FOREVER = monotonicMs(Number.MAX_SAFE_INTEGER);

export const shares = (count: number): MicroShares => microShares(Math.round(count * MICRO));
export const dollars = (count: number): MicroUsdc => microUsdc(Math.round(count * MICRO));
export const cents = (count: number): PriceBp => priceBp(Math.round(count * 100));
export const quote = (count: number, priceCents: number): QuoteLeg => ({
  size: shares(count),
  price: cents(priceCents),
});

/** When every bench opens, on the two clocks; they have nothing to do with each other. */
const OPENING: Instant = {
  epochMs: epochMs(1_760_000_000_000),
  monotonicMs: monotonicMs(5_000),
};

/** So many milliseconds after the opening. */
export const instant = (elapsedMs: number): Instant => ({
  epochMs: after(OPENING.epochMs, elapsedMs),
  monotonicMs: after(OPENING.monotonicMs, elapsedMs),
});

export const rules = (changed: Partial<MarketRules> = {}): MarketRules => ({
  tick: cents(1),
  orderSizeMin: shares(5),
  lot: shares(0.01),
  notionalMin: NO_USDC,
  ...changed,
});

/** An hour of a market that opened with the bench. */
export const market = (changed: Partial<Market> = {}): Market => ({
  id: marketId("market"),
  slug: "btc-up-or-down",
  tokenIds: { YES: tokenId("yes"), NO: tokenId("no") },
  opensAt: OPENING.epochMs,
  endsAt: after(OPENING.epochMs, 3_600_000),
  strike: referencePrice(60_000_000_000),
  settledBy: "twap60",
  rules: rules(),
  ...changed,
});

/** A plan is carried out as it is: what a test is about is not held up. */
const HELD_NOT_AT_ALL = {
  topUpsMax: 0,
  holdBehindTicks: 0,
  holdBehindMs: 0,
  holdAheadTicks: 0,
  holdAheadMs: 0,
  holdSizePercent: 0,
  holdComplement: false,
} as const satisfies Partial<ExecutorConfig>;

/** Bands as in the program. */
export const HOLDING = {
  topUpsMax: 2,
  holdBehindTicks: 2,
  holdBehindMs: 2_000,
  holdAheadTicks: 1,
  holdAheadMs: 250,
  holdSizePercent: 25,
  holdComplement: true,
} as const satisfies Partial<ExecutorConfig>;

export const config = (changed: Partial<ExecutorConfig> = {}): ExecutorConfig => ({
  minSizePolicy: "passiveFirst",
  topUp: shares(10),
  ...HELD_NOT_AT_ALL,
  netMax: shares(200),
  grossMax: shares(1_000),
  budget: dollars(500),
  orderLifeMs: 180_000,
  placeDeadlineMs: 3_000,
  lateBookingMs: 5_000,
  surveyGapMs: 2_000,
  cooldownMs: 3_000,
  cautionMs: 5_000,
  cutoffMs: 5_000,
  flattenSlippage: cents(5),
  canary: false,
  ...changed,
});

const EMPTY_BOOK: Intent["touch"] = {
  YES: { bid: null, ask: null },
  NO: { bid: null, ask: null },
};

/** An intent without legs, on an empty book, that lives for six seconds. */
export function intent(target: Partial<Intent> = {}, at: Instant = OPENING): Intent {
  return {
    seq: 1,
    mode: "normal",
    bid: null,
    ask: null,
    reason: "quoting",
    fairBp: 5000,
    touch: EMPTY_BOOK,
    inventoryStep: 0,
    inputsAt: at.monotonicMs,
    triggeredAt: at.monotonicMs,
    publishedAt: at.monotonicMs,
    expiresAt: after(at.monotonicMs, 6_000),
    ...target,
  };
}

/** In shares, and dollars. */
export interface Stock {
  readonly YES?: number;
  readonly NO?: number;
  readonly cash?: number;
}

export const inventory = ({ YES = 0, NO = 0, cash = 0 }: Stock = {}): Inventory => ({
  YES: { settled: shares(YES), pendingIn: NO_SHARES, pendingOut: NO_SHARES },
  NO: { settled: shares(NO), pendingIn: NO_SHARES, pendingOut: NO_SHARES },
  cash: { settled: dollars(cash), pendingIn: NO_USDC, pendingOut: NO_USDC },
});

/** A holding in shares, as one would say it. */
export const held = ({
  settled,
  pendingIn,
  pendingOut,
}: Holding): Readonly<Record<keyof Holding, number>> => ({
  settled: settled / MICRO,
  pendingIn: pendingIn / MICRO,
  pendingOut: pendingOut / MICRO,
});

type Told = Pick<PlannedOrder, "side" | "token" | "size" | "price">;

export const told = ({ side, token, size, price }: Told): string =>
  `${side} ${token} ${formatMicro(size)} @ ${formatPriceBp(price)}`;

/** "SELL YES 10 @ 0.55" as a planned order: which slot and kind it is follows from the words. */
export function planned(text: string): PlannedOrder {
  const [side, token, size, , price] = text.split(" ");
  if ((side !== "BUY" && side !== "SELL") || (token !== "YES" && token !== "NO")) {
    throw new Error(`not an order: ${text}`);
  }
  const isBid = (side === "BUY") === (token === "YES");
  const bought = isBid ? "openBuy" : "complementBuy";
  return {
    slot: isBid ? "bid" : "ask",
    kind: side === "SELL" ? "reduceSell" : bought,
    token,
    side,
    price: cents(Number(price) * 100),
    size: shares(Number(size)),
  };
}

/** An order that rests since the opening, good till cancelled, unless said otherwise. */
export function working(text: string, changed: Partial<WorkingOrder> = {}): WorkingOrder {
  return {
    ...planned(text),
    id: orderId(text),
    venueId: null,
    phase: "resting",
    phaseSince: OPENING.monotonicMs,
    placedAt: OPENING.monotonicMs,
    expiresAt: null,
    matched: NO_SHARES,
    venueCount: null,
    finalMatched: null,
    closedByAbsence: false,
    cancelFailures: 0,
    cancelRetryAt: null,
    answerableUntil: null,
    seenAt: OPENING.monotonicMs,
    absentSince: null,
    offPrice: null,
    ...changed,
  };
}

/** Ids that say what the order is; the salt keeps two alike apart. */
const orderIdOf = ({ side, tokenId: token, size, price, salt }: OrderTicket): OrderId =>
  orderId(`${told({ side, token: token === "yes" ? "YES" : "NO", size, price })} #${salt}`);

export const IDENTITY = { nonce: "a session", orderId: orderIdOf };

/** Nothing below can be changed any more; what is frozen already is frozen all the way down. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

/** `reduce`, handed a state and an event that nobody can change. */
export function frozenReduce(
  executorConfig: ExecutorConfig = config(),
  identity: typeof IDENTITY = IDENTITY,
): Reduce {
  const reduce = reducer(executorConfig, identity);
  return (state, input): ExecutorStep => reduce(deepFreeze(state), deepFreeze(input));
}

/** What one survey shows: by default what we believe to rest, and nothing else. */
export interface SurveyAnswer {
  /** Orders listed as open. */
  readonly open?: readonly string[];
  /** Orders listed as matched, with so many shares. */
  readonly listedMatched?: Readonly<Record<string, number>>;
  /** Orders that were asked for by id: over, with so many shares matched. */
  readonly over?: Readonly<Record<string, number>>;
  readonly trades?: readonly TradeReport[];
  /** What is not given is what we believe; at first, nothing. */
  readonly balances?: Stock;
  /** Orders on the account that are not ours. */
  readonly foreign?: readonly string[];
}

/** What a session begins with where nobody has halted anything. */
export const UNHALTED = { level: "normal", reason: "", accountEpoch: 0 } as const;

/**
 * The executor with a hand on the clock. Order names mean the latest order that is called so; a
 * intent has seen everything that was heard before it.
 */
export interface Bench {
  readonly state: () => ExecutorState;
  /** What is on the disk by now. */
  readonly history: () => History;
  readonly now: () => Instant;
  readonly hears: (event: Event) => readonly Effect[];
  /**
   * The time passes as in the app: a tick at every deadline, and every 250 ms at least. Where an
   * answer is given, every survey meanwhile is answered with that, at the next tick.
   */
  readonly waits: (durationMs: number, answer?: SurveyAnswer) => void;
  /** What was asked for since this was last asked, in words. */
  readonly asked: () => readonly string[];
  /** The same, without the surveys. */
  readonly sent: () => readonly string[];
  /** All of it, each with the milliseconds since this was last asked. */
  readonly diary: () => readonly string[];
  readonly effects: () => readonly Effect[];
  readonly legs: () => readonly PlaceLeg[];
  readonly id: (order: string) => OrderId;
  readonly order: (order: string) => WorkingOrder;
  /** Every order that is not settled, and its phase. */
  readonly phases: () => Readonly<Record<string, OrderPhase>>;

  readonly intends: (target: Partial<Intent>) => void;
  readonly commands: (command: OperatorCommand, accountEpoch?: number) => void;
  readonly loses: (feed: FeedName) => void;
  readonly restores: (feed: FeedName) => void;
  /** Every tick from now on brings these: when each input was last seen, by default just now. */
  readonly sees: (times?: Partial<InputTimes>) => void;

  readonly acks: (...orders: readonly string[]) => void;
  readonly rejects: (order: string, reason?: RefusalReason, retryAfterMs?: number) => void;
  readonly doesNotSend: (order: string, cause?: NotSentCause, retryAfterMs?: number) => void;
  readonly hearsNothingOf: (order: string, cause?: "deadline" | "stopped" | "lost") => void;
  readonly answersLate: (order: string) => void;
  readonly cancels: (...orders: readonly string[]) => void;
  readonly refusesCancel: (order: string, isGone: boolean) => void;
  readonly losesCancel: (order: string) => void;
  readonly answersCancelAll: (answer: CancelAnswer | readonly string[]) => void;
  readonly reports: (order: string, status: VenueOrderStatus, matched?: number) => void;
  readonly matches: (order: string, count: number, trade?: string, status?: TradeStatus) => void;
  readonly answersSurvey: (answer?: SurveyAnswer) => void;
  readonly failsSurvey: () => void;
}

export interface BenchOptions {
  readonly market?: Market;
  readonly config?: ExecutorConfig;
  readonly operator?: Parameters<typeof initialState>[2];
  readonly limits?: MarketLimits;
  /** What a session before has left on the disk. */
  readonly history?: History;
  readonly nonce?: string;
}

/** A market of which nothing is known yet: no feed, no heartbeat, no survey. */
export function bench(options: BenchOptions = {}): Bench {
  const executorConfig = options.config ?? config();
  const identity = options.nonce === undefined ? IDENTITY : { ...IDENTITY, nonce: options.nonce };
  const reduce = frozenReduce(executorConfig, identity);
  const sessions: Record<FeedName, number> = { market: 0, user: 0, reference: 0, settlement: 0 };
  const names = new Map<string, OrderId>();
  const tickets = new Map<OrderId, Told>();
  const all: Effect[] = [];
  let unread: { readonly atMs: number; readonly words: string }[] = [];
  let readMs = 0;
  let elapsedMs = 0;
  const opened = initialState(
    options.market ?? market(),
    OPENING,
    options.operator ?? UNHALTED,
    options.limits,
  );
  const initial =
    options.history === undefined ? opened : resumed(opened, options.history, executorConfig);
  const steps: { stamped: Stamped; effects: readonly Effect[] }[] = [];
  let state = initial;
  let intents = 0;
  let inputs: InputTimes | null = null;
  for (const order of [...initial.closed, ...Object.values(initial.working)]) {
    names.set(told(order), order.id);
    tickets.set(order.id, order);
  }

  const now = (): Instant => instant(elapsedMs);

  const hears = (event: Event): readonly Effect[] => {
    const input: Stamped = { seq: state.step + 1, at: now(), event };
    const [next, effects] = reduce(state, input);
    state = next;
    steps.push({ stamped: input, effects });
    all.push(...effects);
    for (const { orderId: id } of effects.flatMap(legsOf)) {
      const placed = state.working[id];
      if (!placed) continue;
      names.set(told(placed), id);
      tickets.set(id, placed);
    }
    unread.push(...effects.flatMap(inWords).map((words) => ({ atMs: elapsedMs, words })));
    return effects;
  };

  const read = (): typeof unread => {
    const since = unread.map(({ atMs, words }) => ({ atMs: atMs - readMs, words }));
    unread = [];
    readMs = elapsedMs;
    return since;
  };

  const id = (order: string): OrderId => {
    const found = names.get(order);
    if (found === undefined) throw new Error(`no order was ever placed as: ${order}`);
    return found;
  };

  const order = (name: string): WorkingOrder => {
    const found = findOrder(state, id(name));
    if (!found) throw new Error(`the executor has forgotten: ${name}`);
    return found;
  };

  const inWords = (effect: Effect): readonly string[] => {
    switch (effect.type) {
      case "place":
        return effect.legs.map((leg) => `place ${nameOf(leg.orderId)}`);
      case "cancel":
        return effect.orderIds.map((cancelled) => `cancel ${nameOf(cancelled)}`);
      case "cancelAll":
        return ["cancel all"];
      case "survey":
        return ["survey"];
      case "alert":
        return [`alert: ${effect.text}`];
    }
  };

  const nameOf = (of: OrderId): string => {
    const ticket = tickets.get(of);
    return ticket ? told(ticket) : of;
  };

  const report = (name: string, status: VenueOrderStatus, matched: number): OrderReport => {
    const { token, side, price, size } = order(name);
    return { orderId: id(name), token, side, price, size, sizeMatched: shares(matched), status };
  };

  const believed = <Kind extends keyof Inventory>(kind: Kind): Inventory[Kind]["settled"] =>
    state.inventory[kind].settled;

  const answersSurvey = ({
    open,
    listedMatched = {},
    over = {},
    trades = [],
    balances = {},
    foreign = [],
  }: SurveyAnswer = {}): void => {
    const { pending } = state.survey;
    if (pending === null) throw new Error("no survey is under way");
    const resting = Object.values(state.working).filter(({ phase }) => phase === "resting");
    const listed = open ?? resting.map(told);
    const survey: Survey = {
      openOrders: [
        ...listed.map((name) => report(name, "live", 0)),
        ...Object.entries(listedMatched).map(([name, count]) => report(name, "matched", count)),
        ...foreign.map((name): OrderReport => ({
          ...planned(name),
          orderId: orderId(`foreign ${name}`),
          sizeMatched: NO_SHARES,
          status: "live",
        })),
      ],
      byId: Object.entries(over).map(([name, matched]) => report(name, "cancelled", matched)),
      balances: {
        cash: balances.cash === undefined ? believed("cash") : dollars(balances.cash),
        YES: balances.YES === undefined ? believed("YES") : shares(balances.YES),
        NO: balances.NO === undefined ? believed("NO") : shares(balances.NO),
      },
      trades,
    };
    hears({ type: "survey.answered", requestId: pending.requestId, survey });
  };

  const waits = (durationMs: number, answer?: SurveyAnswer): void => {
    const until = elapsedMs + durationMs;
    while (elapsedMs < until) {
      const isAwaited = state.survey.pending !== null;
      const due = nextDeadline(state, executorConfig);
      const dueMs = due === null ? Infinity : Math.ceil(due - OPENING.monotonicMs);
      elapsedMs = Math.min(until, Math.max(dueMs, elapsedMs + 1), elapsedMs + 250);
      if (answer && isAwaited) answersSurvey(answer);
      hears({ type: "clock.ticked", ...(inputs && { seen: inputs }) });
    }
  };

  return {
    state: () => state,
    history: () => ({ state: initial, steps: [...steps] }),
    now,
    hears,
    waits,
    asked: () => read().map(({ words }) => words),
    sent: () =>
      read()
        .map(({ words }) => words)
        .filter((words) => words !== "survey"),
    diary: () => read().map(({ atMs, words }) => `${atMs} ${words}`),
    effects: () => all,
    legs: () => all.flatMap(legsOf),
    id,
    order,
    phases: () =>
      Object.fromEntries(Object.values(state.working).map((each) => [told(each), each.phase])),

    intends: (target) => {
      intents += 1;
      const seen = { seq: intents, inventoryStep: state.inventoryStep };
      hears({ type: "intent.published", intent: intent({ ...seen, ...target }, now()) });
    },
    commands: (command, accountEpoch = state.epoch.account + 1) => {
      hears({ type: "operator.commanded", command, reason: "said so", accountEpoch });
    },
    loses: (feed) => {
      hears({ type: "feed.lost", feed, session: sessions[feed], cause: "the line is dead" });
    },
    sees: (times) => {
      const at = now().monotonicMs;
      inputs = { reference: at, settlement: at, YES: at, NO: at, ...times };
    },
    restores: (feed) => {
      sessions[feed] += 1;
      hears({ type: "feed.restored", feed, session: sessions[feed] });
    },

    acks: (...orders) => {
      for (const name of orders) {
        hears({ type: "order.acked", orderId: id(name), venueId: id(name) });
      }
    },
    rejects: (name, reason = "unclassified", retryAfterMs) => {
      const refusal = { reason, text: "no", retryAfterMs: retryAfterMs ?? null };
      hears({ type: "order.rejected", orderId: id(name), refusal });
    },
    doesNotSend: (name, cause = "reserve", retryAfterMs) => {
      const answer = { type: "notSent", cause, retryAfterMs: retryAfterMs ?? null } as const;
      hears({ type: "order.notSent", orderId: id(name), answer });
    },
    hearsNothingOf: (name, cause = "deadline") => {
      hears({ type: "order.unknown", orderId: id(name), cause });
    },
    answersLate: (name) => {
      const answer = { type: "acked", orderId: id(name) } as const;
      hears({ type: "order.answeredLate", orderId: id(name), answer });
    },
    cancels: (...orders) => {
      for (const name of orders) hears({ type: "cancel.acked", orderId: id(name) });
    },
    refusesCancel: (name, isGone) => {
      hears({ type: "cancel.refused", orderId: id(name), isGone });
    },
    losesCancel: (name) => {
      hears({ type: "cancel.unknown", orderId: id(name) });
    },
    answersCancelAll: (answer) => {
      const pending = cancelAllUnderWay(state);
      if (pending === null) throw new Error("no cancel-all is under way");
      hears({
        type: "cancelAll.answered",
        requestId: pending.requestId,
        answer:
          "type" in answer ? answer : { type: "answered", cancelled: answer.map(id), refused: [] },
      });
    },
    reports: (name, status, matched = 0) => {
      hears({ type: "order.reported", report: report(name, status, matched) });
    },
    matches: (name, count, trade = `trade of ${name}`, status = "matched") => {
      const part = fill(order(name), count);
      hears({ type: "trade.reported", report: tradeReport(trade, status, [part], now()) });
    },
    answersSurvey,
    failsSurvey: () => {
      const { pending } = state.survey;
      if (pending === null) throw new Error("no survey is under way");
      hears({ type: "survey.failed", requestId: pending.requestId, detail: "no answer" });
    },
  };
}

/** A bench on which quoting has begun: all feeds up, the heart beats, this is what we own. */
export function trading(stock: Stock = {}, options: BenchOptions = {}): Bench {
  const day = bench(options);
  for (const feed of FEEDS) day.restores(feed);
  day.hears({ type: "heartbeat.beaten" });
  day.answersSurvey({ balances: { cash: 500, ...stock } });
  // Surveys have a minimum distance; from here on one may be asked for at any time.
  day.waits(1_000);
  day.asked();
  return day;
}

/** A part of an order that found its other side, at the order's own price. */
export function fill(of: WorkingOrder, count: number, changed: Partial<Fill> = {}): Fill {
  return {
    orderId: of.id,
    token: of.token,
    side: of.side,
    price: of.price,
    size: shares(count),
    fee: NO_USDC,
    ...changed,
  };
}

export const tradeReport = (
  id: string,
  status: TradeStatus,
  fills: readonly Fill[],
  at: Instant = OPENING,
): TradeReport => ({ id: tradeId(id), status, matchedAt: at.epochMs, fills });

/** A fill of an order we may know nothing about. */
export const strangeFill = (id: string, order: string, token: Token): Fill => ({
  orderId: orderId(id),
  token,
  side: planned(order).side,
  price: planned(order).price,
  size: planned(order).size,
  fee: NO_USDC,
});

const legsOf = (effect: Effect): readonly PlaceLeg[] =>
  effect.type === "place" ? effect.legs : [];

const silent = (): void => undefined;

/** Writes nothing, and says so: no line is composed for it. */
export const SILENT_LOG: Log = {
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  writes: () => false,
};
