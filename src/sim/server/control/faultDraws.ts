/**
 * What the faults that are set do to one request, one trade, or one frame on its way to one connection.
 * Each of them has draws of its own, so that the result does not depend on anything else that happens.
 */
import type { EpochMs } from "../../../types/index.ts";
import type { EndCause, MiningPlan, Random, SettlementPlan } from "../../exchange/index.ts";
import {
  type Channel,
  type DrawnFault,
  type DrawnFaultOf,
  drawFrameDelays,
  drawLateBooking,
  drawPartialEnd,
  drawnMs,
  isOf,
  isOn,
  LASTING_REFUSALS,
  miningWithFaults,
  type RequestKind,
  settlementWithFaults,
  type Strikes,
  strikesAmong,
} from "../../faults/index.ts";
import { type Answer, failure } from "../state/index.ts";
import { type Conditions, drawnFaults, striking } from "./conditions.ts";
import { DISABLED, notReady, retryAfter } from "./modes.ts";

export interface RequestFaults {
  /** After the request's arrival; null when it is never carried out. */
  readonly carriedOutAfterMs: number | null;
  /** What the client gets instead of the answer; null when it gets the answer. */
  readonly instead: "reset" | Answer | null;
  /** After the answer is ready, or after the request's arrival if something comes instead. */
  readonly answeredAfterMs: number;
  /** Every second order of a batch is refused, from this index on; null when none is. */
  readonly refusedFrom: 0 | 1 | null;
  readonly isFilledFirst: boolean;
  /** The age of the balances the request is checked against or returns. */
  readonly balanceAgeMs: number;
  /** The age of the orders and trades the request reads. */
  readonly readAgeMs: number;
  /** The age of the books the request reads. */
  readonly bookAgeMs: number;
  readonly isBookGhost: boolean;
  /** Draws how the fields of the answer drift; null where they do not. */
  readonly drift: Random | null;
}

export const NO_REQUEST_FAULTS: RequestFaults = {
  carriedOutAfterMs: 0,
  instead: null,
  answeredAfterMs: 0,
  refusedFrom: null,
  isFilledFirst: false,
  balanceAgeMs: 0,
  readAgeMs: 0,
  bookAgeMs: 0,
  isBookGhost: false,
  drift: null,
};

/** The part of a request that decides which faults concern it. */
interface RequestLine {
  readonly method: string;
  readonly path: string;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
}

export function drawRequestFaults(
  request: RequestLine,
  conditions: Conditions,
  now: EpochMs,
  draws: Random,
): RequestFaults {
  const kind = kindOf(request);
  const strikes = strikesNow(conditions, now, draws, (fault) => isOf(fault, kind));
  const isOfBooks = /^\/books?$/.test(request.path);
  const split = kind === "orders" && request.path === "/orders" ? strikes("splitBatches") : null;
  const base: RequestFaults = {
    ...NO_REQUEST_FAULTS,
    refusedFrom: split && (split.stream.chance(HALF) ? 0 : 1),
    isFilledFirst: kind === "cancels" && strikes("fillCancels") !== null,
    answeredAfterMs: drawnMs(strikes("delay")),
    balanceAgeMs: drawnMs(strikes("lagBalances")),
    readAgeMs: request.path.startsWith("/data/") ? drawnMs(strikes("lagReads")) : 0,
    bookAgeMs: isOfBooks ? drawnMs(strikes("lagBooks")) : 0,
    isBookGhost: isOfBooks && strikes("ghostBooks") !== null,
    drift: strikes("driftFields")?.stream ?? null,
  };
  if (strikes("loseRequest")) return { ...base, carriedOutAfterMs: null, instead: "reset" };
  const failed = strikes("fail");
  if (failed && (failed.fault.status !== 401 || request.headers.has("poly_api_key"))) {
    const { status } = failed.fault;
    const isCarriedOut = IN_DOUBT.has(status) && failed.stream.chance(HALF);
    return { ...base, carriedOutAfterMs: isCarriedOut ? 0 : null, instead: FAILURES[status] };
  }
  const booked = kind === "orders" ? strikes("bookLate") : null;
  if (booked) {
    const { laterMs, isAnswered } = drawLateBooking(booked);
    return { ...base, carriedOutAfterMs: laterMs, instead: isAnswered ? null : "reset" };
  }
  return strikes("loseAnswer") ? { ...base, instead: "reset" } : base;
}

/** How much later each copy of a frame is sent; none where the frame is lost. */
export const drawFrameDelaysMs = (
  channel: Channel,
  conditions: Conditions,
  now: EpochMs,
  draws: Random,
): readonly number[] =>
  drawFrameDelays(strikesNow(conditions, now, draws, (fault) => isOn(fault, channel)));

/** The settlement of a trade under these conditions. */
export const drawTradeFaults = (
  plan: SettlementPlan,
  conditions: Conditions,
  now: EpochMs,
  draws: Random,
): SettlementPlan =>
  settlementWithFaults(
    plan,
    strikesNow(conditions, now, draws, () => true),
  );

/** The mining of a wallet's call under these conditions. */
export const drawMiningFaults = (
  plan: MiningPlan,
  conditions: Conditions,
  now: EpochMs,
  draws: Random,
): MiningPlan =>
  miningWithFaults(
    plan,
    strikesNow(conditions, now, draws, () => true),
  );

/** Whether a channel is frozen, or its connections are refused. */
export const isSilenced = (
  name: "freeze" | "drop",
  channel: Channel,
  conditions: Conditions,
  now: EpochMs,
): boolean => striking(conditions, name, now).some((fault) => isOn(fault, channel));

/** How far the venue's clocks are off: the one it tells, and the one it checks requests against. */
export function skewsOf(conditions: Conditions, now: EpochMs) {
  const [skew] = striking(conditions, "skew", now);
  return { tellsMs: skew?.tellsMs ?? 0, checksMs: skew?.checksMs ?? 0 };
}

export const strikesNow = (
  conditions: Conditions,
  now: EpochMs,
  draws: Random,
  concerns: (fault: DrawnFault) => boolean,
): Strikes =>
  strikesAmong(
    drawnFaults(conditions, now),
    (fault) => draws.fork(`${fault.do} ${"of" in fault ? fault.of : ""}`),
    concerns,
  );

function kindOf({ method, path }: Pick<RequestLine, "method" | "path">): RequestKind {
  if (method === "POST" && (path === "/order" || path === "/orders")) return "orders";
  if (method === "POST" && path === "/submit") return "calls";
  const isCancel = /^\/(orders?|cancel-all|cancel-market-orders)$/.test(path);
  return method === "DELETE" && isCancel ? "cancels" : "reads";
}

/** How a client's order that has just matched in part ends now; null where it does not. */
export const drawPartialEndNow = (
  conditions: Conditions,
  now: EpochMs,
  draws: Random,
): EndCause | null => drawPartialEnd(strikesNow(conditions, now, draws, () => true));

const HALF = { numerator: 1, denominator: 2 };
const RETRY_MS = 1_000;

/** Statuses that leave open whether the request was carried out. */
const IN_DOUBT: ReadonlySet<number> = new Set([500, 502]);

const FAILURES: Readonly<Record<DrawnFaultOf<"fail">["status"], Answer>> = {
  401: failure(LASTING_REFUSALS.auth.status, LASTING_REFUSALS.auth.text),
  425: notReady(RETRY_MS),
  429: { ...failure(429, "Too Many Requests"), headers: retryAfter(RETRY_MS) },
  500: failure(500, "Internal server error"),
  // A gateway in front of the venue answers this one, not in the venue's JSON.
  502: { status: 502, body: "Bad Gateway" },
  503: failure(503, DISABLED),
};
