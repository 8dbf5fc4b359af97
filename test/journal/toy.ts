/** A market, and a reducer small enough to see through: on every third step it tells what it knows. */
import { defer } from "rxjs";
import {
  type AlertEffect,
  type Effect,
  type Journal,
  type Market,
  type Stamped,
  epochMs,
  marketId,
  microShares,
  microUsdc,
  monotonicMs,
  orderId,
  priceBp,
  referencePrice,
  tokenId,
} from "../../src/types/index.ts";
import type { Origin } from "../../src/journal/index.ts";

export const MARKET: Market = {
  id: marketId("0xfeed"),
  slug: "btc-updown-5m",
  tokenIds: { YES: tokenId("1"), NO: tokenId("2") },
  opensAt: epochMs(0),
  endsAt: epochMs(300_000),
  strike: referencePrice(61_000_000_000),
  settledBy: "spot",
  rules: {
    tick: priceBp(100),
    orderSizeMin: microShares(5_000_000),
    lot: microShares(10_000),
    notionalMin: microUsdc(0),
  },
};

export interface ToyState {
  readonly count: number;
  /** The latest few, oldest first: so a journal has to give keys back in their order. */
  readonly known: Readonly<Record<string, number>>;
}

const KNOWN_MAX = 5;

export const TOY_START: ToyState = { count: 0, known: {} };

export const ORIGIN: Origin = {
  version: "0.1.0",
  market: MARKET,
  config: { quietMs: 50 },
  nonce: "n0",
  state: TOY_START,
  step: 0,
};

export function stamped(seq: number): Stamped {
  return {
    seq,
    at: { epochMs: epochMs(1_700_000_000_000 + seq), monotonicMs: monotonicMs(seq * 0.5) },
    event: { type: "cancel.acked", orderId: orderId(`z${100 - seq}`) },
  };
}

export function toyReduce(
  { count, known }: ToyState,
  { seq, event }: Stamped,
): readonly [ToyState, readonly Effect[]] {
  const id = event.type === "cancel.acked" ? event.orderId : event.type;
  const latest = Object.entries({ ...known, [id]: seq }).slice(-KNOWN_MAX);
  const next = { count: count + 1, known: Object.fromEntries(latest) };
  const isTold = next.count % 3 === 0;
  return [next, isTold ? [alert(latest.map(([it]) => it).join(" "))] : []];
}

export const alert = (text: string): AlertEffect => ({
  type: "alert",
  market: MARKET.id,
  text,
  facts: { where: "toy – “quoted”\n" },
});

export function restoredToy(state: unknown): ToyState {
  if (typeof state !== "object" || state === null) throw new TypeError("not a toy");
  if (!("count" in state) || typeof state.count !== "number") throw new TypeError("not a toy");
  if (!("known" in state) || typeof state.known !== "object") throw new TypeError("not a toy");
  const entries: [string, number][] = Object.entries(state.known ?? {});
  return { count: state.count, known: Object.fromEntries(entries) };
}

/** Runs the toy through a journal the way the executor does; `state()` is what it has come to. */
export function toyRun(start: ToyState = TOY_START): {
  readonly state: () => ToyState;
  readonly run: (journal: Journal, fromSeq: number, toSeq: number) => unknown;
} {
  let state = start;
  return {
    state: () => state,
    run: (journal, fromSeq, toSeq) => {
      let failure: unknown = null;
      for (let seq = fromSeq; seq <= toSeq && failure === null; seq += 1) {
        defer(() => journal.append(stamped(seq))).subscribe({
          next: (input) => {
            const [next, effects] = toyReduce(state, input);
            state = next;
            journal.decided(input.seq, effects);
          },
          error: (error: unknown) => {
            failure = error;
          },
        });
      }
      return failure;
    },
  };
}
