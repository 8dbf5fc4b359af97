import type { OperatorCommand } from "../types/index.ts";
import type { Output } from "./output.ts";

/** What the operator has said last; a market that opens later must hear it too. */
export interface OperatorLevel {
  /** Why everything is halted; null while it may trade. */
  readonly halt: string | null;
  readonly accountEpoch: number;
  readonly isShuttingDown: boolean;
}

export interface Operator {
  readonly read: () => OperatorLevel;
  readonly command: (command: OperatorCommand, reason: string) => readonly Output[];
  /** A halt that nothing takes back. */
  readonly shutdown: (reason: string) => readonly Output[];
}

export function operator(): Operator {
  let level: OperatorLevel = { halt: null, accountEpoch: 0, isShuttingDown: false };

  const say = (command: OperatorCommand, reason: string): readonly Output[] => {
    const isHalt = command === "halt";
    const accountEpoch = level.accountEpoch + (isHalt ? 1 : 0);
    level = { ...level, halt: isHalt ? reason : null, accountEpoch };
    return [{ type: "command", command, reason, accountEpoch }];
  };

  return {
    read: () => level,
    command: (command, reason) => (level.isShuttingDown ? [] : say(command, reason)),
    shutdown: (reason) => {
      level = { ...level, isShuttingDown: true };
      return [{ type: "shutdown", reason }, ...say("halt", reason)];
    },
  };
}
