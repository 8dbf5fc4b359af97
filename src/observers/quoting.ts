/** Whether a market is quoted, and why not; and which of that a person has been told. */
import {
  type ExecutorConfig,
  type ExecutorState,
  checks,
  isPossiblyLive,
  levelOf,
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
const LASTING_MS = 1_000;
/** What alternates faster than that is said so often. */
const FLAPPING_MS = 10_000;

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
    return { ...open, verdict: "not quoting", reasons: gateReasons(state, config) };
  }
  if (levelOf(state) === "flatten") return { ...open, verdict: "flattening" };
  const [bid, ask] = [sides.bid, sides.ask];
  if (bid.isMoving || ask.isMoving) return { ...open, verdict: "re-quoting" };
  if (bid.order !== null || ask.order !== null) return { ...open, verdict: "quoting" };
  const [noBid, noAsk] = [bid.withheld.join(", "), ask.withheld.join(", ")];
  const reason = noBid === noAsk ? noBid : `bid: ${noBid}; ask: ${noAsk}`;
  return { ...open, verdict: "not quoting", reasons: new Map([[BOTH_SIDES, reason]]) };
}

function gateReasons(state: ExecutorState, config: ExecutorConfig): ReadonlyMap<string, string> {
  const names = new Map(checks(state, config).map(({ name, reason }) => [reason, name]));
  return new Map(state.why.gate.map((text) => [names.get(text) ?? text, text]));
}

/** Names what the strategy, the planner or the limits keep off the book while the gate is open. */
const BOTH_SIDES = "both sides";

/** Each is one value, so that what still holds is the same list. */
const QUOTING = ["quoting"];
const FLATTENING = ["flattening"];
const NOTHING_SHOWN = [BOTH_SIDES];

/**
 * What holds, by its names: `quoting`, or those of the reasons why not. A re-quote is no news, neither as a
 * beginning nor as an end. `quotingOf` without its texts, because every step asks.
 */
export function namesOf(state: ExecutorState, config: ExecutorConfig): readonly string[] {
  if (state.why.gate.length > 0) return [...gateReasons(state, config).keys()];
  if (levelOf(state) === "flatten") return FLATTENING;
  const isShown =
    workingOrders(state).some(isPossiblyLive) || SLOTS.some((slot) => isAwaited(state, slot));
  return isShown ? QUOTING : NOTHING_SHOWN;
}

/** Whether a slot without an order is about to have one. */
function isAwaited({ why }: ExecutorState, slot: Slot): boolean {
  const planned = why.plan?.[slot].orders.length ?? 1;
  return planned > why.withheld.filter((it) => isLasting(it, slot)).length;
}

function sideOf(state: ExecutorState, slot: Slot): Side {
  const { intent, why } = state;
  const live = workingOrders(state).filter((it) => it.slot === slot && isPossiblyLive(it));
  const resting = live.filter(({ phase }) => phase === "resting");
  const [newest = null] = live.toSorted((a, b) => b.placedAt - a.placedAt);
  const shown = resting.length > 0 || newest === null ? resting : [newest];
  const lasting = why.withheld.filter((it) => isLasting(it, slot));
  const reasons = [...(why.plan?.[slot].residuals ?? []), ...lasting].map(({ reason }) =>
    String(reason),
  );
  const isUnwanted = live.length === 0 && intent !== null && intent[slot] === null;
  // Who quotes leaves a leg out only where its price would be none.
  const unwanted = intent?.reason === "quoting" ? "outOfBounds" : intent?.reason;
  return {
    order: shown[0] ?? null,
    size: shown.reduce((sum, { size, matched }) => sum + size - matched, 0),
    isMoving: live.length === 0 ? isAwaited(state, slot) : live.length > resting.length,
    withheld: [...new Set(reasons.length === 0 && isUnwanted ? [String(unwanted)] : reasons)],
  };
}

/** Whether it keeps an order of the slot off the book for longer than moments. */
const isLasting = (
  { order, reason }: ExecutorState["why"]["withheld"][number],
  slot: Slot,
): boolean =>
  order.slot === slot &&
  reason !== "slotBusy" &&
  reason !== "held" &&
  reason !== "awaitingCancel" &&
  reason !== "selfTrade";

/** The price of an order in YES, in basis points. */
export const inYes = ({ token, price }: WorkingOrder): number =>
  token === "YES" ? price : DOLLAR_BP - price;

/** What of this the log has said of a market, and what has held since when. */
export interface Told {
  /** What the log said last holds: `quoting`, or the names of the reasons why not; empty at first. */
  readonly names: readonly string[];
  readonly at: MonotonicMs | null;
  /** What holds. */
  readonly holding: readonly string[];
  readonly spells: ReadonlyMap<string, Spell>;
}

interface Spell {
  /** Since when it holds without a break. */
  readonly since: MonotonicMs;
  /** Since when it has never been away for as long as what lasts. */
  readonly from: MonotonicMs;
  /** When it last held; not kept up while it does. */
  readonly last: MonotonicMs;
}

export const NOTHING_TOLD: Told = { names: [], at: null, holding: [], spells: new Map() };

/**
 * What is told after a step: everything that holds, once something untold has lasted. `before` is what was told
 * after the step at `lastAt`, and is given back where nothing has changed.
 */
export function toldAfter(
  before: Told,
  state: ExecutorState,
  named: readonly string[],
  lastAt: MonotonicMs,
): Told {
  const now = state.now.monotonicMs;
  if (isToldStill(before, named)) return before;
  const isLong = (at: MonotonicMs, ms: number): boolean => now >= after(at, ms);
  const pulled = before.spells.get(BOTH_SIDES)?.since ?? now;
  // A pull between two quotes does not interrupt the quoting.
  const isPull = named.includes(BOTH_SIDES) && before.holding.includes("quoting");
  const holding = isPull && !isLong(pulled, LASTING_MS) ? [...named, "quoting"] : named;
  const spells = new Map<string, Spell>();
  for (const [name, spell] of before.spells) {
    const last = before.holding.includes(name) ? lastAt : spell.last;
    if (!isLong(last, LASTING_MS)) spells.set(name, { ...spell, last });
  }
  for (const name of holding) {
    const spell = before.holding.includes(name) ? before.spells.get(name) : undefined;
    const from = spells.get(name)?.from ?? spell?.from ?? now;
    spells.set(name, { since: spell?.since ?? now, from, last: now });
  }
  const isUntold = (name: string): boolean => {
    const spell = spells.get(name);
    if (spell === undefined || before.names.includes(name)) return false;
    if (isLong(spell.since, LASTING_MS)) return true;
    const isSeldom = before.at === null || isLong(before.at, FLAPPING_MS);
    return name !== BOTH_SIDES && isSeldom && isLong(spell.from, LASTING_MS);
  };
  // What ends a market is said with its result.
  const isNews = !hasEnded(state) && named.some(isUntold);
  const told = isNews ? { names: named, at: now } : { names: before.names, at: before.at };
  return { ...told, holding, spells };
}

/** The same holds, all of it is told, and nothing that has ended waits to be forgotten. */
const isToldStill = ({ holding, names, spells }: Told, named: readonly string[]): boolean =>
  spells.size === named.length &&
  isSameList(holding, named) &&
  named.every((name) => names.includes(name));

export const isSameList = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((each, index) => each === b[index]));

/** Why nothing is quoted, where the log has not said so. */
export const isUntoldShut = ({ names }: Told, { verdict, reasons }: Quoting): boolean =>
  verdict === "not quoting" && [...reasons.keys()].some((name) => !names.includes(name));

/** A stop has a line of its own, with its reasons, and another at its end. */
export const toldOfStop = (told: Told, { now }: ExecutorState, named: readonly string[]): Told => ({
  ...told,
  names: [...named, "stop"],
  at: now.monotonicMs,
});

/** Whether it has lasted that nothing is shown, with an open gate. */
export function hasLasted({ holding, spells }: Told, { now }: ExecutorState): boolean {
  const spell = holding.includes(BOTH_SIDES) ? spells.get(BOTH_SIDES) : undefined;
  return spell !== undefined && now.monotonicMs >= after(spell.since, LASTING_MS);
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
