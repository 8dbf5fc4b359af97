/** Whether a market is quoted, and why not; and which of that a person has been told. */
import {
  type ExecutorConfig,
  type ExecutorState,
  checks,
  isPossiblyLive,
  workingOrders,
} from "../executor/index.ts";
import {
  DOLLAR_BP,
  type MonotonicMs,
  SLOTS,
  type Slot,
  type WorkingOrder,
  after,
} from "../types/index.ts";
import { hasEnded } from "./marketRecord.ts";

/** What has not lasted so long is no news: a quote is pulled and placed many times a minute. */
export const LASTING_MS = 1_000;

/** One side of our quote. */
export interface Side {
  /** Possibly at the venue: a resting order, else the newest of those on their way. */
  readonly order: WorkingOrder | null;
  /** What is left of that order, or of all that rest, in micro-shares. */
  readonly size: number;
  /** An order is on its way to the venue or from it, or is about to be. */
  readonly isMoving: boolean;
  /** Why a part of the side is not shown; what passes within moments is left out. */
  readonly withheld: readonly string[];
}

export interface Quoting {
  readonly verdict: "quoting" | "re-quoting" | "flattening" | "not quoting";
  /** Why nothing is quoted, each under the name of what forbids it. */
  readonly reasons: ReadonlyMap<string, string>;
  readonly sides: Readonly<Record<Slot, Side>>;
}

/** In the words of the gate, the strategy, the planner and the limits. */
export function quotingOf(state: ExecutorState, config: ExecutorConfig): Quoting {
  const sides = { bid: sideOf(state, "bid"), ask: sideOf(state, "ask") };
  const open = { sides, reasons: new Map<string, string>() };
  if (state.why.gate.length > 0) {
    const names = new Map(checks(state, config).map(({ name, reason }) => [reason, name]));
    const reasons = new Map(state.why.gate.map((text) => [names.get(text) ?? text, text]));
    return { ...open, verdict: "not quoting", reasons };
  }
  if (state.operator.level === "flatten") return { ...open, verdict: "flattening" };
  const [bid, ask] = [sides.bid, sides.ask];
  if (bid.isMoving || ask.isMoving) return { ...open, verdict: "re-quoting" };
  if (bid.order !== null || ask.order !== null) return { ...open, verdict: "quoting" };
  const [noBid, noAsk] = [bid.withheld.join(", "), ask.withheld.join(", ")];
  const reason = noBid === noAsk ? noBid : `bid: ${noBid}; ask: ${noAsk}`;
  return { ...open, verdict: "not quoting", reasons: new Map([[BOTH_SIDES, reason]]) };
}

/** Names what the strategy, the planner or the limits keep off the book while the gate is open. */
const BOTH_SIDES = "both sides";

function sideOf(state: ExecutorState, slot: Slot): Side {
  const { intent, why } = state;
  const live = workingOrders(state).filter((it) => it.slot === slot && isPossiblyLive(it));
  const resting = live.filter(({ phase }) => phase === "resting");
  const [newest = null] = live.toSorted((a, b) => b.placedAt - a.placedAt);
  const shown = resting.length > 0 || newest === null ? resting : [newest];
  const lasting = why.withheld.filter((it) => it.order.slot === slot && !isPassing(it.reason));
  const plan = why.plan?.[slot];
  const isAwaited = live.length === 0 && (plan?.orders.length ?? 1) > lasting.length;
  const reasons = [...(plan?.residuals ?? []), ...lasting].map(({ reason }) => String(reason));
  const isUnwanted = live.length === 0 && intent !== null && intent[slot] === null;
  // Who quotes leaves a leg out only where its price would be none.
  const unwanted = intent?.reason === "quoting" ? "outOfBounds" : intent?.reason;
  return {
    order: shown[0] ?? null,
    size: shown.reduce((sum, { size, matched }) => sum + size - matched, 0),
    isMoving: isAwaited || live.length > resting.length,
    withheld: [...new Set(reasons.length === 0 && isUnwanted ? [String(unwanted)] : reasons)],
  };
}

/** Reasons that pass by themselves within moments. */
const isPassing = (reason: ExecutorState["why"]["withheld"][number]["reason"]): boolean =>
  reason === "slotBusy" ||
  reason === "shed" ||
  reason === "awaitingCancel" ||
  reason === "selfTrade";

/** The price of an order in YES, in basis points. */
export const inYes = ({ token, price }: WorkingOrder): number =>
  token === "YES" ? price : DOLLAR_BP - price;

/** What of this the log has said of a market, and what has held since when. */
export interface Told {
  /** What the log said last holds: `quoting`, or the names of the reasons why not; empty at first. */
  readonly names: readonly string[];
  readonly since: ReadonlyMap<string, MonotonicMs>;
}

export const NOTHING_TOLD: Told = { names: [], since: new Map() };

/** A re-quote is no news, neither as a beginning nor as an end. */
const namesOf = ({ verdict, reasons }: Quoting): readonly string[] =>
  reasons.size > 0 ? [...reasons.keys()] : [verdict === "flattening" ? verdict : "quoting"];

/** What is told after a step: everything that holds, once something untold has lasted. */
export function toldAfter(
  { names, since }: Told,
  state: ExecutorState,
  quoting: Quoting,
): Told & { readonly isNews: boolean } {
  const holding = namesOf(quoting);
  const now = state.now.monotonicMs;
  const begun = (name: string): MonotonicMs => since.get(name) ?? now;
  const lasts = (name: string): boolean => now >= after(begun(name), LASTING_MS);
  const isNews =
    // What ends a market is said with its result.
    !hasEnded(state) && holding.some((name) => !names.includes(name) && lasts(name));
  // A pull between two quotes does not interrupt the quoting.
  const isPull = holding.includes(BOTH_SIDES) && !lasts(BOTH_SIDES) && since.has("quoting");
  const kept = isPull ? ["quoting", ...holding] : holding;
  const held = new Map(kept.map((name) => [name, begun(name)]));
  return { names: isNews ? holding : names, since: held, isNews };
}

/** A stop has a line of its own, with its reasons, and another at its end. */
export const toldOfStop = (told: Told, quoting: Quoting): Told => ({
  ...told,
  names: [...namesOf(quoting), "stop"],
});

/** Whether it has lasted that nothing is shown, with an open gate. */
export function hasLasted({ since }: Told, { now }: ExecutorState): boolean {
  const at = since.get(BOTH_SIDES);
  return at !== undefined && now.monotonicMs >= after(at, LASTING_MS);
}

/** Why a side is missing or small, as facts; not while it is being changed. */
export const withheldFacts = ({ sides }: Quoting): Readonly<Record<string, string>> =>
  Object.fromEntries(
    SLOTS.flatMap((slot) => {
      const { withheld, isMoving } = sides[slot];
      const reasons = withheld.join(", ");
      return reasons === "" || isMoving ? [] : [[`${slot}Withheld`, reasons]];
    }),
  );
