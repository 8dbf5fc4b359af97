import type { VenueFact } from "../../../src/sim/index.ts";
import {
  INPUTS,
  type InputName,
  type InputTimes,
  type MarketId,
  type MarketItem,
  type ReferenceItem,
} from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";

/** As D-034 has them, and not as the gate does. */
const AGE_MAX_MS: Readonly<Record<InputName, number>> = {
  reference: 5_000,
  settlement: 5_000,
  YES: 20_000,
  NO: 20_000,
};
/** Between two ticks of the executor, and the way from the venue to us, nothing can be known. */
const UNKNOWABLE_MS = 500;
/**
 * A frame that comes now may be an old one, of a backlog that ends in the past: that is found out by
 * two questions to a second source, a second of silence and a second of waiting each.
 */
const ASKED_TWICE_MS = 4_000;

interface Change {
  readonly value: unknown;
  readonly atMs: number;
}

/**
 * [K] No order is decided on an input older than its limit. Asked twice: the ticks that were recorded
 * say when the program had last seen each input, and the venue's own changes say since when it has
 * missed one, whatever it believes.
 */
export function noOldInput(): Checker {
  const ticks = new Map<MarketId, Partial<InputTimes>>();
  /** By input: what has changed at the venue and has not been heard; only what is listened to. */
  const unheard = new Map<string, Change[]>();
  const heardAt = new Map<string, number>();
  const violations: string[] = [];
  let nowMs = 0;
  const changed = (key: string, value: unknown): void => {
    unheard.get(key)?.push({ value, atMs: nowMs });
  };
  const heard = (key: string, value: unknown): void => {
    heardAt.set(key, nowMs);
    const before = unheard.get(key);
    if (before === undefined) unheard.set(key, []);
    else before.splice(0, before.findLastIndex((change) => change.value === value) + 1);
  };
  return {
    ...ignoreAll,
    venue: (fact: VenueFact) => {
      if (fact.type === "reference.moved") changed("reference", fact.price);
      if (fact.type === "book.changed" && "token" in fact.item) {
        changed(keyOf(fact.market, fact.item.token), fact.item);
      }
    },
    hears: (market: MarketId | null, item: MarketItem | ReferenceItem) => {
      if (market === null) {
        if ("price" in item) heard("reference", item.price);
        return;
      }
      if (!("token" in item)) return;
      const key = keyOf(market, item.token);
      // A snapshot has everything in it.
      if (item.type === "book") unheard.set(key, []);
      else heard(key, item);
    },
    transition: ({ input: { at, event }, state, effects }) => {
      nowMs = at.monotonicMs;
      const { id } = state.market;
      if (event.type === "clock.ticked" && event.seen) ticks.set(id, event.seen);
      if (!effects.some(({ type }) => type === "place")) return;
      for (const input of INPUTS) {
        // What is sold whatever it is worth needs no price.
        const isOfWorth = input === "reference" || input === "settlement";
        if (isOfWorth && state.operator.level === "flatten") continue;
        if (input === "settlement" && state.market.settledBy !== "twap60") continue;
        const key = isOfWorth ? input : keyOf(id, input);
        const isAsked = nowMs - (heardAt.get(key) ?? -Infinity) > ASKED_TWICE_MS;
        const missed = isAsked ? unheard.get(key)?.[0]?.atMs : null;
        const sinces = { seen: ticks.get(id)?.[input], missed };
        for (const [what, since] of Object.entries(sinces)) {
          if (since == null) continue;
          const ageMs = nowMs - since;
          if (ageMs <= AGE_MAX_MS[input] + UNKNOWABLE_MS) continue;
          violations.push(`noOldInput: ${input}, ${what} for ${Math.round(ageMs)} ms`);
        }
      }
    },
    crashed: () => {
      ticks.clear();
      unheard.clear();
      heardAt.clear();
    },
    verdict: () => violations,
  };
}

const keyOf = (market: MarketId, token: string): string => `${market} ${token}`;
