import type { Event, OrderId, PlaceEffect, RefusalReason } from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";

const WINDOW_MS = 60_000;
const REFUSALS_MAX = 10;
/** An order that was not sent is not decided on again before, whatever its price. */
const UNSENT_GAP_MS = 250;

/** The venue's mode has its own bound, and a duplicate is no refusal. */
const ELSEWHERE: ReadonlySet<RefusalReason> = new Set([
  "restarting",
  "tradingDisabled",
  "cancelOnly",
  "postOnlyMode",
  "duplicate",
]);

/**
 * No kind of order of one slot is refused for one reason more than ten times in a minute, nor sent
 * again at once where it could not leave, whatever the price. Closes, which a flatten must go on
 * with, are not counted. Read off what was asked for and what was answered alone.
 */
export function refusalsBounded(): Checker {
  const violations = new Set<string>();
  const keys = new Map<OrderId, string>();
  const refusedAt = new Map<string, readonly number[]>();
  const unsentAt = new Map<string, number>();

  const answered = (event: Event, now: number): void => {
    if (event.type !== "order.rejected" && event.type !== "order.notSent") return;
    const key = keys.get(event.orderId);
    keys.delete(event.orderId);
    if (key === undefined) return;
    if (event.type === "order.notSent") {
      const { cause } = event.answer;
      if (cause === "epoch" || cause === "displaced") return;
      const sinceMs = now - (unsentAt.get(key) ?? -Infinity);
      unsentAt.set(key, now);
      if (sinceMs < UNSENT_GAP_MS)
        violations.add(`refusalsBounded: ${key} again after ${sinceMs} ms`);
      return;
    }
    const { reason } = event.refusal;
    if (ELSEWHERE.has(reason)) return;
    const row = `${key} for ${reason}`;
    const recent = (refusedAt.get(row) ?? []).filter((at) => now - at < WINDOW_MS);
    refusedAt.set(row, [...recent, now]);
    if (recent.length >= REFUSALS_MAX) violations.add(`refusalsBounded: ${row}`);
  };

  const decided = ({ market, slot, legs }: PlaceEffect): void => {
    for (const { orderId, ticket } of legs) {
      const { side, tokenId, orderType } = ticket;
      if (orderType !== "FAK") keys.set(orderId, `${market} ${slot} ${side} ${tokenId}`);
    }
  };

  return {
    ...ignoreAll,
    transition: ({ input, effects }) => {
      answered(input.event, input.at.monotonicMs);
      for (const effect of effects) if (effect.type === "place") decided(effect);
    },
    crashed: () => {
      keys.clear();
      refusedAt.clear();
      unsentAt.clear();
    },
    verdict: () => [...violations],
  };
}
