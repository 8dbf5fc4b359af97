/** Short ways to plan a leg and to reconcile it, and to say in words what came of it. */
import { type PlanInput, plan } from "../../src/executor/planner.ts";
import { type KeepPolicy, reconcile } from "../../src/executor/reconciler.ts";
import {
  type LegPlan,
  type Slot,
  type WorkingOrder,
  after,
  formatMicro,
} from "../../src/types/index.ts";
import {
  cents,
  instant,
  intent,
  inventory,
  planned,
  quote,
  rules,
  shares,
  told,
} from "./builders.ts";

/** What is owned, in shares; all of it settled, and ours to sell. */
export interface Case extends Partial<Omit<PlanInput, "sellable" | "inventory">> {
  readonly YES?: number;
  readonly NO?: number;
}

/** A market of 5 shares at least and a tick of a cent, with limits that are far away. */
export function planInput(
  { YES = 0, NO = 0, ...rest }: Case = {},
  target: Partial<PlanInput["intent"]> = {},
): PlanInput {
  return {
    intent: intent(target),

    sellable: { YES: shares(YES), NO: shares(NO) },
    inventory: inventory({ YES, NO, cash: 1_000_000 }),
    matchedSince: { bid: shares(0), ask: shares(0) },
    rules: rules(),
    level: "normal",
    policy: "passiveFirst",
    netMax: shares(1_000),
    grossMax: shares(10_000),
    flattenSlippage: cents(5),
    isCautious: false,
    widenBp: 0,
    ...rest,
  };
}

/** A leg as one would say it: orders, then what could not be expressed. */
export const inWords = ({ orders, residuals, aggregatedFrom }: LegPlan): readonly string[] => [
  ...orders.map(told),
  ...residuals.map(({ size, reason }) => `${formatMicro(size)} ${reason}`),
  ...(aggregatedFrom === null ? [] : [`rounded up from ${formatMicro(aggregatedFrom)}`]),
];

const leg =
  (slot: Slot) =>
  (size: number, priceCents: number, given: Case = {}): readonly string[] =>
    inWords(plan(planInput(given, { [slot]: quote(size, priceCents) }))[slot]);

export const bid = leg("bid");
export const ask = leg("ask");

/** Nothing is held. Orders are renewed 75 seconds before the venue would remove them. */
export const KEEP: KeepPolicy = {
  behind: { maxBp: 0, forMs: 0 },
  ahead: { maxBp: 0, forMs: 0 },
  excessPart: 0,
  growthPart: 0,
  topUp: shares(10),
  topUpsMax: 0,
  keepsBuys: false,
  excessMax: { BUY: Infinity, SELL: Infinity },
  sellable: { YES: shares(1_000), NO: shares(1_000) },
  renewBy: after(instant(0).epochMs, 75_000),
  now: instant(0).monotonicMs,
  rules: rules(),
};

export const legOf = (...orders: readonly string[]): LegPlan => ({
  slot: "ask",
  orders: orders.map(planned),
  residuals: [],
  aggregatedFrom: null,
});

/** What it takes to turn the one into the other. */
export function difference(orders: readonly WorkingOrder[], wanted: LegPlan): readonly string[] {
  const { cancels, places } = reconcile(wanted, orders, KEEP);
  return [...cancels.map((it) => `cancel ${told(it)}`), ...places.map((it) => `place ${told(it)}`)];
}
