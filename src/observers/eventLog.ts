/** The log a person follows: what we want, what we did about it, and why nothing is quoted. */
import {
  type ExecutorConfig,
  type ExecutorState,
  type Transition,
  explain,
  isPossiblyLive,
  workingOrders,
} from "../executor/index.ts";
import type { Receipt } from "../gateway/index.ts";
import {
  type Log,
  type MarketId,
  type PlaceLeg,
  SLOTS,
  type Slot,
  effective,
  formatMicro,
  formatPriceBp,
  microShares,
} from "../types/index.ts";
import type { AppOutput } from "./output.ts";
import { type Summary, isKnownEmpty } from "./summary.ts";

export interface EventLog {
  readonly hear: (output: AppOutput) => void;
  readonly status: (summary: Summary) => void;
  /** Names what may rest at the venue after the end. */
  readonly ended: () => void;
}

export function eventLog(log: Log, config: ExecutorConfig): EventLog {
  const states = new Map<MarketId, ExecutorState>();
  const whys = new Map<MarketId, string>();
  let referencePrice = "none";

  const hearTransition = (market: MarketId, transition: Transition): void => {
    const { input, state, effects } = transition;
    const before = states.get(market);
    states.set(market, state);
    const { slug } = state.market;
    const { event } = input;
    switch (event.type) {
      case "intent.published": {
        const { mode, reason, bid, ask, fairBp } = event.intent;
        const say = before?.intent?.mode === mode ? log.debug : log.info;
        say(
          { market: slug, mode, fair: fairBp, bid: bid?.price, ask: ask?.price },
          `intent: ${reason}`,
        );
        break;
      }
      case "trade.reported":
        for (const { token, side, price, size } of event.report.fills) {
          log.info(
            { market: slug, trade: event.report.id.slice(0, 10) },
            `fill ${event.report.status}: ${side} ${token} ${formatMicro(size)} @ ${formatPriceBp(price)}`,
          );
        }
        break;
      case "feed.lost":
        log.warn({ market: slug, cause: event.cause }, `${event.feed} feed lost`);
        break;
      case "feed.restored":
        log.info({ market: slug, session: event.session }, `${event.feed} feed restored`);
        break;
      case "heartbeat.lapsed":
        log.warn({ market: slug }, event.detail);
        break;
      case "permits.changed":
        log.info(
          { market: slug },
          event.areShort ? "permits run short: small re-prices wait" : "permits are ample again",
        );
        break;
      case "market.resolved":
        log.info({ market: slug }, `market resolved: ${event.winner}`);
        break;
      default:
        break;
    }
    for (const effect of effects) {
      switch (effect.type) {
        case "place":
          log.info(
            { market: slug },
            `place ${effect.slot}: ${effect.legs.map(legText(state)).join(", ")}`,
          );
          break;
        case "cancel":
          log.info({ market: slug }, `cancel ${effect.orderIds.map(orderText(state)).join(", ")}`);
          break;
        case "cancelAll":
          log.warn({ market: slug, why: state.why.gate }, "cancel all");
          break;
        case "survey":
          log.debug({ market: slug, ids: effect.orderIds.length }, "looking at the venue");
          break;
        case "alert":
          log.warn({ market: slug, ...effect.facts }, effect.text);
          break;
      }
    }
    if (before && !isBack(before) && isBack(state)) {
      log.info({ market: slug, ...canaryTimes(state) }, "the canary is back");
    }
    const why = whyText(state);
    if (why !== whys.get(market)) {
      whys.set(market, why);
      log.info({ market: slug }, why);
      log.debug({ market: slug, ...explain(transition, config) }, "in full");
    }
  };

  const warnOfRest = (state: ExecutorState): void => {
    if (!isKnownEmpty(state)) {
      log.warn({ market: state.market.slug }, "left without proof that nothing of ours may rest");
    }
    for (const { id } of workingOrders(state).filter(isPossiblyLive)) {
      log.warn(
        { market: state.market.slug, order: id },
        `may rest at the venue: ${orderText(state)(id)}`,
      );
    }
  };

  const hearReceipt = (market: MarketId, receipt: Receipt): void => {
    const state = states.get(market);
    const facts = { market: state?.market.slug };
    const nameOf = (id: PlaceLeg["orderId"]): string =>
      state ? orderText(state)(id) : id.slice(0, ID_LENGTH);
    switch (receipt.type) {
      case "order.acked":
        log.debug(facts, `acked ${nameOf(receipt.orderId)}`);
        break;
      case "order.rejected":
        log.warn(
          { ...facts, text: receipt.refusal.text },
          `rejected ${nameOf(receipt.orderId)}: ${receipt.refusal.reason}`,
        );
        break;
      case "order.unknown":
        log.warn(facts, `no answer (${receipt.cause}), may rest: ${nameOf(receipt.orderId)}`);
        break;
      case "order.notSent":
        log.info(facts, `not sent (${receipt.answer.cause}): ${nameOf(receipt.orderId)}`);
        break;
      case "cancel.refused":
      case "cancel.unknown":
        log.info(
          { ...facts, ...("refusal" in receipt && { text: receipt.refusal?.text }) },
          `${receipt.type}: ${nameOf(receipt.orderId)}`,
        );
        break;
      case "survey.failed":
        log.warn(facts, `a look at the venue failed: ${receipt.detail}`);
        break;
      case "cancel.acked":
      case "cancelAll.answered":
      case "survey.answered":
      case "order.answeredLate":
        log.debug(facts, receipt.type);
        break;
    }
  };

  return {
    hear: (output) => {
      switch (output.type) {
        case "market":
          log.info(
            { strike: formatMicro(output.market.strike) },
            `market ${output.market.slug} opens`,
          );
          break;
        case "reference":
          referencePrice =
            output.event.type === "item" ? formatMicro(output.event.item.price) : "none";
          break;
        case "transition":
          hearTransition(output.market, output.transition);
          break;
        case "receipt":
          hearReceipt(output.market, output.receipt);
          break;
        case "marketLeft": {
          const state = states.get(output.market);
          states.delete(output.market);
          whys.delete(output.market);
          if (!state) break;
          log.info({ market: state.market.slug }, "market left");
          warnOfRest(state);
          break;
        }
        default:
          break;
      }
    },
    ended: () => {
      for (const state of states.values()) warnOfRest(state);
    },
    status: ({ fills, pnlUsdc }) => {
      for (const state of states.values()) {
        const { market, intent, inventory, now } = state;
        log.info(
          {
            market: market.slug,
            reference: referencePrice,
            strike: formatMicro(market.strike),
            fair: intent?.fairBp == null ? "none" : intent.fairBp / 10_000,
            bid: shown(state, "bid"),
            ask: shown(state, "ask"),
            yes: formatMicro(microShares(effective(inventory, "YES"))),
            no: formatMicro(microShares(effective(inventory, "NO"))),
            fills,
            pnl: (pnlUsdc.realised - pnlUsdc.fees + pnlUsdc.unrealised).toFixed(2),
            leftS: Math.max(0, Math.round((market.endsAt - now.epochMs) / 1_000)),
          },
          "status",
        );
      }
    },
  };
}

/** What rests in a slot, in YES prices as a person thinks of a quote. */
function shown(state: ExecutorState, slot: Slot): string {
  const resting = workingOrders(state).filter(
    (order) => order.slot === slot && order.phase === "resting",
  );
  if (resting.length === 0) return "none";
  return resting
    .map(
      ({ side, token, price, size }) =>
        `${side} ${token} ${formatMicro(size)} @ ${formatPriceBp(price)}`,
    )
    .join(" + ");
}

/** Why nothing is quoted, or which side is not, in the words of the gate, the planner, the caps. */
function whyText({ why, operator: { level } }: ExecutorState): string {
  if (why.gate.length > 0) return `nothing is quoted: ${why.gate.join("; ")}`;
  const what = level === "flatten" ? "flattening" : "quoting";
  const missing = SLOTS.flatMap((slot) => {
    const residuals = why.plan?.[slot].residuals.map(({ reason }) => reason) ?? [];
    const withheld = why.withheld
      .filter(({ order, reason }) => order.slot === slot && !isPassing(reason))
      .map(({ reason }) => reason);
    const reasons = [...new Set<string>([...residuals, ...withheld])];
    return reasons.length > 0 ? [`${slot} not fully shown: ${reasons.join(", ")}`] : [];
  });
  return [what, ...missing].join("; ");
}

const isBack = ({ canary }: ExecutorState): boolean =>
  canary?.goneAt != null && canary.cancelAckedAt !== null;

/** Milliseconds from its place to each. */
function canaryTimes({ canary }: ExecutorState): Readonly<Record<string, number>> {
  if (canary === null) return {};
  const { placedAt, ackedAt, reportedAt, cancelAckedAt, goneAt } = canary;
  const since = (at: number | null): number => Math.round(((at ?? placedAt) - placedAt) * 10) / 10;
  return {
    acked: since(ackedAt),
    shown: since(reportedAt),
    cancelled: since(cancelAckedAt),
    gone: since(goneAt),
  };
}

/** What will pass by itself in a moment is no reason a person needs to hear. */
const isPassing = (reason: ExecutorState["why"]["withheld"][number]["reason"]): boolean =>
  reason === "slotBusy" ||
  reason === "shed" ||
  reason === "awaitingCancel" ||
  reason === "selfTrade";

const ID_LENGTH = 10;

const legText =
  (state: ExecutorState) =>
  ({ orderId }: PlaceLeg): string =>
    orderText(state)(orderId);

const orderText =
  (state: ExecutorState) =>
  (id: PlaceLeg["orderId"]): string => {
    const order = state.working[id];
    const short = id.slice(0, ID_LENGTH);
    return order
      ? `${order.side} ${order.token} ${formatMicro(order.size)} @ ${formatPriceBp(order.price)} ${short}`
      : short;
  };
