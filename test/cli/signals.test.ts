/** Every signal that would end the process is a stop, or the runbook names it as one that proves nothing. */
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { describe, expect, it } from "vitest";
import { STOP_SIGNALS } from "../../src/cli/command.ts";

/** signal(7): by default they are ignored, or stop or continue the process; Node ignores the last two. */
const HARMLESS = [
  "SIGCHLD",
  "SIGURG",
  "SIGWINCH",
  "SIGINFO",
  "SIGCONT",
  "SIGSTOP",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
  "SIGPIPE",
  "SIGXFSZ",
];
/** Other names of signals in the list. */
const ALIASES = ["SIGIOT", "SIGPOLL", "SIGUNUSED", "SIGCLD"];

const runbook = readFileSync("docs/runbook.md", "utf8");
const unproven =
  /^A signal that no program can take[^]*?proves nothing.*$/m.exec(runbook)?.[0] ?? "";

describe("a signal of this machine", () => {
  const ending = Object.keys(constants.signals).filter(
    (name) => ![...HARMLESS, ...ALIASES].includes(name),
  );

  it.each(ending)("%s stops the program, or is named", (name) => {
    const isStop = STOP_SIGNALS.some((stop) => stop === name);
    expect(isStop).not.toBe(unproven.includes(name));
  });

  it.each(["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGQUIT", "SIGABRT"])("%s is a stop", (name) => {
    expect(STOP_SIGNALS).toContain(name);
  });
});
