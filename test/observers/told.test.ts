import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ExecutorState, initialState } from "../../src/executor/index.ts";
import {
  NOTHING_TOLD,
  type Told,
  hasLasted,
  namesOf,
  quotingOf,
  toldAfter,
  toldOfStop,
} from "../../src/observers/quoting.ts";
import { EMPTY_PLAN } from "../../src/executor/planner.ts";
import { type OrderPhase, type Slot, monotonicMs, orderId } from "../../src/types/index.ts";
import { UNHALTED, config, instant, market, planned, working } from "../support/builders.ts";

const MARKET = market();
const STATE: ExecutorState = initialState(MARKET, instant(0), UNHALTED);
const stateAt = (ms: number, isOver = false): ExecutorState => ({
  ...STATE,
  now: { ...STATE.now, monotonicMs: monotonicMs(ms) },
  winner: isOver ? "YES" : null,
});

describe("what is told of a market", () => {
  const step = fc.record({
    gapMs: fc.oneof(fc.constantFrom(1, 250, 500, 999, 1_000, 1_001, 9_999, 10_000), fc.nat(20_000)),
    named: fc.oneof(
      fc.constantFrom<readonly string[]>(["quoting"], ["both sides"]),
      fc.uniqueArray(fc.constantFrom("YES book", "heartbeat", "flattening"), { minLength: 1 }),
    ),
    // What holds mostly goes on.
    isKept: fc.nat(3).map((draw) => draw > 0),
    isStop: fc.nat(12).map((draw) => draw === 0),
    isOver: fc.nat(40).map((draw) => draw === 0),
  });

  it("is what noting every spell at every step would tell", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let [told, noted]: [Told, Noted] = [NOTHING_TOLD, NOTHING_NOTED];
        let [now, lastAt] = [1_000, 1_000];
        let named: readonly string[] = ["quoting"];
        for (const { gapMs, isKept, isStop, isOver, ...drawn } of steps) {
          now += gapMs;
          if (!isKept) ({ named } = drawn);
          const state = stateAt(now, isOver);
          told = toldAfter(told, state, named, monotonicMs(lastAt));
          noted = notedAfter(noted, now, isOver, named);
          if (isStop) {
            told = toldOfStop(told, state, named);
            noted = { ...noted, names: [...named, "stop"], at: now };
          }
          lastAt = now;
          const { names, at, holding } = told;
          expect({ names, at, holding }).toEqual({
            names: noted.names,
            at: noted.at,
            holding: noted.holding,
          });
          expect(hasLasted(told, state)).toBe(hasLastedIn(noted, now));
          expect([...told.spells.keys()].toSorted()).toEqual([...noted.spells.keys()].toSorted());
        }
      }),
      { numRuns: 500 },
    );
  });

  it("is the same value while nothing changes", () => {
    let told = NOTHING_TOLD;
    const at = (ms: number): Told =>
      toldAfter(told, stateAt(ms), ["quoting"], monotonicMs(ms - 250));
    for (let ms = 250; ms <= 1_250; ms += 250) told = at(ms);
    expect(told.names).toEqual(["quoting"]);
    expect(at(1_500)).toBe(told);
  });
});

describe("what holds", () => {
  const order = planned("BUY YES 20 @ 0.4");
  const phases: readonly OrderPhase[] = ["placing", "resting", "cancelling", "unknown", "closed"];
  const drawn = fc.record({
    orders: fc.array(fc.record({ phase: fc.constantFrom(...phases), slot: slots() }), {
      maxLength: 3,
    }),
    plan: fc.option(fc.record({ bid: fc.nat(2), ask: fc.nat(2) })),
    withheld: fc.array(
      fc.record({ slot: slots(), reason: fc.constantFrom("cash", "slotBusy", "stock", "held") }),
      { maxLength: 3 },
    ),
    gate: fc.array(fc.constantFrom("heartbeat not armed", "of an older version"), { maxLength: 2 }),
    level: fc.constantFrom("normal", "flatten"),
  });

  it("has the names that its texts have", () => {
    fc.assert(
      fc.property(drawn, ({ orders, plan, withheld, gate, level }) => {
        const all = orders.map((each, index) =>
          working("BUY YES 20 @ 0.4", { ...each, id: orderId(`0x${index}`) }),
        );
        const side = (slot: Slot, count: number) => ({
          ...EMPTY_PLAN[slot],
          orders: Array.from({ length: count }, () => order),
        });
        const state: ExecutorState = {
          ...STATE,
          operator: { ...STATE.operator, level },
          working: Object.fromEntries(all.map((each) => [each.id, each])),
          why: {
            gate,
            plan: plan && { ...EMPTY_PLAN, bid: side("bid", plan.bid), ask: side("ask", plan.ask) },
            withheld: withheld.map((each) => ({
              reason: each.reason,
              order: { ...order, slot: each.slot },
            })),
          },
        };
        const { verdict, reasons } = quotingOf(state, config());
        const shown = verdict === "flattening" ? verdict : "quoting";
        expect(namesOf(state, config())).toEqual(reasons.size > 0 ? [...reasons.keys()] : [shown]);
      }),
    );
  });

  function slots() {
    return fc.constantFrom("bid", "ask");
  }
});

/** As it was written first: each spell is noted at each step. */
interface Noted {
  readonly names: readonly string[];
  readonly at: number | null;
  readonly holding: readonly string[];
  readonly spells: ReadonlyMap<string, { since: number; from: number; last: number }>;
}

const NOTHING_NOTED: Noted = { names: [], at: null, holding: [], spells: new Map() };

function notedAfter(before: Noted, now: number, isOver: boolean, named: readonly string[]): Noted {
  const isLong = (at: number, ms: number): boolean => now >= at + ms;
  const pulled = before.spells.get("both sides")?.since ?? now;
  const isPull = named.includes("both sides") && before.holding.includes("quoting");
  const holding = isPull && !isLong(pulled, 1_000) ? [...named, "quoting"] : named;
  const spells = new Map([...before.spells].filter(([, { last }]) => !isLong(last, 1_000)));
  for (const name of holding) {
    const spell = before.holding.includes(name) ? before.spells.get(name) : undefined;
    const from = spells.get(name)?.from ?? spell?.from ?? now;
    spells.set(name, { since: spell?.since ?? now, from, last: now });
  }
  const isUntold = (name: string): boolean => {
    const spell = spells.get(name);
    if (spell === undefined || before.names.includes(name)) return false;
    if (isLong(spell.since, 1_000)) return true;
    const isSeldom = before.at === null || isLong(before.at, 10_000);
    return name !== "both sides" && isSeldom && isLong(spell.from, 1_000);
  };
  const isNews = !isOver && named.some(isUntold);
  const told = isNews ? { names: named, at: now } : { names: before.names, at: before.at };
  return { ...told, holding, spells };
}

function hasLastedIn({ holding, spells }: Noted, now: number): boolean {
  const spell = holding.includes("both sides") ? spells.get("both sides") : undefined;
  return spell !== undefined && now >= spell.since + 1_000;
}
