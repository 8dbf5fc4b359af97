/** How faults are drawn, for both doors: whether one strikes, and what it then does. */
import { type OrderId, orderId } from "../../types/index.ts";
import type { EndCause, MiningPlan, Random, SettlementPlan } from "../exchange/index.ts";
import type {
  Channel,
  DrawnFault,
  DrawnFaultName,
  DrawnFaultOf,
  RequestKind,
} from "./vocabulary.ts";

/** A fault that strikes, and its stream, which also draws how. */
export interface Struck<Name extends DrawnFaultName> {
  readonly fault: DrawnFaultOf<Name>;
  readonly stream: Random;
}

/** Draws whether the fault of this name strikes now; null where it does not. */
export type Strikes = <Name extends DrawnFaultName>(name: Name) => Struck<Name> | null;

/** Each fault draws from its own stream, so that none shifts what another does. */
export const strikesAmong =
  (
    faults: readonly DrawnFault[],
    streamOf: (fault: DrawnFault) => Random,
    concerns: (fault: DrawnFault) => boolean,
  ): Strikes =>
  (name) => {
    for (const fault of faults) {
      if (!isNamed(fault, name) || !concerns(fault)) continue;
      const stream = streamOf(fault);
      if (stream.chance({ numerator: fault.ratio, denominator: 1 })) return { fault, stream };
    }
    return null;
  };

const isNamed = <Name extends DrawnFaultName>(
  fault: DrawnFault,
  name: Name,
): fault is DrawnFaultOf<Name> => fault.do === name;

/** The scope of a fault as one word; empty where it has none. */
export const scopeOf = (fault: object): string => {
  if ("of" in fault) return String(fault.of);
  return "channel" in fault ? String(fault.channel) : "";
};

export const isOf = (fault: object, kind: RequestKind): boolean =>
  !("of" in fault) || fault.of === "all" || fault.of === kind;

export const isOn = (fault: object, channel: Channel): boolean =>
  "channel" in fault && fault.channel === channel;

interface StruckWithRange {
  readonly fault: { readonly minMs: number; readonly maxMs: number };
  readonly stream: Random;
}

/** Milliseconds within the fault's range; 0 where it does not strike. */
export const drawnMs = (struck: StruckWithRange | null): number =>
  struck ? struck.stream.integer(struck.fault.minMs, struck.fault.maxMs) : 0;

/** How an order that has just matched in part ends; null where it does not. */
export function drawPartialEnd(strikes: Strikes): EndCause | null {
  if (strikes("endPartlyMatched")) return "cancelled";
  return strikes("endAsMatched") ? "writtenOff" : null;
}

export function drawLateBooking(struck: Struck<"bookLate">): {
  readonly laterMs: number;
  readonly isAnswered: boolean;
} {
  return { laterMs: drawnMs(struck), isAnswered: struck.stream.pick([true, false]) };
}

/** How much later than usual each copy of a frame is sent; none when the frame is lost. */
export function drawFrameDelays(strikes: Strikes): readonly number[] {
  const copy = strikes("duplicateFrames");
  const copyMs = drawnMs(copy);
  if (strikes("loseFrames")) return [];
  return [drawnMs(strikes("delayFrames")), ...(copy ? [copyMs] : [])];
}

/** A bad tick, a price of another unit, and prices that nobody could mean. */
export const PRICE_FACTORS = [0.9, 1.1, 0.00002, 1_000] as const;

/** Names that every object has. */
const ODD_IDS = ["constructor", "__proto__", "toString", "hasOwnProperty"] as const;

export const drawOddId = (struck: Struck<"oddIds"> | null): OrderId | null =>
  struck && orderId(struck.stream.pick(ODD_IDS));

const RETRIED_MS = { min: 1_000, max: 8_000 };

/** The settlement of one trade, with a second attempt or a failure. */
export function settlementWithFaults(plan: SettlementPlan, strikes: Strikes): SettlementPlan {
  const retry = strikes("retryTrades");
  return {
    ...plan,
    ...(retry && {
      retriedAfterMs: plan.minedAfterMs,
      minedAfterMs: plan.minedAfterMs + retry.stream.integer(RETRIED_MS.min, RETRIED_MS.max),
    }),
    fails: strikes("failTrades") !== null,
    isReversed: strikes("reverseTrades") !== null,
  };
}

/** The mining of one call, late, failing or never. */
export const miningWithFaults = (plan: MiningPlan, strikes: Strikes): MiningPlan => ({
  ...plan,
  minedAfterMs: plan.minedAfterMs + drawnMs(strikes("delayCalls")),
  fails: strikes("failCalls") !== null,
  isLost: strikes("loseCalls") !== null,
});
