/** What the commands share: their exit codes, and the process as they are given it. */

export const EXIT_CLEAN = 0;
/** The run ended, and orders may rest or a law was broken. */
export const EXIT_UNSAFE = 1;
export const EXIT_CONFIG = 2;
/** The venue refused everything for good, and took no order in the whole run. */
export const EXIT_REFUSED = 3;

/**
 * Every signal that would end the process and that a handler can take; SIGUSR1 would open Node's
 * debugger. The others (docs/runbook.md) prove nothing.
 */
export const STOP_SIGNALS = [
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGABRT",
  "SIGALRM",
  "SIGVTALRM",
  "SIGXCPU",
  "SIGIO",
  "SIGPWR",
  "SIGSTKFLT",
] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

/** The process a command runs in. */
export interface CommandHost {
  /** To stdout. */
  readonly write: (text: string) => void;
  /** Which variables of the environment hold a secret. */
  readonly secretVariables: readonly string[];
  readonly onSignal: (act: (signal: StopSignal) => void) => void;
  /** Exceptions and rejections that nobody has caught. */
  readonly onFailure: (act: (cause: unknown) => void) => void;
  /** Runs as the process exits, synchronously, however it comes to exit. */
  readonly onExit: (act: () => void) => void;
  readonly exit: (code: number) => void;
  /** Sets the mask of new files, and returns the one before. */
  readonly umask: (mask: number) => number;
}
