/** The faults of the venue in process: each is drawn from a stream of its own, request by request. */
import { filter, interval, map, NEVER, type Observable, type SchedulerLike } from "rxjs";
import {
  FEEDS,
  type FeedName,
  type LastingReason,
  type OrderId,
  type Refusal,
  type RefusalReason,
  type Side,
  type TradeId,
  type TransactionId,
} from "../../types/index.ts";
import type { EndCause, Mining, Random, Settlement } from "../exchange/index.ts";
import {
  anyRefusal,
  CHANNELS,
  type DrawnFault,
  drawFrameDelays,
  drawLateBooking,
  drawOddId,
  drawPartialEnd,
  drawnMs,
  settlementWithFaults,
  type InProcessFault,
  isOf,
  LASTING_REASONS,
  LASTING_REFUSALS,
  miningWithFaults,
  ORDER_REFUSALS,
  PRICE_FACTORS,
  type RecurringFault,
  REQUEST_REFUSALS,
  type RequestKind,
  scopeOf,
  type Strikes,
  type Struck,
  strikesAmong,
} from "../faults/index.ts";

const HALF = { numerator: 1, denominator: 2 };
const CHECK_MS = 1_000;

export interface FeedLoss {
  readonly feed: FeedName;
  readonly durationMs: number;
  /** Whether the connection ends with an error rather than in silence. */
  readonly isError: boolean;
}

/** What becomes of one request on its way. */
export interface Delivery {
  readonly isCarriedOut: boolean;
  /** How much later than usual. */
  readonly laterMs: number;
  readonly end: "answer" | "reset" | "silence";
}

/** The mode the venue is in, and how much longer. */
export interface Restriction {
  readonly reason: (typeof RESTRICTIONS)[number];
  /** Whether the restart has ended every order. */
  readonly wipes: boolean;
  readonly leftMs: number;
}
const RESTRICTIONS = ["restarting", "tradingDisabled", "cancelOnly"] as const;

const DELIVERED: Delivery = { isCarriedOut: true, laterMs: 0, end: "answer" };

/** Each function draws anew whenever it is called. */
export interface FaultDraws {
  readonly placeDelivery: () => Delivery;
  readonly cancelDelivery: () => Delivery;
  readonly readDelivery: () => Delivery;
  readonly heartbeatDelivery: () => Delivery;
  /** Of a wallet's call on its way to whoever submits it. */
  readonly callDelivery: () => Delivery;
  readonly restriction: () => Restriction | null;
  /** The refusal of whatever is asked while the key is not known; null while it is. */
  readonly keyRefusal: () => Refusal<RefusalReason> | null;
  readonly isLimited: boolean;
  /** Whether another program has used up the tokens since the last call. */
  readonly isDrained: () => boolean;
  readonly orderRefusal: (side: Side) => Refusal<RefusalReason> | null;
  readonly cancelRefusal: () => Refusal<RefusalReason> | null;
  readonly fillsDuringCancel: () => boolean;
  /** The age of the balances the venue goes by; 0 when they are up to date. */
  readonly balanceAgeMs: () => number;
  readonly readAgeMs: () => number;
  readonly bookAgeMs: () => number;
  readonly isBookGhost: () => boolean;
  /** How much longer than usual the frames of a frozen connection take. */
  readonly heldMs: (feed: FeedName) => number;
  /** Whether the reference's quotes are silent. */
  readonly isMuted: () => boolean;
  /** By what the next tick of the reference is multiplied; 1 where it is right. */
  readonly priceFactor: () => number;
  /** Whether a trade frame is followed by one that contradicts its order. */
  readonly contradictsTrade: () => boolean;
  /** An id for a frame of its own after this order frame; null for none. */
  readonly oddId: () => OrderId | null;
  /** Whether a frame of the market is followed by a tick size that fits no grid. */
  readonly tellsOddTick: () => boolean;
  /** How an order that has matched in part ends; null where it does not. */
  readonly partialEnd: () => EndCause | null;
  /** How much later than usual each copy of a user frame is sent; none when the frame is lost. */
  readonly frameDelaysMs: () => readonly number[];
  /** The settlement, with trades that are tried again or fail. */
  readonly withTradeFaults: (settlement: Settlement) => Settlement;
  /** The mining of a wallet's calls, which come late, fail or are lost. */
  readonly withMiningFaults: (mining: Mining) => Mining;
  readonly feedLoss$: Observable<FeedLoss>;
}

/** Stream labels older than the faults' names: with new labels every seed would have another history. */
const LABELS: Readonly<Record<string, string>> = {
  "loseRequest orders": "requestLost",
  "loseRequest cancels": "requestLost",
  "loseAnswer orders": "answerLost",
  "loseAnswer cancels": "answerLost",
  "loseAnswer reads": "readLost",
  "refuse orders": "refused",
  "refuse cancels": "refused",
  bookLate: "bookedLate",
  fillCancels: "fillDuringCancel",
  lagBalances: "balanceLag",
  lagReads: "readLag",
  retryTrades: "tradeRetried",
  failTrades: "tradeFailed",
  "loseFrames user": "userFrameLost",
  "delayFrames user": "userFrameDelayed",
  "duplicateFrames user": "userFrameDuplicated",
  drop: "feedLoss",
  mode: "restriction",
  drainTokens: "drain",
};

export function faultDraws(
  faults: readonly InProcessFault[],
  random: Random,
  scheduler: SchedulerLike,
): FaultDraws {
  const startedAt = scheduler.now();
  const isOver = (fault: object, at = scheduler.now()): boolean =>
    "forMs" in fault && typeof fault.forMs === "number" && at - startedAt >= fault.forMs;

  const streams = new Map<string, Random>();
  const streamOf = (fault: DrawnFault): Random => {
    const label = labelOf(fault);
    const stream = streams.get(label) ?? random.fork(label);
    streams.set(label, stream);
    return stream;
  };
  const drawn = faults.filter((fault) => "ratio" in fault);
  const strikesOn = (kind: RequestKind): Strikes =>
    strikesAmong(drawn, streamOf, (fault) => !isOver(fault) && isOf(fault, kind));
  const [orders, cancels, reads] = [strikesOn("orders"), strikesOn("cancels"), strikesOn("reads")];
  const calls = strikesOn("calls");
  const strikes = strikesAmong(drawn, streamOf, (fault) => !isOver(fault));

  /** From the id of a trade or transaction: the result does not depend on when or how often it is computed. */
  const strikesFor = (id: TradeId | TransactionId): Strikes =>
    strikesAmong(
      drawn,
      (fault) => random.fork(labelOf(fault)).fork(id),
      (fault) => !isOver(fault),
    );

  const recurring = (name: RecurringFault["do"]): RecurringFault | undefined =>
    faults.filter((fault) => "perMinute" in fault).find((fault) => fault.do === name);
  /** The current occurrence of a recurring fault, as `draw` made it; null between two occurrences. */
  const occurrences = <What>(
    name: RecurringFault["do"],
    draw: (stream: Random) => What,
  ): (() => { readonly what: What; readonly leftMs: number } | null) => {
    const fault = recurring(name);
    if (fault === undefined) return () => null;
    const stream = random.fork(labelOf(fault));
    let current: { readonly what: What; readonly until: number } | null = null;
    let checkedAt = startedAt;
    return () => {
      const now = scheduler.now();
      for (; checkedAt + CHECK_MS <= now; checkedAt += CHECK_MS) {
        if (isOver(fault, checkedAt) || !stream.chance(perCheck(fault))) continue;
        // One at a time: half of the frames of two freezes would come between them.
        if (current !== null && checkedAt < current.until) continue;
        const what = draw(stream);
        current = { what, until: checkedAt + stream.integer(fault.minMs, fault.maxMs) };
      }
      return current !== null && now < current.until
        ? { what: current.what, leftMs: current.until - now }
        : null;
    };
  };
  const outage = occurrences("outage", (stream): Delivery => lost(stream, false));
  const restriction = occurrences("mode", (stream) => ({
    reason: stream.pick(RESTRICTIONS),
    wipes: stream.chance(HALF),
  }));
  const drain = occurrences("drainTokens", () => true);

  const freeze = occurrences("freeze", (stream) => stream.pick(CHANNELS));
  const mute = occurrences("mute", () => true);
  const rotated = occurrences("rotateKeys", () => true);
  const refuseAll = occurrences("refuseAll", (stream) => stream.pick(LASTING_REASONS));

  const inOutage = (): Delivery | null => outage()?.what ?? null;
  const delivered = (strike: Strikes): Delivery =>
    lostBy(strike("loseRequest"), false) ?? lostBy(strike("loseAnswer"), true) ?? DELIVERED;
  const drop = recurring("drop");
  return {
    placeDelivery: () => inOutage() ?? bookedLate(orders("bookLate")) ?? delivered(orders),
    cancelDelivery: () => inOutage() ?? delivered(cancels),
    readDelivery: () => inOutage() ?? delivered(reads),
    heartbeatDelivery: () => inOutage() ?? DELIVERED,
    callDelivery: () => inOutage() ?? delivered(calls),
    restriction: () => {
      const current = restriction();
      return current && { ...current.what, leftMs: current.leftMs };
    },
    keyRefusal: () =>
      rotated() && { reason: "auth", text: LASTING_REFUSALS.auth.text, retryAfterMs: null },
    isLimited: faults.some((fault) => fault.do === "limits"),
    isDrained: () => drain() !== null,
    orderRefusal: (side) =>
      refusalForAll(refuseAll(), side) ?? refusedBy(orders("refuse"), ORDER_REFUSALS),
    cancelRefusal: () => refusedBy(cancels("refuse"), REQUEST_REFUSALS),
    fillsDuringCancel: () => cancels("fillCancels") !== null,
    balanceAgeMs: () => drawnMs(strikes("lagBalances")),
    readAgeMs: () => drawnMs(reads("lagReads")),
    bookAgeMs: () => drawnMs(reads("lagBooks")),
    isBookGhost: () => strikes("ghostBooks") !== null,
    heldMs: (feed) => {
      const frozen = freeze();
      return frozen?.what === feed ? frozen.leftMs : 0;
    },
    isMuted: () => mute() !== null,
    priceFactor: () => strikes("oddPrices")?.stream.pick(PRICE_FACTORS) ?? 1,
    contradictsTrade: () => strikes("contradictTrades") !== null,
    oddId: () => drawOddId(strikes("oddIds")),
    tellsOddTick: () => strikes("oddTicks") !== null,
    partialEnd: () => drawPartialEnd(strikes),
    frameDelaysMs: () => drawFrameDelays(strikes),
    withTradeFaults: (settlement) => (trade) =>
      settlementWithFaults(settlement(trade), strikesFor(trade)),
    withMiningFaults: (mining) => (transaction) =>
      miningWithFaults(mining(transaction), strikesFor(transaction)),
    feedLoss$: drop ? feedLosses(drop, random.fork(labelOf(drop)), isOver, scheduler) : NEVER,
  };
}

function feedLosses(
  drop: RecurringFault,
  stream: Random,
  isOver: (fault: object) => boolean,
  scheduler: SchedulerLike,
): Observable<FeedLoss> {
  return interval(CHECK_MS, scheduler).pipe(
    filter(() => !isOver(drop) && stream.chance(perCheck(drop))),
    map(() => ({
      feed: stream.pick(FEEDS),
      durationMs: stream.integer(drop.minMs, drop.maxMs),
      isError: stream.chance(HALF),
    })),
  );
}

const perCheck = ({ perMinute }: RecurringFault) => ({
  numerator: perMinute * CHECK_MS,
  denominator: 60_000,
});

const lost = (stream: Random, isCarriedOut: boolean): Delivery => ({
  isCarriedOut,
  laterMs: 0,
  end: stream.pick(["reset", "silence"]),
});

const lostBy = (
  struck: { readonly stream: Random } | null,
  isCarriedOut: boolean,
): Delivery | null => struck && lost(struck.stream, isCarriedOut);

function bookedLate(struck: Struck<"bookLate"> | null): Delivery | null {
  if (struck === null) return null;
  const { laterMs, isAnswered } = drawLateBooking(struck);
  return { isCarriedOut: true, laterMs, end: isAnswered ? "answer" : "silence" };
}

const refusedBy = (
  struck: Struck<"refuse"> | null,
  refusals: typeof ORDER_REFUSALS,
): Refusal<RefusalReason> | null => struck && anyRefusal(struck.stream, refusals);

/** In closed-only mode what sells is taken. */
const refusalForAll = (
  current: { readonly what: LastingReason } | null,
  side: Side,
): Refusal<RefusalReason> | null =>
  current === null || (current.what === "closedOnly" && side === "SELL")
    ? null
    : { reason: current.what, text: LASTING_REFUSALS[current.what].text, retryAfterMs: null };

function labelOf(fault: { readonly do: string }): string {
  const name = `${fault.do} ${scopeOf(fault)}`.trim();
  return LABELS[name] ?? name;
}
