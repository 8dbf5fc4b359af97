/** `tandem set`: changes parameters of a run of this machine, and says what has changed. */
import { connect } from "node:net";
import { join } from "node:path";
import { userInfo } from "node:os";
import { ConfigError, causeOf, isRecord } from "../types/index.ts";
import { type CommandHost, EXIT_CLEAN } from "./command.ts";
import { QUESTIONS, type Options, commandLine } from "./commandLine.ts";
import { type OperatorRequest, REQUEST_MS, answerSchema, socketPath } from "./operatorSocket.ts";

const flags = {
  reason: { type: "string" },
  who: { type: "string" },
  undo: { type: "boolean" },
  journal: { type: "string" },
  live: { type: "boolean" },
  "dry-run": { type: "boolean" },
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

  const journal = text("journal") ?? ".tandem/journal";
  const mode = values["dry-run"] === true ? "dryRun" : values["live"] === true ? "live" : null;
  const by = { reason, who: text("who") ?? userInfo().username };
  const changes = words.flatMap((name, at) =>
    at % 2 === 0 ? [[name, valueOf(words[at + 1] ?? "")] as const] : [],
  );
  return {
    request: isUndo
      ? { do: "undo", ...by }
      : { do: "set", changes: Object.fromEntries(changes), ...by },
    directory: mode === null ? journal : join(journal, mode),
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
  const text = await asked(socketPath(directory), request);
  const { data } = answerSchema.safeParse(jsonIn(text));
  if (!data)
    throw new ConfigError(["the run has given no answer that is understood: look at its log"]);
  if (data.type === "refused") throw new ConfigError(data.problems);
  for (const { name, from, to } of data.changes) {
    write(`${name}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}\n`);
  }
  for (const warning of data.warnings) write(`warning: ${warning}\n`);
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

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const ANSWER_LENGTH_MAX = 1_000_000;

function asked(path: string, request: OperatorRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(path);
    socket.setEncoding("utf8");
    socket.setTimeout(REQUEST_MS, () => socket.destroy());
    socket.on("connect", () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on("data", (chunk) => {
      text += String(chunk);
      if (text.length > ANSWER_LENGTH_MAX) socket.destroy();
    });
    socket.on("error", (error) => {
      const code = "code" in error ? String(error.code) : "";
      const isNone = code === "ENOENT" || code === "ECONNREFUSED";
      const why = isNone
        ? "no run of this journal directory listens there; --journal, --live and --dry-run choose another"
        : causeOf(error);
      reject(new ConfigError([`${path}: ${why}`]));
    });
    socket.on("close", () => resolve(text));
  });
}
