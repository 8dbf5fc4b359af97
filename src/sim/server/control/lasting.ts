/** The refusal of everything for one reason, while that is set. */
import type { EpochMs } from "../../../types/index.ts";
import { LASTING_REFUSALS } from "../../faults/index.ts";
import { type Answer, failure } from "../state/index.ts";
import { type Conditions, striking } from "./conditions.ts";

/** Where any request is refused, a login of the user channel too; the other reasons are about orders. */
const OF_ANY_REQUEST: ReadonlySet<string> = new Set(["auth", "restricted"]);

/** The refusal of a request of an account; null where the reason does not concern it. */
export function lastingRefusal(
  conditions: Conditions,
  now: EpochMs,
  { isOrder, body }: { readonly isOrder: boolean; readonly body: string },
): Answer | null {
  const [fault] = striking(conditions, "refuseAll", now);
  if (fault === undefined) return null;
  // In closed-only mode a request that sells is taken.
  const isTaken = fault.reason === "closedOnly" && !/"side"\s*:\s*"BUY"/.test(body);
  const isConcerned = OF_ANY_REQUEST.has(fault.reason) || (isOrder && !isTaken);
  const { status, text } = LASTING_REFUSALS[fault.reason];
  return isConcerned ? failure(status, text) : null;
}

export const isLoginRefused = (conditions: Conditions, now: EpochMs): boolean =>
  striking(conditions, "refuseAll", now).some(({ reason }) => OF_ANY_REQUEST.has(reason));
