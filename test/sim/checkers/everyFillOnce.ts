import { type ExecutorState, type Transition, tradeEntries } from "../../../src/executor/index.ts";
import { type MarketTruth, type VenueTruth } from "../../../src/sim/index.ts";
import type { MarketId } from "../../../src/types/index.ts";
import { type Checker, ignoreAll } from "./checker.ts";

/** [E] Every fill of ours at the venue is in our inventory exactly once at the end. */
export function everyFillOnce(): Checker {
  const states = new Map<MarketId, ExecutorState>();
  /** Markets resolved before the first survey was answered: their stock is redeemed already. */
  const redeemed = new Set<MarketId>();
  return {
    ...ignoreAll,
    transition: ({ state }: Transition) => {
      states.set(state.market.id, state);
      if (!state.survey.isFirstDone && state.winner !== null) redeemed.add(state.market.id);
    },
    // The next run never sees a window that had ended before the crash.
    crashed: () => {
      states.clear();
      redeemed.clear();
    },
    verdict: ({ markets }: VenueTruth) =>
      markets.flatMap((truth) => {
        const state = states.get(truth.market.id);
        return state ? differences(truth, state, redeemed.has(truth.market.id)) : [];
      }),
  };
}

function differences(
  truth: MarketTruth,
  state: ExecutorState,
  isRedeemed: boolean,
): readonly string[] {
  const theirs = truth.trades.flatMap(({ id, fills }) =>
    fills.map(
      (fill) => `${id}:${fill.orderId} ${fill.side} ${fill.token} ${fill.size}@${fill.price}`,
    ),
  );
  // What contradicts its order is kept to be compared, and is not booked.
  const ours = tradeEntries(state)
    .filter(({ doubt }) => doubt !== "contrary")
    .map(
      ({ tradeId, fill }) =>
        `${tradeId}:${fill.orderId} ${fill.side} ${fill.token} ${fill.size}@${fill.price}`,
    );
  const missing = theirs.filter((fill) => !ours.includes(fill));
  const invented = ours.filter((fill) => !theirs.includes(fill));
  const twice = new Set(ours).size < ours.length;
  const held = (["YES", "NO"] as const).flatMap((token) => {
    const bought = signed(truth, token);
    const { settled, pendingIn, pendingOut } = state.inventory[token];
    return settled + pendingIn - pendingOut === bought
      ? []
      : [`${token} ${settled}+${pendingIn}-${pendingOut}, the venue says ${bought}`];
  });
  return [
    ...missing.map((fill) => `everyFillOnce: missing ${fill}`),
    ...invented.map((fill) => `everyFillOnce: invented ${fill}`),
    ...(twice ? ["everyFillOnce: a fill is booked twice"] : []),
    ...(isRedeemed ? [] : held.map((text) => `everyFillOnce: inventory ${text}`)),
  ];
}

const signed = ({ trades }: MarketTruth, token: "YES" | "NO"): number =>
  trades
    .filter(({ status }) => status !== "failed")
    .flatMap(({ fills }) => fills)
    .filter((fill) => fill.token === token)
    .reduce((sum, { side, size }) => sum + (side === "BUY" ? size : -size), 0);
