import type { OperatorCommand, LevelSetting } from "../types/index.ts";
import type { AppOutput } from "../observers/index.ts";

/** The level that the operator has set last; a market that opens later starts with it. */
export interface OperatorState extends LevelSetting {
  readonly accountEpoch: number;
  readonly isShuttingDown: boolean;
}

export interface Operator {
  readonly read: () => OperatorState;
  readonly command: (command: OperatorCommand, reason: string) => readonly AppOutput[];
  /** Halts, and no later command resumes. */
  readonly shutdown: (reason: string) => readonly AppOutput[];
}

export function createOperator(recorded: LevelSetting): Operator {
  let state: OperatorState = { ...recorded, accountEpoch: 0, isShuttingDown: false };

  const say = (command: OperatorCommand, reason: string): readonly AppOutput[] => {
    const accountEpoch = state.accountEpoch + (command === "halt" ? 1 : 0);
    if (command !== "resync") state = { ...state, level: command, reason, accountEpoch };
    return [{ type: "operator.commanded", command, reason, accountEpoch }];
  };

  return {
    read: () => state,
    command: (command, reason) => (state.isShuttingDown ? [] : say(command, reason)),
    shutdown: (reason) => {
      state = { ...state, isShuttingDown: true };
      return [{ type: "shutdown.begun", reason }, ...say("halt", reason)];
    },
  };
}
