/** `tandem limits`: how far each limit of the account of a run of this machine is from being hit; clears one that is. */
import { userInfo } from "node:os";
import { ConfigError } from "../types/index.ts";
import { type CommandHost, EXIT_CLEAN } from "./command.ts";
import { QUESTIONS, type Options, commandLine } from "./commandLine.ts";
import { RUN_FLAGS, answerOf, journalDirectory, NOT_UNDERSTOOD } from "./operatorClient.ts";
import type { OperatorRequest } from "./operatorSocket.ts";

const flags = {
  clear: { type: "string" },
  reason: { type: "string" },
  who: { type: "string" },
  json: { type: "boolean" },
  ...RUN_FLAGS,
  ...QUESTIONS,
} as const satisfies Options;

export interface LimitsConfig {
  readonly request: OperatorRequest;
  readonly directory: string;
  readonly isJson: boolean;
}

/** @throws ConfigError with every problem at once. */
export function limitsConfig(args: readonly string[]): LimitsConfig {
  const { values, problems: wrong } = commandLine(args, flags);
  const { clear, reason, who } = values;
  const isClearing = typeof clear === "string";
  const problems = [
    ...wrong,
    ...(isClearing && typeof reason !== "string" ? ["--reason: say why; it is logged"] : []),
    ...(!isClearing && reason !== undefined ? ["--reason: needs --clear"] : []),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    request: isClearing
      ? {
          do: "clear",
          limit: clear,
          reason: String(reason),
          who: typeof who === "string" ? who : userInfo().username,
        }
      : { do: "limits" },
    directory: journalDirectory(values),
    isJson: values["json"] === true,
  };
}

/** @throws ConfigError where no run is there, or it refuses. */
export async function limitsCommand(
  { request, directory, isJson }: LimitsConfig,
  { write }: CommandHost,
): Promise<number> {
  const answer = await answerOf(directory, request);
  if (answer.type !== "limits") throw new ConfigError([NOT_UNDERSTOOD]);
  const { limits } = answer;
  if (isJson) {
    for (const each of limits) write(`${JSON.stringify(each)}\n`);
    return EXIT_CLEAN;
  }
  if (limits.length === 0) write('no limit is set: section "limits" of --config (docs/live.md)\n');
  const nameLength = Math.max(0, ...limits.map(({ limit }) => limit.length));
  for (const { limit, of, value, max, isHit } of limits) {
    const figures = `${value.toFixed(2).padStart(10)} of ${max.toFixed(2).padStart(10)}`;
    write(`${limit.padEnd(nameLength)} ${figures}  ${isHit ? "HIT   " : "      "}${of}\n`);
  }
  return EXIT_CLEAN;
}
