import { cashFlow } from "../../../src/sim/exchange/accounts.ts";
import { OUR_ACCOUNT } from "../../../src/sim/index.ts";
import { type TradeId, formatMicro, microUsdc } from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";
import { newEntries } from "./newEntries.ts";

/** A survey takes less, and no balance lags longer. */
const READING_MS = 10_000;
/** Two readings that end so far apart have begun ten seconds apart. */
const APART_MS = 20_000;
/** A reading that ends so long after cash came in has it, also by the account's own measure. */
const SHOWN_MS = 25_000;

/**
 * [M] Whenever nothing of ours is under way, the account's cash is the venue's to the micro-dollar, but for what no trade
 * explains: the last payments of resolved markets and transfers. Once two readings could agree, without these too.
 * Nothing is compared from a transfer that takes cash away until a reading that has what came in before: earlier ones
 * cannot tell cash that is gone from cash that they do not show yet.
 */
export function cashTiesOut(): Checker {
  const mined = new Map<TradeId, number>();
  const unfinished = new Set<TradeId>();
  const entries = newEntries();
  let traded = 0;
  let untraded: number | null = null;
  /** What no trade explains, oldest first. */
  let paid: readonly number[] = [];
  let stillSince: number | null = null;
  let readings: readonly number[] = [];
  let hasComeIn = false;
  let cameInAt = -Infinity;
  let isLowered = false;
  let hasTied = false;
  let isLookedAt = false;
  // A market with a trade that the venue contradicts is never quiet.
  let isContradicted = false;
  const violations = new Map<string, string>();
  /** While trading goes on less may have been found of it than was paid, and never more. */
  const isPaid = (difference: number): boolean =>
    paid.some((_, from) => {
      const since = paid.slice(from).reduce((sum, each) => sum + each, 0);
      return since === difference || (difference > 0 && since > difference);
    });
  return {
    ...ignoreAll,
    venue: (fact) => {
      if (fact.type !== "trade.changed") return;
      const { id, status, legs } = fact.trade;
      const own = legs.filter(({ account }) => account === OUR_ACCOUNT);
      if (own.length === 0) return;
      const before = traded;
      const flow = own.reduce((sum, { fill }) => sum + cashFlow(fill), 0);
      if (status === "mined") {
        mined.set(id, flow);
        traded += flow;
      }
      if (status === "failed" && mined.delete(id)) traded -= flow;
      hasComeIn ||= traded > before;
      if (status === "confirmed" || status === "failed") unfinished.delete(id);
      else unfinished.add(id);
    },
    transition: ({ input, state }) => {
      if (input.event.type === "survey.answered") {
        readings = [...readings, input.at.monotonicMs];
        if (!hasComeIn && input.at.monotonicMs >= cameInAt + SHOWN_MS) isLowered = false;
      }
      isContradicted ||= entries(state).some(({ doubt }) => doubt === "contrary");
    },
    crashed: () => {
      stillSince = null;
    },
    cash: ({ cash, isQuiet }, truth, atMs) => {
      isLookedAt = true;
      const other = truth.cash - traded;
      const change = untraded === null ? 0 : other - untraded;
      untraded = other;
      if (change !== 0) paid = [...paid, change];
      if (hasComeIn) cameInAt = atMs;
      hasComeIn = false;
      isLowered ||= change < 0;
      const isStill = cash !== null && isQuiet && unfinished.size === 0;
      if (change !== 0 || stillSince === null) readings = [];
      if (!isStill) stillSince = null;
      else if (change !== 0) stillSince = atMs;
      else stillSince ??= atMs;
      if (cash === null || stillSince === null) return;

      const difference = truth.cash - cash;
      const object = (what: string): void => {
        const amount = formatMicro(microUsdc(difference));
        if (!violations.has(what))
          violations.set(what, `cashTiesOut: ${amount} ${what}, at ${atMs} ms`);
      };
      if (difference !== 0 && !isLowered && !isPaid(difference)) object("more at the venue");
      const first = readings.find((at) => at >= (stillSince ?? atMs) + READING_MS);
      const mustTie = first !== undefined && (readings.at(-1) ?? first) >= first + APART_MS;
      if (!mustTie) return;
      if (difference === 0) hasTied = true;
      else object("not adopted after two readings");
    },
    verdict: () => [
      ...violations.values(),
      ...(hasTied || isContradicted || !isLookedAt
        ? []
        : ["cashTiesOut: was never to be compared"]),
    ],
  };
}
