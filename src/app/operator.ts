import type { OperatorCommand, OperatorWord } from "../types/index.ts";
import type { Output } from "./output.ts";

/** What the operator has said last; a market that opens later must hear it too. */
export interface OperatorState extends OperatorWord {
  readonly accountEpoch: number;
  readonly isShuttingDown: boolean;
}

export interface Operator {
  readonly read: () => OperatorState;
  readonly command: (command: OperatorCommand, reason: string) => readonly Output[];
  /** A halt that nothing takes back. */
  readonly shutdown: (reason: string) => readonly Output[];
}

export function operator(recorded: OperatorWord): Operator {
  let state: OperatorState = { ...recorded, accountEpoch: 0, isShuttingDown: false };

  const say = (command: OperatorCommand, reason: string): readonly Output[] => {
    const accountEpoch = state.accountEpoch + (command === "halt" ? 1 : 0);
    if (command !== "resync") state = { ...state, level: command, reason, accountEpoch };
    return [{ type: "command", command, reason, accountEpoch }];
  };

  return {
    read: () => state,
    command: (command, reason) => (state.isShuttingDown ? [] : say(command, reason)),
    shutdown: (reason) => {
      state = { ...state, isShuttingDown: true };
      return [{ type: "shutdown", reason }, ...say("halt", reason)];
    },
  };
}
