/** Which lines the log has for an output: pure functions of it and of what the log has read before. */
import {
  type ExecutorConfig,
  type ExecutorState,
  type FailureSource,
  type Transition,
  explain,
  inputAges,
  isPossiblyLive,
  workingOrders,
} from "../executor/index.ts";
import type { Receipt } from "../gateway/index.ts";
import {
  DOLLAR_BP,
  type Effect,
  type Event,
  type Facts,
  type Fill,
  type Intent,
  type Log,
  MICRO,
  type MarketId,
  type OrderId,
  type PriceBp,
  type ReferencePrice,
  SLOTS,
  type Slot,
  type Token,
  effective,
  formatMicro,
  microShares,
  own,
} from "../types/index.ts";
import type { Quantiles } from "./loadFigures.ts";
import type { AppOutput, ReferenceDoubts } from "./output.ts";
import { type Summary, isKnownEmpty } from "./summary.ts";

export interface LogLine {
  readonly level: keyof Log;
  readonly facts: Facts;
  readonly text: string;
}

/** What the log has read so far, as far as later lines need it. */
export interface LogMemory {
  /** Of the markets that are traded. */
  readonly states: ReadonlyMap<MarketId, ExecutorState>;
  /** The last one that is believed; null while the reference feed is lost. */
  readonly referencePrice: ReferencePrice | null;
  readonly doubts: ReferenceDoubts;
}

export const EMPTY_MEMORY: LogMemory = {
  states: new Map(),
  referencePrice: null,
  doubts: { isHeld: false, holds: 0, dropped: 0 },
};

export interface LineContext {
  readonly executor: ExecutorConfig;
  readonly summary: () => Summary;
}

/** What the log remembers once it has read `output`. */
export function remembered(memory: LogMemory, output: AppOutput): LogMemory {
  switch (output.type) {
    case "transition.made":
      return {
        ...memory,
        states: new Map(memory.states).set(output.market, output.transition.state),
      };
    case "market.left": {
      const states = new Map(memory.states);
      states.delete(output.market);
      return { ...memory, states };
    }
    case "reference.updated":
      return { ...memory, referencePrice: output.believed, doubts: output.doubts };
    default:
      return memory;
  }
}

/** The lines of one output; `before` is what was remembered ahead of it. */
export function linesOf(
  output: AppOutput,
  before: LogMemory,
  { executor, summary }: LineContext,
): readonly LogLine[] {
  switch (output.type) {
    case "market.opened": {
      const { slug, strike } = output.market;
      return [info("market opened", { market: slug, strike: formatReference(strike) })];
    }
    case "transition.made":
      return transitionLines(output.transition, before.states.get(output.market), executor);
    case "receipt.received":
      return receiptLines(output.receipt, before.states.get(output.market));
    case "market.left": {
      const state = before.states.get(output.market);
      if (!state) return [];
      return [info("market left", { market: state.market.slug }), ...mayRestLines(state)];
    }
    case "killSwitch.tripped":
      return [error("kill switch: cancelling everything", { cause: String(output.cause) })];
    case "killSwitch.verified":
      return [warn("kill switch: the venue shows no order of ours", {})];
    case "status.due":
      return [...before.states.values()].map((state) =>
        statusLine(state, before.referencePrice, summary()),
      );
    case "run.abandoned":
      return lastLines(before);
    case "reference.updated":
      return doubtLines(output, before.doubts);
    case "source.failed": {
      const { cause, tries } = output;
      return output.source === "discovery"
        ? [info("market not traded yet", { reason: cause, tries })]
        : [warn("venue clock not read", { cause, tries })];
    }
    case "source.restored":
    case "run.started":
    case "history.unread":
    case "load.measured":
    case "intent.published":
    case "wave.sent":
    case "operator.commanded":
    case "shutdown.begun":
    case "failure.reported":
      return [];
  }
}

/** After the last output: what may rest in the markets that were not left. */
export const lastLines = ({ states }: LogMemory): readonly LogLine[] =>
  [...states.values()].flatMap(mayRestLines);

/** The first, tenth, hundredth … jump of the reference that was held, and what became of it. */
function doubtLines(
  { event, believed, doubts }: Extract<AppOutput, { type: "reference.updated" }>,
  before: ReferenceDoubts,
): readonly LogLine[] {
  const { isHeld, holds, dropped } = doubts;
  if (!/^10*$/.test(String(holds))) return [];
  const price = believed === null ? "none" : formatReference(believed);
  if (holds > before.holds && event.type === "item") {
    const held = formatReference(event.item.price);
    return [warn("reference price held", { held, believed: price, count: holds })];
  }
  if (isHeld || !before.isHeld) return [];
  return dropped > before.dropped
    ? [info("held reference price dropped", { believed: price, dropped })]
    : [info("held reference price believed", { believed: price })];
}

function transitionLines(
  transition: Transition,
  before: ExecutorState | undefined,
  config: ExecutorConfig,
): readonly LogLine[] {
  const { input, state, effects } = transition;
  return [
    ...eventLines(input.event, state, before),
    ...effects.flatMap((effect) => effectLines(effect, state)),
    ...failureLines(state, before),
    ...canaryLines(state, before),
    ...lastingLines(state, before),
    ...quotingLines(transition, before, config),
  ];
}

function eventLines(
  event: Event,
  state: ExecutorState,
  before: ExecutorState | undefined,
): readonly LogLine[] {
  const market = state.market.slug;
  switch (event.type) {
    case "intent.published": {
      const { mode, reason } = event.intent;
      const isSameMode = before?.intent?.mode === mode;
      const facts = { market, mode, reason, ...quoteFacts(event.intent) };
      return [(isSameMode ? debug : info)("intent", facts)];
    }
    case "trade.reported": {
      // What was known already is no fill.
      if (before?.trades === state.trades) return [];
      const { id, status, fills } = event.report;
      return fills.map((fill) =>
        info("fill", { market, status, ...fillFacts(fill), tradeId: shortId(id) }),
      );
    }
    case "feed.lost":
      return [warn(`${event.feed} feed lost`, { market, cause: event.cause })];
    case "feed.restored":
      return [info(`${event.feed} feed restored`, { market, session: event.session })];
    case "heartbeat.lapsed":
      return [warn("heartbeat lapsed", { market, detail: event.detail })];
    case "permits.changed":
      return [
        info(
          event.areShort
            ? "near the rate limit: small re-prices wait"
            : "no longer near the rate limit",
          { market },
        ),
      ];
    case "load.changed":
      return event.isBehind
        ? [warn("program is behind: nothing is quoted", { market, detail: event.detail })]
        : [info("program keeps up again", { market })];
    case "market.resolved":
      return [info("market resolved", { market, winner: event.winner })];
    default:
      return [];
  }
}

const quoteFacts = ({ fairBp, bid, ask }: Intent): Facts => ({
  fair: fairBp === null ? "none" : formatProbability(fairBp),
  bid: bid === null ? "none" : formatPrice(bid.price),
  ask: ask === null ? "none" : formatPrice(ask.price),
});

const fillFacts = ({ side, token, price, size, orderId }: Fill): Facts => ({
  side,
  token,
  price: formatPrice(price),
  size: formatMicro(size),
  orderId: shortId(orderId),
});

function effectLines(effect: Effect, state: ExecutorState): readonly LogLine[] {
  const market = state.market.slug;
  switch (effect.type) {
    case "place":
      return effect.legs.map(({ orderId }) =>
        info("placing order", { market, ...orderFacts(orderId, state), slot: effect.slot }),
      );
    case "cancel":
      return effect.orderIds.map((orderId) =>
        info("cancelling order", { market, ...orderFacts(orderId, state) }),
      );
    case "cancelAll":
      return [warn("cancel-all sent", { market, reason: state.why.gate.join("; ") })];
    case "survey":
      return [debug("survey begun", { market, orders: effect.orderIds.length })];
    case "alert":
      return [warn(effect.text, { market, ...effect.facts })];
  }
}

function receiptLines(receipt: Receipt, state: ExecutorState | undefined): readonly LogLine[] {
  const market = state?.market.slug;
  const orderOf = (orderId: OrderId): Facts => ({ market, ...orderFacts(orderId, state) });
  switch (receipt.type) {
    case "order.acked":
      return [debug("order placed", orderOf(receipt.orderId))];
    case "order.rejected": {
      const { reason, text } = receipt.refusal;
      return [warn("order rejected", { ...orderOf(receipt.orderId), reason, text })];
    }
    case "order.unknown": {
      const facts = { ...orderOf(receipt.orderId), cause: receipt.cause };
      return [warn("order not answered, may rest", facts)];
    }
    case "order.notSent": {
      const { cause } = receipt.answer;
      return [info("order not sent", { ...orderOf(receipt.orderId), cause })];
    }
    case "order.answeredLate":
      return [debug("order answered late", orderOf(receipt.orderId))];
    case "cancel.acked":
      return [debug("order cancelled", orderOf(receipt.orderId))];
    case "cancel.refused":
      return [info("cancel refused", { ...orderOf(receipt.orderId), isGone: receipt.isGone })];
    case "cancel.unknown": {
      const { refusal } = receipt;
      const facts = { ...orderOf(receipt.orderId), ...(refusal && { text: refusal.text }) };
      return [info("cancel not answered", facts)];
    }
    case "cancelAll.answered":
      return [debug("cancel-all answered", { market, answer: receipt.answer.type })];
    case "survey.answered":
      return [debug("survey answered", { market })];
    case "survey.failed":
      return []; // counted by its market
  }
}

const FAILURE_TEXTS: readonly (readonly [FailureSource, text: string])[] = [
  ["market", "market feed not connected"],
  ["user", "user feed not connected"],
  ["reference", "reference feed not connected"],
  ["survey", "survey failed"],
  ["heartbeat", "heartbeat not taken"],
  ["cancelAll", "cancel-all not carried out"],
];

/** What each source fails at, as often as its market counts it. */
const failureLines = (
  { failures, market: { slug } }: ExecutorState,
  before: ExecutorState | undefined,
): readonly LogLine[] =>
  FAILURE_TEXTS.flatMap(([source, text]) => {
    const { told } = failures[source];
    const isNews = told !== null && told !== before?.failures[source].told;
    return isNews ? [warn(text, { market: slug, ...told })] : [];
  });

/** Our order that was sent ahead, once it has been placed, shown, cancelled and shown gone. */
function canaryLines(state: ExecutorState, before: ExecutorState | undefined): readonly LogLine[] {
  const { canary } = state;
  if (!before || canary === null || isCanaryBack(before) || !isCanaryBack(state)) return [];
  const { placedAt, ackedAt, reportedAt, cancelAckedAt, goneAt } = canary;
  const since = (at: number | null): number => Math.round(((at ?? placedAt) - placedAt) * 10) / 10;
  return [
    info("canary verified", {
      market: state.market.slug,
      ackedMs: since(ackedAt),
      shownMs: since(reportedAt),
      cancelledMs: since(cancelAckedAt),
      goneMs: since(goneAt),
    }),
  ];
}

const isCanaryBack = ({ canary }: ExecutorState): boolean =>
  canary?.goneAt != null && canary.cancelAckedAt !== null;

/** What the venue refuses for good, once, and with a count when that is over. */
function lastingLines(
  { lasting, market: { slug } }: ExecutorState,
  before: ExecutorState | undefined,
): readonly LogLine[] {
  const known = before?.lasting ?? null;
  if (lasting?.reason === known?.reason) return [];
  if (lasting !== null) {
    const { reason, source, text } = lasting;
    return [error("refused for good", { market: slug, reason, refused: source, text })];
  }
  const refusals = known?.refusals ?? 0;
  return [info("no longer refused", { market: slug, reason: known?.reason, refusals })];
}

/** Whether we quote, or why not, whenever that has changed. */
function quotingLines(
  transition: Transition,
  before: ExecutorState | undefined,
  config: ExecutorConfig,
): readonly LogLine[] {
  const { state } = transition;
  const market = state.market.slug;
  const now = quotingOf(state);
  if (before && JSON.stringify(now) === JSON.stringify(quotingOf(before))) return [];
  return [
    info(now.text, { market, ...now.facts }),
    debug("gate, plan and stock", { market, ...explain(transition, config) }),
  ];
}

/** In the words of the gate, the planner and the limits. */
function quotingOf({ why, operator: { level } }: ExecutorState): Pick<LogLine, "text" | "facts"> {
  if (why.gate.length > 0) return { text: "not quoting", facts: { reason: why.gate.join("; ") } };
  const reasonsOf = (slot: Slot): string => {
    const residuals = why.plan?.[slot].residuals.map(({ reason }) => reason) ?? [];
    const withheld = why.withheld
      .filter(({ order, reason }) => order.slot === slot && !isPassing(reason))
      .map(({ reason }) => reason);
    return [...new Set<string>([...residuals, ...withheld])].join(", ");
  };
  const facts = SLOTS.flatMap((slot) => {
    const reasons = reasonsOf(slot);
    return reasons === "" ? [] : [[`${slot}Withheld`, reasons]];
  });
  return {
    text: level === "flatten" ? "flattening" : "quoting",
    facts: Object.fromEntries(facts),
  };
}

/** Reasons that pass by themselves within moments. */
const isPassing = (reason: ExecutorState["why"]["withheld"][number]["reason"]): boolean =>
  reason === "slotBusy" ||
  reason === "shed" ||
  reason === "awaitingCancel" ||
  reason === "selfTrade";

function mayRestLines(state: ExecutorState): readonly LogLine[] {
  const market = state.market.slug;
  const unproven = warn("market ended without proof that no order rests", { market });
  return [
    ...(isKnownEmpty(state) ? [] : [unproven]),
    ...workingOrders(state)
      .filter(isPossiblyLive)
      // The whole id: it is what a person looks up at the venue.
      .map(({ id }) =>
        warn("order may rest at the venue", { market, ...orderFacts(id, state), orderId: id }),
      ),
  ];
}

/** Fields that change their width come last, so that the others can be read down as columns. */
function statusLine(
  state: ExecutorState,
  referencePrice: ReferencePrice | null,
  { fills, pnlUsdc, loadMs }: Summary,
): LogLine {
  const { market, intent, inventory, now } = state;
  const pnl = pnlUsdc.realised - pnlUsdc.fees + pnlUsdc.unrealised;
  const ages = inputAges(state);
  const owned = (token: Token): string => formatMicro(microShares(effective(inventory, token)));
  return info("status", {
    market: market.slug,
    left: formatClock(market.endsAt - now.epochMs),
    reference: referencePrice === null ? "none" : formatReference(referencePrice),
    strike: formatReference(market.strike),
    fair: intent?.fairBp == null ? "none" : formatProbability(intent.fairBp),
    yes: owned("YES"),
    no: owned("NO"),
    fills,
    pnl: pnl.toFixed(2),
    referenceAge: formatAge(ages.reference),
    yesAge: formatAge(ages.YES),
    noAge: formatAge(ages.NO),
    loopMs: quantilesText(loadMs.eventLoop),
    feedMs: quantilesText(loadMs.feeds),
    bid: restingText(state, "bid"),
    ask: restingText(state, "ask"),
  });
}

/** Median, 99th of a hundred, largest. */
const quantilesText = ({ p50, p99, max }: Quantiles): string =>
  [p50, p99, max].map(Math.round).join("/");

/** What rests in a slot. */
function restingText(state: ExecutorState, slot: Slot): string {
  const resting = workingOrders(state).filter(
    (order) => order.slot === slot && order.phase === "resting",
  );
  const texts = resting.map(
    ({ side, token, price, size }) =>
      `${side} ${token} ${formatMicro(size)} @ ${formatPrice(price)}`,
  );
  return texts.join(" + ") || "none";
}

/** The order as far as the log knows it; an order that is closed is only its id. */
function orderFacts(id: OrderId, state: ExecutorState | undefined): Facts {
  const order = state && own(state.working, id);
  return {
    ...(order && {
      side: order.side,
      token: order.token,
      price: formatPrice(order.price),
      size: formatMicro(order.size),
    }),
    orderId: shortId(id),
  };
}

const ID_LENGTH = 10;
const shortId = (id: string): string => id.slice(0, ID_LENGTH);
const formatReference = (price: ReferencePrice): string => (price / MICRO).toFixed(2);
/** At least whole cents; more where the price is on a finer grid. */
const formatPrice = (price: PriceBp): string =>
  (price / DOLLAR_BP).toFixed(price % 100 === 0 ? 2 : price % 10 === 0 ? 3 : 4);
/** Minutes and seconds. */
function formatClock(leftMs: number): string {
  const seconds = Math.max(0, Math.round(leftMs / 1_000));
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}
/** As the last step knew it. */
const formatAge = (ms: number | null): string =>
  ms === null ? "none" : `${(ms / 1_000).toFixed(1)}s`;
const formatProbability = (basisPoints: number): string => (basisPoints / DOLLAR_BP).toFixed(4);

const line =
  (level: LogLine["level"]) =>
  (text: string, facts: Facts): LogLine => ({ level, facts, text });
const debug = line("debug");
const info = line("info");
const warn = line("warn");
const error = line("error");
