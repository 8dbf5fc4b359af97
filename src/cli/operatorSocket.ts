/**
 * The way from a command line into a program that runs: a Unix socket in its journal directory, for its own user alone. One
 * line of JSON in, one line out. A page or another command asks the same functions of the app.
 */
import { chmodSync, lstatSync, rmSync } from "node:fs";
import { type Socket, createServer } from "node:net";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { App } from "../app/index.ts";
import { OPERATOR_SOCKET } from "../journal/index.ts";
import { type Log, causeOf, problemsOf } from "../types/index.ts";

/** Characters of a request, and of an answer. */
export const REQUEST_LENGTH_MAX = 16_384;
/** A request that is not whole by then is dropped. */
export const REQUEST_MS = 5_000;
/** Requests at once. */
const CONNECTIONS_MAX = 4;
/** Bytes of a socket's path that every system takes. */
const PATH_BYTES_MAX = 103;

export const socketPath = (directory: string): string => join(resolve(directory), OPERATOR_SOCKET);

const requestSchema = z.discriminatedUnion("do", [
  z.strictObject({
    do: z.literal("set"),
    changes: z.record(z.string(), z.unknown()),
    reason: z.string(),
    who: z.string(),
  }),
  z.strictObject({ do: z.literal("undo"), reason: z.string(), who: z.string() }),
  z.strictObject({ do: z.literal("limits") }),
  z.strictObject({
    do: z.literal("clear"),
    limit: z.string(),
    reason: z.string(),
    who: z.string(),
  }),
]);
export type OperatorRequest = z.infer<typeof requestSchema>;

export const answerSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("set"),
    changes: z.array(z.object({ name: z.string(), from: z.unknown(), to: z.unknown() })),
    // A run of the version before answers without, and has set it.
    warnings: z.array(z.string()).default([]),
  }),
  z.object({
    type: z.literal("limits"),
    limits: z.array(
      z.object({
        limit: z.string(),
        of: z.string(),
        value: z.number(),
        max: z.number(),
        isHit: z.boolean(),
      }),
    ),
  }),
  z.object({ type: z.literal("refused"), problems: z.array(z.string()) }),
]);

/** What an operator may ask of a run. */
export type OperatorPort = Pick<App, "set" | "undo" | "limits" | "clear">;

/** The answer to one request; whatever is in it, nothing throws. */
export function operatorAnswer(port: OperatorPort, text: string): z.infer<typeof answerSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { type: "refused", problems: ["not JSON"] };
  }
  const { data, error } = requestSchema.safeParse(json);
  if (!data) return { type: "refused", problems: [...problemsOf(error)] };
  switch (data.do) {
    case "set":
      return changed(port.set(data.changes, data.reason, data.who));
    case "undo":
      return changed(port.undo(data.reason, data.who));
    case "clear": {
      const problem = port.clear(data.limit, data.reason, data.who);
      if (problem !== null) return { type: "refused", problems: [problem] };
      return limitsOf(port);
    }
    case "limits":
      return limitsOf(port);
  }
}

const changed = (answer: ReturnType<App["set"]>): z.infer<typeof answerSchema> =>
  answer.type === "set"
    ? { type: "set", changes: [...answer.changes], warnings: [...answer.warnings] }
    : { type: "refused", problems: [...answer.problems] };

const limitsOf = (port: OperatorPort): z.infer<typeof answerSchema> => ({
  type: "limits",
  limits: port.limits().map((each) => ({ ...each })),
});

/**
 * Listens until what is returned is called. The journal's lock is held: a socket that is there already is a dead run's.
 * A run without it only cannot be asked anything, so it goes on, with a warning. `umask` sets that of the process, and
 * returns the one before.
 */
export function operatorSocket(
  directory: string,
  port: OperatorPort,
  log: Log,
  umask: (mask: number) => number,
): () => void {
  const path = socketPath(directory);
  const unheard = (cause: unknown): void => {
    log.warn({ cause: causeOf(cause) }, "no operator socket: tandem set does not reach this run");
  };
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
    unheard(`its path is longer than ${PATH_BYTES_MAX} bytes: give a shorter --journal`);
    return () => undefined;
  }
  // Half-open: the answer is written after the request has ended.
  const server = createServer({ allowHalfOpen: true }, (socket) => answerOn(socket, port));
  server.maxConnections = CONNECTIONS_MAX;
  server.on("error", unheard);
  // An open socket is no reason for a process to live on.
  server.unref();
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) rmSync(path);
    const before = umask(0o177);
    try {
      server.listen(path, () => {
        try {
          chmodSync(path, 0o600);
        } catch (cause) {
          // The umask has made it so already.
          unheard(cause);
        }
      });
    } finally {
      umask(before);
    }
  } catch (cause) {
    unheard(cause);
  }
  return () => server.close();
}

/** A request fits into one; a network stack may cut it into some. */
const REQUEST_PIECES_MAX = 8;

function answerOn(socket: Socket, port: OperatorPort): void {
  let text = "";
  let pieces = 0;
  socket.setEncoding("utf8");
  socket.setTimeout(REQUEST_MS, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    text += String(chunk);
    pieces += 1;
    // Each renews the time: a drip would hold the connection for good.
    if (pieces > REQUEST_PIECES_MAX) return void socket.destroy();
    const end = text.indexOf("\n");
    if (end < 0 && text.length <= REQUEST_LENGTH_MAX) return;
    socket.removeAllListeners("data");
    const isWhole = end >= 0 && end <= REQUEST_LENGTH_MAX;
    const answer = isWhole
      ? operatorAnswer(port, text.slice(0, end))
      : { type: "refused", problems: [`a request has at most ${REQUEST_LENGTH_MAX} characters`] };
    socket.end(`${JSON.stringify(answer)}\n`);
  });
}
