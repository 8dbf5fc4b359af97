/** Which lines the log has for an output: pure functions of it and of what the log has read before. */
import {
  type ExecutorConfig,
  type ExecutorState,
  type FailureSource,
  type TradeEntry,
  type Transition,
  explain,
  tradeChanges,
} from "../executor/index.ts";
import {
  type Effect,
  type Event,
  type Facts,
  type Fill,
  type Intent,
  causeOf,
  formatMicro,
  type OfCoin,
  isPowerOfTen,
} from "../types/index.ts";
import { formatOnGrid, formatPrice, formatReference, formatSeconds, shortId } from "./format.ts";
import { linkLines } from "./linkLines.ts";
import { type LogLine, lineAt } from "./logLine.ts";
import {
  type LogMemory,
  isOfAll,
  type MarketMemory,
  NEW_LINKS,
  beginsStop,
  liveOrders,
  pricesOf,
} from "./logMemory.ts";
import { hasEnded, isKnownEmpty } from "./marketRecord.ts";
import { mayRestLines, orderFacts, receiptLines } from "./orderLines.ts";
import type { AppOutput, ReferenceDoubts } from "./output.ts";
import {
  isSameList,
  isUntoldShut,
  NOTHING_TOLD,
  type Quoting,
  type Told,
  quotingOf,
  withheldFacts,
} from "./quoting.ts";
import { accountLines } from "./accountLines.ts";
import { resultLine, statusLine, totalsWith } from "./statusLine.ts";
import type { Summary } from "./summary.ts";

const { debug, error, info, warn } = lineAt;

export interface LineContext {
  readonly executor: ExecutorConfig;
  readonly summary: () => Summary;
  /** Nobody reads the lines at `debug`: those of what happens all the time are not made. */
  readonly hidesDebug?: boolean;
}

/** The lines of one output; `before` is what was remembered ahead of it, `after` what is with it. */
export function linesOf(
  output: AppOutput,
  before: LogMemory,
  after: LogMemory,
  { executor, summary, hidesDebug = false }: LineContext,
): readonly LogLine[] {
  switch (output.type) {
    case "market.opened": {
      const { slug, strike } = output.market;
      return [info("market opened", { market: slug, strike: formatReference(strike) })];
    }
    case "transition.made":
      return transitionLines(output, before, after, { executor, hidesDebug });
    case "receipt.received": {
      const state = before.markets.get(output.market)?.record.state;
      return receiptLines(output.receipt, state, hidesDebug);
    }
    case "market.left": {
      const memory = before.markets.get(output.market);
      return memory === undefined ? [] : leftLines(memory, executor);
    }
    case "killSwitch.tripped":
      return [error("kill switch: cancelling everything", { cause: causeOf(output.cause) })];
    case "killSwitch.verified":
      return [warn("kill switch: the venue shows no order of ours", {})];
    case "status.due":
      return statusLines(before, executor, summary);
    case "run.abandoned":
      return lastLines(before, executor);
    case "reference.updated": {
      const { event } = output;
      const isLink = event.type === "lost" || event.type === "restored";
      // Of every market of the coin at once.
      const { referenceLink } = pricesOf(after, output);
      const links = isLink ? linkLines("reference", event, coinFacts(output), referenceLink) : [];
      return [...links, ...doubtLines(output, pricesOf(before, output).doubts)];
    }
    case "settlement.updated": {
      const { event } = output;
      const isLink = event.type === "lost" || event.type === "restored";
      const { settlementLink } = pricesOf(after, output);
      return isLink ? linkLines("settlement", event, coinFacts(output), settlementLink) : [];
    }
    case "source.failed": {
      const { cause, tries } = output;
      return output.source === "discovery"
        ? // Once is usual between two windows.
          [(tries === 1 ? debug : info)("market not traded yet", { reason: cause, tries })]
        : [warn("venue clock not read", { cause, tries })];
    }
    case "account.noticed":
      return accountLines(
        output.notice,
        (id) => before.markets.get(id)?.record.state.market.slug ?? id,
      );
    case "parameters.changed": {
      const { changes, isUndo, reason, who } = output;
      const differences = changes.map(({ name, from, to }) => [
        name,
        `${shown(from)} -> ${shown(to)}`,
      ]);
      const text = isUndo ? "parameters taken back" : "parameters set";
      return [info(text, { ...Object.fromEntries(differences), who, reason })];
    }
    case "source.restored":
    case "account.limitsChanged":
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

const coinFacts = ({ coin }: OfCoin): Facts => (coin === undefined ? {} : { coin });

/** A value of a parameter. */
const shown = (value: unknown): string => causeOf(JSON.stringify(value));

/** A market that has ended waits for its winner, unless something of ours may still rest in it. */
function statusLines(
  { markets, past, prices }: LogMemory,
  config: ExecutorConfig,
  summary: () => Summary,
): readonly LogLine[] {
  const all = [...markets.values()];
  const run = all.reduce((totals, { record }) => totalsWith(totals, record), past);
  const context = { config, run, loadMs: summary().loadMs };
  const lines = all
    .filter(({ record: { state } }) => !hasEnded(state) || !isKnownEmpty(state))
    .map(({ record, told }) => {
      const { reference, mean } = pricesOf({ prices }, record.state.market);
      return statusLine(record, told, {
        ...context,
        referencePrice: reference,
        settlementMean: mean,
      });
    });
  return lines.length > 0 ? lines : [info("waiting for a market", {})];
}

/** After the last output: the markets that were not left. */
export const lastLines = (
  { markets, isProvenEmpty }: LogMemory,
  config: ExecutorConfig,
): readonly LogLine[] =>
  [...markets.values()].flatMap((memory) =>
    isProvenEmpty ? [resultLine(memory.record)] : leftLines(memory, config),
  );

function leftLines({ record, told }: MarketMemory, config: ExecutorConfig): readonly LogLine[] {
  const { state } = record;
  const quoting = quotingOf(state, config);
  const isFlushed = !hasEnded(state) && isUntoldShut(told, quoting);
  return [
    ...(isFlushed ? [quotingLine(state.market.slug, quoting, told)] : []),
    resultLine(record),
    ...mayRestLines(state),
  ];
}

/** The first, tenth, hundredth … jump of the reference that was held, and what became of it. */
function doubtLines(
  { event, believed, doubts, ...of }: Extract<AppOutput, { type: "reference.updated" }>,
  before: ReferenceDoubts,
): readonly LogLine[] {
  const { isHeld, holds, dropped } = doubts;
  const facts = coinFacts(of);
  if (!isPowerOfTen(holds)) return [];
  const price = believed === null ? "none" : formatReference(believed);
  if (holds > before.holds && event.type === "item") {
    const held = formatReference(event.item.price);
    return [warn("reference price held", { ...facts, held, believed: price, count: holds })];
  }
  if (isHeld || !before.isHeld) return [];
  return dropped > before.dropped
    ? [info("held reference price dropped", { ...facts, believed: price, dropped })]
    : [info("held reference price believed", { ...facts, believed: price })];
}

function transitionLines(
  { market, transition }: Extract<AppOutput, { type: "transition.made" }>,
  { markets }: LogMemory,
  { markets: marketsAfter }: LogMemory,
  context: StepContext,
): readonly LogLine[] {
  const { input, state, effects } = transition;
  const before = markets.get(market);
  const after = marketsAfter.get(market);
  const known = before?.record.state;
  const of = { all: markets, links: after?.links ?? NEW_LINKS };
  return [
    ...eventLines(input.event, state, of, context),
    ...tradeLines(state, known, context),
    ...effects.flatMap((effect) => effectLines(effect, state, before, context)),
    ...failureLines(state, known, markets),
    ...stopLines(state, before),
    ...canaryLines(state, known),
    ...lastingLines(state, known),
    ...quotingLines(transition, before, after?.told ?? NOTHING_TOLD, context),
  ];
}

type StepContext = Pick<LineContext, "executor"> & { readonly hidesDebug: boolean };

const NO_LINES: readonly LogLine[] = [];

const statesOf = (markets: LogMemory["markets"]): readonly ExecutorState[] =>
  [...markets.values()].map(({ record }) => record.state);

/** `all` is what the log has read of all markets: what they share is said by the first of them. */
function eventLines(
  event: Event,
  state: ExecutorState,
  { all, links }: { readonly all: LogMemory["markets"] } & Pick<MarketMemory, "links">,
  { hidesDebug }: StepContext,
): readonly LogLine[] {
  const market = state.market.slug;
  switch (event.type) {
    case "intent.published": {
      if (hidesDebug) return NO_LINES;
      const { mode, reason } = event.intent;
      return [debug("intent", { market, mode, reason, ...quoteFacts(event.intent, state) })];
    }
    case "feed.lost":
    case "feed.restored":
      return isOfAll(event.feed) ? [] : linkLines(event.feed, event, { market }, links[event.feed]);
    case "heartbeat.lapsed":
      return statesOf(all).some(({ isHeartbeatLapsed }) => isHeartbeatLapsed)
        ? []
        : [warn("heartbeat lapsed", { market, detail: event.detail })];
    case "permits.changed": {
      const isKnown = statesOf(all).some(
        ({ arePermitsShort }) => arePermitsShort === event.areShort,
      );
      if (isKnown) return [];
      return [
        info(
          event.areShort
            ? "near the rate limit: small re-prices wait"
            : "no longer near the rate limit",
          { market },
        ),
      ];
    }
    case "load.changed":
      // While it lasts it is a reason why nothing is quoted.
      return [debug("load changed", { market, isBehind: event.isBehind, detail: event.detail })];
    case "market.resolved":
      return [debug("market resolved", { market, winner: event.winner })];
    default:
      return NO_LINES;
  }
}

/** A fill once, wherever it was heard of first; what becomes of its trade only if it fails. */
function tradeLines(
  state: ExecutorState,
  before: ExecutorState | undefined,
  { hidesDebug }: StepContext,
): readonly LogLine[] {
  // At the first step everything is of an earlier run.
  if (before === undefined) return NO_LINES;
  return tradeChanges(before, state).flatMap(({ from, to }) => {
    const { level, text } = tradeWords(from, to);
    if (hidesDebug && level === "debug") return NO_LINES;
    const facts = { ...fillFacts(to.fill), status: to.status, tradeId: shortId(to.tradeId) };
    return [{ level, text, facts: { market: state.market.slug, ...facts } }];
  });
}

function tradeWords(from: TradeEntry | null, to: TradeEntry): Pick<LogLine, "level" | "text"> {
  if (to.status === "failed") return { level: "warn", text: "fill failed: it does not count" };
  return from === null
    ? { level: "info", text: "fill" }
    : { level: "debug", text: "fill moved on" };
}

function quoteFacts({ fairBp, bid, ask }: Intent, { market }: ExecutorState): Facts {
  const text = (basisPoints: number | undefined | null): string =>
    basisPoints == null ? "none" : formatOnGrid(basisPoints, market.rules.tick);
  return { fair: text(fairBp), bid: text(bid?.price), ask: text(ask?.price) };
}

const fillFacts = ({ side, token, price, size, orderId }: Fill): Facts => ({
  side,
  token,
  price: formatPrice(price),
  size: formatMicro(size),
  orderId: shortId(orderId),
});

function effectLines(
  effect: Effect,
  state: ExecutorState,
  before: MarketMemory | undefined,
  { hidesDebug }: StepContext,
): readonly LogLine[] {
  const market = state.market.slug;
  if (hidesDebug && (effect.type === "place" || effect.type === "cancel")) return NO_LINES;
  switch (effect.type) {
    case "place":
      return effect.legs.map(({ orderId }) =>
        debug("placing order", { market, ...orderFacts(orderId, state), slot: effect.slot }),
      );
    case "cancel":
      return effect.orderIds.map((orderId) =>
        debug("cancelling order", { market, ...orderFacts(orderId, state) }),
      );
    case "cancelAll": {
      const facts = { market, orders: liveOrders(state), reason: state.why.gate.join("; ") };
      return [
        beginsStop(before, [effect])
          ? warn("cancel-all sent", facts)
          : debug("cancel-all repeated", facts),
      ];
    }
    case "survey":
      return [debug("survey begun", { market, orders: effect.orderIds.length })];
    case "alert":
      return [warn(effect.text, { market, ...effect.facts })];
  }
}

/** The end of a stop: how many orders it began with, and how long the proof took. */
function stopLines(state: ExecutorState, before: MarketMemory | undefined): readonly LogLine[] {
  const isNews = state.stop.state === "halted" && before?.record.state.stop.state !== "halted";
  if (!isNews || !before?.stop) return [];
  const { at, orders } = before.stop;
  const took = formatSeconds(state.now.monotonicMs - at);
  return [
    info("stop verified: nothing of ours rests", { market: state.market.slug, orders, took }),
  ];
}

const FAILURE_TEXTS: readonly (readonly [FailureSource, text: string])[] = [
  ["market", "market feed not connected"],
  ["user", "user feed not connected"],
  ["reference", "reference feed not connected"],
  ["settlement", "settlement feed not connected"],
  ["survey", "survey failed"],
  ["heartbeat", "heartbeat not taken"],
  ["cancelAll", "cancel-all not carried out"],
];

/** What each source fails at, as often as its market counts it; what markets share, once. */
function failureLines(
  { failures, market: { slug } }: ExecutorState,
  before: ExecutorState | undefined,
  known: LogMemory["markets"],
): readonly LogLine[] {
  if (failures === before?.failures) return NO_LINES;
  return FAILURE_TEXTS.flatMap(([source, text]) => {
    const { told } = failures[source];
    const isShared = source === "reference" || source === "settlement" || source === "heartbeat";
    const isSaid = ({ failures: { [source]: other } }: ExecutorState): boolean =>
      other.told?.cause === told?.cause && other.told?.tries === told?.tries;
    const isNews = told !== null && told !== before?.failures[source].told;
    if (!isNews || (isShared && statesOf(known).some(isSaid))) return [];
    return [warn(text, { ...(!isShared && { market: slug }), ...told })];
  });
}

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

/** Whether we quote, or why not, once that has lasted; for the curious, whenever it has changed. */
function quotingLines(
  transition: Transition,
  before: MarketMemory | undefined,
  after: Told,
  { executor: config, hidesDebug }: StepContext,
): readonly LogLine[] {
  const told = before?.told ?? NOTHING_TOLD;
  if (after === told) return NO_LINES;
  const { names, holding } = after;
  const { state, effects } = transition;
  // A stop has its own line.
  const isSaid = names !== told.names && !beginsStop(before, effects);
  const isChanged = !hidesDebug && !isSameList(holding, told.holding);
  const market = state.market.slug;
  return [
    ...(isSaid ? [quotingLine(market, quotingOf(state, config), told)] : []),
    ...(isChanged
      ? [debug("gate, plan and stock", { market, ...explain(transition, config) })]
      : []),
  ];
}

function quotingLine(market: string, quoting: Quoting, { names }: Told): LogLine {
  const { verdict, reasons } = quoting;
  const texts = [...reasons.values()];
  if (texts.length > 0) {
    const isStarting = names.length === 0 && texts.every((text) => OF_A_START.test(text));
    if (!isStarting) return info("not quoting", { market, reason: texts.join("; ") });
    const inputs = texts.filter((text) => !/^strategy: |^no intent/.test(text));
    const awaited = (inputs.length > 0 ? inputs : texts).map((text) =>
      text.replaceAll(/^waiting for | not connected yet$| not armed$/g, ""),
    );
    return info(`starting: waiting for ${awaited.join("; ")}`, { market });
  }
  const text = verdict === "flattening" ? verdict : "quoting";
  return info(text, { market, ...withheldFacts(quoting) });
}

/** Reasons that every start has, until it has heard from everyone. */
const OF_A_START =
  /^waiting for |not connected yet|^heartbeat not armed|^no intent yet|^strategy: no /;
