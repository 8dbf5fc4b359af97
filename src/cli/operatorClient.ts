/** The way into a run of this machine, from the side of a command that asks it something. */
import { connect } from "node:net";
import { join } from "node:path";
import type { z } from "zod";
import { ConfigError, causeOf } from "../types/index.ts";
import type { Options } from "./commandLine.ts";
import { type OperatorRequest, REQUEST_MS, answerSchema, socketPath } from "./operatorSocket.ts";

/** Which run is asked. */
export const RUN_FLAGS = {
  journal: { type: "string" },
  live: { type: "boolean" },
  "dry-run": { type: "boolean" },
} as const satisfies Options;

export function journalDirectory(values: Readonly<Record<string, unknown>>): string {
  const { journal: given } = values;
  const journal = typeof given === "string" ? given : ".tandem/journal";
  const mode = values["dry-run"] === true ? "dryRun" : values["live"] === true ? "live" : null;
  return mode === null ? journal : join(journal, mode);
}

type Answer = Exclude<z.output<typeof answerSchema>, { readonly type: "refused" }>;

/** @throws ConfigError where no run is there, or it refuses. */
export async function answerOf(directory: string, request: OperatorRequest): Promise<Answer> {
  const text = await asked(socketPath(directory), request);
  const { data } = answerSchema.safeParse(jsonIn(text));
  if (!data) throw new ConfigError([NOT_UNDERSTOOD]);
  if (data.type === "refused") throw new ConfigError(data.problems);
  return data;
}

export const NOT_UNDERSTOOD = "the run has given no answer that is understood: look at its log";

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
