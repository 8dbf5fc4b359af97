import { type ExecutorState, type Transition, tradeEntries } from "../../../src/executor/index.ts";
import { type MarketTruth, type VenueTruth } from "../../../src/sim/index.ts";
import type { MarketId } from "../../../src/types/index.ts";
import { type Checker, blind } from "./checker.ts";

/** [E] Every fill of ours at the venue is in our inventory exactly once at the end. */
export function everyFillOnce(): Checker {
  const states = new Map<MarketId, ExecutorState>();
  /** Whose first look was answered while its shares were still there to be counted. */
  const counted = new Set<MarketId>();
  return {
    ...blind,
    transition: ({ state }: Transition) => {
      states.set(state.market.id, state);
      if (state.survey.isFirstDone && state.winner === null) counted.add(state.market.id);
    },
    // A window that was over when the process died is never seen again.
    died: () => {
      states.clear();
      counted.clear();
    },
    verdict: ({ markets }: VenueTruth) =>
      markets.flatMap((truth) => {
        const state = states.get(truth.market.id);
        return state ? differences(truth, state, counted.has(truth.market.id)) : [];
      }),
  };
}

function differences(
  truth: MarketTruth,
  state: ExecutorState,
  isCounted: boolean,
): readonly string[] {
  const theirs = truth.trades.flatMap(({ id, fills }) =>
    fills.map(
      (fill) => `${id}:${fill.orderId} ${fill.side} ${fill.token} ${fill.size}@${fill.price}`,
    ),
  );
  const ours = tradeEntries(state).map(
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
    // What a session takes over after the resolution has been redeemed before it could look.
    ...(isCounted ? held.map((text) => `everyFillOnce: inventory ${text}`) : []),
  ];
}

const signed = ({ trades }: MarketTruth, token: "YES" | "NO"): number =>
  trades
    .filter(({ status }) => status !== "failed")
    .flatMap(({ fills }) => fills)
    .filter((fill) => fill.token === token)
    .reduce((sum, { side, size }) => sum + (side === "BUY" ? size : -size), 0);
