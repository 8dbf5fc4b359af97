import { exposureOf, freeCash, freeStock } from "../../../src/executor/admission.ts";
import { type ExecutorState, tradeEntries, workingOrders } from "../../../src/executor/index.ts";
import { heldSize } from "../../../src/executor/orderTable.ts";
import { TOKENS } from "../../../src/types/index.ts";
import type { MarketId, WorkingOrder } from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";
import { named, ourOrders, remainingOf } from "./ourOrders.ts";

/**
 * [G] Everything that can match at the venue is reserved: each resting order is a working order that
 * holds at least its size, and no more is reserved than we have.
 */
export function reservationsCover(): Checker {
  const orders = ourOrders();
  const states = new Map<MarketId, ExecutorState>();
  const violations = new Set<string>();
  let isHeard = true;
  let hasDied = false;
  const takenOver = new Set<MarketId>();
  const reversals = reversedTrades();
  const object = (texts: readonly string[]): void => {
    for (const text of texts) violations.add(`reservationsCover: ${text}`);
  };
  return {
    ...ignoreAll,
    venue: (fact) => {
      const placed = orders.hear(fact);
      if (placed && isHeard) object(uncovered([placed], states.get(placed.market)));
    },
    // No belief can be checked before the next process has taken a step.
    crashed: () => {
      isHeard = false;
      hasDied = true;
      takenOver.clear();
    },
    transition: ({ state }) => {
      isHeard = true;
      states.set(state.market.id, state);
      object(uncovered(orders.live(state.market.id), state));
      // Orders of a crashed process stay reserved, whatever we have, until a survey has found them.
      const isProven = state.survey.isFirstDone && !workingOrders(state).some(isUnproven);
      if (isProven) takenOver.add(state.market.id);
      // What a reversed trade takes back may be promised to an order that is on its way out.
      const isReversed = reversals(state);
      if (!isReversed && (!hasDied || takenOver.has(state.market.id))) object(overdrawn(state));
    },
    verdict: () => [...violations],
  };
}

/** Whether a trade of the market has failed after it had settled. */
function reversedTrades(): (state: ExecutorState) => boolean {
  const settled = new Set<string>();
  const reversed = new Set<MarketId>();
  let seen: ExecutorState["trades"] | null = null;
  return (state) => {
    if (state.trades !== seen) {
      for (const { tradeId, status } of tradeEntries(state)) {
        if (status === "mined" || status === "confirmed") settled.add(tradeId);
        if (status === "failed" && settled.has(tradeId)) reversed.add(state.market.id);
      }
    }
    seen = state.trades;
    return reversed.has(state.market.id);
  };
}

const isUnproven = ({ seenAt, phase }: WorkingOrder): boolean =>
  phase !== "placing" && seenAt === null;

type Live = ReturnType<ReturnType<typeof ourOrders>["live"]>;

const uncovered = (live: Live, state: ExecutorState | undefined): readonly string[] =>
  live.flatMap((order) => {
    const working = state?.working[order.id];
    if (working === undefined) return [`${named(order)} rests and is not a working order`];
    return heldSize(working) >= remainingOf(order)
      ? []
      : [`${named(order)} rests with ${remainingOf(order)}, reserved are ${heldSize(working)}`];
  });

/** What the executor holds back, against what it believes to have. */
function overdrawn(state: ExecutorState): readonly string[] {
  const exposures = workingOrders(state).map(exposureOf);
  const isClaimed = (token: string): boolean =>
    exposures.some((each) => each.token === token && each.stock > 0);
  const stock = TOKENS.filter(
    (token) => isClaimed(token) && freeStock(state.inventory, token, exposures) < 0,
  );
  const isShort =
    exposures.some(({ cash }) => cash > 0) && freeCash(state.inventory, exposures) < 0;
  return [
    ...stock.map((token) => `more ${token} is reserved than there is`),
    ...(isShort ? ["more cash is reserved than there is"] : []),
  ];
}
