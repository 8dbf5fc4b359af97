/**
 * What becomes of one request, or of one frame on its way to one connection: a function of what is
 * set and of draws of its own, so that it does not matter what else happens meanwhile.
 */
import type { EpochMs } from "../../../types/index.ts";
import type { Random, SettlementPlan } from "../../exchange/index.ts";
import { type Answer, failure } from "../state/index.ts";
import {
  type Channel,
  type Conditions,
  type Fault,
  type FaultName,
  type RequestKind,
  striking,
} from "./conditions.ts";
import { DISABLED, notReady, retryAfter } from "./modes.ts";

export interface RequestFaults {
  /** From its arrival on; null is never. */
  readonly carriedOutAfterMs: number | null;
  /** What the client gets instead of the answer; null where it gets that. */
  readonly instead: "reset" | Answer | null;
  /** From the answer on, or from its arrival if something comes instead. */
  readonly answeredAfterMs: number;
  /** Of the orders of a batch, those with an odd number (0), an even one (1), or none are refused. */
  readonly refusedFrom: 0 | 1 | null;
  readonly isFilledFirst: boolean;
  /** How old the balances are that it is judged by, and what it reads of orders and trades. */
  readonly balanceAgeMs: number;
  readonly readAgeMs: number;
}

export const NO_REQUEST_FAULTS: RequestFaults = {
  carriedOutAfterMs: 0,
  instead: null,
  answeredAfterMs: 0,
  refusedFrom: null,
  isFilledFirst: false,
  balanceAgeMs: 0,
  readAgeMs: 0,
};

/** What of a request decides its faults. */
interface RequestLine {
  readonly method: string;
  readonly path: string;
}

export function drawRequestFaults(
  asked: RequestLine,
  conditions: Conditions,
  now: EpochMs,
  draws: Random,
): RequestFaults {
  const kind = kindOf(asked);
  const struck = struckBy(conditions, now, draws, (fault) => isOf(fault, kind));
  const late = struck("delay");
  const lag = struck("lagBalances");
  const behind = asked.path.startsWith("/data/") ? struck("lagReads") : null;
  const split = kind === "orders" && asked.path === "/orders" ? struck("splitBatches") : null;
  const fate: RequestFaults = {
    ...NO_REQUEST_FAULTS,
    refusedFrom: split && (split.stream.chance(HALF) ? 0 : 1),
    isFilledFirst: kind === "cancels" && struck("fillCancels") !== null,
    answeredAfterMs: late ? within(late) : 0,
    balanceAgeMs: lag ? within(lag) : 0,
    readAgeMs: behind ? within(behind) : 0,
  };
  if (struck("loseRequest")) return { ...fate, carriedOutAfterMs: null, instead: "reset" };
  const failed = struck("fail");
  if (failed) {
    const { status } = failed.fault;
    const isCarriedOut = IN_DOUBT.has(status) && failed.stream.chance(HALF);
    return { ...fate, carriedOutAfterMs: isCarriedOut ? 0 : null, instead: FAILURES[status] };
  }
  const booked = kind === "orders" ? struck("bookLate") : null;
  if (booked) {
    const instead = booked.stream.chance(HALF) ? "reset" : null;
    return { ...fate, carriedOutAfterMs: within(booked), instead };
  }
  return struck("loseAnswer") ? { ...fate, instead: "reset" } : fate;
}

/** How much later each copy of a frame is sent; none where it is lost. */
export function drawFrameDelaysMs(
  channel: Channel,
  conditions: Conditions,
  now: EpochMs,
  draws: Random,
): readonly number[] {
  const struck = struckBy(conditions, now, draws, (fault) => isOn(fault, channel));
  if (struck("loseFrames")) return [];
  const [late, again] = [struck("delayFrames"), struck("duplicateFrames")];
  const laterMs = late ? within(late) : 0;
  return [laterMs, ...(again ? [laterMs + within(again)] : [])];
}

/** What becomes of a trade that would otherwise simply be mined. */
export function drawTradeFaults(
  fate: SettlementPlan,
  conditions: Conditions,
  now: EpochMs,
  draws: Random,
): SettlementPlan {
  const struck = struckBy(conditions, now, draws, () => true);
  const retry = struck("retryTrades");
  return {
    ...fate,
    ...(retry && {
      retriedAfterMs: fate.minedAfterMs,
      minedAfterMs: fate.minedAfterMs + retry.stream.integer(RETRIED_MS.min, RETRIED_MS.max),
    }),
    fails: struck("failTrades") !== null,
  };
}

/** Whether nothing is sent on a channel, or it can not be had at all. */
export const isSilenced = (
  name: "freeze" | "drop",
  channel: Channel,
  conditions: Conditions,
  now: EpochMs,
): boolean => striking(conditions, name, now).some((fault) => isOn(fault, channel));

/** What the clocks of the venue are off by. */
export function skewsOf(conditions: Conditions, now: EpochMs) {
  const [skew] = striking(conditions, "skew", now);
  return { tellsMs: skew?.tellsMs ?? 0, checksMs: skew?.checksMs ?? 0 };
}

interface Struck<Name extends FaultName> {
  readonly fault: Extract<Fault, { do: Name }>;
  /** Draws on for this fault alone. */
  readonly stream: Random;
}

/** Each fault draws from a stream of its own: none shifts what another does. */
const struckBy =
  (conditions: Conditions, now: EpochMs, draws: Random, concerns: (fault: Fault) => boolean) =>
  <Name extends FaultName>(name: Name): Struck<Name> | null => {
    for (const fault of striking(conditions, name, now)) {
      const stream = draws.fork(`${name} ${"of" in fault ? fault.of : ""}`);
      const ratio = { numerator: "ratio" in fault ? fault.ratio : 1, denominator: 1 };
      if (concerns(fault) && stream.chance(ratio)) return { fault, stream };
    }
    return null;
  };

const within = ({
  fault: { minMs, maxMs },
  stream,
}: {
  readonly fault: { readonly minMs: number; readonly maxMs: number };
  readonly stream: Random;
}): number => stream.integer(minMs, maxMs);

const isOf = (fault: Fault, kind: RequestKind): boolean =>
  !("of" in fault) || fault.of === "all" || fault.of === kind;

const isOn = (fault: Fault, channel: Channel): boolean =>
  "channel" in fault && fault.channel === channel;

function kindOf({ method, path }: RequestLine): RequestKind {
  if (method === "POST" && (path === "/order" || path === "/orders")) return "orders";
  const isCancel = /^\/(orders?|cancel-all|cancel-market-orders)$/.test(path);
  return method === "DELETE" && isCancel ? "cancels" : "reads";
}

const HALF = { numerator: 1, denominator: 2 };
const RETRY_MS = 1_000;
const RETRIED_MS = { min: 1_000, max: 8_000 };

/** After these nobody knows whether it was carried out. */
const IN_DOUBT: ReadonlySet<number> = new Set([500, 502]);

const FAILURES: Readonly<Record<Extract<Fault, { do: "fail" }>["status"], Answer>> = {
  425: notReady(RETRY_MS),
  429: { ...failure(429, "Too Many Requests"), headers: retryAfter(RETRY_MS) },
  500: failure(500, "Internal server error"),
  // From something in between, which is not the venue and has no words of it.
  502: { status: 502, body: "Bad Gateway" },
  503: failure(503, DISABLED),
};
