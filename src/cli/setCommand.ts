/** `tandem set`: changes parameters of a run of this machine, and says what has changed. */
import { userInfo } from "node:os";
import { ConfigError, isRecord } from "../types/index.ts";
import { type CommandHost, EXIT_CLEAN } from "./command.ts";
import { QUESTIONS, type Options, commandLine } from "./commandLine.ts";
import { RUN_FLAGS, answerOf, journalDirectory, NOT_UNDERSTOOD } from "./operatorClient.ts";
import type { OperatorRequest } from "./operatorSocket.ts";

const flags = {
  reason: { type: "string" },
  who: { type: "string" },
  undo: { type: "boolean" },
  ...RUN_FLAGS,
  ...QUESTIONS,
} as const satisfies Options;

export interface SetConfig {
  readonly request: OperatorRequest;
  readonly directory: string;
}

/** @throws ConfigError with every problem at once. */
export function setConfig(args: readonly string[]): SetConfig {
  // Names and values come first: an option's own value is not one of them.
  const firstFlag = args.findIndex((each) => each.startsWith("--"));
  const words = firstFlag < 0 ? args : args.slice(0, firstFlag);
  const { values, problems: wrong } = commandLine(args.slice(words.length), flags);
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  const isUndo = values["undo"] === true;
  const reason = text("reason");
  const problems = [
    ...wrong,
    ...(reason === undefined ? ["--reason: say why; it is journaled"] : []),
    ...(isUndo && words.length > 0 ? ["--undo: takes no parameters"] : []),
    ...(!isUndo && words.length === 0
      ? ["name a parameter and its value, as in strategy.halfSpreadBp 150"]
      : []),
    ...(words.length % 2 === 1 ? [`${words.at(-1)}: give a value`] : []),
    ...words
      .filter((word, at) => at % 2 === 0 && words.indexOf(word) !== at)
      .map((word) => `${word}: given twice`),
  ];
  if (reason === undefined || problems.length > 0) throw new ConfigError(problems);

  const by = { reason, who: text("who") ?? userInfo().username };
  const changes = words.flatMap((name, at) =>
    at % 2 === 0 ? [[name, valueOf(words[at + 1] ?? "")] as const] : [],
  );
  return {
    request: isUndo
      ? { do: "undo", ...by }
      : { do: "set", changes: Object.fromEntries(changes), ...by },
    directory: journalDirectory(values),
  };
}

/** A number, true, false or null; else the text itself. */
function valueOf(word: string): unknown {
  try {
    return JSON.parse(word);
  } catch {
    return word;
  }
}

/** @throws ConfigError where no run is there, or it refuses. */
export async function setCommand(
  { request, directory }: SetConfig,
  { write }: CommandHost,
): Promise<number> {
  const answer = await answerOf(directory, request);
  if (answer.type !== "set") throw new ConfigError([NOT_UNDERSTOOD]);
  for (const { name, from, to } of answer.changes) {
    write(`${name}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}\n`);
  }
  for (const warning of answer.warnings) write(`warning: ${warning}\n`);
  write(
    request.do === "set"
      ? `until the process ends; write it into the configuration to keep it:\n${JSON.stringify(sectionsOf(request.changes))}\n`
      : "until the process ends; the configuration was never changed\n",
  );
  return EXIT_CLEAN;
}

/** What a file of --config would have to hold, from full names. */
function sectionsOf(changes: Readonly<Record<string, unknown>>): object {
  const root: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(changes)) {
    const parts = name.split(".");
    const key = parts.pop() ?? "";
    let section = root;
    for (const part of parts) {
      const below = section[part];
      const next = isRecord(below) ? below : {};
      section[part] = next;
      section = next;
    }
    section[key] = value;
  }
  return root;
}
