/** When a market is left, and what proves that nothing of ours rests there. */
import { isPossiblyLive } from "./orderTable.ts";
import { type ExecutorState, workingOrders } from "./state.ts";
import { pendingSince } from "./trades.ts";

/** After the end of a resolved market, what is still unsettled is waited for this long. */
const LINGER_MS = 5 * 60_000;
/** A resolution that nobody has told us of by then is not waited for: the message may be lost. */
const UNRESOLVED_MS = 10 * 60_000;

/** Nothing of ours rests, and nothing that left can rest any more. */
export const isVerifiedEmpty = (state: ExecutorState): boolean =>
  state.survey.isFirstDone &&
  !workingOrders(state).some(isPossiblyLive) &&
  (state.stop === null ? !state.mayRestAtVenue : state.stop.haltedAt !== null);

/** Nothing of this market can change any more, or it is left because the program ends. */
export function isOver(state: ExecutorState, isShuttingDown: boolean): boolean {
  if (isShuttingDown && state.operator.level === "halt") return isVerifiedEmpty(state);
  // A closed order may still owe us fills.
  const isSettled = workingOrders(state).length === 0 && pendingSince(state) === null;
  const sinceEndMs = state.now.epochMs - state.market.endsAt;
  return state.winner === null
    ? (isSettled && sinceEndMs > UNRESOLVED_MS) || sinceEndMs > UNRESOLVED_MS + LINGER_MS
    : isSettled || sinceEndMs > LINGER_MS;
}
