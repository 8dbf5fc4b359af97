/** What each source has failed at since it last worked: the reasons of the gate name it. */
import { type Failure, NO_FAILURES, triesText, withFailure } from "../types/index.ts";
import type { ExecutorState, FailureSource } from "./state.ts";

/** It has failed once more. */
export const failedFor = (
  state: ExecutorState,
  source: FailureSource,
  cause: string,
): ExecutorState =>
  withFailures(state, source, withFailure(state.failures[source], cause, state.now.monotonicMs));

/** It has failed, as often as whoever has counted says. */
export const toldOfFailure = (
  state: ExecutorState,
  source: FailureSource,
  { cause, tries }: Failure,
): ExecutorState => withFailures(state, source, { ...NO_FAILURES, told: { cause, tries } });

export const works = (state: ExecutorState, source: FailureSource): ExecutorState =>
  state.failures[source] === NO_FAILURES ? state : withFailures(state, source, NO_FAILURES);

/** For the end of a reason; empty where the source has not failed since it worked. */
export function because({ failures }: ExecutorState, source: FailureSource): string {
  const { told } = failures[source];
  return told === null ? "" : `: ${triesText(told)}`;
}

const withFailures = (
  state: ExecutorState,
  source: FailureSource,
  failures: ExecutorState["failures"][FailureSource],
): ExecutorState => ({ ...state, failures: { ...state.failures, [source]: failures } });
