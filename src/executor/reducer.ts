import type { Effect, Stamped } from "../types/index.ts";
import { evolve } from "./evolve.ts";
import { commit } from "./commit.ts";
import { decide } from "./decide.ts";
import type { Identity } from "./identity.ts";
import { assertLaws } from "./laws.ts";
import type { ExecutorConfig, ExecutorState } from "./state.ts";

export type ExecutorStep = readonly [state: ExecutorState, effects: readonly Effect[]];
export type Reduce = (state: ExecutorState, input: Stamped) => ExecutorStep;

/** The whole executor: everything else in this folder is called from these five lines. */
export const reducer =
  (config: ExecutorConfig, identity: Identity): Reduce =>
  (state, input) => {
    const known = evolve(state, input, config);
    const decision = decide(known, config);
    const next = commit(known, decision, config, identity);
    assertLaws(state, next.state, next.effects, config);
    return [next.state, next.effects];
  };
